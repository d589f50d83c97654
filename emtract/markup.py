"""HTML entities of a post, undone whatever they hold."""

from __future__ import annotations

import html
import re
from typing import Final

#: Python refuses to read a decimal number of more digits than this; a character's has seven.
_MOST_DIGITS: Final = 4_300
_ENDLESS = re.compile(rf"&#[0-9]{{{_MOST_DIGITS + 1},}};?")


def unescape(text: str) -> str:
    """Return the text with its HTML entities undone; a number that no character has becomes U+FFFD."""
    if "&" not in text:
        return text
    return html.unescape(_ENDLESS.sub("\ufffd", text) if len(text) > _MOST_DIGITS else text)

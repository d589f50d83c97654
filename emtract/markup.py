"""HTML entities of a post, undone whatever they hold."""

from __future__ import annotations

import html
import re
from typing import Final

#: Python refuses to read a decimal number of more digits than this; a character's has seven.
_MOST_DIGITS: Final = 4_300
_ENDLESS = re.compile(rf"&#[0-9]{{{_MOST_DIGITS + 1},}};?")
#: One character beyond U+FFFF as two entities, a half each: HTML knows neither half.
_HALVES = re.compile(r"&#(x[dD][89aAbB][0-9a-fA-F]{2}|5[56][0-9]{3});&#(x[dD][c-fC-F][0-9a-fA-F]{2}|5[67][0-9]{3});")


def unescape(text: str) -> str:
    """Return the text with its HTML entities undone; a number that no character has becomes U+FFFD."""
    if "&" not in text:
        return text
    if "&#" in text:
        text = _HALVES.sub(_joined, text)
    return html.unescape(_ENDLESS.sub("\ufffd", text) if len(text) > _MOST_DIGITS else text)


def _joined(match: re.Match[str]) -> str:
    high, low = (int(half[1:], 16) if half[0] == "x" else int(half) for half in match.groups())
    if not (0xD800 <= high < 0xDC00 <= low < 0xE000):
        return match.group()
    return chr(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00))

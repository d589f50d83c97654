"""What a reader of a post sees: entities undone, damage mended, disguises of Unicode taken off.

The cleaner and the readers of archives go by the same characters, so that both find the same cashtags.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from emtract.damage import mend
from emtract.markup import unescape

#: Characters of a post that are read with care; no platform's short posts are longer.
MAX_CHARACTERS: Final = 20_000
#: Presentation selectors, skin tones, gender suffixes and flag tags: they vary a picture without changing what it says.
VARIANTS: Final = re.compile(
    "[\ufe00-\ufe0f\U0001f3fb-\U0001f3ff\U000e0000-\U000e007f]|\u200d[\u2640\u2642](?:\ufe0f)?",
)
_SURROGATES = re.compile("[\ud800-\udfff]")
_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f]")
_INVISIBLE = re.compile("[\u00ad\u200b\u200c\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffd]")
_SINGLE_QUOTES = re.compile("[\u2018\u2019\u201a\u201b\u02bc\u00b4`]")
_DOUBLE_QUOTES = re.compile("[\u201c\u201d\u201e\u00ab\u00bb]")
_DASHES = re.compile("[\u2010-\u2015\u2212]")
#: Ampersands that hide one another, to be undone in one step; a chain of n would take n rounds of unescaping.
_AMPERSANDS = re.compile(r"&(?:(?:amp|AMP|#0{0,9}38(?!\d)|#[xX]0{0,9}26(?![0-9a-fA-F]));?)++")


def decode(text: str, *, mending: bool = True) -> str:
    """Undo HTML entities, damage and Unicode disguises (NFKC), drop what cannot be seen, and unify quotes, dashes and emojis.

    Runs to a fixed point, since an entity may hide an entity (`&amp;amp;`) and NFKC may reveal one.
    """
    while True:
        out = unescape(_AMPERSANDS.sub("&", text)) if "&" in text else text
        out = mend(out) if mending else out
        if not out.isascii():
            out = _SURROGATES.sub("", out)
            out = unicodedata.normalize("NFKC", out)
            out = _INVISIBLE.sub("", VARIANTS.sub("", out))
            out = _DASHES.sub("-", _DOUBLE_QUOTES.sub('"', _SINGLE_QUOTES.sub("'", out)))
        else:
            out = out.replace("`", "'")
        out = _CONTROLS.sub(" ", out)
        if out == text:
            return out
        text = out


def readable(body: str) -> str:
    """Return a post's characters as `decode` gives them; beyond the first 20,000 only entities are undone."""
    if len(body) <= MAX_CHARACTERS:
        return decode(body)
    cut = max(body.rfind(" ", 0, MAX_CHARACTERS), body.rfind("\n", 0, MAX_CHARACTERS))
    cut = MAX_CHARACTERS if cut <= 0 else cut
    return decode(body[:cut]) + unescape(body[cut:])

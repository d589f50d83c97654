"""Emojis as tokens: which sequences exist, and one spelling for each."""

from __future__ import annotations

import re
from functools import cache
from typing import Final

from emtract.characters import VARIANTS

ZWJ: Final = "\u200d"
_KEYCAP: Final = "\u20e3"
_REGIONAL: Final = "[\U0001f1e6-\U0001f1ff]"


@cache
def emoji_names() -> dict[str, str]:
    """English name of each emoji token, e.g. ``{"🚀": "rocket"}``; variants share the token of their base."""
    import emoji

    names: dict[str, str] = {}
    for sequence, entry in emoji.EMOJI_DATA.items():
        token = VARIANTS.sub("", sequence)
        if token and not token.isascii():
            name = str(entry["en"]).strip(":").replace("_", " ").replace("-", " ").lower()
            if token not in names or len(name) < len(names[token]):
                names[token] = name
    return dict(sorted(names.items()))


@cache
def emoji_pattern() -> str:
    """Regular expression of one emoji: keycap, flag, or a chain of pictures joined by ZWJ."""
    singles = {c for token in emoji_names() for c in token} - set("0123456789*#") - {ZWJ, _KEYCAP}
    picture = "[" + "".join(re.escape(c) for c in sorted(singles) if not re.match(_REGIONAL, c)) + "]"
    return f"[0-9*#]{_KEYCAP}|{_REGIONAL}{{1,2}}|{picture}(?:{ZWJ}{picture})*"


def emoji_tokens(sequence: str) -> str:
    """Space-separated tokens of a matched sequence: itself where Unicode knows it, else its parts."""
    if sequence in emoji_names():
        return sequence
    return " ".join(c for c in sequence if c != ZWJ)

"""Ticker symbols: one canonical spelling, and how a cashtag looks in a post."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

#: A cashtag: `$` and a letter, up to ten letters or digits, an optional share class or venue (`$BRK.B`, `$WEED.CA`, `$BTC.X`);
#: a hyphen joins a share class of one letter only, since `$AAPL-led` names Apple.
CASHTAG: Final = r"\$[A-Za-z][A-Za-z0-9]{0,9}(?:[._][A-Za-z]{1,2}|-[A-Za-z])?(?![A-Za-z0-9])"
_CASHTAG = re.compile(r"(?<![A-Za-z0-9$])" + CASHTAG)
_BEFORE = re.compile(r"^[\s$]+")
_SHARE_CLASS = re.compile(r"[._/-]([A-W])$")
#: What a ticker of a listed security or a coin can look like: `A`, `GOOGL`, `BRK-B`, `BTC.X`.
_PLAUSIBLE = re.compile(r"[A-Z]{1,5}(?:-[A-W]|\.X)?$")


# An archive names the same few thousand symbols over and over.
@lru_cache(maxsize=65_536)
def canonical_symbol(raw: str) -> str:
    """Return the one spelling used in the store.

    Upper case, no leading `$`, share classes with a hyphen (`BRK.B`, `brk_b` and `BRK/B` are `BRK-B`); StockTwits' suffix
    `.X` for crypto-assets is kept.
    """
    return _SHARE_CLASS.sub(r"-\1", _BEFORE.sub("", raw).rstrip().upper())


def is_plausible_ticker(symbol: str) -> bool:
    """Whether a canonical symbol has the form of a listed ticker or a StockTwits coin."""
    return _PLAUSIBLE.match(symbol) is not None


def extract_cashtags(body: str) -> tuple[str, ...]:
    """Canonical symbols of the cashtags in a post, in order of first appearance, without repeats.

    `$5` and `$5k` are amounts, not cashtags: a cashtag starts with a letter.
    """
    if "$" not in body:
        return ()
    return tuple(dict.fromkeys(canonical_symbol(match) for match in _CASHTAG.findall(body)))

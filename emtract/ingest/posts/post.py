"""One parsed post, and the rules that every format shares: ids, symbols, sentiment tags."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from math import isnan
from typing import Final

import msgspec

from emtract.ingest.records import LineError, Rejection
from emtract.markup import unescape
from emtract.symbols import canonical_symbol, extract_cashtags

MAX_COUNT: Final = 2**63 - 1
MAX_DIGITS: Final = len(str(MAX_COUNT))
_ROUNDED = re.compile(r"\d(\.\d+)?[eE]\+?\d+")
#: An id of a column that a missing value made a column of floats.
_FLOATED = re.compile(r"\d+\.0", re.ASCII)
_NO_TAG: Final = frozenset({"", "none", "null", "nan", "na"})


class Post(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """The columns of `schema.PARSED_POSTS` after `line`, then symbol -> origin.

    `created_at` is in microseconds since 1970 UTC. A struct outside garbage collection: a batch holds thousands.
    """

    platform: str
    post_id: str
    author_id: str | None
    created_at: int
    body: str
    followers: int | None
    verified: bool | None
    repost_of: str | None
    sentiment: str | None
    language: str | None
    symbols: dict[str, str]


#: What a reader of posts yields.
PostRecords = Iterator[tuple[int, Post] | Rejection]


def name_symbols(body: str, entities: Iterable[str | None]) -> dict[str, str]:
    """Return symbol -> origin: cashtags in the HTML-unescaped text, joined with the platform's own entities.

    The origin is `cashtag`, `entity` or `both`; cashtags come first, in order of appearance. Blank entities are no
    symbols.
    """
    named = dict.fromkeys(extract_cashtags(unescape(body)), "cashtag")
    for entity in entities:
        symbol = canonical_symbol(entity or "")
        if symbol:
            named[symbol] = "both" if named.get(symbol, "entity") != "entity" else "entity"
    return named


def first_id(*candidates: object) -> str | None:
    """Return the first candidate that is an id, as text; None where none is.

    Raises
    ------
    LineError
        An id went through floating point (`4.18E+17`, as spreadsheets write): its last digits are gone.
    """
    for candidate in candidates:
        text = "" if candidate is None else _id_text(candidate)
        if text:
            return text
    return None


def required_id(*candidates: object) -> str:
    """Return the post's id, or reject the line."""
    found = first_id(*candidates)
    if found is None:
        raise LineError("missing field", "the post has no id")
    return found


def sentiment_tag(raw: str | None) -> str | None:
    """Return the author's own tag as `bullish`, `bearish` or None; any other word rejects the line.

    Tables may hold StockTwits' object as text, `{'basic': 'Bullish'}`: its last word is the tag.
    """
    tag = (raw or "").strip().lower()
    if tag.startswith("{"):
        tag = (re.findall(r"\w+", tag) or [""])[-1]
    if tag in _NO_TAG:
        return None
    if tag not in {"bullish", "bearish"}:
        raise LineError("unknown sentiment", f"{raw!r} is neither bullish nor bearish: recode it or leave it out")
    return tag


def count_cell(text: str) -> int | None:
    """Return the whole number of a table's cell, or None where it is missing.

    pandas writes `12.0` for a count where another of the column is missing.
    """
    digits = text.strip().removesuffix(".0")
    if digits in {"", "nan"}:
        return None
    # By length first: Python refuses to read thousands of digits.
    if not digits.isascii() or not digits.isdigit() or len(digits) > MAX_DIGITS or int(digits) > MAX_COUNT:
        raise LineError("wrong type", f"followers {text[:40]!r} is not a whole number from 0 to 2**63 - 1")
    return int(digits)


def _id_text(candidate: object) -> str:
    if isinstance(candidate, float):
        return _whole(candidate)
    text = str(candidate).strip()
    if text.isdigit():
        return text
    if _FLOATED.fullmatch(text):
        return _whole(float(text))
    if _ROUNDED.fullmatch(text):
        raise LineError("rounded id", f"{text} lost its last digits in a spreadsheet: export ids as text")
    return text


def _whole(number: float) -> str:
    if isnan(number):  # how a float column spells a missing id
        return ""
    if not number.is_integer() or abs(number) >= 2**53:
        raise LineError("rounded id", f"{number} is a float beyond 2**53: write ids as integers or text")
    return str(int(number))

"""One parsed post, and the rules that every format shares: ids, symbols, sentiment tags."""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from math import isnan
from typing import Final, TypeVar

import msgspec
from msgspec.structs import replace

from emtract.ingest.records import LineError, Rejection, Single, storable
from emtract.missing import is_missing
from emtract.symbols import canonical_symbol, extract_cashtags, root

MAX_COUNT: Final = 2**63 - 1
MAX_DIGITS: Final = len(str(MAX_COUNT))
#: A number as spreadsheets, R, pandas and JavaScript write those beyond their digits: `1.07989E+18`, `1,07989e18`, `1E+18`,
#: `1.07989×10^18`. Digits with a bare `e` between them are a hash as well.
_SCIENTIFIC = re.compile(r"[+-]?\d+(?P<dot>[.,]\d*)?(?:[eE]|[x×*·]10\^?)(?P<plus>\+)?(?P<exponent>\d{1,3})", re.ASCII)
#: Exponents of ids: beyond the largest there is no id of any platform, and what looks like it is a hash or a name.
_MAX_EXPONENT: Final = 25
#: Least exponent at which `1e18`, without dot and plus, is a number: no software writes a shorter one so.
_MIN_BARE: Final = 15
#: Numbers as spreadsheets show them: with commas between thousands, or as a text by a formula; and where a column was too narrow.
_GROUPED = re.compile(r"\d{1,3}(?:,\d{3}){2,}", re.ASCII)
_FORMULA = re.compile(r'="(.*)"')
_NARROW = re.compile(r"#{3,}")
#: Digits that a spreadsheet keeps.
_KEPT_DIGITS: Final = 15
#: A count as pages shorten it, and what its letter stands for.
_SHORT = re.compile(r"(\d{1,9}(?:\.\d{1,9})?) ?([KkMmBb])", re.ASCII)
_THOUSANDS: Final = {"K": 1_000, "M": 1_000_000, "B": 1_000_000_000}
#: An id of a column that a missing value made a column of floats.
_FLOATED = re.compile(r"(\d+)[.,]0+", re.ASCII)
_BULLISH: Final = frozenset({"bullish", "bull"})
_BEARISH: Final = frozenset({"bearish", "bear"})
_T = TypeVar("_T")
#: Field of a post, and why it is null or doubtful.
Note = tuple[str, str]
#: Note on a post whose table has no ids.
MADE: Final = "made of the post's content"
_BYTES: Final = 16


class Post(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """The columns of `schema.PARSED_POSTS` after `line`, then symbol -> origin, then notes on its fields.

    `created_at` is in microseconds since 1970 UTC. A struct outside garbage collection: a batch holds thousands.
    """

    platform: str
    post_id: str
    author_id: str | None
    created_at: int
    body: str
    followers: int | None = None
    verified: bool | None = None
    repost_of: str | None = None
    sentiment: str | None = None
    language: str | None = None
    in_reply_to: str | None = None
    symbols: dict[str, str]
    notes: tuple[Note, ...] = ()


class Notes(list[Note]):
    """Fields of one post that are null because what stood there cannot be read: such a field does not cost the post."""

    def take(self, field: str, read: Callable[..., _T], *cells: object) -> _T | None:
        """Return what `read` makes of the cells; None, and a note, where it refuses them.

        Parameters
        ----------
        field
            Name of the field, as the note has it.
        read
            The cells -> the value; raises `LineError` where they cannot be read.
        cells
            What `read` is called with.
        """
        try:
            return read(*cells)
        except LineError as error:
            self.append((field, error.reason))
            return None


#: What a reader of posts yields.
PostRecords = Iterator[tuple[int, Post] | Rejection]


def name_symbols(body: str, entities: Iterable[str | None], *, cut: bool = True) -> dict[str, str]:
    """Return symbol -> origin: cashtags in the text, joined with the platform's own entities.

    The origin is `cashtag`, `entity` or `both`; cashtags come first, in order of appearance.

    Parameters
    ----------
    body
        Text of the post; "" where cashtags are not to be looked for.
    entities
        Symbols that the platform names beside the text, in any spelling; None and blanks are none.
    cut
        Whether the entities are what the platform saw in the text: then `BRK` beside `$BRK/B`, and `ES` beside `$ES_F`, is that
        cashtag cut short, and no symbol of its own.
    """
    named = dict.fromkeys(extract_cashtags(body), "cashtag")
    for entity in entities:
        symbol = canonical_symbol(storable(entity or ""))
        if cut and symbol and symbol not in named:
            symbol = next((tag for tag, origin in named.items() if origin != "entity" and root(tag) == symbol), symbol)
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


def may_be_rounded(post_id: str) -> bool:
    """Whether an id has as many digits as a spreadsheet keeps and then zeros: by chance one of ten thousand Twitter ids has."""
    return len(post_id) > _KEPT_DIGITS + 1 and post_id.isdigit() and not post_id[_KEPT_DIGITS:].strip("0")


def sentiment_tag(raw: str | None) -> str | None:
    """Return the author's own tag as `bullish`, `bearish` or None.

    Tables may hold StockTwits' object as text, `{'basic': 'Bullish'}`: its last word is the tag. `bull` and `bear` are the
    tags too, in any case.

    Raises
    ------
    LineError
        Any other word: `Neutral` is no tag of StockTwits, and whether 0 is bearish or neutral the number does not say.
    """
    tag = (raw or "").strip().lower()
    if tag.startswith("{"):
        tag = (re.findall(r"\w+", tag) or [""])[-1]
    if tag in _BULLISH:
        return "bullish"
    if tag in _BEARISH:
        return "bearish"
    if is_missing(tag):
        return None
    raise LineError("unknown sentiment", f"{str(raw)[:40]!r} is neither bullish nor bearish: recode it")


def count_cell(text: str) -> int | None:
    """Return the whole number of a table's cell, or None where it is missing.

    pandas writes `12.0` for a count where another of the column is missing; pages write `1.2K` for 1,200.
    """
    digits = text.strip().removesuffix(".0")
    if is_missing(digits):
        return None
    if short := _SHORT.fullmatch(digits):
        count = Decimal(short[1]) * _THOUSANDS[short[2].upper()]
        digits = str(int(count)) if count == int(count) else digits
    # By length first: Python refuses to read thousands of digits.
    if not digits.isascii() or not digits.isdigit() or len(digits) > MAX_DIGITS or int(digits) > MAX_COUNT:
        raise LineError("wrong type", f"{text[:40]!r} is not a whole number from 0 to 2**63 - 1")
    return int(digits)


def _id_text(candidate: object) -> str:
    if isinstance(candidate, float):
        return _whole(candidate)
    text = str(candidate).strip()
    if text.isascii() and text.isdigit():
        return text
    text = storable(text)
    text = formula[1] if (formula := _FORMULA.fullmatch(text)) else text
    text = text.replace(",", "") if _GROUPED.fullmatch(text) else text
    if _NARROW.fullmatch(text):
        raise LineError(
            "rounded id", f"{text[:60]} stands for an id in a column that was too narrow: export ids as text"
        )
    if is_missing(text):
        return ""
    plain = _plain(text)
    if plain.isdigit():
        return plain
    floated = _FLOATED.fullmatch(plain)
    if floated:
        return _whole(float(floated[1])) if len(floated[1]) <= MAX_DIGITS else _whole(float(2**63))
    if _is_rounded(plain):
        raise LineError("rounded id", f"{text[:60]} lost its last digits in a spreadsheet: export ids as text")
    return text


def _plain(text: str) -> str:
    """The text as ASCII software would write a number: full-width digits narrow, without quotes and spaces."""
    if len(text) > 4 * MAX_DIGITS:
        return text
    return "".join(unicodedata.normalize("NFKC", text).split()).strip("\"'")


def _is_rounded(text: str) -> bool:
    match = _SCIENTIFIC.fullmatch(text)
    if match is None or int(match["exponent"]) > _MAX_EXPONENT:
        return False
    if match["dot"] or match["plus"]:
        return True
    # One digit, e, two digits: longer ones are hashes, of which a few look like numbers.
    return len(text) == len("1e18") and int(match["exponent"]) >= _MIN_BARE


def _whole(number: float) -> str:
    if isnan(number):  # how a float column spells a missing id
        return ""
    if isinstance(number, Single):
        raise LineError(
            "rounded id", f"{number:.0f} stood in a column of single precision: write ids as integers or text"
        )
    if not number.is_integer() or abs(number) >= 2**53:
        raise LineError("rounded id", f"{number} is a float beyond 2**53: write ids as integers or text")
    return str(int(number))


def titled(title: str | None, body: str | None) -> str | None:
    """Return title and text as one: an empty line between them, or whichever of the two there is."""
    parts = [part for part in (title, body) if part and not part.isspace()]
    return "\n\n".join(parts) if title is not None and parts else body


def with_content_id(post: Post) -> Post:
    """Return the post under an id made of its content: platform, time, author, text, symbols in order of name.

    Equal rows are one post, and the id is the same in every file and on every machine.
    """
    said = [post.platform, post.created_at, post.author_id, post.body, sorted(post.symbols)]
    digest = hashlib.blake2b(json.dumps(said, ensure_ascii=False).encode(), digest_size=_BYTES).hexdigest()
    return replace(post, post_id=f"content:{digest}", notes=(*post.notes, ("post_id", MADE)))

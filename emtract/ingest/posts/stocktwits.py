"""StockTwits messages as its API delivers them: a response with `messages`, a JSON list, or one JSON object a line."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import msgspec

from emtract.errors import SourceError
from emtract.ingest.archives import read_members
from emtract.ingest.posts.decoding import Count, Id, decode_line
from emtract.ingest.posts.documents import ISO_TIME, JsonFormat, one_each
from emtract.ingest.posts.post import Notes, Post, first_id, name_symbols, required_id, sentiment_tag
from emtract.ingest.posts.tabular import ColumnMapping
from emtract.ingest.records import LineError
from emtract.ingest.rows import read_rows
from emtract.ingest.times import iso_micros

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from collections.abc import Set as AbstractSet
    from pathlib import Path


PLATFORM: Final = "stocktwits"
TIMEZONE: Final = "UTC"
_USER: Final = ("user_id", "userid", "user", "author_id", "author")
_SYMBOL: Final = ("symbol", "ticker", "symbols", "tickers")
_FOLLOWERS: Final = ("followers", "user_followers", "followers_count")
_SENTIMENT: Final = ("sentiment", "sentiment_basic", "tag")
_HINTS: Final = frozenset({*_SYMBOL, *_SENTIMENT})
_PANDAS: Final = frozenset({"user.id", "user.username", "entities.sentiment.basic"})


class _Symbol(msgspec.Struct, gc=False):
    symbol: str | None = None


class _User(msgspec.Struct, gc=False):
    id: Id | None = None
    followers: Count | None = None
    official: bool | None = None


class _Sentiment(msgspec.Struct, gc=False):
    basic: str | None = None


class _Entities(msgspec.Struct, gc=False):
    sentiment: _Sentiment | None = None


class _Original(msgspec.Struct, gc=False):
    id: Id | None = None
    body: str | None = None


class _Reshare(msgspec.Struct, gc=False):
    message: _Original | None = None


class _Conversation(msgspec.Struct, gc=False):
    in_reply_to_message_id: Id | None = None


class _Message(msgspec.Struct, gc=False):
    id: Id | None = None
    body: str | None = None
    created_at: str | None = None
    user: _User | None = None
    symbols: list[_Symbol] | None = None
    entities: _Entities | None = None
    reshare_message: _Reshare | None = None
    conversation: _Conversation | None = None


_MESSAGE: Final = msgspec.json.Decoder(_Message)


def is_message(item: Mapping[str, Any]) -> bool:
    """Whether an object could be a message of StockTwits' API."""
    return "id" in item and "body" in item


def parse_message(line: bytes) -> Post:
    """Parse one message; the body stays HTML-escaped, as delivered.

    A reshare without words of its own carries the body of its original.

    Raises
    ------
    LineError
        The line is not JSON, lacks an id, a body or a time, or holds a time or a sentiment that cannot be read.
    """
    message = decode_line(line, _MESSAGE)
    if message.body is None:
        raise LineError("missing field", "the message has no body")
    if message.created_at is None:
        raise LineError("missing field", "the message has no created_at")
    user = message.user or _User()
    original = (message.reshare_message and message.reshare_message.message) or _Original()
    body = message.body or original.body or ""
    sentiment = message.entities.sentiment if message.entities else None
    notes = Notes()
    return Post(
        platform=PLATFORM,
        post_id=required_id(message.id),
        author_id=notes.take("author_id", first_id, user.id),
        created_at=iso_micros(message.created_at),
        body=body,
        followers=user.followers,
        verified=user.official,
        repost_of=notes.take("repost_of", first_id, original.id),
        sentiment=notes.take("sentiment", sentiment_tag, sentiment.basic if sentiment else None),
        in_reply_to=notes.take(
            "in_reply_to", first_id, message.conversation and message.conversation.in_reply_to_message_id
        ),
        symbols=name_symbols(body, (symbol.symbol for symbol in message.symbols or ())),
        notes=tuple(notes),
    )


STOCKTWITS: Final = JsonFormat(
    "StockTwits API messages",
    is_message,
    one_each(parse_message),
    marks=("user", "symbols", "entities", "source", "conversation"),
    time=ISO_TIME,
)


@dataclass(frozen=True)
class Layout:
    """Columns of one kind of dump, in lower case.

    Attributes
    ----------
    post_id, created_at, body
        Columns that the dump has to have.
    author_id, symbol, followers, sentiment, in_reply_to
        Names that these go by, the preferred one first.
    marks
        Columns of which one has to be there too.
    hints
        The same, unless the file is known to be StockTwits': without them the columns could be anybody's.
    """

    post_id: str
    created_at: str
    body: str
    author_id: tuple[str, ...] = ()
    symbol: tuple[str, ...] = ()
    followers: tuple[str, ...] = ()
    sentiment: tuple[str, ...] = ()
    in_reply_to: tuple[str, ...] = ("conversation.in_reply_to_message_id",)
    marks: frozenset[str] = frozenset()
    hints: frozenset[str] = frozenset()


LAYOUTS: Final = (
    # One file a ticker, as the downloaders of the symbol stream write it.
    Layout("message_id", "datetime", "message", ("user", *_USER), _SYMBOL, _FOLLOWERS, _SENTIMENT),
    # API objects flattened by pandas; its column `symbols` holds objects, so symbols come from the cashtags.
    Layout(
        *("id", "created_at", "body"),
        author_id=("user.id",),
        followers=("user.followers",),
        sentiment=("entities.sentiment.basic",),
        marks=_PANDAS,
    ),
    # API objects in a frame: columns of objects, as text or as structs.
    Layout(
        *("id", "created_at", "body"),
        author_id=("user.id",),
        symbol=("symbols.symbol",),
        followers=("user.followers",),
        sentiment=("entities.sentiment.basic",),
        marks=frozenset({"entities", "mentioned_users"}),
    ),
    # Some columns under the API's own names.
    Layout("id", "created_at", "body", _USER, _SYMBOL, _FOLLOWERS, _SENTIMENT, hints=_HINTS),
    Layout("message_id", "created_at", "body", _USER, _SYMBOL, _FOLLOWERS, _SENTIMENT),
    Layout("message_id", "created_at", "message", _USER, _SYMBOL, _FOLLOWERS, _SENTIMENT, hints=_HINTS),
)


def stocktwits_mapping(header: Sequence[str], *, named: bool = False) -> ColumnMapping | None:
    """Return the mapping of a dump with these columns, in any case, or None where no layout fits.

    Parameters
    ----------
    named
        Whether the file is known to be StockTwits', so that no further column has to tell.
    """
    spelt = {name.strip().lower(): name.strip() for name in header}
    layout = next((layout for layout in LAYOUTS if _fits(layout, spelt.keys(), named)), None)
    if layout is None:
        return None

    def spelling(names: tuple[str, ...]) -> str | None:
        for name in names:
            column, _, path = name.partition(".")
            if name in spelt:
                return spelt[name]
            if path and column in spelt:
                return f"{spelt[column]}.{path}"
        return None

    return ColumnMapping(
        post_id=spelt[layout.post_id],
        created_at=spelt[layout.created_at],
        body=spelt[layout.body],
        author_id=spelling(layout.author_id),
        symbol=spelling(layout.symbol),
        followers=spelling(layout.followers),
        sentiment=spelling(layout.sentiment),
        in_reply_to=spelling(layout.in_reply_to),
        platform=PLATFORM,
        timezone=TIMEZONE,
    )


def table_mapping(path: Path) -> ColumnMapping:
    """Return the mapping that the header of a CSV dump calls for.

    Raises
    ------
    SourceError
        The file is no CSV, or no layout fits its header.
    """
    found: list[ColumnMapping] = []

    def choose(header: Sequence[str]) -> list[int | None] | None:
        mapping = stocktwits_mapping(header, named=True)
        found.extend([mapping] if mapping else [])
        return None if mapping is None else [0]

    wanted = "the columns of a StockTwits dump that emtract knows"
    read = partial(read_rows, choose=choose, format="csv", wanted=wanted)
    for _ in read_members(path, read):
        break
    if not found:
        raise SourceError(f"{path} has no row: there is nothing to read")
    return found[0]


def _fits(layout: Layout, names: AbstractSet[str], named: bool) -> bool:
    needed = [layout.marks] if named else [layout.marks, layout.hints]
    required = {layout.post_id, layout.created_at, layout.body}
    return required <= names and all(not some or not some.isdisjoint(names) for some in needed)

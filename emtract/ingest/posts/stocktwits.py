"""StockTwits messages as its API delivers them: a response with `messages`, a JSON list, or one JSON object a line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec
from msgspec import UNSET, UnsetType

from emtract.ingest.lines import MAX_LINE_BYTES
from emtract.ingest.posts.decoding import Count, Id, decode_line
from emtract.ingest.posts.documents import check_size, number_posts, parse_or_reject, read_values
from emtract.ingest.posts.post import Post, PostRecords, first_id, name_symbols, required_id, sentiment_tag
from emtract.ingest.records import LineError, Rejection
from emtract.ingest.times import iso_micros

if TYPE_CHECKING:
    from emtract.ingest.streams import Progress, Source

PLATFORM: Final = "stocktwits"


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


class _Message(msgspec.Struct, gc=False):
    id: Id | None = None
    body: str | UnsetType | None = UNSET
    created_at: str | None = None
    user: _User | None = None
    symbols: list[_Symbol] | None = None
    entities: _Entities | None = None
    reshare_message: _Reshare | None = None
    messages: msgspec.Raw | UnsetType = UNSET


_MESSAGE: Final = msgspec.json.Decoder(_Message)
_LIST: Final = msgspec.json.Decoder(list[msgspec.Raw])


def read_messages(
    path: Source, *, max_line_bytes: int = MAX_LINE_BYTES, progress: Progress | None = None
) -> PostRecords:
    """Yield the messages of a file, whichever of the three shapes it has.

    `line` is the line of the file where there is one message a line; in a list, a response, or a file with a response
    a line it is the number of the message within the file.

    Raises
    ------
    SourceError
        A JSON list is cut, damaged, or larger than 64 MB: it has no lines to fall back on.
    """
    values = read_values(path, max_line_bytes=max_line_bytes, progress=progress)
    return number_posts(values, lambda value: _parse_value(value, max_line_bytes))


def parse_message(line: bytes) -> Post:
    """Parse one message; the body stays HTML-escaped, as delivered.

    A reshare without words of its own carries the body of its original.

    Raises
    ------
    LineError
        The line is not JSON, lacks an id, a body or a time, or holds a time or a sentiment that cannot be read.
    """
    return _post(decode_line(line, _MESSAGE))


def _parse_value(value: bytes, limit: int) -> list[Post | Rejection]:
    """Return the post of a message, or the posts of a response."""
    try:
        message = decode_line(value, _MESSAGE)
        if message.messages is UNSET or message.body is not UNSET:
            check_size(value, limit)
            return [_post(message)]
        members = decode_line(bytes(message.messages), _LIST)
    except LineError as error:
        return [error.at(0, value)]
    return [parse_or_reject(bytes(member), parse_message, limit=limit) for member in members]


def _post(message: _Message) -> Post:
    if not isinstance(message.body, str):
        raise LineError("missing field", "the message has no body")
    if message.created_at is None:
        raise LineError("missing field", "the message has no created_at")
    user = message.user or _User()
    original = (message.reshare_message and message.reshare_message.message) or _Original()
    body = message.body or original.body or ""
    sentiment = message.entities.sentiment if message.entities else None
    return Post(
        platform=PLATFORM,
        post_id=required_id(message.id),
        author_id=first_id(user.id),
        created_at=iso_micros(message.created_at),
        body=body,
        followers=user.followers,
        verified=user.official,
        repost_of=first_id(original.id),
        sentiment=sentiment_tag(sentiment.basic if sentiment else None),
        language=None,
        symbols=name_symbols(body, (symbol.symbol for symbol in message.symbols or ())),
    )

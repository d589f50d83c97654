"""StockTwits messages as its API delivers them: a response with `messages`, a JSON list, or one JSON object a line."""

from __future__ import annotations

from itertools import chain, count, islice
from typing import TYPE_CHECKING, Final

import msgspec

from emtract.errors import SourceError
from emtract.ingest.lines import MAX_LINE_BYTES, NumberedLine, checked_line, read_lines
from emtract.ingest.posts.decoding import Count, Id, decode_line
from emtract.ingest.posts.post import Post, PostRecords, first_id, name_symbols, required_id, sentiment_tag
from emtract.ingest.records import LineError, Rejection
from emtract.ingest.streams import BREAKS, Progress, read_chunks
from emtract.ingest.times import iso_micros

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PLATFORM: Final = "stocktwits"
#: Largest JSON list or pretty-printed response: it is one JSON value, so it is held whole.
MAX_DOCUMENT_BYTES: Final = 1 << 26


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
    id: Id
    body: str
    created_at: str
    user: _User | None = None
    symbols: list[_Symbol] | None = None
    entities: _Entities | None = None
    reshare_message: _Reshare | None = None


class _Response(msgspec.Struct, gc=False):
    messages: list[msgspec.Raw]


_MESSAGE: Final = msgspec.json.Decoder(_Message)
_RESPONSE: Final = msgspec.json.Decoder(_Response)
_LIST: Final = msgspec.json.Decoder(list[msgspec.Raw])
_ANY: Final = msgspec.json.Decoder(msgspec.Raw)


def read_messages(path: Path, *, max_line_bytes: int = MAX_LINE_BYTES, progress: Progress | None = None) -> PostRecords:
    """Yield the messages of a file, whichever of the three shapes it has.

    `line` is the line of the file where there is one message a line; in a list, a response, or a file with a response
    a line it is the number of the message within the file.

    Raises
    ------
    SourceError
        A JSON list is cut, damaged, or larger than 64 MB: it has no lines to fall back on.
    """
    lines = read_lines(path, max_line_bytes=max_line_bytes, progress=progress)
    written = (item for item in lines if isinstance(item, Rejection) or item[1].strip())
    first = list(islice(written, 1))
    document = _document(path, first)
    numbered: Iterator[NumberedLine | Rejection] = chain(first, written)
    if document is not None:
        numbered = (checked_line(n, message, len(message), max_line_bytes) for n, message in enumerate(document, 1))
    elif _holds_responses(first):
        numbered = _renumbered(numbered)
    yield from map(_record, numbered)


def parse_message(line: bytes) -> Post:
    """Parse one message; the body stays HTML-escaped, as delivered.

    A reshare without words of its own carries the body of its original.

    Raises
    ------
    LineError
        The line is not JSON, lacks an id, a body or a time, or holds a time or a sentiment that cannot be read.
    """
    message = decode_line(line, _MESSAGE)
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


def _record(item: NumberedLine | Rejection) -> tuple[int, Post] | Rejection:
    if isinstance(item, Rejection):
        return item
    number, line = item
    try:
        return number, parse_message(line)
    except LineError as error:
        return error.at(number, line)


def _document(path: Path, first: list[NumberedLine | Rejection]) -> list[bytes] | None:
    """Return the messages of a file that is one JSON value, or None for a file of lines."""
    if not first or (isinstance(first[0], Rejection) and first[0].reason != "line too long"):
        return None
    start = _start(first[0])
    if not start.startswith(b"[") and not isinstance(first[0], Rejection) and _is_json(start):
        return None
    whole = _whole(path)
    if start.startswith(b"["):
        return _listed(path, whole)
    return _messages(whole) if whole is not None and _is_json(whole) else None


def _start(first: NumberedLine | Rejection) -> bytes:
    return (first.detail.partition(" | ")[2].encode() if isinstance(first, Rejection) else first[1]).lstrip()


def _listed(path: Path, whole: bytes | None) -> list[bytes]:
    if whole is None:
        raise SourceError(
            f"{path} is a JSON list beyond 64 MB, cut or damaged: write one message a line (`jq -c '.[]'`)"
        )
    try:
        items = decode_line(whole, _LIST)
    except LineError as error:
        raise SourceError(f"{path} is a JSON list that cannot be read ({error}): fetch it again") from error
    return [message for item in items for message in _messages(bytes(item))]


def _messages(value: bytes) -> list[bytes]:
    """Messages of a response object, or the value itself where it is no response."""
    try:
        return [bytes(message) for message in decode_line(value, _RESPONSE).messages]
    except LineError:
        return [value]


def _whole(path: Path) -> bytes | None:
    """Return the whole file, or None where it breaks or exceeds the limit."""
    held = bytearray()
    try:
        for chunk in read_chunks(path):
            held += chunk
            if len(held) > MAX_DOCUMENT_BYTES:
                return None
    except BREAKS:
        return None
    return bytes(held).removeprefix(b"\xef\xbb\xbf")


def _is_json(text: bytes) -> bool:
    try:
        decode_line(text, _ANY)
    except LineError:
        return False
    return True


def _holds_responses(first: list[NumberedLine | Rejection]) -> bool:
    return bool(first) and not isinstance(first[0], Rejection) and _messages(first[0][1]) != [first[0][1]]


def _renumbered(items: Iterator[NumberedLine | Rejection]) -> Iterator[NumberedLine | Rejection]:
    """Number the messages of a file with a response a line: several would share their line."""
    number = count(1)
    for item in items:
        if isinstance(item, Rejection):
            yield item._replace(line=next(number))
        else:
            yield from ((next(number), message) for message in _messages(item[1]))

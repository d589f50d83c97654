"""StockTwits messages as its API delivers them: a response with `messages`, a JSON list, or one JSON object a line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from emtract.ingest.lines import MAX_LINE_BYTES
from emtract.ingest.posts.decoding import Count, Id, decode_line
from emtract.ingest.posts.documents import read_json
from emtract.ingest.posts.post import Notes, Post, PostRecords, first_id, name_symbols, required_id, sentiment_tag
from emtract.ingest.records import LineError
from emtract.ingest.shapes import is_message
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
    body: str | None = None
    created_at: str | None = None
    user: _User | None = None
    symbols: list[_Symbol] | None = None
    entities: _Entities | None = None
    reshare_message: _Reshare | None = None


_MESSAGE: Final = msgspec.json.Decoder(_Message)


def read_messages(
    path: Source, *, max_line_bytes: int = MAX_LINE_BYTES, progress: Progress | None = None
) -> PostRecords:
    """Yield the messages of a file, whichever of the shapes it has (`documents.read_json`).

    Parameters
    ----------
    path
        A file, plain or packed, or a member of a zip archive; the archive itself is refused (`batches.read_posts` reads
        it).
    max_line_bytes
        Longest post in bytes of JSON; a longer one is rejected. A line that holds several may have more
        (`documents.read_values`).
    progress
        Called with the bytes read so far of the file on disk, packed as it is.

    Raises
    ------
    SourceError
        Before the first post: the file cannot be opened, is an archive, or is not what its name says.
    """
    return read_json(path, parse_message, is_message, max_line_bytes=max_line_bytes, progress=progress)


def parse_message(line: bytes) -> Post:
    """Parse one message; the body stays HTML-escaped, as delivered.

    A reshare without words of its own carries the body of its original.

    Raises
    ------
    LineError
        The line is not JSON, lacks an id, a body or a time, or holds a time or a sentiment that cannot be read.
    """
    return _post(decode_line(line, _MESSAGE))


def _post(message: _Message) -> Post:
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
        language=None,
        symbols=name_symbols(body, (symbol.symbol for symbol in message.symbols or ())),
        notes=tuple(notes),
    )

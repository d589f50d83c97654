"""Twitter v1.1 statuses as its APIs and streams delivered them: one a line, in lists, or in responses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from emtract.ingest.lines import MAX_LINE_BYTES
from emtract.ingest.posts.decoding import Count, Id, decode_line
from emtract.ingest.posts.documents import read_json
from emtract.ingest.posts.post import Notes, Post, PostRecords, first_id, name_symbols, required_id
from emtract.ingest.records import LineError
from emtract.ingest.shapes import is_status
from emtract.ingest.times import twitter_micros

if TYPE_CHECKING:
    from collections.abc import Iterator

    from emtract.ingest.streams import Progress, Source

PLATFORM: Final = "twitter"


class _Symbol(msgspec.Struct, gc=False):
    text: str | None = None


class _Entities(msgspec.Struct, gc=False):
    symbols: list[_Symbol] | None = None


class _Extended(msgspec.Struct, gc=False):
    full_text: str | None = None
    entities: _Entities | None = None


class _User(msgspec.Struct, gc=False):
    id_str: Id | None = None
    id: Id | None = None
    followers_count: Count | None = None
    verified: bool | None = None


class _Status(msgspec.Struct, gc=False, kw_only=True):
    id_str: Id | None = None
    id: Id | None = None
    text: str | None = None
    full_text: str | None = None
    extended_tweet: _Extended | None = None
    entities: _Entities | None = None


class _Tweet(_Status, gc=False, kw_only=True):
    created_at: str
    user: _User | None = None
    lang: str | None = None
    retweeted_status: _Status | None = None


_DECODER: Final = msgspec.json.Decoder(_Tweet)


def read_tweets(path: Source, *, max_line_bytes: int = MAX_LINE_BYTES, progress: Progress | None = None) -> PostRecords:
    """Yield the tweets of a file of JSON, in whatever they are wrapped (`documents.read_json`).

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
    return read_json(path, parse_tweet, is_status, max_line_bytes=max_line_bytes, progress=progress)


def parse_tweet(line: bytes) -> Post:
    """Parse one status.

    A retweet keeps its own id, author, time and followers; its body is the full text of the original, since its own
    text is the original cut to fit, and it names the symbols of both.

    Raises
    ------
    LineError
        The line is not JSON, lacks an id, a time or a text, or its time cannot be read.
    """
    tweet = decode_line(line, _DECODER)
    original = tweet.retweeted_status
    body = None if original is None else _text(original)
    body = _text(tweet) if body is None else body
    if body is None:
        raise LineError("missing field", "the tweet has neither full_text nor text")
    user = tweet.user or _User()
    notes = Notes()
    return Post(
        platform=PLATFORM,
        post_id=required_id(tweet.id_str, tweet.id),
        author_id=notes.take("author_id", first_id, user.id_str, user.id),
        created_at=twitter_micros(tweet.created_at),
        body=body,
        followers=user.followers_count,
        verified=user.verified,
        repost_of=notes.take("repost_of", required_id, original.id_str, original.id) if original else None,
        sentiment=None,
        language=tweet.lang,
        symbols=name_symbols(body, (symbol for status in (original, tweet) for symbol in _entities(status))),
        notes=tuple(notes),
    )


def _text(status: _Status) -> str | None:
    extended = status.extended_tweet.full_text if status.extended_tweet else None
    return next((text for text in (extended, status.full_text, status.text) if text is not None), None)


def _entities(status: _Status | None) -> Iterator[str | None]:
    if status is None:
        return
    extended = status.extended_tweet.entities if status.extended_tweet else None
    for entities in (extended, status.entities):
        for symbol in (entities and entities.symbols) or ():
            yield symbol.text

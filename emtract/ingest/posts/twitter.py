"""Twitter v1.1 statuses as its APIs and streams delivered them: one a line, in lists, or in responses."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import msgspec

from emtract.ingest.posts.decoding import Count, Id, decode_line
from emtract.ingest.posts.documents import JsonFormat, one_each
from emtract.ingest.posts.post import Notes, Post, first_id, name_symbols, required_id
from emtract.ingest.records import LineError
from emtract.ingest.times import twitter_micros

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


PLATFORM: Final = "twitter"
#: How API v1.1 writes a time.
V1_TIME: Final = re.compile(r"[A-Z][a-z]{2} [A-Z][a-z]{2} \d\d \d\d:\d\d:\d\d [+-]\d{4} \d{4}")


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
    in_reply_to_status_id_str: Id | None = None
    in_reply_to_status_id: Id | None = None
    retweeted_status: _Status | None = None


_DECODER: Final = msgspec.json.Decoder(_Tweet)


def is_status(item: Mapping[str, Any]) -> bool:
    """Whether an object could be a status of Twitter's API v1.1."""
    return "created_at" in item and ("text" in item or "full_text" in item)


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
        language=tweet.lang,
        in_reply_to=notes.take("in_reply_to", first_id, tweet.in_reply_to_status_id_str, tweet.in_reply_to_status_id),
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


TWITTER_V1: Final = JsonFormat("Twitter v1.1 statuses", is_status, one_each(parse_tweet), time=V1_TIME)

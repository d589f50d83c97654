"""Tweets of the Twitter API v2: flattened ones, pages of a search or timeline, and the objects of a stream."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Final, TypeVar

import msgspec
from msgspec import UNSET, UnsetType

from emtract.ingest.posts.decoding import Count, Id, decode_line, decode_part, forgiving
from emtract.ingest.posts.documents import ISO_TIME, JsonFormat, check_size, has_any, is_time, parse_or_reject
from emtract.ingest.posts.post import Note, Notes, Post, first_id, name_symbols, required_id
from emtract.ingest.posts.twitter import PLATFORM, V1_TIME
from emtract.ingest.records import LineError, Rejection
from emtract.ingest.times import iso_micros

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_ANY: Final[msgspec.json.Decoder[Mapping[str, Any]]] = msgspec.json.Decoder(dict[str, Any])
_LIST: Final = msgspec.json.Decoder(list[msgspec.Raw])
_MARKS: Final = ("author_id", "edit_history_tweet_ids", "conversation_id", "public_metrics", "referenced_tweets")


class _Cashtag(msgspec.Struct, gc=False):
    tag: str | None = None


class _Entities(msgspec.Struct, gc=False):
    cashtags: list[_Cashtag] | None = None


class _Note(msgspec.Struct, gc=False):
    text: str | None = None
    entities: _Entities | None = None


class _Metrics(msgspec.Struct, gc=False):
    followers_count: Count | None = None


class _User(msgspec.Struct, gc=False):
    id: Id | None = None
    verified: bool | None = None
    public_metrics: _Metrics | None = None


class _Words(msgspec.Struct, gc=False, kw_only=True):
    """What a tweet says: all that a retweet takes from its original."""

    id: Id | None = None
    text: str | UnsetType | None = UNSET
    note_tweet: _Note | None = None
    entities: _Entities | None = None


class _Reference(_Words, gc=False, kw_only=True):
    type: str | None = None


class _Tweet(_Words, gc=False, kw_only=True):
    created_at: str | None = None
    author_id: Id | None = None
    author: _User | None = None
    lang: str | None = None
    referenced_tweets: list[_Reference] | None = None


class _Meta(msgspec.Struct, gc=False):
    result_count: int | None = None


class _Value(_Tweet, gc=False, kw_only=True):
    """A tweet, or a response that holds one or many."""

    data: msgspec.Raw | UnsetType = UNSET
    includes: msgspec.Raw | UnsetType = UNSET
    meta: _Meta | None = None


class _Included(msgspec.Struct, gc=False):
    users: list[msgspec.Raw] | None = None
    tweets: list[msgspec.Raw] | None = None


_T = TypeVar("_T", _User, _Words)
_VALUE: Final = msgspec.json.Decoder(_Value)
_TWEET: Final = msgspec.json.Decoder(_Tweet)
_INCLUDED: Final = msgspec.json.Decoder(_Included)
_USER: Final = msgspec.json.Decoder(_User)
_WORDS: Final = msgspec.json.Decoder(_Words)


@dataclass(frozen=True)
class _Includes:
    """Users and tweets, by id, that a response brings along for the tweets that refer to them.

    Attributes
    ----------
    notes
        What is left out of them, by id.
    is_damaged
        Whether one of them, or all, cannot be read at all.
    """

    users: dict[str, _User] = field(default_factory=dict)
    tweets: dict[str, _Words] = field(default_factory=dict)
    notes: dict[str, list[Note]] = field(default_factory=dict)
    is_damaged: bool = False


_NOTHING: Final = _Includes()


def is_tweet_v2_or_page(item: Mapping[str, Any]) -> bool:
    """Whether an object is a tweet of Twitter's API v2, or a response that holds some."""
    return _is_tweet(item) or _is_page(item)


def _is_tweet(item: Mapping[str, Any]) -> bool:
    is_timed = item.get("created_at") is None or is_time(item, ISO_TIME)
    return "id" in item and "text" in item and is_timed and has_any(item, _MARKS)


def _is_page(item: Mapping[str, Any]) -> bool:
    meta = item.get("meta")
    empty = isinstance(meta, dict) and meta.get("result_count") == 0 and "data" not in item
    data = item.get("data")
    first = data[0] if isinstance(data, list) and data else data
    return empty or ("text" not in item and isinstance(first, dict) and _is_listed_tweet(first))


def _is_listed_tweet(item: Mapping[str, Any]) -> bool:
    return "id" in item and "text" in item and not is_time(item, V1_TIME)


def _parse_value(value: bytes) -> list[Post | Rejection]:
    """Return the post of a tweet, or the posts of a response.

    Tweets that a page only `includes` lend their texts and authors and are no posts.

    Raises
    ------
    LineError
        The value is neither.
    """
    tweet = decode_line(value, _VALUE)
    if tweet.text is not UNSET or (tweet.data is UNSET and not _is_empty_page(tweet)):
        check_size(value)
        return [_post(tweet, _NOTHING)]
    includes = _includes(tweet)
    outcomes = [
        parse_or_reject(member, lambda part: _post(decode_part(part, _TWEET), includes)) for member in _members(tweet)
    ]
    refused = [outcome for outcome in outcomes if isinstance(outcome, Rejection)]
    if refused and len(refused) == len(outcomes) and not is_tweet_v2_or_page(decode_line(value, _ANY)):
        raise LineError(refused[0].reason, refused[0].detail)
    return outcomes


def _is_empty_page(value: _Value) -> bool:
    return value.meta is not None and value.meta.result_count == 0


def _members(response: _Value) -> list[bytes]:
    data = b"[]" if response.data is UNSET else bytes(response.data)
    return [bytes(item) for item in decode_part(data, _LIST)] if data.startswith(b"[") else [data]


def _includes(response: _Value) -> _Includes:
    """Return what a response includes; what of it cannot be read is noted on the tweets that refer to it."""
    if response.includes is UNSET:
        return _NOTHING
    try:
        included = decode_part(bytes(response.includes), _INCLUDED)
    except LineError:
        return _Includes(is_damaged=True)
    notes: dict[str, list[Note]] = {}
    users = _by_id(included.users, _USER, notes)
    tweets = _by_id(included.tweets, _WORDS, notes)
    is_damaged = len(users) + len(tweets) < len(included.users or ()) + len(included.tweets or ())
    return _Includes(users, tweets, notes, is_damaged)


def _by_id(
    items: list[msgspec.Raw] | None, decoder: msgspec.json.Decoder[_T], notes: dict[str, list[Note]]
) -> dict[str, _T]:
    found: dict[str, _T] = {}
    for item in items or ():
        try:
            value, left_out = forgiving(partial(decode_part, decoder=decoder), bytes(item))
            found[required_id(value.id)] = value
        except LineError:
            continue
        if left_out:
            notes[required_id(value.id)] = left_out
    return found


def _post(tweet: _Tweet, includes: _Includes) -> Post:
    """Return the post of a tweet.

    A retweet keeps its own id, author and time; its body is the full text of the original where the file has it, and it names the
    symbols of both. Quotes and replies are posts of their own words.
    """
    notes = Notes()
    original = notes.take("repost_of", _original, tweet, includes)
    body = _text(original)
    body = _text(tweet) if body is None else body
    if body is None:
        raise LineError("missing field", "the tweet has no text")
    if tweet.created_at is None:
        raise LineError("missing field", "the tweet has no created_at: ask the API for it in tweet.fields")
    author_id = notes.take("author_id", first_id, tweet.author_id, tweet.author and tweet.author.id)
    author = tweet.author or includes.users.get(author_id or "") or _User()
    notes += [(f"author.{name}", reason) for name, reason in includes.notes.get(author_id or "", ())]
    if includes.is_damaged and tweet.author is None and author_id not in includes.users:
        notes.append(("author", "damaged includes"))
    return Post(
        platform=PLATFORM,
        post_id=required_id(tweet.id),
        author_id=author_id,
        created_at=iso_micros(tweet.created_at),
        body=body,
        followers=author.public_metrics.followers_count if author.public_metrics else None,
        verified=author.verified,
        repost_of=None if original is None else notes.take("repost_of", required_id, original.id),
        language=tweet.lang,
        in_reply_to=notes.take("in_reply_to", _answered, tweet),
        symbols=name_symbols(body, (tag for words in (original, tweet) for tag in _cashtags(words))),
        notes=tuple(notes),
    )


def _original(tweet: _Tweet, includes: _Includes) -> _Words | None:
    """Return the tweet that a retweet repeats, in full where it was included; None for any other tweet."""
    for reference in tweet.referenced_tweets or ():
        if reference.type == "retweeted":
            return includes.tweets.get(first_id(reference.id) or "", reference)
    return None


def _answered(tweet: _Tweet) -> str | None:
    """Return the id of the tweet that a tweet answers; None for any other tweet."""
    return next((first_id(one.id) for one in tweet.referenced_tweets or () if one.type == "replied_to"), None)


def _text(words: _Words | None) -> str | None:
    if words is None:
        return None
    note = words.note_tweet.text if words.note_tweet else None
    own = None if isinstance(words.text, UnsetType) else words.text
    return own if note is None else note


def _cashtags(words: _Words | None) -> Iterator[str | None]:
    if words is None:
        return
    for entities in (words.note_tweet and words.note_tweet.entities, words.entities):
        for cashtag in (entities and entities.cashtags) or ():
            yield cashtag.tag


TWITTER_V2: Final = JsonFormat("Twitter API v2", is_tweet_v2_or_page, _parse_value)

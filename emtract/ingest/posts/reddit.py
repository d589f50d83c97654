"""Reddit submissions and comments, as Pushshift's and Arctic Shift's dumps and Reddit's own API hold them."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import msgspec
import numpy as np
from msgspec import UNSET, UnsetType

from emtract.characters import readable
from emtract.ingest.posts.cells import NOBODY
from emtract.ingest.posts.decoding import Id, decode_line
from emtract.ingest.posts.documents import JsonFormat, check_size, has_any, parse_or_reject, posts_within, unwrapped
from emtract.ingest.posts.post import Notes, Post, first_id, name_symbols
from emtract.ingest.posts.tickers import bare_symbols
from emtract.ingest.records import LineError, Rejection
from emtract.ingest.times import cell_moment

if TYPE_CHECKING:
    from collections.abc import Mapping

PLATFORM: Final = "reddit"
_COMMENT: Final = "t1_"
_SUBMISSION: Final = "t3_"
#: A stub of a listing that stands for comments which it leaves out.
_MORE: Final = "more"
#: What stands for a text or an author that was taken down: `[removed]`, `[deleted by user]`, `[ Removed by Reddit ]`,
#: `[ Removed by reddit in response to a copyright notice. ]`.
_REMOVED = re.compile(
    r"\[ ?(?:removed|deleted)(?: by (?:the )?(?:user|author|reddit|admins?|moderators?)\b[^\n]*)? ?\]", re.IGNORECASE
)


class _Thing(msgspec.Struct, gc=False):
    """Fields that both kinds have, and those that tell them apart; everything else comes and goes with the years."""

    id: Id | None = None
    name: str | None = None
    created_utc: int | float | str | None = None
    author: str | None = None
    author_fullname: str | None = None
    body: str | None = None
    link_id: Id | None = None
    parent_id: Id | None = None
    title: str | None = None
    selftext: str | None = None
    crosspost_parent: Id | None = None
    kind: str | None = None
    replies: msgspec.Raw | UnsetType = UNSET


DECODER: Final = msgspec.json.Decoder(_Thing)


def is_reddit(item: Mapping[str, Any]) -> bool:
    """Whether an object is a submission or a comment of Reddit."""
    return "created_utc" in item and has_any(item, ("body", "title", "selftext"))


def reddit_format(known: frozenset[str] = frozenset()) -> JsonFormat[Post]:
    """Return the format of a dump of submissions and comments, or of listings of Reddit's API: replies are posts too.

    Parameters
    ----------
    known
        Canonical symbols whose bare names count too (`tickers.bare_symbols`); without them only cashtags do.
    """

    def parse(value: bytes) -> list[Post | Rejection]:
        thing = decode_line(value, DECODER)
        if thing.kind == _MORE:
            return []
        replies = b"" if thing.replies is UNSET else bytes(thing.replies)
        # Replies that hold no post, as `{}` or "" do, cost nothing.
        if not (replies.startswith(b"{") and posts_within(msgspec.json.decode(replies), is_reddit)):
            check_size(value)
            return [parse_thing(thing, known)]
        # A comment that is no post, since it was removed, takes none of its replies with it.
        own = parse_or_reject(value.replace(replies, b'""'), lambda one: parse_thing(decode_line(one, DECODER), known))
        return [own, *unwrapped(replies, partial(parse), is_reddit)]

    return JsonFormat("Reddit submissions or comments", is_reddit, parse)


def parse_thing(thing: _Thing, known: frozenset[str] = frozenset()) -> Post:
    """Parse one submission or comment; the text stays HTML-escaped, as delivered.

    Ids are the platform's base-36 ids with the prefix of their kind, `t3_` of submissions and `t1_` of comments; where
    a dump has an id as a number, it is the number that the base-36 id spells. The author is the account's id
    (`author_fullname`) where the dump has it, as most do since 2018, else the account's name. The text of a submission
    is its title, an empty line, and its own text where it has one that was not removed.

    Raises
    ------
    LineError
        It lacks an id, a time or a text, or its text was removed before it was archived.
    """
    is_comment = thing.body is not None or thing.link_id is not None or thing.parent_id is not None
    body = _comment_text(thing) if is_comment else _submission_text(thing)
    if thing.created_utc is None:
        raise LineError("missing field", "no created_utc")
    symbols = name_symbols(body, ())
    notes = Notes()
    if known:
        named = bare_symbols(readable(body), known)
        symbols |= dict.fromkeys((symbol for symbol in named if symbol not in symbols), "name")
    return Post(
        platform=PLATFORM,
        post_id=_full_id(thing, _COMMENT if is_comment else _SUBMISSION),
        author_id=None
        if thing.author in NOBODY
        else notes.take("author_id", first_id, thing.author_fullname, thing.author),
        created_at=cell_moment(thing.created_utc, zone=None, time_format="epoch_seconds").micros,
        body=body,
        repost_of=notes.take("repost_of", _prefixed, thing.crosspost_parent, _SUBMISSION)
        if thing.crosspost_parent
        else None,
        in_reply_to=notes.take("in_reply_to", _answered, thing.parent_id) if thing.parent_id else None,
        symbols=symbols,
        notes=tuple(notes),
    )


def _comment_text(thing: _Thing) -> str:
    if thing.body is None:
        raise LineError("missing field", "the comment has no body")
    if _is_removed(thing.body):
        raise LineError("removed", "the comment was removed before it was archived")
    return thing.body


def _submission_text(thing: _Thing) -> str:
    if thing.title is None:
        raise LineError("missing field", "neither a body (comment) nor a title (submission)")
    parts = [part for part in (thing.title, thing.selftext) if part and not part.isspace()]
    kept = [part for part in parts if not _is_removed(part)]
    if parts and not kept:
        raise LineError("removed", "the submission was removed before it was archived")
    return "\n\n".join(kept)


def _is_removed(text: str) -> bool:
    text = text.strip() if len(text) < 200 else ""
    return text.startswith("[") and _REMOVED.fullmatch(text) is not None


def _full_id(thing: _Thing, prefix: str) -> str:
    raw = thing.name or thing.id if isinstance(thing.id, int) else thing.id or thing.name
    if raw is None or raw == "":
        raise LineError("missing field", "the post has no id")
    return _prefixed(raw, prefix)


def _prefixed(raw: int | str, prefix: str) -> str:
    text = _base36(raw) if isinstance(raw, int) else raw
    return text if text.startswith(prefix) else prefix + text


def _answered(parent: int | str) -> str:
    """Return the id of what a comment answers: a submission or, as one without the prefix of its kind is, a comment."""
    return parent if isinstance(parent, str) and parent.startswith(_SUBMISSION) else _prefixed(parent, _COMMENT)


def _base36(number: int) -> str:
    if number < 0:
        raise LineError("wrong type", f"id {number} is negative")
    return np.base_repr(number, 36).lower()

"""Posts within what wraps them: lists, responses, envelopes of one post; the same for telling a format and reading it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeVar

import msgspec

from emtract.ingest.posts.decoding import decode_line, parse_forgiving
from emtract.ingest.records import LineError, Rejection

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

#: Keys under which a response or a post holds what are no posts of their own.
_BESIDE: Final = frozenset(
    {"includes", "errors", "retweeted_status", "quoted_status", "reshare_message", "crosspost_parent_list"}
)
#: Keys of which an empty list says that a response found nothing.
_HOLDERS: Final = (
    "messages",
    "statuses",
    "data",
    "results",
    "items",
    "hits",
    "children",
    "posts",
    "tweets",
    "comments",
)
_MAX_DEPTH: Final = 12
_T = TypeVar("_T")
_ANY: Final = msgspec.json.Decoder(Any)


def posts_within(value: Any, is_post: Callable[[Mapping[str, Any]], bool], *, depth: int = _MAX_DEPTH) -> list[Any]:
    """Return the posts within a JSON value, in their order, whatever lists and objects they stand in.

    Parameters
    ----------
    value
        Decoded JSON of any shape.
    is_post
        Whether an object is a post; what stands inside one is not searched.
    depth
        Lists and objects within each other that are opened at most.

    Returns
    -------
    list
        Objects that are posts; of a list that holds posts also the other items, since they should be posts.
    """
    if not depth or not isinstance(value, (dict, list)):
        return []
    if isinstance(value, list):
        within = [posts_within(item, is_post, depth=depth - 1) for item in value]
        return (
            [post for item, found in zip(value, within, strict=True) for post in found or [item]] if any(within) else []
        )
    if is_post(value):
        return [value]
    members = (item for key, item in value.items() if key not in _BESIDE)
    return [post for item in members for post in posts_within(item, is_post, depth=depth - 1)]


def unwrapped(
    value: bytes, parse: Callable[[bytes], list[_T | Rejection]], is_post: Callable[[Mapping[str, Any]], bool]
) -> list[_T | Rejection]:
    """Return what `parse` makes of a value, or, where it is none of a post, of each post within it.

    Lines of rejections are yet to be numbered.

    Parameters
    ----------
    value
        JSON text of one value.
    parse
        Value -> its posts; raises `LineError` for what is none.
    is_post
        Whether an object within it is a post.
    """
    try:
        return parse(value)
    except LineError as error:
        refused = error
    try:
        whole = decode_line(value, _ANY)
    except LineError:
        return [refused.at(0, value)]
    posts = posts_within(whole, is_post)
    if not posts and _is_empty(whole):
        return []
    if not posts or posts[0] is whole:
        return [refused.at(0, value)]
    return [outcome for post in posts for outcome in _parsed(msgspec.json.encode(post), parse)]


def _is_empty(value: Any) -> bool:
    """Whether a value is a response without posts."""
    if isinstance(value, dict):
        return any(_is_empty(value.get(key)) for key in _HOLDERS)
    return isinstance(value, list) and not value


def _parsed(value: bytes, parse: Callable[[bytes], list[_T | Rejection]]) -> list[_T | Rejection]:
    try:
        return parse_forgiving(parse, value)
    except LineError as error:
        return [error.at(0, value)]

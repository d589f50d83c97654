"""The look of each format: which JSON objects are whose posts, and which headers a text could have."""

from __future__ import annotations

import csv
import json
import re
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from emtract.ingest.batches import PostFormat

#: Objects that are looked at, and places at which an object of a cut document is sought.
MAX_OBJECTS: Final = 50
MAX_PLACES: Final = 200
_OBJECT: Final = msgspec.json.Decoder(dict[str, Any])
_V1_TIME = re.compile(r"[A-Z][a-z]{2} [A-Z][a-z]{2} \d\d \d\d:\d\d:\d\d [+-]\d{4} \d{4}")
_ISO_TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]")
_V2_MARKS: Final = ("author_id", "edit_history_tweet_ids", "conversation_id", "public_metrics", "referenced_tweets")
_STOCKTWITS_MARKS: Final = ("user", "symbols", "entities", "source", "conversation")
_DELIMITERS: Final = ",\t;|"


def format_of(item: Mapping[str, Any]) -> PostFormat | None:
    """Return the format whose post or response this object is, or None where it is of none."""
    if _is_stocktwits(item) or _holds(item, "messages", _is_stocktwits):
        return "stocktwits"
    if _is_tweet_v2(item) or _is_page(item):
        return "twitter_v2"
    if _is_reddit(item):
        return "reddit"
    return "twitter_v1" if _is_status(item) else None


def objects_of(text: bytes) -> list[dict[str, Any]]:
    """Return the first objects of a JSON text that may be cut: of its lines, its list, or within its document."""
    found = [] if text.startswith(b"[") else list(islice(_lines(text), MAX_OBJECTS))
    return found or list(islice(_within(text.decode("utf-8", "replace")), MAX_OBJECTS))


def table_headers(text: bytes) -> list[list[str]]:
    """Return the names that the first line holds under each delimiter which it has."""
    line = text[: 1 << 16].splitlines()[0].decode("utf-8", "replace")
    headers = []
    for delimiter in _DELIMITERS:
        if delimiter in line:
            try:
                headers.append([name.strip() for name in next(csv.reader([line], delimiter=delimiter))])
            except (csv.Error, StopIteration):
                continue
    return headers


def _is_status(item: Mapping[str, Any]) -> bool:
    return ("text" in item or "full_text" in item) and _is_time(item, _V1_TIME)


def _is_tweet_v2(item: Mapping[str, Any]) -> bool:
    return "id" in item and "text" in item and _is_time(item, _ISO_TIME, absent=True) and _has_any(item, _V2_MARKS)


def _is_page(item: Mapping[str, Any]) -> bool:
    meta = item.get("meta")
    empty = isinstance(meta, dict) and meta.get("result_count") == 0 and "data" not in item
    return empty or ("text" not in item and _holds(item, "data", lambda post: "id" in post and "text" in post))


def _is_stocktwits(item: Mapping[str, Any]) -> bool:
    return "id" in item and "body" in item and _is_time(item, _ISO_TIME) and _has_any(item, _STOCKTWITS_MARKS)


def _is_reddit(item: Mapping[str, Any]) -> bool:
    return "created_utc" in item and _has_any(item, ("body", "title", "selftext"))


def _holds(item: Mapping[str, Any], key: str, is_member: Callable[[Mapping[str, Any]], bool]) -> bool:
    """Whether a key leads to a post, or to a list of which the first is one."""
    members = item.get(key)
    first = members[0] if isinstance(members, list) and members else members
    return isinstance(first, dict) and is_member(first)


def _has_any(item: Mapping[str, Any], keys: Iterable[str]) -> bool:
    return any(key in item for key in keys)


def _is_time(item: Mapping[str, Any], form: re.Pattern[str], *, absent: bool = False) -> bool:
    time = item.get("created_at")
    return absent if time is None else isinstance(time, str) and form.match(time) is not None


def _lines(text: bytes) -> Iterator[dict[str, Any]]:
    for line in text.split(b"\n"):
        try:
            yield _OBJECT.decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            continue


def _within(text: str) -> Iterator[dict[str, Any]]:
    decoder, place = json.JSONDecoder(), 0
    for _ in range(MAX_PLACES):
        place = text.find("{", place)
        if place < 0:
            return
        try:
            item, place = decoder.raw_decode(text, place)
        except (ValueError, RecursionError):
            place += 1
        else:
            yield item

"""The look of each format: which JSON objects are whose posts, and which headers a text could have."""

from __future__ import annotations

import csv
import re
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from emtract.sources import PostFormat

_V1_TIME = re.compile(r"[A-Z][a-z]{2} [A-Z][a-z]{2} \d\d \d\d:\d\d:\d\d [+-]\d{4} \d{4}")
_ISO_TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]")
_V2_MARKS: Final = ("author_id", "edit_history_tweet_ids", "conversation_id", "public_metrics", "referenced_tweets")
_STOCKTWITS_MARKS: Final = ("user", "symbols", "entities", "source", "conversation")
_DISCORD_MARKS: Final = ("embeds", "attachments", "isPinned", "timestampEdited", "reactions", "mentions")
DELIMITERS: Final = ",\t;|"


def is_tweet_v2_or_page(item: Mapping[str, Any]) -> bool:
    """Whether an object is a tweet of Twitter's API v2, or a response that holds some."""
    return _is_tweet_v2(item) or _is_page(item)


def format_of(item: Mapping[str, Any]) -> PostFormat | None:
    """Return the format whose post or response this object is, or None where it is of none."""
    if is_telegram_chat(item):
        return "telegram"
    if is_discord(item) and _has_any(item, _DISCORD_MARKS):
        return "discord"
    if is_message(item) and _is_time(item, _ISO_TIME) and _has_any(item, _STOCKTWITS_MARKS):
        return "stocktwits"
    if is_tweet_v2_or_page(item):
        return "twitter_v2"
    if is_reddit(item):
        return "reddit"
    return "twitter_v1" if is_status(item) and _is_time(item, _V1_TIME) else None


def table_headers(text: bytes) -> list[list[str]]:
    """Return the names that the first line holds under each delimiter which it has."""
    line = text[: 1 << 16].splitlines()[0].decode("utf-8", "replace")
    headers = []
    for delimiter in DELIMITERS:
        if delimiter in line:
            try:
                headers.append([name.strip() for name in next(csv.reader([line], delimiter=delimiter))])
            except (csv.Error, StopIteration):
                continue
    return headers


def is_status(item: Mapping[str, Any]) -> bool:
    """Whether an object could be a status of Twitter's API v1.1."""
    return "created_at" in item and ("text" in item or "full_text" in item)


def _is_tweet_v2(item: Mapping[str, Any]) -> bool:
    return "id" in item and "text" in item and _is_time(item, _ISO_TIME, absent=True) and _has_any(item, _V2_MARKS)


def _is_page(item: Mapping[str, Any]) -> bool:
    meta = item.get("meta")
    empty = isinstance(meta, dict) and meta.get("result_count") == 0 and "data" not in item
    return empty or ("text" not in item and _holds(item, "data", _is_listed_tweet))


def _is_listed_tweet(item: Mapping[str, Any]) -> bool:
    return "id" in item and "text" in item and not _is_time(item, _V1_TIME)


def is_message(item: Mapping[str, Any]) -> bool:
    """Whether an object could be a message of StockTwits' API."""
    return "id" in item and "body" in item


def is_telegram_chat(item: Mapping[str, Any]) -> bool:
    """Whether an object is a chat that Telegram Desktop exported."""
    messages = item.get("messages")
    if not isinstance(messages, list) or "id" not in item or not isinstance(item.get("type"), str):
        return False
    return not messages or (isinstance(messages[0], dict) and "date" in messages[0])


def is_discord(item: Mapping[str, Any]) -> bool:
    """Whether an object could be a message that DiscordChatExporter wrote."""
    return "id" in item and "timestamp" in item and "content" in item and isinstance(item.get("author"), dict)


def is_reddit(item: Mapping[str, Any]) -> bool:
    """Whether an object is a submission or a comment of Reddit."""
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

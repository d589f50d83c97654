"""Discord: the JSON that DiscordChatExporter writes of a channel."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from emtract.ingest.posts.decoding import Id, decode_line
from emtract.ingest.posts.documents import JsonFormat, one_each
from emtract.ingest.posts.post import Notes, Post, first_id, name_symbols, required_id
from emtract.ingest.records import LineError
from emtract.ingest.times import iso_micros

if TYPE_CHECKING:
    from collections.abc import Mapping

PLATFORM: Final = "discord"
#: Types of messages that somebody wrote; all others are Discord's own (joins, pins, calls).
_WRITTEN: Final = frozenset({None, "Default", "Reply", "ChatInputCommand", "ContextMenuCommand", "0", "19", "20", "23"})


class _Author(msgspec.Struct, gc=False):
    id: Id | None = None


class _Reference(msgspec.Struct, gc=False):
    messageId: Id | None = None  # noqa: N815


class _Forwarded(msgspec.Struct, gc=False):
    content: str | None = None


class _Message(msgspec.Struct, gc=False):
    id: Id | None = None
    type: Id | None = None
    timestamp: str | None = None
    content: str | None = None
    author: _Author | None = None
    reference: _Reference | None = None
    forwardedMessage: _Forwarded | None = None  # noqa: N815


_MESSAGE: Final = msgspec.json.Decoder(_Message)


def is_discord(item: Mapping[str, Any]) -> bool:
    """Whether an object could be a message that DiscordChatExporter wrote."""
    return "id" in item and "timestamp" in item and "content" in item and isinstance(item.get("author"), dict)


def parse_message(value: bytes) -> Post:
    """Parse one message.

    Message ids are unique over all of Discord. No name is kept: authors are their ids. What Discord itself tells (members
    that join, pins) is rejected as such. A forwarded message has the text of its original and is a repost of it.

    Raises
    ------
    LineError
        It lacks an id, a time or a text, its time cannot be read, or nobody wrote it.
    """
    message = decode_line(value, _MESSAGE)
    if message.content is None or message.timestamp is None:
        raise LineError("missing field", f"the message has no {'content' if message.content is None else 'timestamp'}")
    if (None if message.type is None else str(message.type)) not in _WRITTEN:
        raise LineError("service message", f"a {message.type} of Discord's, which nobody wrote")
    forwarded = message.forwardedMessage
    body = message.content or (forwarded and forwarded.content) or ""
    notes = Notes()
    # A forwarded message refers to its original, any other to the message that it answers.
    meant = "repost_of" if forwarded else "in_reply_to"
    other = notes.take(meant, first_id, message.reference and message.reference.messageId)
    return Post(
        platform=PLATFORM,
        post_id=required_id(message.id),
        author_id=notes.take("author_id", first_id, message.author and message.author.id),
        created_at=iso_micros(message.timestamp),
        body=body,
        repost_of=(other or "unknown") if forwarded else None,
        in_reply_to=None if forwarded else other,
        symbols=name_symbols(body, ()),
        notes=tuple(notes),
    )


DISCORD: Final = JsonFormat(
    "messages that DiscordChatExporter wrote",
    is_discord,
    one_each(parse_message),
    marks=("embeds", "attachments", "isPinned", "timestampEdited", "reactions", "mentions"),
)

"""Discord: the JSON that DiscordChatExporter writes of a channel."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from emtract.ingest.lines import MAX_LINE_BYTES
from emtract.ingest.posts.decoding import Id, decode_line
from emtract.ingest.posts.documents import read_json
from emtract.ingest.posts.post import Notes, Post, PostRecords, first_id, name_symbols, required_id
from emtract.ingest.records import LineError
from emtract.ingest.shapes import is_discord
from emtract.ingest.times import iso_micros

if TYPE_CHECKING:
    from emtract.ingest.streams import Progress, Source

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


def read_discord(
    path: Source, *, max_line_bytes: int = MAX_LINE_BYTES, progress: Progress | None = None
) -> PostRecords:
    """Yield the messages of an export; `line` is as `documents.number_posts` has it.

    Message ids are unique over all of Discord. No name is kept: authors are their ids. What Discord itself tells (members
    that join, pins) is rejected as such. A forwarded message has the text of its original and is a repost of it.

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
    return read_json(path, parse_message, is_discord, max_line_bytes=max_line_bytes, progress=progress)


def parse_message(value: bytes) -> Post:
    """Parse one message.

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
    original = (
        notes.take("repost_of", first_id, message.reference and message.reference.messageId) if forwarded else None
    )
    return Post(
        platform=PLATFORM,
        post_id=required_id(message.id),
        author_id=notes.take("author_id", first_id, message.author and message.author.id),
        created_at=iso_micros(message.timestamp),
        body=body,
        followers=None,
        verified=None,
        repost_of=(original or "unknown") if forwarded else None,
        sentiment=None,
        language=None,
        symbols=name_symbols(body, ()),
        notes=tuple(notes),
    )

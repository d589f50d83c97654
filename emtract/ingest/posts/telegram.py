"""Telegram: the JSON that Telegram Desktop exports (`result.json`), of one chat or of a whole account."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final

import msgspec

from emtract.ingest.posts.decoding import Id, decode_line, decode_part
from emtract.ingest.posts.documents import JsonFormat, parse_or_reject
from emtract.ingest.posts.post import Notes, Post, first_id, name_symbols, required_id
from emtract.ingest.records import LineError, Rejection, storable
from emtract.ingest.times import cell_moment

if TYPE_CHECKING:
    from collections.abc import Mapping

PLATFORM: Final = "telegram"
#: What a message repeats whose original the export does not name.
UNKNOWN: Final = "unknown"


class _Chat(msgspec.Struct, gc=False):
    id: Id
    messages: list[msgspec.Raw]


class _Message(msgspec.Struct, gc=False):
    id: Id | None = None
    type: str | None = None
    date: str | None = None
    date_unixtime: Id | None = None
    from_id: Id | None = None
    text: Any = None
    forwarded_from: Any = None
    forwarded_from_id: Id | None = None


_CHAT: Final = msgspec.json.Decoder(_Chat)
_MESSAGE: Final = msgspec.json.Decoder(_Message)


def is_telegram_chat(item: Mapping[str, Any]) -> bool:
    """Whether an object is a chat that Telegram Desktop exported."""
    messages = item.get("messages")
    if not isinstance(messages, list) or "id" not in item or not isinstance(item.get("type"), str):
        return False
    return not messages or (isinstance(messages[0], dict) and "date" in messages[0])


def _parse_chat(value: bytes) -> list[Post | Rejection]:
    """Return the messages of a chat.

    Ids join the chat's and the message's in it, `1234:56`, since a message's own is unique in its chat alone. No
    name is kept: authors are their ids (`user123`). What the service tells (members that join, calls) is rejected as such.
    A forwarded message is a repost of what `forwarded_from_id` names, or of `unknown`: exports do not name the original.
    """
    chat = decode_line(value, _CHAT)
    chat_id = required_id(chat.id)
    return [parse_or_reject(bytes(item), partial(_post, chat_id)) for item in chat.messages]


def _post(chat_id: str, value: bytes) -> Post:
    message = decode_part(value, _MESSAGE)
    if message.type not in {None, "message"}:
        raise LineError("service message", f"a {message.type} of Telegram's, which nobody wrote")
    if message.date_unixtime is None:
        if message.date is None:
            raise LineError("missing field", "the message has no date")
        raise LineError(
            "timestamp without zone",
            f"{message.date} in the time of the machine that exported it: export again with a current Telegram Desktop, "
            "which adds date_unixtime",
        )
    body = storable(_text(message.text))
    notes = Notes()
    forwarded = first_id(message.forwarded_from_id) or (UNKNOWN if message.forwarded_from is not None else None)
    return Post(
        platform=PLATFORM,
        post_id=f"{chat_id}:{required_id(message.id)}",
        author_id=notes.take("author_id", first_id, message.from_id),
        created_at=cell_moment(message.date_unixtime, zone=None, time_format="epoch_seconds").micros,
        body=body,
        repost_of=forwarded,
        symbols=name_symbols(body, ()),
        notes=tuple(notes),
    )


def _text(text: Any) -> str:
    """Join a text that is a list of plain pieces and of pieces with a style or a link."""
    if isinstance(text, str):
        return text
    if isinstance(text, dict):
        return _text(text.get("text"))
    if isinstance(text, list):
        return "".join(_text(piece) for piece in text if isinstance(piece, (str, dict)))
    if text is None:
        return ""
    raise LineError("wrong type", "the text is neither a string nor a list")


TELEGRAM: Final = JsonFormat("chats that Telegram Desktop exported", is_telegram_chat, _parse_chat)

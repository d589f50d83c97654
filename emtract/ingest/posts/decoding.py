"""JSON lines -> typed structs; each way one can fail has its own reason."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import TYPE_CHECKING, Annotated, Any, Final, TypeVar

import msgspec

from emtract.ingest.posts.post import MAX_COUNT, Post
from emtract.ingest.records import LineError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


#: A count that fits BIGINT.
Count = Annotated[int, msgspec.Meta(ge=0, le=MAX_COUNT)]
Id = int | str
_T = TypeVar("_T")
_NUL_ESCAPE: Final = rb"\u0000"
#: Every escape of a JSON string; group 1 where it stands for NUL or for half a surrogate pair.
_ESCAPE = re.compile(
    rb"\\(?:u[dD][89aAbB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(u0000|u[dD][89a-fA-F][0-9a-fA-F]{2})|.)",
    re.DOTALL,
)
#: Strings, which stay as they are, and (group 1) numbers that JSON does not have.
_NOT_A_NUMBER = re.compile(rb'"(?:[^"\\]|\\.)*+"|(?<![\w.])(NaN|-?Infinity)(?![\w.])', re.DOTALL)

#: Where a value of a wrong type stands: `Expected `int`, got `str` - at `$.entities.symbols[1].text``.
_PLACE = re.compile(r"- at `\$\.([^`]+)`")
_STEP = re.compile(r"[^.\[\]]+|\[\d+\]")
#: Keys of a post, by format, without which it is none: they are not left out, and reject it.
_NEEDED: Final = frozenset(
    {
        *("id", "id_str", "name", "created_at", "created_utc", "text", "full_text", "body", "title", "selftext"),
        *("data", "messages"),
    }
)
#: Optional fields of one post that are left out, before it is given up.
MAX_LEFT_OUT: Final = 20


def decode_line(line: bytes, decoder: msgspec.json.Decoder[_T]) -> _T:
    r"""Decode one JSON value.

    `\u0000` and lone surrogates, which Arrow's UTF-8 cannot hold, become U+FFFD, and `NaN` is null: the post is kept.

    Raises
    ------
    LineError
        `NUL byte`, `not JSON`, `not UTF-8`, `missing field` or `wrong type`.
    """
    if b"\0" in line:
        raise LineError("NUL byte", "the line holds a NUL byte: the file was cut or overwritten")
    if _NUL_ESCAPE in line:
        line = _without_unstorable(line)
    return decode_part(line, decoder)


def decode_part(line: bytes, decoder: msgspec.json.Decoder[_T]) -> _T:
    """Decode a JSON value that stood in a line which `decode_line` has let through.

    Raises
    ------
    LineError
        As `decode_line`, but for the NUL bytes that it has looked for.
    """
    try:
        return decoder.decode(line)
    except msgspec.ValidationError as error:
        missing = "missing required field" in str(error)
        raise LineError("missing field" if missing else "wrong type", str(error)) from error
    except UnicodeDecodeError as error:
        raise LineError("not UTF-8", str(error)) from error
    except (msgspec.DecodeError, RecursionError) as error:
        repaired = _without_nan(_without_unstorable(line))
        if repaired == line:
            raise LineError("not JSON", str(error)) from error
        return decode_part(repaired, decoder)


def parse_forgiving(parse: Callable[[bytes], _T], line: bytes) -> _T:
    """Return what `parse` makes of a JSON object; an optional field of a wrong type is left out, and noted on the post.

    Raises
    ------
    LineError
        As `parse` does, where what is wrong is no optional field.
    """
    return note_post(*forgiving(parse, line))


def forgiving(parse: Callable[[bytes], _T], line: bytes) -> tuple[_T, list[tuple[str, str]]]:
    """Return what `parse` makes of a JSON object without its optional fields of a wrong type, and a note on each of them.

    Raises
    ------
    LineError
        As `parse_forgiving`.
    """
    notes: list[tuple[str, str]] = []
    while True:
        try:
            return parse(line), notes
        except LineError as error:
            without = without_field(line, error.reason, error.detail) if len(notes) < MAX_LEFT_OUT else None
            if without is None:
                raise
            line, field = without
            notes.append((field, error.reason))


def note_post(post: _T, notes: Sequence[tuple[str, str]]) -> _T:
    """Add notes to a post, or to the first of a list; anything else is returned as it is."""
    if notes and isinstance(post, Post):
        return msgspec.structs.replace(post, notes=(*post.notes, *notes))
    if notes and isinstance(post, list) and post:
        post[0] = note_post(post[0], notes)
    return post


def without_field(line: bytes, reason: str, detail: str) -> tuple[bytes, str] | None:
    """Return a JSON object without the optional field that a decoder complains of, and the field's path.

    Parameters
    ----------
    line
        The object as it was given to the decoder.
    reason, detail
        As in the `LineError` that it raised; `detail` says where the field stands.

    Returns
    -------
    tuple or None
        The object as JSON, and the keys to the field joined by dots, without positions in lists; None where the
        complaint is of another kind, or the field is one that every post needs.
    """
    place = _PLACE.search(detail) if reason == "wrong type" else None
    if place is None:
        return None
    steps = _STEP.findall(place[1])
    if len(steps) == 1 and steps[0] in _NEEDED and not (steps[0] == "id" and b'"id_str"' in line):
        return None
    with suppress(msgspec.DecodeError, UnicodeDecodeError, RecursionError, OverflowError):
        value = msgspec.json.decode(line)
        if _leave_out(value, steps):
            return msgspec.json.encode(value), ".".join(step for step in steps if step[0] != "[")
    return None


def _leave_out(value: Any, steps: Sequence[str]) -> bool:
    """Make null what stands at the end of a path, or take it out of its list; whether it was there."""
    *before, last = [int(step[1:-1]) if step[0] == "[" else step for step in steps]
    try:
        for step in before:
            value = value[step]
        if value[last] is None:
            return False
        if isinstance(value, list):
            value.pop(int(last))
        else:
            value[last] = None
    except (LookupError, TypeError, ValueError):
        return False
    return True


def _without_nan(line: bytes) -> bytes:
    """Write null for `NaN` and `Infinity`, which Python writes into JSON for numbers that are missing."""
    if b"NaN" not in line and b"Infinity" not in line:
        return line
    return _NOT_A_NUMBER.sub(lambda found: b"null" if found[1] else found[0], line)


def _without_unstorable(line: bytes) -> bytes:
    return _ESCAPE.sub(lambda escape: rb"\ufffd" if escape[1] else escape[0], line)

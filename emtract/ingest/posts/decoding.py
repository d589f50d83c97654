"""JSON lines -> typed structs; each way one can fail has its own reason."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Final, TypeVar

import msgspec

from emtract.ingest.lines import MAX_LINE_BYTES, read_lines
from emtract.ingest.posts.post import MAX_COUNT
from emtract.ingest.records import LineError, Rejection

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from emtract.ingest.streams import Progress, Source

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


def decode_line(line: bytes, decoder: msgspec.json.Decoder[_T]) -> _T:
    r"""Decode one JSON value.

    `\u0000` and lone surrogates, which Arrow's UTF-8 cannot hold, become U+FFFD: the post is kept.

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
        repaired = _without_unstorable(line)
        if repaired == line:
            raise LineError("not JSON", str(error)) from error
        return decode_part(repaired, decoder)


def parse_lines(
    path: Source,
    parse: Callable[[bytes], _T],
    *,
    max_line_bytes: int = MAX_LINE_BYTES,
    progress: Progress | None = None,
) -> Iterator[tuple[int, _T] | Rejection]:
    """Yield the number and what `parse` makes of each line that is not blank, or the rejection of its `LineError`."""
    for item in read_lines(path, max_line_bytes=max_line_bytes, progress=progress):
        if isinstance(item, Rejection):
            yield item
            continue
        number, line = item
        if line and not line.isspace():
            try:
                yield number, parse(line)
            except LineError as error:
                yield error.at(number, line)


def _without_unstorable(line: bytes) -> bytes:
    return _ESCAPE.sub(lambda escape: rb"\ufffd" if escape[1] else escape[0], line)

"""Numbered lines of a file: one line is held at a time, and what cannot be a line becomes a rejection."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from emtract.ingest.records import LineError, Rejection, reject
from emtract.ingest.streams import BREAKS, ExpansionError, Progress, Source, read_chunks

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

#: Limit of one line where a reader names none.
MAX_LINE_BYTES: Final = 1 << 20
BOM: Final = b"\xef\xbb\xbf"
#: What makes UTF-8 of a file that Excel or R wrote on Windows in Western Europe and America.
TO_UTF8: Final = "iconv -f WINDOWS-1252 -t UTF-8"
NumberedLine = tuple[int, bytes]


def read_lines(
    path: Source,
    *,
    max_line_bytes: int = MAX_LINE_BYTES,
    progress: Progress | None = None,
    newline: bytes = b"\n",
) -> Iterator[NumberedLine | Rejection]:
    r"""Yield each line of a file, packed or plain, as (number from 1, bytes without the newline).

    A line beyond the limit is skipped, not held, and yielded as the rejection `line too long`. Where a compressed
    stream breaks or expands without bound (`streams.read_chunks`), the lines before it stand, and one last rejection
    `broken stream` or `expands without bound` has the number of the line that it came to.

    Parameters
    ----------
    path
        A file, plain or packed, or a member of a zip archive.
    max_line_bytes
        Longest line that is yielded, newline not counted.
    progress
        Called with the bytes read so far of the file on disk, packed as it is.
    newline
        The one byte that ends a line; a carriage return before it stays in the line.

    Raises
    ------
    SourceError
        Before the first line: the file cannot be opened or is not what its name says.

    Notes
    -----
    Joined by newlines the lines are the file, less a byte-order mark at its start and a newline at its end.
    """
    number = 0
    try:
        for item in _cut(read_chunks(path, progress=progress), max_line_bytes, newline):
            number = item[0]
            yield item
    except BREAKS as error:
        yield ending(error, number + 1)


def ending(error: Exception, line: int) -> Rejection:
    """Return the last rejection of a stream that breaks, or expands without bound, at a line."""
    if isinstance(error, ExpansionError):
        message = f"{error}; this line and what follows is not read: unpack the file yourself if that is its true size"
        return reject(line, "expands without bound", message)
    return reject(line, "broken stream", f"{error}; this line and what follows is lost: fetch the file again")


def _cut(chunks: Iterable[bytes], limit: int, newline: bytes = b"\n") -> Iterator[NumberedLine | Rejection]:
    number, held, length = 1, b"", 0
    for chunk in chunks:
        first, *others = chunk.split(newline)
        held += first[: max(0, limit + 1 - len(held))]
        length += len(first)
        for piece in others:
            yield checked_line(number, held, length, limit)
            number, held, length = number + 1, piece, len(piece)
    if held:
        yield checked_line(number, held, length, limit)


def checked_line(number: int, held: bytes, length: int, limit: int) -> NumberedLine | Rejection:
    """Return the line without a byte-order mark, or its rejection where it is longer than the limit.

    Parameters
    ----------
    number
        Its number in the file, from 1.
    held
        Its bytes without the newline; of a line beyond the limit the start is enough.
    length
        Bytes of the whole line.
    limit
        Bytes of a line at most.
    """
    if length > limit:
        message = f"{length:,} bytes, the limit is {limit:,}: divide the line, or take it out"
        return reject(number, "line too long", message, held)
    return number, held.removeprefix(BOM) if number == 1 else held


def decoded(line: bytes) -> str:
    """Return the text of a line.

    Raises
    ------
    LineError
        `NUL byte` or `not UTF-8`.
    """
    if b"\0" in line:
        raise LineError("NUL byte", "the line holds a NUL byte: the file was cut or overwritten")
    try:
        return line.decode()
    except UnicodeDecodeError as error:
        raise LineError("not UTF-8", f"{error}: convert the file to UTF-8 ({TO_UTF8})") from error

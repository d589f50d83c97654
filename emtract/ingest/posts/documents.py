"""JSON values of a file, one a line or all in one document, and the posts that each of them holds."""

from __future__ import annotations

from itertools import chain, islice
from typing import TYPE_CHECKING, Final

import msgspec

from emtract.errors import SourceError
from emtract.ingest.lines import NumberedLine, read_lines
from emtract.ingest.posts.decoding import decode_line
from emtract.ingest.records import LineError, Rejection
from emtract.ingest.streams import BREAKS, Progress, Source, read_chunks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from emtract.ingest.posts.post import Post, PostRecords

#: Largest JSON list or pretty-printed value: it has no lines, so it is held whole.
MAX_DOCUMENT_BYTES: Final = 1 << 26
_LIST: Final = msgspec.json.Decoder(list[msgspec.Raw])
_ANY: Final = msgspec.json.Decoder(msgspec.Raw)


def read_values(
    path: Source, *, max_line_bytes: int, progress: Progress | None = None
) -> Iterator[NumberedLine | Rejection]:
    """Yield each JSON value of a file with its line: its lines, the items of its one list, or its one value.

    Raises
    ------
    SourceError
        A JSON list is cut, damaged, or larger than 64 MB: it has no lines to fall back on.
    """
    lines = read_lines(path, max_line_bytes=max_line_bytes, progress=progress)
    written = (item for item in lines if isinstance(item, Rejection) or item[1].strip())
    first = list(islice(written, 1))
    document = _document(path, first)
    if document is None:
        yield from chain(first, written)
    else:
        yield from ((1, value) for value in document)


def number_posts(
    values: Iterable[NumberedLine | Rejection], parse: Callable[[bytes], Iterable[Post | Rejection]]
) -> PostRecords:
    """Yield the posts of each value under numbers that rise and never repeat.

    A post is numbered by its line; where a value holds several posts, those after the first take the numbers that
    follow, and so does what comes after them where its line is taken.
    """
    last = 0
    for value in values:
        outcomes = (value,) if isinstance(value, Rejection) else parse(value[1])
        for outcome in outcomes:
            last = max(value[0], last + 1)
            yield outcome._replace(line=last) if isinstance(outcome, Rejection) else (last, outcome)


def parse_or_reject(value: bytes, parse: Callable[[bytes], Post], *, limit: int) -> Post | Rejection:
    """Return the post of one value, or why it is none; its line is yet to be numbered."""
    try:
        check_size(value, limit)
        return parse(value)
    except LineError as error:
        return error.at(0, value)


def check_size(value: bytes, limit: int) -> None:
    """Refuse a value beyond the limit of one post."""
    if len(value) > limit:
        raise LineError("line too long", f"{len(value):,} bytes, the limit is {limit:,}: raise max_line_bytes")


def _document(path: Source, first: list[NumberedLine | Rejection]) -> list[bytes] | None:
    """Return the values of a file that is one JSON value, or None for a file of lines."""
    if not first or (isinstance(first[0], Rejection) and first[0].reason != "line too long"):
        return None
    start = _start(first[0])
    if not start.startswith(b"[") and not isinstance(first[0], Rejection) and _is_json(start):
        return None
    whole = _whole(path)
    if start.startswith(b"["):
        return _listed(path, whole)
    return [whole] if whole is not None and _is_json(whole) else None


def _start(first: NumberedLine | Rejection) -> bytes:
    return (first.detail.partition(" | ")[2].encode() if isinstance(first, Rejection) else first[1]).lstrip()


def _listed(path: Source, whole: bytes | None) -> list[bytes]:
    if whole is None:
        raise SourceError(f"{path} is a JSON list beyond 64 MB, cut or damaged: write one post a line (`jq -c '.[]'`)")
    try:
        return [bytes(item) for item in decode_line(whole, _LIST)]
    except LineError as error:
        raise SourceError(f"{path} is a JSON list that cannot be read ({error}): fetch it again") from error


def _whole(path: Source) -> bytes | None:
    """Return the whole file, or None where it breaks or exceeds the limit."""
    held = bytearray()
    try:
        for chunk in read_chunks(path):
            held += chunk
            if len(held) > MAX_DOCUMENT_BYTES:
                return None
    except BREAKS:
        return None
    return bytes(held).removeprefix(b"\xef\xbb\xbf")


def _is_json(text: bytes) -> bool:
    try:
        decode_line(text, _ANY)
    except LineError:
        return False
    return True

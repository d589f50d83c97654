"""JSON values of a file, one a line or in documents of any shape, and the posts that each of them holds."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final, TypeVar

import msgspec

from emtract.ingest.lines import MAX_LINE_BYTES, NumberedLine, read_lines
from emtract.ingest.posts.decoding import MAX_LEFT_OUT, decode_line, note_post, parse_forgiving, without_field
from emtract.ingest.posts.splitting import MAX_VALUE, split_values
from emtract.ingest.posts.wrapping import unwrapped
from emtract.ingest.records import LineError, Rejection
from emtract.ingest.streams import BREAKS, Progress, Source, read_chunks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from emtract.ingest.posts.post import Post, PostRecords

#: Longest line: a response may stand on one, with up to 500 posts and what they refer to.
MAX_PAGE_BYTES: Final = 1 << 24
#: Plain bytes that tell whether a file goes by lines.
_HEAD_BYTES: Final = 1 << 17
#: What may stand after a value on its line.
_AFTER: Final = b", \t\r"
_ANY: Final = msgspec.json.Decoder(msgspec.Raw)
_T = TypeVar("_T")
_BOM: Final = b"\xef\xbb\xbf"


def read_json(
    path: Source,
    parse: Callable[[bytes], Post],
    is_post: Callable[[Mapping[str, Any]], bool],
    *,
    max_line_bytes: int = MAX_LINE_BYTES,
    progress: Progress | None = None,
) -> PostRecords:
    """Yield the posts of a file of JSON, whatever lists, responses and envelopes they stand in.

    `line` is the line of the file where there is one post a line, else as `number_posts` has it.

    Parameters
    ----------
    path
        A file, plain or packed, or a member of a zip archive; the archive itself is refused (`batches.read_posts` reads
        it).
    parse
        One JSON value -> its post.
    is_post
        Whether an object is one, where `parse` refuses what is around it.
    max_line_bytes
        Longest post in bytes of JSON; a longer one is rejected. A line that holds several may have more
        (`read_values`).
    progress
        Called with the bytes read so far of the file on disk, packed as it is.

    Raises
    ------
    SourceError
        Before the first post: the file cannot be opened, is an archive, or is not what its name says.
    """

    def parse_one(value: bytes) -> list[Post | Rejection]:
        check_size(value, max_line_bytes)
        return [parse(value)]

    values = read_values(path, max_line_bytes=max_line_bytes, progress=progress)
    return number_posts(values, partial(unwrapped, parse=parse_one, is_post=is_post))


def read_values(
    path: Source, *, max_line_bytes: int = MAX_LINE_BYTES, progress: Progress | None = None
) -> Iterator[NumberedLine | Rejection]:
    """Yield each JSON value of a file with the line where it starts: its lines, or whatever stands in its documents.

    A file goes by lines where one of its first two is an object; blank lines are passed over, and commas at the end of
    lines too. Any other is split by `splitting.split_values`: one list, an indented value, several values on a line, a
    script that holds a list, lines that end in CR.

    Parameters
    ----------
    path
        A file, plain or packed, or a member of a zip archive; the archive itself is refused (`batches.read_posts` reads
        it).
    max_line_bytes
        Limit of one post; a line may have more, up to `MAX_PAGE_BYTES`, since it may hold a response.
    progress
        Called with the bytes read so far of the file on disk, packed as it is.

    Raises
    ------
    SourceError
        Before the first value: the file cannot be opened, is an archive, or is not what its name says.
    """
    limit = max(max_line_bytes, MAX_PAGE_BYTES)
    if not goes_by_lines(_head(path)):
        yield from split_values(read_chunks(path, progress=progress), limit=MAX_VALUE)
        return
    for item in read_lines(path, max_line_bytes=limit, progress=progress):
        if isinstance(item, Rejection):
            yield item
        elif value := item[1].strip(_AFTER):
            yield item[0], value


def values_at_start(head: bytes) -> Iterator[bytes]:
    """Yield the values of the start of a file, as `read_values` would; one that is cut is opened."""
    if not goes_by_lines(head):
        yield from (item[1] for item in split_values([head], is_start=True) if not isinstance(item, Rejection))
        return
    yield from (line.strip(_AFTER) for line in head.removeprefix(_BOM).split(b"\n"))


def goes_by_lines(head: bytes) -> bool:
    """Whether one of the first two lines of a text that are not blank is a JSON object by itself."""
    lines = (line.strip(_AFTER) for line in head.removeprefix(_BOM).split(b"\n"))
    first_two = [line for line, _ in zip((line for line in lines if line), range(2), strict=False)]
    return bool(first_two) and first_two[0][:1] not in b"[" and any(map(_is_object, first_two))


def number_posts(
    values: Iterable[NumberedLine | Rejection], parse: Callable[[bytes], Iterable[_T | Rejection]]
) -> Iterator[tuple[int, _T] | Rejection]:
    """Yield the posts of each value under numbers that rise and never repeat.

    A post is numbered by its line; where a value holds several posts, those after the first take the numbers that
    follow, and so does what comes after them where its line is taken.
    """
    last = 0
    for value in values:
        outcomes = (value,) if isinstance(value, Rejection) else _outcomes(value[1], parse)
        for outcome in outcomes:
            last = max(value[0], last + 1)
            yield outcome._replace(line=last) if isinstance(outcome, Rejection) else (last, outcome)


def _outcomes(value: bytes, parse: Callable[[bytes], Iterable[_T | Rejection]]) -> list[_T | Rejection]:
    """Return the posts of one value; of a value rejected for an optional field of a wrong type that field is left out."""
    notes: list[tuple[str, str]] = []
    while True:
        outcomes = list(parse(value))
        only = outcomes[0] if len(outcomes) == 1 else None
        if not isinstance(only, Rejection) or len(notes) >= MAX_LEFT_OUT:
            break
        without = without_field(value, only.reason, only.detail)
        if without is None:
            break
        value, field = without
        notes.append((field, only.reason))
    return note_post(outcomes, notes)


def parse_or_reject(value: bytes, parse: Callable[[bytes], Post], *, limit: int) -> Post | Rejection:
    """Return the post of one value, or why it is none.

    Parameters
    ----------
    value
        JSON of one object.
    parse
        The object -> its post; raises `LineError` for what is none. It is asked again without each optional field of a
        wrong type.
    limit
        Bytes of the value at most.

    Returns
    -------
    Post or Rejection
        The line of a rejection is 0, and yet to be numbered.
    """
    try:
        check_size(value, limit)
        return parse_forgiving(parse, value)
    except LineError as error:
        return error.at(0, value)


def check_size(value: bytes, limit: int) -> None:
    """Refuse a value beyond the limit of one post."""
    if len(value) > limit:
        raise LineError("line too long", f"{len(value):,} bytes, the limit of a post is {limit:,}")


def _head(path: Source) -> bytes:
    held = bytearray()
    try:
        for chunk in read_chunks(path):
            held += chunk
            if len(held) >= _HEAD_BYTES:
                break
    except BREAKS:
        pass
    return bytes(held)


def _is_object(line: bytes) -> bool:
    if line[:1] != b"{":
        return False
    try:
        decode_line(line, _ANY)
    except LineError:
        return False
    return True

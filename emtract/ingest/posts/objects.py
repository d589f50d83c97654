"""Rows of JSON objects, in whatever they are wrapped: the cells that dotted paths name."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final

import msgspec

from emtract.ingest.lines import MAX_LINE_BYTES
from emtract.ingest.posts.cells import reach
from emtract.ingest.posts.decoding import decode_line
from emtract.ingest.posts.documents import check_size, number_posts, read_values
from emtract.ingest.posts.wrapping import posts_within, unwrapped
from emtract.ingest.records import LineError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from emtract.ingest.records import Rejection
    from emtract.ingest.rows import Row
    from emtract.ingest.streams import Progress, Source

_OBJECT: Final = msgspec.json.Decoder(dict[str, Any])


def read_objects(
    path: Source,
    names: Sequence[str | None],
    *,
    needed: int = 3,
    max_line_bytes: int = MAX_LINE_BYTES,
    progress: Progress | None = None,
) -> Iterator[Row | Rejection]:
    """Yield the cells of each object in the order of the names (`documents.number_posts` numbers them).

    Parameters
    ----------
    path
        A file, plain or packed, or a member of a zip archive; the archive itself is refused (`batches.read_posts` reads
        it).
    names
        Keys, or paths of keys joined by dots; None and whatever a line lacks are None. A key that holds the dots itself
        goes before a path. A path through a list collects from each of its objects: `symbols.symbol` of
        `{"symbols": [{"symbol": "AAPL"}, {"symbol": "TSLA"}]}` is `["AAPL", "TSLA"]`.
    needed
        How many of the names, from the first, tell an object that is a row from what holds rows.
    max_line_bytes
        Longest row in bytes of JSON; a longer one is rejected. A line that holds several may have more
        (`documents.read_values`).
    progress
        Called with the bytes read so far of the file on disk, packed as it is.

    Raises
    ------
    SourceError
        Before the first row: the file cannot be opened, is an archive, or is not what its name says.
    """
    paths = [(name, () if name is None else tuple(name.split("."))) for name in names]

    def cell(row: Mapping[str, Any], name: str | None, keys: Sequence[str]) -> object:
        return None if name is None else row[name] if name in row else reach(row, keys)

    def is_row(row: Mapping[str, Any]) -> bool:
        return all(cell(row, name, keys) is not None for name, keys in paths[:needed] if name is not None)

    def parse(line: bytes) -> list[tuple[object, ...] | Rejection]:
        check_size(line, max_line_bytes)
        row = decode_line(line, _OBJECT)
        cells = tuple([cell(row, name, keys) for name, keys in paths])
        if is_row(row) or not posts_within(row, is_row):
            return [cells]
        raise LineError("missing field", "rows are within it")

    values = read_values(path, max_line_bytes=max_line_bytes, progress=progress)
    yield from number_posts(values, partial(unwrapped, parse=parse, is_post=is_row))

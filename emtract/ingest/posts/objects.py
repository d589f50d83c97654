"""Rows of JSON objects, one a line: the cells that dotted paths name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from emtract.ingest.lines import MAX_LINE_BYTES
from emtract.ingest.posts.decoding import decode_line, parse_lines

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from emtract.ingest.records import Rejection
    from emtract.ingest.rows import Row
    from emtract.ingest.streams import Progress, Source

_OBJECT: Final = msgspec.json.Decoder(dict[str, Any])


def read_objects(
    path: Source,
    names: Sequence[str | None],
    *,
    max_line_bytes: int = MAX_LINE_BYTES,
    progress: Progress | None = None,
) -> Iterator[Row | Rejection]:
    """Yield the cells of each line in the order of the names; blank lines are passed over.

    Parameters
    ----------
    names
        Keys, or paths of keys joined by dots; None and whatever a line lacks are None. A key that holds the dots itself
        goes before a path. A path through a list collects from each of its objects: `symbols.symbol` of
        `{"symbols": [{"symbol": "AAPL"}, {"symbol": "TSLA"}]}` is `["AAPL", "TSLA"]`.
    """
    paths = [(name, () if name is None else tuple(name.split("."))) for name in names]

    def parse(line: bytes) -> tuple[object, ...]:
        row = decode_line(line, _OBJECT)
        return tuple([row[name] if name in row else _reach(row, keys) for name, keys in paths])

    yield from parse_lines(path, parse, max_line_bytes=max_line_bytes, progress=progress)


def _reach(value: object, keys: Sequence[str]) -> object:
    """What stands at the end of a path, or None."""
    if not keys:
        return None
    for position, key in enumerate(keys):
        if isinstance(value, list):
            return [found for item in value for found in _flat(_reach(item, keys[position:]))]
        value = value.get(key) if isinstance(value, dict) else None
    return value


def _flat(found: object) -> list[object]:
    return found if isinstance(found, list) else [] if found is None else [found]

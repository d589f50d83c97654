"""Tables that are written as JSON -> rows: a list of objects, an object of objects, names beside lists, or an object a line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from emtract.errors import SourceError
from emtract.ingest.records import Rejection, reject
from emtract.ingest.rows import listed
from emtract.ingest.streams import BREAKS, read_chunks

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from emtract.ingest.records import Row
    from emtract.ingest.rows import Chooser

#: Files whose names say that they are JSON, files with an object a line among them.
JSON: Final = frozenset({".json", ".jsonl", ".ndjson"})
#: Names that publishers give the two parts of a table: of its columns, and of its rows.
_NAMES: Final = ("fields", "columns")
_ROWS: Final = ("data", "rows", "records")
#: Largest file: it is held in memory as a whole.
_BYTES: Final = 1 << 28


def read_objects(path: Path, choose: Chooser, *, wanted: str) -> Iterator[Row | Rejection]:
    """Yield the rows of a table in JSON, numbered from 1 in the order of the file.

    Parameters
    ----------
    path
        A file, plain or packed: `[{...}, ...]`, `{"0": {...}, ...}`, `{"data": [{...}, ...]}`,
        `{"fields": [...], "data": [[...], ...]}`, or an object a line.
    choose, wanted
        As in `rows.read_rows`; the columns are the keys of all objects, in the order of their first occurrence.

    Raises
    ------
    SourceError
        The file is no JSON, holds no table, is too large, or lacks a wanted column.
    """
    records = _records(_content(path), path)
    header = list(dict.fromkeys(name for record in records if isinstance(record, dict) for name in record))
    positions = choose(header)
    if positions is None:
        raise SourceError(f"{path} lacks {wanted}; columns found: {listed(header)}. Name them in the mapping")
    for number, record in enumerate(records, start=1):
        if isinstance(record, dict):
            yield number, tuple(None if place is None else record.get(header[place]) for place in positions)
        else:
            yield reject(number, "wrong number of cells", "the row has not as many cells as the table has names")


def _content(path: Path) -> bytes:
    held = bytearray()
    try:
        for chunk in read_chunks(path):
            held += chunk
            if len(held) > _BYTES:
                raise SourceError(f"{path} is JSON of more than {_BYTES:,} bytes: convert it to Parquet or CSV")
    except BREAKS as error:
        raise SourceError(f"{path} is cut or damaged ({error}): fetch it again") from error
    return bytes(held)


def _records(content: bytes, path: Path) -> Sequence[dict[str, Any] | None]:
    """Return the rows as objects; None for a row of lists that does not fit the names."""
    try:
        value = msgspec.json.decode(content)
    except msgspec.DecodeError:
        value = _lines(content, path)
    if isinstance(value, dict):
        names = next((value[key] for key in _NAMES if isinstance(value.get(key), list)), None)
        rows = next((value[key] for key in _ROWS if isinstance(value.get(key), list)), None)
        if names is not None and rows is not None:
            return [_named(names, row) for row in rows]
        value = list(value.values()) if rows is None else rows
    if isinstance(value, list) and value and all(isinstance(item, dict) for item in value):
        return value
    raise SourceError(f"{path} is JSON without a table: write a list of objects with one key a column, or CSV")


def _lines(content: bytes, path: Path) -> list[Any]:
    try:
        return list(msgspec.json.Decoder().decode_lines(content))
    except msgspec.DecodeError as error:
        raise SourceError(f"{path} is no JSON ({error}): fetch it again") from error


def _named(names: Sequence[object], row: object) -> dict[str, Any] | None:
    if not isinstance(row, list) or len(row) != len(names):
        return None
    return dict(zip(map(str, names), row, strict=True))

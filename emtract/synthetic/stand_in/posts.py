"""Files of posts, record by record: the same structure, every value generated."""

from __future__ import annotations

import csv
import io
import json
import re
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from emtract.ingest.streams import read_chunks
from emtract.synthetic.stand_in.packed import read_lines, rewrite

if TYPE_CHECKING:
    from pathlib import Path

    from emtract.ingest.streams import Source
    from emtract.synthetic.stand_in.leaves import Leaves

TABLES: Final = frozenset({"csv", "twarc_csv", "stocktwits_csv"})
_FIELD: Final = re.compile(r"[A-Za-z_][\w.:\-]{0,60}")
#: A line that is no JSON is one again.
_BROKEN: Final = b'{"cut": "'


def rewrite_posts(path: Path, target: Path, form: str, leaves: Leaves, *, limit: int) -> int:
    """Write a generated file in the place of a file of posts, and return its rows.

    Parameters
    ----------
    path
        The original, packed or plain.
    target
        Where to write, packed as the original; the folder is made if missing.
    form
        Format that the store recorded.
    leaves
        Generates the values.
    limit
        Lines or rows that are generated at most.
    """
    if form == "parquet":
        return _parquet(path, target, leaves, limit)
    change = _table if form in TABLES else _documents
    return rewrite(path, target, lambda source: change(source, leaves, limit))


def record(value: Any, leaves: Leaves, field: str = "", within: str = "") -> Any:
    """Return a record with the keys of another and generated values.

    Parameters
    ----------
    value
        The record, or any part of it: an object, a list or one value.
    leaves
        Generates the values.
    field
        Name of the field that holds `value`; empty for a whole record.
    within
        Name of the object that this field stands within; empty at the top.

    Returns
    -------
    Any
        Objects and lists of the same shape; a key that looks like no name of a field is replaced.
    """
    if isinstance(value, dict):
        inside = field or within
        return {
            key if _FIELD.fullmatch(key) else f"k{len(key)}": record(item, leaves, key, inside)
            for key, item in value.items()
        }
    if isinstance(value, list):
        # The members of `edit_history_tweet_ids` are ids, those of `symbols` are objects within it.
        return [record(item, leaves, field, within) for item in value]
    return leaves.value(field, value, within)


def _documents(source: Source, leaves: Leaves, limit: int) -> tuple[bytes, int]:
    """JSON lines; or one JSON value over several lines."""
    lines = list(read_lines(source, limit))
    found = [_parsed(line) for line in lines]
    if lines and not any(isinstance(value, (dict, list)) for value in found[:2]):
        whole = _parsed(b"".join(read_chunks(source)))
        if isinstance(whole, (dict, list)):
            cut = whole[:limit] if isinstance(whole, list) else whole
            return _dumped(record(cut, leaves)), len(cut)
    out = [_dumped(record(v, leaves)) if v is not None else (_BROKEN if line.strip() else b"") for v, line in zip(found, lines, strict=True)]  # fmt: skip  # noqa: E501
    return b"".join(line + b"\n" for line in out), sum(1 for line in lines if line.strip())


def _parsed(line: bytes) -> Any:
    try:
        return json.loads(line)
    except ValueError:
        return None


def _dumped(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def _table(source: Source, leaves: Leaves, limit: int) -> tuple[bytes, int]:
    """Write a table with the header of another, its delimiter and as many rows."""
    text = b"".join(line + b"\n" for line in read_lines(source)).decode("utf-8-sig", "replace").replace("\0", "")
    first = text.partition("\n")[0]
    delimiter = max(",\t;|", key=first.count)
    rows = csv.reader(io.StringIO(text), delimiter=delimiter)
    header = next(rows, [])
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter, lineterminator="\n")
    writer.writerow(header)
    count = 0
    for row in islice(rows, limit):
        writer.writerow([_cell(name, cell, leaves) for name, cell in zip(header, row, strict=False)])
        count += 1
    return out.getvalue().encode(), count


def _cell(name: str, cell: str, leaves: Leaves) -> str:
    if cell[:1] in {"{", "["} and (inside := _parsed(cell.encode())) is not None:
        return _dumped(record(inside, leaves, name, name)).decode()
    return str(leaves.value(name, cell, name.rpartition(".")[0]))


def _parquet(path: Path, target: Path, leaves: Leaves, limit: int) -> int:
    target.parent.mkdir(parents=True, exist_ok=True)
    with path.open("rb") as file:
        frame = pl.read_parquet(file, n_rows=limit, glob=False)
    columns = [
        pl.Series(name, [record(v, leaves, name) for v in frame[name].to_list()], dtype=dtype, strict=False)
        for name, dtype in frame.schema.items()
    ]
    pl.DataFrame(columns).write_parquet(target)
    return frame.height

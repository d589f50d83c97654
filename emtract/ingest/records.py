"""What every reader yields besides data: a rejection with its line, its reason and the start of what was read."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa

    from emtract.schema import Table

#: Why a line is kept out: the short list of `schema.REJECTED.reason`.
Reason = Literal[
    "broken stream",
    "expands without bound",
    "refused member",
    "line too long",
    "NUL byte",
    "not UTF-8",
    "not JSON",
    "not CSV",
    "wrong number of cells",
    "missing field",
    "removed",
    "service message",
    "symbol without a post",
    "wrong type",
    "rounded id",
    "unknown sentiment",
    "timestamp without zone",
    "day without time",
    "unreadable timestamp",
    "timestamp out of range",
    "no prices",
    "impossible price",
    "unreadable date",
    "repeated session",
    "impossible number",
    "unknown word",
    "repeated row",
    "two securities",
    "no symbol",
    "no available day",
    "partial period",
    "left out",
]
#: A row of a table: its line (CSV: where it starts; Parquet: its number), and its cells in the order of the wanted columns.
Row = tuple[int, tuple[object, ...]]
MAX_DETAIL: Final = 300
#: Characters that Arrow or DuckDB do not take: NUL and lone surrogates.
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


class Single(float):
    """A number of a column of single precision, beyond `EXACT`: a whole number near the one that was written.

    Prices and volumes are none the worse for it; an id may be the id of another post, and a time is off by a minute.
    """

    #: Whole numbers beyond it are not told apart in single precision.
    EXACT: Final = 2**24


class Rejection(NamedTuple):
    """One line kept out; the columns of `schema.REJECTED`."""

    line: int
    reason: Reason
    detail: str


class LineError(Exception):
    """One line cannot be used; a reader turns it into a `Rejection`, so it never leaves `ingest`."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason: Reason = reason
        self.detail = detail

    def at(self, line: int, source: bytes | str = b"") -> Rejection:
        """Return the rejection of `line`, whose text starts with `source`."""
        return reject(line, self.reason, self.detail, source)


def storable(text: str) -> str:
    """Return the text with every NUL and lone surrogate replaced by U+FFFD."""
    return _UNSTORABLE.sub("\ufffd", text)


def storable_value(value: object) -> object:
    """Return a value of a cell with `storable` texts, within lists and objects too; a key is a name, and stays."""
    if isinstance(value, str):
        return value if value.isalnum() else storable(value)
    if isinstance(value, list):
        return [storable_value(item) for item in value]
    if isinstance(value, dict):
        return {key: storable_value(item) for key, item in value.items()}
    return value


def reject(line: int, reason: Reason, message: str, source: bytes | str = b"") -> Rejection:
    """Return a rejection whose detail is the message and the start of the source.

    Parameters
    ----------
    line
        Number of the line, from 1; 0 where it is numbered later.
    reason
        Why, from the short list.
    message
        What is wrong, with its remedy where there is one.
    source
        The line or its start; the detail has 300 characters at most.
    """
    start = source[:MAX_DETAIL]
    start = start if isinstance(start, str) else start.decode("utf-8", "replace")
    detail = f"{message} | {start.strip()}" if start else message
    return Rejection(line, reason, storable(detail)[:MAX_DETAIL])


def rows_table(contract: Table, rows: Sequence[Sequence[object]]) -> pa.Table:
    """Return rows, whose cells stand in the order of the contract's columns, as an Arrow table."""
    return columns_table(contract, list(zip(*rows, strict=True)) if rows else [()] * len(contract.columns))


def columns_table(contract: Table, columns: Sequence[Sequence[object]]) -> pa.Table:
    """Return columns, in the order of the contract, as an Arrow table."""
    import pyarrow as pa

    schema = contract.arrow
    arrays = [pa.array(cells, field.type) for cells, field in zip(columns, schema, strict=True)]
    return pa.Table.from_arrays(arrays, schema=schema)

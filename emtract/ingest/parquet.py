"""Rows of a Parquet file in parts: what is decoded at a time is bounded, and a cell without a value costs its row alone."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Final

from emtract.errors import SourceError
from emtract.ingest.records import LineError, Rejection, Single, reject, storable_value
from emtract.ingest.streams import Member, open_file

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pyarrow as pa
    import pyarrow.parquet as pq

    from emtract.ingest.records import Row
    from emtract.ingest.streams import Progress, Source

#: Limits of what is decoded at a time.
_MOST_ROWS: Final = 20_000
_MOST_BYTES: Final = 1 << 24
#: What a cell raises that is no text, or a time that Python does not have: year 20,000, an unknown zone.
_NO_VALUE: Final = (ValueError, OverflowError, LookupError)


def read_parquet(
    path: Source, places: Callable[[list[str]], list[int | None]], *, progress: Progress | None = None
) -> Iterator[Row | Rejection]:
    """Yield the rows of a Parquet file on disk, cells in the order of the wanted columns.

    Parameters
    ----------
    path
        The file; one within an archive is refused.
    places
        Names of its columns -> position of each wanted one; raises where one is missing.
    progress
        Called with the bytes read so far, in proportion to the rows.

    Raises
    ------
    SourceError
        Before the first row: the file is not Parquet, or as `places` raises.
    """
    import pyarrow as pa

    if isinstance(path, Member):
        raise SourceError(f"{path} is Parquet within an archive, which cannot be read in parts: unpack it first")
    with open_file(path) as file:
        table = open_parquet(path, file)
        names = list(table.schema_arrow.names)
        positions, row = places(names), 0
        try:
            wanted_names = sorted({names[p] for p in positions if p is not None})
            for batch in table.iter_batches(batch_rows(table.metadata), columns=wanted_names):
                yield from map(_whole, count(row + 1), _cells(batch, names, positions))
                row += batch.num_rows
                if progress is not None:  # as if it were read front to back, which Parquet is not
                    progress(path.stat().st_size * row // max(1, table.metadata.num_rows))
        except (OSError, pa.ArrowException) as error:
            yield reject(row + 1, "broken stream", f"{error}; this row and what follows is lost: fetch the file again")


def open_parquet(path: Source, file: object) -> pq.ParquetFile:
    """Open a Parquet file to be read in parts; what is none is a `SourceError`."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        # Unbuffered, or buffered ahead, a column of a whole row group is held: a gigabyte in some files.
        return pq.ParquetFile(file, page_checksum_verification=True, pre_buffer=False, buffer_size=1 << 20)
    except (OSError, pa.ArrowException, UnicodeDecodeError) as error:
        reason = " ".join(str(error).split())
        raise SourceError(f"{path} is not Parquet ({reason}): name its format, or fetch it again") from error


def batch_rows(metadata: pq.FileMetaData) -> int:
    """Rows to decode at a time, so that the widest row group stays within the limit of bytes."""
    groups = [metadata.row_group(number) for number in range(metadata.num_row_groups)]
    width = max((group.total_byte_size // max(1, group.num_rows) for group in groups), default=0)
    return max(1, min(_MOST_ROWS, _MOST_BYTES // max(1, width)))


def _cells(batch: pa.RecordBatch, names: list[str], positions: list[int | None]) -> Iterator[tuple[object, ...]]:
    empty = [None] * batch.num_rows
    columns = [empty if p is None else _python_values(batch.column(names[p])) for p in positions]
    return zip(*columns, strict=True)


def _python_values(column: pa.Array) -> list[object]:
    """Cells as Python objects; nanoseconds are cut to microseconds, and texts are such as the store holds."""
    import pyarrow as pa

    if pa.types.is_timestamp(column.type) and column.type.unit == "ns":
        column = column.cast(pa.timestamp("us", column.type.tz), safe=False)
    try:
        values: list[object] = column.to_pylist()
    except _NO_VALUE:
        values = [_python_value(cell) for cell in column]
    if pa.types.is_float16(column.type) or pa.types.is_float32(column.type):
        return [Single(v) if isinstance(v, float) and abs(v) >= Single.EXACT else v for v in values]
    return values if pa.types.is_primitive(column.type) else [storable_value(value) for value in values]


def _python_value(cell: pa.Scalar) -> object:
    try:
        return cell.as_py()
    except UnicodeDecodeError as error:
        return LineError("not UTF-8", str(error))
    except _NO_VALUE as error:
        return LineError("unreadable timestamp", f"{error}")


def _whole(number: int, cells: tuple[object, ...]) -> Row | Rejection:
    """Return the row, or its rejection for a cell that has no value."""
    damage = next((cell for cell in cells if isinstance(cell, LineError)), None)
    return (number, cells) if damage is None else damage.at(number)

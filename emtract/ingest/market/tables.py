"""Any table file -> rows of text cells with their line numbers, and where its header has each field.

CSV, TSV and pipes (packed or plain), Parquet, Excel, SAS, JSON.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from itertools import count
from math import isnan
from typing import TYPE_CHECKING, Any, Final
from zipfile import ZipFile

from emtract.errors import MarketDataError, SourceError
from emtract.extras import bring
from emtract.ingest.archives import read_members
from emtract.ingest.lines import read_lines
from emtract.ingest.market.objects import JSON, read_objects
from emtract.ingest.records import Rejection, Row, reject, storable
from emtract.ingest.rows import PARQUET, Chooser, listed, read_rows
from emtract.ingest.streams import (
    BREAKS,
    CHUNK,
    MAX_RATIO,
    MIN_EXPANDED,
    ZIP_BREAKS,
    ExpansionError,
    base_suffix,
    open_file,
)
from emtract.spelling import is_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path
    from zipfile import ZipInfo

    from emtract.ingest.market.fields import Field, Fields
    from emtract.ingest.streams import Source

_EXCEL: Final = frozenset({".xlsx", ".xlsm", ".xls", ".xlsb"})
#: Files of SAS, which the extra `market` reads.
SAS: Final = frozenset({".sas7bdat", ".xpt"})
#: Rows above the header that a sheet may have.
_TITLE_ROWS: Final = 30
#: Rows of a SAS file that are decoded at a time.
_SAS_ROWS: Final = 200_000
#: Plain size of a workbook's parts together: a sheet of Excel has a million rows at most.
_WORKBOOK_BYTES: Final = 1 << 31


def read_texts(path: Path, choose: Chooser, *, wanted: str, plain: str | None = None) -> Iterator[Row | Rejection]:
    """Yield the rows of a file, each cell a text or None.

    Parameters
    ----------
    path
        The suffix below its compression tells the kind: `.xlsx`, `.sas7bdat`, `.parquet`, `.json` and so on; any other is
        text, plain, packed or in a zip archive.
    choose, wanted
        As in `rows.read_rows`.
    plain
        Delimiter of publishers that know no quoting, `|` or a tab: a quote in a name is then a quote. None for CSV; files
        that do not split by it are read as CSV too.

    Raises
    ------
    SourceError
        The file is not of its kind, or lacks a wanted column.
    MarketDataError
        A SAS file, and pyreadstat is not installed.
    """
    suffix = base_suffix(path)
    if suffix in JSON:
        yield from _texts(read_objects(path, choose, wanted=wanted))
    elif suffix in _EXCEL:
        yield from _texts(_excel_rows(path, choose, wanted))
    elif suffix in SAS:
        yield from _texts(_sas_rows(path, choose, wanted))
    elif suffix in PARQUET:
        yield from _texts(read_rows(path, choose, format="parquet", wanted=wanted))
    else:
        yield from read_members(path, lambda source: _text_rows(source, choose, wanted, plain))


def _texts(rows: Iterator[Row | Rejection]) -> Iterator[Row | Rejection]:
    for row in rows:
        yield row if isinstance(row, Rejection) else (row[0], tuple(map(cell_text, row[1])))


def cell_text(cell: object) -> str | None:
    """Return a cell as the text that a CSV file would have; None where there is nothing."""
    if cell is None or (isinstance(cell, float) and isnan(cell)):
        return None
    if isinstance(cell, datetime):
        cell = cell.isoformat(" ")
    elif isinstance(cell, date):
        cell = cell.isoformat()
    elif isinstance(cell, bytes):
        cell = cell.decode("utf-8", "replace")
    return storable(str(cell)).strip()


def _text_rows(source: Source, choose: Chooser, wanted: str, plain: str | None) -> Iterator[Row | Rejection]:
    if plain is not None and _splits(source, choose, plain):
        return plain_rows(source, choose, plain)
    return read_rows(source, choose, format="csv", wanted=wanted)


def _splits(source: Source, choose: Chooser, delimiter: str) -> bool:
    first = next(read_lines(source), None)
    return first is not None and not isinstance(first, Rejection) and choose(_header(first[1], delimiter)) is not None


def _header(line: bytes, delimiter: str) -> list[str]:
    return [name.strip().strip('"') for name in line.decode("utf-8", "replace").split(delimiter)]


def plain_rows(source: Source, choose: Chooser, delimiter: str) -> Iterator[Row | Rejection]:
    """Yield the rows of a file whose delimiter cannot stand in a cell, header aside.

    Parameters
    ----------
    source
        A file of text, or a member of a zip archive.
    choose
        Header -> position of each wanted column, None where the header lacks one that is needed.
    delimiter
        One character; there is no quoting.

    Raises
    ------
    SourceError
        The header does not fit `choose`; the message lists the columns found.
    """
    lines = read_lines(source)
    first = next(lines, (1, b""))
    header = _header(first[1], delimiter) if not isinstance(first, Rejection) else []
    positions = choose(header)
    if positions is None:
        raise SourceError(f"{source} lacks a column; columns found: {listed(header)}")
    for item in lines:
        yield item if isinstance(item, Rejection) else _plain_row(item[0], item[1], positions, len(header), delimiter)


def _plain_row(
    line: int, content: bytes, positions: Sequence[int | None], width: int, delimiter: str
) -> Row | Rejection:
    try:
        cells = content.decode().rstrip("\r").split(delimiter)
    except UnicodeDecodeError as error:
        return reject(line, "not UTF-8", f"{error}: convert the file to UTF-8", content)
    if "\0" in content.decode():
        return reject(line, "NUL byte", "the line holds a NUL byte: the file was cut or overwritten", content)
    if len(cells) != width:
        return reject(line, "wrong number of cells", f"{len(cells)} cells where the header has {width}", content)
    return line, tuple(None if position is None else cells[position] for position in positions)


def _excel_rows(path: Path, choose: Chooser, wanted: str) -> Iterator[Row | Rejection]:
    """Yield the rows below the first header that fits, of the first sheet that has one."""
    found: list[str] = []
    for rows in _sheets(path):
        for number, row in enumerate(rows[:_TITLE_ROWS], start=1):
            header = ["" if cell is None else str(cell).strip() for cell in row]
            positions = choose(header)
            if positions is not None:
                yield from _below(rows, number, positions)
                return
            found = max(found, [name for name in header if name], key=len)
    raise SourceError(f"{path} lacks {wanted}; columns found: {listed(found)}. Name them in the mapping")


def _below(rows: list[tuple[Any, ...]], header: int, positions: Sequence[int | None]) -> Iterator[Row]:
    for number, row in zip(count(header + 1), rows[header:], strict=False):
        if any(cell not in {None, ""} for cell in row):
            yield number, tuple(None if position is None else row[position] for position in positions)


def _sheets(path: Path) -> Iterator[list[tuple[Any, ...]]]:
    import fastexcel

    with open_file(path) as file:
        is_zip = file.read(2) == b"PK"
    if is_zip:
        _check_size(path)
    try:
        # A name that is not UTF-8 it cannot open.
        book = fastexcel.read_excel(path if is_text(str(path)) else path.read_bytes())
        for name in book.sheet_names:
            sheet = book.load_sheet(name, header_row=None, skip_rows=0, dtypes="string")
            yield sheet.to_polars().rows()
    except fastexcel.FastExcelError as error:
        raise SourceError(
            f"{path} is no workbook that can be read ({_words(error)}): save it as .xlsx or .csv"
        ) from error


def _check_size(path: Path) -> None:
    """Unpack the parts of a workbook once, a piece at a time, so that none expands without bound."""
    try:
        with path.open("rb") as file, ZipFile(file) as book:
            total = sum(_part_size(book, info) for info in book.infolist())
            if total > _WORKBOOK_BYTES:
                raise ExpansionError(f"its parts unpack to {total:,} bytes")
    except (*BREAKS, *ZIP_BREAKS) as error:
        raise SourceError(f"{path} is no workbook that can be read ({_words(error)}): fetch it again") from error


def _part_size(book: ZipFile, info: ZipInfo) -> int:
    limit = min(_WORKBOOK_BYTES, max(MIN_EXPANDED, MAX_RATIO * info.compress_size))
    size = 0
    with book.open(info) as part:
        while piece := part.read(CHUNK):
            size += len(piece)
            if size > limit:
                raise ExpansionError(f"{info.filename} unpacks to more than {limit:,} bytes")
    return size


def _sas_rows(path: Path, choose: Chooser, wanted: str) -> Iterator[Row | Rejection]:
    pyreadstat = bring("market", str(path), "pyreadstat", error=MarketDataError)
    read = pyreadstat.read_xport if base_suffix(path) == ".xpt" else pyreadstat.read_sas7bdat
    try:
        names = read(str(path), metadataonly=True)[1].column_names
        positions = choose(names)
        if positions is None:
            raise SourceError(f"{path} lacks {wanted}; columns found: {listed(names)}. Name them in the mapping")
        used = sorted({names[position] for position in positions if position is not None})
        for start in count(0, _SAS_ROWS):
            frame = read(str(path), usecols=used, row_offset=start, row_limit=_SAS_ROWS)[0]
            columns = [frame[names[p]].tolist() if p is not None else [None] * len(frame) for p in positions]
            yield from zip(count(start + 1), zip(*columns, strict=True), strict=False)
            if len(frame) < _SAS_ROWS:
                return
    except (pyreadstat.ReadstatError, pyreadstat.PyreadstatError) as error:
        raise SourceError(f"{path} is no SAS file that can be read ({_words(error)}): fetch it again") from error


def _words(error: Exception) -> str:
    """Return what a library says, on one line."""
    return " ".join(str(error).split())


def places(fields: Fields, header: Sequence[str], *, loose: bool = False) -> list[int | None] | None:
    """Return where a header has each field, or None where it lacks one that the file must have.

    Parameters
    ----------
    fields
        Field -> the names that its column may have, and whether it must be there.
    header
        Names of the columns of a file, in its order.
    loose
        Also take the first column whose words hold all words of a name.

    Returns
    -------
    list
        Position of each field's column in the header, None where an optional one is absent.

    Raises
    ------
    SourceError
        A column that is wanted stands in the header twice.
    """
    found = [_positions(field, header, loose=loose) for field in fields.values()]
    needed = [field.required or field.present for field in fields.values()]
    if any(not positions and need for positions, need in zip(found, needed, strict=True)):
        return None
    for positions in found:
        if len(positions) > 1:
            raise SourceError(
                f"the file has the column {listed(header[positions[0] :][:1])} twice (columns {positions[0] + 1} and "
                f"{positions[1] + 1}): rename or remove one of them"
            )
    return [positions[0] if positions else None for positions in found]


def words(name: str) -> list[str]:
    """Words of a column's name, lower case."""
    return re.findall(r"[a-z]+|\d+", name.lower())


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _positions(field: Field, header: Sequence[str], *, loose: bool) -> list[int]:
    """Where a header has the column of a field: nowhere, once, or more often than can be."""
    if field.given and header.count(field.names[0]) == 1:
        return [header.index(field.names[0])]
    present = [_plain(name) for name in header]
    for name in field.names:
        if _plain(name) and _plain(name) in present:
            return [place for place, column in enumerate(present) if column == _plain(name)]
    if loose:
        for name in field.names:
            for place, column in enumerate(header):
                if words(name) and set(words(name)) <= set(words(column)):
                    return [place]
    return []

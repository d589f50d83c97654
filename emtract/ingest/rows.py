"""Rows of CSV and TSV files with their exact line numbers, and the door to Parquet; posts and prices are both read here."""

from __future__ import annotations

import csv
import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, Final, Literal, TypeVar

from emtract.errors import SourceError
from emtract.ingest.lines import MAX_LINE_BYTES, NumberedLine, decoded, read_lines
from emtract.ingest.parquet import read_parquet
from emtract.ingest.records import LineError, Rejection, Row, reject
from emtract.ingest.streams import Progress, Source, read_start

TableFormat = Literal["csv", "parquet"]
#: Position of each wanted column in a header (None: the column is absent and may be), or None where one is missing.
Chooser = Callable[[Sequence[str]], "list[int | None] | None"]
_T = TypeVar("_T")
DELIMITERS: Final = (",", "\t", ";", "|")
#: Suffixes of Parquet.
PARQUET: Final = frozenset({".parquet", ".pq"})
#: First line by which Excel tells its delimiter; the header follows.
EXCEL_SEPARATOR: Final = re.compile(rb'^"?sep=[,;|\t]"?[,;|\t]*\r?(?:\n|$)', re.IGNORECASE)
_ALONE = re.compile(rb"\r(?![\r\n])")
#: Rows that are looked at for how many cells they have.
_LOOKED_AT: Final = 100
#: Lines of a record that begins where an earlier one has failed.
_MAX_AGAIN: Final = 64
#: Columns that a message lists, and characters of each.
_SHOWN: Final = 40


class _Feed:
    """Decoded lines for `csv.reader`; the lines of a record that fails can be put back, all but its first.

    What is no line is raised through the reader, so that the record around it is rejected. Bytes that are no UTF-8 are passed on,
    so that a record of several lines is known to its end, and no line within it is taken for a row.

    Attributes
    ----------
    number
        Line that was fed last.
    taken
        Lines of the record that is being read.
    damage
        What is wrong with its first line that is no UTF-8; None where there is none.
    doubtful
        Whether the record before it is none.
    """

    def __init__(self, lines: Iterator[NumberedLine | Rejection]) -> None:
        self._lines = lines
        self._back: deque[NumberedLine | Rejection] = deque()
        self._seen = self.number = 0
        self._is_again = False
        self.taken: list[NumberedLine | Rejection] = []
        self.damage: LineError | None = None
        self.doubtful = False

    def begin(self) -> int:
        """Begin a record; return the number of its first line."""
        self.taken, self.damage = [], None
        self._is_again = self.number < self._seen
        return self.number + 1

    def is_tail(self, delimiter: str) -> bool:
        """Whether the record is one line, after one that is none, in which a quoted cell ends that began before it."""
        only = self.taken[0] if (self.doubtful or self._is_again) and len(self.taken) == 1 else None
        if only is None or isinstance(only, Rejection) or only[1].count(b'"') % 2 == 0:
            return False
        cells = only[1].rstrip(b"\r").split(delimiter.encode())
        return any(cell.endswith(b'"') and not cell.startswith(b'"') for cell in cells)

    def put_back(self) -> None:
        """Go back to the line after the first of the record."""
        self._back.extendleft(reversed(self.taken[1:]))
        self._seen = max(self._seen, self.number)
        self.number = self.taken[0][0]

    def __iter__(self) -> _Feed:
        return self

    def __next__(self) -> str:
        # Without it a file of which each line opens a quote would be read as often as it has lines.
        if self._is_again and len(self.taken) >= _MAX_AGAIN:
            raise LineError("not CSV", f"a quote is not closed within {_MAX_AGAIN} lines")
        item = self._back.popleft() if self._back else next(self._lines)
        self.taken.append(item)
        self.number = item[0]
        if isinstance(item, Rejection):
            raise LineError(item.reason, item.detail)
        try:
            return decoded(item[1]) + "\n"
        except LineError as error:
            if error.reason != "not UTF-8":
                raise
            self.damage = self.damage or error
            return item[1].decode(errors="surrogateescape") + "\n"


def read_rows(
    path: Source,
    choose: Chooser,
    *,
    format: TableFormat,  # noqa: A002
    wanted: str,
    text: int | None = None,
    progress: Progress | None = None,
) -> Iterator[Row | Rejection]:
    """Yield the rows of a table file, cells in the order of `choose`.

    CSV may be comma-, tab-, semicolon- or pipe-separated: the first delimiter under which the header holds the wanted
    columns is taken. Cells of CSV are text; cells of Parquet have the column's own type.

    Parameters
    ----------
    path
        A file, plain or packed, or a member of a zip archive; Parquet on disk alone.
    choose
        Header -> position of each wanted column.
    format
        What it is, whatever its name.
    wanted
        The wanted columns in words, for the error.
    text
        Which of the wanted columns holds free text. Where it is the table's last, a line with too many cells, none of
        them quoted, is a row whose text holds the delimiter, if the cells before it are numbers, times or empty.
    progress
        Called with the bytes read so far of the file on disk; of Parquet in proportion to the rows.

    Raises
    ------
    SourceError
        Before the first row: the file is not of the format, or lacks a wanted column (the message lists those it has).
    """
    if format == "parquet":
        yield from read_parquet(path, lambda names: _places(path, names, choose, wanted), progress=progress)
        return
    delimiter, positions, width = _csv_layout(path, choose, wanted)
    is_last = text is not None and positions[text] == width - 1
    joins = is_last and _has_width(path, delimiter, width)
    records = _csv_records(path, delimiter, progress, joins=joins)
    next(records)
    for record in records:
        yield record if isinstance(record, Rejection) else _pick(record, positions, width, delimiter)


def read_headers(path: Source) -> dict[str, list[str]]:
    """Return the names that the first line of a CSV file holds under each delimiter, likeliest first.

    Raises
    ------
    SourceError
        The file cannot be opened, is empty, or its first line can be read under none.
    """
    headers: dict[str, list[str]] = {}
    refusal = ""
    for delimiter in DELIMITERS:
        first = next(_csv_records(path, delimiter), None)
        if first is None:
            raise SourceError(f"{path} is empty: a header line with the column names is needed")
        if isinstance(first, Rejection):
            refusal = f"{first.reason} ({first.detail})"
        else:
            headers[delimiter] = [name.strip() for name in first[1]]
    if not headers:
        raise SourceError(f"{path} has no readable header line: {refusal}")
    return headers


def read_texts(path: Source, *, progress: Progress | None = None) -> Iterator[Row | Rejection]:
    """Yield each line of a text file, blank ones too, as a row of one cell; one over `MAX_LINE_BYTES` is rejected.

    Parameters
    ----------
    path
        A file, plain or packed, or a member of a zip archive.
    progress
        Called with the bytes read so far of the file on disk, packed as it is.

    Raises
    ------
    SourceError
        Before the first row: the file cannot be opened or is not what its name says.
    """
    for item in read_lines(path, progress=progress, newline=_newline(path)):
        if isinstance(item, Rejection):
            yield item
            continue
        try:
            yield item[0], (decoded(item[1]).removesuffix("\r"),)
        except LineError as error:
            yield error.at(item[0], item[1])


def parse_rows(
    rows: Iterable[Row | Rejection], parse: Callable[[Any], _T], *, between: str
) -> Iterator[tuple[int, _T] | Rejection]:
    """Yield what `parse` makes of the cells of each row, or the row's rejection with its cells; rejections are passed on.

    Parameters
    ----------
    rows
        Rows and rejections, as `read_rows` yields them.
    parse
        Cells of a row -> what is wanted of it; raises `LineError` where they are none.
    between
        What stands between the cells of a rejected row.
    """
    for row in rows:
        if isinstance(row, Rejection):
            yield row
            continue
        line, cells = row
        try:
            yield line, parse(cells)
        except LineError as error:
            yield error.at(line, between.join("" if cell is None else str(cell) for cell in cells))


def _has_width(path: Source, delimiter: str, width: int) -> bool:
    """Whether one of the first rows has as many cells as the header: R writes tables whose rows all have one more."""
    rows = islice(_csv_records(path, delimiter), 1, 1 + _LOOKED_AT)
    return any(not isinstance(row, Rejection) and len(row[1]) == width for row in rows)


def _pick(record: tuple[int, list[str]], positions: list[int | None], width: int, delimiter: str) -> Row | Rejection:
    line, cells = record
    if len(cells) != width:
        message = f"{len(cells)} cells between {delimiter!r} where the header has {width}"
        return reject(line, "wrong number of cells", message, delimiter.join(cells))
    return line, tuple([None if position is None else cells[position] for position in positions])


def _csv_records(
    path: Source, delimiter: str, progress: Progress | None = None, *, joins: bool = False
) -> Iterator[tuple[int, list[str]] | Rejection]:
    """Yield (line where the record starts, cells); blank lines are passed over.

    A record that fails costs its first line: reading goes on from the next, so that a stray quote swallows nothing.
    """
    newline = _newline(path)
    feed = _Feed(read_lines(path, progress=progress, newline=newline))
    # strict: without it a quote that is never closed turns the rest of the file into one cell and says nothing.
    reader = csv.reader(feed, delimiter=delimiter, strict=True)
    width = None
    before: deque[list[str]] = deque(maxlen=_LOOKED_AT)
    while True:
        start = feed.begin()
        failed: Rejection | None = None
        cells: list[str] | None = []
        try:
            cells = next(reader, None)
        except LineError as error:
            failed = _no_line(error, start, feed)
        except csv.Error as error:
            failed = reject(start, "not CSV", _after_quote(error, start, feed))
        if cells is None:
            return
        if start == 1 and _is_separator(feed):
            continue
        is_header, width = not width, width or len(cells)
        failed = failed or _fault(feed, cells, before, width, delimiter)
        is_whole = failed is None and len(cells) == width
        feed.doubtful = not is_whole and (feed.doubtful or failed is not None or bool(cells))
        if feed.damage is not None:
            failed = reject(start, feed.damage.reason, feed.damage.detail)
        elif not is_whole:
            first = feed.taken[0] if feed.taken else None
            repaired = _escaped(first, width, delimiter) or (_joined(first, width, delimiter) if joins else None)
            if repaired is not None:
                yield start, repaired
                feed.put_back()
                continue
        if failed is not None:
            yield failed
            if not is_whole:
                feed.put_back()
        elif cells:
            if not is_header:
                before.append(cells)
            yield start, cells


def _no_line(error: LineError, start: int, feed: _Feed) -> Rejection:
    if len(feed.taken) > 1:
        return reject(start, "not CSV", f"a quote is not closed before line {feed.number}: {error.detail}")
    return reject(start, error.reason, error.detail)


def _fault(feed: _Feed, cells: list[str], before: Sequence[list[str]], width: int, delimiter: str) -> Rejection | None:
    """Return why a record that could be taken apart is none, given rows before it."""
    if len(feed.taken) > 1:
        return _swallowing(feed, cells, before, width, delimiter)
    if len(cells) == width and feed.is_tail(delimiter):
        return reject(
            feed.number, "not CSV", "a quote closes here that opens in a record that is none", delimiter.join(cells)
        )
    return None


def _is_separator(feed: _Feed) -> bool:
    only = feed.taken[0] if len(feed.taken) == 1 else None
    return only is not None and not isinstance(only, Rejection) and EXCEL_SEPARATOR.match(only[1]) is not None


def _joined(line: NumberedLine | Rejection | None, width: int, delimiter: str) -> list[str] | None:
    """Return the cells of a line whose last holds the delimiter unquoted; None where another may hold it."""
    if line is None or isinstance(line, Rejection) or re.search(rb'"|\r.', line[1]):
        return None
    try:
        cells = decoded(line[1]).removesuffix("\r").split(delimiter, width - 1)
    except LineError:
        return None
    if len(cells) != width or not all(not cell or _form(cell) for cell in cells[:-1]):
        return None
    # `5,1,234,up` may be a count of 1,234 as well as a text that begins with 234.
    return None if _form(cells[-1].partition(delimiter)[0]) else cells


def _escaped(line: NumberedLine | Rejection | None, width: int, delimiter: str) -> list[str] | None:
    r"""Return the cells of a line whose quotes are escaped by a backslash, `"so \"sure\""`; None where it has no row so."""
    if line is None or isinstance(line, Rejection) or rb"\"" not in line[1]:
        return None
    try:
        (cells,) = csv.reader([line[1].decode()], delimiter=delimiter, escapechar="\\", strict=True)
    except (csv.Error, UnicodeDecodeError, ValueError):
        return None
    return cells if len(cells) == width else None


def _newline(path: Source) -> bytes:
    r"""What ends the lines: `\r` where one stands alone before the first `\n`, as the oldest spreadsheets write it."""
    head = read_start(path, MAX_LINE_BYTES + 1, until=b"\n")
    alone = _ALONE.search(head)
    return b"\r" if alone and b"\n" not in head[: alone.start()] else b"\n"


def _after_quote(error: csv.Error, start: int, feed: _Feed) -> str:
    if len(feed.taken) < 2:
        return str(error)
    return f"a quote that opens on line {start} is not closed as CSV has it (up to line {feed.number}: {error})"


def _swallowing(
    feed: _Feed, cells: list[str], before: Sequence[list[str]], width: int, delimiter: str
) -> Rejection | None:
    """Return why a record of several lines is none: too few or many cells, or a line within that looks like a row.

    Such is a line of as many cells as the header, of the same forms (numbers, times) as in the record's first line
    where its quote is taken for a letter. One of these forms must stand in its column in a row before, where there is one:
    a text may hold `$27,724` on two of its lines.
    """
    first, *others = [
        item[1].decode("utf-8", "replace").rstrip("\r") for item in feed.taken if not isinstance(item, Rejection)
    ]
    start = feed.taken[0][0]
    if len(cells) != width:
        return reject(start, "wrong number of cells", f"{len(cells)} cells where the header has {width}", first)
    own = [_form(cell) for cell in first.split(delimiter)]
    is_row = len(own) == width and any(
        form and (not before or form in {_form(row[i]) for row in before if len(row) == width})
        for i, form in enumerate(own)
    )
    if is_row and any([_form(c) for c in line.split(delimiter)] == own for line in others):
        return reject(start, "not CSV", "a quote opens here and closes within another row", first)
    return None


def _form(cell: str) -> str:
    """The form of a cell without words: its signs, runs of digits as one; empty for a text."""
    text = cell.strip().strip('"')
    return "" if re.search(r"[^\W\d_]{2}|\s\D|^\D*$", text) else re.sub(r"\d+", "9", text)


def _csv_layout(path: Source, choose: Chooser, wanted: str) -> tuple[str, list[int | None], int]:
    """Return delimiter, positions of the wanted columns, and number of columns."""
    headers = read_headers(path)
    for delimiter, header in headers.items():
        positions = choose(header)
        if positions is not None:
            return delimiter, positions, len(header)
    raise _missing_columns(path, wanted, max(headers.values(), key=len))


def _places(path: Source, names: list[str], choose: Chooser, wanted: str) -> list[int | None]:
    positions = choose(names)
    if positions is None:
        raise _missing_columns(path, wanted, names)
    return positions


def _missing_columns(path: Source, wanted: str, found: Sequence[str]) -> SourceError:
    return SourceError(f"{path} lacks {wanted}; columns found: {listed(found)}. Name them in the mapping")


def listed(names: Sequence[str]) -> str:
    """Return names of columns for a message of one line: the first forty, each cut at forty characters."""
    shown = [" ".join(name.split())[:_SHOWN] for name in names[:_SHOWN]]
    return ", ".join(shown) + (f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else "")

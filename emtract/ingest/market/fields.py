"""Fields of a publisher's table: which column holds each, what its cells mean, and the rows and rejections that follow.

One rule for every file: a required cell that is missing or cannot be read keeps its row out; an optional one is left empty.
Either way a rejection names the line, the column and the cell.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING, Final, Generic, TypeVar

import polars as pl

from emtract.errors import ConfigError, SourceError
from emtract.ingest.market.cells import NUMBERS, TYPES, present, value_of
from emtract.ingest.market.days import read_days
from emtract.ingest.market.numbers import doubtful, marks, settled
from emtract.ingest.market.options import Options, take
from emtract.ingest.market.sieve import make_batch, refuse_rows, rejections
from emtract.ingest.market.tables import places, read_texts, words
from emtract.ingest.records import Reason, Rejection

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from emtract.ingest.market import MarketBatch, Option
    from emtract.ingest.market.cells import Kind
    from emtract.ingest.market.numbers import Mark
    from emtract.ingest.market.options import CellForm
    from emtract.ingest.records import Row

_REASONS: Final[Mapping[Kind, Reason]] = {"day": "unreadable date", "flag": "unknown word"}
#: Words of a column's name that say that its numbers are not counted one by one.
_UNITS: Final = frozenset(
    {
        *("000", "thousand", "thousands", "million", "millions", "mil", "mill", "mln", "mio", "mm", "mn"),
        *("bn", "billion", "billions"),
    }
)
#: Fields that may be of one column.
_SHARED: Final = frozenset({"period", "available", "announced_on", "stamp", "time"})
_CHUNK_ROWS: Final = 50_000


@dataclass(frozen=True)
class Field:
    """One field that a reader wants.

    Attributes
    ----------
    kind
        What a cell is: `number` is finite, `count` from zero and `positive` above it, to 1e15, `whole` an integer; `day` as
        in `days.read_days`, and `clock` the minutes after midnight that such a cell tells, null where it has none.
    names
        Names that the publisher gives its column, the first found is taken; letters and digits count, not their case.
    required
        Whether each row must have the cell.
    present
        Whether the file must have the column at least.
    given
        Whether the user names the column, so that its spelling counts.
    """

    kind: Kind
    names: tuple[str, ...]
    required: bool = False
    present: bool = False
    given: bool = False


Fields = dict[str, Field]


@dataclass(frozen=True)
class Chunk:
    """Some rows of a file, days still as text, with rejections and rows read.

    Attributes
    ----------
    doubts
        Numbers that may be thousands or have three decimals: line, name, text.
    marks
        What the rows show of the file's decimal mark.
    """

    rows: pl.DataFrame
    rejected: pl.DataFrame
    rows_read: int
    doubts: pl.DataFrame
    marks: Mapping[Mark, str]

    def from_line(self, offset: int) -> Chunk:
        """Return the same with lines that are counted from another start."""
        rows, rejected, doubts = (
            frame.with_columns(pl.col("line") + offset) for frame in (self.rows, self.rejected, self.doubts)
        )
        return replace(self, rows=rows, rejected=rejected, doubts=doubts)


@dataclass(frozen=True)
class Parsed:
    """Rows of a file: `line` and a typed column a field; rejections; rows read; field -> name of its column."""

    frame: pl.DataFrame
    rejected: pl.DataFrame
    rows_read: int
    titles: Mapping[str, str]

    def unit(self, name: str, stated: float | None, option: str) -> float:
        """Return what one of a column's numbers stands for.

        Parameters
        ----------
        name
            The field.
        stated
            The unit in the options; None where it is not stated.
        option
            Name of that option, for the message.

        Returns
        -------
        float
            What the numbers are to be multiplied by: `stated`, or 1.

        Raises
        ------
        SourceError
            The column's own name speaks of thousands or millions, and no unit is stated.
        """
        told = _UNITS.intersection(words(self.titles.get(name, "")))
        if stated is None and told:
            raise SourceError(
                f"the column {self.titles[name]} counts in {min(told)}: state {option} in the options, such as {option} = 1e6, "
                f"or {option} = 1.0 where its numbers are whole"
            )
        return 1.0 if stated is None else stated


#: Name of a stored table -> its rows, and frames of rejections.
Made = tuple[dict[str, pl.DataFrame], list[pl.DataFrame]]
_O = TypeVar("_O", bound=Options)


@dataclass(frozen=True)
class Publisher(Generic[_O]):
    """A table as its publisher ships it: one loop reads it, and a function says what its rows become.

    Attributes
    ----------
    fields
        Field -> what it is; or a function of the header and of the user's columns that returns this.
    options
        The structure of its options.
    make
        (rows, options, path) -> stored tables and what was kept out; its docstring says what is assumed of the file.
    plain, loose
        As in `read_fields`.
    """

    fields: Fields | Callable[[Sequence[str], Mapping[str, str]], Fields]
    options: type[_O]
    make: Callable[[Parsed, _O, Path], Made]
    plain: str | None = None
    loose: bool = False

    def __call__(self, path: Path, columns: Mapping[str, str], options: Mapping[str, Option]) -> MarketBatch:
        """Read one file; see `market.read_market`."""
        wanted = take(options, self.options)
        asked = self.fields
        fields = (lambda header: asked(header, columns)) if callable(asked) else asked
        parsed = read_fields(path, fields, columns, wanted.form, plain=self.plain, loose=self.loose)
        tables, rejected = self.make(parsed, wanted, path)
        return make_batch(tables, [parsed.rejected, *rejected], rows_read=parsed.rows_read)


def read_fields(
    path: Path,
    fields: Fields | Callable[[Sequence[str]], Fields],
    columns: Mapping[str, str],
    form: CellForm,
    *,
    plain: str | None = None,
    loose: bool = False,
) -> Parsed:
    """Read the fields of one file.

    Parameters
    ----------
    path
        Any kind of table that `tables.read_texts` reads.
    fields
        Field -> what it is; or a function of the header that returns this, where the file decides which there are. It
        is called with an empty header first.
    columns
        Field -> column, where the user names it; then the file must have it.
    form
        How cells are written, as far as it is stated.
    plain
        As in `tables.read_texts`.
    loose
        Also take the first column whose words hold all words of a name: `Offer date (yyyymmdd)` for `offer date`.

    Returns
    -------
    Parsed
        Rows in the order of the file; a field without a column is null throughout.

    Raises
    ------
    ConfigError
        `columns` names a field that the reader does not have.
    SourceError
        The file lacks a required column or has it twice, or its cells do not tell how they are written.
    """
    chosen: list[Fields] = []

    def choose(header: Sequence[str]) -> list[int | None] | None:
        mine = _renamed(fields(header) if callable(fields) else fields, columns)
        positions = places(mine, header, loose=loose)
        if positions is not None:
            found = zip(mine.items(), positions, strict=True)
            chosen[:] = [
                {name: field if p is None else replace(field, names=(header[p],)) for (name, field), p in found}
            ]
        return positions

    asked = _renamed(fields(()) if callable(fields) else fields, columns)
    needed = [field.names[0] for field in asked.values() if field.required or field.present]
    rows = read_texts(path, choose, wanted=f"one of the columns {', '.join(needed)}", plain=plain)
    return parse_fields(path, rows, lambda: chosen[0], form)


def parse_fields(path: Path, rows: Iterator[Row | Rejection], fields: Callable[[], Fields], form: CellForm) -> Parsed:
    """Give rows of texts of a file, cells in the order of the fields, their types.

    Parameters
    ----------
    path
        The file, for messages.
    rows
        Line, and cells as text or None in the order of `fields`; rejections among them are passed on.
    fields
        Returns field -> what it is; called when there are rows, so that the header may decide which there are.
    form
        How cells are written, as far as it is stated.

    Raises
    ------
    SourceError
        There is no row, or the cells do not tell how days or numbers are written.
    """
    chunks = list(parse_chunks(rows, fields, form))
    if not chunks:
        raise SourceError(f"{path} has a header and no rows: fetch it again, or leave it out")
    return settle(chunks, fields(), form, path)


def parse_chunks(rows: Iterator[Row | Rejection], fields: Callable[[], Fields], form: CellForm) -> Iterator[Chunk]:
    """Yield rows of texts as typed chunks, of 50,000 rows at most.

    Parameters
    ----------
    rows
        Line, and cells as text or None in the order of the fields; rejections among them are passed on.
    fields
        Returns the fields; called when the first row is there, so that the header may decide which there are.
    form
        How cells are written, as far as it is stated.
    """
    while chunk := list(islice(rows, _CHUNK_ROWS)):
        held = [row for row in chunk if not isinstance(row, Rejection)]
        stray = [row for row in chunk if isinstance(row, Rejection)]
        yield _chunk(_texts(held, fields()), rejections(stray), len(chunk), fields(), form)


def settle(chunks: Sequence[Chunk], fields: Fields, form: CellForm, path: Path) -> Parsed:
    """Return the rows of all chunks of a file, whose days and doubtful numbers are read in the light of all of them.

    Parameters
    ----------
    chunks
        All chunks of one file, at least one; chunks of several files are judged as if they were one.
    fields
        The fields that the chunks were parsed with.
    form
        How cells are written, as far as it is stated.
    path
        The file, for messages.

    Raises
    ------
    SourceError
        The cells do not tell how days or numbers are written; the message names the option that does.
    """
    rows = pl.concat([chunk.rows for chunk in chunks])
    out = [chunk.rejected for chunk in chunks]
    shown = {mark: cell for chunk in reversed(chunks) for mark, cell in chunk.marks.items()}
    lost = pl.lit(value=False)
    doubts = pl.concat([chunk.doubts for chunk in chunks])
    if not settled(shown, form, path) and doubts.height:
        for name in doubts["name"].unique(maintain_order=True):
            mine = doubts.filter(pl.col("name") == name)
            out.append(_unsure(mine, fields[name], form))
            unsure = pl.col("line").is_in(mine["line"].implode())
            rows = rows.with_columns(pl.when(~unsure).then(name).alias(name))
            lost |= unsure if fields[name].required else pl.lit(value=False)
    for name, values in _moments(rows, fields, form, path).items():
        if fields[name].kind == "day":
            unread = rows[name].is_not_null() & values.is_null()
            out.append(_unread(rows.filter(unread), name, fields[name]))
            lost |= pl.lit(unread & fields[name].required)
        rows = rows.with_columns(values.alias(name))
    kept = rows.filter(~lost) if len(rows) else rows
    titles = {name: field.names[0] for name, field in fields.items()}
    return Parsed(kept, pl.concat(out), sum(chunk.rows_read for chunk in chunks), titles)


def _moments(rows: pl.DataFrame, fields: Fields, form: CellForm, path: Path) -> dict[str, pl.Series]:
    """Return the values of the columns that hold days."""
    wanted = [name for name, field in fields.items() if field.kind in {"day", "clock"}]
    cells = {name: rows[name].drop_nulls().unique(maintain_order=True).to_list() for name in wanted}
    read = read_days(cells, form, path=path, titles={name: fields[name].names[0] for name in wanted})
    out = {}
    for name, found in read.items():
        values = {cell: day.date if fields[name].kind == "day" else day.minutes for cell, day in found.items()}
        out[name] = rows[name].replace_strict(values, default=None, return_dtype=TYPES[fields[name].kind])
    return out


def _unsure(doubts: pl.DataFrame, field: Field, form: CellForm) -> pl.DataFrame:
    what = "" if field.required else "; the cell is left empty"
    told = f', thousands or three decimals: state decimal = "." or "," {form.place}{what}'
    return refuse_rows(doubts, "impossible number", _cell_is(field, pl.col("text"), told))


def _cell_is(field: Field, cell: pl.Expr, what: str) -> pl.Expr:
    return pl.concat_str(pl.lit(f"{field.names[0]} is "), cell.str.slice(0, 80), pl.lit(what))


def _renamed(fields: Fields, columns: Mapping[str, str]) -> Fields:
    unknown = sorted(columns.keys() - fields.keys())
    if unknown:
        raise ConfigError(f"columns has {', '.join(unknown)}, which is no field here: write {', '.join(fields)}")
    _check_twice(columns)
    given = {name: replace(fields[name], names=(column,), present=True, given=True) for name, column in columns.items()}
    return {name: given.get(name, field) for name, field in fields.items()}


def _check_twice(columns: Mapping[str, str]) -> None:
    """Refuse one column for two fields, but for a number that is public on the day that it describes."""
    names = {column: [name for name, other in columns.items() if other == column] for column in columns.values()}
    for column, fields in names.items():
        if len(fields) > 1 and not _SHARED.issuperset(fields):
            raise ConfigError(
                f"columns names {column} for {' and for '.join(fields)}: name another column for one of them"
            )


def _texts(rows: Sequence[Row], fields: Fields) -> pl.DataFrame:
    columns = list(zip(*(cells for _, cells in rows), strict=True)) if rows else [()] * len(fields)
    lines = pl.Series("line", [line for line, _ in rows], dtype=pl.Int64)
    return pl.DataFrame(
        [lines, *(pl.Series(name, cells, pl.String) for name, cells in zip(fields, columns, strict=True))]
    )


def _chunk(texts: pl.DataFrame, stray: pl.DataFrame, rows_read: int, fields: Fields, form: CellForm) -> Chunk:
    """Return rows whose cells are typed, days aside, and the rejections of rows and cells."""
    texts = texts.with_columns(present(name, field.kind) for name, field in fields.items())
    typed = texts.select("line", *(value_of(texts, name, field.kind, form) for name, field in fields.items()))
    out, lost = [stray], pl.lit(value=False)
    shown: dict[Mark, str] = {}
    doubts = [pl.DataFrame(schema={"line": pl.Int64, "name": pl.String, "text": pl.String})]
    for name, field in fields.items():
        unread = texts[name].is_not_null() & typed[name].is_null()
        if field.kind in NUMBERS and form.decimal is None:
            shown = marks(texts[name]) | shown
            unsure = texts.filter(doubtful(pl.col(name)).fill_null(value=False))
            doubts.append(unsure.select("line", pl.lit(name).alias("name"), pl.col(name).alias("text")))
        out.append(_unread(texts.filter(unread), name, field))
        if field.required:
            absent = texts[name].is_null()
            out.append(refuse_rows(texts.filter(absent), "missing field", pl.lit(f"the row has no {field.names[0]}")))
            lost |= pl.lit(unread | absent)
    kept = typed.filter(~lost) if len(typed) else typed
    return Chunk(kept, pl.concat(out), rows_read, pl.concat(doubts), shown)


def _unread(texts: pl.DataFrame, name: str, field: Field) -> pl.DataFrame:
    reason = _REASONS.get(field.kind, "impossible number" if field.kind not in {"text", "symbol"} else "missing field")
    what = "" if field.required else "; the cell is left empty"
    return refuse_rows(texts, reason, _cell_is(field, pl.col(name), what))

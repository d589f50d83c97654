"""Fields of a publisher's table: which column holds each, what its cells mean, and the rows and rejections that follow.

One rule for every file: a required cell that is missing or cannot be read keeps its row out; an optional one is left empty.
Either way a rejection names the line, the column and the cell.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING, Final, Literal

import polars as pl

from emtract.errors import ConfigError, SourceError
from emtract.ingest.market.cells import read_texts
from emtract.ingest.market.sieve import Reason, rejections
from emtract.ingest.records import Rejection
from emtract.symbols import canonical_symbol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from emtract.ingest.rows import Row

Kind = Literal["text", "symbol", "day", "number", "count", "positive", "whole", "flag"]
#: Cells that say that there is nothing; `.A` to `.Z` are the missing values of SAS.
_MISSING: Final = r"^(?i:|\.[a-z_]?|-|na|n/a|#n/a|nan|nat|none|null)$"
_DAYS: Final = ("%Y-%m-%d", "%Y%m%d", "%d-%b-%Y", "%d%b%Y", "%m/%d/%Y")
_TYPES: Final[Mapping[Kind, type[pl.DataType]]] = {
    "text": pl.String,
    "symbol": pl.String,
    "day": pl.Date,
    "number": pl.Float64,
    "count": pl.Float64,
    "positive": pl.Float64,
    "whole": pl.Int64,
    "flag": pl.Boolean,
}
_REASONS: Final[Mapping[Kind, Reason]] = {"day": "unreadable date", "flag": "unknown word"}
_FLAGS: Final = {"1": True, "y": True, "yes": True, "true": True, "t": True, "1.0": True} | {
    "0": False, "n": False, "no": False, "false": False, "f": False, "0.0": False
}  # fmt: skip
#: No count of shares and no sum of dollars is larger.
_LARGEST: Final = 1e15
_CHUNK_ROWS: Final = 50_000


@dataclass(frozen=True)
class Field:
    """One field that a reader wants.

    Attributes
    ----------
    kind
        What a cell is: `number` is finite, `count` from zero and `positive` above it, to 1e15, `whole` an integer; `day` is
        2020-01-31, 20200131, 31-JAN-2020, 31JAN2020 or, American, 01/31/2020, a clock after it left out.
    names
        Names that the publisher gives its column, the first found is taken; letters and digits count, not their case.
    required
        Whether each row must have the cell.
    present
        Whether the file must have the column at least.
    """

    kind: Kind
    names: tuple[str, ...]
    required: bool = False
    present: bool = False


Fields = dict[str, Field]


@dataclass(frozen=True)
class Parsed:
    """Rows of a file: `line` and a typed column a field; rejections; rows read."""

    frame: pl.DataFrame
    rejected: pl.DataFrame
    rows_read: int

    def from_line(self, offset: int) -> Parsed:
        """Return the same with lines that are counted from another start."""
        line = pl.col("line") + offset
        return replace(self, frame=self.frame.with_columns(line), rejected=self.rejected.with_columns(line))


def read_fields(
    path: Path,
    fields: Fields | Callable[[Sequence[str]], Fields],
    columns: Mapping[str, str],
    *,
    plain: str | None = None,
    loose: bool = False,
) -> Parsed:
    """Read the fields of one file; a function of the header may name them where the file decides which there are.

    Parameters
    ----------
    columns
        Field -> column, where the user names it; then the file must have it.
    plain
        As in `cells.read_texts`.
    loose
        Also take the first column whose words hold all words of a name: `Offer date (yyyymmdd)` for `offer date`.

    Raises
    ------
    ConfigError
        `columns` names a field that the reader does not have.
    SourceError
        The file lacks a required column.
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
    return _together(parse_chunks(rows, lambda: chosen[0]), path)


def parse_fields(path: Path, rows: Iterator[Row | Rejection], fields: Fields) -> Parsed:
    """Give rows of texts of a file, cells in the order of the fields, their types."""
    return _together(parse_chunks(rows, lambda: fields), path)


def parse_chunks(rows: Iterator[Row | Rejection], fields: Callable[[], Fields]) -> Iterator[Parsed]:
    """Yield rows of texts with their types, some ten thousand at a time; `fields` is asked after the first row is there."""
    while chunk := list(islice(rows, _CHUNK_ROWS)):
        held = [row for row in chunk if not isinstance(row, Rejection)]
        stray = [row for row in chunk if isinstance(row, Rejection)]
        kept, unread = _parse(_texts(held, fields()), fields())
        yield Parsed(kept, pl.concat([rejections(stray), unread]), len(chunk))


def places(fields: Fields, header: Sequence[str], *, loose: bool = False) -> list[int | None] | None:
    """Return where a header has each field, or None where it lacks one that the file must have."""
    found = [_position(field, header, loose=loose) for field in fields.values()]
    needed = [field.required or field.present for field in fields.values()]
    return None if any(place is None and need for place, need in zip(found, needed, strict=True)) else found


def _together(chunks: Iterator[Parsed], path: Path) -> Parsed:
    parts = list(chunks)
    if not parts:
        raise SourceError(f"{path} has a header and no rows: fetch it again, or leave it out")
    frames, rejected = [part.frame for part in parts], [part.rejected for part in parts]
    return Parsed(pl.concat(frames), pl.concat(rejected), sum(part.rows_read for part in parts))


def words(name: str) -> list[str]:
    """Words of a column's name, lower case."""
    return re.findall(r"[a-z]+|\d+", name.lower())


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _renamed(fields: Fields, columns: Mapping[str, str]) -> Fields:
    unknown = sorted(columns.keys() - fields.keys())
    if unknown:
        raise ConfigError(f"columns has {', '.join(unknown)}, which is no field here: write {', '.join(fields)}")
    given = {name: replace(fields[name], names=(column,), present=True) for name, column in columns.items()}
    return {name: given.get(name, field) for name, field in fields.items()}


def _position(field: Field, header: Sequence[str], *, loose: bool) -> int | None:
    present = [_plain(name) for name in header]
    for name in field.names:
        if _plain(name) and _plain(name) in present:
            return present.index(_plain(name))
    if loose:
        for name in field.names:
            for place, column in enumerate(header):
                if words(name) and set(words(name)) <= set(words(column)):
                    return place
    return None


def _texts(rows: Sequence[Row], fields: Fields) -> pl.DataFrame:
    columns = list(zip(*(cells for _, cells in rows), strict=True)) if rows else [()] * len(fields)
    lines = pl.Series("line", [line for line, _ in rows], dtype=pl.Int64)
    return pl.DataFrame(
        [lines, *(pl.Series(name, cells, pl.String) for name, cells in zip(fields, columns, strict=True))]
    )


def _parse(texts: pl.DataFrame, fields: Fields) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the typed rows, and the rejections of rows and cells."""
    bare = [pl.col(name).str.strip_chars() for name in fields]
    texts = texts.with_columns(
        pl.when(~cell.str.contains(_MISSING)).then(cell).alias(cell.meta.output_name()) for cell in bare
    )
    typed = texts.select("line", *(_value(texts, name, field.kind) for name, field in fields.items()))
    out, lost = [], pl.lit(value=False)
    for name, field in fields.items():
        unread = texts[name].is_not_null() & typed[name].is_null()
        out.append(_unread(texts.filter(unread), name, field))
        if field.required:
            absent = texts[name].is_null()
            detail = pl.lit(f"the row has no {field.names[0]}").alias("detail")
            out.append(texts.filter(absent).select("line", pl.lit("missing field").alias("reason"), detail))
            lost |= pl.lit(unread | absent)
    kept = typed.filter(~lost) if len(typed) else typed
    return kept, pl.concat(out)


def _unread(texts: pl.DataFrame, name: str, field: Field) -> pl.DataFrame:
    reason = _REASONS.get(field.kind, "impossible number" if field.kind not in {"text", "symbol"} else "missing field")
    what = "" if field.required else "; the cell is left empty"
    detail = pl.format(f"{field.names[0]} is {{}}{what}", pl.col(name).str.slice(0, 80)).alias("detail")
    return texts.select("line", pl.lit(reason).alias("reason"), detail)


def _value(texts: pl.DataFrame, name: str, kind: Kind) -> pl.Expr:
    """Return the expression of a column's values, null where a cell cannot be read."""
    cell = pl.col(name)
    if kind == "text":
        value = cell.str.replace_all("\0", "\ufffd", literal=True)
    elif kind == "symbol":
        names = {raw: canonical_symbol(raw) or None for raw in texts[name].unique() if raw is not None}
        value = cell.replace_strict(names, default=None, return_dtype=pl.String)
    elif kind == "day":
        value = _day(cell)
    elif kind == "flag":
        value = cell.str.to_lowercase().replace_strict(_FLAGS, default=None, return_dtype=pl.Boolean)
    else:
        value = _number(cell, kind)
    return value.cast(_TYPES[kind]).alias(name)


def _day(cell: pl.Expr) -> pl.Expr:
    """Day of a cell; a clock after it and the `.0` that a number carries are left out."""
    bare = cell.str.replace(r"([T ]\d{2}:\d{2}.*|\.0+)$", "")
    value = pl.coalesce(bare.str.to_date(pattern, strict=False) for pattern in _DAYS)
    return pl.when(value.dt.year().is_between(1900, 2100)).then(value)


def _number(cell: pl.Expr, kind: Kind) -> pl.Expr:
    """Finite number of a cell; dollar signs and commas between thousands are left out."""
    value = cell.str.replace_all(r"^\$|,(\d{3})", "$1").cast(pl.Float64, strict=False)
    fits = value.is_finite()
    if kind in {"count", "positive"}:
        fits &= ((value > 0) if kind == "positive" else (value >= 0)) & (value <= _LARGEST)
    elif kind == "whole":
        fits &= (value == value.round(0)) & (value.abs() < 2**53)
    return pl.when(fits).then(value)

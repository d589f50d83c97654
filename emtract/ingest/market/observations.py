"""Any file of dated values that are no firm's (VIX, factors, sentiment indices, counts of news) -> observations."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Final, Literal

import msgspec
import polars as pl

from emtract.errors import ConfigError, SourceError
from emtract.ingest.market.fields import Field, Fields, Made, Parsed, Publisher
from emtract.ingest.market.options import Options
from emtract.ingest.market.sieve import firsts, public_days, without_values
from emtract.words.codebook import is_series, series_column

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

#: When on a day a value becomes public.
Known = Literal["before_open", "after_close"]
_KEY: Final[Fields] = {
    "session": Field("day", ("session", "date", "day", "observation_date", "caldt"), required=True),
    "available": Field("day", ("available", "public_date", "release_date")),
}
_LONG: Final[Fields] = {
    "name": Field("text", ("name", "series"), required=True),
    "value": Field("number", ("value",), present=True),
}
_RULE: Final = (
    "write lower-case letters, digits and underscores, and none of the endings of columns that are made of others (_lag_1, "
    "_lead_1, _x_)"
)


class SeriesOptions(Options, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Options of `series`: when a value is public is stated, never guessed.

    Attributes
    ----------
    known
        `before_open`: the value is public before the open of the day on which it becomes known, so that it stands beside that
        session's posts and returns. `after_close`: it stands beside the next session first.
    lag_days
        Days from the day that a value describes to the day on which it becomes known, where the file has no column
        `available`; 0 without it.
    unit
        What one of the file's numbers stands for: 0.01 where returns are in per cent. A column whose name speaks of thousands
        or millions asks for it.

    Notes
    -----
    One of `known`, `lag_days` and a column `available` is required. With a day alone `known` is `after_close`.
    """

    known: Known | None = None
    lag_days: Annotated[int, msgspec.Meta(ge=0)] | None = None
    unit: Annotated[float, msgspec.Meta(gt=0)] | None = None


def _observations(parsed: Parsed, wanted: SeriesOptions, path: Path) -> Made:
    """Read a table of days and values: one column a series, or one of names and one of values.

    Table `observations`, one row a series, day and day on which it became known; empty cells make none, and a row that has
    none but these is rejected.

    Notes
    -----
    Each other field of `columns` is a series of that name; without any, every further column is one under its own name in
    lower case. A table with the fields name and value is long. Names are letters, digits and underscores.
    """
    if wanted.known is None and wanted.lag_days is None and parsed.frame["available"].is_null().all():
        raise ConfigError(
            f'{path} does not say when its values became public: state known = "before_open", known = "after_close" or '
            "lag_days in the options, or name the column `available`"
        )
    long, empty = _long(parsed, wanted, path)
    dated, undated = _dated(long, wanted)
    kept, repeated = firsts(dated, ["name", "session", "available"])
    return {"observations": kept}, [empty, undated, repeated]


def _long(parsed: Parsed, wanted: SeriesOptions, path: Path) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return line, session, available, name and value, and the rejections of rows that have no value."""
    if set(_LONG) <= set(parsed.titles):
        names = {raw: _plain(raw) for raw in parsed.frame["name"].unique(maintain_order=True)}
        _check_names(names, path)
        name = pl.col("name").replace_strict(names, return_dtype=pl.String)
        value = pl.col("value") * parsed.unit("value", wanted.unit, "unit")
        return without_values(parsed.frame.with_columns(name.alias("name"), value.alias("value")), ["value"])
    series = [field for field in parsed.titles if field not in _KEY]
    if silent := [field for field in series if parsed.frame[field].is_null().all()]:
        raise SourceError(
            f"{path} has no number in {', '.join(parsed.titles[field] for field in silent)}: name the columns of the series in "
            '`columns`, such as columns = { vix = "CLOSE" }'
        )
    scaled = [pl.col(field) * parsed.unit(field, wanted.unit, "unit") for field in series]
    kept, empty = without_values(parsed.frame.with_columns(scaled), series)
    return kept.unpivot(series, index=["line", *_KEY], variable_name="name").drop_nulls("value"), empty


def _dated(long: pl.DataFrame, wanted: SeriesOptions) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the rows with the day and the side of it on which they became public, and the rejections of others."""
    lagged = pl.lit(None, pl.Date)
    if wanted.known is not None or wanted.lag_days is not None:
        lagged = pl.col("session").dt.offset_by(f"{wanted.lag_days or 0}d")
    rows = long.with_columns(
        pl.coalesce("available", lagged).alias("available"),
        pl.lit(wanted.known == "before_open").alias("before_open"),
    )
    return public_days(rows, "session")


def _fields(header: Sequence[str], columns: Mapping[str, str]) -> Fields:
    """Return the key's fields, and the fields of a long table or one for each series."""
    present = {_plain(column): column for column in header if column}
    if set(_LONG) & set(columns) or {"name", "value"} <= set(present):
        return _KEY | _LONG
    named = [field for field in columns if field not in _KEY]
    if unfit := [field for field in named if field == "line" or field != _plain(field) or _fault(field)]:
        raise ConfigError(f"{unfit[0]!r} is no name of a series: {_RULE}")
    if named:
        return _KEY | {field: Field("number", (columns[field],), present=True) for field in named}
    taken = {_plain(name) for key, field in _KEY.items() for name in (columns.get(key, ""), *field.names)}
    own = {plain: column for plain, column in present.items() if plain and plain not in taken}
    if len(own) < sum(bool(_plain(column)) and _plain(column) not in taken for column in header):
        raise SourceError(
            "two columns of the file have one name in lower case: name the columns of the series in `columns`"
        )
    if unfit := [plain for plain in own if plain == "line" or _fault(plain)]:
        raise SourceError(f"{own[unfit[0]]!r} is no name of a series: name its column in `columns`; {_RULE}")
    return _KEY | {plain: Field("number", (column,), present=True) for plain, column in own.items()}


def _plain(name: str) -> str:
    """Name of a series: lower-case letters, digits and underscores."""
    return re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")


def _fault(plain: str) -> bool:
    """Whether the column of a series of this name would be read as one that is made of others."""
    return not plain or not is_series(series_column(plain))


def _check_names(names: Mapping[str, str], path: Path) -> None:
    """Refuse names that are none, or two that become one."""
    for raw, plain in names.items():
        twin = next((other for other, as_plain in names.items() if as_plain == plain and other != raw), None)
        if twin is not None:
            raise SourceError(f"{path}: {raw!r} and {twin!r} are one name, {plain}: {_RULE}")
        if _fault(plain):
            raise SourceError(f"{path}: {raw!r} is no name of a series: {_RULE}")


SERIES: Final = Publisher(_fields, SeriesOptions, _observations)

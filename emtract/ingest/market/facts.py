"""Plain tables of what is known of firms: one class a symbol, or numbers with the day on which they became public."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final

import msgspec
import polars as pl

from emtract.errors import ConfigError
from emtract.ingest.market.fields import Field, Fields, Made, Parsed, Publisher
from emtract.ingest.market.french import read_french_sic
from emtract.ingest.market.options import Options
from emtract.ingest.market.sieve import firsts, public_days, sift, without_values

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path


_SYMBOL: Final = Field("symbol", ("symbol", "ticker", "tic"), required=True)
_CLASS: Final[Fields] = {
    "symbol": _SYMBOL,
    "label": Field("text", ("label", "industry", "sector", "class", "sic"), required=True),
    "first": Field("day", ("first",)),
    "last": Field("day", ("last",)),
}
_KEY: Final[Fields] = {
    "symbol": _SYMBOL,
    "period": Field("day", ("period", "datadate", "date"), required=True),
    "available": Field("day", ("available", "rdq", "public_date")),
}


class ClassOptions(Options, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Options of `classification`.

    Attributes
    ----------
    scheme
        What the labels are: industry, sic, ...
    french_sic
        File of French's industries (`Siccodes48.zip`), beside which ff48 is made of labels that are SIC codes.
    """

    scheme: str = "industry"
    french_sic: str | None = None


class CharacteristicOptions(Options, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Options of `characteristics`.

    Attributes
    ----------
    lag_days
        Days from the period to the first day on which a number counts as public, where the file has no such day: of the
        whole file, or of a row. There is no default: a number is not public on the day that it describes.
    unit
        What one of the file's numbers stands for: 1e6 where it counts in millions. A column whose name speaks of thousands or
        millions asks for it.
    """

    lag_days: Annotated[int, msgspec.Meta(ge=0)] | None = None
    unit: Annotated[float, msgspec.Meta(gt=0)] | None = None


def _classes(parsed: Parsed, wanted: ClassOptions, path: Path) -> Made:
    """Read a table of one label a symbol, or one a symbol and span of days (first and last).

    Table `classifications`, under the scheme of the options, and under ff48 where `french_sic` is stated.

    Notes
    -----
    Fields: symbol, label, first, last. A second label of one symbol from the same day on is `repeated row`.
    """
    rows = parsed.frame.with_columns(pl.lit(wanted.scheme).alias("scheme"))
    kept, repeated = firsts(rows, ["symbol", "first"])
    backwards = pl.col("last") < pl.col("first")
    spans, turned = sift(
        kept, backwards, reason="unreadable date", detail=pl.format("last {} is before first {}", "last", "first")
    )
    if wanted.french_sic is not None:
        spans = pl.concat([spans, read_french_sic(path.parent / wanted.french_sic).classify(spans)])
    return {"classifications": spans}, [repeated, turned]


def _characteristics(parsed: Parsed, wanted: CharacteristicOptions, path: Path) -> Made:
    """Read a table of numbers by symbol and period; each other field of `columns` is a characteristic of that name.

    Table `characteristics`, one row a symbol, name, period and available day; empty cells make none, and a row
    that has none but these is rejected.

    Notes
    -----
    Without other fields every further column of the file is a characteristic under its own name in lower case.
    """
    names = [name for name in parsed.titles if name not in _KEY]
    if wanted.lag_days is None and parsed.frame["available"].is_null().all():
        raise ConfigError(
            f"{path} does not say when its numbers became public: name the column `available`, or state lag_days in the "
            "options, since a number is not public on the day that it describes"
        )
    lagged = pl.lit(None, pl.Date) if wanted.lag_days is None else pl.col("period").dt.offset_by(f"{wanted.lag_days}d")
    kept, undated = public_days(parsed.frame.with_columns(pl.coalesce("available", lagged)), "period")
    units = [pl.col(name) * parsed.unit(name, wanted.unit, "unit") for name in names]
    kept, empty = without_values(kept, names)
    long = kept.with_columns(units).unpivot(names, index=["line", *_KEY], variable_name="name").drop_nulls("value")
    rows, repeated = firsts(long, ["symbol", "name", "period", "available"])
    return {"characteristics": rows}, [undated, empty, repeated]


def _fields(header: Sequence[str], columns: Mapping[str, str]) -> Fields:
    """Return the key's fields and one for each characteristic."""
    named = [name for name in columns if name not in _KEY]
    taken = {name.lower() for key, field in _KEY.items() for name in (columns.get(key, ""), *field.names)}
    own: dict[str, list[str]] = {}
    for column in header:
        if column and column.lower() not in taken:
            own.setdefault(column.lower(), []).append(column)
    names = named or list(own)
    if "line" in names:
        raise ConfigError("a characteristic cannot be called line: name its column in `columns` under another name")
    return _KEY | {
        name: Field("number", (own.get(name, [name])[0],), present=True, given=len(own.get(name, ())) == 1)
        for name in names
    }


CLASSIFICATION: Final = Publisher(_CLASS, ClassOptions, _classes)
CHARACTERISTICS: Final = Publisher(_fields, CharacteristicOptions, _characteristics)

"""The rows that a `where` picks: one reading of conditions for regressions and every other analysis."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

import polars as pl

from emtract.errors import EstimationError, SpecError, first_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from emtract.ledger import Ledger


def asked_columns(where: str | None) -> list[str]:
    """Return the columns that a condition reads; none without one.

    Raises
    ------
    SpecError
        When it is no condition in Polars SQL.
    """
    return [] if where is None else list(dict.fromkeys(_parsed(where).meta.root_names()))


def pick_rows(data: pl.DataFrame, where: str | None, ledger: Ledger) -> tuple[pl.DataFrame, Ledger]:
    """Return the rows on which a condition is true, and the ledger with those that it leaves out.

    Parameters
    ----------
    data
        Rows of a sample.
    where
        Polars SQL condition; None for all rows, without a row in the ledger.
    ledger
        Of the rows so far.

    Raises
    ------
    SpecError
        When it is no condition on the sample: it cannot be read, names a column that is not there, compares what cannot be
        compared, or is neither true nor false of a row.
    EstimationError
        When no row meets it.
    """
    if where is None:
        return data, ledger
    if missing := [c for c in asked_columns(where) if c not in data.columns]:
        named = "; ".join(f"the sample has no column {c!r}{closest(c, data.columns)}" for c in missing)
        raise SpecError(f"where={where!r}: {named}")
    try:
        met = data.select(_parsed(where).alias("met"))["met"]
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
        told = first_line(error)
        hint = "; write a date as DATE '2020-01-31'" if "date" in told else ""
        raise SpecError(f"where={where!r} is not a condition on the sample: {told}{hint}") from error
    if met.dtype != pl.Boolean or len(met) != data.height:
        what = "one value for all rows" if met.dtype == pl.Boolean else "a value that is neither true nor false"
        raise SpecError(f"where={where!r} gives {what}: compare a column, as in {data.columns[-1]!r} > 0")
    kept = data.filter(met)
    if kept.is_empty():
        raise EstimationError(f"no rows left: none meets where={where!r}; widen it, or leave it out")
    unknown = f"; unknown on {met.null_count():,} rows" if met.null_count() else ""
    return kept, ledger.keep("in the sample", kept.height, f"outside the sample: {where}{unknown}")


def closest(column: str, columns: Sequence[str]) -> str:
    """Return ` (did you mean 'x'?)`, or nothing where no column has a name like it."""
    matches = get_close_matches(column, columns, n=1)
    return f" (did you mean {matches[0]!r}?)" if matches else ""


def _parsed(where: str) -> pl.Expr:
    try:
        return pl.sql_expr(where)
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
        raise SpecError(f"where={where!r} is not a condition: {first_line(error)}") from error

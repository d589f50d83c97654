"""The rows of a sample that an analysis reads: checked, picked, and counted in its ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from emtract.econometrics.ahead import check_ahead
from emtract.econometrics.columns import asked_columns, check_numbers, closest, condition
from emtract.econometrics.regression.spec import columns_of
from emtract.errors import EstimationError, SpecError, first_line
from emtract.ledger import Ledger
from emtract.panel.frame import ENTITY, TIME
from emtract.words.codebook import spans
from emtract.words.numbers import things

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from emtract.panel.frame import Sample


def open_rows(
    sample: Sample,
    numbers: Sequence[str],
    *,
    labels: Sequence[str] = (),
    key: Sequence[str] = (),
    where: str | None = None,
    outcomes: Sequence[str] = (),
    reads: Mapping[str, Sequence[str]] | None = None,
    told: Sequence[str] | None = None,
    rows: str = "rows of the panel",
) -> tuple[pl.DataFrame, Ledger]:
    """Check that a sample has what an analysis names and that nothing of it is of the future, and pick its rows.

    Parameters
    ----------
    sample
        Rows of any kind.
    numbers, labels, key
        Columns that must be numbers, further columns of any type, and those that name a row together; see `check_numbers`.
    where
        Polars SQL condition; None for all rows.
    outcomes, reads
        What is explained, and what explains it by role; see `check_ahead`.
    told
        Columns that the ledger names where the guard cannot judge them; None for `numbers`.
    rows
        What the rows are called in the ledger.

    Returns
    -------
    tuple of pl.DataFrame and Ledger
        The rows that `where` picks, with all of their columns; and the ledger so far.

    Raises
    ------
    SpecError, MissingDataError, EstimationError
        As `check_numbers`, `check_ahead` and `pick_rows`, in this order.
    """
    check_numbers((*key, *labels), numbers, where, sample, key=key)
    check_ahead(outcomes, reads or {}, where)
    return pick_rows(sample.data, where, open_ledger(sample, numbers if told is None else told, where, rows=rows))


def pick_rows(data: pl.DataFrame, where: str | None, ledger: Ledger) -> tuple[pl.DataFrame, Ledger]:
    """Return the rows on which a condition is true, and the ledger with those that it leaves out.

    Parameters
    ----------
    data
        Rows of a sample.
    where
        Polars SQL condition; None for all rows, without a row in the ledger. A date may be written plainly:
        ``session >= '2020-03-01'``.
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
        met = _met(data, where)
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
        told = first_line(error)
        hint = "; write a date as '2020-01-31'" if "date" in told else ""
        raise SpecError(f"where={where!r} is not a condition on the sample: {told}{hint}") from error
    if met.dtype != pl.Boolean or len(met) != data.height:
        what = "one value for all rows" if met.dtype == pl.Boolean else "a value that is neither true nor false"
        raise SpecError(f"where={where!r} gives {what}: compare a column, as in {data.columns[-1]!r} > 0")
    kept = data.filter(met)
    if kept.is_empty():
        raise EstimationError(f"no rows left: none meets where={where!r}; widen it, or leave it out")
    unknown = f"; unknown on {things(met.null_count(), 'row')}" if met.null_count() else ""
    return kept, ledger.keep("in the sample", kept.height, f"outside the sample: {where}{unknown}")


def _met(data: pl.DataFrame, where: str) -> pl.Series:
    """Return whether each row meets a condition; text beside a column of dates or times is read as one of them."""
    try:
        return data.select(condition(where).alias("met"))["met"]
    except pl.exceptions.InvalidOperationError:
        # An expression is parsed without types. A query knows its columns' types, but takes no aggregate beside a row's value.
        query = f"SELECT (\n{where}\n) AS met FROM sample"
        return pl.SQLContext(frames={"sample": data}).execute(query, eager=True)["met"]


def open_ledger(
    sample: Sample, columns: Iterable[str], where: str | None = None, *, rows: str = "rows of the panel"
) -> Ledger:
    """Open the ledger of an analysis with the rows of its sample; it names the columns that the guard cannot judge.

    Parameters
    ----------
    sample
        The sample; characteristics that its settings name were joined on the day they were public.
    columns
        What the analysis reads, products and combinations included.
    where
        Condition that picks rows.
    rows
        What the rows are called.
    """
    dated = {ENTITY, TIME, *str(sample.settings.get("characteristics") or "").split(", ")}
    read = (*columns_of(tuple(columns)), *asked_columns(where))
    untold = [c for c in dict.fromkeys(read) if c not in dated and not spans(c)]
    reason = f"whether these are known in time their names do not say: {', '.join(untold)}" if untold else ""
    return Ledger().start(rows, sample.unit, sample.data.height, reason)


def usable_rows(
    sample: Sample,
    numbers: Sequence[str],
    *,
    labels: Sequence[str] = (),
    where: str | None = None,
    outcomes: Sequence[str] = (),
    reads: Mapping[str, Sequence[str]] | None = None,
) -> tuple[pl.DataFrame, Ledger]:
    """Return the rows of `open_rows` in which no column is missing, and how they came about.

    Parameters
    ----------
    sample, where, outcomes, reads
        As in `open_rows`.
    numbers, labels
        Columns that must be there; numbers must be finite too.

    Returns
    -------
    tuple of pl.DataFrame and Ledger
        Rows of the sample with all of its columns, in its order; and the ledger, one step a column.
    """
    wanted = (*numbers, *labels)
    data, ledger = open_rows(
        sample,
        numbers,
        labels=labels,
        where=where,
        outcomes=outcomes,
        reads=reads,
        told=wanted,
        rows="rows of the sample",
    )
    for column in wanted:
        numeric = data.schema[column].is_numeric()
        known = pl.col(column).is_not_null() & (pl.col(column).is_finite() if numeric else pl.lit(value=True))
        data = data.filter(known)
        ledger = ledger.keep(f"with {column}", data.height, f"{column} missing")
    return data, ledger

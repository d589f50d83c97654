"""What was known of institutional holdings on each day: filings in force, and the sums that they make."""

from __future__ import annotations

from datetime import date
from typing import Final

import polars as pl

from emtract.ingest.market.sieve import sift

#: Days after the end of a quarter by which managers have to file.
LAG_DAYS: Final = 45
#: Filings from this day on state values in dollars, earlier ones in thousands of them.
_DOLLARS: Final = date(2023, 1, 3)
_NAMES: Final = {"shares": "institutional_shares", "value": "institutional_value"}


def in_force(filings: pl.DataFrame, *, lag_days: int, late: bool) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the days on which each filing counts: accession, manager, period, filed, start, and end (null: it still does).

    Parameters
    ----------
    filings
        accession, manager, period, filed, is_base, line.
    lag_days
        Days after the end of a quarter before which nothing of it counts.
    late
        Whether filings after that day count at all.

    Notes
    -----
    A base ends with the day on which the same manager files the next for the same quarter, and with it the new holdings
    added to it. Rejected: `partial period`, where the earliest filing of all is later than the deadline of the quarter, so
    that most of its filings stand in other data sets; and `left out`.
    """
    deadline = pl.col("period").dt.offset_by(f"{LAG_DAYS}d")
    detail = pl.format(
        "{} reports {}, whose filings begin before these data sets: read them together", "accession", "period"
    )
    covered, partial = sift(filings, pl.col("filed").min() > deadline, reason="partial period", detail=detail)
    public = pl.col("period").dt.offset_by(f"{lag_days}d")
    after = (pl.col("filed") > public) & (not late)
    detail = pl.format("{} was filed on {}, later than its quarter counts as public", "accession", "filed")
    kept, left_out = sift(covered, after, reason="left out", detail=detail)
    key = ["manager", "period"]
    ordered = kept.sort(*key, "filed", "accession").with_columns(pl.col("is_base").cum_sum().over(key).alias("base"))
    bases = ordered.filter("is_base").select(*key, pl.col("base") - 1, pl.col("filed").alias("replaced"))
    timed = ordered.join(bases, on=[*key, "base"], how="left").with_columns(
        pl.max_horizontal("filed", public).alias("start"), pl.max_horizontal("replaced", public).alias("end")
    )
    counts = pl.col("replaced").is_null() | (pl.col("end") > pl.col("start"))
    end = pl.when(pl.col("replaced").is_not_null()).then("end").alias("end")
    columns = ["accession", "manager", "period", "filed", "start", end]
    return timed.filter(counts).select(columns), pl.concat([partial, left_out])


def sums(holdings: pl.DataFrame) -> pl.DataFrame:
    """Return one row a symbol, quarter and day on which its sum of shares or of value becomes another.

    Parameters
    ----------
    holdings
        line, symbol, period, filed, start, end, shares, value.
    """
    in_dollars = pl.when(pl.col("filed") < _DOLLARS).then(1_000).otherwise(1) * pl.col("value")
    whole = holdings.with_columns(
        pl.col("shares").cast(pl.Decimal(38, 2)), in_dollars.cast(pl.Decimal(38, 2)).alias("value")
    )
    long = whole.unpivot(
        list(_NAMES), index=["line", "symbol", "period", "start", "end"], variable_name="name", value_name="amount"
    )
    entering = long.select("line", "symbol", "name", "period", pl.col("start").alias("available"), "amount")
    leaving = long.drop_nulls("end").select(
        "line", "symbol", "name", "period", pl.col("end").alias("available"), -pl.col("amount")
    )
    key = ["symbol", "name", "period"]
    changes = (
        pl.concat([entering, leaving])
        .drop_nulls("amount")
        .group_by(*key, "available")
        .agg(pl.col("line").min(), pl.col("amount").sum())
        .filter(pl.col("amount") != 0)
        .sort(*key, "available")
    )
    total = pl.col("amount").cum_sum().over(key).cast(pl.Float64).alias("value")
    return changes.with_columns(total, pl.col("name").replace_strict(_NAMES))

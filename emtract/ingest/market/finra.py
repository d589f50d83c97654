"""FINRA's consolidated short interest -> characteristics shares_short and days_to_cover."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final

import msgspec
import polars as pl

from emtract.ingest.market.fields import Field, Made, Parsed, Publisher
from emtract.ingest.market.options import Options
from emtract.ingest.market.sieve import firsts

if TYPE_CHECKING:
    from pathlib import Path


_FIELDS: Final = {
    "symbol": Field("symbol", ("symbolCode", "Security Symbol", "Symbol"), required=True),
    "period": Field("day", ("settlementDate", "Settlement Date"), required=True),
    "shares_short": Field("count", ("currentShortPositionQuantity", "Current Shares Short"), required=True),
    "available": Field("day", ("available",)),
    "days_to_cover": Field("count", ("daysToCoverQuantity", "Days to Cover")),
}
#: What FINRA writes for every longer time, and where no share was traded.
_CAP: Final = 999.99


class ShortInterestOptions(Options, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Options of `finra_short_interest`.

    Attributes
    ----------
    publication_lag_business_days
        Days from Monday to Friday between the settlement and the first day on which a figure counts as public, where the
        file has no column `available` that says it.
    """

    publication_lag_business_days: Annotated[int, msgspec.Meta(ge=0)] = 10


def _short_interest(parsed: Parsed, wanted: ShortInterestOptions, _path: Path) -> Made:
    """Read one file of short interest, `shrtYYYYMMDD.csv`: separated by pipes although it is named CSV.

    Table `characteristics`: shares_short in shares, days_to_cover in days of average volume.

    Notes
    -----
    FINRA collects positions two business days after the settlement and publishes them seven to nine business days after it, in
    the evening; ten is two weeks, and covers a holiday in between. A `daysToCoverQuantity` of 999.99 is a cap, not a number:
    it makes no row. FINRA revises a published file in place, so one that is fetched later holds figures that were not public in
    this form at first. Within a file the first row of a symbol, settlement and day `available` stands, others are `repeated row`:
    a revision that has a day of its own is known from that day on.
    """
    lag = wanted.publication_lag_business_days
    kept, repeated = firsts(parsed.frame, ["symbol", "period", "available"])
    available = pl.coalesce("available", pl.col("period").dt.add_business_days(lag, roll="forward"))
    long = (
        kept.with_columns(available.alias("available"), pl.col("days_to_cover").replace(_CAP, None))
        .unpivot(
            ["shares_short", "days_to_cover"], index=["line", "symbol", "period", "available"], variable_name="name"
        )
        .drop_nulls("value")
    )
    return {"characteristics": long}, [repeated]


SHORT_INTEREST: Final = Publisher(_FIELDS, ShortInterestOptions, _short_interest, plain="|")

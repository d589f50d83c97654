"""Intraday bars of any vendor: one row a symbol and bar, with the instants at which it begins and ends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final, Literal

import msgspec
import polars as pl

from emtract.errors import ConfigError
from emtract.ingest.market.fields import Field, Fields, Made, Parsed, Publisher
from emtract.ingest.market.options import Options, zone_named
from emtract.ingest.market.prices import stem_symbol
from emtract.ingest.market.sieve import firsts, rejections
from emtract.ingest.records import LineError
from emtract.ingest.times import cell_moment, check_time_format
from emtract.symbols import canonical_symbol

if TYPE_CHECKING:
    from pathlib import Path

#: Which end of its bar a stamp marks.
Stamp = Literal["begin", "end"]
_FIELDS: Final[Fields] = {
    "symbol": Field("symbol", ("symbol", "ticker")),
    "time": Field("text", ("time", "timestamp", "datetime", "date_time", "date"), required=True),
    "clock": Field("text", ("clock",)),
    "open": Field("positive", ("open",), required=True),
    "close": Field("positive", ("close",), required=True),
}
_SECONDS: Final = 60_000_000


class BarOptions(Options, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Options of `bars`.

    Attributes
    ----------
    minutes
        Length of a bar.
    stamp
        Whether the stamp of a bar is the instant at which it begins or at which it ends; vendors differ, so it is asked for.
    zone
        IANA zone of stamps that carry none (`America/New_York`, `UTC`); without it such rows are rejected.
    time_format
        As of posts: None for ISO 8601, `epoch_seconds`, `epoch_milliseconds`, or a pattern of `datetime.strptime`.
    symbol
        Symbol of every row, where neither a column nor the file's name tells it.
    """

    minutes: Annotated[int, msgspec.Meta(ge=1, le=30)]
    stamp: Stamp
    zone: str | None = None
    time_format: str | None = None
    symbol: str | None = None


def _bars(parsed: Parsed, wanted: BarOptions, path: Path) -> Made:
    """Read a file of bars of one symbol or many, in any order.

    Table `bars`, one row a symbol and bar; prices as the file has them.

    Notes
    -----
    Fields: symbol, time, open, close, and clock where the day and the time of day stand in two columns. Half an hour must be
    a whole number of bars. A change of clocks that repeats an hour is read as its first occurrence.
    """
    if 30 % wanted.minutes:
        raise ConfigError(
            f"minutes = {wanted.minutes}: half an hour is no whole number of such bars; write 1, 5, 10, 15 or 30"
        )
    check_time_format(wanted.time_format)
    zone = None if wanted.zone is None else zone_named(wanted.zone)
    named = canonical_symbol(wanted.symbol) if wanted.symbol else stem_symbol(path)
    own = pl.lit(None, pl.String) if wanted.symbol else pl.col("symbol")
    rows = parsed.frame.with_columns(
        pl.coalesce(own, pl.lit(named)).alias("symbol"),
        pl.concat_str("time", "clock", separator=" ", ignore_nulls=True).alias("time"),
    )
    micros: dict[str, int] = {}
    faults: dict[str, LineError] = {}
    for cell in rows["time"].unique(maintain_order=True):
        try:
            micros[cell] = cell_moment(cell, zone=zone, time_format=wanted.time_format).micros
        except LineError as error:
            faults[cell] = error
    lost = rows.select("line", "time").filter(pl.col("time").is_in(list(faults))).iter_rows()
    unread = [(line, faults[cell].reason, faults[cell].detail) for line, cell in lost]
    begin = pl.col("time").replace_strict(micros, default=None, return_dtype=pl.Int64)
    begin -= _SECONDS * wanted.minutes if wanted.stamp == "end" else 0
    instants = {"begins": begin, "ends": begin + _SECONDS * wanted.minutes}
    timed = rows.with_columns(**{name: at.cast(pl.Datetime("us", "UTC")) for name, at in instants.items()})
    kept, repeated = firsts(timed.drop_nulls("begins").drop("time", "clock"), ["symbol", "begins"])
    return {"bars": kept}, [rejections(unread), repeated]


BARS: Final = Publisher(_FIELDS, BarOptions, _bars)

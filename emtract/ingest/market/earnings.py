"""Earnings announcements: tables such as Compustat's and I/B/E/S', and those that yfinance delivers."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import polars as pl

from emtract.errors import ConfigError
from emtract.ingest.market.fields import Field, Fields, Parsed, read_fields
from emtract.ingest.market.options import Options, refuse, take
from emtract.ingest.market.prices import stem_symbol
from emtract.ingest.market.sieve import firsts, make_batch, sift

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from emtract.ingest.market import MarketBatch, Option

_FIELDS: Final[Fields] = {
    "symbol": Field("symbol", ("symbol", "ticker", "tic", "oftic"), required=True),
    "announced_on": Field("day", ("announced_on", "anndats", "rdq"), required=True),
    "time": Field("text", ("time", "anntims", "timing")),
    "period": Field("day", ("period", "fpedats", "pends", "datadate")),
    "eps": Field("number", ("eps", "actual", "epspxq")),
    "consensus": Field("number", ("consensus", "meanest", "medest")),
    "analysts": Field("whole", ("analysts", "numest")),
    "price": Field("positive", ("price", "prccq")),
}
_YAHOO: Final[Fields] = {
    "symbol": Field("symbol", ("Symbol",)),
    "announced_on": Field("day", ("Earnings Date",), required=True),
    "time": Field("text", ("Earnings Date",)),
    "consensus": Field("number", ("EPS Estimate",), present=True),
    "eps": Field("number", ("Reported EPS",), present=True),
    "event": Field("text", ("Event Type",)),
}
_WORDS: Final = {
    "before_open": "before_open",
    "bmo": "before_open",
    "before market open": "before_open",
    "market": "market",
    "during market": "market",
    "dmh": "market",
    "after_close": "after_close",
    "amc": "after_close",
    "after market close": "after_close",
}
_HOURS: Final = r"(\d{1,2}):(\d{2})"
#: A time by itself or after a day, by 24 hours or by 12.
_CLOCK: Final = r"(?i)(?:^|[T ])(\d{1,2}):(\d{2})(?::\d{2}(?:\.\d+)?)?(?: ?([ap])\.?m\.?)?(?:Z| ?[+-]\d{2}:?\d{2})?$"


class EarningsOptions(Options, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Options of `earnings` and `yahoo_earnings`.

    Attributes
    ----------
    opens, closes
        Regular hours of the exchange, HH:MM by the clock that the file's times follow (New York for I/B/E/S and Yahoo).
    """

    opens: str = "09:30"
    closes: str = "16:00"

    def minutes(self) -> tuple[int, int]:
        """Opening and close in minutes after midnight."""
        clocks = [re.fullmatch(_HOURS, text) for text in (self.opens, self.closes)]
        opens, closes = (int(clock[1]) * 60 + int(clock[2]) if clock else -1 for clock in clocks)
        if not 0 <= opens < closes < 24 * 60:
            raise ConfigError(f"opens {self.opens!r} and closes {self.closes!r} are no hours such as 09:30 and 16:00")
        return opens, closes


def read_earnings(path: Path, columns: Mapping[str, str], options: Mapping[str, Option]) -> MarketBatch:
    """Read a table of announcements by symbol, day and what was announced.

    Notes
    -----
    A time of day becomes the timing: before the open, in regular hours (from the open, up to the close), or from the close
    on; 00:00, which stands for an unknown time in I/B/E/S, leaves it empty, and words such as bmo and amc are taken as they are.
    Half days and days without trade are not looked at: which session an announcement belongs to is decided by the study.
    """
    parsed = read_fields(path, _FIELDS, columns)
    return _batch(parsed, take(options, EarningsOptions))


def read_yahoo_earnings(path: Path, columns: Mapping[str, str], options: Mapping[str, Option]) -> MarketBatch:
    """Read earnings dates as `yahoo.write_earnings_csv` writes them: of one symbol, by its column or the file's name.

    Notes
    -----
    Assumed: times of the exchange, to the hour as Yahoo has them, so that 9 AM and 4 PM are before the open and after the
    close. Calls and meetings, where Yahoo tells them from reports, make no rows; dates to come have an estimate only.
    """
    refuse(columns)
    parsed = read_fields(path, _YAHOO, {})
    other = pl.col("event").str.to_lowercase() != "earnings"
    detail = pl.format("{} is no report of earnings", "event")
    reports, others = sift(parsed.frame, other, reason="left out", detail=detail)
    rows = reports.with_columns(
        pl.col("symbol").fill_null(stem_symbol(path)),
        pl.lit(None, pl.Date).alias("period"),
        pl.lit(None, pl.Int64).alias("analysts"),
        pl.lit(None, pl.Float64).alias("price"),
    )
    parsed = replace(parsed, frame=rows, rejected=pl.concat([parsed.rejected, others]))
    return _batch(parsed, take(options, EarningsOptions))


def _batch(parsed: Parsed, options: EarningsOptions) -> MarketBatch:
    kept, repeated = firsts(parsed.frame, ["symbol", "announced_on"])
    timed = kept.with_columns(_timing(*options.minutes()).alias("timing"))
    told = timed.filter(pl.col("time").is_not_null() & pl.col("timing").is_null() & ~_is_midnight())
    detail = pl.format("time is {}; the cell is left empty", pl.col("time").str.slice(0, 80))
    _, unclear = sift(told, pl.lit(value=True), reason="unknown word", detail=detail)
    return make_batch({"announcements": timed}, [parsed.rejected, repeated, unclear], rows_read=parsed.rows_read)


def _timing(opens: int, closes: int) -> pl.Expr:
    word = pl.col("time").str.to_lowercase().replace_strict(_WORDS, default=None, return_dtype=pl.String)
    minutes = _minutes()
    inside = pl.when(minutes < opens).then(pl.lit("before_open")).when(minutes < closes).then(pl.lit("market"))
    clock = pl.when((minutes > 0) & (minutes < 24 * 60)).then(inside.otherwise(pl.lit("after_close")))
    return pl.coalesce(word, clock)


def _minutes() -> pl.Expr:
    """Minutes after midnight of a cell that tells a time, null for any other."""
    hour, minute, half = (pl.col("time").str.extract(_CLOCK, group) for group in (1, 2, 3))
    hours = hour.cast(pl.Int64, strict=False)
    twelve = pl.when(hours <= 12).then(hours % 12 + 12 * (half.str.to_lowercase() == "p"))
    return pl.when(half.is_null()).then(hours).otherwise(twelve) * 60 + minute.cast(pl.Int64, strict=False)


def _is_midnight() -> pl.Expr:
    return (_minutes() == 0).fill_null(value=False)

"""Earnings announcements: tables such as Compustat's and I/B/E/S', and those that yfinance delivers."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING, Final

import polars as pl

from emtract.errors import ConfigError
from emtract.ingest.market.days import TIME, read_clock
from emtract.ingest.market.fields import Field, Fields, Parsed, read_fields
from emtract.ingest.market.options import Options, refuse, take
from emtract.ingest.market.prices import stem_symbol
from emtract.ingest.market.sieve import firsts, make_batch, refuse_rows, sift

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from zoneinfo import ZoneInfo

    from emtract.ingest.market import MarketBatch, Option

_FIELDS: Final[Fields] = {
    "symbol": Field("symbol", ("symbol", "ticker", "tic", "oftic"), required=True),
    "announced_on": Field("day", ("announced_on", "anndats", "rdq"), required=True),
    "time": Field("text", ("time", "anntims", "timing")),
    "stamp": Field("clock", ("announced_on", "anndats", "rdq")),
    "period": Field("day", ("period", "fpedats", "pends", "datadate")),
    "eps": Field("number", ("eps", "actual", "epspxq")),
    "consensus": Field("number", ("consensus", "meanest", "medest")),
    "analysts": Field("whole", ("analysts", "numest")),
    "price": Field("positive", ("price", "prccq")),
}
_YAHOO: Final[Fields] = {
    "symbol": Field("symbol", ("Symbol",)),
    "announced_on": Field("day", ("Earnings Date",), required=True),
    "stamp": Field("clock", ("Earnings Date",)),
    "consensus": Field("number", ("EPS Estimate",), present=True),
    "eps": Field("number", ("Reported EPS",), present=True),
    "event": Field("text", ("Event Type",)),
}
#: Words for a timing, as vendors write them.
_TIMINGS: Final = {
    "before_open": ("before_open", "bmo", "before market open", "before open", "pre-market", "premarket"),
    "market": ("market", "during market", "dmh", "intraday"),
    "after_close": ("after_close", "amc", "after close", "after hours", "after-hours", "after market close"),
}
_WORDS: Final = {word: timing for timing, words in _TIMINGS.items() for word in words}
_HOURS: Final = r"(\d{1,2}):(\d{2})"


class EarningsOptions(Options, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Options of `earnings` and `yahoo_earnings`.

    Attributes
    ----------
    opens, closes
        Regular hours of the exchange, HH:MM by the clock that the file's times follow (New York for I/B/E/S and Yahoo), or
        by the zone of `timezone` where times carry a zone.
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

    Parameters
    ----------
    path
        CSV, Excel, Parquet or SAS.
    columns
        Field (symbol, announced_on, time, period, eps, consensus, analysts, price) -> column; `stamp` is none of them.
    options
        Fields of `EarningsOptions`.

    Returns
    -------
    MarketBatch
        Table `announcements`; eps, consensus and price in US dollars.

    Raises
    ------
    ConfigError
        An option is unknown or impossible, or `columns` names a field that is not there.
    SourceError
        The file is not of its kind or has no row, lacks a required column or has one twice, or its cells do not tell
        how days or numbers are written.
    MarketDataError
        A SAS file, and pyreadstat is not installed.

    Notes
    -----
    A time of day, of its own column or after the day, becomes the timing: before the open, in regular hours (from the open, up
    to the close), or from the close on; 00:00, which stands for an unknown time in I/B/E/S, leaves it empty, and words such as
    bmo and amc are taken as they are. Half days and days without trade are not looked at: which session an announcement
    belongs to is decided by the study.
    """
    wanted = take(options, EarningsOptions)
    if "stamp" in columns:
        raise ConfigError(
            "columns has stamp, which is no field here: the clock is taken from announced_on or from time"
        )
    shared = {"stamp": columns["announced_on"]} if "announced_on" in columns else {}
    parsed = read_fields(path, _FIELDS, {**columns, **shared}, wanted.form)
    return _batch(parsed, wanted)


def read_yahoo_earnings(path: Path, columns: Mapping[str, str], options: Mapping[str, Option]) -> MarketBatch:
    """Read earnings dates as `yahoo.write_earnings_csv` writes them: of one symbol, by its column or the file's name.

    Parameters
    ----------
    path
        CSV; its name counts where a row has no symbol.
    columns
        Empty: Yahoo's columns are known.
    options
        Fields of `EarningsOptions`.

    Returns
    -------
    MarketBatch
        Table `announcements`, without period, analysts and price.

    Raises
    ------
    ConfigError
        An option is unknown or impossible, or `columns` is not empty.
    SourceError
        The file is not of its kind or has no row, lacks a required column or has one twice, or its cells do not tell
        how days or numbers are written.

    Notes
    -----
    Assumed: times of the exchange, to the hour as Yahoo has them, so that 9 AM and 4 PM are before the open and after the
    close. Calls and meetings, where Yahoo tells them from reports, make no rows; dates to come have an estimate only.
    """
    refuse(columns)
    wanted = take(options, EarningsOptions)
    parsed = read_fields(path, _YAHOO, {}, wanted.form)
    other = pl.col("event").str.to_lowercase() != "earnings"
    detail = pl.format("{} is no report of earnings", "event")
    reports, others = sift(parsed.frame, other, reason="left out", detail=detail)
    rows = reports.with_columns(
        pl.col("symbol").fill_null(stem_symbol(path)),
        pl.lit(None, pl.String).alias("time"),
        pl.lit(None, pl.Date).alias("period"),
        pl.lit(None, pl.Int64).alias("analysts"),
        pl.lit(None, pl.Float64).alias("price"),
    )
    parsed = replace(parsed, frame=rows, rejected=pl.concat([parsed.rejected, others]))
    return _batch(parsed, wanted)


def _batch(parsed: Parsed, options: EarningsOptions) -> MarketBatch:
    told = _told(parsed.frame, options.form.timezone)
    kept, repeated = firsts(told, ["symbol", "announced_on"])
    timed = kept.with_columns(_timing(*options.minutes()).alias("timing"))
    unread = timed.filter(pl.col("time").is_not_null() & pl.col("word").is_null() & pl.col("clock").is_null())
    detail = pl.format("time is {}; the cell is left empty", pl.col("time").str.slice(0, 80))
    unclear = refuse_rows(unread, "unknown word", detail)
    return make_batch({"announcements": timed}, [parsed.rejected, repeated, unclear], rows_read=parsed.rows_read)


def _told(rows: pl.DataFrame, zone: ZoneInfo | None) -> pl.DataFrame:
    """Return the rows with what their times tell: word, and clock in minutes after midnight of the day announced_on."""
    cells = rows.filter(pl.col("time").is_not_null()).select("announced_on", "time").unique()
    words = {cell: word for cell in cells["time"].unique() if (word := _WORDS.get(" ".join(cell.lower().split())))}
    found = [
        (day, cell, *moment) for day, cell in cells.iter_rows() if (moment := _moment(day, cell, zone)) is not None
    ]
    schema = {"announced_on": pl.Date, "time": pl.String, "local": pl.Date, "clock": pl.Int64}
    moments = pl.DataFrame(found, schema=schema, orient="row")
    return (
        rows.join(moments, on=["announced_on", "time"], how="left", maintain_order="left")
        .with_columns(
            pl.col("time").replace_strict(words, default=None, return_dtype=pl.String).alias("word"),
            pl.coalesce("local", "announced_on").alias("announced_on"),
        )
        .with_columns(pl.coalesce("clock", pl.when(pl.col("time").is_null()).then("stamp")).alias("clock"))
    )


def _moment(day: date, cell: str, zone: ZoneInfo | None) -> tuple[date, int] | None:
    """Day and minutes after midnight of a time, itself or after a day; None where it tells none."""
    match = re.search(rf"(?:^|[T ]){TIME.pattern}$", cell.strip(), TIME.flags)
    if match is None:
        return None
    try:
        minutes, own = read_clock(match)
        if match.start() and own is not None:  # the clock's own day, which may not be the exchange's day
            day = date.fromisoformat(cell.strip()[:10])
    except ValueError:
        return None
    if own is None or not minutes:
        return day, minutes
    if zone is None:
        return None if own is UTC else (day, minutes)
    local = datetime.combine(day, time(*divmod(minutes, 60)), own).astimezone(zone)
    return local.date(), local.hour * 60 + local.minute


def _timing(opens: int, closes: int) -> pl.Expr:
    minutes = pl.col("clock")
    inside = pl.when(minutes < opens).then(pl.lit("before_open")).when(minutes < closes).then(pl.lit("market"))
    return pl.coalesce("word", pl.when(minutes > 0).then(inside.otherwise(pl.lit("after_close"))))

"""What follows an IPO: the mood of each session in event time, and portfolios of recent IPOs in calendar time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

import polars as pl

from emtract.errors import PanelError
from emtract.panel.events import echo, event_reading
from emtract.panel.frame import Sample
from emtract.panel.holding import delisting_return
from emtract.panel.ipos import Ipos, studied_offers

if TYPE_CHECKING:
    from emtract.ledger import Ledger
    from emtract.options import PanelOptions
    from emtract.panel.reading import Reading
    from emtract.store import Store

_IPOS: Final = Ipos()


@dataclass(frozen=True, kw_only=True)
class IpoDays:
    """Mood around IPOs in event time: one row an IPO and session with posts; day 0 is the first session.

    Attributes
    ----------
    ipos
        The IPOs, and the mood.
    first_day, last_day
        Sessions from the first one, both included; a post belongs to the first session that closes after it.
    """

    ipos: Ipos = _IPOS
    first_day: int = -20
    last_day: int = 250

    def build(self, store: Store, options: PanelOptions) -> Sample:
        """Build the sample from a scored store.

        Returns
        -------
        Sample
            symbol, offer_date, event_day, group (`high` for IPOs above the median of enthusiasm), enthusiasm, mood (the
            mean of the session's posts), n_posts; sorted by the first three.

        Raises
        ------
        PanelError
            As `Ipos.build`; or when the days are in no order.
        """
        if not self.first_day <= self.last_day:
            raise PanelError(f"first_day {self.first_day} lies after last_day {self.last_day}")
        with event_reading(store, options, self.ipos) as read:
            offers, ledger = _grouped(store, read, self.ipos)
            with store.registered({"event_windows": _windows(offers, read.sessions, self)}):
                days = store.query(
                    "panel/events/days", kinds=read.kinds, weights=read.options.weights, mood=self.ipos.enthusiasm
                )
        data = (
            offers.select("event", "symbol", "offer_date", "group", "enthusiasm")
            .join(days, on="event")
            .filter(pl.col("event_day").is_between(self.first_day, self.last_day))
            .select("symbol", "offer_date", "event_day", "group", "enthusiasm", "mood", "n_posts")
            .sort("symbol", "offer_date", "event_day")
        )
        ledger = ledger.start(
            "IPO x session with posts", "IPO-sessions", data.height, "a session without posts has no mood"
        )
        return Sample(data, ledger, echo(read, self), "IPO-sessions")


@dataclass(frozen=True, kw_only=True)
class IpoMonths:
    """Calendar-time portfolios of recent IPOs, high and low enthusiasm apart: one row a month.

    Attributes
    ----------
    ipos
        The IPOs; high is above the median of their enthusiasm over the whole sample.
    months
        A stock is held from the end of the month of its first session for so many months.
    min_firms
        A portfolio of fewer stocks has no return in that month.

    Notes
    -----
    Equal weights each month. A delisting return belongs to the month of the last price; see `Holding` for unknown ones.
    """

    ipos: Ipos = _IPOS
    months: int = 12
    min_firms: int = 5

    def build(self, store: Store, options: PanelOptions) -> Sample:
        """Build the sample from a scored store.

        Returns
        -------
        Sample
            month (``2015-03``), then all, high and low: returns as fractions, null in months with too few stocks; and
            n_all, n_high, n_low.

        Raises
        ------
        PanelError
            As `Ipos.build`; or when no month has enough stocks.
        """
        with event_reading(store, options, self.ipos) as read:
            offers, ledger = _grouped(store, read, self.ipos)
            with store.registered({"events": offers.select("event", "symbol", "first_session", "last_session")}):
                ends = store.query("panel/events/month_ends", months=self.months)
        held = _month_returns(offers, ends, self)
        ledger = ledger.start(
            "IPO x month held", "IPO-months", held.height, f"up to {self.months} months after the first"
        )
        held = held.drop_nulls("value")
        ledger = ledger.keep(
            "with a return", held.height, "no price in the month, or a step of its prices that is not known"
        )
        groups = [held.with_columns(portfolio=pl.lit("all")), held.with_columns(portfolio="group")]
        months = (
            pl.concat(groups)
            .sort("portfolio", "month", "event")
            .group_by("portfolio", "month", maintain_order=True)
            .agg(pl.col("value").mean(), n=pl.len())
            .with_columns(value=pl.when(pl.col("n") >= self.min_firms).then("value"))
        )
        data = held.select("month").unique().sort("month")
        for name in ("all", "high", "low"):
            part = months.filter(pl.col("portfolio") == name)
            data = data.join(part.select("month", pl.col("value").alias(name), pl.col("n").alias(f"n_{name}")),
                             on="month", how="left", maintain_order="left")  # fmt: skip
        data = data.with_columns(pl.col("n_all", "n_high", "n_low").fill_null(0))
        ledger = ledger.start("months", "months", data.height, "equal weights in each")
        last: date = read.sessions["session"].max()  # type: ignore[assignment]
        last = min(last, options.end or last)
        within = (
            "the prices end within it" if options.end is None else f"after {options.end}, or the prices end within it"
        )
        if options.end is not None or _next_weekday(last).month == last.month:
            data = data.filter(pl.col("month") < f"{_next_weekday(last):%Y-%m}")
            ledger = ledger.keep("whole months", data.height, within)
        data = data.filter(pl.any_horizontal(pl.col("all", "high", "low").is_not_null()))
        ledger = ledger.keep("months with a portfolio", data.height, f"fewer than {self.min_firms} stocks")
        return Sample(data, ledger, echo(read, self), "months")


def _windows(offers: pl.DataFrame, calendar: pl.DataFrame, request: IpoDays) -> pl.DataFrame:
    """Return event, symbol, number, since, until: from the close before the first day to the close of the last in the data."""
    last = int(calendar["number"].max())  # type: ignore[arg-type]
    ends = offers.with_columns(
        first_number=(pl.col("number") + request.first_day).clip(lower_bound=0),
        last_number=(pl.col("number") + request.last_day).clip(upper_bound=last),
    )
    opening = calendar.select(pl.col("number").alias("first_number"), since="previous_close")
    closing = calendar.select(pl.col("number").alias("last_number"), until="close")
    return (
        ends.join(opening, on="first_number", maintain_order="left")
        .join(closing, on="last_number", maintain_order="left")
        .select("event", "symbol", "number", "since", "until")
    )


def _next_weekday(day: date) -> date:
    return day + timedelta(days={4: 3, 5: 2}.get(day.weekday(), 1))


def _month_returns(offers: pl.DataFrame, ends: pl.DataFrame, request: IpoMonths) -> pl.DataFrame:
    """Return event, group, month, value: the return of each month after the first session's."""
    rule = request.ipos.holding
    fates = offers.select(
        "event", "group", "last_session", left=pl.col("delisted").is_not_null(), lost=delisting_return(rule)
    )
    grown = (pl.col("log_level") - pl.col("log_level").shift(1).over("event", order_by="ordinal")).exp()
    adjacent = pl.col("ordinal") - pl.col("ordinal").shift(1).over("event", order_by="ordinal") == 1
    adjacent &= pl.col("segment") == pl.col("segment").shift(1).over("event", order_by="ordinal")
    leaving = pl.col("left") & (pl.col("session") == pl.col("last_session"))
    factor = 1 + pl.when(leaving).then("lost").otherwise(0.0)
    return (
        ends.join(fates, on="event")
        .sort("event", "ordinal")
        .with_columns(value=pl.when(adjacent).then(grown * factor - 1))
        .filter(pl.col("ordinal") > 0)
        .select("event", "group", pl.col("session").dt.strftime("%Y-%m").alias("month"), "value")
    )


def _grouped(store: Store, read: Reading, ipos: Ipos) -> tuple[pl.DataFrame, Ledger]:
    """Return the IPOs with their group by the median of enthusiasm."""
    offers, ledger = studied_offers(store, read, ipos)
    if offers.is_empty():
        worst = max(ledger.steps, key=lambda step: step.dropped)
        raise PanelError(f"no IPO is left: step {worst.name!r} dropped {worst.dropped:,} ({worst.reason})")
    offers = offers.with_columns(enthusiasm=pl.col(ipos.enthusiasm))
    above = pl.col("enthusiasm") > pl.col("enthusiasm").median()
    return offers.with_columns(group=pl.when(above).then(pl.lit("high")).otherwise(pl.lit("low"))), ledger

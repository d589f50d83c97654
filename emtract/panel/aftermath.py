"""What follows an IPO: the mood of each session in event time, and portfolios of recent IPOs in calendar time."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import polars as pl

from emtract.errors import PanelError
from emtract.panel.build import READABLE_KINDS
from emtract.panel.events import reading
from emtract.panel.frame import Sample
from emtract.panel.holding import delisting_return
from emtract.panel.offers import studied_offers

if TYPE_CHECKING:
    from datetime import date

    from emtract.ledger import Ledger
    from emtract.panel.events import Setting
    from emtract.panel.ipos import IpoDays, IpoMonths, Ipos
    from emtract.panel.requests import PanelOptions
    from emtract.store import Store


def ipo_days(store: Store, options: PanelOptions, request: IpoDays) -> Sample:
    """Build the sample of `IpoDays`.

    Parameters
    ----------
    store
        Scored, with prices and IPOs.
    options
        The configuration; holds what ``request.ipos`` leaves at None.
    request
        IPOs, mood and days.

    Returns
    -------
    Sample
        As `IpoDays.build`.

    Raises
    ------
    PanelError
        When `first_day` lies after `last_day`, no IPO is left, or the store lacks scores, prices or IPOs.
    """
    ipos = request.ipos
    if not request.first_day <= request.last_day:
        raise PanelError(f"first_day {request.first_day} lies after last_day {request.last_day}")
    asked = {"scorer": ipos.scorer, "weights": ipos.weights, "min_posts": ipos.min_posts}
    with reading(store, options, **asked) as setting:  # type: ignore[arg-type]
        offers, ledger = _grouped(store, setting, ipos)
        with store.registered({"event_windows": _windows(offers, setting.sessions, request)}):
            days = store.query(
                "panel/events/days", kinds=list(READABLE_KINDS), weights=setting.weights, mood=ipos.enthusiasm
            )
    data = (
        offers.select("event", "symbol", "offer_date", "group", "enthusiasm")
        .join(days, on="event")
        .filter(pl.col("event_day").is_between(request.first_day, request.last_day))
        .select("symbol", "offer_date", "event_day", "group", "enthusiasm", "mood", "n_posts")
        .sort("symbol", "offer_date", "event_day")
    )
    ledger = ledger.start(
        "IPO x session with posts", "IPO-sessions", data.height, "a session without posts has no mood"
    )
    own = {"first_day": request.first_day, "last_day": request.last_day}
    return Sample(data, ledger, setting.echo() | ipos.echo() | own, "IPO-sessions")


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


def ipo_months(store: Store, options: PanelOptions, request: IpoMonths) -> Sample:
    """Build the sample of `IpoMonths`.

    Parameters
    ----------
    store
        Scored, with prices and IPOs.
    options
        The configuration; holds what ``request.ipos`` leaves at None.
    request
        IPOs, months held, and the fewest stocks of a portfolio.

    Returns
    -------
    Sample
        As `IpoMonths.build`.

    Raises
    ------
    PanelError
        When no IPO is left, no month has enough stocks, or the store lacks scores, prices or IPOs.
    """
    ipos = request.ipos
    asked = {"scorer": ipos.scorer, "weights": ipos.weights, "min_posts": ipos.min_posts}
    with reading(store, options, **asked) as setting:  # type: ignore[arg-type]
        offers, ledger = _grouped(store, setting, ipos)
        with store.registered({"events": offers.select("event", "symbol", "first_session", "last_session")}):
            ends = store.query("panel/events/month_ends", months=request.months)
    held = _month_returns(offers, ends, request)
    ledger = ledger.start(
        "IPO x month held", "IPO-months", held.height, f"up to {request.months} months after the first"
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
        .with_columns(value=pl.when(pl.col("n") >= request.min_firms).then("value"))
    )
    data = held.select("month").unique().sort("month")
    for name in ("all", "high", "low"):
        part = months.filter(pl.col("portfolio") == name)
        data = data.join(part.select("month", pl.col("value").alias(name), pl.col("n").alias(f"n_{name}")),
                         on="month", how="left", maintain_order="left")  # fmt: skip
    data = data.with_columns(pl.col("n_all", "n_high", "n_low").fill_null(0))
    ledger = ledger.start("months", "months", data.height, "equal weights in each")
    last: date = setting.sessions["session"].max()  # type: ignore[assignment]
    if not _ends_month(last):
        data = data.filter(pl.col("month") < f"{last:%Y-%m}")
        ledger = ledger.keep("whole months", data.height, "the prices end within it")
    data = data.filter(pl.any_horizontal(pl.col("all", "high", "low").is_not_null()))
    ledger = ledger.keep("months with a portfolio", data.height, f"fewer than {request.min_firms} stocks")
    own = {"months": request.months, "min_firms": request.min_firms}
    return Sample(data, ledger, setting.echo() | ipos.echo() | own, "months")


def _ends_month(last: date) -> bool:
    """Say whether the next weekday lies in another month."""
    ahead = {4: 3, 5: 2}.get(last.weekday(), 1)
    return (last + timedelta(days=ahead)).month != last.month


def _month_returns(offers: pl.DataFrame, ends: pl.DataFrame, request: IpoMonths) -> pl.DataFrame:
    """Return event, group, month, value: the return of each month after that of the first session."""
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


def _grouped(store: Store, setting: Setting, ipos: Ipos) -> tuple[pl.DataFrame, Ledger]:
    """Return the IPOs with their group by the median of enthusiasm."""
    offers, ledger = studied_offers(store, setting, ipos)
    if offers.is_empty():
        worst = max(ledger.steps, key=lambda step: step.dropped)
        raise PanelError(f"no IPO is left: step {worst.name!r} dropped {worst.dropped:,} ({worst.reason})")
    offers = offers.with_columns(enthusiasm=pl.col(ipos.enthusiasm))
    above = pl.col("enthusiasm") > pl.col("enthusiasm").median()
    return offers.with_columns(group=pl.when(above).then(pl.lit("high")).otherwise(pl.lit("low"))), ledger

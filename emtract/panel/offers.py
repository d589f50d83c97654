"""IPOs as the store tells of them: which are studied, which characteristics they have, and the ledger of the rest."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

import polars as pl

from emtract.errors import PanelError
from emtract.ledger import Ledger
from emtract.panel.events import gross, index_levels, labels, moods
from emtract.panel.steps import TRADED_REMEDY
from emtract.panel.weighting import weighed

if TYPE_CHECKING:
    from emtract.panel.events import Setting
    from emtract.panel.ipos import Ipos
    from emtract.store import Store

UNIT: Final = "IPOs"
_REMEDY: Final = "name files of IPOs under [[market]] with formats ritter_ipos and ipo_offers, and run `emtract ingest`"
_KINDS: Final = {
    "adr": "depositary receipts",
    "spac": "blank cheque companies",
    "unit": "units",
    "reit": "real estate trusts or closed-end funds",
    "rollup": "roll-ups",
}


def studied_offers(store: Store, setting: Setting, request: Ipos) -> tuple[pl.DataFrame, Ledger]:
    """Return the IPOs that a request asks for, with the mood before them, and the ledger of how they came about.

    Parameters
    ----------
    store
        Within the block of `emtract.panel.events.reading`.
    setting
        What that block gives: weights, and the fewest posts of an IPO.
    request
        Which IPOs, and the window of their mood.

    Returns
    -------
    tuple of pl.DataFrame and Ledger
        One row an IPO: the columns of `sql/panel/events/offer_sessions.sql` and those of `moods`.

    Raises
    ------
    PanelError
        When the store holds no IPOs.
    """
    store.run("panel/events/offers", same_offer_days=request.same_offer_days)
    offers = store.query("panel/events/offer_sessions", first_price_days=request.first_price_days)
    if offers.is_empty():
        raise PanelError(f"the store holds no IPOs: {_REMEDY}")
    ledger = (
        Ledger()
        .start("rows of IPO files", "rows of IPO files", int(offers["n_rows"].sum()), "one row a file and IPO")
        .start("distinct IPOs", UNIT, offers.height, f"a symbol's offers within {request.same_offer_days} days are one")
    )
    for kind in request.drop:
        offers = offers.filter(~pl.col(f"is_{kind}").fill_null(value=False))
        ledger = ledger.keep(f"no {_KINDS[kind]}", offers.height, f"{_KINDS[kind]}, as a file states")
    offers, ledger = _priced(offers, ledger, request)
    since = pl.col("opens") - timedelta(days=request.window_days)
    felt = moods(store, offers.with_columns(since=since, until=pl.col("opens")), setting.weights)
    offers = offers.join(felt, on="event", maintain_order="left")
    offers = offers.filter(pl.col("n_posts") >= max(setting.min_posts, 1))
    reason = f"fewer than {max(setting.min_posts, 1)} posts in the {request.window_days} days before the first open"
    ledger = ledger.keep("with posts", offers.height, reason)
    n_posts, lacking = int(offers["n_posts"].sum()), int(offers["n_lacking"].sum())
    return offers, weighed(ledger, setting.weights, posts=n_posts, lacking=lacking)


def _priced(offers: pl.DataFrame, ledger: Ledger, request: Ipos) -> tuple[pl.DataFrame, Ledger]:
    """Keep IPOs with an offer price and a first close that can be theirs."""
    low, high = request.first_close_range
    before = int(offers["n_before"].sum())
    reused = (offers["n_before"] > 0).sum()
    ratio = pl.col("first_close") / pl.col("offer_price")
    traded = pl.col("first_session") - pl.col("last_before") <= timedelta(days=request.window_days)
    steps = (
        ("with an offer price", pl.col("offer_price") > 0, "no file states the offer price"),
        (
            f"offered at {request.min_offer_price:g} dollars or more",
            pl.col("offer_price") >= request.min_offer_price,
            "cheaper",
        ),
        (
            "with a first price",
            pl.col("first_session").is_not_null(),
            f"no price within {request.first_price_days} days of the offer",
        ),
        (
            "symbol new",
            ~traded,
            f"its symbol was traded in the {request.window_days} days before: posts and prices may be another firm's "
            f"({before:,} prices of {reused:,} symbols before their offers are never used)",
        ),
        (
            "first close as traded",
            pl.col("first_close").is_not_null(),
            f"whether later splits are in the prices is unknown, so the first day's return is too: {TRADED_REMEDY}",
        ),
        (
            "first close plausible",
            ratio.is_between(low, high),
            f"first close below {low:g} or above {high:g} offer prices: another firm's",
        ),
    )
    for name, condition, reason in steps:
        offers = offers.filter(condition.fill_null(value=name == "symbol new"))
        ledger = ledger.keep(name, offers.height, reason)
    return offers, ledger


def with_characteristics(offers: pl.DataFrame, mood: str) -> pl.DataFrame:
    """Add first-day return, controls and enthusiasm, whole and in its parts above and below the median."""
    return offers.with_columns(
        enthusiasm=pl.col(mood),
        year=pl.col("offer_date").dt.year(),
        month=pl.col("first_session").dt.strftime("%Y-%m"),
        session=pl.col("first_session"),
        first_return=pl.col("first_close") / pl.col("offer_price") - 1,
        log_proceeds=_log(pl.col("proceeds")),
        log_age=_log(1 + pl.col("offer_date").dt.year() - pl.col("founded")),
        log_assets=_log(pl.col("total_assets")),
        is_venture_backed=pl.col("is_venture_backed").cast(pl.Float64),
        revision=pl.col("offer_price") / pl.col("mid_price") - 1,
    ).with_columns(
        enthusiasm_above=(pl.col("enthusiasm") - pl.col("enthusiasm").median()).clip(lower_bound=0),
        enthusiasm_below=(pl.col("enthusiasm") - pl.col("enthusiasm").median()).clip(upper_bound=0),
    )


def _log(value: pl.Expr) -> pl.Expr:
    """Return the logarithm of a positive number; of any other there is none."""
    return pl.when(value > 0).then(value.cast(pl.Float64).log())


def with_industries(store: Store, offers: pl.DataFrame, scheme: str) -> pl.DataFrame:
    """Put the class of a scheme on the first session in place of the industry that a file of IPOs states, where known.

    Parameters
    ----------
    store
        With classifications.
    offers
        One row an IPO: event, symbol, first_session, industry.
    scheme
        Name of the classification, e.g. ``ff48``.
    """
    found = labels(store, offers.with_columns(day="first_session"), scheme)
    joined = offers.join(found, on="event", how="left", maintain_order="left")
    return joined.with_columns(industry=pl.coalesce("label", "industry")).drop("label")


def with_prior_returns(store: Store, offers: pl.DataFrame, calendar: pl.DataFrame, request: Ipos) -> pl.DataFrame:
    """Add the returns of industry and market over the sessions that end before the first one.

    Parameters
    ----------
    store
        With the series of market and industries.
    offers
        One row an IPO: event, industry, and number, the first session's in the calendar.
    calendar
        Sessions, numbered.
    request
        Its `prior_sessions`, and the series and scheme of its `holding`.

    Returns
    -------
    pl.DataFrame
        `offers` in order, with prior_industry_return and prior_market_return: fractions, null where a series lacks a
        session.
    """
    rule = request.holding
    classes = offers["industry"].drop_nulls().unique().sort()
    names = {"market": rule.market_series} | {i: (f"{rule.industry_scheme}:{i}",) for i in classes}
    levels = index_levels(store, names, calendar)
    days = calendar.select("session", "number")
    spans = offers.select("event", "number", "industry")
    for name, back in (("since", 1 + request.prior_sessions), ("until", 1)):
        there = days.select(pl.col("session").alias(name), pl.col("number") + back)
        spans = spans.join(there, on="number", how="left", maintain_order="left")
    for name, index in (("industry", pl.col("industry")), ("market", pl.lit("market"))):
        whole = gross(levels, spans.select(index.alias("index"), "since", "until"))["gross"]
        offers = offers.with_columns((whole - 1).alias(f"prior_{name}_return"))
    return offers


def with_matches(store: Store, offers: pl.DataFrame, seasoned_days: int, book_days: int) -> pl.DataFrame:
    """Add `match_size` and `match_size_bm`, symbols of firms like each issuer at its first close.

    Parameters
    ----------
    store
        Within the block of `emtract.panel.events.reading`, after `studied_offers`.
    offers
        One row an IPO: event, symbol, first_session, first_close (US dollars), post_issue_shares.
    seasoned_days
        Days for which a match has been traded, and has made no offer.
    book_days
        Days after the first session within which the issuer's own book value may become known.

    Returns
    -------
    pl.DataFrame
        `offers` in order; a match is null where no firm is like the issuer, or the issuer's market value (for
        `match_size_bm` its book value too) is not known.
    """
    cap = pl.col("first_close") * pl.col("post_issue_shares")
    own = offers.select("event", "symbol", day="first_session", cap=cap)
    with store.registered({"event_days": own}):
        found = store.query("panel/events/matches", seasoned_days=seasoned_days, book_days=book_days)
    named = found.rename({"size": "match_size", "size_bm": "match_size_bm"})
    return offers.join(named, on="event", how="left", maintain_order="left")


def with_held(ledger: Ledger, n: int, told: list[tuple[str, str]]) -> Ledger:
    """Add a step for each horizon, which drops nothing: returns that do not exist are null.

    Parameters
    ----------
    ledger
        Of the IPOs so far.
    n
        IPOs that are left.
    told
        Horizon and what happened to it, as `emtract.panel.holding.buy_and_hold` says it.
    """
    for name, words in told:
        ledger = ledger.keep(name, n, words)
    return ledger

"""Buy-and-hold returns of events' stocks and their benchmarks, from the first close on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import polars as pl

from emtract.errors import PanelError
from emtract.panel.events import Benchmark, benchmark_levels, counted, gross, held, sessions_away

if TYPE_CHECKING:
    from emtract.store import Store


@dataclass(frozen=True, kw_only=True)
class Holding:
    r"""How a stock is held, and against what.

    Attributes
    ----------
    horizons
        Months held, first and last: (1, 12) is from the first close to the end of month 12, (5, 12) from the end of
        month 4.
    month_sessions
        Sessions of a month.
    benchmarks
        `market`, the series of `market_series`; `industry`, the series of the firm's industry; `size`, the firm of the
        closest larger market value; `size_bm`, of the closest book-to-market ratio within 30 % of its market value.
    market_series
        Series whose returns add up to the market's.
    industry_scheme
        Classification of firms; the return of class C is the series ``SCHEME:C``.
    seasoned_days, book_days
        Days that a matched firm has been traded, without an offer; days after the event within which its own book
        value may become known.
    after_delisting
        Where the money goes after the last price and the delisting return: the benchmark, or cash at no interest.
    missing_delisting_return
        Delisting return where none is known and the reason matches `performance_delistings` (Shumway 1997); with any
        other reason it is 0.
    performance_delistings
        Regular expression on the reason: codes of CRSP, or words.
    stale_sessions
        A stock without a price for more than so many sessions at the end of a horizon has left without notice: it is
        held at its last price until then, and treated like a delisting with a return of 0.

    Notes
    -----
    .. math:: BHAR = \prod_t (1 + r_t) - \prod_t (1 + b_t)

    with levels of the prices on both ends (see `emtract.panel.prices`), so that a day without a price costs nothing. Stock and
    benchmark end on the same session. A horizon that ends after the data, or runs across a step of the prices that is not
    known, is null, never shortened.
    """

    horizons: tuple[tuple[int, int], ...] = ((1, 3), (1, 6), (1, 12), (5, 12))
    month_sessions: int = 21
    benchmarks: tuple[Benchmark, ...] = ("industry", "market", "size", "size_bm")
    market_series: tuple[str, ...] = ("mkt_rf", "rf")
    industry_scheme: str = "ff48"
    seasoned_days: int = 1096
    book_days: int = 365
    after_delisting: Literal["benchmark", "cash"] = "benchmark"
    missing_delisting_return: float = -0.30
    performance_delistings: str = (
        r"(?i)^(500|5[2-8][0-9])$|bankrupt|insolv|liquidat|insufficient|delinquent|non.?complian"
    )
    stale_sessions: int = 5

    def __post_init__(self) -> None:
        if not self.horizons or any(not 1 <= first <= last for first, last in self.horizons):
            raise PanelError("horizons are pairs of months such as (1, 12), the first at least 1")


def horizon_name(horizon: tuple[int, int]) -> str:
    """Return `12` for months (1, 12), `5_12` for (5, 12)."""
    first, last = horizon
    return f"{last}" if first == 1 else f"{first}_{last}"


def buy_and_hold(
    store: Store, events: pl.DataFrame, calendar: pl.DataFrame, rule: Holding
) -> tuple[pl.DataFrame, list[tuple[str, str]]]:
    """Return the buy-and-hold returns of events' stocks.

    Parameters
    ----------
    store
        Within the block of `emtract.panel.events.event_reading`.
    events
        event, symbol, number, first_session, last_session, delisted, delisting_return, reason, industry; then `match_size` and
        `match_size_bm`: symbols, or null.
    calendar
        Sessions, numbered.
    rule
        Horizons, benchmarks, delistings.

    Returns
    -------
    tuple of pl.DataFrame and list of tuple
        One row an event, in order: event, then bhr_H and bhar_H_BENCHMARK for each horizon, fractions; and for each
        horizon its months and what happened to it, in words.
    """
    levels = _levels(store, events, calendar, rule)
    out, told = events.select("event"), []
    for horizon in rule.horizons:
        spans = _spans(store, events, calendar, rule, horizon)
        name = horizon_name(horizon)
        returns = {f"bhr_{name}": _own_with_continuation(spans, levels, rule) - 1}
        returns |= {f"bhar_{name}_{b}": _abnormal(spans, levels, rule, b) for b in rule.benchmarks}
        out = out.with_columns(**returns)
        told.append((f"months {horizon[0]} to {horizon[1]}", _told(spans, out, name, rule)))
    return out, told


def _levels(store: Store, events: pl.DataFrame, calendar: pl.DataFrame, rule: Holding) -> pl.DataFrame:
    """Return levels of the market, of the events' industries, and of their matched firms."""
    matched = pl.concat([events["match_size"], events["match_size_bm"]]).drop_nulls().unique().sort()
    return pl.concat(
        [benchmark_levels(store, events, calendar, rule), firm_levels(store, matched, calendar, rule.stale_sessions)]
    )


def firm_levels(store: Store, firms: pl.Series, calendar: pl.DataFrame, stale: int) -> pl.DataFrame:
    """Return the levels of firms as indices named `firm:NAME`.

    Parameters
    ----------
    store
        Within the block of `emtract.panel.events.event_reading`.
    firms
        Their names, each once.
    calendar
        Sessions.
    stale
        Sessions in a row without a price that take the level of the last one; on further ones it is null.

    Returns
    -------
    pl.DataFrame
        index, session, level, gaps, from the first price of a firm on, sorted; a ratio of two levels is the gross
        return between them if their gaps are equal.
    """
    held_prices = store.query("panel/events/firm_levels", firms=firms.to_list())
    spans = held_prices.group_by("firm").agg(first=pl.col("session").min())
    return (
        spans.join(calendar.select("session"), how="cross")
        .filter(pl.col("session") >= pl.col("first"))
        .join(held_prices, on=["firm", "session"], how="left")
        .sort("firm", "session")
        .select(
            ("firm:" + pl.col("firm")).alias("index"),
            "session",
            level=pl.col("log_level").exp().forward_fill(limit=stale).over("firm"),
            gaps=pl.col("segment").forward_fill().over("firm").cast(pl.UInt32),
        )
    )


def _spans(
    store: Store, events: pl.DataFrame, calendar: pl.DataFrame, rule: Holding, horizon: tuple[int, int]
) -> pl.DataFrame:
    """Return one row an event: both ends of the horizon, what became of the stock, and its own gross return.

    `until` is null beyond the data; `end` is the last session with money in the stock; `own` runs to it and through a
    delisting.
    """
    days = calendar.select(last_session="session", number_last="number")
    offsets = {"since": (horizon[0] - 1) * rule.month_sessions, "until": horizon[1] * rule.month_sessions}
    spans = sessions_away(events, calendar, **{name: ("session", offset) for name, offset in offsets.items()})
    spans = spans.join(days, on="last_session", how="left", maintain_order="left")
    silent = pl.col("number") + offsets["until"] - pl.col("number_last") > rule.stale_sessions
    is_delisted = (pl.col("delisted") <= pl.col("until")).fill_null(value=False)
    spans = spans.with_columns(
        is_delisted=is_delisted,
        is_silent=silent & ~is_delisted,
        end=pl.min_horizontal("until", "last_session"),
        is_over=pl.col("number") + offsets["since"] - pl.col("number_last") > rule.stale_sessions,
    )
    spans = spans.with_columns(
        end=pl.when(pl.col("until").is_not_null()).then("end"),
        gone=pl.col("is_delisted") | pl.col("is_silent"),
        is_guessed=pl.col("is_delisted") & is_guessed(rule),
    )
    return _own(_priced(store, spans), rule)


def _priced(store: Store, spans: pl.DataFrame) -> pl.DataFrame:
    """Add level and segment of the stock at both ends."""
    start = pl.min_horizontal("since", "last_session")
    for day, suffix in ((start, "start"), (pl.col("end"), "stop")):
        wanted = spans.select("event", "symbol", since="first_session", day=day).drop_nulls()
        values = held(store, wanted).select(
            "event", pl.col("log_level").alias(f"level_{suffix}"), pl.col("segment").alias(f"segment_{suffix}")
        )
        spans = spans.join(values, on="event", how="left", maintain_order="left")
    return spans


def _own(spans: pl.DataFrame, rule: Holding) -> pl.DataFrame:
    """Add `own`, the gross return to `end`, and whether a step between is not known."""
    is_broken = (pl.col("segment_start") != pl.col("segment_stop")).fill_null(value=False)
    ratio = (pl.col("level_stop") - pl.col("level_start")).exp()
    through = 1 + pl.when("is_delisted").then(delisting_return(rule)).otherwise(0.0)
    usable = pl.col("until").is_not_null() & ~is_broken & ~pl.col("is_over")
    return spans.with_columns(is_broken=is_broken, own=pl.when(usable).then(ratio * through))


def is_guessed(rule: Holding) -> pl.Expr:
    """Say whether the delisting of a row has no return, and a reason that the rule gives one for."""
    performed = pl.col("reason").str.contains(rule.performance_delistings).fill_null(value=False)
    return pl.col("delisting_return").is_null() & performed


def delisting_return(rule: Holding) -> pl.Expr:
    """Return the delisting return of a row: the known one, else the rule's."""
    guess = pl.when(is_guessed(rule)).then(rule.missing_delisting_return).otherwise(0.0)
    return pl.col("delisting_return").fill_null(guess)


def _index_of(benchmark: Benchmark) -> pl.Expr:
    """Return the expression of an event's index in the levels."""
    if benchmark == "market":
        return pl.lit("market")
    return "industry:" + pl.col("industry") if benchmark == "industry" else "firm:" + pl.col(f"match_{benchmark}")


def _abnormal(spans: pl.DataFrame, levels: pl.DataFrame, rule: Holding, benchmark: Benchmark) -> pl.Series:
    index = _index_of(benchmark)
    whole = gross(levels, spans.select(index.alias("index"), "since", "until"))["gross"]
    after = gross(levels, spans.select(index.alias("index"), since="end", until="until"))["gross"]
    return spans.select(_continued(rule, after) - whole).to_series()


def _own_with_continuation(spans: pl.DataFrame, levels: pl.DataFrame, rule: Holding) -> pl.Series:
    """Return the gross return with the money in the first benchmark after the last price; null where that is unknown."""
    index = _index_of(rule.benchmarks[0]) if rule.benchmarks else pl.lit("market")
    after = gross(levels, spans.select(index.alias("index"), since="end", until="until"))["gross"]
    return spans.select(_continued(rule, after)).to_series()


def _continued(rule: Holding, after: pl.Series) -> pl.Expr:
    moved = pl.col("gone") & (rule.after_delisting == "benchmark")
    return pl.col("own") * pl.when(moved).then(after).otherwise(1.0)


def _told(spans: pl.DataFrame, out: pl.DataFrame, name: str, rule: Holding) -> str:
    """Say what happened to a horizon: how many have it, and why each of the others lacks it; the counts add up to all events."""
    shown = [f"bhar_{name}_{benchmark}" for benchmark in rule.benchmarks]
    beside = rule.benchmarks[0] if rule.benchmarks else "market"
    known = spans.filter(pl.col("own").is_not_null())
    ended = spans.filter(pl.col("until").is_not_null())
    broken = ended.filter(~pl.col("is_over") & pl.col("is_broken")).height
    gone = ended.filter("is_over").height
    guessed = f"of these without a delisting return, {rule.missing_delisting_return:+.0%} taken"
    lacking = [
        (known.height - out[c].drop_nulls().len(), f"without the benchmark {c.removeprefix(f'bhar_{name}_')}")
        for c in shown
    ]
    return counted(
        [
            (known.height, "held"),
            (spans["until"].null_count(), "end after the data"),
            (gone, "gone before it begins"),
            (broken, "cross a step of the prices that is not known"),
            (ended.height - known.height - gone - broken, "without a price from the first close on"),
            (known.filter("is_delisted").height, "delisted within it"),
            (known.filter("is_guessed").height, guessed),
            (known.filter("is_silent").height, "without prices at its end and without notice"),
            (
                known.height - out[f"bhr_{name}"].drop_nulls().len(),
                f"gone within it, and the return of the {beside} after is not known",
            ),
            *lacking,
        ]
    )

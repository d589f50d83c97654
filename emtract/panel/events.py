"""What samples of events share: how posts are read, moods before an event, index levels, what a stock was worth on a day."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

import polars as pl

from emtract.panel.prices import make_price_steps
from emtract.panel.reading import READABLE_KINDS, reading

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from emtract.options import PanelOptions, Weights
    from emtract.panel.announcements import Announcements
    from emtract.panel.holding import Holding
    from emtract.panel.ipos import Ipos
    from emtract.panel.reading import Reading
    from emtract.store import Store

#: What the return of an event's stock is measured against.
Benchmark = Literal["market", "industry", "size", "size_bm"]
#: Days before the first price that the calendar covers: the longest window before an event.
BEFORE: Final = 400


@contextmanager
def event_reading(store: Store, options: PanelOptions, request: Ipos | Announcements) -> Iterator[Reading]:
    """Let SQL read `readings`, `sessions`, `price_steps` and `share_counts` within the block.

    Parameters
    ----------
    store
        Scored, with prices.
    options
        The configuration; its calendar, language and spam always hold.
    request
        Its scorer, weights and min_posts hold where it says them.

    Raises
    ------
    PanelError
        As `emtract.panel.reading.reading`.
    """
    chosen = options.but(scorer=request.scorer, weights=request.weights, min_posts=request.min_posts)
    with reading(store, chosen, before=BEFORE) as read:
        make_price_steps(store)
        store.run("panel/prices/share_counts")
        yield read


def echo(read: Reading, request: object) -> dict[str, str | int | float | None]:
    """Return what results repeat of a reading and of a request."""
    return read.settings | read.set_aside | dict(_echoed(request))


def _echoed(request: Any) -> Iterator[tuple[str, str | int | float | None]]:
    """Yield the options of a request and of those within it, as settings hold them: words for tuples and truth values."""
    for name in (f.name for f in fields(request) if f.name not in ("scorer", "weights", "min_posts")):
        value = getattr(request, name)
        if is_dataclass(value):
            yield from _echoed(value)
        elif isinstance(value, tuple):
            yield name, ", ".join("-".join(map(str, v)) if isinstance(v, tuple) else str(v) for v in value)
        else:
            plain = isinstance(value, str | int | float | None) and not isinstance(value, bool)
            yield name, value if plain else str(value)


def moods(store: Store, windows: pl.DataFrame, weights: Weights) -> pl.DataFrame:
    """Return the mood of each event in its window.

    Parameters
    ----------
    store
        Within the block of `event_reading`.
    windows
        event, symbol, since, until: instants; a post belongs to [since, until).
    weights
        Of posts within a window; see `emtract.build_panel`.

    Returns
    -------
    pl.DataFrame
        One row an event of `windows`, in order: event, n_posts, n_authors, n_lacking (posts whose weight is
        assumed), seven emotions and valence (null without posts), and attention, ``log(1 + n_posts)``.
    """
    with store.registered({"event_windows": windows.select("event", "symbol", "since", "until")}):
        found = store.query("panel/events/moods", kinds=list(READABLE_KINDS), weights=weights)
    joined = windows.select("event").join(found, on="event", how="left", maintain_order="left")
    return joined.with_columns(pl.col("n_posts", "n_authors", "n_lacking").fill_null(0)).with_columns(
        valence=pl.col("happy") - pl.sum_horizontal("sad", "anger", "disgust", "fear", ignore_nulls=False),
        attention=(1 + pl.col("n_posts")).log(),
    )


def labels(store: Store, days: pl.DataFrame, scheme: str) -> pl.DataFrame:
    """Return the class of a scheme that each event's symbol had on its day.

    Parameters
    ----------
    store
        With classifications.
    days
        event, symbol, day.
    scheme
        Name of the classification, e.g. ``ff48``.

    Returns
    -------
    pl.DataFrame
        event, label; events whose symbol had no class on the day have no row.
    """
    with store.registered({"event_days": days.select("event", "symbol", "day")}):
        return store.query("panel/events/labels", scheme=scheme)


def sessions_away(rows: pl.DataFrame, calendar: pl.DataFrame, **named: tuple[str, int]) -> pl.DataFrame:
    """Add what the calendar says of sessions some way from each row's own, null beyond it.

    Parameters
    ----------
    rows
        One row an event, with the `number` of its session.
    calendar
        Sessions, numbered.
    named
        New column -> column of the calendar, and how many sessions later: ``until=("close", -2)``.
    """
    for name, (column, later) in named.items():
        there = calendar.select(pl.col("number") - later, pl.col(column).alias(name))
        rows = rows.join(there, on="number", how="left", maintain_order="left")
    return rows


def benchmark_levels(
    store: Store, rows: pl.DataFrame, calendar: pl.DataFrame, rule: Holding | Announcements
) -> pl.DataFrame:
    """Return the levels of `market` and of `industry:CLASS` for each class of the rows' industries, as `index_levels` does.

    Parameters
    ----------
    store
        With the series.
    rows
        One row an event, with its industry.
    calendar
        Sessions.
    rule
        Its series of the market and scheme of industries.
    """
    classes = rows["industry"].drop_nulls().unique().sort()
    names = {"market": rule.market_series} | {f"industry:{i}": (f"{rule.industry_scheme}:{i}",) for i in classes}
    return index_levels(store, names, calendar)


def index_levels(store: Store, names: dict[str, tuple[str, ...]], calendar: pl.DataFrame) -> pl.DataFrame:
    """Return the level of indices made of published return series.

    Parameters
    ----------
    store
        With the series; those that it lacks leave their index without a level.
    names
        Index -> series whose returns add up to its own: ``{"market": ("mkt_rf", "rf")}``.
    calendar
        Sessions.

    Returns
    -------
    pl.DataFrame
        index, session, level, gaps (sessions without a value so far), sorted; a ratio of two levels is the gross return
        between them if their gaps are equal. From the first value of an index to its last.
    """
    wanted = sorted({name for parts in names.values() for name in parts})
    values = store.query("panel/series/series", names=wanted)
    parts = pl.DataFrame(
        [(index, name, len(made)) for index, made in names.items() for name in made],
        schema={"index": pl.String, "name": pl.String, "parts": pl.UInt32},
        orient="row",
    )
    returns = (
        parts.join(values, on="name")
        .sort("index", "name", "session")
        .group_by("index", "session", maintain_order=True)
        .agg(pl.col("value").sum(), whole=pl.len() == pl.col("parts").first())
        .filter("whole")
    )
    return levels_of(returns, calendar)


def levels_of(returns: pl.DataFrame, calendar: pl.DataFrame) -> pl.DataFrame:
    """Return index, session, level, gaps as `index_levels` does, for returns of index, session, value."""
    spans = returns.group_by("index").agg(first=pl.col("session").min(), last=pl.col("session").max())
    return (
        spans.join(calendar.select("session"), how="cross")
        .filter(pl.col("session").is_between("first", "last"))
        .join(returns.select("index", "session", "value"), on=["index", "session"], how="left")
        .sort("index", "session")
        .select(
            "index",
            "session",
            level=(1 + pl.col("value").fill_null(0)).cum_prod().over("index"),
            gaps=pl.col("value").is_null().cum_sum().over("index"),
        )
    )


def gross(levels: pl.DataFrame, spans: pl.DataFrame) -> pl.DataFrame:
    """Return the gross return of an index over spans of sessions.

    Parameters
    ----------
    levels
        As `index_levels` returns.
    spans
        Columns index, since, until, then any others.

    Returns
    -------
    pl.DataFrame
        `spans` in order, with the column gross: null where the index lacks a value of the span.
    """
    at = levels.rename({"session": "since", "level": "start", "gaps": "gaps_start"})
    to = levels.rename({"session": "until", "level": "end", "gaps": "gaps_end"})
    joined = spans.join(at, on=["index", "since"], how="left", maintain_order="left").join(
        to, on=["index", "until"], how="left", maintain_order="left"
    )
    whole = pl.col("gaps_start") == pl.col("gaps_end")
    return joined.with_columns(gross=pl.when(whole).then(pl.col("end") / pl.col("start"))).drop(
        "start", "end", "gaps_start", "gaps_end"
    )


def held(store: Store, holdings: pl.DataFrame) -> pl.DataFrame:
    """Return event, day, session, log_level, segment: of the last price on or before each day, and not before `since`.

    `holdings` has event, symbol, since, day; days without such a price are left out.
    """
    with store.registered({"holdings": holdings.select("event", "symbol", "since", "day")}):
        return store.query("panel/events/holdings")


def counted(parts: Sequence[tuple[float, str]]) -> str:
    """Say several counts: `3 truncated; 1 delisted`; counts of zero are left out."""
    return "; ".join(f"{int(n):,} {words}" for n, words in parts if n) or "none"

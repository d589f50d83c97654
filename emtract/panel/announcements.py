"""Earnings announcements: what investors felt before, the surprise, and the return around."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import polars as pl

from emtract.emotions import EMOTIONS
from emtract.errors import PanelError
from emtract.ledger import Ledger
from emtract.panel.events import (
    benchmark_levels,
    counted,
    echo,
    event_reading,
    gross,
    labels,
    levels_of,
    moods,
    sessions_away,
)
from emtract.panel.frame import Sample
from emtract.panel.noise import event_noise
from emtract.panel.prices import TRADED_REMEDY
from emtract.panel.scope import in_scope
from emtract.words.numbers import fewer_than

if TYPE_CHECKING:
    from emtract.options import PanelOptions, Weights
    from emtract.panel.reading import Reading
    from emtract.store import Store

UNIT: Final = "announcements"
_REMEDY: Final = (
    "name files of earnings under [[market]] with format earnings or yahoo_earnings, and run `emtract ingest`"
)
#: Benchmarks of announcement returns; `size` is the mean of the store's firms in the same fifth by market value.
AnnouncementBenchmark = Literal["market", "industry", "size"]
Surprise = Literal["analyst", "seasonal", "seasonal_sd"]
SURPRISES: Final[tuple[Surprise, ...]] = ("analyst", "seasonal", "seasonal_sd")
_KEYS: Final = ("symbol", "session", "announced_on", "timing", "period", "quarter", "industry")
_MOODS: Final = (*EMOTIONS, "valence", "attention", "n_posts", "n_authors")
_FIRM: Final = ("size", "log_analysts", "is_loss", "is_fourth_quarter")


@dataclass(frozen=True, kw_only=True)
class Announcements:
    r"""Earnings announcements with posts before them: one row an announcement.

    Attributes
    ----------
    scorer, weights, min_posts
        As in the firm-session panel; None for what the configuration says. Announcements with fewer posts are left out.
    mood_window
        First and last session of the mood, counted from the announcement's: posts from the close before the first to the
        close of the last.
    return_window
        First and last session of the announcement return.
    same_announcement_days
        Rows of one symbol whose days are at most that far apart tell of one announcement.
    unknown_timing
        An announcement of unknown timing belongs to the session of its day (`same`, or the next where its day is none), to
        the one after (`next`), or is left out (`drop`).
    surprise
        Which surprise is `sue`: `analyst`, (earnings - consensus) / price; `seasonal`, the change on the quarter a year
        before, over price; `seasonal_sd`, that change over its standard deviation in the quarters before.
    sd_quarters, least_quarters
        Quarters behind that deviation, and how many of them must have a change.
    benchmarks
        `market`; `industry`, the series of the firm's industry; `size`, the mean return of firms in its fifth by size.
    market_series, industry_scheme
        As in `emtract.panel.holding.Holding`.

    Notes
    -----
    .. math:: CAR = \sum_t (r_t - b_t), \quad BHAR = \prod_t (1 + r_t) - \prod_t (1 + b_t)

    Earnings per share of two years are compared as they were announced: a split between them is not undone.
    """

    scorer: str | None = None
    weights: Weights | None = None
    min_posts: int | None = None
    mood_window: tuple[int, int] = (-10, -2)
    return_window: tuple[int, int] = (-1, 1)
    same_announcement_days: int = 5
    unknown_timing: Literal["same", "next", "drop"] = "same"
    surprise: Surprise = "analyst"
    sd_quarters: int = 8
    least_quarters: int = 4
    benchmarks: tuple[AnnouncementBenchmark, ...] = ("market", "industry", "size")
    market_series: tuple[str, ...] = ("mkt_rf", "rf")
    industry_scheme: str = "ff48"

    def __post_init__(self) -> None:
        for name, (first, last) in (("mood_window", self.mood_window), ("return_window", self.return_window)):
            if first > last:
                raise PanelError(f"{name} ends on {last}, before it starts on {first}")
        if self.mood_window[1] >= self.return_window[0]:
            raise PanelError("the mood window must end before the return window starts: the mood would not come first")
        if self.surprise not in SURPRISES:
            raise PanelError(f"there is no surprise {self.surprise!r}: name one of {', '.join(SURPRISES)}")

    def build(self, store: Store, options: PanelOptions) -> Sample:
        """Build the sample from a scored store.

        Returns
        -------
        Sample
            One row an announcement, sorted by session and symbol: the columns of `columns`. Returns and surprises are
            fractions (of the price; `sue_seasonal_sd` is in standard deviations); null where an input is missing.

        Raises
        ------
        PanelError
            When the store lacks scores, prices or announcements, or none is left.
        """
        with event_reading(store, options, self) as read:
            rows, ledger = _distinct(store, read, self)
            rows, ledger = _with_mood(store, rows, ledger, read, self)
            rows, ledger = _with_returns(store, rows, ledger, read, self)
            windows = _mood_windows(rows, read, self)
            chosen = read.options
            noise = event_noise(
                store, windows, cleaner=read.cleaner, weights=chosen.weights, min_posts=chosen.min_posts
            )
        data = _with_surprise(rows, self.surprise).sort("session", "symbol")
        ledger = _count_surprises(data, ledger, self.surprise)
        return Sample(data.select(self.columns), ledger, echo(read, self), UNIT, noise)

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns of the sample: keys, mood, surprises, returns, then characteristics."""
        returns = [f"{kind}_{benchmark}" for benchmark in self.benchmarks for kind in ("car", "bhar", "prior")]
        surprises = ("sue", *(f"sue_{kind}" for kind in SURPRISES), "eps", "consensus")
        return (*_KEYS, *_MOODS, *surprises, *returns, *_FIRM)


def _distinct(store: Store, read: Reading, request: Announcements) -> tuple[pl.DataFrame, Ledger]:
    """Return the announcements whose sessions, with the windows around them, lie in the data, and how they came about."""
    rows = store.query(
        "panel/events/announcements",
        same_announcement_days=request.same_announcement_days,
        unknown_timing=request.unknown_timing,
        sd_quarters=request.sd_quarters,
        least_quarters=request.least_quarters,
    )
    if rows.is_empty():
        raise PanelError(f"the store holds no earnings announcements: {_REMEDY}")
    unknown = rows["timing"].is_null().sum()
    unscaled = rows.filter(pl.col("price").is_null()).height
    files = int(rows["n_rows"].sum())
    ledger = (
        Ledger()
        .start("rows of earnings files", "rows of earnings files", files, "one row a file and announcement")
        .start(
            "distinct announcements", UNIT, rows.height, f"those within {request.same_announcement_days} days are one"
        )
    )
    if unscaled:
        reason = (
            f"{unscaled:,} have no price as traded at the end of their quarter to scale a surprise by: {TRADED_REMEDY}"
        )
        ledger = ledger.keep("with a price counted", rows.height, reason)
    if request.unknown_timing == "drop":
        rows = rows.filter(pl.col("timing").is_not_null())
        ledger = ledger.keep("of known timing", rows.height, "before the open or after the close: no file states it")
    else:
        ledger = ledger.keep(
            "placed", rows.height, f"{unknown:,} of unknown timing belong to the {request.unknown_timing} session"
        )
    span = range(request.mood_window[0] - 1, request.return_window[1] + 1)
    numbers = read.sessions["number"]
    inside = (pl.col("number") + span[0] >= numbers.min()) & (pl.col("number") + span[-1] <= numbers.max())
    rows = rows.filter(inside.fill_null(value=False))
    ledger = ledger.keep("inside the data", rows.height, "its windows begin before or end after the prices")
    return in_scope(store, read.options, rows, ledger)


def _with_mood(
    store: Store, rows: pl.DataFrame, ledger: Ledger, read: Reading, request: Announcements
) -> tuple[pl.DataFrame, Ledger]:
    """Add the mood of the window before, as `moods` gives it, and keep announcements with enough posts."""
    first, last = request.mood_window
    felt = moods(store, _mood_windows(rows, read, request), read.options.weights)
    rows = rows.join(felt, on="event", maintain_order="left")
    least = max(read.options.min_posts, 1)
    rows = rows.filter(pl.col("n_posts") >= least)
    ledger = ledger.keep("with posts", rows.height, f"{fewer_than(least, 'post')} in sessions {first} to {last}")
    return rows, read.weighed_rows(ledger, rows)


def _mood_windows(rows: pl.DataFrame, read: Reading, request: Announcements) -> pl.DataFrame:
    """Add the instants from which, and before which, posts count."""
    first, last = request.mood_window
    return sessions_away(rows, read.sessions, since=("previous_close", first), until=("close", last))


def _with_returns(
    store: Store, rows: pl.DataFrame, ledger: Ledger, read: Reading, request: Announcements
) -> tuple[pl.DataFrame, Ledger]:
    """Keep announcements with a return on every session of the return window, and add industry, size and abnormal returns.

    New columns are industry, cap (US dollars), size (its logarithm), size_group, and for each benchmark car, bhar and prior, e.g.
    car_market: fractions, null where a day of the window lacks a return of stock or benchmark.
    """
    calendar = read.sessions
    found = labels(store, rows.with_columns(day="session"), request.industry_scheme)
    rows = rows.join(found.rename({"label": "industry"}), on="event", how="left", maintain_order="left")
    rows, levels = _with_sizes(store, rows, read, request)
    returns = _returns(store, rows, calendar, request)
    first, last = request.return_window
    complete = returns.filter(pl.col("day").is_between(first, last)).group_by("event").agg(n=pl.col("own").count())
    complete = complete.filter(pl.col("n") == last - first + 1).select("event")
    rows = rows.join(complete, on="event", how="semi", maintain_order="left")
    ledger = ledger.keep("with prices", rows.height, f"no return on one of the sessions {first} to {last}")
    for benchmark in request.benchmarks:
        index = {
            "market": pl.lit("market"),
            "industry": "industry:" + pl.col("industry"),
            "size": pl.col("size_group"),
        }[benchmark]
        spans = returns.join(rows.select("event", index=index), on="event", maintain_order="left")
        spans = gross(levels, spans.rename({"before": "since", "session": "until"}))
        rows = rows.join(_abnormal(spans, request, benchmark), on="event", how="left", maintain_order="left")
    return rows, ledger.keep("with benchmarks counted", rows.height, counted(_lacking(rows, request)))


def _lacking(rows: pl.DataFrame, request: Announcements) -> list[tuple[float, str]]:
    """Count the announcements without a benchmark, how many of them have no known class or size, and without prior returns."""
    needs = {"market": None, "industry": "industry", "size": "size_group"}
    words = {"industry": f"class of {request.industry_scheme}", "size_group": "market value"}
    out: list[tuple[float, str]] = []
    for benchmark in request.benchmarks:
        without = rows.filter(pl.col(f"car_{benchmark}").is_null())
        need = needs[benchmark]
        unknown = without[need].null_count() if need else 0
        why = f" ({unknown:,} of no known {words[need]})" if need and unknown else ""
        out.append((without.height, f"without the benchmark {benchmark}{why}"))
        before = rows.filter(pl.col(f"prior_{benchmark}").is_null()).height - without.height
        out.append((before, f"more without a return against {benchmark} over the whole window of the mood"))
    return out


def _count_surprises(rows: pl.DataFrame, ledger: Ledger, chosen: Surprise) -> Ledger:
    """Add a step that drops nothing: how many lack the chosen surprise, each by the first thing that it lacks."""
    needs: dict[str, tuple[tuple[str, str], ...]] = {
        "analyst": (("eps", "earnings"), ("consensus", "a consensus"), ("price", "a price to scale by")),
        "seasonal": (("seasonal_change", "earnings of the quarter a year before"), ("price", "a price to scale by")),
        "seasonal_sd": (
            ("seasonal_change", "earnings of the quarter a year before"),
            ("seasonal_sd", "enough quarters before, or changes that differ"),
        ),
    }
    left, told = rows.filter(pl.col("sue").is_null()), []
    for column, words in needs[chosen]:
        known = (
            pl.col(column).is_not_null() if column in {"eps", "consensus", "seasonal_change"} else pl.col(column) > 0
        )
        known = known.fill_null(value=False)
        told.append((left.filter(~known).height, f"without {words}"))
        left = left.filter(known)
    return ledger.keep("with a surprise counted", rows.height, counted(told))


def _with_sizes(
    store: Store, rows: pl.DataFrame, read: Reading, request: Announcements
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Add size (log of the market value before the mood window) and its group; return also the levels of all benchmarks."""
    store.run("panel/prices/size_groups")
    days = sessions_away(rows, read.sessions, day=("session", request.mood_window[0])).select("event", "symbol", "day")
    with store.registered({"event_days": days}):
        sizes = store.query("panel/events/sizes")
    rows = rows.join(sizes, on="event", how="left", maintain_order="left").with_columns(size=pl.col("cap").log())
    by_size = levels_of(store.query("panel/prices/size_returns"), read.sessions)
    return rows, pl.concat([benchmark_levels(store, rows, read.sessions, request), by_size])


def _returns(store: Store, rows: pl.DataFrame, calendar: pl.DataFrame, request: Announcements) -> pl.DataFrame:
    """Return event, day, before, session, own: the return of each day of both windows, from the session before it."""
    first, last = request.mood_window[0] - 1, request.return_window[1]
    days = pl.DataFrame({"day": range(first, last + 1)}, schema={"day": pl.Int32})
    asked = (
        rows.select("event", "symbol", "number")
        .join(days, how="cross")
        .with_columns(number=pl.col("number") + pl.col("day"))
        .join(calendar.select("number", "session"), on="number", maintain_order="left")
    )
    with store.registered({"asked_days": asked.select("event", "symbol", "day", "session")}):
        priced = store.query("panel/events/prices")
    before = pl.col("session").shift(1).over("event")
    path = asked.select("event", "day", "session").join(priced, on=["event", "day"], how="left", maintain_order="left")
    return (
        path.with_columns(before=before)
        .filter(pl.col("day") > first)
        .select("event", "day", "before", "session", "own")
    )


def _abnormal(spans: pl.DataFrame, request: Announcements, benchmark: str) -> pl.DataFrame:
    """Return event, and car, bhar and prior against one benchmark; null where a day of the window lacks a return."""

    def whole(window: tuple[int, int], value: pl.Expr) -> pl.Expr:
        inside = pl.col("day").is_between(*window)
        known = (inside & pl.col("own").is_not_null() & pl.col("gross").is_not_null()).sum()
        return pl.when(known == window[1] - window[0] + 1).then(value)

    def held(window: tuple[int, int]) -> pl.Expr:
        inside = pl.col("day").is_between(*window)
        return (1 + pl.col("own")).filter(inside).product() - pl.col("gross").filter(inside).product()

    around, before = request.return_window, request.mood_window
    inside = pl.col("day").is_between(*around)
    return (
        spans.sort("event", "day")
        .group_by("event", maintain_order=True)
        .agg(
            whole(around, (1 + pl.col("own") - pl.col("gross")).filter(inside).sum()).alias(f"car_{benchmark}"),
            whole(around, held(around)).alias(f"bhar_{benchmark}"),
            whole(before, held(before)).alias(f"prior_{benchmark}"),
        )
    )


def _with_surprise(rows: pl.DataFrame, chosen: Surprise) -> pl.DataFrame:
    """Add the surprises, and characteristics of the announcement; `is_loss` is null where none or all are losses."""
    price = pl.when(pl.col("price") > 0).then("price")
    deviation = pl.when(pl.col("seasonal_sd") > 0).then("seasonal_sd")
    named = pl.col("session").dt.year().cast(pl.String) + "Q" + pl.col("session").dt.quarter().cast(pl.String)
    return rows.with_columns(
        sue_analyst=(pl.col("eps") - pl.col("consensus")) / price,
        sue_seasonal=pl.col("seasonal_change") / price,
        sue_seasonal_sd=pl.col("seasonal_change") / deviation,
        quarter=named,
        log_analysts=(1 + pl.col("analysts")).log(),
        is_loss=pl.when((pl.col("eps") < 0).drop_nulls().n_unique() > 1).then((pl.col("eps") < 0).cast(pl.Float64)),
        is_fourth_quarter=(pl.col("period").dt.month() == 12).cast(pl.Float64),
    ).with_columns(sue=pl.col(f"sue_{chosen}"))

"""Earnings announcements as the store tells of them: their sessions, moods, surprises and abnormal returns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from emtract.errors import PanelError
from emtract.ledger import Ledger
from emtract.panel.events import counted, gross, index_levels, labels, levels_of, moods
from emtract.panel.steps import TRADED_REMEDY
from emtract.panel.weighting import weighed

if TYPE_CHECKING:
    from emtract.panel.announcements import Announcements, Surprise
    from emtract.panel.events import Setting
    from emtract.store import Store

UNIT: Final = "announcements"
_REMEDY: Final = (
    "name files of earnings under [[market]] with format earnings or yahoo_earnings, and run `emtract ingest`"
)


def distinct_announcements(store: Store, setting: Setting, request: Announcements) -> tuple[pl.DataFrame, Ledger]:
    """Return the announcements whose sessions, with the windows around them, lie in the data.

    Parameters
    ----------
    store
        Within the block of `emtract.panel.events.reading`.
    setting
        What that block gives: the sessions.
    request
        Rules of days, timing and quarters; the windows of mood and return.

    Returns
    -------
    tuple of pl.DataFrame and Ledger
        One row an announcement: the columns of `sql/panel/events/announcements.sql`.

    Raises
    ------
    PanelError
        When the store holds no announcements.
    """
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
    numbers = setting.sessions["number"]
    inside = (pl.col("number") + span[0] >= numbers.min()) & (pl.col("number") + span[-1] <= numbers.max())
    rows = rows.filter(inside.fill_null(value=False))
    return rows, ledger.keep("inside the data", rows.height, "its windows begin before or end after the prices")


def with_mood(
    store: Store, rows: pl.DataFrame, ledger: Ledger, setting: Setting, request: Announcements
) -> tuple[pl.DataFrame, Ledger]:
    """Add the mood of the window before, and keep announcements with enough posts.

    Parameters
    ----------
    store
        Within the block of `emtract.panel.events.reading`.
    rows, ledger
        Announcements with event, symbol and number of their session, and how they came about.
    setting
        What that block gives: sessions, weights, and the fewest posts of an announcement.
    request
        Its `mood_window`.

    Returns
    -------
    tuple of pl.DataFrame and Ledger
        The rows that are left, in order, with the columns of `emtract.panel.events.moods`; and the ledger.
    """
    first, last = request.mood_window
    opening = setting.sessions.select(pl.col("number") - first, since="previous_close")
    closing = setting.sessions.select(pl.col("number") - last, until="close")
    windows = rows.join(opening, on="number", maintain_order="left").join(closing, on="number", maintain_order="left")
    rows = rows.join(moods(store, windows, setting.weights), on="event", maintain_order="left")
    least = max(setting.min_posts, 1)
    rows = rows.filter(pl.col("n_posts") >= least)
    ledger = ledger.keep("with posts", rows.height, f"fewer than {least} posts in sessions {first} to {last}")
    n_posts, lacking = int(rows["n_posts"].sum()), int(rows["n_lacking"].sum())
    return rows, weighed(ledger, setting.weights, posts=n_posts, lacking=lacking)


def with_returns(
    store: Store, rows: pl.DataFrame, ledger: Ledger, setting: Setting, request: Announcements
) -> tuple[pl.DataFrame, Ledger]:
    """Add abnormal returns around and before each announcement, industry and size.

    Parameters
    ----------
    store
        Within the block of `emtract.panel.events.reading`.
    rows, ledger
        Announcements with event, symbol, session and its number, and how they came about.
    setting
        What that block gives: the sessions.
    request
        Its windows, benchmarks, series and scheme.

    Returns
    -------
    tuple of pl.DataFrame and Ledger
        The rows with a return on every session of the return window, in order; new columns are industry, cap (US
        dollars), size (its logarithm), size_group, and for each benchmark car, bhar and prior, e.g. car_market:
        fractions, null where a day of the window lacks a return of stock or benchmark. And the ledger.
    """
    calendar = setting.sessions
    found = labels(store, rows.with_columns(day="session"), request.industry_scheme)
    rows = rows.join(found.rename({"label": "industry"}), on="event", how="left", maintain_order="left")
    rows, levels = _with_sizes(store, rows, setting, request)
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
    """Count the announcements without a benchmark and those of them whose class or size is unknown, and without prior returns."""
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


def count_surprises(rows: pl.DataFrame, ledger: Ledger, chosen: Surprise) -> Ledger:
    """Add a step that drops nothing: how many announcements lack the chosen surprise, each by the first thing that it lacks.

    Parameters
    ----------
    rows
        Announcements with `sue`, as `with_surprise` returns them.
    ledger
        Of the announcements so far.
    chosen
        Which surprise is `sue`.
    """
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
    store: Store, rows: pl.DataFrame, setting: Setting, request: Announcements
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Add size (log of the market value before the mood window) and its group; return also the levels of all benchmarks."""
    store.run("panel/prices/size_groups")
    day = setting.sessions.select(pl.col("number") - request.mood_window[0], day="session")
    days = rows.join(day, on="number", maintain_order="left").select("event", "symbol", "day")
    with store.registered({"event_days": days}):
        sizes = store.query("panel/events/sizes")
    rows = rows.join(sizes, on="event", how="left", maintain_order="left").with_columns(size=pl.col("cap").log())
    classes = rows["industry"].drop_nulls().unique().sort()
    names = {"market": request.market_series} | {f"industry:{i}": (f"{request.industry_scheme}:{i}",) for i in classes}
    by_size = levels_of(store.query("panel/prices/size_returns"), setting.sessions)
    return rows, pl.concat([index_levels(store, names, setting.sessions), by_size])


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


def with_surprise(rows: pl.DataFrame, chosen: Surprise) -> pl.DataFrame:
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
        is_loss=pl.when((pl.col("eps") < 0).n_unique() > 1).then((pl.col("eps") < 0).cast(pl.Float64)),
        is_fourth_quarter=(pl.col("period").dt.month() == 12).cast(pl.Float64),
    ).with_columns(sue=pl.col(f"sue_{chosen}"))

"""The law of ledgers: rows at the start less rows dropped are rows used, step by step, and every loss has its reason."""

import datetime as dt
from itertools import pairwise

import numpy as np
import polars as pl
import pytest

from emtract.econometrics.analyses.event_study import EventPaths
from emtract.econometrics.analyses.projections import LocalProjection
from emtract.econometrics.portfolio.calendar_time import CalendarTime
from emtract.econometrics.portfolio.sort import PortfolioSort, SignalSorts
from emtract.panel.derive import Cumulated
from emtract.panel.frame import Sample
from tests.econometrics.test_hostile_samples import NAMES, PLAIN, analyses, samples

#: Its specifications are drawn one by one, each with a count of its own.
MANY = {"curve"}


@pytest.fixture(scope="module")
def holed():
    """Samples with missing or infinite numbers in the columns that analyses read, and sessions that are not there."""
    made = samples(1, 8, 110, ("infinite", "infinite", "normal"), repeated=False)
    firms = made["s"].data.with_columns(pl.when(pl.col("base") > -1.5).then("z").alias("z"))
    firms = Cumulated("y", (2, 5)).apply(firms.sort("symbol", "session"))
    return made | {"s": Sample(firms), "m": Sample(firms.filter(pl.col("symbol") == "A"))}


def check(found, name, rows):
    steps = found.ledger.steps
    assert steps[0].rows_in is None
    for before, step in pairwise(steps):
        if step.rows_in is not None:
            assert (step.rows_in, step.unit) == (before.rows_out, before.unit)
            assert step.rows_in - step.dropped == step.rows_out
    assert all(step.reason and step.reason != "none is missing" for step in steps if step.dropped)
    counts, told = {step.rows_out for step in steps}, " ".join(step.reason for step in steps)
    assert rows in counts
    assert found.n_obs in counts
    if hasattr(found, "estimates") and name not in MANY:
        used = found.estimates["n_obs"].drop_nulls().to_list()
        assert used
        assert all(n in counts or f"{n:,}" in told for n in used), (name, used, found.ledger.frame())


#: A GARCH is refused where a condition takes returns out of a firm's middle.
CASES = [(n, w) for n in NAMES for w in (None, "z > -1.2") if n != "paths" and (n, w) != ("garch", "z > -1.2")]


@pytest.mark.parametrize(("name", "where"), CASES)
def test_rows_at_the_start_less_rows_dropped_are_rows_used(name, where, holed):
    read = {"var": "m", "hours": "h"}.get(name, "s")
    start = holed[read].data.height if name != "hours" else holed["h"].data["n_posts"].sum()
    check(analyses(where)[name](holed), name, start)


def test_each_span_of_event_time_has_its_own_count():
    days = [("A", -3), ("A", 2), ("B", -2), ("C", -1), ("C", 5), ("D", -9), ("D", 4), ("E", -4), ("E", 3), ("E", None)]
    rows = pl.DataFrame(days, schema={"symbol": pl.String, "event_day": pl.Int64}, orient="row").with_columns(
        mood=pl.int_range(pl.len()) / 7, group=pl.when(pl.col("symbol").is_in(["A", "B", "C"])).then(pl.lit("high"))
    )
    found = EventPaths(label="P", sample="s", event=("symbol",)).run(
        {"s": Sample(rows.with_columns(pl.col("group").fill_null("low")), unit="days")}
    )
    check(found, "paths", rows.height)
    assert [s.reason for s in found.ledger.steps if s.name.startswith("events with")] == [
        "of 5; 2 are high, 2 low; 1 have no row on these days",
        "of 5; 3 are high, 2 low; 0 have no row on these days",
    ]


def test_each_signal_of_a_comparison_has_its_own_ledger(holed):
    sort = PortfolioSort(
        signal="x", returns="return_open_close", known="open", quantiles=2, min_firms=2, min_sessions=10, sample="s"
    )
    found = SignalSorts(sort=sort, signals=("x", "z")).run(holed)
    check(found, "signals", holed["s"].data.height)
    reasons = [step.reason for step in found.ledger.steps if step.name == "with a signal"]
    assert reasons == ["no x", "no z"]
    lost = [step.dropped for step in found.ledger.steps if step.name == "with a signal"]
    finite = (pl.col("x").is_finite().fill_null(value=False), pl.col("z").is_finite().fill_null(value=False))
    assert lost == [holed["s"].data.filter(~known).height for known in finite]


def test_each_horizon_of_a_projection_says_what_it_lost(holed):
    found = LocalProjection(spec=PLAIN, horizons=(2, 5), cumulated=True, reversal=(2, 5), draws=50, overlap="spec").run(
        holed
    )
    check(found, "horizons", holed["s"].data.height)
    later = [step for step in found.ledger.steps if step.name.startswith("rows at")]
    assert [step.name for step in later] == ["rows at 5 sessions", "rows at 2 and 5 sessions"]
    assert all("with outcome \u2212" in step.reason for step in later)


def test_each_portfolio_of_months_has_its_own_count():
    days = pl.date_range(dt.date(2015, 1, 1), dt.date(2017, 12, 31), eager=True)
    rng = np.random.default_rng(0)
    series = pl.DataFrame(
        {"session": days, **{n: rng.normal(0, 0.01, len(days)) for n in ("mkt_rf", "smb", "hml", "rf")}}
    )
    months = series["session"].dt.strftime("%Y-%m").unique().sort()[:-2]
    held = pl.DataFrame({"month": months, **{n: rng.normal(0, 0.05, len(months)) for n in ("all", "high", "low")}})
    held = held.with_columns(high=pl.when(pl.int_range(len(months)) > 4).then("high"))
    given = {"p": Sample(held, unit="months"), "f": Sample(series)}
    analysis = CalendarTime(label="C", portfolios="p", series="f", factors=("mkt_rf", "smb", "hml"))
    found = analysis.run(given)
    check(found, "months", len(months))
    counts = {step.name: step.rows_out for step in found.ledger.steps}
    assert counts["months of alpha all"] - counts["months of alpha high"] == 5

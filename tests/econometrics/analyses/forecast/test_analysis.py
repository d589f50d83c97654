"""The request: when what is known, what is refused, and what a finding says."""

import datetime as dt
from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from emtract.econometrics.analyses.forecast.accuracy import Losses, out_of_sample
from emtract.econometrics.analyses.forecast.analysis import Forecast
from emtract.econometrics.analyses.forecast.investor import Investor
from emtract.errors import EstimationError, SpecError
from emtract.panel.frame import Sample

DAY = dt.date(2020, 1, 1)
BASE = Forecast(
    y="return_open_close", x=("valence_pre_open",), sessions=40, every=5, min_sessions=20, min_rows=10, y_scale=1e4,
    investor=Investor(),
)  # fmt: skip


def panel(seed=0, n_firms=4, n_sessions=120, slope=0.01, silent=0.1):
    rng = np.random.default_rng(seed)
    n = n_firms * n_sessions
    mood = rng.standard_normal(n)
    frame = pl.DataFrame(
        {
            "symbol": np.repeat([f"F{k:02d}" for k in range(n_firms)], n_sessions),
            "session": [DAY + dt.timedelta(days=t) for t in range(n_sessions)] * n_firms,
            "valence_pre_open": np.where(rng.random(n) < silent, np.nan, mood),
            "attention_pre_open": rng.random(n),
            "return_open_close": slope * mood + 0.01 * rng.standard_normal(n),
        }
    )
    return frame.with_columns(
        pl.col("valence_pre_open").fill_nan(None),
        return_close_close_next=pl.col("return_open_close").shift(-1).over("symbol"),
    )


def run(request, frame):
    return request.run({"firm_sessions": Sample(frame, unit="firm-sessions")})


def judged(request, frame):
    return request.judged({"firm_sessions": Sample(frame, unit="firm-sessions")})[0]


def test_a_mood_that_moves_returns_forecasts_them_and_pays():
    finding = run(replace(BASE, signs=(("valence_pre_open", "positive"),)), panel())
    assert finding.estimates["term"].to_list() == list(replace(BASE, signs=(("valence_pre_open", "positive"),)).terms)
    for term in ("out-of-sample R2", "out-of-sample R2, signs held", "certainty equivalent"):
        assert finding.row(term)["conf_low"] > 0, term
    assert finding.row("Clark-West")["p_value"] < 0.001
    assert (
        finding.row("certainty equivalent, 5 basis points")["estimate"]
        < finding.row("certainty equivalent")["estimate"]
    )
    assert finding.row("firms that beat the benchmark")["estimate"] == 4
    assert "% smaller than with the historical mean; that they carry no information" in finding.notes[1]
    assert (
        "4 of 4 firms have an R\u00b2 above zero; tested together (Holm), 4 of them beat the benchmark"
        in finding.notes[1]
    )
    assert "a year before costs; cash, nothing." in finding.notes[1]
    assert {chart.kind for chart in finding.charts} == {"lines", "bars"}
    path = finding.charts[0].frame
    assert path["y"][-1] == pytest.approx(finding.row("out-of-sample R2")["estimate"])
    assert path["x"].is_sorted()


def test_a_mood_that_says_nothing_is_told_so():
    finding = run(BASE, panel(slope=0.0))
    assert "is not rejected at 5 %" in finding.notes[1]
    assert "none of them beats the benchmark" in finding.notes[1]
    assert finding.row("firms that beat the benchmark")["p_value"] > 0.05


def test_many_firms_are_a_path_in_ascending_order():
    chart = run(BASE, panel(n_firms=20)).charts[1]
    assert chart.kind == "lines"
    assert chart.frame["y"].is_sorted()
    assert chart.frame["x"].to_list() == list(range(1, 21))
    assert set(chart.frame["symbol"]) == {f"F{k:02d}" for k in range(20)}
    # Stars are for firms that stand out among all: adjusted p-values are never smaller.
    assert (chart.frame["p_value"] >= chart.frame["p_one_sided"]).all()


def test_a_series_without_firms_is_forecast_alone():
    frame = panel(n_firms=1, silent=0.0)
    of_firm, alone = run(BASE, frame), run(BASE, frame.drop("symbol"))
    assert alone.row("out-of-sample R2") == of_firm.row("out-of-sample R2")
    assert "firms with R2 above zero" not in alone.rows


def test_the_design_of_a_series_speaks_of_no_firms():
    assert "for all firms with a mean of each" in BASE.describe()
    assert "firm" not in replace(BASE, sample="market_sessions").describe()


def test_one_question_is_asked_once_of_the_family():
    """Diebold and Mariano test the R² that has a test already."""
    assert BASE.in_family("out-of-sample R2")
    assert BASE.in_family("Clark-West")
    assert not BASE.in_family("Diebold-Mariano")


def test_firm_by_firm_has_a_table_of_firms_and_the_controls_a_benchmark_of_their_own():
    each = run(replace(BASE, pooling="firm"), panel())
    (table,) = (frame for title, frame in each.tables.items() if "by firm" in title)
    assert table["symbol"].sort().to_list() == ["F00", "F01", "F02", "F03"]
    given = replace(BASE, controls=("attention_pre_open",), benchmark="controls")
    against, mean = judged(given, panel()), judged(replace(given, benchmark="mean"), panel())
    np.testing.assert_array_equal(against.made.model, mean.made.model)
    assert (against.made.benchmark != mean.made.benchmark).any()


@pytest.mark.parametrize(
    ("y", "gap"),
    [("return_open_close", 1), ("return_close_close_next", 1), ("return_open_close_next", 1), ("log_range_parkinson", 1),
     ("return_close_close_cumulated_5", 5), ("return_close_close_lead_3", 1)],
)  # fmt: skip
def test_an_outcome_enters_once_it_is_known(y, gap):
    assert replace(BASE, y=y, investor=None).known_after == gap


@pytest.mark.parametrize("pooling", ["panel", "firm"])
@pytest.mark.parametrize("y", ["return_open_close", "return_close_close_next"])
def test_nothing_of_the_future_of_a_panel_moves_a_forecast(y, pooling):
    """Outcomes of a session and of later ones, regressors of later ones, and whether there are any."""
    request, frame = replace(BASE, y=y, pooling=pooling, winsorise=("valence_pre_open", y), every=1), panel()
    before = judged(request, frame)
    for t in (45, 70, 100):
        day = DAY + dt.timedelta(days=t)
        now, later = pl.col("session") >= day, pl.col("session") > day
        number = pl.int_range(pl.len())
        mood = pl.when(~later).then("valence_pre_open").when(number % 3 > 0).then(7.0 * number)
        other = frame.with_columns(
            pl.when(now).then(-3 * pl.col(y)).otherwise(pl.col(y)), mood.alias("valence_pre_open")
        )
        after = judged(request, other)
        n = int((before.sessions <= day).sum())
        assert n > 0
        assert (before.sessions[:n] == after.sessions[:n]).all()
        np.testing.assert_array_equal(before.made.model[:n], after.made.model[:n])
        np.testing.assert_array_equal(before.made.benchmark[:n], after.made.benchmark[:n])
        np.testing.assert_array_equal(before.made.variance[:n], after.made.variance[:n])


def test_a_session_that_holds_much_of_the_errors_is_named():
    day = DAY + dt.timedelta(days=90)
    crash = pl.when(pl.col("session") == day).then(-0.5).otherwise("return_open_close").alias("return_open_close")
    (told,) = run(BASE, panel().with_columns(crash)).notes[2:]
    made = judged(BASE, panel().with_columns(crash))
    squares = (made.rows.y - made.made.benchmark) ** 2
    share = squares[(made.sessions == day).to_numpy()].sum() / squares.sum()
    assert told.startswith(f"One session, {day}, holds {100 * share:.0f} % of")
    assert len(run(BASE, panel()).notes) == 2


def test_numbers_are_those_of_the_forecasts():
    told = judged(BASE, panel())
    losses = Losses.of(told.rows.y, told.made.model, told.made.benchmark, told.rows.place)
    assert run(BASE, panel()).row("out-of-sample R2")["estimate"] == out_of_sample(losses, lags=told.lags).estimate


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"x": ()}, "at least one regressor"),
        (
            {"x": ("valence_market",)},
            "x reads valence_market, known at the close, after the forecast of return_open_close is made",
        ),
        ({"controls": ("return_open_close",)}, "controls reads return_open_close"),
        (
            {"y": "return_close_close"},
            "known at the open, after the forecast of return_close_close is made at the previous close",
        ),
        ({"where": "n_posts_market > 1"}, "where reads n_posts_market"),
        ({"y": "tone"}, "nothing says when tone is known: state gap=1"),
        (
            {"gap": 2, "y": "return_close_close_cumulated_5", "investor": None},
            "gap=2 would estimate on a .* at least 5",
        ),
        ({"y": "log_range_parkinson"}, "an investor holds a return, and log_range_parkinson is none"),
        ({"y": "return_close_close_cumulated_5"}, "outcomes of 5 sessions overlap"),
        ({"benchmark": "controls"}, "needs controls"),
        ({"benchmark": "median"}, "unknown option 'median'"),
        ({"sessions": 5}, "sessions and min_sessions must be 20 or more"),
        ({"min_rows": 3}, "min_rows must be 4 or more, for 1 regressors"),
        ({"signs": (("joy", "positive"),)}, "joy is neither the outcome nor a regressor"),
        ({"signs": (("valence_pre_open", "up"),)}, "unknown option 'up'"),
    ],
)
def test_an_impossible_request_is_refused(change, words):
    with pytest.raises(SpecError, match=words):
        replace(BASE, **change)


@pytest.mark.parametrize(
    ("change", "make", "words"),
    [
        ({"sessions": 250}, panel, "of 120 sessions with regressors 0 have forecasts, after a first window of 250, and 20"),
        ({"min_sessions": 90}, panel, "120 sessions with regressors 80 have forecasts.* lower sessions, or widen the archive"),
        ({}, lambda: panel().with_columns(valence_pre_open=0.5), "does not vary within firms in the window: 320"),
        ({}, lambda: panel().with_columns(return_open_close=pl.lit(0.01)), "does not vary"),
        ({"min_rows": 105}, panel, r"\(too few rows of the firm in the window: \d+\).*: lower min_rows"),
        ({}, lambda: panel().with_columns(valence_pre_open=pl.lit(None, pl.Float64)), "no row has return_open_close and valence"),
    ],
)  # fmt: skip
def test_data_that_cannot_carry_forecasts_are_refused_in_one_sentence(change, make, words):
    with pytest.raises((EstimationError, SpecError), match=words) as error:
        run(replace(BASE, **change), make())
    assert "\n" not in str(error.value)


def test_an_outcome_that_is_never_there_is_refused():
    frame = panel().with_columns(return_open_close=pl.when(pl.col("valence_pre_open").is_null()).then(0.1))
    with pytest.raises(EstimationError, match="no row has return_open_close and valence_pre_open"):
        run(BASE, frame)


def test_a_firm_with_gaps_is_forecast_where_it_is_there():
    frame = panel().filter((pl.col("symbol") != "F01") | (pl.col("session").dt.day() % 3 > 0))
    told = judged(BASE, frame)
    there = frame.drop_nulls("valence_pre_open").filter(symbol="F01")["session"]
    assert set(told.sessions.filter(pl.Series(told.rows.unit == 1))) <= set(there)
    steps = {step.name: step for step in run(BASE, frame).ledger.steps}
    assert steps["with a forecast"].rows_out == run(BASE, frame).n_obs == len(told.rows.y)

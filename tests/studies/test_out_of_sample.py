"""The study of forecasts on simulated panels: it finds what is there, and says so where a store is too short."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from emtract.econometrics.analyses.forecast.firms import BEAT
from emtract.econometrics.analyses.forecast.summary import ADJUSTED, R2
from emtract.errors import EstimationError
from emtract.panel.frame import Panel, Sample
from emtract.study import load_study
from emtract.study.run import run_study
from tests.validation.coverage import one_draw
from tests.validation.out_of_sample import DESIGNS, draw
from tests.worlds.panels import simulate_panel

STUDY = load_study("out_of_sample")


@pytest.fixture(scope="module")
def samples():
    """Moods before the open move the session that opens; the market is the mean of its firms."""
    effects = {"happy_pre_open": 900.0, "sad_pre_open": -900.0}
    options = {"n_sessions": 220, "effects": effects, "persistence": 0.0, "mean_posts": 40}
    panel = simulate_panel(np.random.default_rng(0), 12, **options).panel
    market = panel.data.group_by("session").agg(
        pl.col("valence_pre_open").mean(), pl.col("return_open_close").mean().alias("market_return_open_close")
    )
    return {"firm_sessions": panel, "market_sessions": Sample(market.sort("session"), unit="sessions")}


def test_it_finds_what_moves_returns_and_answers_its_question(samples):
    result = run_study(STUDY, samples)
    assert not result.skipped
    assert set(result.findings) == set(STUDY.specs)
    for name in (n for n in STUDY.specs if n.startswith("opens_")):
        assert result.row(name, ADJUSTED)["p_value"] < 0.01, name
        assert result.row(name, R2)["estimate"] > 0, name
    assert result.row("next_valence", ADJUSTED)["p_value"] > 0.01
    beaten = result.row("opens_valence_firms", BEAT)
    assert 0 < beaten["estimate"] <= beaten["n_obs"] <= 12
    assert beaten["p_value"] < 0.01
    assert "% a year" in result.answer()
    assert "six emotions before the open" in result.answer()
    assert result.expectations().height == len(STUDY.expectations)
    assert result.expectations()["verdict"][0] == "as expected"


def test_a_store_of_a_few_months_is_told_why(samples):
    days = samples["firm_sessions"].data["session"].unique().sort()[:150]
    panel = samples["firm_sessions"]
    short = Panel(panel.data.filter(pl.col("session").is_in(days.implode())), panel.ledger, panel.settings)
    with pytest.raises(
        EstimationError, match=r"150 sessions with regressors 24 have forecasts.*: lower sessions, or widen"
    ):
        run_study(STUDY, {"firm_sessions": short})


def test_whatever_is_forecast_from_is_known_before():
    for name, request in STUDY.specs.items():
        assert request.known_after == 1, name
        assert (request.investor is None) == request.y.startswith(("log_", "abnormal_")), name
    rolling = STUDY.specs["opens_valence_rolling"]
    assert replace(rolling, window="expanding", label="") == replace(STUDY.specs["opens_valence"], label="")


def test_a_draw_of_the_design_has_every_number_of_its_truth():
    design = next(d for d in DESIGNS if d.name == "out_of_sample, nothing")
    found = one_draw(replace(design, draw=draw(5, 260, 0.0)), draw(5, 260, 0.0)(np.random.default_rng(0)))
    assert set(design.specs) == {spec for spec, _ in found}
    assert found["panel", ADJUSTED].truth == found["each", BEAT].truth == 0
    for (spec, term), number in found.items():
        assert np.isfinite(number.estimate), (spec, term)
        assert number.covered in {0, 1}
    low = found["panel", ADJUSTED]
    assert low.covered == 1 - low.rejected

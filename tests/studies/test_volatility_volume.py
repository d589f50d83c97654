"""Volatility and volume: outcomes of the session itself, their own past among the controls, what was planted found."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from emtract.econometrics.regression.spec import Spec
from emtract.panel.derive import derive
from emtract.study import load_study
from emtract.study.run import run_study
from tests.worlds.panels import simulate_panel


@pytest.fixture(scope="module")
def study():
    return load_study("volatility_volume")


@pytest.fixture(scope="module")
def panel():
    return simulate_panel(np.random.default_rng(8), 40, n_sessions=60).panel


@pytest.fixture(scope="module")
def regressions(study):
    return {name: spec for name, spec in study.specs.items() if isinstance(spec, Spec)}


def test_every_column_is_there_once_the_study_has_derived_its_own(regressions, study, panel):
    columns = set(derive(panel, study.derive).data.columns)
    for spec in regressions.values():
        assert {spec.y, *spec.regressors} <= columns
        assert spec.standardise == spec.regressors


def test_an_outcome_is_given_its_own_past_and_overnight_moves_are_no_outcome(regressions):
    for name, spec in regressions.items():
        assert f"{spec.y}_lag_1" in spec.controls
        assert spec.y != "absolute_return", "from close to close it holds the night in which pre-open posts are written"
        window = "market" if name.startswith("contemporaneous") else "pre_open"
        assert all(window in term for term in (*spec.x, spec.controls[0]))


def test_it_finds_what_was_planted_and_nothing_beside_it(study, panel):
    data = derive(panel, study.derive).data
    part = (2.0 * pl.col("disagreement_pre_open")).fill_null(0)
    moved = replace(panel, data=panel.data.with_columns(
        log_range_parkinson=data.select(pl.col("log_range_parkinson") + part).to_series()
    ))  # fmt: skip
    name = "predictive_parkinson_mood"
    specs = {name: study.specs[name], "predictive_volume_mood": study.specs["predictive_volume_mood"]}
    headline = ((name, "disagreement_pre_open"),)
    result = run_study(
        replace(study, specs=specs, exhibits=(), expectations=(), headline=headline, primary=headline[0]), moved
    )
    found = result.row(name, "disagreement_pre_open")
    assert abs(found["estimate"] - 200 * found["sd"]) < 3 * found["std_error"]
    assert found["p_value"] < 0.001
    assert result.row("predictive_volume_mood", "disagreement_pre_open")["p_value"] > 0.01


def test_turnover_without_shares_is_skipped(study, panel):
    without = replace(panel, data=panel.data.with_columns(abnormal_turnover=pl.lit(None, pl.Float64)))
    names = ("predictive_absolute_mood", "predictive_turnover_mood")
    specs = {name: study.specs[name] for name in names}
    headline = ((names[0], "disagreement_pre_open"),)
    result = run_study(
        replace(study, specs=specs, exhibits=(), expectations=(), headline=headline, primary=headline[0]), without
    )
    assert list(result.skipped) == ["predictive_turnover_mood"]

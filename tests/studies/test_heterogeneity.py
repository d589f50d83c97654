"""Heterogeneity: main effects beside every product, nothing unknown before the session, and what a store lacks is skipped."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from emtract.panel.derive import derive
from emtract.panel.frame import CHARACTERISTICS, CONTROLS
from emtract.study import load_study
from emtract.study.run import run_study
from emtract.words.columns import BY
from tests.worlds.panels import simulate_panel

PRICED = ("volatility", "illiquidity")


@pytest.fixture(scope="module")
def study():
    return load_study("heterogeneity")


@pytest.fixture(scope="module")
def panel():
    return simulate_panel(np.random.default_rng(8), 40, n_sessions=60).panel


def some(study, *names):
    """The study with few of its specs: the whole has thirty."""
    named = {name: study.specs[name] for name in names}
    headline = ((names[0], named[names[0]].x[-1]),)
    return replace(study, specs=named, headline=headline, primary=headline[0], exhibits=(), expectations=())


def test_every_product_stands_beside_both_its_parts(study):
    assert len(study.specs) == 30
    for spec in study.specs.values():
        products = [term for term in spec.regressors if BY in term]
        assert products
        assert {part for term in products for part in term.split(BY)} <= set(spec.regressors)
        assert (spec.effects, spec.clusters) == (("symbol", "session"),) * 2


def test_splits_are_zero_or_one_and_continuous_measures_per_standard_deviation(study):
    for name, spec in study.specs.items():
        column = next(term.split(BY)[1] for term in spec.x if BY in term)
        continuous = name.endswith("_continuous")
        assert column.startswith("high_") != continuous
        assert (column in spec.standardise) == continuous == (spec.winsorise == (column,))
        assert set(spec.regressors) - set(spec.standardise) == {t for t in spec.x if BY in t} | (
            {column} - set(spec.standardise)
        )


def test_characteristics_are_those_known_before_the_session(study):
    known = {*CHARACTERISTICS, *CONTROLS}
    for spec in study.specs.values():
        column = next(term.split(BY)[1] for term in spec.x if BY in term)
        assert column.removeprefix("high_").removeprefix("log_") in known


def test_what_the_store_lacks_is_skipped_and_says_which_files_would_bring_it(study, panel):
    without = replace(panel, data=panel.data.with_columns(short_ratio=pl.lit(None, pl.Float64)))
    result = run_study(some(study, "predictive_volatility_valence", "predictive_short_interest_valence"), without)
    assert list(result.results) == ["predictive_volatility_valence"]
    assert "finra_short_interest" in result.skipped["predictive_short_interest_valence"]


def test_it_finds_the_slope_that_differs_and_no_other(study, panel):
    derived = derive(panel, study.derive).data
    part = 0.04 * pl.col("valence_pre_open") * pl.col("high_lagged_amihud")
    moved = replace(panel, data=derived.select(panel.data.columns).with_columns(
        return_open_close=derived.select(pl.col("return_open_close") + part.fill_null(0)).to_series()
    ))  # fmt: skip
    names = ("predictive_illiquidity_valence", "predictive_volatility_valence")
    result = run_study(some(study, *names), moved)
    found = result.row(names[0], "valence_pre_open:high_lagged_amihud")
    sd = result.row(names[0], "valence_pre_open")["sd"]
    assert abs(found["estimate"] - 400 * sd) < 3 * found["std_error"]
    assert found["p_value"] < 0.001 < result.row(names[1], "valence_pre_open:high_lagged_volatility")["p_value"]


def test_expectations_follow_the_abstracts(study):
    signs = {(e.spec.split("_")[1], e.term.split("_")[0]): e.sign for e in study.expectations}
    assert signs["illiquidity", "happy"] == signs["short", "happy"] == "positive"
    assert signs["illiquidity", "fear"] == signs["institutions", "happy"] == "negative"
    assert not any(e.spec.startswith("predictive_size") for e in study.expectations), "no abstract speaks of size"

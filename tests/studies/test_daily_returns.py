"""The study that ships: it runs on any valid panel, states its expectations, and finds what was planted."""

import ast
from dataclasses import replace

import numpy as np
import pytest

from emtract.econometrics.regression.spec import Spec, columns_of
from emtract.emotions import EMOTIONS, NEGATIVE
from emtract.panel.frame import BUILT, REQUIRED, Panel
from emtract.study import load_study
from emtract.study.find import study_file
from emtract.study.run import run_study
from tests.worlds.panels import simulate_panel


@pytest.fixture(scope="module")
def study():
    return load_study("daily_returns")


@pytest.fixture(scope="module")
def result(study):
    effects = {"happy_market": 250.0, "happy_pre_open": 200.0}
    return run_study(study, simulate_panel(np.random.default_rng(8), 40, n_sessions=100, effects=effects).panel)


def regressions(study):
    return {name: spec for name, spec in study.specs.items() if isinstance(spec, Spec)}


def test_every_spec_uses_columns_of_the_panel_contract(study):
    for name, spec in regressions(study).items():
        assert {spec.y, *spec.regressors} <= set(REQUIRED)
        assert {*columns_of(spec.effects), *spec.clusters} <= set(BUILT)
        assert not any(term.startswith(f"{EMOTIONS[0]}_") for term in spec.regressors)
        assert spec.standardise == spec.regressors
        assert spec.effects == (("symbol:month" if name.endswith("firm_month") else "symbol"), "session")
        nearby = name.endswith("driscoll_kraay")
        assert spec.clusters == (() if nearby else ("industry" if name.endswith("industry") else "symbol", "session"))
        assert (spec.covariance, spec.bootstrap) == ("driscoll_kraay" if nearby else "clustered", "auto")


def test_a_family_is_the_six_emotions_of_its_regression(study, result):
    for name in ("contemporaneous", "predictive", "next"):
        family, alone = result.findings[f"{name}_family"].estimates, result.results[f"{name}_emotions"].tidy().head(6)
        np.testing.assert_allclose(family.select("estimate", "std_error"), alone.select("estimate", "std_error"))
        assert (family["p_value"] >= alone["p_value"] - 0.005).all()
        assert (family["conf_high"] > alone["conf_high"]).all()
        assert study.specs[f"{name}_family"].terms == study.specs[f"{name}_emotions"].x


def test_other_errors_and_cross_sections_stand_beside_the_same_regression_and_say_why(study, result):
    notes = [e.note for e in study.exhibits if any("driscoll_kraay" in name for name in e.specs)]
    assert len(notes) == 3
    assert all("nearby sessions" in note for note in notes)
    for name in ("contemporaneous", "predictive", "next"):
        own, nearby = (result.results[f"{name}_{kind}"] for kind in ("emotions", "driscoll_kraay"))
        np.testing.assert_allclose(own.coefficients, nearby.coefficients, rtol=1e-7)
        assert nearby.lags > 0
        means = result.findings[f"{name}_fama_macbeth"]
        assert means.estimates["term"].to_list() == list(own.spec.regressors)
        assert means.notes[-1].startswith("Each cross-section compares firms of one session")
        assert study.specs[f"{name}_fama_macbeth"].min_rows == 20


def test_predictors_are_known_before_the_return_they_meet(study):
    """A return beside market-hours emotions is the same session's only in the contemporaneous family, and named so."""
    for name, spec in regressions(study).items():
        family = name.split("_")[0]
        market = any(term.endswith("_market") for term in spec.x)
        assert market == (family in {"contemporaneous", "drift"})
        assert spec.y.endswith("_next") == (family in {"next", "drift"})


def test_it_finds_what_was_planted_and_says_so(result):
    assert "More happiness during market hours goes with a higher" in result.answer()
    planted = result.results["predictive_emotions"].tidy().row(0, named=True)
    truth = 200.0 * planted["sd"]
    assert abs(planted["estimate"] - truth) < 3 * planted["std_error"]
    assert result.expectations()["verdict"][1] == "as expected"


def test_abstracts_that_give_no_sign_expect_none(study):
    signs = {(e.spec, e.term): e.sign for e in study.expectations}
    assert signs["predictive_valence", "valence_pre_open"] == "either"
    assert all(e.source for e in study.expectations)


def test_without_industries_the_specs_that_need_them_are_left_out(study):
    data = simulate_panel(np.random.default_rng(2), 30, n_sessions=50).panel.data
    bare = run_study(study, Panel(data.with_columns(industry=None)))
    assert set(bare.skipped) == {f"{name}_industry" for name in ("contemporaneous", "predictive", "next")}
    assert "[[market]]" in bare.skipped["next_industry"]
    assert "classification" in bare.skipped["next_industry"]


def test_a_scorer_of_valence_answers_for_valence_only(study):
    simulated = simulate_panel(np.random.default_rng(2), 12, n_sessions=50).panel
    quarter = {f"{e}_{w}": simulated.data[f"sad_{w}"] for e in NEGATIVE for w in ("pre_open", "market")}
    data = simulated.data.with_columns(**quarter)
    [answer] = run_study(study, Panel(data, simulated.ledger, {"scorer": "vader"})).answers()
    assert answer.startswith(
        "This archive does not answer the question: Same session: the scorer vader tells positive from negative only"
    )
    assert "read valence" in answer and "Estimated: Same session, Session that opens" in answer
    headline = (("predictive_valence", "valence_pre_open"),)
    told = run_study(
        replace(study, headline=headline, primary=headline[0]), Panel(data, simulated.ledger, {"scorer": "vader"})
    )
    assert {"predictive_valence", "predictive_attention"} <= set(told.results)
    assert all("emotions" not in name for name in told.results)


def test_nothing_runs_at_import():
    """A study file defines: no call at its top level but of dataclasses, `replace` and its own helper."""
    tree = ast.parse(study_file("daily_returns").read_text(encoding="utf-8"))
    assert not [node for node in tree.body if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)]
    assert ast.get_docstring(tree)

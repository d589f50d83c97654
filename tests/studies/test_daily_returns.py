"""The study that ships: it runs on any valid panel, states its expectations, and finds what was planted."""

import ast

import numpy as np
import pytest

from emtract.econometrics.simulate import simulate_panel
from emtract.emotions import EMOTIONS
from emtract.panel.frame import REQUIRED
from emtract.study import load_study, run_study, study_file


@pytest.fixture(scope="module")
def study():
    return load_study("daily_returns")


@pytest.fixture(scope="module")
def result(study):
    effects = {"happy_market": 250.0, "happy_pre_open": 200.0}
    return run_study(study, simulate_panel(np.random.default_rng(8), 40, n_sessions=100, effects=effects).panel)


def test_every_spec_uses_columns_of_the_panel_contract(study):
    for spec in study.specs.values():
        assert {spec.y, *spec.regressors} <= set(REQUIRED)
        assert not any(term.startswith(f"{EMOTIONS[0]}_") for term in spec.regressors)
        assert spec.standardise == spec.regressors
        assert (spec.effects, spec.clusters) == (("symbol", "session"),) * 2


def test_predictors_are_known_before_the_return_they_meet(study):
    """A return beside market-hours emotions is the same session's only in the contemporaneous family, and named so."""
    for name, spec in study.specs.items():
        family = name.split("_")[0]
        market = any(term.endswith("_market") for term in spec.x)
        assert market == (family in {"contemporaneous", "drift"})
        assert spec.y.endswith("_next") == (family in {"next", "drift"})


def test_it_finds_what_was_planted_and_says_so(result):
    assert "happiness during market hours goes with a" in result.answer()
    planted = result.results["predictive_emotions"].tidy().row(0, named=True)
    truth = 200.0 * planted["sd"]
    assert abs(planted["estimate"] - truth) < 3 * planted["std_error"]
    assert result.expectations()["verdict"][1] == "as expected"


def test_abstracts_that_give_no_sign_expect_none(study):
    signs = {(e.spec, e.term): e.sign for e in study.expectations}
    assert signs["predictive_valence", "valence_pre_open"] == "either"
    assert all(e.source for e in study.expectations)


def test_nothing_runs_at_import():
    """A study file defines: no call at its top level but of dataclasses, `replace` and its own helper."""
    tree = ast.parse(study_file("daily_returns").read_text(encoding="utf-8"))
    assert not [node for node in tree.body if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)]
    assert ast.get_docstring(tree)

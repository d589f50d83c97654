"""The wild cluster bootstrap against wildboottest, and the rule that says when it is due."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from emtract.econometrics.regression.estimate import estimate
from emtract.econometrics.regression.wild import draw_multipliers
from tests.econometrics.conftest import BASE
from tests.reference.make_wildboottest import SPEC, STORED, few_branches

WILD = SPEC


@pytest.fixture(scope="module")
def few():
    return few_branches()


def every_sign(n):
    return np.array(np.meshgrid(*[[-1.0, 1.0]] * n)).reshape(n, -1).T


def test_all_sign_changes_give_the_stored_p_values_of_wildboottest(few, monkeypatch):
    """Two draws equal the sample in size, its own and all signs changed: rounding decides there, here they always count."""
    monkeypatch.setattr("emtract.econometrics.regression.wild.draw_multipliers", lambda n, *_, **__: every_sign(n))
    stored = pl.read_csv(STORED, comment_prefix="#")
    result = estimate(WILD, few)
    for term, larger, test in zip(stored["term"], stored["p_value"] * 512, result.wild, strict=True):
        assert term in WILD.regressors
        assert 0.999 <= test.p_value() * 513 - larger <= 3.001


def test_intervals_end_where_the_test_rejects(few):
    result = estimate(WILD, few)
    row = result.tidy().row(0, named=True)
    test = result.wild[0]
    step = 0.01 * row["std_error"]
    assert test.p_value(row["conf_low"] + step) >= 0.05 > test.p_value(row["conf_low"] - step)
    assert test.p_value(row["conf_high"] - step) >= 0.05 > test.p_value(row["conf_high"] + step)
    assert row["p_value"] == test.p_value()
    assert test.interval() == (row["conf_low"], row["conf_high"])


@pytest.mark.parametrize("clusters", [("branch", "session"), ("branch",)])
@pytest.mark.parametrize("weights", [None, "precision"])
def test_two_ways_and_weights_keep_the_errors_of_the_fit(few, clusters, weights):
    result = estimate(replace(WILD, clusters=clusters, weights=weights, draws=99), few)
    np.testing.assert_allclose([test.std_error for test in result.wild], result.std_errors, rtol=1e-7)
    np.testing.assert_allclose([test.estimate for test in result.wild], result.coefficients, rtol=1e-7)
    assert ((result.tidy()["p_value"] > 0) & (result.tidy()["p_value"] <= 1)).all()


@pytest.mark.parametrize("kind", ["rademacher", "webb"])
def test_weights_have_mean_zero_and_variance_one_and_one_seed_gives_one_draw(kind):
    drawn = draw_multipliers(10, 20_000, kind, seed=5)
    assert abs(drawn.mean()) < 0.01
    assert abs(drawn.var() - 1) < 0.01
    assert len(np.unique(drawn)) == {"rademacher": 2, "webb": 6}[kind]
    np.testing.assert_array_equal(drawn, draw_multipliers(10, 20_000, kind, seed=5))


def test_the_notes_say_which_rule_was_used(few):
    plain = estimate(replace(WILD, bootstrap="none"), few).notes
    assert any("9 clusters, fewer than 40" in note and "no bootstrap" in note for note in plain)
    wild = estimate(WILD, few).notes
    assert any("499 draws of Webb's six-point weights over 9 clusters (seed 0)" in note for note in wild)
    assert not any("fewer than 40" in note for note in estimate(replace(BASE, clusters=("symbol:session",)), few).notes)

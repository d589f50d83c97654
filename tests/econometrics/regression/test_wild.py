"""The wild cluster bootstrap against wildboottest, and the rule that says when it is due."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from emtract.econometrics.analyses.family import FamilyTest, adjust
from emtract.econometrics.regression.estimate import estimate, wild_sums
from emtract.econometrics.regression.wild import draw_multipliers
from emtract.panel.frame import Sample
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
    assert any("9 branch levels, fewer than 40 clusters" in note and "no bootstrap" in note for note in plain)
    wild = estimate(WILD, few).notes
    assert any("499 draws of Webb's six-point weights over them (seed 0)" in note for note in wild)
    assert not any("fewer than 40" in note for note in estimate(replace(BASE, clusters=("symbol:session",)), few).notes)


def test_auto_draws_where_the_smallest_dimension_has_few_clusters(panel):
    auto = replace(BASE, bootstrap="auto", draws=199)
    drawn, asked = (estimate(replace(auto, bootstrap=b), panel) for b in ("auto", "wild"))
    assert drawn.wild
    assert drawn.tidy().equals(asked.tidy())
    assert "28 firms: p-values and intervals come from a wild cluster bootstrap" in " ".join(drawn.notes)
    many = replace(auto, clusters=("session",))
    plain = estimate(many, panel)
    assert plain.n_levels["session"] >= 40
    assert not plain.wild
    assert plain.tidy().equals(estimate(replace(many, bootstrap="none"), panel).tidy())
    for rule in ({"covariance": "robust"}, {"covariance": "driscoll_kraay"}):
        assert not estimate(replace(auto, clusters=(), **rule), panel).wild


def test_as_few_clusters_count_as_carry_the_regressor(panel):
    """Of clusters of one size all count; with the regressor constant but in two of them, two do."""
    result = estimate(replace(BASE, bootstrap="auto", draws=99, effects=(), clusters=("symbol",)), panel)
    x = panel.data.select("symbol", *BASE.regressors, "return_open_close").drop_nulls()
    assert x["symbol"].n_unique() == result.n_levels["symbol"]
    assert (result.effective_clusters > 1).all()
    assert (result.effective_clusters <= result.n_levels["symbol"]).all()
    lone = pl.col("symbol").is_in(["S001", "S002"])
    data = panel.data.with_columns(only=pl.when(lone).then(pl.col("happy_market")).otherwise(0.0))
    spec = replace(
        BASE, x=("only",), controls=(), bootstrap="auto", draws=99, effects=("symbol",), clusters=("symbol",)
    )
    assert 1 < estimate(spec, replace_data(panel, data)).effective_clusters[0] <= 2.0001


def test_a_sum_of_coefficients_is_tested_as_the_coefficient_that_it_becomes(panel):
    """b1 - b2 on x1 and x2 is the coefficient of x1 beside x1 + x2."""
    spec = replace(BASE, bootstrap="auto", draws=199)
    test = wild_sums(estimate(spec, panel), panel, np.array([[1.0, -1.0, 0.0]]))[0]
    data = panel.data.with_columns(both=pl.col("happy_market") + pl.col("sad_market"))
    turned = estimate(replace(spec, x=("happy_market", "both")), replace_data(panel, data)).wild[0]
    np.testing.assert_allclose(test.estimate, turned.estimate, rtol=1e-7)
    np.testing.assert_allclose(test.interval(), turned.interval(), rtol=1e-6)
    assert test.p_value() == turned.p_value()


def test_a_family_takes_the_draws_of_its_regression(panel):
    spec = replace(BASE, bootstrap="auto", draws=199)
    result = estimate(spec, panel)
    adjusted = adjust(result, spec.x, "romano_wolf")
    assert (adjusted["p_adjusted"] >= adjusted["p_value"] - 1e-12).all()
    strongest = adjusted["p_value"].arg_min()
    drawn = np.column_stack([test.drawn() for test in result.wild[:2]]).max(axis=1)
    drawn = drawn[np.isfinite(drawn)]
    size = np.abs(result.tidy()["statistic"][strongest])
    np.testing.assert_allclose(adjusted["p_adjusted"][strongest], (1 + (drawn >= size).sum()) / (1 + len(drawn)))
    finding = FamilyTest(label="", spec=spec).run({"firm_sessions": panel})
    assert "wild cluster bootstrap" in finding.notes[-1]


def replace_data(panel, data):
    return Sample(data, panel.ledger, panel.settings)

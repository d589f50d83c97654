"""Families of tests: by hand, against a slow bootstrap of cluster scores, and in their order."""

from dataclasses import replace

import numpy as np
import pytest

from emtract.econometrics.analyses.family import FamilyTest, adjust
from emtract.econometrics.estimates import step_down
from emtract.econometrics.regression.estimate import estimate
from emtract.econometrics.regression.sample import estimation_sample
from emtract.emotions import NON_NEUTRAL
from emtract.errors import EstimationError
from tests.econometrics.conftest import BASE
from tests.worlds.panels import simulate_panel

TERMS = tuple(f"{emotion}_market" for emotion in NON_NEUTRAL)
SIX = replace(BASE, x=TERMS, effects=(), clusters=("session",), small_sample="none")


@pytest.fixture(scope="module")
def family():
    return simulate_panel(np.random.default_rng(2), 30, n_sessions=60, common=0.7, mean_posts=40).panel


def slow_step_down(statistics, drawn):
    """Romano and Wolf's algorithm as they print it: drop the largest, look again."""
    left, adjusted, last = list(range(len(statistics))), {}, 0.0
    while left:
        first = max(left, key=lambda j: abs(statistics[j]))
        beaten = sum(max(abs(row[j]) for j in left) >= abs(statistics[first]) for row in drawn)
        last = adjusted[first] = max(last, (1 + beaten) / (1 + len(drawn)))
        left.remove(first)
    return [adjusted[j] for j in range(len(statistics))]


def slow_scores(result, spec, panel, draws):
    """t statistics of a bootstrap of cluster scores with normal weights, cluster by cluster."""
    frame = estimation_sample(spec, panel)[0]
    x = frame.select(spec.regressors).to_numpy()
    x = x - x.mean(axis=0)
    y = frame[spec.y].to_numpy() * spec.y_scale
    u = y - y.mean() - x @ result.coefficients
    influence = np.linalg.solve(x.T @ x, (x * u[:, None]).T).T
    labels = frame["session"].to_numpy()
    sums = np.array([influence[labels == label].sum(axis=0) for label in np.unique(labels)])
    weights = np.random.default_rng(9).standard_normal((draws, len(sums)))
    return (weights @ sums / result.std_errors)[:, : len(spec.x)]


def test_step_down_equals_the_printed_algorithm():
    rng = np.random.default_rng(0)
    statistics, drawn = np.array([2.1, -0.3, 1.4, -2.9]), rng.standard_normal((300, 4))
    np.testing.assert_allclose(step_down(statistics, drawn), slow_step_down(statistics, drawn), rtol=1e-12)


def test_romano_wolf_equals_a_slow_bootstrap_of_scores(family):
    result = estimate(SIX, family)
    quick = adjust(result, TERMS, "romano_wolf", draws=20_000)["p_adjusted"]
    slow = slow_step_down(result.tidy()["statistic"][: len(TERMS)], slow_scores(result, SIX, family, 4000))
    np.testing.assert_allclose(quick, slow, atol=0.03)


def test_benjamini_hochberg_by_hand(family):
    result = estimate(SIX, family)
    table = adjust(result, TERMS, "benjamini_hochberg")
    ordered = table.sort("p_value")["p_value"].to_numpy()
    raw = ordered * len(ordered) / np.arange(1, len(ordered) + 1)
    expected = np.minimum(np.minimum.accumulate(raw[::-1])[::-1], 1)
    np.testing.assert_allclose(table.sort("p_value")["p_adjusted"], expected)


def test_a_family_is_never_easier_than_a_single_test_and_one_seed_gives_one_answer(family):
    result = estimate(replace(SIX, small_sample="fixest"), family)
    one, two = (adjust(result, TERMS, "romano_wolf", seed=4) for _ in range(2))
    assert one.equals(two)
    assert (one["p_adjusted"] >= one["p_value"] - 0.01).all()
    alone = adjust(result, TERMS[:1], "romano_wolf")
    np.testing.assert_allclose(alone["p_adjusted"], alone["p_value"], atol=0.01)
    with pytest.raises(EstimationError, match="no regressor joy"):
        adjust(result, ("joy",), "romano_wolf")


def test_a_finding_of_the_family(family):
    finding = FamilyTest(label="Six", spec=SIX).run({"firm_sessions": family})
    assert tuple(finding.estimates["term"]) == TERMS
    assert any(
        "Romano and Wolf (2005), 9,999 normal draws of cluster scores (seed 0) or, where clusters are few" in note
        for note in finding.notes
    )
    outside = (finding.estimates["conf_low"] > 0) | (finding.estimates["conf_high"] < 0)
    assert (finding.estimates["p_value"].filter(outside) < 0.055).all()


def test_draws_that_tie_with_the_estimate_count_as_in_a_single_test():
    """Where a draw gives all clusters one sign it is the sample again, but for rounding."""
    drawn = np.array([[2.0 * (1 - 1e-15), 0.1], [1.0, 0.3], [0.5, 0.2]])
    np.testing.assert_allclose(step_down(np.array([2.0, 0.25]), drawn), [0.5, 0.5])

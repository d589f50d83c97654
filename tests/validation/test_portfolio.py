"""The simulated markets of portfolio sorts: their written-down truth, and one draw of each through the real code."""

import numpy as np
import pytest

from emtract.econometrics.portfolio.summary import BREAK_EVEN, SPREAD
from tests.validation.coverage import one_draw
from tests.validation.portfolio import DESIGNS, EFFECT, SEEN, mean_by_quintile


def test_the_mean_of_each_fifth_is_that_of_many_drawn_sessions():
    rng = np.random.default_rng(1)
    sums = np.zeros(5)
    for _ in range(4_000):
        ordered = np.sort(rng.standard_normal(max(rng.binomial(50, SEEN), 20)))
        fifth = (5 * (np.arange(1, len(ordered) + 1) - 0.5) / len(ordered)).astype(int)
        sums += np.bincount(fifth, weights=ordered) / np.bincount(fifth)
    np.testing.assert_allclose(sums / 4_000, mean_by_quintile(50, 20), atol=0.02)


@pytest.mark.parametrize("design", DESIGNS, ids=lambda d: d.name)
def test_a_draw_is_estimated_and_its_truth_is_complete(design):
    found = one_draw(design, design.draw(np.random.default_rng(2)))
    assert {spec for spec, _ in found} == set(design.specs)
    assert found["fear", SPREAD].truth == found["fear", BREAK_EVEN].truth == 0
    real = found["valence", SPREAD]
    assert found["valence", BREAK_EVEN].truth == pytest.approx(real.truth / 4)
    assert found["valence", "alpha, CAPM"].truth < real.truth, "a part of the mean is pay for risk"
    assert all(abs(n.estimate - n.truth) < 5 * n.std_error for n in found.values())


def test_the_spread_is_the_effect_times_the_distance_of_fifths():
    truth = DESIGNS[0].draw(np.random.default_rng(3)).truth
    means = mean_by_quintile(50, 20)
    assert truth["valence", "alpha, CAPM"] == pytest.approx(EFFECT * (means[-1] - means[0]))

"""The simulated counterpart of heterogeneity: one draw is a panel, and its truth is what the specs estimate."""

import numpy as np
import pytest

from tests.validation.coverage import one_draw
from tests.validation.heterogeneity import DESIGNS

NAMES = [design.name for design in DESIGNS]


@pytest.mark.parametrize("design", DESIGNS, ids=NAMES)
def test_estimates_of_a_draw_lie_around_its_truth(design):
    drawn = design.draw(np.random.default_rng(11))
    found = one_draw(design, drawn)
    assert set(found) == set(drawn.truth)
    errors = np.array([abs(n.estimate - n.truth) / n.std_error for n in found.values()])
    assert errors.max() < 4.5
    assert np.sqrt(np.mean(errors**2)) < 2


def test_each_design_has_effects_and_none_beside_them():
    for design in DESIGNS:
        truth = design.draw(np.random.default_rng(1)).truth
        assert {value == 0 for value in truth.values()} == {True, False}
        assert {name for name, _ in truth} == set(design.specs)


def test_one_generator_one_draw_and_real_effects_move_returns_alone():
    one, two = (DESIGNS[0].draw(np.random.default_rng(3)) for _ in range(2))
    other = DESIGNS[0].draw(np.random.default_rng(4))
    frames = [drawn.samples["firm_sessions"].data for drawn in (one, two, other)]
    assert frames[0].equals(frames[1])
    assert not frames[0].equals(frames[2])

"""Each design of daily_returns draws a sample that the study's own regressions take, with a truth for every emotion."""

import numpy as np
import pytest

from tests.validation.coverage import one_draw
from tests.validation.daily_returns import DESIGNS, TERMS

pytest.importorskip("pyfixest")


@pytest.mark.parametrize("design", DESIGNS, ids=lambda design: design.name)
def test_a_draw_is_estimated_close_to_its_truth(design):
    drawn = design.draw(np.random.default_rng(3))
    found = one_draw(design, drawn)
    assert set(found) == set(drawn.truth) == {(name, term) for name in design.specs for term in TERMS}
    distance = [abs(number.estimate - number.truth) / number.std_error for number in found.values()]
    assert max(distance) < 4
    assert {number.truth for number in found.values()} == {150.0, -120.0, -60.0, 0.0}


def test_one_generator_gives_one_draw():
    design = next(design for design in DESIGNS if design.name.endswith("15 industries"))
    one, two = (design.draw(np.random.default_rng(5)).samples["firm_sessions"].data for _ in range(2))
    assert one.equals(two)
    assert one["industry"].n_unique() == 15

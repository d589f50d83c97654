"""The simulated counterpart of volatility_volume: outcomes remember, answer to moods by what is written, and to no other."""

import numpy as np
import pytest

from emtract.econometrics.regression.estimate import estimate
from tests.validation.coverage import one_draw
from tests.validation.volatility_volume import DESIGNS, EFFECTS, MEMORY

NAMES = [design.name for design in DESIGNS]


@pytest.mark.parametrize("design", DESIGNS, ids=NAMES)
def test_estimates_of_a_draw_lie_around_its_truth(design):
    drawn = design.draw(np.random.default_rng(12))
    found = one_draw(design, drawn)
    assert set(found) == set(drawn.truth)
    errors = np.array([abs(n.estimate - n.truth) / n.std_error for n in found.values()])
    assert errors.max() < 4.5
    assert np.sqrt(np.mean(errors**2)) < 2


def test_effects_are_per_standard_deviation_of_the_rows_used():
    drawn = DESIGNS[0].draw(np.random.default_rng(2))
    for name, effects in EFFECTS.items():
        for term, effect in effects.items():
            assert drawn.truth[name, term] == pytest.approx(effect, rel=0.25)
    assert sum(value == 0 for value in drawn.truth.values()) >= 10


def test_an_outcome_remembers_the_session_before():
    design = DESIGNS[0]
    spec = design.specs["contemporaneous_garman_klass_emotions"]
    result = estimate(spec, design.draw(np.random.default_rng(5)).samples["firm_sessions"])
    row = result.tidy().row(result.spec.regressors.index("log_range_garman_klass_lag_1"), named=True)
    assert row["estimate"] / row["sd"] / spec.y_scale == pytest.approx(MEMORY, abs=0.05)

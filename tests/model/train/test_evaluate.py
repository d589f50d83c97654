import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emtract.model.train.evaluate import fit_temperature, temper, temper_by_fold


def sample(n=4000, seed=0, sharpness=1.0):
    """Labels drawn from the probabilities that a model with logits `sharpness` times too steep reports."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(size=(n, 7))
    true = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    labels = np.array([rng.choice(7, p=row) for row in true])
    return temper(true, 1 / sharpness), labels


def test_the_temperature_undoes_the_steepness():
    probabilities, labels = sample(sharpness=2)
    assert fit_temperature(probabilities, labels) == pytest.approx(2, rel=0.1)


def test_no_label_calibrates_its_own_fold():
    probabilities, labels = sample(400)
    folds = np.arange(400) % 4
    base = temper_by_fold(probabilities, labels, folds)
    changed = np.where(folds == 1, (labels + 1) % 7, labels)
    again = temper_by_fold(probabilities, changed, folds)
    assert np.array_equal(again[folds == 1], base[folds == 1])
    assert not np.array_equal(again[folds != 1], base[folds != 1])


@settings(deadline=None)
@given(st.floats(0.3, 4), st.integers(0, 100))
def test_tempering_keeps_the_order_and_the_sum(temperature, seed):
    probabilities, _ = sample(5, seed)
    out = temper(probabilities, temperature)
    assert np.allclose(out.sum(axis=1), 1)
    assert (np.argsort(out, axis=1) == np.argsort(probabilities, axis=1)).all()

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emtract.model.evaluate import log_loss
from emtract.model.train.scaling import (
    Scaling,
    fit_scaling,
    fit_temperature,
    match_scaling,
    scale,
    scale_by_fold,
    temper,
    temper_by_fold,
)


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


def test_the_scaling_undoes_slopes_and_shifts():
    probabilities, labels = sample(8000)
    slopes, shifts = (2.0, 1.0, 0.5, 1.0, 1.0, 1.25, 1.0), (0.0, 1.0, -1.0, 0.0, 0.5, 0.0, 0.0)
    inverse = Scaling(tuple(1 / slope for slope in slopes), tuple(-b / a for a, b in zip(slopes, shifts, strict=True)))
    steep = scale(probabilities, inverse)
    found = fit_scaling(steep, labels)
    assert found.shifts[0] == 0
    assert (
        log_loss(scale(steep, found), labels) <= log_loss(temper(steep, fit_temperature(steep, labels)), labels) - 0.01
    )
    assert np.abs(scale(steep, found) - probabilities).mean() < 0.01


def test_scaling_leaves_the_mean_of_each_label_at_its_share():
    probabilities, labels = sample(4000, sharpness=2)
    scaled = scale(probabilities, fit_scaling(probabilities, labels))
    assert np.allclose(scaled.mean(axis=0), np.bincount(labels, minlength=7) / len(labels), atol=2e-3)


@pytest.mark.parametrize("calibrate", [temper_by_fold, scale_by_fold])
def test_no_label_calibrates_its_own_fold(calibrate):
    probabilities, labels = sample(400)
    folds = np.arange(400) % 4
    base = calibrate(probabilities, labels, folds)
    changed = np.where(folds == 1, (labels + 1) % 7, labels)
    again = calibrate(probabilities, changed, folds)
    assert np.array_equal(again[folds == 1], base[folds == 1])
    assert not np.array_equal(again[folds != 1], base[folds != 1])


@settings(deadline=None)
@given(st.floats(0.3, 4), st.integers(0, 100))
def test_tempering_keeps_the_order_and_the_sum(temperature, seed):
    probabilities, _ = sample(5, seed)
    out = temper(probabilities, temperature)
    assert np.allclose(out.sum(axis=1), 1)
    assert (np.argsort(out, axis=1) == np.argsort(probabilities, axis=1)).all()


def test_a_model_that_is_too_sure_becomes_as_sure_as_its_siblings():
    true, _ = sample(2000)
    siblings = [temper(sample(2000, seed=0)[0], 1.0 + noise) for noise in (-0.02, 0.02)]
    shifts = (0.0, 0.3, -0.2, 0.0, 0.1, 0.0, 0.0)
    start = Scaling((0.8,) * 7, (0.0,) * 7)
    surer = scale(true, Scaling((1.5,) * 7, shifts))
    matched = scale(surer, match_scaling(surer, siblings, start))
    wanted = np.mean([part.max(axis=1).mean() for part in siblings])
    assert matched.max(axis=1).mean() == pytest.approx(wanted, abs=1e-4)
    assert np.allclose(matched.mean(axis=0), np.mean(siblings, axis=(0, 1)), atol=1e-4)
    assert np.abs(matched - true).mean() < 0.006 < 0.015 < np.abs(scale(surer, start) - true).mean()


def test_a_model_like_its_siblings_keeps_their_scaling():
    probabilities, labels = sample(1000)
    scaling = fit_scaling(probabilities, labels)
    matched = match_scaling(probabilities, [scale(probabilities, scaling)] * 2, scaling)
    assert np.allclose(matched.slopes, scaling.slopes, atol=1e-6)
    assert np.allclose(matched.shifts, scaling.shifts, atol=1e-6)

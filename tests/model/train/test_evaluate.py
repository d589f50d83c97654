import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emtract.model.train.evaluate import (
    calibration_error,
    evaluate,
    fit_temperature,
    macro_f1,
    metrics_table,
    spread,
    temper,
    temper_by_fold,
)

EYE = np.eye(7)


def sample(n=4000, seed=0, sharpness=1.0):
    """Labels drawn from the probabilities that a model with logits `sharpness` times too steep reports."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(size=(n, 7))
    true = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    labels = np.array([rng.choice(7, p=row) for row in true])
    return temper(true, 1 / sharpness), labels


def test_a_perfect_model():
    labels = np.arange(7)
    found = evaluate(EYE, labels)
    assert (found.accuracy, found.macro_f1, found.valence_accuracy, found.valence_macro_f1) == (1, 1, 1, 1)
    assert (found.log_loss, found.ece, found.valence_log_loss) == (0, 0, 0)


def test_valence_forgives_a_wrong_negative_emotion():
    found = evaluate(EYE[[3]], np.array([6]))
    assert (found.accuracy, found.valence_accuracy) == (0, 1)
    assert found.log_loss == pytest.approx(-np.log(1e-12))


def test_macro_f1_is_that_of_scikit_learn():
    predicted, labels = np.array([0, 0, 1, 2, 2, 2]), np.array([0, 1, 1, 2, 0, 2])
    assert macro_f1(predicted, labels, 3) == pytest.approx((0.5 + 2 / 3 + 0.8) / 3)


def test_calibrated_probabilities_have_a_small_error_and_steep_ones_a_large():
    assert calibration_error(*sample()) < 0.03
    assert calibration_error(*sample(sharpness=3)) > 0.2


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


def test_the_spread_and_its_table():
    parts = [evaluate(EYE, np.arange(7)), evaluate(EYE[::-1], np.arange(7))]
    found = spread(parts)
    assert found["accuracy"]["mean"] == pytest.approx(4 / 7)
    assert found["accuracy"]["sd"] == pytest.approx(np.std([1, 1 / 7], ddof=1))
    assert spread(parts[:1])["accuracy"]["sd"] == 0
    assert "| accuracy | 0.5714 ± 0.6061 |" in metrics_table({"fp32": found})

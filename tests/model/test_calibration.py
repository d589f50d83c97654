import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emtract.model.calibration import assign_bins, calibration_error, reliability, wilson


def test_the_error_by_hand():
    confidence = np.array([0.95, 0.95, 0.45, 0.45])
    hit = np.array([True, False, True, False])
    assert calibration_error(confidence, hit) == pytest.approx((2 * 0.45 + 2 * 0.05) / 4)


@pytest.mark.parametrize("bins", ["width", "mass"])
def test_true_probabilities_have_none_in_the_limit(bins):
    rng = np.random.default_rng(0)
    errors = []
    for n in (500, 50_000):
        confidence = rng.uniform(0.2, 1, n)
        errors.append(calibration_error(confidence, rng.random(n) < confidence, bins=bins))
    assert errors[1] < 0.01 < errors[0]


def test_bins_of_equal_mass_hold_equally_many():
    sizes = np.bincount(assign_bins(np.random.default_rng(0).random(1500) ** 3, "mass"))
    assert set(sizes) == {100}
    assert assign_bins(np.array([0.0, 1.0]), "width").tolist() == [0, 14]
    assert len(set(assign_bins(np.full(20, 0.5), "mass"))) == 1


def test_reliability_holds_every_text_once():
    rng = np.random.default_rng(1)
    confidence = rng.random(900)
    table = reliability(confidence, rng.random(900) < confidence)
    assert table["n"].sum() == 900
    assert (table["low"] <= table["share"]).all() and (table["share"] <= table["high"]).all()
    weighted = (table["n"] * (table["confidence"] - table["share"]).abs()).sum() / 900
    assert weighted == pytest.approx(calibration_error(confidence, rng.random(900) < confidence), abs=0.1)


def test_wilson_by_hand():
    assert wilson(0, 0) == (0, 1)
    low, high = wilson(7, 10)
    assert (low, high) == (pytest.approx(0.3968, abs=1e-4), pytest.approx(0.8922, abs=1e-4))


@settings(deadline=None)
@given(st.integers(1, 5000), st.data())
def test_wilson_holds_the_share_and_stays_inside(n, data):
    hits = data.draw(st.integers(0, n))
    low, high = wilson(hits, n)
    assert 0 <= low <= hits / n + 1e-12 and hits / n - 1e-12 <= high <= 1 and low < high
    mirrored = wilson(n - hits, n)
    assert (low, high) == (pytest.approx(1 - mirrored[1]), pytest.approx(1 - mirrored[0]))

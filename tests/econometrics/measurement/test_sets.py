"""Sets that invert moments: closed form, search, and a grid give the same values."""

import numpy as np
import pytest

from emtract.econometrics.measurement.sets import Moments, one_coefficient

CRITICAL = 1.96**2


def moments(rng, k, *, strength, effect=1.0, clusters=200):
    """Moments of k coefficients from cluster sums, of known strength."""
    gram = strength * np.eye(k) + 0.2 * strength * np.ones((k, k))
    noise = rng.standard_normal((clusters, k + k * k))
    noise -= noise.mean(axis=0)
    sums = noise + np.concatenate([gram @ np.full(k, effect), gram.ravel()]) / clusters
    spread = sums.T @ sums
    return Moments(gram @ np.full(k, effect), gram, spread, spread)


@pytest.mark.parametrize("strength", [3.0, 20.0, 45.0, 400.0])
def test_the_set_of_one_coefficient_holds_just_what_its_test_keeps(strength):
    found = moments(np.random.default_rng(1), 1, strength=strength)
    kept = one_coefficient(found, 0, CRITICAL, naive=np.ones(1), errors=np.full(1, 14 / strength))
    for value in np.concatenate([np.linspace(-9, 9, 400), np.array([-1e5, -400.0, 400.0, 1e5])]):
        assert kept.holds(value) == (found.statistic(np.array([value]))[0] <= CRITICAL)


def test_one_set_of_each_shape():
    shapes = set()
    for seed in range(60):
        rng = np.random.default_rng(seed)
        found = moments(rng, 1, strength=float(rng.uniform(1, 60)), effect=float(rng.uniform(0, 4)))
        kept = one_coefficient(found, 0, CRITICAL, naive=np.ones(1), errors=np.ones(1))
        shapes.add((len(kept.pieces), kept.bounded))
        assert all(low < high for low, high in kept.pieces)
        assert kept.holds(found.outcome[0] / found.gram[0, 0])
    assert shapes == {(1, True), (1, False), (2, False)}


@pytest.mark.parametrize("strength", [25.0, 60.0, 400.0])
def test_the_set_of_one_of_two_is_the_shadow_of_both(strength):
    found = moments(np.random.default_rng(3), 2, strength=strength)
    errors = np.full(2, 14 / strength)
    kept = one_coefficient(found, 0, CRITICAL, naive=np.ones(2), errors=errors)
    others = np.tan(np.linspace(-1.5, 1.5, 600)) * 2 + 1

    def least(value):
        return min(found.statistic(np.array([value, other]))[0] for other in others)

    for value in np.linspace(-3, 5, 33):
        if least(value) <= CRITICAL:
            assert kept.holds(value)
        elif least(value) > CRITICAL * 1.05:
            assert not kept.holds(value)


def test_with_strong_moments_the_set_is_the_usual_interval():
    found = moments(np.random.default_rng(5), 3, strength=5e4)
    bread = np.linalg.inv(found.gram)
    values = bread @ found.outcome
    error = np.sqrt(np.diag(bread @ found.covariance(values) @ bread.T))
    for j in range(3):
        kept = one_coefficient(found, j, CRITICAL, naive=values, errors=error)
        np.testing.assert_allclose([kept.low, kept.high], values[j] + 1.96 * error[j] * np.array([-1, 1]), rtol=1e-3)


def test_at_zero_the_test_is_that_without_any_correction():
    found = moments(np.random.default_rng(7), 2, strength=9.0)
    score, variance = found.outcome, found.spread[:2, :2]
    assert found.statistic(np.zeros(2))[0] == pytest.approx(score @ np.linalg.solve(variance, score))


def test_the_gradient_is_that_of_differences():
    found = moments(np.random.default_rng(9), 3, strength=30.0)
    values = np.array([0.3, -2.0, 1.1])
    _, gradient = found.statistic(values)
    for j in range(3):
        step = np.eye(3)[j] * 1e-6
        difference = (found.statistic(values + step)[0] - found.statistic(values - step)[0]) / 2e-6
        assert gradient[j] == pytest.approx(difference, rel=1e-4)


def test_an_intersection_that_makes_no_covariance_is_left_out():
    sound = moments(np.random.default_rng(2), 2, strength=30.0)
    broken = Moments(sound.outcome, sound.gram, sound.spread - 2 * np.diag(np.diag(sound.spread)), sound.spread)
    np.testing.assert_array_equal(broken.covariance(np.ones(2)), sound.covariance(np.ones(2)))


def test_the_set_and_the_test_of_one_coefficient_read_one_covariance():
    """Two-way sums that are no covariance gave p = .01 beside an interval that held zero."""
    found = Moments(np.array([5.0]), np.array([[5.0]]), np.array([[4.0, 3.0], [3.0, 1.0]]), np.diag([8.0, 8.0]))
    kept = one_coefficient(found, 0, CRITICAL, naive=np.ones(1), errors=np.ones(1))
    for value in np.linspace(-6, 6, 25):
        assert kept.holds(value) == (found.statistic(np.array([value]))[0] <= CRITICAL)
    assert kept.holds(0.0)

"""Removing effects: what is left is orthogonal to every dummy, whatever the weights and the shape of the sample."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emtract.econometrics.absorb import within


def dense(codes):
    return np.unique(codes, return_inverse=True)[1].astype(np.int64)


@settings(max_examples=30, deadline=None, derandomize=True)
@given(n=st.integers(2, 200), firms=st.integers(1, 30), days=st.integers(1, 30), seed=st.integers(0, 10**6))
def test_residuals_are_those_of_weighted_dummy_regression(n, firms, days, seed):
    """Thin draws fall into unconnected parts, where the normal equations are singular more than once."""
    rng = np.random.default_rng(seed)
    effects = [dense(rng.integers(0, firms, n)), dense(rng.integers(0, days, n))]
    values, weights = rng.standard_normal((n, 3)), rng.uniform(0.2, 3, n)
    dummies = np.column_stack([np.eye(codes.max() + 1)[codes] for codes in effects])
    root = np.sqrt(weights)[:, None]
    expected = values - dummies @ np.linalg.lstsq(root * dummies, root * values, rcond=None)[0]
    np.testing.assert_allclose(within(values, effects, weights=weights), expected, atol=1e-9)


@pytest.mark.parametrize("n_effects", [0, 1, 2])
def test_removing_twice_is_removing_once(n_effects):
    rng = np.random.default_rng(0)
    effects = [dense(rng.integers(0, 9, 100)) for _ in range(n_effects)]
    once = within(rng.standard_normal((100, 2)), effects)
    np.testing.assert_allclose(within(once, effects), once, atol=1e-12)


def test_a_balanced_panel_loses_both_means_and_regains_the_grand_mean():
    values = np.random.default_rng(0).standard_normal((6, 8))
    firm, day = np.divmod(np.arange(48), 8)
    expected = values - values.mean(axis=1, keepdims=True) - values.mean(axis=0) + values.mean()
    np.testing.assert_allclose(within(values.reshape(-1, 1), [firm, day])[:, 0], expected.ravel(), atol=1e-12)

"""Entries of the hat matrix of effects and controls, beside those of dense linear algebra."""

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st

from emtract.econometrics.measurement.leverage import leverage


def dense(effects, controls, weights):
    """D (D' W D)^- D' with every dummy written out."""
    columns = [np.ones((len(weights), 1)), *(np.eye(level.max() + 1)[level] for level in effects), controls]
    d = np.hstack(columns)
    return d @ np.linalg.pinv(d.T @ (d * weights[:, None]), rcond=1e-11, hermitian=True) @ d.T


# Seven rows of three effects, which explain each other but for rounding.
@example(3, 1, True, 1226)
@given(st.integers(0, 3), st.integers(0, 2), st.booleans(), st.integers(0, 10_000))
def test_every_entry_is_that_of_the_dense_projection(n_effects, n_controls, weighted, seed):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(5, 60))
    effects = [np.unique(rng.integers(0, rng.integers(2, 12), n), return_inverse=True)[1] for _ in range(n_effects)]
    controls = rng.standard_normal((n, n_controls))
    weights = rng.uniform(0.2, 3.0, n) if weighted else np.ones(n)
    found, wanted = leverage(effects, controls, weights), dense(effects, controls, weights)
    np.testing.assert_allclose(found.diagonal(), np.diag(wanted), atol=1e-8)
    one, two = rng.integers(0, n, 40), rng.integers(0, n, 40)
    np.testing.assert_allclose(found.between(one, two), wanted[one, two], atol=1e-8)


def test_unconnected_firms_and_sessions_and_a_control_that_effects_explain():
    firm = np.array([0, 0, 1, 1, 2, 2, 3, 3])
    session = np.array([0, 1, 0, 1, 2, 3, 2, 3])
    controls = np.column_stack([np.arange(8.0) ** 2, firm])
    found = leverage([firm, session], controls, np.ones(8))
    np.testing.assert_allclose(found.diagonal(), np.diag(dense([firm, session], controls, np.ones(8))), atol=1e-10)
    rank = np.linalg.matrix_rank(np.hstack([np.eye(4)[firm], np.eye(4)[session], controls]))
    np.testing.assert_allclose(found.diagonal().sum(), rank)


def test_no_pairs_give_no_entries():
    found = leverage([np.array([0, 0, 1, 1])], np.empty((4, 0)), np.ones(4))
    assert found.between(np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)).shape == (0,)

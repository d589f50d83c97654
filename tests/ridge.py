"""Learn the head of dimensions: ridge regressions of ratings on an encoder's states, with penalties chosen in training."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Array = NDArray[np.float64]

#: Penalties that are tried, on standardised states; stated before anything was measured.
PENALTIES: Final = tuple(10.0**power for power in (2, 2.5, 3, 3.5, 4, 4.5, 5))
FOLDS: Final = 5


@dataclass(frozen=True)
class Ridge:
    """Linear predictions of k ratings.

    Attributes
    ----------
    weight, bias
        Shapes (k, width) and (k,).
    penalties
        The penalty of each rating, shape (k,).
    """

    weight: Array
    bias: Array
    penalties: Array

    def predict(self, states: NDArray[np.floating]) -> Array:
        """Ratings of states, shape (n, k)."""
        return np.asarray(states @ self.weight.T + self.bias)


def fit_ridge(states: NDArray[np.floating], ratings: Array, penalties: Sequence[float] | Array) -> Ridge:
    """Fit a ridge regression of each rating.

    Parameters
    ----------
    states, ratings
        Shapes (n, width) and (n, k); states are standardised here, and weights are of the states as given.
    penalties
        Penalty of each rating, k of them.

    Notes
    -----
    ``w = (Z'Z + a I)⁻¹ Z'(y - mean(y))`` with Z the standardised states; where there are fewer rows than states, the same by
    ``Z'(ZZ' + a I)⁻¹``.
    """
    chosen = np.asarray(penalties, dtype=np.float64)
    paths = _paths(states, ratings, np.unique(chosen))
    weight = np.stack([paths[penalty].weight[k] for k, penalty in enumerate(chosen)])
    bias = np.array([paths[penalty].bias[k] for k, penalty in enumerate(chosen)])
    return Ridge(weight, bias, chosen)


def choose_penalties(
    states: NDArray[np.floating], ratings: Array, *, penalties: Sequence[float] = PENALTIES, seed: int = 0
) -> Array:
    """Choose the penalty of each rating by cross-validation in `FOLDS` parts: the one with the smallest squared error.

    Parameters
    ----------
    states, ratings
        See `fit_ridge`; the rows of the training part alone.
    penalties
        What is tried.
    seed
        Decides the parts.
    """
    fold = np.random.default_rng(seed).permutation(len(states)) % FOLDS
    errors = np.zeros((len(penalties), ratings.shape[1]))
    for part in range(FOLDS):
        rest = fold != part
        paths = _paths(states[rest], ratings[rest], np.asarray(penalties))
        for place, penalty in enumerate(penalties):
            errors[place] += ((paths[penalty].predict(states[~rest]) - ratings[~rest]) ** 2).sum(axis=0)
    return np.asarray(np.asarray(penalties)[errors.argmin(axis=0)])


def _paths(states: NDArray[np.floating], ratings: Array, penalties: Array) -> dict[float, Ridge]:
    """Fit every rating with each of the penalties: the product of the states is made once."""
    from scipy.linalg import solve

    centre, spread = states.mean(axis=0), states.std(axis=0)
    spread = np.where(spread > 0, spread, 1)
    z, mean = (states - centre) / spread, ratings.mean(axis=0)
    wide = len(z) < z.shape[1]
    gram, aim = (z @ z.T, ratings - mean) if wide else (z.T @ z, z.T @ (ratings - mean))
    found = {}
    for penalty in penalties.tolist():
        eased = gram.copy()
        eased[np.diag_indices_from(eased)] += penalty
        solved = solve(eased, aim.astype(eased.dtype), assume_a="pos", overwrite_a=True)
        weight = ((z.T @ solved) if wide else solved).T / spread
        found[penalty] = Ridge(weight, mean - weight @ centre, np.full(len(mean), penalty))
    return found


def correlations(told: Array, ratings: Array) -> Array:
    """Pearson correlation of each column, shape (k,)."""
    return np.array([np.corrcoef(a, b)[0, 1] for a, b in zip(told.T, ratings.T, strict=True)])


def interval(r: float, n: int) -> tuple[float, float]:
    """95 per cent interval of a correlation over n independent rows, by Fisher's z.

    Examples
    --------
    >>> [round(end, 3) for end in interval(0.5, 1000)]
    [0.452, 0.545]
    """
    half = 1.959964 / np.sqrt(n - 3)
    return float(np.tanh(np.arctanh(r) - half)), float(np.tanh(np.arctanh(r) + half))

"""Several tests at once: false discovery rates, step-down p-values, and draws of the largest of many t statistics."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import stats

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]


def false_discovery(p_values: ArrayLike) -> Floats:
    """Return p-values of Benjamini and Hochberg (1995): the smallest false discovery rate at which each would be called."""
    return np.asarray(stats.false_discovery_control(np.asarray(p_values), method="bh"))


def step_down(statistics: NDArray[np.float64], drawn: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return Romano and Wolf's adjusted p-values of m statistics, given draws of them under the null, shape (draws, m)."""
    size, draws = np.abs(statistics), np.abs(drawn)
    order = np.argsort(-size)
    # Column j: the largest of those that stand at place j or after it.
    largest = np.maximum.accumulate(draws[:, order[::-1]], axis=1)[:, ::-1]
    shares = (1 + (largest >= size[order]).sum(axis=0)) / (1 + len(draws))
    adjusted = np.empty(len(size))
    adjusted[order] = np.maximum.accumulate(shares)
    return adjusted


def root(matrix: Floats) -> Floats:
    """Return a root of a symmetric matrix, shape (k, k); eigenvalues below zero, as of sums of clusters, are cut to zero."""
    values, vectors = np.linalg.eigh(matrix)
    return np.asarray(vectors * np.sqrt(np.maximum(values, 0.0)))


def draw_statistics(matrix_root: Floats, df: int | None, draws: int, rng: np.random.Generator) -> Floats:
    """Draw t statistics whose correlations have this root.

    Parameters
    ----------
    matrix_root
        R of which R R' are the correlations, shape (k, k); see `root`.
    df
        Degrees of freedom, which all k share; None for normal statistics.
    draws
        Rows of the result.
    rng
        Where they are drawn from.

    Returns
    -------
    NDArray
        Shape (draws, k).
    """
    drawn = rng.standard_normal((draws, len(matrix_root))) @ matrix_root.T
    return drawn if df is None else np.asarray(drawn / np.sqrt(rng.chisquare(df, (draws, 1)) / df))


def correlation(covariance: Floats) -> Floats:
    """Return the correlations of a covariance; eigenvalues below zero, which sums of clusters can have, are cut to zero."""
    sd = np.sqrt(np.diag(covariance))
    values, vectors = np.linalg.eigh(covariance / np.outer(sd, sd))
    positive = (vectors * np.maximum(values, 0)) @ vectors.T
    unit = np.sqrt(np.diag(positive))
    return np.asarray(positive / np.outer(unit, unit))


def largest_t(matrix: Floats, dfs: Sequence[int | None], draws: int, rng: np.random.Generator) -> Floats:
    """Draw the largest absolute value of t statistics with these correlations, shape (draws,).

    Parameters
    ----------
    matrix
        Correlations, shape (k, k).
    dfs
        Degrees of freedom of each statistic; None for a normal one.
    draws, rng
        How many, and where they are drawn from.

    Notes
    -----
    Their law is the multivariate t with the fewest degrees of freedom among them; of one statistic, its own t.
    """
    fewest = min((df for df in dfs if df is not None), default=None)
    return np.asarray(np.abs(draw_statistics(root(matrix), fewest, draws, rng)).max(axis=1))

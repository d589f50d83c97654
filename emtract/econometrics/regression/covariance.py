r"""The middle of the sandwich: sums of products of scores, over rows, clusters or lags.

With scores :math:`s_i = x_i u_i` (weights included) of n rows, every function returns a matrix of shape (k, k) without any
finite-sample factor; the covariance is :math:`(X'X)^{-1} M (X'X)^{-1}`.
"""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from emtract.econometrics.regression.codes import combine, count

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


def robust(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Sum over rows (White 1980)."""
    return np.asarray(scores.T @ scores)


def clustered(scores: NDArray[np.float64], clusters: Sequence[NDArray[np.int64]]) -> NDArray[np.float64]:
    """Sum over clusters; with two dimensions V1 + V2 - V12 (Cameron, Gelbach and Miller 2011)."""
    total = sum(_of_sums(group_sums(scores, levels)) for levels in clusters)
    for one, two in combinations(clusters, 2):
        total = total - _of_sums(group_sums(scores, combine(one, two)))
    return np.asarray(total)


def driscoll_kraay(scores: NDArray[np.float64], time: NDArray[np.int64], lags: int) -> NDArray[np.float64]:
    """Bartlett kernel over sums of the scores of each time (Driscoll and Kraay 1998).

    Parameters
    ----------
    scores
        Shape (n, k).
    time
        Time of each row, 0 to T - 1, shape (n,); numbers that differ by one are one step apart.
    lags
        Last lag, in these steps.
    """
    sums = group_sums(scores, time)
    return newey_west(sums, np.arange(len(sums)), lags)


def newey_west(
    scores: NDArray[np.float64], time: NDArray[np.int64], lags: int, entity: NDArray[np.int64] | None = None
) -> NDArray[np.float64]:
    r"""Bartlett kernel over rows of one entity that lie up to so many steps apart (Newey and West 1987).

    Parameters
    ----------
    scores
        Shape (n, k), in any order.
    time
        Time of each row, whole numbers from 0, shape (n,); an entity has at most one row of each.
    lags
        Last lag L, in steps of time.
    entity
        Entity of each row, whole numbers from 0, shape (n,); None where all rows are of one.

    Notes
    -----
    .. math:: M = \Gamma_0 + \sum_{l=1}^{L} (1 - l/(L+1)) (\Gamma_l + \Gamma_l'),\quad \Gamma_l = \sum_t s_t s_{t-l}'

    A row whose predecessor of l steps is absent adds nothing to lag l. With L = 0 it is `robust`.
    """
    width = count(time) + lags
    key = time if entity is None else entity * width + time
    order = np.argsort(key, kind="stable")
    key, scores = key[order], scores[order]
    total = robust(scores)
    for lag in range(1, lags + 1):
        place = np.minimum(np.searchsorted(key, key - lag), len(key) - 1)
        met = key[place] == key - lag
        product = scores[met].T @ scores[place[met]]
        total = total + (1 - lag / (lags + 1)) * (product + product.T)
    return np.asarray(total)


def group_sums(values: NDArray[np.float64], levels: NDArray[np.int64]) -> NDArray[np.float64]:
    """Sum rows of each level: shape (levels, columns)."""
    size = count(levels)
    return np.column_stack([np.bincount(levels, weights=column, minlength=size) for column in values.T])


def _of_sums(sums: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(sums.T @ sums)

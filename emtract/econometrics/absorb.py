"""Remove one or two fixed effects from columns: exactly, for unbalanced and weighted panels."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy import linalg

if TYPE_CHECKING:
    from collections.abc import Sequence

Codes = NDArray[np.int64]


def within(
    values: NDArray[np.float64], effects: Sequence[Codes], *, weights: NDArray[np.float64] | None = None
) -> NDArray[np.float64]:
    r"""Return residuals of the weighted projection of columns on the effects' dummy variables.

    Parameters
    ----------
    values
        Shape (n, k).
    effects
        None, one or two arrays of shape (n,) with codes 0 .. L - 1, every code present.
    weights
        Shape (n,), positive; None for equal weights.

    Returns
    -------
    NDArray
        Shape (n, k). Without effects: values less their weighted mean.

    Notes
    -----
    With D the dummies of the effect with more levels, H those of the other and W the weights, the effects of H solve

    .. math:: (H'WH - H'WD (D'WD)^{-1} D'WH)\, \gamma = H'Wz - H'WD (D'WD)^{-1} D'Wz

    (Frisch-Waugh-Lovell), a system of the size of the smaller effect; the pseudo-inverse covers samples that fall into
    unconnected parts. A second pass on the residuals removes rounding error. With one effect this is group demeaning,
    with two effects in a balanced panel it is z less both group means plus the grand mean. linearmodels' dummy-variable
    least squares gives the same numbers some hundred times slower (14,000 rows, 100 firms: 1.6 s).
    """
    mass = np.ones(len(values)) if weights is None else weights
    if len(effects) == 2:
        return _two_way(values, effects, mass)
    codes = effects[0] if effects else np.zeros(len(values), dtype=np.int64)
    return values - _group_means(values, codes, mass)[codes]


def _two_way(values: NDArray[np.float64], effects: Sequence[Codes], mass: NDArray[np.float64]) -> NDArray[np.float64]:
    small, large = sorted(effects, key=lambda codes: int(codes.max()))
    shape = (int(small.max()) + 1, int(large.max()) + 1)
    cells = np.bincount(small * shape[1] + large, mass, minlength=shape[0] * shape[1]).reshape(shape)
    share = cells / cells.sum(axis=0)
    inverse = linalg.pinvh(np.diag(cells.sum(axis=1)) - share @ cells.T)
    for _ in range(2):
        target = _group_sums(values, small, mass) - share @ _group_sums(values, large, mass)
        values = values - (inverse @ target)[small]
        values -= _group_means(values, large, mass)[large]
    return values


def _group_sums(values: NDArray[np.float64], codes: Codes, mass: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.column_stack([np.bincount(codes, mass * column) for column in values.T])


def _group_means(values: NDArray[np.float64], codes: Codes, mass: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(_group_sums(values, codes, mass) / np.bincount(codes, mass)[:, None])

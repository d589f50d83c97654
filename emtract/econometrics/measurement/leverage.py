r"""How much of a row its own effects and controls explain: the diagonal of the residual maker, and entries off it.

Notes
-----
With D the dummies of the effects beside the exact controls, :math:`\Omega` the weights and :math:`G = (D'\Omega D)^-`,

.. math:: M_{cd} = 1\{c = d\} - \sqrt{\omega_c \omega_d}\, g_{cd}, \qquad g_{cd} = d_c' G d_d

The effect with most levels is taken out first, where :math:`D_1'\Omega D_1` is diagonal with entries a; what is left is a Schur
complement S of the other columns Z, so that with :math:`b_g` the weighted mean of Z in level g of the first effect

.. math:: g_{cd} = 1\{g_c = g_d\} / a_{g_c} + (z_c - b_{g_c})' S^- (z_d - b_{g_d})

A row of Z has one entry an effect and one a control, so the cost of a row does not grow with the levels.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy import sparse
from scipy.linalg import lapack

from emtract.econometrics.regression.design import count

if TYPE_CHECKING:
    from collections.abc import Sequence

    from emtract.econometrics.estimates import Codes, Floats

#: Share of a column's sum of squares below which what others leave of it counts as nothing.
_RANK: Final = 1e-10
#: Pairs of rows that are taken at once.
_PAIRS: Final = 200_000


@dataclass(frozen=True, eq=False)
class Leverage:
    """The rows of D in a form from which any entry of g can be read.

    Attributes
    ----------
    first
        Level of each row in the effect with most levels, shape (n,).
    size
        Sum of weights of each of its levels, shape (G,).
    others
        Column of Z that each row has in each further effect, shape (n, q).
    controls
        Exact controls, shape (n, m): the last m columns of Z.
    inverse
        A generalised inverse of S, shape (K, K).
    means
        b, shape (K, G).
    product
        inverse @ means, shape (K, G).
    """

    first: Codes
    size: Floats
    others: Codes
    controls: Floats
    inverse: Floats
    means: Floats
    product: Floats

    def diagonal(self) -> Floats:
        """Return g of each row with itself, shape (n,)."""
        rows = np.arange(len(self.first))
        own = np.einsum("kg,kg->g", self.means, self.product)[self.first]
        return np.asarray(1 / self.size[self.first] + self._within(rows, rows) - 2 * self._across(rows, rows) + own)

    def between(self, one: Codes, two: Codes) -> Floats:
        """Return g of pairs of rows, shape (pairs,).

        Parameters
        ----------
        one, two
            Numbers of the rows of each pair, shape (pairs,).
        """
        told = [self._between(one[i : i + _PAIRS], two[i : i + _PAIRS]) for i in range(0, len(one), _PAIRS)]
        return np.concatenate(told) if told else np.empty(0)

    def _between(self, one: Codes, two: Codes) -> Floats:
        same = (self.first[one] == self.first[two]) / self.size[self.first[one]]
        both = np.einsum("kp,kp->p", self.means[:, self.first[one]], self.product[:, self.first[two]])
        return np.asarray(
            same + self._within(one, two) - self._across(one, two) - self._across(two, one) + both, dtype=float
        )

    def _within(self, one: Codes, two: Codes) -> Floats:
        """Sum of squares of the other columns, in the inverse, of pairs of rows."""
        m = self.controls.shape[1]
        kept = len(self.inverse) - m
        total = np.einsum("pi,ij,pj->p", self.controls[one], self.inverse[kept:, kept:], self.controls[two])
        for a in self.others.T:
            for b in self.others.T:
                total += self.inverse[a[one], b[two]]
            if m:
                total += np.einsum("pm,pm->p", self.inverse[a[one], kept:], self.controls[two])
                total += np.einsum("pm,pm->p", self.inverse[a[two], kept:], self.controls[one])
        return np.asarray(total, dtype=np.float64)

    def _across(self, one: Codes, two: Codes) -> Floats:
        """Other columns of the first row, times what the second's level has of `product`."""
        m = self.controls.shape[1]
        levels = self.first[two]
        total = np.zeros(len(one))
        for a in self.others.T:
            total += self.product[a[one], levels]
        if m:
            total += np.einsum("pm,mp->p", self.controls[one], self.product[len(self.inverse) - m :, levels])
        return total


def leverage(effects: Sequence[Codes], controls: Floats, weights: Floats) -> Leverage:
    """Prepare the entries of g.

    Parameters
    ----------
    effects
        Level of each row, from 0, of each effect, each of shape (n,); none stands for a constant.
    controls
        Exact regressors, shape (n, m).
    weights
        Shape (n,), all positive.
    """
    n, m = controls.shape
    levels = sorted(effects, key=count, reverse=True) or [np.zeros(n, dtype=np.int64)]
    first, rest = levels[0], levels[1:]
    starts = np.cumsum([0, *(count(level) for level in rest)])
    others = np.column_stack([level + start for level, start in zip(rest, starts, strict=False)] or [np.empty((n, 0))])
    others = others.astype(np.int64)
    kept = int(starts[-1])
    z = sparse.csr_array(
        (
            np.hstack([np.ones(others.shape), controls]).ravel(),
            np.hstack([others, np.broadcast_to(np.arange(kept, kept + m), (n, m))]).ravel(),
            np.arange(n + 1) * (others.shape[1] + m),
        ),
        shape=(n, kept + m),
    )
    dummies = sparse.csr_array((weights, first, np.arange(n + 1)), shape=(n, count(first)))
    size = np.bincount(first, weights=weights).astype(np.float64)
    cross = (z.T @ dummies).toarray()
    gram = (z.T @ (z * weights[:, None])).toarray()
    means = cross / size
    inverse = generalised_inverse(gram - means @ cross.T, np.diag(gram))
    return Leverage(first, size, others, controls, inverse, means, inverse @ means)


def generalised_inverse(matrix: Floats, before: Floats) -> Floats:
    """Invert as many columns of a positive semidefinite matrix as are independent; the others get zeros.

    `before` is its diagonal with nothing taken out: what is left is judged by that, and never by itself.
    """
    inverse = np.zeros_like(matrix)
    scale = np.sqrt(np.maximum(before, np.finfo(float).tiny))
    scaled = matrix / np.outer(scale, scale)
    if not (np.diag(scaled) > _RANK).any():
        return inverse
    factor, order, rank, _ = lapack.dpstrf(scaled, lower=1, tol=_RANK)
    kept = order[:rank] - 1
    root, _ = lapack.dtrtri(np.tril(factor[:rank, :rank]), lower=1)
    inverse[np.ix_(kept, kept)] = root.T @ root
    return np.asarray(inverse / np.outer(scale, scale))

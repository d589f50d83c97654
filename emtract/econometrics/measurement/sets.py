r"""Which values of a coefficient a sample cannot reject, when the moments and not the estimate carry the test.

Notes
-----
With moments :math:`s(\gamma) = u - W\gamma`, sums of cluster contributions :math:`u_g - W_g\gamma`, and their clustered
covariance :math:`B(\gamma)`, a value of all k coefficients is kept where :math:`s(\gamma)'B(\gamma)^{-1}s(\gamma)` is at most
the quantile (Anderson and Rubin 1949; Stock and Wright 2000). A set for one of them takes the least of this over the others and
the quantile of one degree of freedom. Nothing is divided by an estimate of W: the set holds however weak the moments are, and
it may then be the whole line, or all but an interval. At :math:`\gamma = 0` noise in the regressors plays no part, so that the
sign of an effect is judged as it is without any correction.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.optimize import minimize

from emtract.errors import EstimationError

if TYPE_CHECKING:
    from emtract.econometrics.estimates import Floats

#: Points of the line, as angles, at which a set is looked for before its edges are.
_POINTS: Final = 25
#: Standard errors from zero to the point half way to infinity.
_SPAN: Final = 4.0
#: Standard errors within which the other coefficients are looked for.
_FAR: Final = 1e4
#: Halvings of the distance between a value that is in a set and one that is not.
_BISECTIONS: Final = 24
_EDGE: Final = np.pi / 2 - 1e-4


@dataclass(frozen=True)
class ConfidenceSet:
    """A union of intervals, in ascending order; the first may begin at minus infinity, the last end at infinity.

    Attributes
    ----------
    pieces
        (low, high) of each interval.
    """

    pieces: tuple[tuple[float, float], ...]

    @property
    def low(self) -> float:
        """Its least value."""
        return self.pieces[0][0] if self.pieces else float("nan")

    @property
    def high(self) -> float:
        """Its largest value."""
        return self.pieces[-1][1] if self.pieces else float("nan")

    @property
    def bounded(self) -> bool:
        """Whether both ends are finite."""
        return bool(np.isfinite([self.low, self.high]).all())

    def holds(self, value: float) -> bool:
        """Whether a value is in it."""
        return any(low <= value <= high for low, high in self.pieces)

    def scaled(self, factor: float) -> ConfidenceSet:
        """Return the set of a multiple of the coefficient, by a positive factor."""
        return ConfidenceSet(tuple((low * factor, high * factor) for low, high in self.pieces))


@dataclass(frozen=True, eq=False)
class Moments:
    """Moments of k coefficients, and all that their clustered covariance needs at any value of them.

    Attributes
    ----------
    outcome
        u, shape (k,).
    gram
        W, shape (k, k).
    spread
        Covariance of the cluster sums of (u, W row by row), each dimension with its sign, shape (k + k^2, k + k^2); finite-sample
        factor included.
    wide
        The same without the intersection of two dimensions: taken where the difference is no covariance.
    """

    outcome: Floats
    gram: Floats
    spread: Floats
    wide: Floats

    def at(self, values: Floats) -> Floats:
        """Return s of coefficients of shape (k,)."""
        return self.outcome - self.gram @ values

    def covariance(self, values: Floats) -> Floats:
        """Return B of coefficients of shape (k,)."""
        return self._sandwich(_map(values, 1.0))

    @cached_property
    def told(self) -> Floats:
        """What B is made of while it is a covariance: for one coefficient one and the same at all of its values."""
        alone = len(self.outcome) == 1 and np.linalg.eigvalsh(self.spread)[0] < 0
        return self.wide if alone else self.spread

    def _sandwich(self, mapping: Floats) -> Floats:
        found = mapping @ self.told @ mapping.T
        return found if _is_positive(found) else np.asarray(mapping @ self.wide @ mapping.T)

    def statistic(self, values: Floats, *, constant: float = 1.0) -> tuple[float, Floats]:
        """Return s' B^-1 s and its gradient.

        Parameters
        ----------
        values
            Coefficients, shape (k,).
        constant
            Factor on u: 0 gives the limit far out in the direction of `values`.

        Raises
        ------
        EstimationError
            When B is singular, as with fewer clusters than coefficients.
        """
        # Of degree zero in (constant, values): taken on the unit sphere, so that far out is no larger than near by.
        norm = float(np.hypot(constant, np.linalg.norm(values)))
        constant, values = constant / norm, values / norm
        mapping = _map(values, constant)
        score = constant * self.outcome - self.gram @ values
        spread = self.told
        covariance = mapping @ spread @ mapping.T
        if not _is_positive(covariance):
            spread = self.wide
            covariance = mapping @ spread @ mapping.T
        try:
            solved = np.linalg.solve(covariance, score)
        except np.linalg.LinAlgError as error:
            raise EstimationError(
                f"{len(values)} coefficients need more clusters than this sample has: name fewer regressors in x"
            ) from error
        k = len(values)
        tilted = (spread @ (mapping.T @ solved))[k:].reshape(k, k)
        gradient = -2 * self.gram.T @ solved + 2 * tilted.T @ solved
        return float(score @ solved), gradient / norm


def _map(values: Floats, constant: float) -> Floats:
    """J, by which (u, W row by row) becomes constant times u less W times the values."""
    k = len(values)
    found = np.zeros((k, k + k * k))
    for i in range(k):
        found[i, i] = constant
        found[i, k + i * k : k + (i + 1) * k] = -values
    return found


def _is_positive(matrix: Floats) -> bool:
    scale = np.sqrt(np.diag(matrix).clip(min=0))
    if not (scale > 0).all():
        return False
    return bool(np.linalg.eigvalsh(matrix / np.outer(scale, scale))[0] > 1e-8)


def one_coefficient(moments: Moments, j: int, critical: float, *, naive: Floats, errors: Floats) -> ConfidenceSet:
    """Return the values of one coefficient that no value of the others lets reject.

    Parameters
    ----------
    moments
        Of all k coefficients.
    j
        Number of the coefficient.
    critical
        Quantile that the statistic is compared with.
    naive, errors
        The uncorrected coefficients and their standard errors, shape (k,): where, and how closely, the line is searched.
    """
    if len(moments.outcome) == 1:
        return _alone(moments, critical)
    point = np.linalg.lstsq(moments.gram, moments.outcome, rcond=None)[0]
    scale = _SPAN * float(errors[j])
    marked = [0.0, *(centre + errors[j] * step for centre in (naive[j], point[j]) for step in range(-3, 4))]
    angles = np.unique(np.concatenate([np.linspace(-_EDGE, _EDGE, _POINTS), np.arctan(np.array(marked) / scale)]))
    middle = int(np.abs(angles - np.arctan(point[j] / scale)).argmin())

    def over(angle: float, start: Floats) -> tuple[float, Floats]:
        value, constant = float(np.sin(angle) * scale), float(np.cos(angle))
        return least(moments, j, value, constant=constant, start=start, errors=errors, enough=critical)

    found = np.empty(len(angles))
    starts = [np.asarray(point, dtype=np.float64)] * len(angles)
    for order in (range(middle, len(angles)), range(middle, -1, -1)):
        start = point * np.cos(angles[middle])
        for i in order:
            found[i], start = over(angles[i], start)
            starts[i] = start
    inside = found <= critical

    def edge(i: int) -> float:
        inner, outer = (i, i + 1) if inside[i] else (i + 1, i)
        within, without, start = angles[inner], angles[outer], starts[inner]
        for _ in range(_BISECTIONS):
            middle_angle = (within + without) / 2
            value, there = over(middle_angle, start)
            if value <= critical:
                within, start = middle_angle, there
            else:
                without = middle_angle
        return float(np.tan(within) * scale)

    cuts = [edge(i) for i in range(len(angles) - 1) if inside[i] != inside[i + 1]]
    return _pieces(cuts, starts_inside=bool(inside[0]), ends_inside=bool(inside[-1]))


def _alone(moments: Moments, critical: float) -> ConfidenceSet:
    """The set of a single coefficient: a quadratic inequality."""
    if not np.isfinite(critical):
        return ConfidenceSet(((-np.inf, np.inf),))
    spread = moments.told
    u, w = float(moments.outcome[0]), float(moments.gram[0, 0])
    a = w**2 - critical * spread[1, 1]
    b = -2 * (u * w - critical * spread[0, 1])
    c = u**2 - critical * spread[0, 0]
    root = b**2 - 4 * a * c
    if root <= 0:
        return ConfidenceSet(((-np.inf, np.inf),))
    cuts = sorted((-b + sign * np.sqrt(root)) / (2 * a) for sign in (-1, 1))
    return _pieces([float(cut) for cut in cuts], starts_inside=a < 0, ends_inside=a < 0)


def _pieces(cuts: list[float], *, starts_inside: bool, ends_inside: bool) -> ConfidenceSet:
    ends = [*([-np.inf] if starts_inside else []), *cuts, *([np.inf] if ends_inside else [])]
    return ConfidenceSet(tuple((float(low), float(high)) for low, high in list(pairwise(ends))[::2]))


def least(
    moments: Moments,
    j: int,
    value: float,
    *,
    start: Floats,
    errors: Floats,
    constant: float = 1.0,
    enough: float = 0.0,
) -> tuple[float, Floats]:
    """Return the least statistic over the other coefficients, and where it lies.

    Parameters
    ----------
    moments
        Of all k coefficients.
    j, value
        Number of the coefficient, and its value times `constant`.
    start
        Coefficients from which to look, times `constant`, shape (k,).
    errors
        Uncorrected standard errors, the units in which steps are taken, shape (k,).
    constant
        1, or less towards a limit far out.
    enough
        The search ends at a statistic of no more than this.
    """
    k = len(start)
    if k == 1:
        return moments.statistic(np.array([value]), constant=constant)[0], np.array([value])
    others = np.delete(np.arange(k), j)
    straight = np.linalg.lstsq(
        moments.gram[:, others], constant * moments.outcome - moments.gram[:, j] * value, rcond=None
    )[0]
    size = errors[others]
    far = _FAR * np.hypot(constant, value / errors[j])

    def of(part: Floats) -> tuple[float, Floats]:
        values = np.empty(k)
        values[j], values[others] = value, part * size
        found, gradient = moments.statistic(values, constant=constant)
        if found <= enough:
            raise _EnoughError(found, values)
        return found, gradient[others] * size

    tries = (start[others], straight)
    options = {"jac": True, "method": "L-BFGS-B", "bounds": [(-far, far)] * (k - 1)}
    try:
        best = min(
            (minimize(of, (part / size).clip(-far, far), **options) for part in tries),
            key=lambda found: float(found.fun),
        )
    except _EnoughError as error:
        return error.found, error.values
    values = np.empty(k)
    values[j], values[others] = value, best.x * size
    return float(best.fun), values


class _EnoughError(Exception):
    """A value was found at which the search may end."""

    def __init__(self, found: float, values: Floats) -> None:
        super().__init__(found)
        self.found, self.values = found, values

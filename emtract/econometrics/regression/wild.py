r"""The wild cluster bootstrap with the null imposed, for samples of few clusters (Cameron, Gelbach and Miller 2008).

Notes
-----
For coefficient j and null value r let :math:`\tilde u = \hat u + (\hat\beta_j - r)\,\ddot x_j` be the residuals under the null,
with :math:`\ddot x_j` the regressor without effects and other regressors. A draw gives each cluster h a weight :math:`v_h` and
refits :math:`y^* = X\tilde\beta + v \tilde u`. Everything is linear in v: with M the residual maker of regressors and effects,

.. math::

    t^*(v) = \frac{\sum_h a_h v_h}{\sqrt{c\, v' Q v}},\quad a_h = \ddot x_{j,h}'\tilde u_h,\quad
    Q = \sum_d \pm S_d' S_d,\quad S_{d,gh} = \ddot x_{j,g}' (M \tilde u_h)_g

where g runs over the clusters of dimension d (two-way: + + and - for intersections), h over the clusters of the dimension
with fewest
clusters. So effects are absorbed once for each h, and a draw costs G squared (Roodman, MacKinnon, Nielsen and Webb 2019). All
is quadratic in r, and an interval holds the values r that are not rejected.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import combinations as pairs
from typing import TYPE_CHECKING, Final, Literal

import numpy as np

from emtract.econometrics.estimates import TIE, Estimate
from emtract.econometrics.regression.absorb import absorb, partial_out
from emtract.econometrics.regression.covariance import group_sums
from emtract.econometrics.regression.design import combine, count
from emtract.progress import counted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from emtract.econometrics.estimates import Codes, Floats
    from emtract.econometrics.regression.absorb import Library
    from emtract.econometrics.regression.design import Design
    from emtract.econometrics.regression.spec import Spec

#: Below so many clusters t tests reject too often (Cameron and Miller 2015).
FEW_CLUSTERS: Final = 40
#: Effective clusters below which not even the bootstrap is relied on: the signs of two or three clusters are all that its draws
#: differ by (MacKinnon and Webb 2017, 2018). Where two firms carry (2.5), as simulated in `tests.validation.daily_returns`, it
#: rejects nulls that hold in 2 to 4 of 100 samples, and one interval in ten has no end.
TOO_FEW_CLUSTERS: Final = 4
#: Up to so many clusters two-point weights have too few combinations, and Webb's six points are drawn (Webb 2023).
VERY_FEW_CLUSTERS: Final = 11
_WEBB: Final = np.sqrt([0.5, 1.0, 1.5])
_BISECTIONS: Final = 40

Multipliers = Literal["rademacher", "webb"]


@dataclass(frozen=True, eq=False)
class WildTest:
    """The bootstrap test of one coefficient.

    Attributes
    ----------
    estimate, std_error
        Coefficient and cluster-robust standard error, in the units of the spec.
    linear
        Shape (2, G): a_h of the residuals and of the regressor.
    quadratic
        Shape (3, G, G): Q by powers of the distance from the estimate to the null.
    norm
        Sum of squares of the partialled regressor.
    unit
        What a coefficient on the standardised regressor is divided by.
    scale
        Finite-sample factor c.
    draws, seed, multipliers
        What is drawn.
    """

    estimate: float
    std_error: float
    linear: Floats
    quadratic: Floats
    norm: float
    unit: float
    scale: float
    draws: int
    seed: int
    multipliers: Multipliers

    @property
    def effective_clusters(self) -> float:
        """Clusters of one size that carry as much as those resampled (Carter, Schnepel and Steigerwald 2017).

        The squared sum of their partial leverages over the sum of squares.
        """
        carried = self.linear[1]
        return float(carried.sum() ** 2 / (carried @ carried))

    @cached_property
    def _parts(self) -> tuple[Floats, Floats]:
        """Numerators (2, draws) and quadratic forms (3, draws): all that a null value changes is their sum."""
        weights = draw_multipliers(self.linear.shape[1], self.draws, self.multipliers, seed=self.seed)
        forms = np.stack([np.einsum("bg,bg->b", weights @ q, weights) for q in self.quadratic])
        return self.linear @ weights.T, forms

    def drawn(self, null: float = 0.0) -> Floats:
        """Return the size of each draw's t under a null value, shape (draws,); nan where its variance is not positive."""
        distance = (self.estimate - null) * self.unit
        numerators, forms = self._parts
        variance = self.scale * (forms[0] + distance * forms[1] + distance**2 * forms[2])
        size = np.abs(numerators[0] + distance * numerators[1])
        absent = np.full_like(size, np.nan)
        return np.asarray(np.divide(size, np.sqrt(variance.clip(min=0)), out=absent, where=variance > 0))

    def p_value(self, null: float = 0.0) -> float:
        """Return the share of draws, the sample among them, whose t is at least as large in size."""
        drawn = self.drawn(null)
        observed = abs(self.estimate - null) / self.std_error
        return float((1 + np.sum(drawn >= TIE * observed)) / (1 + np.isfinite(drawn).sum()))

    def interval(self, level: float = 0.95) -> tuple[float, float]:
        """Return the null values nearest the estimate, below and above, from which the test rejects.

        Notes
        -----
        Found by bisection from the estimate outwards; infinite where no value within a thousand standard errors is
        rejected, as with too few clusters for any test at that level.
        """
        alpha = round(1 - level, 12)
        return self._edge(-1, alpha), self._edge(1, alpha)

    def tested(self, n_obs: int) -> Estimate:
        """Return the number with its bootstrapped p-value and interval; `n_obs` are the rows behind it."""
        low, high = self.interval()
        statistic = self.estimate / self.std_error
        return Estimate(self.estimate, self.std_error, statistic, self.p_value(), low, high, n_obs)

    def _edge(self, side: int, alpha: float) -> float:
        inside, outside = 0.0, 1.0
        while self.p_value(self.estimate + side * outside * self.std_error) >= alpha:
            inside, outside = outside, 2 * outside
            if outside > 1000:
                return side * float("inf")
        for _ in range(_BISECTIONS):
            middle = (inside + outside) / 2
            held = self.p_value(self.estimate + side * middle * self.std_error) >= alpha
            inside, outside = (middle, outside) if held else (inside, middle)
        return self.estimate + side * inside * self.std_error


def is_due(spec: Spec, levels: Mapping[str, int]) -> bool:
    """Return whether p-values and intervals of a spec come from the bootstrap, on a sample of so many levels of each cluster.

    Under `auto` where the smallest cluster dimension has fewer than `FEW_CLUSTERS`.
    """
    if spec.bootstrap != "auto":
        return spec.bootstrap == "wild"
    return any(levels[cluster] < FEW_CLUSTERS for cluster in spec.clusters)


def choose_multipliers(n_clusters: int) -> Multipliers:
    """Return Webb's weights for very few clusters, else Rademacher's."""
    return "webb" if n_clusters <= VERY_FEW_CLUSTERS else "rademacher"


def draw_multipliers(n_clusters: int, draws: int, kind: Multipliers, *, seed: int) -> Floats:
    """Return weights of mean 0 and variance 1, shape (draws, n_clusters): -1 or 1, or Webb's six points.

    Parameters
    ----------
    n_clusters
        Clusters of the dimension that is resampled.
    draws, seed
        Of the bootstrap; the same seed gives the same weights.
    kind
        `rademacher` for two points, `webb` for six (Webb 2023).
    """
    rng = np.random.default_rng(seed)
    signs = rng.choice([-1.0, 1.0], (draws, n_clusters))
    return signs if kind == "rademacher" else signs * rng.choice(_WEBB, (draws, n_clusters))


def wild_tests(
    spec: Spec, design: Design, library: Library, scale: float, *, combinations: Floats | None = None
) -> tuple[WildTest, ...]:
    """Prepare the test of each regressor of a fitted spec, or of combinations of them.

    Parameters
    ----------
    spec
        Clustered by one or two dimensions; its `draws` and `seed` hold for the tests.
    design
        Its estimation sample as arrays.
    library
        Which library absorbs the effects.
    scale
        Finite-sample factor on the clustered covariance.
    combinations
        Weights of the coefficients in each number that is tested, in the units of the spec, shape (m, k); None for each
        coefficient alone.

    Returns
    -------
    tuple of WildTest
        One a regressor, in the order of ``spec.regressors``, or one a combination; clusters of the smallest dimension are
        resampled.
    """
    within = partial_out(design, library)
    coefficients, *_ = np.linalg.lstsq(within.x, within.y, rcond=None)
    blocks = min(design.clusters.values(), key=count)
    dimensions = [(1, levels) for levels in design.clusters.values()]
    dimensions += [(-1, combine(one, two)) for one, two in pairs(design.clusters.values(), 2)]
    maker = _Maker(design, library, within.x, blocks)
    residuals = within.y - within.x @ coefficients
    of_residuals = maker(residuals)
    alone = combinations is None
    weights = np.eye(within.x.shape[1]) if combinations is None else combinations / design.unit
    tests = []
    for j, weight in counted("bootstrap", list(enumerate(weights))):
        x = _carrier(within.x, weight)
        quadratic = _quadratic(x, of_residuals, maker(x), dimensions)
        linear = group_sums(np.column_stack([x * residuals, x * x]), blocks).T
        norm = float(x @ x)
        error = np.sqrt(max(scale * quadratic[0].sum(), 0.0)) / norm
        unit = float(design.unit[j]) if alone else 1.0
        multipliers = choose_multipliers(count(blocks))
        tests.append(
            WildTest(
                estimate=float(coefficients @ weight) / unit,
                std_error=float(error) / unit,
                linear=linear,
                quadratic=quadratic,
                norm=norm,
                unit=unit,
                scale=scale,
                draws=spec.draws,
                seed=spec.seed,
                multipliers=multipliers,
            )
        )
    return tuple(tests)


def _carrier(x: Floats, weight: Floats) -> Floats:
    """Return the regressor whose coefficient is a weighted sum of the coefficients on x, less what the others explain of it."""
    place = int(np.abs(weight).argmax())
    carrier = x[:, place] / weight[place]
    others = np.delete(x - np.outer(carrier, weight), place, axis=1)
    return np.asarray(carrier - others @ np.linalg.lstsq(others, carrier, rcond=None)[0])


@dataclass(frozen=True, eq=False)
class _Maker:
    """What effects and regressors leave of a column that is zero outside one cluster, for each cluster."""

    design: Design
    library: Library
    x: Floats
    blocks: Codes

    def __call__(self, column: Floats) -> Floats:
        apart = np.zeros((len(column), count(self.blocks)))
        apart[np.arange(len(column)), self.blocks] = column
        weights = self.design.weights
        root = 1.0 if weights is None else np.sqrt(weights / weights.mean())[:, None]
        left = absorb(apart / root, self.design, self.library)
        return np.asarray(left - self.x @ np.linalg.lstsq(self.x, left, rcond=None)[0])


def _quadratic(x: Floats, of_residuals: Floats, of_regressor: Floats, dimensions: list[tuple[int, Codes]]) -> Floats:
    total = np.zeros((3, of_residuals.shape[1], of_residuals.shape[1]))
    for sign, levels in dimensions:
        zero, one = (group_sums(x[:, None] * left, levels) for left in (of_residuals, of_regressor))
        cross = zero.T @ one
        total += sign * np.stack([zero.T @ zero, cross + cross.T, one.T @ one])
    return total

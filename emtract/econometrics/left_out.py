r"""What one firm or one session does to a coefficient: every fit without one of them, exact, and without fitting anew.

Notes
-----
With w the dummies of all effects but the one with most levels, the regressors and the outcome side by side, and a a level of
that one effect, the products from which a fit follows are

.. math::

    \sum_i \omega_i w_i w_i' - \sum_a S_a S_a' / W_a, \qquad
    S_a = \sum_{i \in a} \omega_i w_i,\; W_a = \sum_{i \in a} \omega_i

Without the rows of a unit the first sum loses their products, and of the second only the levels change in which they lie: the
cluster jackknife of MacKinnon, Nielsen and Webb (2023), with effects. Coefficients are as in a fit on the rows that are left;
regressors stay in the units of the whole sample. Standard errors and degrees of freedom follow the spec on the rows that
are left; rows that are then alone in a level of an effect still count.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from emtract.econometrics.estimates import SIGNIFICANCE, t_test
from emtract.econometrics.measurement.leverage import generalised_inverse
from emtract.econometrics.regression.absorb import meat
from emtract.econometrics.regression.covariance import counted_parameters, covariance_scale, critical_df
from emtract.econometrics.regression.design import build_design, codes, count
from emtract.econometrics.regression.estimate import estimate, wild_sums
from emtract.econometrics.regression.sample import estimation_sample
from emtract.econometrics.regression.wild import is_due
from emtract.errors import EstimationError
from emtract.panel.frame import ENTITY, TIME
from emtract.progress import counted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from emtract.econometrics.estimates import Codes, Floats
    from emtract.econometrics.regression.design import Design
    from emtract.econometrics.regression.result import Result
    from emtract.econometrics.regression.spec import Spec
    from emtract.panel.frame import Sample

#: What is left out: firms, and sessions.
DIMENSIONS: Final = (ENTITY, TIME)
#: Units of a dimension below which leaving one out is another study.
_FEWEST: Final = 3


@dataclass(frozen=True, kw_only=True)
class Behind:
    """The regression that a number is read from.

    Attributes
    ----------
    spec, sample
        The regression, and the rows that it asks for.
    weights
        Regressor -> its weight in the number; regressors that are not named have none.
    """

    spec: Spec
    sample: Sample
    weights: Mapping[str, float]


@dataclass(frozen=True, eq=False)
class _Products:
    """Sums of products of all rows, from which the products of a unit are taken.

    Attributes
    ----------
    first, further
        Level of each row in the effect with most levels, and its columns of dummies of the others, shapes (n,), (n, q).
    dummies
        How many such columns there are, d.
    values
        Regressors and outcome, shape (n, k + 1).
    weights
        Shape (n,).
    gram, table, size
        Products of (dummies, values), their sums in each level of `first`, and its sum of weights: shapes (K, K), (A, K), (A,).
    """

    first: Codes
    further: Codes
    dummies: int
    values: Floats
    weights: Floats
    gram: Floats
    table: Floats
    size: Floats

    def without(self, rows: Codes) -> Floats:
        """Return values after the effects, on all rows but these, times the root of the weights, shape (n - m, k + 1)."""
        touched, place = np.unique(self.first[rows], return_inverse=True)
        wide = self._wide(rows)
        lost = np.zeros((len(touched), wide.shape[1]))
        np.add.at(lost, place, wide * self.weights[rows, None])
        gram = self.gram - wide.T @ (wide * self.weights[rows, None])
        table, size = self.table.copy(), self.size.copy()
        table[touched] -= lost
        size[touched] -= np.bincount(place, weights=self.weights[rows])
        empty = size <= 1e-9 * self.size
        table[empty], size[empty] = 0.0, 1.0
        inner = gram - table.T @ (table / size[:, None])
        d = self.dummies
        part = generalised_inverse(inner[:d, :d], np.diag(self.gram)[:d]) @ inner[:d, d:]
        kept = np.ones(len(self.first), dtype=bool)
        kept[rows] = False
        means = (table[:, d:] - table[:, :d] @ part) / size[:, None]
        left = self.values[kept] - means[self.first[kept]]
        for column in self.further[kept].T:
            left -= part[column]
        return np.asarray(left * np.sqrt(self.weights[kept])[:, None])

    def _wide(self, rows: Codes) -> Floats:
        wide = np.zeros((len(rows), self.dummies + self.values.shape[1]))
        for column in self.further[rows].T:
            wide[np.arange(len(rows)), column] = 1.0
        wide[:, self.dummies :] = self.values[rows]
        return wide


def left_out(
    behind: Behind, *, p_value: float, std_error: float, df: float | None = None
) -> Iterator[tuple[str, pl.DataFrame, float | None]]:
    """Fit a regression without each firm, then without each session, and yield what becomes of a number that it gives.

    Parameters
    ----------
    behind
        The regression, and how the number is made of its coefficients.
    p_value, std_error
        Of the number as it is reported. Where another rule than the spec's made the error, those without a unit are larger
        than the spec's in the same proportion.
    df
        Degrees of freedom of the number as it is reported, where that rule gives fewer than the spec's; None for the spec's.

    Yields
    ------
    tuple of str, pl.DataFrame and float or None
        The column of units that are left out; unit, rows, estimate, std_error, p_value (of t), one row a unit, in the order of
        the units; and, of a significant number whose p-values come from a bootstrap, the bootstrapped p-value without the unit
        whose t is least.

    Raises
    ------
    SpecError, EstimationError
        As `estimate`.
    """
    result = estimate(replace(behind.spec, bootstrap="none"), behind.sample)
    drawn = is_due(behind.spec, result.n_levels)
    spec = result.spec
    data, _ = estimation_sample(spec, behind.sample)
    design = build_design(spec, data)
    weight = np.array([behind.weights.get(term, 0.0) for term in spec.regressors])
    own = float(np.sqrt(weight @ result.covariance @ weight))
    fits = _Fits(result, design, weight / design.unit, std_error / own, df)
    products = _products(design)
    for dimension in (name for name in DIMENSIONS if name in data.columns):
        levels = codes(data, dimension)
        if not _FEWEST <= count(levels) < data.height:
            continue
        order = np.argsort(levels, kind="stable")
        groups = np.split(order, np.cumsum(np.bincount(levels))[:-1])
        rows = [fits.of(products.without(group), group) for group in counted(f"one {dimension} left out", groups)]
        units = data[dimension].unique().sort().cast(pl.String)
        named = pl.DataFrame([(u, *row) for u, row in zip(units, rows, strict=True)], schema=_LEFT, orient="row")
        again = None
        if drawn and p_value < SIGNIFICANCE:
            lone = data[dimension].unique().sort()[weakest(named, float(weight @ result.coefficients))]
            kept = behind.sample.data.filter(pl.col(dimension) != pl.lit(lone))
            again = _bootstrapped(replace(behind, sample=replace(behind.sample, data=kept)), weight)
        yield dimension, named, again


def refitted(
    behind: Behind, others: Mapping[str, Behind], *, p_value: float, std_error: float, df: float | None = None
) -> tuple[pl.DataFrame, float | None]:
    """Fit a regression on other samples of the same rows, and return what becomes of a number that it gives.

    Parameters
    ----------
    behind
        The regression on its own sample, and how the number is made of its coefficients.
    others
        Name of a unit -> the regression on the sample without it.
    p_value, std_error, df
        As in `left_out`.

    Returns
    -------
    tuple of pl.DataFrame and float or None
        What `left_out` yields of one kind of unit, in the order of `others`; without the others that change nothing.
    """
    result = estimate(replace(behind.spec, bootstrap="none"), behind.sample)
    spec = result.spec
    weight = np.array([behind.weights.get(term, 0.0) for term in spec.regressors])
    stretch = std_error / float(np.sqrt(weight @ result.covariance @ weight))
    scaled = np.isin(spec.regressors, spec.standardise)
    rows: list[tuple[object, ...]] = []
    for unit, other in counted("posts left out", list(others.items())):
        if other.sample.data.select(spec.sources).equals(behind.sample.data.select(spec.sources)):
            continue
        try:
            found = estimate(replace(spec, bootstrap="none"), other.sample)
        except EstimationError:
            rows.append((unit, 0, None, None, None))
            continue
        # Standard deviations come from the whole sample.
        own = weight * np.where(scaled, result.sds / found.sds, 1.0)
        error = stretch * float(np.sqrt(own @ found.covariance @ own))
        free = found.critical_df if df is None else df if found.critical_df is None else min(df, found.critical_df)
        told = t_test(float(own @ found.coefficients), error, free)
        rows.append((unit, result.n_obs - found.n_obs, told["estimate"], told["std_error"], float(told["p_value"])))
    frame = pl.DataFrame(rows, schema=_LEFT, orient="row")
    again = None
    if rows and p_value < SIGNIFICANCE and is_due(behind.spec, result.n_levels):
        lone = others[frame["unit"][weakest(frame, float(weight @ result.coefficients))]]
        again = _bootstrapped(replace(behind, sample=lone.sample), weight)
    return frame, again


_LEFT: Final = {"unit": pl.String, "rows": pl.Int64, **dict.fromkeys(("estimate", "std_error", "p_value"), pl.Float64)}


def weakest(frame: pl.DataFrame, estimate: float) -> int:
    """Return the place of the unit without which a number is least clear.

    Parameters
    ----------
    frame
        As `left_out` yields it.
    estimate
        The number on all rows: without the unit it has the other sign, or else its largest p-value.
    """
    size = (frame["estimate"] / frame["std_error"] * np.sign(estimate)).fill_null(float("inf")).fill_nan(float("inf"))
    return int(size.arg_min() or 0)


def _bootstrapped(behind: Behind, weight: Floats) -> float | None:
    """The bootstrapped p-value of a number; None where its sample carries no fit."""
    kept = behind.sample
    try:
        result = estimate(replace(behind.spec, bootstrap="wild"), kept)
        if np.count_nonzero(weight) > 1:
            return wild_sums(result, kept, weight[None])[0].p_value()
        return float(result.row(result.spec.regressors[int(np.flatnonzero(weight)[0])])["p_value"])
    except EstimationError:
        return None


@dataclass(frozen=True, eq=False)
class _Fits:
    """What a fit needs besides its rows: the result on all of them, its design, and the number's weights."""

    result: Result
    design: Design
    weight: Floats
    stretch: float
    df: float | None

    def of(self, left: Floats, rows: Codes) -> tuple[int, float | None, float | None, float | None]:
        """Return rows that are left out, estimate, standard error and p-value; None where nothing can be estimated."""
        x, y = left[:, :-1], left[:, -1]
        gram = x.T @ x
        size = np.sqrt(np.diag(gram).clip(min=1e-300))
        if np.linalg.eigvalsh(gram / np.outer(size, size))[0] < 1e-9:
            return len(rows), None, None, None
        carried = np.linalg.solve(gram, self.weight)
        values = np.linalg.solve(gram, x.T @ y)
        kept = np.ones(len(self.design.y), dtype=bool)
        kept[rows] = False
        residuals = y - x @ values
        plain = float(carried @ self.weight) * float(residuals @ residuals) / len(y)
        error, own = self._error(_kept(self.design, kept), (x @ carried) * residuals, plain)
        if not error > 0:
            return len(rows), float(self.weight @ values), None, None
        df = own if self.df is None else self.df if own is None else min(own, self.df)
        found = t_test(float(self.weight @ values), error * self.stretch, df)
        return len(rows), found["estimate"], found["std_error"], float(found["p_value"])

    def _error(self, design: Design, scores: Floats, plain: float) -> tuple[float, int | None]:
        """Standard error by the rule of the spec, 0 where there is none, and its degrees of freedom."""
        spec, n = self.result.spec, len(design.y)
        levels = {name: count(level) for name, level in (*design.effects.items(), *design.clusters.items())}
        if design.time is not None:
            levels[spec.time] = count(design.time)
        if any(levels[cluster] < 2 for cluster in spec.clusters):
            return 0.0, None
        counted = counted_parameters(spec, design, levels)
        if n <= counted:
            return 0.0, None
        homoskedastic = spec.covariance == "unadjusted"
        variance = plain if homoskedastic else float(meat(spec, design, scores[:, None], self.result.lags)[0, 0])
        scale = covariance_scale(spec, n, counted, levels)
        return float(np.sqrt(max(scale * variance, 0.0))), critical_df(spec, n, counted, levels)


def _kept(design: Design, kept: Codes) -> Design:
    """A design of some of its rows, levels numbered anew."""
    renumbered = {name: _numbered(level[kept]) for name, level in {**design.effects, **design.clusters}.items()}
    return replace(
        design,
        y=design.y[kept],
        z=design.z[:0],
        effects={name: renumbered[name] for name in design.effects},
        clusters={name: renumbered[name] for name in design.clusters},
        time=None if design.time is None else _numbered(design.time[kept]),
        entity=None if design.entity is None else _numbered(design.entity[kept]),
        weights=None if design.weights is None else design.weights[kept],
    )


def _numbered(levels: Codes) -> Codes:
    occurs = np.bincount(levels) > 0
    return np.asarray((np.cumsum(occurs) - 1)[levels], dtype=np.int64)


def _products(design: Design) -> _Products:
    n = len(design.y)
    effects = sorted(design.effects.values(), key=count, reverse=True) or [np.zeros(n, dtype=np.int64)]
    first, others = effects[0], effects[1:]
    starts = np.cumsum([0, *(count(level) for level in others)])
    further = np.column_stack([np.empty((n, 0), np.int64), *(c + s for c, s in zip(others, starts, strict=False))])
    weights = np.ones(n) if design.weights is None else design.weights / design.weights.mean()
    values = np.column_stack([design.z, design.y])
    empty = np.empty((0, 0))
    bare = _Products(first, further.astype(np.int64), int(starts[-1]), values, weights, empty, empty, empty)
    wide = bare._wide(np.arange(n))
    weighted = wide * weights[:, None]
    table = np.column_stack([np.bincount(first, weights=column, minlength=count(first)) for column in weighted.T])
    size = np.bincount(first, weights=weights).astype(np.float64)
    return replace(bare, gram=wide.T @ weighted, table=table.astype(np.float64), size=size)

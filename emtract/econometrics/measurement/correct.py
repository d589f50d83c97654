r"""Coefficients of moods corrected for the few posts behind each cell, and the set of values that the sample leaves open.

Notes
-----
A cell's mean is its mood and noise, :math:`x_c = m_c + e_c`, with :math:`\operatorname{Var}(e_c)` estimated without bias by
:math:`V_c` of `emtract.panel.noise.Noise`. With the residual maker M of effects and exact controls, weights :math:`\omega`, and
:math:`\tilde x = M\sqrt\omega x`,

.. math::

    A &= \sum_c \tilde x_c \tilde x_c' - \sum_c \omega_c (1 - \omega_c g_{cc}) V_c
        + \sum_{c \neq d} \omega_c \omega_d g_{cd} V_{cd} \\
    \gamma &= A^{-1} \tilde X'\tilde y

with g of `emtract.econometrics.measurement.leverage`; the last sum runs over cells that share posts. A product with an exact
column z takes :math:`z_c V_c`. The score of a cell is :math:`\tilde x_c \tilde y_c - A_c \gamma` with :math:`A_c` its part of A,
so that the sampling of V is in the errors. The target is the coefficient of the mood that a cell's posts are a sample of: posts
of a cell are drawn independently given its mood; posts of one author or text count as one.

By halves nothing is said of V: with :math:`\tilde a` and :math:`\tilde b` the means of two halves of each cell's units, each half
is an instrument for the other (Gillen, Snowberg and Yariv 2019),

.. math::

    A = \tfrac12 \sum_c (\tilde a_c \tilde b_c' + \tilde b_c \tilde a_c'), \quad
    \gamma = A^{-1} \tfrac12 \sum_c (\tilde a_c + \tilde b_c) \tilde y_c

which reads the noise off the posts themselves and is less precise, since a half is noisier than the whole.

By reading, moods are first carried from how a scorer reads to what a tagger would say, and the noise is misreading; by
both, the sampling of posts too: see `emtract.econometrics.measurement.reading`. B then holds the sampling of the tags.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from itertools import combinations
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
import polars as pl
from scipy import stats

from emtract.econometrics.estimates import LEVEL, TIE
from emtract.econometrics.measurement.prepared import prepare
from emtract.econometrics.measurement.reading import as_tagged, tag_spread
from emtract.econometrics.measurement.sets import ConfidenceSet, Moments, least, one_coefficient
from emtract.econometrics.regression.covariance import group_sums
from emtract.econometrics.regression.design import combine, count
from emtract.econometrics.regression.spec import check_options
from emtract.econometrics.regression.wild import FEW_CLUSTERS, choose_multipliers, draw_multipliers
from emtract.errors import SpecError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from emtract.econometrics.estimates import Codes, Floats
    from emtract.econometrics.measurement.prepared import Rows, Singles
    from emtract.econometrics.regression.design import Design
    from emtract.econometrics.regression.result import Result
    from emtract.econometrics.regression.spec import Spec
    from emtract.ledger import Ledger
    from emtract.misreading import Misreading
    from emtract.panel.frame import Sample

#: What tells mood from noise: the variance between the units of a cell, or two halves of them, each an instrument for the other;
#: how tagged posts are misread, of the very posts of a cell; or that and the variance between units.
#: A fifth, of `emtract.econometrics.measurement.second`: a second measure of the mood, which is its instrument.
By = Literal["noise", "halves", "reading", "both", "second"]
_DRAWN: Final = "given the mood of a cell, its posts are drawn independently"
_TRAVELS: Final = "given its emotion, a post is read as the tagged posts were"
_UNSHARED: Final = "given the mood, the errors of its two measures go neither with one another nor with the outcome"
_APART: Final = "given its emotion, how a post is read does not go with the outcome"
#: What each rests on.
ASSUMES: Final[Mapping[By, tuple[str, ...]]] = {
    "noise": (_DRAWN,),
    "halves": (_DRAWN,),
    "reading": (_TRAVELS, _APART),
    "both": (_DRAWN, _TRAVELS, _APART),
    "second": (_UNSHARED,),
}
#: Least eigenvalue of A, on the scale of its diagonal, with which it counts as positive definite.
_POINT: Final = 1e-9


@dataclass(frozen=True)
class Correction:
    """A regression whose moods are corrected, beside the same regression without.

    Attributes
    ----------
    naive
        The same regression on the same cells, uncorrected.
    terms
        Regressors that are means of posts, or differences of two, p of them.
    plain, plain_errors
        Their uncorrected coefficients on the same cells, and the standard errors, shape (p,).
    coefficients, covariance
        Corrected, shapes (p,) and (p, p); nan where A is not positive definite: there is no point, but a set.
    moments
        What the sets are made from, of coefficients on standardised moods.
    unit
        What such a coefficient is divided by to read in the units of the spec, shape (p,).
    critical
        Quantile of each coefficient's statistic, shape (p,).
    drawn
        Statistics of a score bootstrap, which the quantile is of where clusters are few, shape (draws, p); None without.
    reliability, reliability_errors
        Share of each mood's variance that is not noise, after effects and exact controls, and its standard error, shape (p,).
    effective_clusters
        Clusters that carry as much as the sample's (Carter, Schnepel and Steigerwald 2017), the least over dimensions,
        shape (p,); nan without clusters.
    df
        Degrees of freedom of the t distribution; None for the normal.
    ledger
        From rows of the panel to rows used.
    by
        What told mood from noise.
    misreading
        Name, revision and source of the misreading that was corrected for; None without.
    strength
        First-stage F of an instrument: the square of the t that the mood has on it, by the spec's covariance; nan without one.
    """

    naive: Result
    terms: tuple[str, ...]
    plain: Floats
    plain_errors: Floats
    coefficients: Floats
    covariance: Floats
    moments: Moments
    unit: Floats
    critical: Floats
    drawn: Floats | None
    reliability: Floats
    reliability_errors: Floats
    effective_clusters: Floats
    df: int | None
    ledger: Ledger
    by: By = "noise"
    misreading: str | None = None
    strength: float = float("nan")

    @property
    def assumes(self) -> tuple[str, ...]:
        """What the correction rests on, in words."""
        return ASSUMES[self.by]

    @property
    def bootstrapped(self) -> bool:
        """Whether quantiles come from a score bootstrap, since clusters are few."""
        return self.drawn is not None

    @cached_property
    def sets(self) -> tuple[ConfidenceSet, ...]:
        """Values of each coefficient that the sample does not reject, in the order of `terms`."""
        naive, errors = self.plain * self.unit, self.plain_errors * self.unit
        return tuple(
            one_coefficient(self.moments, j, critical, naive=naive, errors=errors).scaled(1 / unit)
            for j, (unit, critical) in enumerate(zip(self.unit, self.critical, strict=True))
        )

    def holds(self, term: str, value: float) -> bool:
        """Whether a value is in the set of a term: cheaper than the set."""
        j = self.terms.index(term)
        critical = float(self.critical[j])
        return self._statistic(j, value, enough=critical) <= critical

    def against_zero(self, term: str) -> tuple[float, float]:
        """Return the statistic of the test that a coefficient is zero, with the sign of the plain one, and its p-value."""
        j = self.terms.index(term)
        found = self._statistic(j, 0.0)
        root = np.sqrt(found)
        if self.drawn is not None:
            p_value = share_beyond(self.drawn[:, j], found)
        elif self.df is None:
            p_value = 2 * stats.norm.sf(root)
        else:
            # As in `_critical`: what t is when its scores are centred.
            p_value = 2 * stats.t.sf(root / np.sqrt(max(1 - found / self.df, np.finfo(float).tiny)), self.df)
        return float(np.copysign(root, self.plain[j])), float(p_value)

    def _statistic(self, j: int, value: float, *, enough: float = 0.0) -> float:
        start, errors = self.plain * self.unit, self.plain_errors * self.unit
        return least(self.moments, j, value * self.unit[j], start=start, errors=errors, enough=enough)[0]

    def tidy(self) -> pl.DataFrame:
        """Return one row a mood.

        Returns
        -------
        pl.DataFrame
            term, naive, naive_error, estimate, std_error, set_low, set_high, set_pieces, reliability, reliability_error,
            effective_clusters, n_obs; estimate and std_error are null where there is no point.
        """
        frame = pl.DataFrame(
            {
                "term": self.terms,
                "naive": self.plain,
                "naive_error": self.plain_errors,
                "estimate": self.coefficients,
                "std_error": np.sqrt(np.diag(self.covariance)),
                "set_low": [s.low for s in self.sets],
                "set_high": [s.high for s in self.sets],
                "set_pieces": [len(s.pieces) for s in self.sets],
                "reliability": self.reliability,
                "reliability_error": self.reliability_errors,
                "effective_clusters": self.effective_clusters,
            }
        )
        return frame.with_columns(
            pl.col("estimate", "std_error").fill_nan(None), n_obs=pl.lit(self.naive.n_obs, pl.Int64)
        )


def correct(
    spec: Spec,
    panel: Sample,
    *,
    by: By = "noise",
    singles: Singles = "leave_out",
    min_units: int = 2,
    level: float = LEVEL,
    misreading: Misreading | None = None,
) -> Correction:
    """Estimate a regression with its moods corrected for the sampling of posts, for how they are misread, or for both.

    Parameters
    ----------
    spec
        The regression: any effects, exact controls, weights, covariance, and products of a mood with an exact column.
    panel
        Firm-sessions, or rows of another kind, built with the noise of their moods.
    by
        `noise`: by the variance between the units of each cell. `halves`: by two halves of them, as a check that says nothing of
        that variance. `reading`: for misreading, of the tags that a cell's own posts would get; all cells stay. `both`: of the
        tags of all posts that the mood could have brought, by noise.
    singles
        `leave_out`: cells with fewer than `min_units` units leave the sample; `pooled`: cells of one unit stay, with the noise
        that a unit has on average in the others, which presumes that their posts spread as much.
    min_units
        Units that a cell needs, at least 2.
    level
        Coverage of the sets.
    misreading
        How the scorer of these posts reads each emotion, where `by` is `reading` or `both`.

    Raises
    ------
    SpecError
        When no regressor is a mean of posts, one is made of it in a way that cannot be corrected, cells of one unit shall be
        halved, or a misreading is missing or of no use.
    ModelError
        When the misreading is of another scorer or revision.
    EstimationError
        When the panel has no noise, no cell has two units, or the regression cannot be estimated on those that have.

    Examples
    --------
    >>> from emtract import Store, build_panel
    >>> from emtract.study import Spec
    >>> with Store.open("runs/demo/demo.duckdb", read_only=True) as store:
    ...     panel = build_panel(store, scorer="default", noise=True)
    >>> spec = Spec(
    ...     y="return_open_close",
    ...     x=("valence_market",),
    ...     effects=("symbol", "session"),
    ...     covariance="clustered",
    ...     clusters=("symbol", "session"),
    ...     small_sample="fixest",
    ...     standardise=("valence_market",),
    ...     y_scale=1e4,
    ... )
    >>> found = correct(spec, panel)
    >>> bool(abs(found.coefficients[0]) > abs(found.plain[0]))
    True
    """
    check_options((by, By))
    if by == "second":
        raise SpecError(
            "a second measure has a function of its own: by_second() of emtract.econometrics.measurement.second"
        )
    if by == "halves" and singles == "pooled":
        raise SpecError("a cell of one unit has no halves: leave out singles='pooled', or correct by noise")
    if (misreading is not None) != (by in ("reading", "both")):
        raise SpecError(
            "by='reading' and by='both' need a misreading of the scorer: read_misreading() of what emtract model evaluate wrote"
            if misreading is None
            else f"by={by!r} has no use for a misreading: say by='reading' or by='both'"
        )
    if misreading is None:
        return corrected(prepare(spec, panel, singles=singles, min_units=min_units), by=by, level=level)
    # The noise of misreading is known of cells of one text too.
    kept: Singles = "pooled" if by == "reading" else singles
    tagged = as_tagged(spec, panel, misreading=misreading, told="posts" if by == "reading" else "mood")
    read = replace(panel, noise=tagged.noise)
    naive, rows = (prepare(spec, of, singles=kept, min_units=min_units) for of in (read, tagged))
    # In the units of what was read, which may be its standard deviation.
    rows = replace(rows, unit=naive.unit * rows.design.sds[rows.places] / naive.design.sds[naive.places])
    found = corrected(rows, level=level, tags=tag_spread(rows, tagged, misreading))
    plain, errors = naive.plain
    told = f"{misreading.name} {misreading.how}"
    return replace(found, naive=naive.naive, plain=plain, plain_errors=errors, by=by, misreading=told)


def corrected(rows: Rows, *, by: By = "noise", level: float = LEVEL, tags: Floats | None = None) -> Correction:
    """Return the corrected regression of rows whose noise is known.

    Parameters
    ----------
    rows
        What `emtract.econometrics.measurement.prepared.prepare` kept.
    by, level
        As in `correct`.
    tags
        What the sampling of tags adds to the covariance of the moments, shape (p + p^2, p + p^2); None for nothing. Where
        clusters are few, quantiles come from the clusters alone, which are no smaller.
    """
    return _corrected(
        rows, _told_by_halves(rows) if by == "halves" else _told_by_noise(rows), by=by, level=level, tags=tags
    )


def instrumented(rows: Rows, instrument: Floats, *, level: float = LEVEL) -> Correction:
    """Return the regression of rows of one mood with an instrument for it.

    Parameters
    ----------
    rows
        p is 1; nothing is asked of their noise.
    instrument
        After effects and exact controls, shape (n,).
    level
        Coverage of the set.
    """
    told = np.column_stack([instrument * rows.y, instrument * rows.x[:, 0]])
    found = _corrected(rows, told, by="second", level=level, tags=None)
    moved, size = instrument @ rows.x[:, 0], instrument @ instrument
    left = rows.x[:, 0] - instrument * moved / size
    strength = float(moved / rows.error((instrument * left)[:, None])[0]) ** 2
    unknown = np.full(1, np.nan)
    return replace(found, reliability=unknown, reliability_errors=unknown, strength=strength)


def _corrected(rows: Rows, told: Floats, *, by: By, level: float, tags: Floats | None) -> Correction:
    moments, sums = _moments(rows, told)
    if tags is not None:
        moments = replace(moments, spread=moments.spread + tags, wide=moments.wide + tags)
    coefficients, covariance = _point(moments)
    critical, drawn = _critical(rows, moments, sums, coefficients, level)
    unit = rows.unit
    reliability, errors = rows.reliability()
    return Correction(
        naive=rows.naive,
        terms=rows.terms,
        plain=rows.plain[0],
        plain_errors=rows.plain[1],
        coefficients=coefficients / unit,
        covariance=covariance / np.outer(unit, unit),
        moments=moments,
        unit=unit,
        critical=critical,
        drawn=drawn,
        reliability=reliability,
        reliability_errors=errors,
        effective_clusters=_effective(rows, moments),
        df=rows.df,
        ledger=rows.ledger,
        by=by,
    )


def _told_by_noise(rows: Rows) -> Floats:
    """What the moments are sums of: outcome (p), then the upper triangle of W."""
    products = [rows.x[:, i] * rows.x[:, j] for i, j in zip(*np.triu_indices(rows.x.shape[1]), strict=True)]
    return np.column_stack([rows.x * rows.y[:, None], np.column_stack(products) - rows.noisy])


def _told_by_halves(rows: Rows) -> Floats:
    """The same, of two halves that are instruments for each other."""
    one, two = rows.halves()
    pairs = zip(*np.triu_indices(rows.x.shape[1]), strict=True)
    products = [(one[:, i] * two[:, j] + two[:, i] * one[:, j]) / 2 for i, j in pairs]
    return np.column_stack([(one + two) / 2 * rows.y[:, None], *products])


def _moments(rows: Rows, told: Floats) -> tuple[Moments, Floats]:
    """Moments, and the rows that they are sums of."""
    p = rows.x.shape[1]
    unfold = np.zeros((p + p * p, told.shape[1]))
    unfold[:p, :p] = np.eye(p)
    for place, (i, j) in enumerate(zip(*np.triu_indices(p), strict=True)):
        unfold[p + i * p + j, p + place] = unfold[p + j * p + i, p + place] = 1.0
    sums = unfold @ told.sum(axis=0)
    spread, wide = (unfold @ found @ unfold.T for found in rows.middles(told))
    return Moments(sums[:p], sums[p:].reshape(p, p), spread, wide), told


def _point(moments: Moments) -> tuple[Floats, Floats]:
    """Coefficients and covariance; nan where W is not positive definite."""
    p = len(moments.outcome)
    size = np.sqrt(np.diag(moments.gram).clip(min=0))
    if not (size > 0).all() or np.linalg.eigvalsh(moments.gram / np.outer(size, size))[0] < _POINT:
        return np.full(p, np.nan), np.full((p, p), np.nan)
    bread = np.linalg.inv(moments.gram)
    values = bread @ moments.outcome
    return values, bread @ moments.covariance(values) @ bread.T


def _effective(rows: Rows, moments: Moments) -> Floats:
    """Effective number of clusters of each coefficient, the least over dimensions."""
    if not rows.design.clusters:
        return np.full(rows.x.shape[1], np.nan)
    carried = (rows.x @ np.linalg.pinv(moments.gram)) ** 2
    sums = [group_sums(carried, levels) for levels in rows.design.clusters.values()]
    return np.asarray(np.min([s.sum(axis=0) ** 2 / (s**2).sum(axis=0) for s in sums], axis=0))


def _critical(
    rows: Rows, moments: Moments, told: Floats, coefficients: Floats, level: float
) -> tuple[Floats, Floats | None]:
    """Quantile of each coefficient's statistic: of t squared, or where clusters are few of its draws by a score bootstrap.

    The null is imposed, so that scores are not centred at an estimate before they are squared: of df + 1 normal scores the
    statistic is then t squared over 1 + t squared / df.
    """
    p = len(moments.outcome)
    df = rows.df
    square = float((stats.norm() if df is None else stats.t(df)).ppf(0.5 + level / 2)) ** 2
    plain = np.full(p, square if df is None else square / (1 + square / df))
    if not rows.design.clusters:
        return plain, None
    blocks = min(rows.design.clusters.values(), key=count)
    if count(blocks) >= FEW_CLUSTERS or not np.isfinite(coefficients).all():
        return plain, None
    scores = _scores(told, coefficients) @ np.linalg.inv(moments.gram).T
    drawn = np.column_stack([_drawn(score, rows.design, blocks, rows.spec) for score in scores.T])
    # The statistic's covariance has the finite-sample factor of the regression.
    drawn /= rows.scale
    return np.array([_quantile(column, level) for column in drawn.T]), drawn


def share_beyond(drawn: Floats, statistic: float) -> float:
    """Return the share of draws, the sample among them, that are at least as large; draws that are nan are none."""
    known = drawn[np.isfinite(drawn)]
    return float((1 + np.sum(known >= TIE * statistic)) / (1 + len(known)))


def _quantile(drawn: Floats, level: float) -> float:
    """The least statistic that is not rejected: beyond it `share_beyond` is below 1 - level; infinite for too few draws."""
    known = np.sort(drawn[np.isfinite(drawn)])[::-1]
    allowed = int(np.ceil(round((1 - level) * (1 + len(known)), 9))) - 2
    return float(known[allowed]) if 0 <= allowed < len(known) else np.inf


def _scores(rows: Floats, coefficients: Floats) -> Floats:
    """Contribution of each row to the moments at the estimate, shape (n, p)."""
    p = len(coefficients)
    told = rows[:, :p].copy()
    for place, (i, j) in enumerate(zip(*np.triu_indices(p), strict=True)):
        told[:, i] -= rows[:, p + place] * coefficients[j]
        if i != j:
            told[:, j] -= rows[:, p + place] * coefficients[i]
    return told


def _drawn(score: Floats, design: Design, blocks: Codes, spec: Spec) -> Floats:
    """Statistics of draws that give each cluster's score a random sign (Kline and Santos 2012).

    As in the test, where the null is imposed, scores are not centred before they are squared.
    """
    size = count(blocks)
    weights = draw_multipliers(size, spec.draws, choose_multipliers(size), seed=spec.seed)
    sums = np.bincount(blocks, weights=score, minlength=size)
    numerator = weights @ sums
    form = np.zeros((size, size))
    dimensions = [(1, levels) for levels in design.clusters.values()]
    dimensions += [(-1, combine(a, b)) for a, b in combinations(design.clusters.values(), 2)]
    for sign, levels in dimensions:
        table = np.zeros((count(levels), size))
        np.add.at(table, (levels, blocks), score)
        form += sign * table.T @ table
    variance = np.einsum("bg,gh,bh->b", weights, form, weights)
    return np.where(variance > 0, numerator**2 / np.where(variance > 0, variance, 1.0), np.nan)

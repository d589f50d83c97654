"""Means, and differences of means of two groups, with the inference that skewed or dependent data ask for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from emtract.econometrics.estimates import LEVEL, Estimate, EstimateRow, estimate_row, t_row
from emtract.econometrics.regression.covariance import group_sums
from emtract.errors import EstimationError, SpecError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from emtract.econometrics.estimates import Codes, Floats

#: `t`: Student's t for one mean and Welch's for a difference. `skewness`: the bootstrapped skewness-adjusted t of Lyon, Barber
#: and Tsai (1999). `clustered`: least squares on the groups, errors clustered.
MeanInference = Literal["t", "skewness", "clustered"]


@dataclass(frozen=True)
class Moments:
    """What a mean, or a difference of means, needs for its t statistic; arrays where there are many samples.

    Attributes
    ----------
    mean, error
        The estimate and its standard error.
    skew
        Skewness of the estimate (of a mean of n: that of the data over the square root of n).
    """

    mean: Floats
    error: Floats
    skew: Floats


def moments(values: Floats, other: Floats | None = None) -> Moments:
    """Return the moments of the mean of the last axis of `values`, or of its difference from the mean of `other`."""
    mean, variance, third = _parts(values)
    if other is not None:
        other_mean, other_variance, other_third = _parts(other)
        mean, variance, third = mean - other_mean, variance + other_variance, third - other_third
    error = np.sqrt(variance)
    with np.errstate(divide="ignore", invalid="ignore"):
        return Moments(mean, error, np.where(error > 0, third / error**3, 0.0))


def _parts(values: Floats) -> tuple[Floats, Floats, Floats]:
    """Return the mean, its variance and its third central moment, as sample moments give them."""
    n = values.shape[-1]
    mean = values.mean(axis=-1)
    apart = values - mean[..., None]
    squared = apart * apart
    return mean, squared.sum(axis=-1) / (n - 1) / n, (squared * apart).mean(axis=-1) / n**2


def skewness_adjusted(t: Floats, skew: Floats) -> Floats:
    r"""Return the skewness-adjusted t statistic.

    Parameters
    ----------
    t
        Estimate over standard error.
    skew
        Skewness of the estimate.

    Notes
    -----
    .. math:: t_{sa} = t + \tfrac{1}{3} a t^2 + \tfrac{1}{27} a^2 t^3 + \tfrac{1}{6} a

    For the mean of n values of skewness :math:`\gamma`, :math:`a = \gamma / \sqrt{n}`. Without the cubic term this is
    :math:`\sqrt{n} (S + \gamma S^2 / 3 + \gamma / 6n)` of Lyon, Barber and Tsai (1999, equation 5) and of Johnson (1978);
    the cubic term, of Hall (1992), makes it increase in t, so that intervals can be had from it.
    """
    return t + skew * t**2 / 3 + skew**2 * t**3 / 27 + skew / 6


def unadjusted(statistic: float, skew: float) -> float:
    """Return the t whose skewness-adjusted statistic this is."""
    if abs(skew) < 1e-8:
        return statistic
    return float(3 / skew * (np.cbrt(1 + skew * (statistic - skew / 6)) - 1))


def mean_row(
    term: str,
    values: Floats,
    other: Floats | None = None,
    *,
    inference: Literal["t", "skewness"] = "t",
    draws: int = 999,
    seed: int = 0,
) -> EstimateRow:
    """Return the row of a finding for a mean, or for the mean of `values` less that of `other`.

    Parameters
    ----------
    term
        Name of the row.
    values, other
        Shapes (n,) and (m,), in the unit of the estimate; `other` None for the mean of one group.
    inference
        `t`: Student's t for one group, Welch's for two. `skewness`: the bootstrapped skewness-adjusted t.
    draws, seed
        Of the bootstrap of `skewness`.

    Returns
    -------
    dict
        As `estimate_row`; n_obs counts both groups.

    Raises
    ------
    EstimationError
        When a group has fewer than two values, or neither varies.
    """
    groups = (values,) if other is None else (values, other)
    if min(len(g) for g in groups) < 2:
        raise EstimationError(f"{term}: a group has fewer than two rows; widen the sample")
    at = moments(*groups)
    if not at.error > 0:
        raise EstimationError(f"{term}: the values do not vary")
    mean, error, n_obs = float(at.mean), float(at.error), sum(len(g) for g in groups)
    if inference == "t":
        return estimate_row(term, Estimate.tested(mean, error, df=_degrees(groups), n_obs=n_obs))
    return estimate_row(term, Estimate(mean, error, *_bootstrapped(groups, at, draws, seed), n_obs))


def _degrees(groups: tuple[Floats, ...]) -> float:
    """Return degrees of freedom: n - 1 for one group, Welch and Satterthwaite's for two."""
    parts = [(float(_parts(g)[1]), len(g)) for g in groups]
    return float(sum(v for v, _ in parts) ** 2 / sum(v**2 / (n - 1) for v, n in parts))


def _bootstrapped(groups: tuple[Floats, ...], at: Moments, draws: int, seed: int) -> tuple[float, float, float, float]:
    """Return statistic, p-value and interval by the bootstrapped skewness-adjusted t."""
    rng = np.random.default_rng(seed)
    resampled = moments(*(g[rng.integers(len(g), size=(draws, len(g)))] for g in groups))
    usable = resampled.error > 0
    null = skewness_adjusted((resampled.mean - at.mean)[usable] / resampled.error[usable], resampled.skew[usable])
    statistic = float(skewness_adjusted(at.mean / at.error, at.skew))
    tails = (1 + np.sum(null <= statistic), 1 + np.sum(null >= statistic))
    p_value = min(1.0, 2 * float(min(tails)) / (1 + len(null)))
    low, high = (unadjusted(float(np.quantile(null, q)), float(at.skew)) for q in (0.5 - LEVEL / 2, 0.5 + LEVEL / 2))
    return statistic, p_value, float(at.mean - high * at.error), float(at.mean - low * at.error)


def clustered_rows(values: Floats, is_high: NDArray[np.bool_], clusters: Codes) -> dict[str, EstimateRow]:
    """Return the rows of both groups and their difference, errors clustered (one dimension, t with G - 1 degrees).

    Parameters
    ----------
    values
        Shape (n,), in the unit of the estimates.
    is_high
        Group of each value, shape (n,).
    clusters
        Cluster of each value, shape (n,): whole numbers, in any order and with gaps.

    Returns
    -------
    dict
        `high`, `low` and `high minus low` -> its row, as `estimate_row`.

    Raises
    ------
    EstimationError
        When there are fewer than two clusters, or one group is empty.
    """
    import statsmodels.api as sm

    if len(np.unique(clusters)) < 2 or is_high.all() or not is_high.any():
        raise EstimationError("clustered errors need two clusters and rows in both groups: widen the sample")
    design = np.column_stack([is_high, ~is_high]).astype(np.float64)
    fit = sm.OLS(values, design).fit(cov_type="cluster", cov_kwds={"groups": clusters}, use_t=True)
    rows = {}
    for term, contrast in {"high": (1, 0), "low": (0, 1), "high minus low": (1, -1)}.items():
        test = fit.t_test(np.array([contrast], dtype=np.float64))
        low, high = test.conf_int(alpha=1 - LEVEL)[0]
        effect, error, t, p = (float(np.ravel(x)[0]) for x in (test.effect, test.sd, test.tvalue, test.pvalue))
        n_obs = int({"high": is_high.sum(), "low": (~is_high).sum()}.get(term, len(values)))
        rows[term] = estimate_row(term, Estimate(effect, error, t, p, float(low), float(high), n_obs))
    return rows


def influence_row(term: str, estimate: float, psi: Floats, clusters: Codes) -> EstimateRow:
    """Return the row of a number from what each row of the data adds to it, errors clustered (t with G - 1 degrees).

    Parameters
    ----------
    term
        Name of the row.
    estimate
        The number.
    psi
        Influence of each row, shape (n,), summing to about zero; rows that do not enter the number are left out.
    clusters
        Cluster of each row, shape (n,): whole numbers.

    Raises
    ------
    EstimationError
        When there are fewer than two clusters, or the error is not positive.
    """
    sums = group_sums(psi[:, None], np.unique(clusters, return_inverse=True)[1])
    n_clusters = len(sums)
    if n_clusters < 2:
        raise EstimationError(f"{term}: clustered errors need two clusters: widen the sample")
    error = float(np.sqrt((sums**2).sum() * n_clusters / (n_clusters - 1)))
    return t_row(term, estimate, error, df=n_clusters - 1, n_obs=len(psi))


def inference_words(inference: MeanInference, clusters: str | None, draws: int) -> str:
    """Say the rule of inference, as at the foot of a table.

    Parameters
    ----------
    inference
        The rule.
    clusters
        Column of the clusters; read by `clustered` only.
    draws
        Draws of the bootstrap; read by `skewness` only.
    """
    if inference == "clustered":
        return f"Least squares on the two groups, errors clustered by {clusters}, t with clusters less one degrees of freedom."
    if inference == "skewness":
        return (
            f"Skewness-adjusted t with bootstrapped critical values, {draws:,} draws (Lyon, Barber and Tsai 1999), "
            "in the monotone form of Hall (1992)."
        )
    return "Student's t for each mean, Welch's t for their difference."


def check_inference(inference: MeanInference, cluster: str | None) -> None:
    """Raise SpecError unless a cluster is named with clustered errors, and only then."""
    if inference not in ("t", "skewness", "clustered"):
        raise SpecError(f"unknown inference {inference!r}: choose t, skewness or clustered")
    if (inference == "clustered") != (cluster is not None):
        raise SpecError("name a cluster with inference='clustered', and only then")

r"""The middle of the sandwich, sums of products of scores over rows, clusters or lags, and its finite-sample rules.

The rules say how many parameters count, how the covariance is scaled, and which t distribution is used.

With scores :math:`s_i = x_i u_i` (weights included) of n rows, every function returns a matrix of shape (k, k) without any
finite-sample factor; the covariance is :math:`(X'X)^{-1} M (X'X)^{-1}`.
"""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from emtract.econometrics.regression.design import codes, combine, count
from emtract.econometrics.regression.spec import KERNELS
from emtract.errors import EstimationError
from emtract.panel.frame import ENTITY, TIME

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import polars as pl

    from emtract.econometrics.estimates import Codes, Floats
    from emtract.econometrics.regression.design import Design
    from emtract.econometrics.regression.spec import Spec


def robust(scores: Floats) -> Floats:
    """Sum over rows (White 1980)."""
    return np.asarray(scores.T @ scores)


def clustered(scores: Floats, clusters: Sequence[Codes]) -> Floats:
    """Sum over clusters; with two dimensions V1 + V2 - V12 (Cameron, Gelbach and Miller 2011)."""
    total = sum(_of_sums(group_sums(scores, levels)) for levels in clusters)
    for one, two in combinations(clusters, 2):
        total = total - _of_sums(group_sums(scores, combine(one, two)))
    return np.asarray(total)


def driscoll_kraay(scores: Floats, time: Codes, lags: int) -> Floats:
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


def newey_west(scores: Floats, time: Codes, lags: int, entity: Codes | None = None) -> Floats:
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


def thompson(psi: Floats, firm: Codes, session: Codes, lags: int) -> Floats:
    r"""Two-way clusters by firm and session, with dependence between firms up to `lags` sessions apart (Thompson 2011).

    Parameters
    ----------
    psi
        Influences of the n rows on m coefficients, shape (n, m).
    firm, session
        Level of each row, whole numbers from 0 as of `codes`, shape (n,); a pair has at most one row.
    lags
        Last lag L of the Bartlett kernel, in sessions.

    Returns
    -------
    NDArray
        Shape (m, m); it need not be positive.

    Notes
    -----
    .. math:: V = V_{firm} + V_{session, L} - V_{both, L}

    where the second sums products of any two rows up to L sessions apart (Driscoll and Kraay's estimator, Bartlett weights) and
    the third takes out products of the same firm, which the first holds whole. With L = 0 these are two-way clusters.
    """
    own = clustered(psi, [firm])
    return own + driscoll_kraay(psi, session, lags) - newey_west(psi, session, lags, firm)


def joint_covariance(spec: Spec, psi: Floats, rows: pl.DataFrame, lags: int) -> Floats:
    """Return the covariance that a spec asks for of sums of influences, shape (m, m).

    Parameters
    ----------
    spec
        Its covariance and clusters.
    psi
        Influences of the n rows on m coefficients, of one regression or several, shape (n, m).
    rows
        The n rows: symbol, session and the cluster columns.
    lags
        Last lag of a kernel, in sessions; not read without one.
    """
    if spec.covariance == "clustered":
        return clustered(psi, [codes(rows, name) for name in spec.clusters])
    if spec.covariance == "driscoll_kraay":
        return driscoll_kraay(psi, codes(rows, TIME), lags)
    if spec.covariance == "newey_west":
        return newey_west(psi, codes(rows, TIME), lags, codes(rows, ENTITY))
    return robust(psi)


def group_sums(values: Floats, levels: Codes) -> Floats:
    """Sum rows of each level: shape (levels, columns)."""
    size = count(levels)
    return np.column_stack([np.bincount(levels, weights=column, minlength=size) for column in values.T])


def _of_sums(sums: Floats) -> Floats:
    return np.asarray(sums.T @ sums)


def counted_parameters(spec: Spec, design: Design, levels: Mapping[str, int]) -> int:
    r"""Return K, the number of parameters that the finite-sample rule counts.

    Parameters
    ----------
    spec
        The regression.
    design
        Its estimation sample as arrays.
    levels
        Levels of each effect in the sample.

    Notes
    -----
    .. math:: K = k + 1 + \sum_{e \in \text{effects}} (L_e - 1)

    with k regressors, one constant and :math:`L_e` levels of effect e. Under `fixest`, an effect that is nested in a
    cluster dimension (each of its levels lies in one cluster: firms when errors cluster by firm) leaves the sum, since
    clustering by it already accounts for it. Under `full` it stays. Without clusters the two agree; without effects K =
    k + 1.
    """
    nests = design.clusters.values() if spec.small_sample == "fixest" else ()
    counted = [e for e, codes in design.effects.items() if not any(_is_nested(codes, cluster) for cluster in nests)]
    return len(spec.regressors) + 1 + sum(levels[e] - 1 for e in counted)


def covariance_scale(spec: Spec, n_obs: int, n_parameters: int, levels: Mapping[str, int]) -> float:
    r"""Return the factor that turns the uncorrected covariance into the rule's.

    Parameters
    ----------
    spec
        Its covariance, clusters, time and rule.
    n_obs
        Rows n.
    n_parameters
        K of `counted_parameters`.
    levels
        Name -> number of levels in the sample, of each cluster, and of `time` under kernels.

    Notes
    -----
    With n rows, K parameters (`counted_parameters`) and :math:`G = \min_c G_c` over cluster dimensions:

    ==============================  ============================================
    unadjusted                      :math:`n / (n - K)`
    robust                          :math:`n / (n - K)` (HC1)
    clustered                       :math:`(n - 1) / (n - K) \cdot G / (G - 1)`
    driscoll_kraay, newey_west      :math:`(n - 1) / (n - K) \cdot T / (T - 1)`
    ==============================  ============================================

    T counts the values of `time`; of a time series n = T, and the factor is n / (n - K).
    Two-way clusters: all three terms of :math:`V_1 + V_2 - V_{12}` take the same G (Cameron, Gelbach and Miller 2011).
    linearmodels' `group_debias` gives each term its own G instead (pyfixest's ``G_df="conventional"``), so it is not used.
    Under `none` the factor is 1.
    """
    if spec.small_sample == "none":
        return 1.0
    if (smallest := _groups(spec, levels)) is None:
        return n_obs / (n_obs - n_parameters)
    return (n_obs - 1) / (n_obs - n_parameters) * smallest / (smallest - 1)


def critical_df(spec: Spec, n_obs: int, n_parameters: int, levels: Mapping[str, int]) -> int | None:
    """Return degrees of freedom of the t distribution; None for the normal.

    Parameters
    ----------
    spec, n_obs, n_parameters, levels
        As in `covariance_scale`.

    Notes
    -----
    min(G) - 1 under clusters, T - 1 under kernels over time, else n - K.
    """
    if spec.small_sample == "none":
        return None
    groups = _groups(spec, levels)
    return n_obs - n_parameters if groups is None else groups - 1


def check_degrees_of_freedom(spec: Spec, n_obs: int, levels: Mapping[str, int]) -> None:
    """Check that every cluster dimension, or a kernel's time, has two levels, and that rows outnumber regressors and effects.

    Parameters
    ----------
    spec
        Its regressors, effects and clusters.
    n_obs
        Rows.
    levels
        Name -> number of levels in the sample, of each effect and cluster, and of `time` under kernels.

    Raises
    ------
    EstimationError
        When a cluster dimension has one cluster, a kernel one time, or regressors and all effects use up the rows.
    """
    if lonely := [cluster for cluster in spec.clusters if levels[cluster] < 2]:
        raise EstimationError(
            f"clustering by {lonely[0]} needs two clusters, the sample has one: use other clusters or a wider sample"
        )
    if spec.covariance in KERNELS and levels[spec.time] < 2:
        raise EstimationError(
            f"{spec.covariance} needs two values of {spec.time}, the sample has one: widen the sample"
        )
    n_parameters = len(spec.regressors) + 1 + sum(levels[e] - 1 for e in spec.effects)
    if n_obs <= n_parameters:
        raise EstimationError(
            f"{n_obs} rows cannot identify {n_parameters} parameters: absorb fewer effects or use a wider sample"
        )


def check_covariance(spec: Spec, covariance: Floats) -> None:
    """Raise EstimationError when a variance is not a positive number.

    Notes
    -----
    The two-way clustered estimator is a difference and need not be positive (Cameron, Gelbach and Miller 2011, section
    2.3). No eigenvalue is altered here: a negative variance says that the sample is too thin for the estimator asked
    for.
    """
    variances = np.diag(covariance)
    bad = [term for term, variance in zip(spec.regressors, variances, strict=True) if not 0 < variance < np.inf]
    if bad:
        remedy = "cluster by one dimension" if len(spec.clusters) == 2 else "look for a perfect fit or too few rows"
        raise EstimationError(f"the {spec.covariance} variance of {', '.join(bad)} is not positive: {remedy}")


def _groups(spec: Spec, levels: Mapping[str, int]) -> int | None:
    """Number of independent pieces that the covariance counts: clusters of the smallest dimension, or times."""
    if spec.covariance in KERNELS:
        return levels[spec.time]
    return min(levels[cluster] for cluster in spec.clusters) if spec.clusters else None


def _is_nested(effect: Codes, cluster: Codes) -> bool:
    return effect is cluster or count(combine(effect, cluster)) == count(effect)

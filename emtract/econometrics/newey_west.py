"""Means, alphas and ratios of a return series, with Newey-West errors throughout."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from emtract.econometrics.estimates import Estimate, t_test
from emtract.errors import EstimationError

if TYPE_CHECKING:
    from emtract.econometrics.estimates import Floats


def rule_of_thumb_lags(n_periods: int) -> int:
    """Return floor(4 (T / 100)^(2/9)), the lags of a Bartlett kernel where none are stated (Newey and West 1994)."""
    return int(np.floor(4 * (n_periods / 100) ** (2 / 9)))


def chosen_lags(stated: int | None, n_periods: int) -> int:
    """Return the lags that a request states, or those that the rule of thumb gives."""
    return rule_of_thumb_lags(n_periods) if stated is None else stated


def newey_west(y: Floats, factors: Floats | None = None, *, lags: int) -> list[Estimate]:
    """Regress a series on a constant and factors; one estimate each, the constant first.

    Parameters
    ----------
    y
        Shape (T,).
    factors
        Shape (T, k); None for the mean.
    lags
        Last lag of the Bartlett kernel.

    Raises
    ------
    EstimationError
        When a series is constant, factors are collinear, or there are fewer sessions than lags and parameters need.

    Notes
    -----
    statsmodels' OLS with a HAC covariance, times T / (T - k - 1); t distribution with the degrees of freedom of
    `fixed_b_df`, since the usual ones make intervals of few or persistent sessions too short.
    """
    from statsmodels.regression.linear_model import OLS

    n, k = len(y), 0 if factors is None else factors.shape[1]
    if n <= max(lags, k) + 2:
        raise EstimationError(f"{n} sessions are too few for {lags} lags and {k} factors: widen the sample")
    x = np.column_stack([np.ones(n), *([] if factors is None else factors.T)])
    if np.linalg.matrix_rank(x) < x.shape[1]:
        raise EstimationError("factors are collinear or constant over these sessions: leave one out of the model")
    kernel = {"maxlags": lags, "use_correction": True}
    fit = OLS(y, x).fit(cov_type="HAC", cov_kwds=kernel, use_t=True)
    estimates, errors = np.asarray(fit.params), np.asarray(fit.bse)
    if not (errors > 1e-12 * np.abs(y).max()).all():
        raise EstimationError("a return series does not vary: there is nothing to infer from it")
    found = t_test(estimates, errors, min(fixed_b_df(lags, n), n - k - 1))
    rows = np.column_stack(list(found.values())).tolist()
    return [Estimate(**dict(zip(found, row, strict=True)), n_obs=n) for row in rows]


@cache
def fixed_b_df(lags: int, n_sessions: int) -> float:
    r"""Return the degrees of freedom of a t distribution that stands for the Bartlett kernel's fixed-b limit.

    Notes
    -----
    Kiefer and Vogelsang (2005): with b = (L + 1) / T, the 97.5 per cent quantile of the statistic is
    :math:`1.96 + 2.9694 b + 0.4160 b^2 - 0.5324 b^3`; the t distribution with the same quantile is returned.
    """
    from scipy import optimize, stats

    b = (lags + 1) / n_sessions
    quantile = 1.96 + 2.9694 * b + 0.4160 * b**2 - 0.5324 * b**3
    return float(optimize.brentq(lambda df: stats.t.ppf(0.975, df) - quantile, 1.0, 1e6))


def mean_of(y: Floats, *, lags: int) -> Estimate:
    """Return the mean of a series."""
    return newey_west(y, lags=lags)[0]


def ratio_of_means(top: Floats, bottom: Floats, *, lags: int) -> Estimate:
    r"""Return mean(top) / mean(bottom), e.g. the cost per dollar traded at which a gross return is used up.

    Parameters
    ----------
    top, bottom
        Numerator and denominator of each session, shape (T,); the mean of `bottom` may not be zero.
    lags
        Last lag of the Bartlett kernel.

    Raises
    ------
    EstimationError
        As `newey_west`, of the series in the Notes.

    Notes
    -----
    Delta method: the error of :math:`\hat c = \bar g / \bar v` is the error of the mean of :math:`g_t - \hat c v_t`, divided by
    :math:`\bar v`. With v constant the statistic is the t of the mean of g.
    """
    ratio, scale = float(top.mean() / bottom.mean()), float(bottom.mean())
    rest = mean_of(top - ratio * bottom, lags=lags)
    return _around(ratio, rest, 1 / abs(scale), lags=lags)


def sharpe_of(y: Floats, *, lags: int, periods: int) -> Estimate:
    r"""Return the annualised Sharpe ratio :math:`\sqrt{P} \bar y / s` of an excess return.

    Parameters
    ----------
    y
        Excess or long-short returns, in any unit, shape (T,).
    lags
        Last lag of the Bartlett kernel.
    periods
        Rows a year, P: 252 for sessions.

    Raises
    ------
    EstimationError
        As `newey_west`, of the series in the Notes.

    Notes
    -----
    Delta method (Lo 2002, for dependent returns): with S the ratio per period and :math:`z_t = (y_t - \bar y) / s`, the
    error is the error of the mean of :math:`z_t - \tfrac{S}{2} (z_t^2 - 1)`. Independent normal returns give
    :math:`\sqrt{(1 + S^2 / 2) / T}`. The factor :math:`\sqrt P` takes returns as uncorrelated.
    """
    ratio = float(y.mean() / y.std())
    z = (y - y.mean()) / y.std()
    rest = mean_of(z - ratio / 2 * (z**2 - 1), lags=lags)
    return _around(float(np.sqrt(periods)) * ratio, rest, float(np.sqrt(periods)), lags=lags)


def _around(estimate: float, rest: Estimate, scale: float, *, lags: int) -> Estimate:
    """Put the error and the critical value of a mean of zero around an estimate."""
    from scipy import stats

    error, width = scale * rest.std_error, scale * (rest.conf_high - rest.conf_low) / 2
    statistic = estimate / error
    p_value = 2 * float(stats.t(min(fixed_b_df(lags, rest.n_obs), rest.n_obs - 1)).sf(abs(statistic)))
    return Estimate(estimate, error, statistic, p_value, estimate - width, estimate + width, rest.n_obs)

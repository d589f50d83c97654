"""Whether forecasts are better than a benchmark's: out-of-sample R², Clark and West's test, Diebold and Mariano's."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Self

import numpy as np

from emtract.econometrics.estimates import Estimate
from emtract.econometrics.newey_west import fixed_b_df, mean_of, ratio_of_means
from emtract.errors import EstimationError

if TYPE_CHECKING:
    from emtract.econometrics.estimates import Codes, Floats

#: Differences of squared errors are told in per cent of the benchmark's squared error.
PER_CENT: Final = 100.0


@dataclass(frozen=True)
class Losses:
    """Squared errors summed over the firms of each session, so that what firms share in a session is one draw.

    Attributes
    ----------
    benchmark
        Squared errors of the benchmark, shape (T,).
    gain
        Those less the squared errors of the forecasts, shape (T,).
    adjusted
        The gain, with the squared difference between both forecasts added back (Clark and West 2007), shape (T,).
    places
        Sessions, ascending, shape (T,).
    """

    benchmark: Floats
    gain: Floats
    adjusted: Floats
    places: Codes

    @classmethod
    def of(cls, y: Floats, model: Floats, benchmark: Floats, place: Codes) -> Self:
        """Sum squared errors over sessions.

        Parameters
        ----------
        y, model, benchmark
            Outcome, forecast, and forecast of the benchmark, shape (m,).
        place
            Session of each, shape (m,).

        Raises
        ------
        EstimationError
            When the benchmark makes no error.
        """
        places, session = np.unique(place, return_inverse=True)
        base = (y - benchmark) ** 2
        gain = base - (y - model) ** 2
        parts = (base, gain, gain + (model - benchmark) ** 2)
        bases, gains, adjusted = (np.bincount(session, weights=part).astype(np.float64) for part in parts)
        if not 0 < bases.mean() < np.inf:
            raise EstimationError(
                "the benchmark makes no error: the outcome does not vary, or its numbers are too small"
            )
        return cls(bases, gains, adjusted, places)


def out_of_sample(losses: Losses, *, lags: int) -> Estimate:
    r"""Return the out-of-sample R² in per cent, with its interval.

    Notes
    -----
    .. math:: R^2 = 1 - \frac{\sum (y - \hat y)^2}{\sum (y - \bar y)^2}

    (Campbell and Thompson 2008). The error is for a ratio of means over sessions, by the delta method with `lags` of Newey
    and West. Given the windows, what is gained in a session is known but for what is new in it: the interval holds what these
    forecasts gain on average, the noise of their slopes included, and not what slopes of another past would have gained.
    """
    ratio = ratio_of_means(losses.gain, losses.benchmark, lags=lags)
    scaled = {name: PER_CENT * getattr(ratio, name) for name in ("estimate", "std_error", "conf_low", "conf_high")}
    return replace(ratio, **scaled)


def clark_west(losses: Losses, *, lags: int) -> dict[str, float | None]:
    r"""Return the R² but for the noise of estimated coefficients, and the one-sided test that it is above zero.

    Notes
    -----
    Where the regressors do not help, forecasts that use them are worse, since they carry the noise of slopes that are zero. The
    mean of

    .. math:: f_t = (y - \bar y)^2 - (y - \hat y)^2 + (\bar y - \hat y)^2

    is then zero still (Clark and West 2007); the statistic is that mean over its Newey-West error. p is one-sided: the
    alternative is that the regressors help.
    """
    mean = mean_of(losses.adjusted, lags=lags)
    scale = PER_CENT / float(losses.benchmark.mean())
    return {
        "estimate": scale * mean.estimate,
        "std_error": scale * mean.std_error,
        "statistic": mean.statistic,
        "p_value": mean.p_value / 2 if mean.statistic > 0 else 1 - mean.p_value / 2,
        "n_obs": mean.n_obs,
    }


def diebold_mariano(losses: Losses, *, horizon: int) -> Estimate:
    r"""Return the mean gain, in per cent of the benchmark's error, with Diebold and Mariano's test in small samples.

    Parameters
    ----------
    losses
        Squared errors by session.
    horizon
        Sessions that an outcome spans: autocovariances up to one less enter.

    Raises
    ------
    EstimationError
        When both forecasts are the same, or there are fewer sessions than horizons.

    Notes
    -----
    The statistic of Diebold and Mariano (1995) times

    .. math:: \sqrt{\frac{T + 1 - 2h + h (h - 1) / T}{T}}

    against t with T - 1 degrees of freedom (Harvey, Leybourne and Newbold 1997). Where the sum of autocovariances is not
    positive the first alone is taken, as `dm.test` of R's forecast does.
    """
    gain, n = losses.gain, len(losses.gain)
    if n <= horizon + 1:
        raise EstimationError(f"{n} sessions are too few for outcomes of {horizon}: widen the sample")
    deviations = gain - gain.mean()
    covariances = [float(deviations[lag:] @ deviations[: n - lag]) / n for lag in range(horizon)]
    variance = covariances[0] + 2 * sum(covariances[1:])
    if variance <= 0:
        variance, horizon = covariances[0], 1
    if not variance > 0:
        raise EstimationError("both forecasts are the same in every session: there is nothing to compare")
    factor = float(np.sqrt((n + 1 - 2 * horizon + horizon * (horizon - 1) / n) / n))
    scale = PER_CENT / float(losses.benchmark.mean())
    error = scale * float(np.sqrt(variance / n)) / factor
    return Estimate.tested(scale * float(gain.mean()), error, df=n - 1, n_obs=n)


def cumulated(losses: Losses, *, lags: int) -> tuple[Floats, Floats]:
    """Return the gain cumulated over sessions, in per cent of the benchmark's error in all of them, and half its 95 % interval.

    Notes
    -----
    Goyal and Welch (2008): a path that climbs steadily does not hang on a few sessions; it ends at the R². The interval of
    the sum of the first t gains is pointwise: its variance is t times the long-run variance of all of them.
    """
    from scipy import stats

    n = len(losses.gain)
    scale = PER_CENT / float(losses.benchmark.sum())
    critical = float(stats.t(min(fixed_b_df(lags, n), n - 1)).ppf(0.975))
    error = mean_of(losses.gain, lags=lags).std_error * np.sqrt(n)
    return scale * losses.gain.cumsum(), scale * critical * error * np.sqrt(np.arange(1, n + 1))

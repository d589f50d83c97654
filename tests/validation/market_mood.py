"""Moods and markets that move by a known autoregression, volatility that clusters: do the tests keep their size."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from emtract.econometrics.analyses.vector.analysis import VectorAutoregression
from emtract.econometrics.finding import Analysis
from emtract.ledger import Ledger
from emtract.panel.frame import Sample
from emtract.panel.market import MARKET_SESSIONS
from tests.validation.design import Design, Drawn
from tests.worlds.panels import FIRST_SESSION

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from emtract.econometrics.finding import Finding

    Floats = NDArray[np.float64]

MOOD, RETURN = "valence_day", "market_return"
#: Coefficients at lags 1 to 5: of mood on its own past, of mood on past returns (per basis point), of returns on past mood
#: (basis points per standard deviation); returns do not move with their own past. The market comes first, or mood does.
OWN: Final = (0.35, 0.1, 0.05, 0.0, 0.05)
MOOD_AFTER_RETURN: Final = (0.004, 0.002, 0.0, 0.0, 0.0)
RETURN_AFTER_MOOD: Final = (12.0, -4.0, -4.0, 0.0, 0.0)
SILENT: Final = (0.0,) * 5
_BURN: Final = 200
_NOISE: Final = 80.0
REQUEST: Final = VectorAutoregression(
    variables=(MOOD, RETURN), lags=5, reported=(1, 5), replications=199, label="Mood and return"
)


@dataclass(frozen=True)
class Duals(Analysis):
    """A finding whose tests without estimate stand as numbers, so that their size can be counted.

    Notes
    -----
    The estimate of a test is its statistic, and its interval reaches zero if and only if the test does not reject.
    """

    analysis: VectorAutoregression
    label: str

    @property
    def samples(self) -> tuple[str, ...]:
        """Samples of the analysis."""
        return self.analysis.samples

    @property
    def terms(self) -> tuple[str, ...]:
        """Terms of the analysis."""
        return self.analysis.terms

    def describe(self) -> str:
        """Return the choices of the analysis."""
        return self.analysis.describe()

    def run(self, samples: Mapping[str, Sample]) -> Finding:
        """Run the analysis and give its tests numbers."""
        finding = self.analysis.run(samples)
        low = pl.when(pl.col("p_value") < 0.05).then(pl.col("statistic") / 2).otherwise(0.0)
        test = pl.col("estimate").is_null()
        frame = finding.estimates.with_columns(
            estimate=pl.when(test).then(pl.col("statistic")).otherwise(pl.col("estimate")),
            conf_low=pl.when(test).then(low).otherwise(pl.col("conf_low")),
            conf_high=pl.when(test).then(pl.col("statistic")).otherwise(pl.col("conf_high")),
        )
        return replace(finding, estimates=frame)


def draw(
    n_sessions: int, after_mood: tuple[float, ...], after_return: tuple[float, ...], missing: float
) -> Callable[[np.random.Generator], Drawn]:
    """Return a function that draws sessions; a share `missing` of them has no mood."""
    dynamics = np.array([[[OWN[lag], after_return[lag]], [after_mood[lag], 0.0]] for lag in range(5)])
    truth = _truth(dynamics)

    def drawn(rng: np.random.Generator) -> Drawn:
        y = _path(rng, dynamics, n_sessions)
        mood = pl.Series(y[:, 0])
        shown = pl.Series(rng.random(n_sessions) >= missing)
        days = np.busday_offset(np.datetime64(FIRST_SESSION), np.arange(n_sessions), roll="forward")
        data = pl.DataFrame({"session": days, "number": np.arange(n_sessions), MOOD: mood, RETURN: y[:, 1]})
        data = data.with_columns(pl.col("session").cast(pl.Date), pl.when(shown).then(pl.col(MOOD)).alias(MOOD))
        return Drawn(
            {MARKET_SESSIONS: Sample(data, Ledger().start("simulated", "sessions", n_sessions), {}, "sessions")}, truth
        )

    return drawn


def _path(rng: np.random.Generator, dynamics: Floats, n: int) -> Floats:
    """Draw mood and return (basis points) with innovations that correlate and returns whose volatility is GARCH(1, 1)."""
    total = n + _BURN
    z = rng.standard_normal((total, 2)) @ np.array([[1.0, 0.3], [0.0, np.sqrt(1 - 0.3**2)]])
    y, variance, shock = np.zeros((total, 2)), 1.0, 0.0
    for t in range(5, total):
        variance = 0.05 + 0.10 * shock**2 + 0.85 * variance
        shock = np.sqrt(variance) * z[t, 1]
        innovation = np.array([0.9 * z[t, 0], _NOISE * shock])
        y[t] = np.einsum("lij,lj->i", dynamics, y[t - 5 : t][::-1]) + innovation
    return y[_BURN:]


def _truth(dynamics: Floats) -> dict[tuple[str, str], float]:
    """Return the sums of lags, the responses, and the Granger tests whose null is true."""
    from statsmodels.tsa.vector_ar.var_model import ma_rep

    covariance = np.array([[0.81, 0.9 * 0.3 * _NOISE], [0.9 * 0.3 * _NOISE, _NOISE**2]])
    factor = np.linalg.cholesky(covariance)
    responses = ma_rep(dynamics, 5) @ (factor / np.diag(factor))
    names, out = (MOOD, RETURN), {}
    for i, j in ((0, 1), (1, 0)):
        pair = f"{names[j]} on {names[i]}"
        out["var", f"{pair}, sum of lags"] = float(dynamics[:, i, j].sum())
        out["var", f"{pair}, response after 1 session"] = float(responses[1, i, j])
        out["var", f"{pair}, response after 5 sessions"] = float(responses[5, i, j])
        if not dynamics[:, i, j].any():
            out["var", f"{pair}, Granger"] = 0.0
    return out


DESIGNS: Final = tuple(
    Design(
        name=f"market_mood, {name}",
        words=f"{words}; volatility of returns clusters, innovations correlate, one session in fifty has no mood",
        specs={"var": Duals(REQUEST, REQUEST.label)},
        draw=draw(n, after_mood, after_return, 0.02),
        settings={"sessions": n},
    )
    for name, words, n, after_mood, after_return in (
        ("both", "Mood and returns move each other over 1,000 sessions", 1000, RETURN_AFTER_MOOD, MOOD_AFTER_RETURN),
        ("market first", "Returns move mood, mood moves nothing, over 500 sessions", 500, SILENT, MOOD_AFTER_RETURN),
        ("unrelated", "Neither moves the other over 500 sessions", 500, SILENT, SILENT),
    )
)

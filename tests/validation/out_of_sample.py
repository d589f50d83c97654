"""Panels in which a mood forecasts returns, or nothing does: do tests keep their size and intervals hold what is earned."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl
from scipy import stats

from emtract.econometrics.analyses.forecast.analysis import Forecast
from emtract.econometrics.analyses.forecast.firms import BEAT
from emtract.econometrics.analyses.forecast.investor import Investor
from emtract.econometrics.analyses.forecast.summary import ADJUSTED, R2, SQUARED, value_term
from emtract.econometrics.finding import Analysis
from emtract.econometrics.newey_west import chosen_lags, fixed_b_df
from emtract.ledger import Ledger
from emtract.panel.firm_sessions import FIRM_SESSIONS
from emtract.panel.frame import ENTITY, TIME, Sample
from emtract.panel.market import MARKET_SESSIONS
from tests.validation.design import Design, Drawn

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from emtract.econometrics.finding import Finding

    Floats = NDArray[np.float64]

MOOD, RETURN, MARKET = "valence_pre_open", "return_open_close", "market_return_open_close"
#: First-order autocorrelation of moods; mean and standard deviation of returns.
_MEMORY, _MEAN, _NOISE = 0.5, 0.0004, 0.015
#: Share of firm-sessions without posts.
_SILENT: Final = 0.2
#: Sessions of the sample whose estimates are taken as the truth of a method.
_LONG: Final = 40_000
_BURN: Final = 100
PANEL: Final = Forecast(
    y=RETURN, x=(MOOD,), window="rolling", sessions=126, investor=Investor(costs=(0.0, 5.0)), label="Panel"
)
EACH: Final = replace(PANEL, pooling="firm", min_rows=60, investor=None, label="Each firm")
SERIES: Final = replace(PANEL, y=MARKET, sample=MARKET_SESSIONS, min_rows=60, label="One series")


@dataclass(frozen=True)
class OneSided(Analysis):
    """A finding whose one-sided tests have one-sided intervals, so that their size and coverage can be counted.

    Notes
    -----
    The interval of Clark and West's R² is bounded below, that of the number of firms reaches zero if and only if the joint
    test does not reject.
    """

    analysis: Forecast
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
        """Run the analysis and give its tests intervals."""
        finding = self.analysis.run(samples)
        n = int(finding.row(R2)["n_obs"])
        critical = float(stats.t.ppf(0.95, min(fixed_b_df(chosen_lags(None, n), n), n - 1)))
        joint = pl.when(pl.col("p_value") < 0.05).then(0.5).otherwise(0.0)
        low = (
            pl.when(term=ADJUSTED).then(pl.col("estimate") - critical * pl.col("std_error")).when(term=BEAT).then(joint)
        )
        frame = finding.estimates.with_columns(
            conf_low=pl.coalesce(low, "conf_low"), conf_high=pl.coalesce("conf_high", pl.lit(100.0))
        )
        return replace(finding, estimates=frame)


def draw(n_firms: int, n_sessions: int, slope: float) -> Callable[[np.random.Generator], Drawn]:
    """Return a function that draws a panel of that size, and the market of its firms alone.

    Parameters
    ----------
    slope
        Return per standard deviation of mood; 0 where nothing is forecast.
    """

    def drawn(rng: np.random.Generator) -> Drawn:
        return Drawn(samples(rng, n_firms, n_sessions, slope), _truth(n_firms, slope))

    return drawn


def samples(rng: np.random.Generator, n_firms: int, n_sessions: int, slope: float) -> dict[str, Sample]:
    r"""Draw moods and returns.

    Notes
    -----
    .. math:: r_{it} = \mu + b m_{it} + \sigma_t (0.6 h_t + 0.8 e_{it})

    where moods are half shared by firms, shocks of the session are shared, and the variance is a GARCH(1, 1) of shared shocks.
    """
    total = n_sessions + _BURN
    shared, own = (_moods(rng, (k, total)) for k in (1, n_firms))
    mood = np.sqrt(0.5) * (shared + own)
    common = _clustered(rng, total)
    noise = common if n_firms == 1 else 0.6 * common + 0.8 * rng.standard_normal((n_firms, total))
    returns = (_MEAN + slope * mood + _NOISE * noise)[:, _BURN:]
    shown = rng.random((n_firms, n_sessions)) >= (_SILENT if n_firms > 1 else 0.0)
    days = pl.Series(np.busday_offset(np.datetime64("1960-01-04"), np.arange(n_sessions), roll="forward")).cast(pl.Date)
    data = pl.DataFrame(
        {
            ENTITY: np.repeat([f"S{i:02d}" for i in range(n_firms)], n_sessions),
            TIME: pl.concat([days] * n_firms),
            MOOD: np.where(shown, mood[:, _BURN:], np.nan).ravel(),
            RETURN: returns.ravel(),
        }
    ).with_columns(pl.col(MOOD).fill_nan(None))
    firms = Sample(data, Ledger().start("simulated", "firm-sessions", data.height), {}, "firm-sessions")
    market = data.filter(pl.col(ENTITY) == "S00").drop(ENTITY).rename({RETURN: MARKET})
    return {FIRM_SESSIONS: firms, MARKET_SESSIONS: Sample(market, unit="sessions")}


@cache
def _truth(n_firms: int, slope: float) -> dict[tuple[str, str], float]:
    """Return what forecasts that are made in this way earn on average: their estimates on one long sample.

    Notes
    -----
    Windows roll, so that the noise of their slopes is the same in the long sample as in a short one.
    """
    long = samples(np.random.default_rng(2026), n_firms, _LONG, slope)
    terms = (R2, SQUARED, *(value_term(cost) for cost in (0.0, 5.0)))
    name, spec = ("series", SERIES) if n_firms == 1 else ("panel", PANEL)
    found = spec.run(long)
    truth = {(name, term): float(found.row(term)["estimate"]) for term in terms}
    truth[name, ADJUSTED] = float(found.row(ADJUSTED)["estimate"]) if slope else 0.0
    return (
        truth if n_firms == 1 or slope else truth | {("panel", BEAT): 0.0, ("each", ADJUSTED): 0.0, ("each", BEAT): 0.0}
    )


def _moods(rng: np.random.Generator, shape: tuple[int, int]) -> Floats:
    """First-order autoregressions of unit variance along axis 1."""
    drawn = rng.standard_normal(shape)
    for t in range(1, shape[1]):
        drawn[:, t] = _MEMORY * drawn[:, t - 1] + np.sqrt(1 - _MEMORY**2) * drawn[:, t]
    return drawn


def _clustered(rng: np.random.Generator, n: int) -> Floats:
    """Shocks of unit variance whose variance is a GARCH(1, 1)."""
    drawn, variance = rng.standard_normal(n), 1.0
    for t in range(n):
        drawn[t] *= np.sqrt(variance)
        variance = 0.05 + 0.10 * drawn[t] ** 2 + 0.85 * variance
    return drawn


def _design(name: str, words: str, n_firms: int, n_sessions: int, slope: float) -> Design:
    named = {"series": SERIES} if n_firms == 1 else {"panel": PANEL, "each": EACH}
    return Design(
        name=f"out_of_sample, {name}",
        words=f"{words}; windows of 126 sessions roll, moods persist, volatility clusters.",
        specs={key: OneSided(spec, spec.label) for key, spec in named.items()},
        draw=draw(n_firms, n_sessions, slope),
        settings={"firms": n_firms, "sessions": n_sessions, "slope": slope},
    )


DESIGNS: Final = (
    _design(
        "nothing",
        "15 firms over 450 sessions share shocks and moods, a fifth is silent, nothing is forecast",
        15,
        450,
        0.0,
    ),
    _design(
        "moods", "The same, and a mood moves the return of its session by a tenth of its noise", 15, 450, 0.1 * _NOISE
    ),
    _design("series, nothing", "One series of 500 sessions, nothing is forecast", 1, 500, 0.0),
    _design(
        "series",
        "One series of 500 sessions, and the mood moves the return by a sixth of its noise",
        1,
        500,
        _NOISE / 6,
    ),
)

"""Panels in which a mood forecasts returns, or nothing does: do tests keep their size and intervals hold what is earned."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import polars as pl
from scipy import stats

from emtract.econometrics.analyses.forecast.analysis import Forecast
from emtract.econometrics.analyses.forecast.firms import BEAT
from emtract.econometrics.analyses.forecast.investor import Investor, shares
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

    from emtract.econometrics.analyses.forecast.summary import Judged
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
GROWING: Final = replace(PANEL, window="expanding", label="Windows that grow")
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


class World(NamedTuple):
    """Samples, and what is known of their returns before they come: mean by firm and session, and variance by its parts."""

    samples: dict[str, Sample]
    mean: Floats
    common: Floats
    own: float


def draw(
    n_firms: int, n_sessions: int, slope: float, *, growing: bool = False
) -> Callable[[np.random.Generator], Drawn]:
    """Return a function that draws a panel of that size, and its first firm alone as the market.

    Parameters
    ----------
    slope
        Return per standard deviation of mood; 0 where nothing is forecast.
    growing
        Whether windows grow: what forecasts gain over all pasts is then another number in each session, and not told.
    """

    def drawn(rng: np.random.Generator) -> Drawn:
        world = simulate(rng, n_firms, n_sessions, slope)
        if growing:
            return Drawn(world.samples, _given_windows("growing", GROWING, world))
        name, spec = _spec(n_firms)
        return Drawn(world.samples, {**_given_windows(name, spec, world), **_over_windows(n_firms, slope)})

    return drawn


def simulate(rng: np.random.Generator, n_firms: int, n_sessions: int, slope: float) -> World:
    r"""Draw moods and returns.

    Notes
    -----
    .. math:: r_{it} = \mu + b m_{it} + \sigma (0.6 h_t + 0.8 e_{it})

    where moods are half shared by firms, and h, which all firms share, is a GARCH(1, 1); of one series h is all of the noise.
    """
    total = n_sessions + _BURN
    shared, own = (_moods(rng, (k, total)) for k in (1, n_firms))
    mood = np.sqrt(0.5) * (shared + own)
    shocks, variance = _clustered(rng, total)
    parts = (1.0, 0.0) if n_firms == 1 else (0.6, 0.8)
    noise = parts[0] * shocks + parts[1] * rng.standard_normal((n_firms, total))
    mean = (_MEAN + slope * mood)[:, _BURN:]
    shown = rng.random((n_firms, n_sessions)) >= (_SILENT if n_firms > 1 else 0.0)
    days = pl.Series(np.busday_offset(np.datetime64("1960-01-04"), np.arange(n_sessions), roll="forward")).cast(pl.Date)
    data = pl.DataFrame(
        {
            ENTITY: np.repeat([f"S{i:02d}" for i in range(n_firms)], n_sessions),
            TIME: pl.concat([days] * n_firms),
            MOOD: np.where(shown, mood[:, _BURN:], np.nan).ravel(),
            RETURN: (mean + _NOISE * noise[:, _BURN:]).ravel(),
        }
    ).with_columns(pl.col(MOOD).fill_nan(None))
    firms = Sample(data, Ledger().start("simulated", "firm-sessions", data.height), {}, "firm-sessions")
    market = data.filter(pl.col(ENTITY) == "S00").drop(ENTITY).rename({RETURN: MARKET})
    both = {FIRM_SESSIONS: firms, MARKET_SESSIONS: Sample(market, unit="sessions")}
    return World(both, mean, (_NOISE * parts[0]) ** 2 * variance[_BURN:], (_NOISE * parts[1]) ** 2)


def _spec(n_firms: int) -> tuple[str, Forecast]:
    return ("series", SERIES) if n_firms == 1 else ("panel", PANEL)


def _given_windows(name: str, spec: Forecast, world: World) -> dict[tuple[str, str], float]:
    """Return what the forecasts that were made gain on average over what is new in each session."""
    told, _ = spec.judged(world.samples)
    rows, made = told.rows, told.made
    mean, common = world.mean[rows.unit, rows.place], world.common[rows.place]
    gained = (made.model - made.benchmark) * (2 * mean - made.model - made.benchmark)
    error = (mean - made.benchmark) ** 2 + common + world.own
    truth = {(name, term): 100 * float(gained.sum() / error.sum()) for term in (R2, SQUARED)}
    assert spec.investor is not None
    for cost in spec.investor.costs:
        worth = [_worth(spec.investor, told, world, forecasts, cost) for forecasts in (made.model, made.benchmark)]
        truth[name, value_term(cost)] = 100 * spec.investor.sessions_per_year * (worth[0] - worth[1])
    return truth


def _worth(investor: Investor, told: Judged, world: World, forecasts: Floats, cost: float) -> float:
    """Return the certainty equivalent of known shares in returns of known means and variances."""
    rows = told.rows
    share = shares(investor, forecasts, told.made.variance)
    places, session = np.unique(rows.place, return_inverse=True)
    firms = np.bincount(session)
    expected = np.bincount(session, weights=share * (world.mean[rows.unit, rows.place])) / firms
    held, squared = (np.bincount(session, weights=v) for v in (share, share**2))
    variance = (world.common[places] * held**2 + world.own * squared) / firms**2
    net = expected - 2e-4 * cost * np.bincount(session, weights=np.abs(share)) / firms
    return float(net.mean() - investor.aversion / 2 * ((variance + net**2).mean() - net.mean() ** 2))


@cache
def _over_windows(n_firms: int, slope: float) -> dict[tuple[str, str], float]:
    """Return what forecasts that are made in this way gain over all pasts, as one long sample tells; and the tests' truth.

    Notes
    -----
    Windows roll, so that the noise of their slopes is the same in the long sample as in a short one.
    """
    name, spec = _spec(n_firms)
    found = spec.run(simulate(np.random.default_rng(2026), n_firms, _LONG, slope).samples)
    truth = {("over windows", term): float(found.row(term)["estimate"]) for term in (R2, ADJUSTED, value_term(0.0))}
    if slope:
        return truth
    firms = {} if n_firms == 1 else {("panel", BEAT): 0.0, ("each", ADJUSTED): 0.0, ("each", BEAT): 0.0}
    return {**truth, (name, ADJUSTED): 0.0, **firms}


def _moods(rng: np.random.Generator, shape: tuple[int, int]) -> Floats:
    """First-order autoregressions of unit variance along axis 1."""
    drawn = rng.standard_normal(shape)
    for t in range(1, shape[1]):
        drawn[:, t] = _MEMORY * drawn[:, t - 1] + np.sqrt(1 - _MEMORY**2) * drawn[:, t]
    return drawn


def _clustered(rng: np.random.Generator, n: int) -> tuple[Floats, Floats]:
    """Shocks of unit variance whose variance is a GARCH(1, 1), and that variance."""
    drawn, variance = rng.standard_normal(n), np.ones(n)
    for t in range(n):
        if t:
            variance[t] = 0.05 + 0.10 * drawn[t - 1] ** 2 + 0.85 * variance[t - 1]
        drawn[t] *= np.sqrt(variance[t])
    return drawn, variance


def _design(name: str, words: str, n_firms: int, n_sessions: int, slope: float, *, growing: bool = False) -> Design:
    main, spec = _spec(n_firms)
    named = (
        {"growing": GROWING}
        if growing
        else {main: spec, "over windows": spec, **({} if n_firms == 1 or slope else {"each": EACH})}
    )
    how = "are all sessions so far" if growing else "of 126 sessions roll"
    beside = "" if growing else "; `over windows`, what forecasts from any past gain, which a few windows cannot tell"
    return Design(
        name=f"out_of_sample, {name}",
        words=f"{words}; windows {how}, moods persist, volatility clusters. Truth: what the forecasts that were made gain on "
        f"average{beside}.",
        specs={key: OneSided(spec, spec.label) for key, spec in named.items()},
        draw=draw(n_firms, n_sessions, slope, growing=growing),
        targets={"over windows": "none"},
        settings={"firms": n_firms, "sessions": n_sessions, "slope": slope},
    )


_PANEL: Final = "15 firms over 450 sessions share shocks and moods, a fifth is silent"
_MOVES: Final = f"{_PANEL}; a mood moves the return of its session by a tenth of its noise"
DESIGNS: Final = (
    _design("nothing", f"{_PANEL}; nothing is forecast", 15, 450, 0.0),
    _design("moods", _MOVES, 15, 450, _NOISE / 10),
    _design("growing", _MOVES, 15, 450, _NOISE / 10, growing=True),
    _design("series, nothing", "One series of 500 sessions; nothing is forecast", 1, 500, 0.0),
    _design(
        "series", "One series of 500 sessions; a mood moves the return by a sixth of its noise", 1, 500, _NOISE / 6
    ),
)

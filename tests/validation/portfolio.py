"""Portfolio sorts on simulated markets: a spread of known size, one that only bears risk, and none."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from functools import cache, partial
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from emtract.econometrics.portfolio.form import form_portfolios
from emtract.econometrics.portfolio.performance import traded_dollars, turnover
from emtract.econometrics.portfolio.sort import PortfolioSort
from emtract.econometrics.portfolio.summary import BREAK_EVEN, SHARPE, SPREAD
from emtract.panel.firm_sessions import FIRM_SESSIONS
from emtract.panel.frame import ENTITY, TIME, Sample
from tests.validation.design import Design, Drawn

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: Basis points of return per standard deviation of the signal within the session.
EFFECT: Final = 8.0
#: Market return: mean, standard deviation (basis points) and first-order autocorrelation.
MARKET: Final = (4.0, 90.0, 0.15)
#: Loading on the market per standard deviation of the signal: what makes a mean differ from an alpha.
LOADING: Final = 0.3
NOISE: Final = 150.0
PERSISTENCE: Final = 0.6
#: Chance that a firm has posts before the open.
SEEN: Final = 0.8
QUINTILES: Final = 5
_NEXT: Final = "return_close_close_next"


@dataclass(frozen=True)
class Market:
    """What is drawn: `n_firms` firms over `n_sessions` sessions, with market values as unequal as `spread_of_size` says."""

    n_firms: int
    n_sessions: int
    spread_of_size: float = 1.0


def draw(rng: np.random.Generator, *, market: Market, sorts: dict[str, PortfolioSort]) -> Drawn:
    r"""Draw a market in which valence moves returns, and fear does not.

    Notes
    -----
    .. math:: r_{it} = \beta s_{it} + (1 + \lambda s_{it}) f_t + e_{it}

    with s a firm's own autoregression and f the market's. Each sort ranks :math:`s_{it} + c_t`, of which a fifth is missing
    at random, so that a portfolio's mean is :math:`\mu_f + (\beta + \lambda \mu_f) m_k` and its CAPM alpha :math:`\beta m_k`,
    with :math:`m_k` the mean of the k-th fifth of ordered standard normals (`mean_by_quintile`).
    """
    samples = _samples(rng, market)
    truth: dict[tuple[str, str], float] = {}
    for name, sort in sorts.items():
        truth |= {(name, term): value for term, value in _truth(sort, market).items()}
    return Drawn(samples, truth)


def _samples(rng: np.random.Generator, market: Market) -> dict[str, Sample]:
    shape = (market.n_sessions, market.n_firms)
    own, fear = (_autoregression(rng, shape, PERSISTENCE) for _ in range(2))
    mood = _autoregression(rng, (shape[0], 2), PERSISTENCE)
    mean, sd, memory = MARKET
    factor = mean + sd * _autoregression(rng, (shape[0] + 1, 1), memory)
    day = EFFECT * own + (1 + LOADING * own) * factor[:-1] + NOISE * rng.standard_normal(shape)
    night = EFFECT * own + (1 + LOADING * own) * factor[1:] + NOISE * rng.standard_normal(shape)
    seen = rng.random(shape) < SEEN
    size = 21 + market.spread_of_size * rng.standard_normal(shape[1]) + np.zeros(shape)
    columns = {
        "valence_pre_open": np.where(seen, own + mood[:, :1], np.nan),
        "fear_pre_open": np.where(seen, fear + mood[:, 1:], np.nan),
        "return_open_close": day / 1e4,
        _NEXT: night / 1e4,
        "size": size,
    }
    days = _days(shape[0] + 1)
    data = pl.DataFrame(
        {
            ENTITY: np.tile([f"F{k:03d}" for k in range(shape[1])], shape[0]),
            TIME: pl.Series(days[:-1]).gather(np.repeat(np.arange(shape[0]), shape[1])),
        }
    ).with_columns(pl.Series(name, values.ravel()).fill_nan(None) for name, values in columns.items())
    noise = {name: rng.normal(0, 0.004, len(days)) for name in ("smb", "hml")}
    series = pl.DataFrame({TIME: days, "mkt_rf": factor[:, 0] / 1e4} | noise)
    return {FIRM_SESSIONS: Sample(data, unit="firm-sessions"), "series": Sample(series, unit="sessions")}


def _truth(sort: PortfolioSort, market: Market) -> dict[str, float]:
    """Return what each term estimates, basis points."""
    real = sort.signal.startswith("valence")
    means = np.asarray(mean_by_quintile(market.n_firms, sort.min_firms))
    slope = EFFECT + LOADING * MARKET[0] if real else 0.0
    width = means[-1] - means[0]
    truth = {name: float(MARKET[0] + slope * m) for name, m in zip(sort.portfolio_names, means, strict=True)}
    truth |= {SPREAD: float(slope * width), BREAK_EVEN: float(slope * width / dollars_traded(sort, market))}
    alpha = float(EFFECT * width) if real else 0.0
    truth |= {f"alpha, {model}": alpha for model in sort.models}
    return truth if real else truth | {"alpha, panel market": 0.0, SHARPE: 0.0}


@cache
def mean_by_quintile(n_firms: int, min_firms: int) -> tuple[float, ...]:
    """Return the expected mean of each fifth of n ordered standard normals, n binomial, at least `min_firms`.

    Notes
    -----
    The i-th of n has mean E[Q(U)], U beta with parameters i and n - i + 1 and Q the normal quantile function; ranks fall in
    fifths by `emtract.econometrics.portfolio.form`.
    """
    from scipy import stats

    nodes, weights = np.polynomial.legendre.leggauss(400)
    grid, quantile = (nodes + 1) / 2, stats.norm.ppf((nodes + 1) / 2) * weights / 2
    sizes = np.arange(min_firms, n_firms + 1)
    chance = stats.binom.pmf(sizes, n_firms, SEEN)
    total = np.zeros(QUINTILES)
    for n, p in zip(sizes.tolist(), (chance / chance.sum()).tolist(), strict=True):
        rank = np.arange(1, n + 1)
        ordered = np.array([stats.beta.pdf(grid, i, n - i + 1) @ quantile for i in rank])
        fifth = (QUINTILES * (rank - 0.5) / n).astype(int)
        total += p * np.bincount(fifth, weights=ordered) / np.bincount(fifth)
    return tuple(total.tolist())


@cache
def dollars_traded(sort: PortfolioSort, market: Market) -> float:
    """Return the mean of dollars traded a session; where weights drift, from one long simulation of the same market."""
    if sort.returns != _NEXT:
        return 4.0
    samples = _samples(np.random.default_rng(0), replace(market, n_sessions=6_000))
    return float(traded_dollars(turnover(form_portfolios(sort, samples[FIRM_SESSIONS]), sort.returns)).mean())


def _autoregression(rng: np.random.Generator, shape: tuple[int, int], memory: float) -> NDArray[np.float64]:
    """Stationary first-order autoregressions of unit variance down the columns."""
    path = rng.standard_normal(shape)
    for t in range(1, shape[0]):
        path[t] = memory * path[t - 1] + np.sqrt(1 - memory**2) * path[t]
    return path


def _days(n: int) -> list[dt.date]:
    return [dt.date(2000, 1, 3) + dt.timedelta(days=t) for t in range(n)]


def _design(name: str, words: str, market: Market, **choices: object) -> Design:
    base = PortfolioSort(signal="valence_pre_open", models=("CAPM", "FF3"), **choices)  # type: ignore[arg-type]
    sorts = {
        "valence": base,
        "valence_overnight": replace(base, returns=_NEXT),
        "fear": replace(base, signal="fear_pre_open"),
        "fear_overnight": replace(base, signal="fear_pre_open", returns=_NEXT),
    }
    settings: dict[str, str | int | float] = {"firms": market.n_firms, "sessions": market.n_sessions, "effect": EFFECT}
    return Design(
        name=name, words=words, specs=sorts, draw=partial(draw, market=market, sorts=sorts), settings=settings
    )


DESIGNS: Final = (
    _design(
        "portfolio",
        "50 firms over 250 sessions: signals persist, the market is autocorrelated, firms with high valence load more on it, a "
        "fifth of the signals is missing.",
        Market(50, 250),
    ),
    _design(
        "portfolio, 80 sessions",
        "The same over 80 sessions with 35 firms: few sessions for Newey-West errors.",
        Market(35, 80),
    ),
    _design(
        "portfolio, value weights",
        "Market values differ by a factor of a hundred between the tenth and the ninetieth of a hundred firms: few firms make a "
        "portfolio.",
        Market(50, 250, spread_of_size=1.8),
        weights="value",
    ),
)

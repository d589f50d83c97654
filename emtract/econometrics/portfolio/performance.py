"""What a long-short portfolio earns: its mean, beyond factors, and after what trading costs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

import numpy as np
import polars as pl

from emtract.econometrics.newey_west import chosen_lags, mean_of, newey_west, ratio_of_means, sharpe_of
from emtract.econometrics.portfolio.form import BASIS_POINTS, form_portfolios
from emtract.panel.frame import TIME

if TYPE_CHECKING:
    from collections.abc import Mapping

    from emtract.econometrics.estimates import Estimate, Floats
    from emtract.econometrics.portfolio.form import Portfolios
    from emtract.econometrics.portfolio.sort import PortfolioSort
    from emtract.econometrics.portfolio.timing import Returns
    from emtract.panel.frame import Sample

Model = Literal["CAPM", "FF3", "FF3 + momentum", "FF5", "FF5 + momentum"]
#: Model -> its series; the market's stands first. Sharpe and Lintner; Fama and French 1993, 2015; Carhart 1997.
MODELS: Final[Mapping[Model, tuple[str, ...]]] = {
    "CAPM": ("mkt_rf",),
    "FF3": ("mkt_rf", "smb", "hml"),
    "FF3 + momentum": ("mkt_rf", "smb", "hml", "mom"),
    "FF5": ("mkt_rf", "smb", "hml", "rmw", "cma"),
    "FF5 + momentum": ("mkt_rf", "smb", "hml", "rmw", "cma", "mom"),
}
#: The factor that needs no file.
PANEL_MARKET: Final = "panel market"
#: Every dollar that changes hands pays the cost per side once: a position opened and closed pays it twice.
SIDES: Final = 2.0


class Alpha(NamedTuple):
    """A factor model of the long-short return: the intercept in basis points a session, and the loadings by factor."""

    intercept: Estimate
    loadings: Mapping[str, Estimate]


@dataclass(frozen=True)
class Evaluation:
    """Portfolios and every number about them, in basis points a session unless said otherwise.

    Attributes
    ----------
    portfolios
        As they were formed.
    turned
        One-way turnover of the lowest and the highest portfolio, shape (T, 2).
    lags
        Last lag of Newey-West.
    means
        Mean of each portfolio, lowest first.
    spread
        Mean of the highest less the lowest.
    alphas
        Model -> intercept and loadings of the spread.
    break_even
        Basis points per side at which the spread earns nothing.
    sharpe
        Sharpe ratio of the spread, a year.
    net
        Cost per side -> mean of the spread after it.
    notes
        On what was left out.
    """

    portfolios: Portfolios
    turned: Floats
    lags: int
    means: tuple[Estimate, ...]
    spread: Estimate
    alphas: Mapping[str, Alpha]
    break_even: Estimate
    sharpe: Estimate
    net: Mapping[float, Estimate]
    notes: tuple[str, ...]


def evaluate(sort: PortfolioSort, samples: Mapping[str, Sample]) -> Evaluation:
    """Form the portfolios of a sort and estimate means, alphas and costs.

    Raises
    ------
    SpecError, EstimationError
        See `form_portfolios`.
    """
    portfolios = form_portfolios(sort, samples[sort.sample])
    spread = portfolios.spread
    lags = chosen_lags(sort.lags, len(spread))
    turned = turnover(portfolios, sort.returns)
    traded = traded_dollars(turned)
    mean = mean_of(spread, lags=lags)
    models, notes = alphas(sort, portfolios, samples.get(sort.series))
    return Evaluation(
        portfolios=portfolios,
        turned=turned,
        lags=lags,
        means=tuple(mean_of(column, lags=lags) for column in portfolios.returns.T),
        spread=mean,
        alphas=models,
        break_even=ratio_of_means(spread, traded, lags=lags),
        sharpe=sharpe_of(spread, lags=lags, periods=sort.sessions_per_year),
        net={cost: mean_of(spread - cost * traded, lags=lags) for cost in sort.costs},
        notes=tuple(notes),
    )


def alphas(sort: PortfolioSort, portfolios: Portfolios, series: Sample | None) -> tuple[dict[str, Alpha], list[str]]:
    """Regress the long-short return on each model that the series can give, and on the panel's equal-weighted market.

    Parameters
    ----------
    sort
        The request: its models, lags, and least number of sessions.
    portfolios
        As they were formed, returns in basis points.
    series
        Published series: session and one column a factor, as fractions a session; None where the study has none.

    Returns
    -------
    dict
        Model -> alpha; the panel's market last.
    list
        Sentences on models that were left out.

    Raises
    ------
    EstimationError
        As `emtract.econometrics.newey_west.newey_west`.
    """
    found: dict[str, Alpha] = {}
    without: list[str] = []
    for model, columns in sort.factor_models.items():
        lacking = list(columns) if series is None else [c for c in columns if c not in series.data.columns]
        if lacking:
            without.append(f"{model} ({', '.join(lacking)})")
            continue
        factors = _factors(portfolios, series, columns) if series is not None else np.empty((0, 0))
        known = np.asarray(np.isfinite(factors).all(axis=1))
        if known.sum() < sort.min_sessions:
            without.append(f"{model} (in only {int(known.sum())} of {len(known)} sessions)")
            continue
        found[model] = _fit(sort, portfolios.spread[known], factors[known], columns)
    found[PANEL_MARKET] = _fit(sort, portfolios.spread, portfolios.market[:, None], (PANEL_MARKET,))
    notes = [f"Factors that the store does not hold: {'; '.join(without)}."] if without else []
    return found, notes


def _factors(portfolios: Portfolios, series: Sample, columns: tuple[str, ...]) -> Floats:
    """Return the factors of the sessions in which the returns are earned, in basis points; NaN where one is missing."""
    days = pl.DataFrame({TIME: portfolios.earned}, schema={TIME: pl.Date})
    joined = days.join(series.data.select(TIME, *columns), on=TIME, how="left", maintain_order="left")
    return BASIS_POINTS * joined.select(pl.col(columns).cast(pl.Float64).fill_null(np.nan)).to_numpy()


def _fit(sort: PortfolioSort, y: Floats, factors: Floats, names: tuple[str, ...]) -> Alpha:
    intercept, *loadings = newey_west(y, factors, lags=chosen_lags(sort.lags, len(y)))
    return Alpha(intercept, dict(zip(names, loadings, strict=True)))


def turnover(portfolios: Portfolios, returns: Returns) -> Floats:
    r"""Return one-way turnover of the lowest and the highest portfolio, shape (T, 2).

    Notes
    -----
    Half of what is traded per dollar of the portfolio. A position from open to close is opened and closed within the
    session: a full round trip, turnover one. A position from close to close is carried into the next one: with target
    weights w and the drifted weights of the session before,

    .. math:: \tau_t = \tfrac12 \sum_i \left| w_{it} - \frac{w_{i,t-1} (1 + r_{it})}{\sum_j w_{j,t-1} (1 + r_{jt})} \right|,

    and where the panel has no portfolio in the next session the position is closed at the end of this one, which is charged
    to it.
    """
    if returns.startswith("return_open_close"):
        return np.ones((len(portfolios.position), 2))
    last = portfolios.returns.shape[1] - 1
    return np.stack([_drifting(portfolios, portfolio) for portfolio in (0, last)], axis=1)


def _drifting(portfolios: Portfolios, portfolio: int) -> Floats:
    held = portfolios.holdings.filter(portfolios.holdings["portfolio"] == portfolio)
    when, who = (held[name].to_numpy() for name in ("position", "symbol"))
    grown = held["grown"].to_numpy()
    span = int(portfolios.position[-1]) + 2
    drifted = grown / np.bincount(when, weights=grown, minlength=span)[when]
    # A trade is a target weight less the weight that arrived from the session before, firm by firm.
    firms = int(who.max()) + 1
    key = np.concatenate([when * firms + who, (when + 1) * firms + who])
    change = np.concatenate([held["weight"].to_numpy(), -drifted])
    trades, inverse = np.unique(key, return_inverse=True)
    traded = np.abs(np.bincount(inverse, weights=change))
    by_session = np.bincount(trades // firms, weights=traded, minlength=span) / 2
    following = np.append(np.diff(portfolios.position) == 1, False)
    closing = np.where(following, 0.0, by_session[portfolios.position + 1])
    return np.asarray(by_session[portfolios.position] + closing)


def traded_dollars(turned: Floats) -> Floats:
    """Return dollars traded a session by one dollar long and one dollar short, shape (T,)."""
    return np.asarray(SIDES * turned.sum(axis=1))

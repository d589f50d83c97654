"""What a long-short portfolio earns beyond factors: of published models, and of the panel's own market."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, NamedTuple

import numpy as np
import polars as pl

from emtract.econometrics.newey_west import Estimate, newey_west, rule_of_thumb_lags
from emtract.panel.frame import TIME

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from emtract.econometrics.portfolio.form import Portfolios
    from emtract.econometrics.portfolio.sort import PortfolioSort
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
BASIS_POINTS: Final = 1e4


class Alpha(NamedTuple):
    """A factor model of the long-short return: the intercept in basis points a session, and the loadings by factor."""

    intercept: Estimate
    loadings: Mapping[str, Estimate]


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
    for model in sort.models:
        columns = MODELS[model]
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


def _factors(portfolios: Portfolios, series: Sample, columns: tuple[str, ...]) -> NDArray[np.float64]:
    """Return the factors of the sessions in which the returns are earned, in basis points; NaN where one is missing."""
    days = pl.DataFrame({TIME: portfolios.earned}, schema={TIME: pl.Date})
    joined = days.join(series.data.select(TIME, *columns), on=TIME, how="left", maintain_order="left")
    return BASIS_POINTS * joined.select(pl.col(columns).cast(pl.Float64).fill_null(np.nan)).to_numpy()


def _fit(sort: PortfolioSort, y: NDArray[np.float64], factors: NDArray[np.float64], names: tuple[str, ...]) -> Alpha:
    lags = rule_of_thumb_lags(len(y)) if sort.lags is None else sort.lags
    intercept, *loadings = newey_west(y, factors, lags=lags)
    return Alpha(intercept, dict(zip(names, loadings, strict=True)))

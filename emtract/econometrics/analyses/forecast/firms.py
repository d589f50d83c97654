"""Forecasts firm by firm: how many are better than the benchmark, and whether any is, given how many were tried."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from emtract.econometrics.analyses.forecast.accuracy import Losses, clark_west, out_of_sample
from emtract.econometrics.estimates import SIGNIFICANCE, EstimateRow, estimate_row, holm
from emtract.econometrics.newey_west import chosen_lags
from emtract.errors import EstimationError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from emtract.econometrics.estimates import Codes, Floats

ABOVE, MEDIAN, BEAT = "firms with R2 above zero", "median R2 of firms", "firms that beat the benchmark"
_SCHEMA = {"symbol": pl.String, "sessions": pl.Int64} | dict.fromkeys(
    ("estimate", "std_error", "conf_low", "conf_high", "statistic", "p_value"), pl.Float64
)


def by_firm(
    y: Floats,
    model: Floats,
    benchmark: Floats,
    *,
    unit: Codes,
    place: Codes,
    names: Sequence[str],
    least: int,
    lags: int | None,
    overlap: int,
) -> pl.DataFrame:
    """Judge the forecasts of each firm.

    Parameters
    ----------
    y, model, benchmark, unit, place
        Outcome, forecasts, firm and session of each row.
    names
        Symbol of each firm.
    least
        Forecasts below which a firm is not judged.
    lags, overlap
        Newey-West lags, None for the rule of thumb, and sessions that two outcomes share.

    Returns
    -------
    pl.DataFrame
        One row a firm, in ascending order of R²: symbol, sessions, R² in per cent (estimate, std_error, conf_low, conf_high),
        Clark and West's statistic and one-sided p_value, and p_holm, adjusted for the number of firms by Holm (1979), which
        holds however firms depend on one another.
    """
    rows = []
    for firm in np.flatnonzero(np.bincount(unit) >= least).tolist():
        own = unit == firm
        used = chosen_lags(lags, int(own.sum())) + overlap
        try:
            losses = Losses.of(y[own], model[own], benchmark[own], place[own])
            found, test = out_of_sample(losses, lags=used), clark_west(losses, lags=used)
        except EstimationError:
            continue
        numbers = (found.estimate, found.std_error, found.conf_low, found.conf_high, test["statistic"], test["p_value"])
        rows.append((names[firm], found.n_obs, *numbers))
    frame = pl.DataFrame(rows, schema=_SCHEMA, orient="row")
    adjusted = pl.Series("p_holm", holm(frame["p_value"].to_numpy()), dtype=pl.Float64)
    return frame.with_columns(adjusted).sort("estimate", "symbol")


def firm_rows(firms: pl.DataFrame) -> list[EstimateRow]:
    """Return how many firms have a positive R², its median, and how many beat the benchmark once all are tested together.

    Notes
    -----
    The last has the p-value of there being any: the smallest adjusted one.
    """
    n = firms.height
    beaten: dict[str, float | None] = {
        "estimate": float((firms["p_holm"] < SIGNIFICANCE).sum()),
        "p_value": float(firms["p_holm"].to_numpy().min()),
    }
    return [
        estimate_row(ABOVE, {"estimate": float((firms["estimate"] > 0).sum())}, n_obs=n),
        estimate_row(MEDIAN, {"estimate": float(np.median(firms["estimate"].to_numpy()))}, n_obs=n),
        estimate_row(BEAT, beaten, n_obs=n),
    ]

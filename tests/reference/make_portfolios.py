"""Regenerates portfolios.csv and portfolios_series.csv: sorts, turnover, costs and alphas by base R and sandwich.

Run `python -m tests.reference.make_portfolios` where Rscript with car and sandwich is installed. R gets rows of firms, months of
event portfolios and daily series, and sorts, weighs, lets weights drift, and compounds by itself.
"""

import datetime as dt

import numpy as np
import polars as pl

from tests.econometrics.portfolio_panels import DAY, draw, sample_of
from tests.reference.by_r import remake

SEED = 1973
SIGNAL, RETURN = "valence_pre_open", "return_close_close_next"
SERIES = ("rf", "mkt_rf", "smb")


def firms():
    """15 firms, 70 sessions: ties, missing signals, returns and sizes, and two sessions without any signal."""
    rng = np.random.default_rng(SEED)
    signal, returns, size = draw(rng, 70, 15, ties=True)
    signal[[20, 45]] = np.nan
    returns[rng.random(returns.shape) < 0.05] = np.nan
    size[rng.random(size.shape) < 0.05] = np.nan
    return sample_of(signal, returns, y=RETURN, size=size)


def series():
    """Two years and ten days of factors, a session each day; one factor lacks a day, and the last month is short."""
    rng, n = np.random.default_rng(SEED + 1), 741
    days = [DAY + dt.timedelta(days=t) for t in range(n)]
    values = [0.0001 * rng.random(n), *(0.01 * rng.standard_normal((2, n)))]
    frame = pl.DataFrame({"session": days} | dict(zip(SERIES, values, strict=True)))
    return frame.with_columns(smb=pl.when(pl.col("session") != dt.date(2020, 2, 20)).then("smb"))


def months():
    """Months of event portfolios, before, in and after those of the factors; the high portfolio is empty in two of them."""
    rng, n = np.random.default_rng(SEED + 2), 30
    market = 0.05 * rng.standard_normal(n)
    parts = {name: 0.01 + market + 0.03 * rng.standard_normal(n) for name in ("all", "high", "low")}
    names = [f"{2019 + (8 + m) // 12}-{(8 + m) % 12 + 1:02d}" for m in range(n)]
    frame = pl.DataFrame({"month": names} | parts)
    return frame.with_columns(high=pl.when(~pl.col("month").is_in(["2020-05", "2021-03"])).then("high"))


if __name__ == "__main__":
    remake("portfolios", SEED, firms=firms().data, series=series(), months=months())

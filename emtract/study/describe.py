"""The distribution of what a study reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from emtract.emotions import EMOTIONS
from emtract.panel.frame import RETURNS, WINDOWS

if TYPE_CHECKING:
    from emtract.panel.frame import Sample


def descriptives(panel: Sample) -> pl.DataFrame:
    """Return the distribution of the panel's main columns.

    Returns
    -------
    pl.DataFrame
        One row a column of the panel (emotions, valence and attention of each window, then returns), nulls left out:
        variable, n, mean, sd, p1, p25, median, p75, p99.
    """
    names = [f"{name}_{window}" for window in WINDOWS for name in (*EMOTIONS, "valence", "attention")]
    columns = (panel.data[name].cast(pl.Float64).drop_nulls().alias(name) for name in (*names, *RETURNS))
    quantiles = {"p1": 0.01, "p25": 0.25, "median": 0.5, "p75": 0.75, "p99": 0.99}
    rows = [
        {"variable": c.name, "n": len(c), "mean": c.mean(), "sd": c.std()}
        | {name: c.quantile(q, interpolation="linear") for name, q in quantiles.items()}
        for c in columns
    ]
    floats = dict.fromkeys(("mean", "sd", *quantiles), pl.Float64)
    return pl.DataFrame(rows, schema={"variable": pl.String, "n": pl.Int64, **floats})

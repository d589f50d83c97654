"""The distribution of what a study reads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import polars as pl

from emtract.emotions import EMOTIONS
from emtract.panel.frame import RETURNS, WINDOWS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from emtract.panel.frame import Sample

_QUANTILES: Final = {"p1": 0.01, "p25": 0.25, "median": 0.5, "p75": 0.75, "p99": 0.99}


def descriptives(panel: Sample) -> pl.DataFrame:
    """Return the distribution of the panel's main columns.

    Returns
    -------
    pl.DataFrame
        One row a column of the panel (emotions, valence and attention of each window, then returns), nulls left out:
        variable, n, mean, sd, p1, p25, median, p75, p99.
    """
    names = [f"{name}_{window}" for window in WINDOWS for name in (*EMOTIONS, "valence", "attention")]
    return distribution(panel.data, (*names, *RETURNS))


def distribution(data: pl.DataFrame, names: Iterable[str]) -> pl.DataFrame:
    """Return n, mean, sd and quantiles of columns, nulls left out."""
    rows: list[dict[str, Any]] = []
    for name in names:
        column = data[name].cast(pl.Float64).drop_nulls()
        quantiles = {q: column.quantile(share, interpolation="linear") for q, share in _QUANTILES.items()}
        rows.append({"variable": name, "n": len(column), "mean": column.mean(), "sd": column.std(), **quantiles})
    floats = dict.fromkeys(("mean", "sd", *_QUANTILES), pl.Float64)
    return pl.DataFrame(rows, schema={"variable": pl.String, "n": pl.Int64, **floats})

"""A coefficient plot of a finding: that of the regressions, one button a group."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from emtract.report.figures.regressions import coefficient_plot

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from emtract.econometrics.finding import Chart


def coefficients(chart: Chart) -> go.Figure:
    """Draw each row as an estimate with its interval; groups are buttons, in the order of the frame."""
    names = [str(g) for g in chart.frame["group"].unique(maintain_order=True)]
    tidy = chart.frame.with_columns(
        pl.col("group").cast(pl.String).alias("spec"),
        pl.col("group").cast(pl.String).alias("label"),
        ((pl.col("conf_high") - pl.col("conf_low")) / 3.92).alias("std_error"),
    )
    return coefficient_plot(tidy, groups={name: (name,) for name in names}, unit=chart.x_title or chart.y_title)

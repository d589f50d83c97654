"""Paths over dates or event time, each with a key above the figure that shows and hides it."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, Final

import plotly.graph_objects as go

from emtract.report.figures.canvas import base, safe, significant
from emtract.report.figures.marks import LINE, above, axis, band, finite, wrapped
from emtract.report.figures.palette import LIGHT, series_tones
from emtract.words.numbers import decimals_for

if TYPE_CHECKING:
    import polars as pl

    from emtract.econometrics.finding import Chart

_HEIGHT: Final = 340
_SLIDER: Final = 46


def lines(chart: Chart) -> go.Figure:
    """Draw every line of the frame in one panel; dates get a range slider.

    Notes
    -----
    Columns conf_low and conf_high, where the frame has them, become a band. The keys are `layout.meta.keys`: the page
    draws them as buttons, so that no legend lies over the data.
    """
    frames = {str(line): rows for (line,), rows in chart.frame.group_by("line", maintain_order=True)}
    dates = isinstance(chart.frame["x"].drop_nulls().first(), dt.date)
    tones = dict(zip(frames, series_tones(list(frames)), strict=True))
    figure = go.Figure()
    for line, rows in frames.items():
        figure.add_traces(_traces(line, rows, tones[line]))
    notes, head = above(chart.y_title)
    height = _HEIGHT + head + LINE * wrapped(chart.x_title).count("<br>") + (_SLIDER if dates else 0)
    figure.update_layout(**base(height), hovermode="x unified" if len(frames) <= 8 else "closest", dragmode=False)
    figure.update_layout(
        margin={"l": 48, "r": 14, "t": head + 14, "b": 48}, annotations=[{**n, "yshift": 8} for n in notes]
    )
    figure.update_yaxes(**axis())
    figure.update_xaxes(
        **axis(chart.x_title, showgrid=False, zeroline=not dates), unifiedhovertitle=_hover_title(chart)
    )
    if dates:
        figure.update_xaxes(type="date", hoverformat="%-d %b %Y", fixedrange=False)
        figure.update_xaxes(rangeslider={"visible": True, "thickness": 0.09, "borderwidth": 0})
    keys = [{"label": line, "tone": tones[line][0], "dash": tones[line][1]} for line in frames]
    return figure.update_layout(meta={"keys": keys if len(keys) > 1 else []})


def _hover_title(chart: Chart) -> dict[str, Any]:
    return {"text": f"{safe(chart.x_title)} %{{x}}" if chart.x_title else "%{x}"}


def _traces(line: str, rows: pl.DataFrame, style: tuple[str, str]) -> list[go.Scatter]:
    named, dash = style
    x = [v.isoformat() if isinstance(v, dt.date) else significant(v) for v in rows["x"]]
    meta = {"line": safe(line), "tone": named}
    decimals = decimals_for(finite(rows["y"].to_list()), digits=3)
    areas = []
    if {"conf_low", "conf_high"} <= set(rows.columns):
        ends = (rows[c].to_list() for c in ("conf_low", "conf_high"))
        areas = [band(x, *ends, meta={**meta, "fill": "2c"})]
    path = go.Scatter(
        x=x, y=[significant(v) for v in rows["y"]], mode="lines", name=safe(line), showlegend=True,
        line={"color": LIGHT[named], "width": 2.25, "dash": dash}, meta={**meta, "estimate": True}, customdata=_ends(rows),
        hovertemplate=f"{safe(line)} <b>%{{y:,.{decimals}f}}</b>{_interval_token(rows, decimals)}<extra></extra>",
    )  # fmt: skip
    return [*areas, path]


def _ends(rows: pl.DataFrame) -> list[list[float | None]] | None:
    """Ends of the intervals and rows behind each point, for the hover."""
    extra = [c for c in ("conf_low", "conf_high", "n_obs") if c in rows.columns]
    return [[significant(v) for v in row] for row in rows.select(extra).iter_rows()] if extra else None


def _interval_token(rows: pl.DataFrame, decimals: int) -> str:
    extra = [c for c in ("conf_low", "conf_high", "n_obs") if c in rows.columns]
    text = ""
    if "conf_low" in extra and "conf_high" in extra:
        text = f"  [%{{customdata[0]:,.{decimals}f}}, %{{customdata[1]:,.{decimals}f}}]"
    return text + (f" \u00b7 N %{{customdata[{extra.index('n_obs')}]:,}}" if "n_obs" in extra else "")

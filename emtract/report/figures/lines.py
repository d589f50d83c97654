"""Paths over dates or event time, each with a key above the figure that shows and hides it."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, Final

import plotly.graph_objects as go

from emtract.report.figures import canvas
from emtract.report.figures.palette import series_tones
from emtract.words.numbers import decimals_for

if TYPE_CHECKING:
    from collections.abc import Sequence

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
    frames = canvas.by_name(chart.frame, "line")
    dates = isinstance(chart.frame["x"].drop_nulls().first(), dt.date)
    tones = dict(zip(frames, series_tones(list(frames)), strict=True))
    figure = go.Figure()
    for line, rows in frames.items():
        figure.add_traces(_traces(line, rows, tones[line]))
    notes, head = canvas.above(chart.y_title)
    height = _HEIGHT + head + canvas.LINE * canvas.wrapped(chart.x_title).count("<br>") + (_SLIDER if dates else 0)
    figure.update_layout(
        **canvas.base(height), hovermode="x unified" if len(frames) <= 8 else "closest", dragmode=False
    )
    figure.update_layout(
        margin={"l": 48, "r": 14, "t": head + 14, "b": 48}, annotations=[{**n, "yshift": 8} for n in notes]
    )
    figure.update_yaxes(**canvas.axis())
    figure.update_xaxes(
        **canvas.axis(chart.x_title, showgrid=False, zeroline=not dates), unifiedhovertitle=_hover_title(chart)
    )
    if dates:
        figure.update_xaxes(type="date", hoverformat="%-d %b %Y", fixedrange=False)
        figure.update_xaxes(rangeslider={"visible": True, "thickness": 0.09, "borderwidth": 0})
    keys = [{"label": line, "tone": tones[line][0], "dash": tones[line][1]} for line in frames]
    return figure.update_layout(meta={"keys": keys if len(keys) > 1 else []})


def _hover_title(chart: Chart) -> dict[str, Any]:
    return {"text": f"{canvas.safe(chart.x_title)} %{{x}}" if chart.x_title else "%{x}"}


def _traces(line: str, rows: pl.DataFrame, style: tuple[str, str]) -> list[go.Scatter]:
    named, dash = style
    x = [v.isoformat() if isinstance(v, dt.date) else canvas.significant(v) for v in rows["x"]]
    meta = {"line": canvas.safe(line), "tone": named}
    decimals = decimals_for(canvas.finite(rows["y"].to_list()), digits=3)
    extra = [c for c in ("conf_low", "conf_high", "n_obs") if c in rows.columns]
    areas = []
    if {"conf_low", "conf_high"} <= set(extra):
        areas = [canvas.band(x, rows["conf_low"].to_list(), rows["conf_high"].to_list(), meta={**meta, "fill": "2c"})]
    behind = [canvas.rounded(row) for row in rows.select(extra).iter_rows()] if extra else None
    text = f"{canvas.safe(line)} <b>%{{y:,.{decimals}f}}</b>{_more(extra, decimals)}<extra></extra>"
    shown = canvas.path(
        x, canvas.rounded(rows["y"]), {**meta, "estimate": True}, width=2.25, hover=text, dash=dash, name=canvas.safe(line),
        showlegend=True, customdata=behind,
    )  # fmt: skip
    return [*areas, shown]


def _more(extra: Sequence[str], decimals: int) -> str:
    """Ends of the interval and rows behind a point, as far as the data beside it hold them."""
    text = ""
    if "conf_low" in extra and "conf_high" in extra:
        text = f"  [%{{customdata[0]:,.{decimals}f}}, %{{customdata[1]:,.{decimals}f}}]"
    return text + (f" \u00b7 N %{{customdata[{extra.index('n_obs')}]:,}}" if "n_obs" in extra else "")

"""One firm at a time: its mood beside its price, how much was posted, and its unusual days."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import plotly.graph_objects as go
import polars as pl

from emtract.report.figures import canvas
from emtract.report.figures.palette import LIGHT

if TYPE_CHECKING:
    from emtract.econometrics.finding import Chart

_HEIGHT: Final = 560
#: Places of the panels, from top to bottom: price, valence, posts.
_PANELS: Final = ([0.72, 1], [0.28, 0.64], [0, 0.18])
#: Mark -> its symbol and tone.
_MARKS: Final = {"brightest": ("triangle-up", "happy"), "darkest": ("triangle-down", "sad")}


def firms(chart: Chart) -> go.Figure:
    """Draw price, mood and posts in a panel each, with the range slider beneath; each firm is a view."""
    figure = go.Figure()
    groups = canvas.by_name(chart.frame)
    for group, rows in groups.items():
        figure.add_traces(_traces(rows, canvas.safe(group)))
    figure.update_layout(**canvas.base(_HEIGHT), hovermode="x unified", dragmode=False, bargap=0)
    figure.update_layout(margin={"l": 46, "r": 14, "t": 34, "b": 36}, annotations=_titles())
    quiet: dict[str, Any] = {"fixedrange": True, "zeroline": False, "ticks": "", "tickfont": {"size": 11}, "nticks": 5}
    figure.update_layout(
        yaxis={**quiet, "domain": _PANELS[1], "gridcolor": canvas.GRID, "zeroline": True, "zerolinecolor": canvas.ZERO},
        yaxis2={**quiet, "domain": _PANELS[0], "gridcolor": canvas.GRID, "nticks": 4},
        yaxis3={**quiet, "domain": _PANELS[2], "gridcolor": canvas.GRID, "rangemode": "tozero", "nticks": 3},
        xaxis={
            "type": "date", "anchor": "y3", "showgrid": False, "zeroline": False, "ticks": "", "nticks": 6,
            "hoverformat": "%-d %b %Y", "tickfont": {"size": 12},
            "rangeslider": {"visible": True, "thickness": 0.08, "borderwidth": 0},
        },
    )  # fmt: skip
    return canvas.toggle(figure, {group: {} for group in groups}, title="Firm")


def _traces(rows: pl.DataFrame, group: str) -> list[go.Scatter | go.Bar]:
    x = [day.isoformat() for day in rows["x"]]
    trailing = rows["mood"].fill_nan(None).rolling_mean(canvas.SMOOTH, min_samples=canvas.SMOOTH // 4)
    usual = rows["usual"].drop_nulls()
    price, valence, posts = ({"group": group, "tone": tone} for tone in ("other", "valence", "attention"))
    lines: list[go.Scatter | go.Bar] = [
        canvas.path(x, canvas.rounded(rows["price"]), price, width=1.5, hover=_said("Price %{y:.1f}"), yaxis="y2", opacity=1.0),
        canvas.path(x, canvas.rounded(rows["mood"]), valence, width=1, hover=_said("Valence %{y:+.2f}"), yaxis="y", opacity=0.3),
        canvas.path(x, canvas.rounded(trailing), valence, width=2.25, yaxis="y", opacity=1.0),
        go.Bar(
            x=x, y=rows["posts"].to_list(), yaxis="y3", marker={"color": LIGHT["attention"], "line": {"width": 0}},
            meta=posts, hovertemplate=_said("%{y:,} posts"),
        ),
    ]  # fmt: skip
    if len(usual) and x:
        mean = canvas.significant(float(usual[0]))
        lines.append(canvas.path([x[0], x[-1]], [mean] * 2, valence, width=1, dash="dot"))
    return lines + [_marked(rows, group, mark) for mark in _MARKS]


def _said(text: str) -> str:
    return f"{text}<extra></extra>"


def _marked(rows: pl.DataFrame, group: str, mark: str) -> go.Scatter:
    symbol, tone = _MARKS[mark]
    own = rows.filter(pl.col("mark") == mark)
    days, marker = [day.isoformat() for day in own["x"]], {"symbol": symbol, "size": 11, "line": {"width": 0}}
    text = _said(f"One of the {mark} sessions")
    return canvas.dots(days, canvas.rounded(own["mood"]), {"group": group, "tone": tone}, hover=text, marker=marker)


def _titles() -> list[dict[str, Any]]:
    """Name the panels, above them."""
    return [
        canvas.strip_title("<b>Price</b>, 100 at the start", "other", x=0, y=_PANELS[0][1]),
        canvas.strip_title("<b>Valence</b>", "valence", x=0, y=_PANELS[1][1]),
        canvas.strip_title("<b>Posts</b>", "attention", x=0, y=_PANELS[2][1]),
    ]

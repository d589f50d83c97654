"""One firm at a time: its mood beside its price, how much was posted, and its unusual days."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import plotly.graph_objects as go
import polars as pl

from emtract.report.figures.canvas import GRID, ZERO, base, safe, significant, toggle
from emtract.report.figures.palette import LIGHT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from emtract.econometrics.finding import Chart

_HEIGHT: Final = 470
#: Sessions of the trailing mean.
SMOOTH: Final = 20
#: Mark -> its symbol and tone.
_MARKS: Final = {"brightest": ("triangle-up", "happy"), "darkest": ("triangle-down", "sad")}


def firms(chart: Chart) -> go.Figure:
    """Draw mood and price above, posts with the range slider beneath; each firm is a view."""
    figure = go.Figure()
    groups = {str(group): rows for (group,), rows in chart.frame.group_by("group", maintain_order=True)}
    for group, rows in groups.items():
        figure.add_traces(_traces(rows, safe(group)))
    figure.update_layout(**base(_HEIGHT), hovermode="x unified", dragmode=False, bargap=0)
    figure.update_layout(margin={"l": 46, "r": 46, "t": 34, "b": 36}, annotations=_titles())
    quiet: dict[str, Any] = {"fixedrange": True, "zeroline": False, "ticks": "", "tickfont": {"size": 11}, "nticks": 5}
    figure.update_layout(
        yaxis={**quiet, "domain": [0.32, 1], "gridcolor": GRID, "zeroline": True, "zerolinecolor": ZERO},
        yaxis2={**quiet, "domain": [0.32, 1], "overlaying": "y", "side": "right", "showgrid": False, "tickmode": "auto"},
        yaxis3={**quiet, "domain": [0, 0.2], "gridcolor": GRID, "rangemode": "tozero", "nticks": 3},
        xaxis={
            "type": "date", "anchor": "y3", "showgrid": False, "zeroline": False, "ticks": "", "nticks": 6,
            "hoverformat": "%-d %b %Y", "tickfont": {"size": 12},
            "rangeslider": {"visible": True, "thickness": 0.08, "borderwidth": 0},
        },
    )  # fmt: skip
    return toggle(figure, {group: {} for group in groups}, title="Firm")


def _traces(rows: pl.DataFrame, group: str) -> list[go.Scatter | go.Bar]:
    x = [day.isoformat() for day in rows["x"]]
    trailing = rows["mood"].fill_nan(None).rolling_mean(SMOOTH, min_samples=SMOOTH // 4)
    usual = rows["usual"].drop_nulls()
    mean = float(usual[0]) if len(usual) else None
    lines: list[go.Scatter | go.Bar] = [
        _line(x, rows["price"], group, tone="quiet", yaxis="y2", width=1.5, hover="Price %{y:.1f}"),
        _line(x, rows["mood"], group, tone="valence", opacity=0.3, width=1, hover="Valence %{y:+.2f}"),
        _line(x, trailing, group, tone="valence", width=2.25, hover=None),
        go.Bar(
            x=x, y=rows["posts"].to_list(), yaxis="y3", marker={"color": LIGHT["attention"], "line": {"width": 0}},
            meta={"group": group, "tone": "attention"}, hovertemplate="%{y:,} posts<extra></extra>",
        ),
    ]  # fmt: skip
    if mean is not None and x:
        lines.append(
            go.Scatter(
                x=[x[0], x[-1]], y=[significant(mean)] * 2, mode="lines", hoverinfo="skip",
                line={"color": LIGHT["valence"], "width": 1, "dash": "dot"}, meta={"group": group, "tone": "valence"},
            )
        )  # fmt: skip
    return lines + [_marked(rows, group, mark) for mark in _MARKS]


def _line(
    x: Sequence[str], values: pl.Series, group: str, *, tone: str, width: float, hover: str | None,
    opacity: float = 1.0, yaxis: str = "y",
) -> go.Scatter:  # fmt: skip
    told: dict[str, Any] = {"hovertemplate": f"{hover}<extra></extra>"} if hover else {"hoverinfo": "skip"}
    return go.Scatter(
        x=x, y=[significant(v) for v in values], mode="lines", yaxis=yaxis, opacity=opacity,
        line={"color": LIGHT[tone], "width": width}, meta={"group": group, "tone": tone}, **told,
    )  # fmt: skip


def _marked(rows: pl.DataFrame, group: str, mark: str) -> go.Scatter:
    symbol, tone = _MARKS[mark]
    own = rows.filter(pl.col("mark") == mark)
    return go.Scatter(
        x=[day.isoformat() for day in own["x"]], y=[significant(v) for v in own["mood"]], mode="markers",
        marker={"symbol": symbol, "size": 11, "color": LIGHT[tone], "line": {"width": 0}},
        meta={"group": group, "tone": tone}, hovertemplate=f"One of the {mark} sessions<extra></extra>",
    )  # fmt: skip


def _titles() -> list[dict[str, Any]]:
    """Name the strips and the two axes of the upper one, above them."""
    price = _title("Price, 100 at the start", "quiet", y=1, right=True)
    return [_title("<b>Valence</b>", "valence", y=1), price, _title("<b>Posts</b>", "attention", y=0.2)]


def _title(text: str, tone: str, *, y: float, right: bool = False) -> dict[str, Any]:
    return {
        "xref": "paper", "yref": "paper", "x": int(right), "xanchor": "right" if right else "left", "y": y, "yanchor": "bottom",
        "showarrow": False, "name": f"tone:{tone}", "text": text, "font": {"size": 13, "color": LIGHT[tone]},
    }  # fmt: skip

"""What every figure shares: rounding, escaping, a bare layout, and buttons that switch between groups of traces."""

from __future__ import annotations

import html
import math
from typing import TYPE_CHECKING, Any, Final

import plotly.graph_objects as go

from emtract.report.figures.palette import LIGHT

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Significant digits of every number in a figure: sixteen-digit floats are what makes Plotly pages grow.
DIGITS: Final = 5
FONT: Final = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"
GRID: Final = "rgba(120,125,135,0.22)"
ZERO: Final = "rgba(120,125,135,0.9)"


def significant(value: float | None) -> float | None:
    """Round to `DIGITS` significant digits; None for a missing or infinite number, since JSON has neither."""
    if value is None or not math.isfinite(value):
        return None
    return float(f"{value:.{DIGITS}g}")


def shortened(value: Any) -> Any:
    """Round every float inside plain JSON types: positions of subplots carry sixteen digits too."""
    if isinstance(value, dict):
        return {key: shortened(item) for key, item in value.items()}
    if isinstance(value, list):
        return [shortened(item) for item in value]
    return significant(value) if isinstance(value, float) else value


def safe(text: str) -> str:
    """Neutralise markup and hover tokens, both of which Plotly reads in any text."""
    return html.escape(text).replace("{", "&#123;")


def base(height: int) -> dict[str, Any]:
    """Layout without a template, on a transparent ground: the page behind it sets the theme."""
    return {
        "template": go.layout.Template(),
        "height": height,
        "showlegend": False,
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"family": FONT, "size": 13, "color": LIGHT["other"]},
        "hoverlabel": {"font": {"family": FONT, "size": 13}, "align": "left"},
    }


def toggle(figure: go.Figure, views: Mapping[str, dict[str, Any]], *, title: str = "") -> go.Figure:
    """Show the first group and add a button for each; a page may draw the buttons itself.

    Parameters
    ----------
    figure
        Each trace carries the name of its group, escaped by `safe`, as ``meta["group"]``; changed in place.
    views
        Group -> layout while it is shown, in the dotted names of Plotly's relayout; the first is shown at the start.
    title
        What the buttons choose, as the page says before them; empty for nothing.

    Returns
    -------
    go.Figure
        The figure that was given.
    """
    owners = [trace.meta["group"] for trace in figure.data]
    buttons: list[dict[str, Any]] = [
        {"label": safe(group), "method": "update", "args": [{"visible": [o == safe(group) for o in owners]}, view]}
        for group, view in views.items()
    ]
    for trace, visible in zip(figure.data, buttons[0]["args"][0]["visible"], strict=True):
        trace.visible = visible
    figure.update_layout({key.replace(".", "_"): value for key, value in buttons[0]["args"][1].items()})
    menu = {
        "type": "buttons",
        "direction": "right",
        "x": 0,
        "y": 1.02,
        "yanchor": "bottom",
        "name": title,
        "buttons": buttons,
    }
    return figure.update_layout(updatemenus=[menu])

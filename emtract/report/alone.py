"""A figure without its page: on a white ground, with its title, and its buttons or its key above it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from emtract.report.canvas import safe
from emtract.report.palette import LIGHT

if TYPE_CHECKING:
    from collections.abc import Mapping

    import plotly.graph_objects as go

WIDTH: Final = 840
_TITLE: Final = 38
_ROW: Final = 40
_EDGE: Final = 24
#: More buttons than this become a list that drops down.
_BUTTONS: Final = 4


def alone(figure: go.Figure, *, title: str) -> go.Figure:
    """Return a figure as a notebook shows it: its groups as buttons, its lines as a key that hides and shows them."""
    made, inner, top = _grounded(figure, title)
    if menus := made.layout.updatemenus:
        many = len(menus[0].buttons) > _BUTTONS
        menus[0].update(
            type="dropdown" if many else "buttons", direction="down" if many else "right", showactive=True, x=0,
            xanchor="left", y=1, yanchor="bottom", pad={"b": top - _TITLE - _ROW, "t": 0}, bgcolor="white", font={"size": 12},
            visible=len(menus[0].buttons) > 1,
        )  # fmt: skip
    return _with_key(made, inner, top)


def stills(figure: go.Figure, *, title: str) -> dict[str, go.Figure]:
    """Return a figure as pictures, one a button, by the button's name as a part of a file's name ('' for the only one)."""
    menus = figure.layout.updatemenus
    buttons = list(menus[0].buttons) if menus else []
    if len(buttons) < 2:
        return {"": _still(figure, title, {}, {})}
    return {
        _slug(button.label): _still(figure, f"{title}: {button.label}" if title else button.label, *button.args)
        for button in buttons
    }


def _still(figure: go.Figure, title: str, traces: Mapping[str, Any], layout: Mapping[str, Any]) -> go.Figure:
    made, inner, top = _grounded(figure, title)
    made.layout.updatemenus = ()
    made.update_xaxes(rangeslider={"visible": False})
    for trace, visible in zip(made.data, traces.get("visible", ()), strict=False):
        trace.visible = visible
    made.update_layout({key.replace(".", "_"): value for key, value in layout.items()})
    return _with_key(made, inner, top)


def _grounded(figure: go.Figure, title: str) -> tuple[go.Figure, float, int]:
    """Copy a figure, make room above it, and return it with the heights of its plotting area and of its top margin."""
    import plotly.graph_objects as go

    made = go.Figure(figure)
    margin, height = made.layout.margin, made.layout.height
    inner = height - margin.t - margin.b
    top = int(margin.t + _TITLE + _ROW)
    made.update_layout(
        title={"text": title if "&" in title else safe(title), "x": 0, "xref": "container", "y": 1, "yref": "container",
               "yanchor": "top", "pad": {"t": 12, "l": _EDGE}, "font": {"size": 16}},
        paper_bgcolor="white", plot_bgcolor="white", height=inner + top + margin.b + _EDGE,
        margin={"l": margin.l + _EDGE, "r": margin.r + _EDGE, "t": top, "b": margin.b + _EDGE},
    )  # fmt: skip
    return made, inner, top


def _with_key(figure: go.Figure, inner: float, top: int) -> go.Figure:
    """Draw the key that a page would draw, and drop what only a page reads."""
    keys = (figure.layout.meta or {}).get("keys", [])
    figure.layout.meta = None
    if not keys:
        return figure
    legend = {
        "orientation": "h",
        "x": 0,
        "xanchor": "left",
        "y": 1 + (top - _TITLE - _ROW) / inner,
        "yanchor": "bottom",
    }
    for trace in figure.data:
        trace.update(legendgroup=trace.meta["line"], showlegend=bool(trace.meta.get("estimate")))
    return figure.update_layout(showlegend=True, legend={**legend, "font": {"size": 12, "color": LIGHT["other"]}})


def _slug(label: str) -> str:
    return re.sub(r"[^A-Za-z0-9]+", "_", label).strip("_").lower() or "view"

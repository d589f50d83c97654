"""A figure without its page: on a white ground, with its title, and its buttons or its key above it."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING, Any, Final

from emtract.report.figures.canvas import safe
from emtract.report.figures.palette import LIGHT

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
    menus = figure.layout.updatemenus
    several = bool(menus) and len(menus[0].buttons) > 1
    made = _grounded(figure, title, row=several)
    if several:
        many = len(menus[0].buttons) > _BUTTONS
        made.layout.updatemenus[0].update(
            type="dropdown" if many else "buttons", direction="down" if many else "right", showactive=True, x=0, y=1,
            xanchor="left", yanchor="bottom", pad={"b": figure.layout.margin.t, "t": 0}, bgcolor="white", font={"size": 12},
        )  # fmt: skip
    else:
        made.layout.updatemenus = ()
    return made


def stills(figure: go.Figure, *, title: str) -> dict[str, go.Figure]:
    """Return a figure as pictures, one a button, by the button's name as a part of a file's name ('' for the only one)."""
    menus = figure.layout.updatemenus
    buttons = list(menus[0].buttons) if menus else []
    if len(buttons) < 2:
        return {"": _still(figure, title, {}, {})}
    return {
        _slug(button.label): _still(figure, f"{title}: {html.unescape(button.label)}", *button.args)
        for button in buttons
    }


def _still(figure: go.Figure, title: str, traces: Mapping[str, Any], layout: Mapping[str, Any]) -> go.Figure:
    made = _grounded(figure, title, row=False)
    made.layout.updatemenus = ()
    made.update_xaxes(rangeslider={"visible": False})
    for trace, visible in zip(made.data, traces.get("visible", ()), strict=False):
        trace.visible = visible
    return made.update_layout({key.replace(".", "_"): value for key, value in layout.items()})


def _grounded(figure: go.Figure, title: str, *, row: bool) -> go.Figure:
    """Copy a figure with room above it for the title, and for a row of buttons or a key; drop what only a page reads."""
    import plotly.graph_objects as go

    made = go.Figure(figure)
    margin, height = made.layout.margin, made.layout.height
    keys = (made.layout.meta or {}).get("keys", [])
    above = _TITLE + (_ROW if row or keys else 0)
    made.update_layout(
        title={"text": safe(title), "x": 0, "xref": "container", "y": 1, "yref": "container", "yanchor": "top",
               "pad": {"t": 12, "l": _EDGE}, "font": {"size": 16}},
        paper_bgcolor="white", plot_bgcolor="white", height=height + above + _EDGE, meta=None,
        margin={"l": margin.l + _EDGE, "r": margin.r + _EDGE, "t": margin.t + above, "b": margin.b + _EDGE},
    )  # fmt: skip
    if keys:
        _draw_key(made)
    return made


def _draw_key(figure: go.Figure) -> None:
    """Draw under the title the key that a page would draw itself."""
    for trace in figure.data:
        trace.update(legendgroup=trace.meta["line"], showlegend=bool(trace.meta.get("estimate")))
    under = 1 - _TITLE / figure.layout.height
    place = {"orientation": "h", "x": 0, "xanchor": "left", "yref": "container", "y": under, "yanchor": "top"}
    figure.update_layout(showlegend=True, legend={**place, "font": {"size": 12, "color": LIGHT["other"]}})


def _slug(label: str) -> str:
    return re.sub(r"[^A-Za-z0-9]+", "_", label).strip("_").lower() or "view"

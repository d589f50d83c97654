"""A chart of a finding drawn by its kind, and any figure taken apart for the page, which draws buttons and keys itself."""

from __future__ import annotations

import html
import json
from typing import TYPE_CHECKING, Any, Final

from emtract.report.figures.bars import bars
from emtract.report.figures.canvas import shortened
from emtract.report.figures.coefficients import coefficients
from emtract.report.figures.curve import curve
from emtract.report.figures.fan import fan
from emtract.report.figures.firms import firms
from emtract.report.figures.heat import heat
from emtract.report.figures.lines import lines
from emtract.report.files import script_json

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import plotly.graph_objects as go

    from emtract.econometrics.finding import Chart, ChartKind

_KINDS: Final[Mapping[ChartKind, Callable[[Chart], go.Figure]]] = {
    "fan": fan,
    "lines": lines,
    "bars": bars,
    "coefficients": coefficients,
    "curve": curve,
    "heat": heat,
    "firms": firms,
}


def draw(chart: Chart) -> go.Figure:
    """Draw a chart by its kind; every number is rounded, every text escaped, every colour a tone that the page sets."""
    return _KINDS[chart.kind](chart)


def plot_parts(name: str, figure: go.Figure) -> dict[str, Any]:
    """Split a figure so that a keyboard reaches its buttons and keys, and a phone gets its own arrangement.

    Returns
    -------
    dict
        name, title and labels of its buttons, keys of its lines, says (a sentence a button), height in pixels, json
        (data, layout, views, and layouts for wide and narrow pages).
    """
    plain = shortened(json.loads(figure.to_json(engine="json")))
    layout = plain["layout"]
    layout.pop("template", None)
    menu = (layout.pop("updatemenus", None) or [{"buttons": []}])[0]
    told = layout.pop("meta", None) or {}
    arranged = {size: told[size] for size in ("wide", "narrow") if size in told}
    buttons = menu["buttons"]
    drawn = {"data": plain["data"], "layout": layout, "views": [button["args"] for button in buttons]}
    return {
        "name": name,
        "title": menu.get("name", ""),
        # Plotly reads markup in a label, so it carries entities; the template escapes by itself.
        "labels": [html.unescape(button["label"]) for button in buttons] if len(buttons) > 1 else [],
        "keys": told.get("keys", []),
        "says": told.get("says", []),
        "height": layout["height"],
        "json": script_json(drawn | arranged),
    }

"""One chart of a finding as a Plotly figure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from emtract.report.figures.bars import bars
from emtract.report.figures.coefficients import coefficients
from emtract.report.figures.curve import curve
from emtract.report.figures.fan import fan
from emtract.report.figures.firms import firms
from emtract.report.figures.heat import heat
from emtract.report.figures.lines import lines

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

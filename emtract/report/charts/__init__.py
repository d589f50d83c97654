"""Charts of findings: a pure function a kind, from a frame to a Plotly figure that tells the page its buttons."""

from emtract.report.charts.draw import draw

__all__ = ["draw"]

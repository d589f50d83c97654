"""Every figure of a study by name, each with its title and its data; nothing is drawn until it is asked for."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

from emtract.errors import ReportError
from emtract.panel.frame import Panel
from emtract.report.figures.draw import draw
from emtract.report.figures.overtime import daily_means, emotions_over_time
from emtract.report.study.content import _coefficients as coefficient_figure
from emtract.report.study.findings import chart_files

if TYPE_CHECKING:
    from collections.abc import Callable

    import plotly.graph_objects as go
    import polars as pl

    from emtract.econometrics.finding import Chart
    from emtract.study import StudyResult

#: Names of the figures that are no chart of a finding.
COEFFICIENTS: Final = "coefficients"
OVER_TIME: Final = "over_time"


@dataclass(frozen=True)
class NamedFigure:
    """A figure that can be drawn.

    Attributes
    ----------
    title
        What it shows, as a heading.
    draw
        Makes the figure as the page has it.
    data
        Makes the numbers behind it.
    """

    title: str
    draw: Callable[[], go.Figure]
    data: Callable[[], pl.DataFrame]


def named_figures(result: StudyResult) -> dict[str, NamedFigure]:
    """Return the figures of a study in the order of its page: coefficients, the figures of each finding, means over time.

    Raises
    ------
    ReportError
        When an analysis bears the name of another figure.

    Notes
    -----
    A finding's chart is called after its analysis, with a number where that has several; the same names stand before
    `.csv` in the folder `charts` of the page.
    """
    charts = (chart for finding in result.findings.values() for chart in finding.charts)
    # The posts behind a chart are files after the charts' own files.
    files = zip(chart_files(result), charts, strict=False)
    found = [(file.removesuffix(".csv"), _of_chart(chart)) for file, chart in files]
    first = [(COEFFICIENTS, _coefficients(result))] if result.results else []
    last = [(OVER_TIME, _over_time(result.main))] if isinstance(result.main, Panel) else []
    figures = [*first, *found, *last]
    named = dict(figures)
    if len(named) < len(figures):
        raise ReportError(
            f"{result.study.name} has two figures of one name: call no analysis {COEFFICIENTS} or {OVER_TIME}"
        )
    return named


def _of_chart(chart: Chart) -> NamedFigure:
    return NamedFigure(chart.title, partial(draw, chart), lambda: chart.frame)


def _coefficients(result: StudyResult) -> NamedFigure:
    return NamedFigure("Estimates", lambda: coefficient_figure(result, None), lambda: _interest(result))


def _interest(result: StudyResult) -> pl.DataFrame:
    """Estimates of the regressors of interest, which the coefficient plot shows."""
    import polars as pl

    pairs = [(name, term) for name, r in result.results.items() for term in r.spec.x]
    keys = pl.DataFrame(pairs, schema=["spec", "term"], orient="row")
    return result.tidy().join(keys, on=["spec", "term"], how="semi", maintain_order="left")


def _over_time(panel: Panel) -> NamedFigure:
    title = "Emotions and attention over time"
    return NamedFigure(title, lambda: emotions_over_time(panel.data), lambda: daily_means(panel.data))

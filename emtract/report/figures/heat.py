"""A table of numbers as colours: row by column."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import plotly.graph_objects as go

from emtract.report.figures import canvas
from emtract.report.figures.palette import HEAT_LIGHT
from emtract.words.numbers import decimals_for, signed

if TYPE_CHECKING:
    import polars as pl

    from emtract.econometrics.finding import Chart

_ROW: Final = 34
_NAME: Final = 22
#: Room for the colour scale above the cells.
_SCALE: Final = 40
#: With more columns than this the numbers would not fit their cells.
_WRITTEN: Final = 8
#: With more columns than this every third is named: a phone is narrow.
_NAMED: Final = 16


def heat(chart: Chart) -> go.Figure:
    """Draw one cell a row of the frame; the scale is centred at zero where values have both signs.

    Where the frame has a column `group`, each group is a button, with a scale of its own.
    """
    frames = canvas.by_name(chart.frame) if "group" in chart.frame.columns else {"All": chart.frame}
    rows = [str(r) for r in chart.frame["row"].unique(maintain_order=True)]
    columns = [str(c) for c in chart.frame["column"].unique(maintain_order=True)]
    figure = go.Figure([_cells(frame, rows, columns, group) for group, frame in frames.items()])
    step = 3 if len(columns) > _NAMED else 1
    notes, head = canvas.above(chart.y_title)
    top = head + _SCALE
    figure.update_layout(
        **canvas.base(_ROW * len(rows) + top + 76), dragmode=False, margin={"l": 8, "r": 12, "t": top, "b": 52}
    )
    figure.update_layout(annotations=[{**note, "yshift": _SCALE - 6} for note in notes])
    figure.update_xaxes(
        **canvas.axis(chart.x_title, showgrid=False, zeroline=False, automargin=True),
        title_standoff=22, tickvals=list(range(len(columns)))[::step],
        ticktext=[canvas.safe(canvas.shortened_to(c, _NAME)) for c in columns[::step]],
    )  # fmt: skip
    names = [canvas.safe(canvas.shortened_to(r, _NAME)) for r in rows]
    figure.update_yaxes(**canvas.names_axis(12, autorange="reversed", tickvals=list(range(len(rows))), ticktext=names))
    return canvas.toggle(figure, {group: {} for group in frames})


def _cells(frame: pl.DataFrame, rows: list[str], columns: list[str], group: str) -> go.Heatmap:
    cells = {(str(r["row"]), str(r["column"])): r["value"] for r in frame.iter_rows(named=True)}
    values = canvas.finite(cells.values())
    decimals = decimals_for(values, digits=3 if len(columns) > _WRITTEN else 2)
    grid = [[cells.get((r, c)) for c in columns] for r in rows]
    return go.Heatmap(
        **_scale(values),
        z=[canvas.rounded(line) for line in grid], x=list(range(len(columns))), y=list(range(len(rows))),
        showscale=True, xgap=2, ygap=2, hoverongaps=False,
        text=[[signed(v, decimals) for v in line] for line in grid],
        texttemplate="%{text}" if len(columns) <= _WRITTEN else None,
        customdata=[[f"<b>{canvas.safe(r)}</b><br>{canvas.safe(c)}" for c in columns] for r in rows],
        hovertemplate="%{customdata}<br>%{text}<extra></extra>",
        colorbar={
            "orientation": "h", "thickness": 9, "len": 0.45, "x": 0, "xanchor": "left", "y": 1, "yanchor": "bottom",
            "outlinewidth": 0, "nticks": 4, "ticks": "", "tickfont": {"size": 11}, "xpad": 0, "ypad": 8,
        },
        meta={"heat": _kind(values), "group": canvas.safe(group)},
    )  # fmt: skip


def _kind(values: list[float]) -> str:
    """Whether values have both signs, or are all on one side of zero; the page sets the colours by it."""
    if values and min(values) < 0 < max(values):
        return "both"
    return "high" if max(values, default=1.0) > 0 else "low"


def _scale(values: list[float]) -> dict[str, Any]:
    low, middle, high = HEAT_LIGHT
    if _kind(values) == "both":
        most = canvas.significant(max(map(abs, values)))
        return {"colorscale": [[0, low], [0.5, middle], [1, high]], "zmin": -most, "zmax": most} if most else {}
    return {"colorscale": [[0, middle], [1, high if _kind(values) == "high" else low]]}

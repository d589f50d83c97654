"""Responses over a horizon: a small panel a line, with pointwise intervals and the simultaneous band."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import plotly.graph_objects as go

from emtract.report.figures.canvas import base, safe, significant
from emtract.report.figures.grid import Grid
from emtract.report.figures.marks import LINE, above, axis, band, finite, hover, number, padded, shortened_to, wrapped
from emtract.report.figures.palette import LIGHT, tone
from emtract.words.numbers import decimals_for

if TYPE_CHECKING:
    import polars as pl

    from emtract.econometrics.finding import Chart

_PANEL: Final = 180
_ALONE: Final = 320
#: Panels share a scale unless one would be flattened by more than this.
_FLATTENED: Final = 6.0
_TITLE: Final = 38


def fan(chart: Chart) -> go.Figure:
    """Draw each line of the frame in its own panel; on a phone the panels stand below one another.

    Notes
    -----
    Dark is the pointwise interval, light the simultaneous band; panels share their vertical scale where their ranges
    differ by less than six times.
    """
    frames = {str(line): rows for (line,), rows in chart.frame.group_by("line", maintain_order=True)}
    grid = Grid.of(len(frames), panel=_ALONE if len(frames) == 1 else _PANEL)
    ranges = _ranges(list(frames.values()))
    notes, head = above(chart.y_title)
    figure = go.Figure()
    for index, (line, rows) in enumerate(frames.items()):
        figure.add_traces(_traces(line, rows, index, x_title=chart.x_title))
    figure.update_layout(**base(10), hovermode="closest", dragmode=False, margin={"l": 46, "r": 10, "t": 0, "b": 50})
    for index in range(len(frames)):
        figure.update_layout({f"yaxis{_n(index)}": axis(range=ranges[index], anchor=f"x{_n(index)}")})
        figure.update_layout({f"xaxis{_n(index)}": axis(anchor=f"y{_n(index)}", showgrid=False, zeroline=False)})
    titles = [_panel_title(line, alone=len(frames) == 1) for line in frames]
    room = 8 if len(frames) == 1 else 24 + LINE * max(_title(line).count("<br>") for line in frames)
    figure.update_layout(annotations=titles + [{**note, "yshift": room} for note in notes], margin_t=head + room + 8)
    return grid.arrange(figure, x_title=chart.x_title, shared=len({tuple(r) for r in ranges}) == 1)


def _n(index: int) -> str:
    return "" if index == 0 else str(index + 1)


def _traces(line: str, rows: pl.DataFrame, index: int, *, x_title: str) -> list[go.Scatter]:
    named, x = tone(line), rows["x"].to_list()
    axes = {"xaxis": f"x{_n(index)}", "yaxis": f"y{_n(index)}"}
    meta = {"group": safe(line), "tone": named}
    widths = [
        h - low for low, h in zip(rows["conf_low"], rows["conf_high"], strict=True) if low is not None and h is not None
    ]
    decimals = decimals_for([w / 4 for w in widths] or finite(rows["estimate"].to_list()), digits=3)
    texts = [_hover(line, row, decimals, x_title) for row in rows.iter_rows(named=True)]
    ends = ("band", "1c"), ("conf", "40")
    areas = [
        band(x, rows[f"{kind}_low"].to_list(), rows[f"{kind}_high"].to_list(), meta={**meta, "fill": alpha}, **axes)
        for kind, alpha in ends
        if rows[f"{kind}_low"].null_count() < rows.height
    ]
    marks = go.Scatter(
        x=x, y=[significant(v) for v in rows["estimate"]], mode="lines+markers", hovertemplate=texts,
        line={"color": LIGHT[named], "width": 2.25}, marker={"color": LIGHT[named], "size": 5},
        meta={**meta, "estimate": True}, **axes,
    )  # fmt: skip
    return [*areas, marks]


def _hover(line: str, row: dict[str, Any], decimals: int, x_title: str) -> str:
    at = f"{safe(x_title)} {row['x']}" if x_title else str(row["x"])
    lines = [at]
    if row["band_low"] is not None:
        lines.append(f"band [{number(row['band_low'], decimals)}, {number(row['band_high'], decimals)}]")
    return hover(line, row, decimals, *lines)


def _ranges(frames: list[pl.DataFrame]) -> list[list[float | None]]:
    """One range for all panels, or one a panel where a shared one would flatten some."""
    columns = ("estimate", "conf_low", "conf_high", "band_low", "band_high")
    own = [padded([v for c in columns for v in rows[c].to_list()]) for rows in frames]
    spans = [float(high or 0) - float(low or 0) for low, high in own]
    if max(spans) > _FLATTENED * min(spans):
        return own
    shared = padded([end for ends in own for end in ends])
    return [shared] * len(frames)


def _title(line: str) -> str:
    """Name of a panel in one line or two."""
    return wrapped(shortened_to(line, 2 * _TITLE - 4), _TITLE)


def _panel_title(line: str, *, alone: bool) -> dict[str, Any]:
    return {
        "text": "" if alone else f"<b>{_title(line)}</b>", "align": "left",
        "showarrow": False, "xref": "paper", "yref": "paper", "xanchor": "left",
        "yanchor": "bottom", "yshift": 3, "name": f"tone:{tone(line)}", "font": {"size": 13, "color": LIGHT[tone(line)]},
    }  # fmt: skip

"""The specification curve: every estimate in ascending order above, the choices behind each below."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import plotly.graph_objects as go
import polars as pl

from emtract.econometrics.finding import CHART_COLUMNS, PREFERRED
from emtract.report.figures import canvas
from emtract.report.figures.palette import LIGHT, tone
from emtract.words.names import words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from emtract.econometrics.finding import Chart

_LEVEL: Final = 0.05
_TOP: Final = 250
_ROW: Final = 19
_GAP: Final = 22
_NAME: Final = 24
#: A column with more values than this names its rows.
_MOST: Final = 12
_NUMBERS: Final = (
    *CHART_COLUMNS["curve"],
    "n_obs",
    "std_error",
    "spec",
    "term",
    "statistic",
    "rank",
    "label",
    PREFERRED,
)


def curve(chart: Chart) -> go.Figure:
    """Draw estimates with intervals, those with p < 0.05 in colour, and a matrix of the choices; a button a group.

    Where the frame has a column `PREFERRED`, its row is a diamond with its name, above a line through its choices.

    Notes
    -----
    `layout.meta.says` holds a sentence a group: the shares of signs and of estimates distinguishable from zero.
    """
    frames = {group: rows.sort("estimate") for group, rows in canvas.by_name(chart.frame).items()}
    choices = _choices(chart.frame)
    matrix = _ROW * (sum(map(len, choices.values())) + len(choices))
    figure = go.Figure()
    for group, rows in frames.items():
        figure.add_traces([*_estimates(group, rows, choices), *_matrix(group, rows, choices)])
        figure.add_traces(_preferred(group, rows, choices))
    notes, head = canvas.above(chart.y_title, width=_NAME)
    height = _TOP + _GAP + matrix + head + 34
    figure.update_layout(**canvas.base(height), hovermode="closest", dragmode=False)
    figure.update_layout(margin={"l": 46, "r": 10, "t": head + 14, "b": 20})
    _axes(figure, choices, share=_TOP / (_TOP + _GAP + matrix), gap=_GAP / (_TOP + _GAP + matrix))
    place = [{**note, "yshift": 8} for note in notes] + _headings(choices)
    views = {group: _view(rows, [*place, *_name(rows)]) for group, rows in frames.items()}
    figure.update_layout(meta={"says": [says(group, rows) for group, rows in frames.items()]})
    return canvas.toggle(figure, views)


def says(group: str, rows: pl.DataFrame) -> str:
    """Say what share of the estimates has which sign, and how many are distinguishable from zero."""
    known = rows.drop_nulls(["estimate", "p_value"])
    if known.is_empty():
        return f"{words(group)}: no specification could be estimated."
    found = known.filter(pl.col("p_value") < _LEVEL)
    up, down = (found.filter(side).height for side in (pl.col("estimate") > 0, pl.col("estimate") < 0))
    positive = known.filter(pl.col("estimate") > 0).height / known.height
    shares = [f"{100 * share:.0f} %" for share in (positive, up / known.height, down / known.height)]
    return (
        f"{words(group)}: of {known.height:,} estimates {shares[0]} are positive; at the 5 % level {shares[1]} are "
        f"positive and distinguishable from zero, {shares[2]} negative. By chance alone about 2.5 % of each would be."
    ).replace(" %", "\u00a0%")


def _choices(frame: pl.DataFrame) -> dict[str, list[str]]:
    """Choice column -> its values, in the order of the frame; those that never vary, and labels of rows, are left out."""
    columns = [c for c in frame.columns if c not in _NUMBERS and not frame[c].dtype.is_float()]
    values = {c: _ordered([str(v) for v in frame[c].unique(maintain_order=True) if v is not None]) for c in columns}
    return {c: found for c, found in values.items() if 1 < len(found) <= _MOST}


def _ordered(values: list[str]) -> list[str]:
    """Numbers by size, anything else by name: the frame's own order follows the estimates."""
    return sorted(values, key=lambda v: (0, float(v), "") if v.replace(".", "", 1).isdigit() else (1, 0.0, v.lower()))


def _found(row: Mapping[str, Any]) -> bool:
    return row["p_value"] is not None and row["p_value"] < _LEVEL


def _meta(group: str, *, strong: bool) -> dict[str, Any]:
    return {"group": canvas.safe(group), "tone": tone(group) if strong else "quiet"}


def _estimates(group: str, rows: pl.DataFrame, choices: Mapping[str, Sequence[str]]) -> list[go.Scatter]:
    decimals = canvas.interval_decimals(rows)
    ranked = list(enumerate(rows.iter_rows(named=True), 1))
    return [
        mark
        for strong in (False, True)
        for mark in _marks(
            [(rank, row) for rank, row in ranked if _found(row) == strong],
            _meta(group, strong=strong),
            decimals,
            choices,
            strong=strong,
        )
    ]


def _marks(
    ranked: Sequence[tuple[int, dict[str, Any]]],
    meta: Mapping[str, Any],
    decimals: int,
    choices: Mapping[str, Sequence[str]],
    *,
    strong: bool,
) -> list[go.Scatter]:
    x = [v for rank, _ in ranked for v in (rank, rank, None)]
    y = [
        v
        for _, row in ranked
        for v in (canvas.significant(row["conf_low"]), canvas.significant(row["conf_high"]), None)
    ]
    texts = [
        canvas.hover(
            f"{meta['group']}, {rank}",
            row,
            decimals,
            *(f"{canvas.safe(words(c))}: {canvas.safe(str(row[c]))}" for c in choices),
        )
        for rank, row in ranked
    ]
    middles = canvas.rounded(row["estimate"] for _, row in ranked)
    marker = {"size": 6 if strong else 5, "symbol": "circle" if strong else "circle-open"}
    return [
        canvas.path(x, y, meta, width=1.25, opacity=0.6),
        canvas.dots([rank for rank, _ in ranked], middles, {**meta, "estimate": True}, hover=texts, marker=marker),
    ]


def _lines(choices: Mapping[str, Sequence[str]]) -> dict[tuple[str, str], int]:
    """Height of each choice; each column's heading takes a line of its own (value '')."""
    keys = [(column, value) for column, values in choices.items() for value in ("", *values)]
    return {key: -i for i, key in enumerate(keys)}


def _matrix(group: str, rows: pl.DataFrame, choices: Mapping[str, Sequence[str]]) -> list[go.Scatter]:
    places = _lines(choices)
    marks: dict[bool, list[tuple[int, int]]] = {False: [], True: []}
    for rank, row in enumerate(rows.iter_rows(named=True), 1):
        marks[_found(row)] += [(rank, places[c, str(row[c])]) for c in choices if row[c] is not None]
    marker = {"symbol": "line-ns-open", "size": 11, "line": {"width": 1.6}}
    return [
        canvas.dots(
            [rank for rank, _ in found], [place for _, place in found], _meta(group, strong=strong), hover=None,
            marker=marker, yaxis="y2", hoverinfo="skip",
        )
        for strong, found in marks.items()
    ]  # fmt: skip


def _place_preferred(rows: pl.DataFrame) -> int | None:
    """Return the rank of the preferred specification; None where none is named or this group has none."""
    if PREFERRED not in rows.columns or not rows[PREFERRED].any():
        return None
    return int(rows[PREFERRED].arg_max() or 0) + 1


def _preferred(group: str, rows: pl.DataFrame, choices: Mapping[str, Sequence[str]]) -> list[go.Scatter]:
    """The diamond of the preferred specification, and the line through its choices."""
    rank = _place_preferred(rows)
    if rank is None:
        return []
    row = rows.row(rank - 1, named=True)
    meta = {**_meta(group, strong=_found(row)), "tone": "truth"}
    marker = {"symbol": "diamond", "size": 11, "line": {"width": 1, "color": LIGHT["quiet"]}}
    through = [0.5, 0.5 - len(_lines(choices))]
    return [
        canvas.path([rank, rank], through, meta, width=1, dash="dot", opacity=0.5, yaxis="y2"),
        canvas.dots([rank], canvas.rounded([row["estimate"]]), meta, hover=None, marker=marker, hoverinfo="skip"),
    ]


def _name(rows: pl.DataFrame) -> list[dict[str, Any]]:
    """The legend of the diamond: its words between the panels, where its line begins, on the side that has room."""
    rank = _place_preferred(rows)
    if rank is None:
        return []
    side = "right" if rank > rows.height / 2 else "left"
    return [
        {
            "x": rank, "y": 1, "yref": "y2 domain", "text": "\u25c6 preferred specification", "showarrow": False,
            "xanchor": side, "yanchor": "bottom", "font": {"size": 12},
        }
    ]  # fmt: skip


def _axes(figure: go.Figure, choices: Mapping[str, Sequence[str]], *, share: float, gap: float) -> None:
    places = _lines(choices)
    shown = {key: place for key, place in places.items() if key[1]}
    figure.update_layout(
        xaxis=canvas.axis(showgrid=False, zeroline=False, showticklabels=False, anchor="y2"),
        yaxis=canvas.axis(domain=[1 - share, 1], automargin=True),
        yaxis2=canvas.names_axis(
            11,
            domain=[0, max(0.0, 1 - share - gap)],
            range=[0.5 - len(places), 0.5],
            tickvals=list(shown.values()),
            ticktext=[canvas.safe(canvas.shortened_to(value.replace("_", " "), _NAME)) for _, value in shown],
        ),
    )


def _headings(choices: Mapping[str, Sequence[str]]) -> list[dict[str, Any]]:
    return [
        {
            "x": 0, "xref": "paper", "xanchor": "left", "y": place, "yref": "y2", "showarrow": False,
            "text": f"<b>{canvas.safe(words(column))}</b>", "font": {"size": 11.5},
        }
        for (column, value), place in _lines(choices).items() if not value
    ]  # fmt: skip


def _view(rows: pl.DataFrame, annotations: list[dict[str, Any]]) -> dict[str, Any]:
    ends = [v for c in ("estimate", "conf_low", "conf_high") for v in rows[c].to_list()]
    return {
        "xaxis.range": [0.0, rows.height + 1.0],
        "yaxis.range": canvas.padded(ends),
        "annotations": annotations,
    }

"""Coefficients: each estimate with its interval on a line of its own, of regressions and of a finding."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import plotly.graph_objects as go
import polars as pl

from emtract.report.figures import canvas
from emtract.report.figures.palette import tone
from emtract.words.names import term_name, words
from emtract.words.numbers import decimals_for

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from emtract.econometrics.finding import Chart

#: Lines of a figure at most, and how tall each is.
_LINE_HEIGHTS: Final = ((20, 38), (math.inf, 27))


def coefficients(chart: Chart) -> go.Figure:
    """Draw each row of a finding's chart; groups are buttons, in the order of the frame."""
    names = [str(g) for g in chart.frame["group"].unique(maintain_order=True)]
    tidy = chart.frame.with_columns(
        pl.col("group").cast(pl.String).alias("spec"),
        pl.col("group").cast(pl.String).alias("label"),
        ((pl.col("conf_high") - pl.col("conf_low")) / 3.92).alias("std_error"),
    )
    return coefficient_plot(tidy, groups={name: (name,) for name in names}, unit=chart.x_title or chart.y_title)


def coefficient_plot(
    tidy: pl.DataFrame,
    *,
    groups: Mapping[str, Sequence[str]] | None = None,
    truth: pl.DataFrame | None = None,
    unit: str | Mapping[str, str] = "",
    decimals: Mapping[str, int] | None = None,
) -> go.Figure:
    """Draw estimates with their intervals, one group of specs at a time; an open diamond marks the truth.

    Parameters
    ----------
    tidy
        One row per spec and term: spec, label, term, estimate, std_error, conf_low, conf_high, p_value, n_obs; and
        `clusters` in words, if known.
    groups
        Button label -> specs that it shows; None shows all specs at once.
    truth
        Columns spec, term, truth, in the units of the estimates.
    unit
        Title of the horizontal axis, or one a group.
    decimals
        Group -> digits after the point; None for two significant digits of the typical standard error.
    """
    groups = groups or {"All": tidy["spec"].unique(maintain_order=True).to_list()}
    lines = {
        name: _lines(tidy.filter(pl.col("spec").is_in(list(specs))), (decimals or {}).get(name))
        for name, specs in groups.items()
    }
    known = {(r["spec"], r["term"]): r["truth"] for r in truth.iter_rows(named=True)} if truth is not None else {}
    figure = go.Figure()
    for group, rows in lines.items():
        for line in rows:
            figure.add_traces(_point(line, group=group, truth=known.get((line.row["spec"], line.row["term"]))))
    titles = dict.fromkeys(lines, unit) if isinstance(unit, str) else unit
    views = {group: _view(rows, known, titles[group]) for group, rows in lines.items()}
    return _with_buttons(figure, views, dense=max(len(rows) for rows in lines.values()) > _LINE_HEIGHTS[0][0])


@dataclass(frozen=True)
class _Line:
    """One horizontal line of the coefficient plot."""

    row: dict[str, Any]
    position: int
    name: str
    value: str
    decimals: int


def _lines(frame: pl.DataFrame, decimals: int | None) -> list[_Line]:
    order = list(dict.fromkeys(term_name(t, with_window=False) for t in frame["term"]))
    rows = sorted(frame.iter_rows(named=True), key=lambda r: order.index(term_name(r["term"], with_window=False)))
    places = decimals_for([r["std_error"] for r in rows], digits=2) if decimals is None else decimals
    repeated = frame["term"].is_duplicated().any() or len(order) < frame["term"].n_unique()
    return [
        _Line(
            row,
            -i,
            _line_name(row, long=repeated),
            canvas.starred(row, places),
            places,
        )
        for i, row in enumerate(rows)
    ]


def _line_name(row: dict[str, Any], *, long: bool) -> str:
    name = canvas.safe(term_name(row["term"], with_window=False))
    if not long:
        return name
    label = row["label"] or words(row["spec"])
    return (
        f"{name}<br><span style='font-size:11px'>{canvas.safe(label[:23] + '…' if len(label) > 24 else label)}</span>"
    )


def _point(line: _Line, *, group: str, truth: float | None) -> list[go.Scatter]:
    row, place = line.row, [line.position]
    meta = {"group": canvas.safe(group), "tone": tone(row["term"])}
    own = {**meta, "estimate": True}
    marks = [
        canvas.whisker(row, line.position, meta),
        canvas.dots(
            canvas.rounded([row["estimate"]]), place, own, hover=_hover(row, line.decimals), marker={"size": 10}
        ),
    ]
    if truth is not None:
        diamond = {"symbol": "diamond-open", "size": 14, "line": {"width": 1.6}}
        text = f"truth {canvas.significant(truth)}<extra></extra>"
        marks.append(canvas.dots(canvas.rounded([truth]), place, {**meta, "tone": "truth"}, hover=text, marker=diamond))
    return marks


def _hover(row: dict[str, Any], decimals: int) -> str:
    name, label = term_name(row["term"]), row["label"] or words(row["spec"])
    clusters = [f"clustered by {canvas.safe(c)}".replace(" and ", "<br>and ")] if (c := row.get("clusters")) else []
    return canvas.hover(f"{name} \u00b7 {label}", row, decimals, after=clusters)


def _view(rows: Sequence[_Line], truth: Mapping[tuple[str, str], float], title: str) -> dict[str, Any]:
    """Layout of one group: its row names, the values beside them, and an x range that holds zero."""
    ends = [r.row[c] for r in rows for c in ("conf_low", "conf_high")]
    ends += [truth[key] for r in rows if (key := (r.row["spec"], r.row["term"])) in truth]
    size = 13 if len(rows) <= _LINE_HEIGHTS[0][0] else 11
    title = "<br>".join(filter(None, [canvas.wrapped(title), canvas.wrapped(_counted(rows))]))
    line = next(pixels for most, pixels in _LINE_HEIGHTS if len(rows) <= most)
    return {
        "height": line * len(rows) + 68 + canvas.LINE * (title.count("<br>") + 1),
        "margin.b": 36 + canvas.LINE * (title.count("<br>") + 1),
        "xaxis.range": canvas.padded(ends, share=0.06),
        "xaxis.title.text": title,
        "yaxis.range": [0.6 - len(rows), 0.6],
        "yaxis.tickvals": [r.position for r in rows],
        "yaxis.ticktext": [r.name for r in rows],
        "annotations": [canvas.beside(r.position, r.value, size=size) for r in rows],
    }


def _counted(rows: Sequence[_Line]) -> str:
    """Say how many rows are behind the estimates of a figure, and their clusters where all share them."""
    counts = sorted({int(n) for r in rows if (n := r.row["n_obs"]) is not None})
    clusters = {r.row.get("clusters") or "" for r in rows}
    shared = next(iter(clusters)) if len(clusters) == 1 else ""
    n = " to ".join(f"{n:,}" for n in dict.fromkeys((counts[0], counts[-1]))) if counts else ""
    return "; ".join(filter(None, [f"N {n}" if n else "", f"clusters: {shared}" if shared else ""]))


def _with_buttons(figure: go.Figure, views: Mapping[str, dict[str, Any]], *, dense: bool) -> go.Figure:
    canvas.lay_rows(figure, next(iter(views.values()))["height"], size=11 if dense else 13)
    figure.update_xaxes(
        showgrid=True, gridcolor=canvas.GRID, fixedrange=True, nticks=6, zeroline=True, zerolinecolor=canvas.ZERO,
        zerolinewidth=1.5, title={"font": {"size": 12}, "standoff": 10},
    )  # fmt: skip
    return canvas.toggle(figure, views)

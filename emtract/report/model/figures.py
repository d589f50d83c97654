"""Figures of the model page: folds beside the published rows, precision and recall, reliability, slices of the sample."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from emtract.report.figures import canvas
from emtract.report.figures.palette import LIGHT
from emtract.words.names import term_name

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import polars as pl

_LINE: Final = 38


def fold_plot(rows: Sequence[Mapping[str, Any]]) -> go.Figure:
    """Draw each fold, their mean ± one standard deviation, and the published figure as an open diamond.

    Parameters
    ----------
    rows
        One a measure: name, better ('higher' or 'lower'), folds, fold_names, mean, sd, published, published_sd; the last two
        None where unknown.
    """
    panels = [[row for row in rows if row["better"] == better] for better in ("higher", "lower")]
    height = _LINE * len(rows) + 150
    figure = make_subplots(
        rows=2, cols=1, row_heights=[len(panel) for panel in panels], vertical_spacing=min(0.3, 84 / height)
    )
    for number, panel in enumerate(panels, 1):
        for line, row in enumerate(panel):
            figure.add_traces(_fold_marks(row, -line), rows=number, cols=1)
        _name_lines(figure, [row["name"] for row in panel], row=number)
        figure.update_xaxes(range=_range(panel), row=number, col=1)
    for number, title in enumerate(("higher is better", "lower is better"), 1):
        figure.update_xaxes(title=_title(title), row=number, col=1)
    return _finished(figure, height)


def _range(panel: Sequence[Mapping[str, Any]]) -> list[float | None]:
    """Ends of an axis that holds every mark of a panel with room to spare."""
    ends = [end for row in panel for end in (*row["folds"], row["mean"] - row["sd"], row["mean"] + row["sd"])]
    ends += [
        row["published"] + side * (row["published_sd"] or 0) for row in panel if row["published"] for side in (-1, 1)
    ]
    return canvas.padded(ends, share=0.06, zero=False)


def _fold_marks(row: Mapping[str, Any], line: int) -> list[go.Scatter]:
    mean, sd = row["mean"], row["sd"]
    own = f"<b>{canvas.safe(row['name'])}</b><br>mean {mean:.4f} ± {sd:.4f}"
    marks = [
        _segment(mean - sd, mean + sd, line, tone="happy", width=6, opacity=0.3),
        _dots(
            row["folds"],
            line,
            tone="happy",
            size=7,
            hover="fold %{customdata}: %{x:.4f}",
            opacity=0.55,
            names=row["fold_names"],
        ),
        _dots([mean], line, tone="happy", size=12, hover=own),
    ]
    if (told := row["published"]) is not None:
        error = row["published_sd"]
        text = f"EmTract {told:.4f}" + (f" ± {error:.4f}" if error else "")
        if error:
            marks.append(_segment(told - error, told + error, line, tone="truth", width=1.5))
        marks.append(_dots([told], line, tone="truth", size=11, hover=text, symbol="diamond-open"))
    return marks


def class_plot(table: pl.DataFrame) -> go.Figure:
    """Draw precision (open) and recall (full) of each emotion with 95 % intervals; one button a measure and one for both."""
    figure = go.Figure()
    shift = {"precision": 0.13, "recall": -0.13}
    for group, measures in _CLASS_VIEWS.items():
        for line, row in enumerate(table.iter_rows(named=True)):
            for measure in measures:
                place = -line + (shift[measure] if len(measures) > 1 else 0)
                figure.add_traces(_class_marks(row, measure, place, group))
    _name_lines(figure, [term_name(name) for name in table["emotion"]])
    figure.update_xaxes(range=[0, 1], title=_title("share of messages"))
    return _finished(figure, _LINE * table.height + 90, views={name: {} for name in _CLASS_VIEWS})


_CLASS_VIEWS: Final[dict[str, tuple[str, ...]]] = {
    "Both": ("precision", "recall"),
    "Precision": ("precision",),
    "Recall": ("recall",),
}


def _class_marks(row: Mapping[str, Any], measure: str, line: float, group: str) -> list[go.Scatter]:
    if row[measure] is None:
        return []
    tone, low, high = row["emotion"], row[f"{measure}_low"], row[f"{measure}_high"]
    hover = f"<b>{term_name(tone)}</b><br>{measure} {row[measure]:.3f} [{low:.3f}, {high:.3f}]"
    symbol = "circle" if measure == "recall" else "circle-open"
    return [
        _segment(low, high, line, tone=tone, width=2.5, group=group),
        _dots([row[measure]], line, tone=tone, size=10, hover=hover, symbol=symbol, group=group),
    ]


def reliability_plot(curves: Mapping[str, tuple[str, pl.DataFrame]]) -> go.Figure:
    """Draw the share that came true against the probability stated, over a histogram; one button a curve.

    Parameters
    ----------
    curves
        Button -> its tone and what `emtract.model.calibration.reliability` gives.
    """
    figure = make_subplots(rows=2, cols=1, row_heights=[0.8, 0.2], shared_xaxes=True, vertical_spacing=0.05)
    for group, (tone, table) in curves.items():
        figure.add_trace(_line([0, 1], [0, 1], tone="neutral", width=1.2, dash="dot", group=group), row=1, col=1)
        for trace in _curve(table, tone, group):
            figure.add_trace(trace, row=1, col=1)
        figure.add_trace(_bars(table, tone, group), row=2, col=1)
    axis = {"range": [0, 1], "fixedrange": True, "nticks": 6, "gridcolor": canvas.GRID, "zeroline": False, "ticks": ""}
    figure.update_xaxes(**axis)
    figure.update_xaxes(title=_title("probability stated"), row=2, col=1)
    figure.update_yaxes(**axis, title=_title("share that came true"), row=1, col=1)
    counts = {
        "fixedrange": True,
        "nticks": 3,
        "gridcolor": canvas.GRID,
        "zeroline": False,
        "ticks": "",
        "rangemode": "tozero",
    }
    figure.update_yaxes(**counts, title=_title("messages"), row=2, col=1)
    figure.update_layout(
        **canvas.base(520), dragmode=False, hovermode="closest", margin={"l": 60, "r": 16, "t": 8, "b": 52}
    )
    figure.update_layout(bargap=0)
    return canvas.toggle(figure, {group: {} for group in curves}, title="Emotion")


def _curve(table: pl.DataFrame, tone: str, group: str) -> list[go.Scatter]:
    ends: list[tuple[float | None, float | None]] = []
    for row in table.iter_rows(named=True):
        ends += [(row["confidence"], row["low"]), (row["confidence"], row["high"]), (None, None)]
    meta = {"group": canvas.safe(group), "tone": tone}
    return [
        _line([x for x, _ in ends], [y for _, y in ends], tone=tone, width=2, group=group, opacity=0.55),
        canvas.path(
            canvas.rounded(table["confidence"]), canvas.rounded(table["share"]), meta, width=1.2, mode="lines+markers",
            customdata=table.select("n", "low", "high").rows(), marker={"color": LIGHT[tone], "size": 9},
            hover="stated %{x:.3f}<br>came true %{y:.3f} [%{customdata[1]:.3f}, %{customdata[2]:.3f}]"
            "<br>%{customdata[0]:,} messages<extra></extra>",
        ),
    ]  # fmt: skip


def _bars(table: pl.DataFrame, tone: str, group: str) -> go.Bar:
    middles = canvas.rounded((number + 0.5) / 15 for number in table["bin"])
    return go.Bar(
        x=middles, y=table["n"].to_list(), width=1 / 15, marker={"color": LIGHT[tone]}, opacity=0.55,
        hovertemplate="%{y:,} messages<extra></extra>", meta={"group": canvas.safe(group), "tone": tone},
    )  # fmt: skip


def slice_plot(table: pl.DataFrame, *, overall: float) -> go.Figure:
    """Draw the accuracy of each slice with its 95 % interval, beside the accuracy of all messages (dotted)."""
    lines: list[tuple[float, dict[str, Any]]] = []
    names: list[str] = []
    place = 0.0
    last = ""
    for row in table.iter_rows(named=True):
        place -= 0 if not last else (1 if row["slice"] == last else 1.6)
        last = row["slice"]
        lines.append((place, row))
        names.append(f"{canvas.safe(row['level'])}<br><span style='font-size:11px'>{row['n']:,} messages</span>")
    figure = go.Figure(_line([overall] * 2, [place - 0.6, 0.6], tone="neutral", width=1.2, dash="dot"))
    for line, row in lines:
        hover = f"<b>{canvas.safe(row['level'])}</b><br>accuracy {row['accuracy']:.3f} [{row['low']:.3f}, {row['high']:.3f}]"
        figure.add_traces(
            [
                _segment(row["low"], row["high"], line, tone=_TONES.get(row["slice"], "other"), width=2.5),
                _dots([row["accuracy"]], line, tone=_TONES.get(row["slice"], "other"), size=10, hover=hover),
            ]
        )
    figure.update_xaxes(
        title=_title("accuracy"), range=canvas.padded([overall, *table["low"], *table["high"]], share=0.06, zero=False)
    )
    figure.update_yaxes(tickvals=[line for line, _ in lines], ticktext=names, range=[place - 0.6, 0.6])
    return _finished(figure, round(_LINE * (1.2 - place)) + 70)


_TONES: Final = {"emoji": "happy", "length": "sad", "cashtags": "disgust"}


def _segment(
    low: float, high: float, line: float, *, tone: str, width: float, group: str = "", opacity: float = 1.0
) -> go.Scatter:
    return _line([low, high], [line, line], tone=tone, width=width, group=group, opacity=opacity)


def _line(
    x: Sequence[float | None],
    y: Sequence[float | None],
    *,
    tone: str,
    width: float,
    group: str = "",
    dash: str = "solid",
    opacity: float = 1.0,
) -> go.Scatter:
    meta = {"group": canvas.safe(group), "tone": tone}
    return canvas.path(canvas.rounded(x), canvas.rounded(y), meta, width=width, dash=dash, opacity=opacity)


def _dots(
    x: Sequence[float],
    line: float,
    *,
    tone: str,
    size: int,
    hover: str,
    symbol: str = "circle",
    group: str = "",
    opacity: float = 1.0,
    names: Sequence[int] = (),
) -> go.Scatter:
    marker: dict[str, Any] = {"size": size, "symbol": symbol}
    if symbol.endswith("-open"):
        marker["line"] = {"width": 2}
    meta = {"group": canvas.safe(group), "tone": tone}
    return canvas.dots(
        canvas.rounded(x), canvas.rounded([line] * len(x)), meta, hover=f"{hover}<extra></extra>", marker=marker, opacity=opacity,
        customdata=list(names) or None,
    )  # fmt: skip


def _title(text: str) -> dict[str, Any]:
    return {"text": canvas.safe(text), "font": {"size": 12}, "standoff": 10}


def _name_lines(figure: go.Figure, names: Sequence[str], *, row: int | None = None) -> None:
    where = {} if row is None else {"row": row, "col": 1}
    places = [-line for line in range(len(names))]
    figure.update_yaxes(
        tickvals=places, ticktext=[canvas.safe(name) for name in names], range=[places[-1] - 0.6, 0.6], **where
    )


def _finished(figure: go.Figure, height: int, *, views: Mapping[str, dict[str, Any]] | None = None) -> go.Figure:
    canvas.lay_rows(figure, height, right=16)
    figure.update_xaxes(
        showgrid=True,
        gridcolor=canvas.GRID,
        fixedrange=True,
        zeroline=False,
        zerolinecolor=canvas.ZERO,
        nticks=6,
        ticks="",
    )
    return canvas.toggle(figure, views or {"": {}})

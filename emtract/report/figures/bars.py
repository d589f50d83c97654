"""Groups side by side: a horizontal bar each, with its interval and its number, as in the coefficient plot."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import plotly.graph_objects as go

from emtract.report.figures import canvas
from emtract.report.figures.palette import LIGHT, series_tones, tone
from emtract.words.numbers import decimals_for

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import polars as pl

    from emtract.econometrics.finding import Chart

#: More rows than this are shown one group at a time.
_MOST: Final = 18
_ROW: Final = 31
_NAME: Final = 26
#: A heading stands among the names, in bold, and a phone breaks a line of bold at 19 letters.
_HEADING: Final = 20


def bars(chart: Chart) -> go.Figure:
    """Draw one bar a row of the frame, grouped under the names of their groups; many groups get a button each.

    Notes
    -----
    Columns p_value and n_obs, where the frame has them, give stars and the hover.
    """
    groups = _grouped(chart.frame)
    apart = len(groups) > 1 and chart.frame.height + len(groups) > _MOST
    colours = _colours(groups)
    blocks = [{g: rows} for g, rows in groups.items()] if apart else [groups]
    every = [row for rows in groups.values() for row in rows]
    decimals = decimals_for(canvas.finite(row["estimate"] for row in every), digits=3)
    figure, views, most = go.Figure(), {}, 0
    for block in blocks:
        name = next(iter(block)) if apart else "All"
        places = _places(block, headed=not apart and len(groups) > 1)
        most = max(most, len(places))
        for place, group, row in places:
            if row is not None:
                figure.add_traces(_bar(row, place, group, canvas.safe(name), colours[group, str(row["bar"])], decimals))
        views[name] = _view(places, decimals)
    canvas.lay_rows(figure, _ROW * most + 66)
    figure.update_layout(bargap=0)
    ends = [row[c] for row in every for c in ("estimate", "conf_low", "conf_high")]
    figure.update_xaxes(**canvas.axis(chart.y_title or chart.x_title, range=canvas.padded(ends)))
    return canvas.toggle(figure, views)


def _grouped(frame: pl.DataFrame) -> dict[str, list[dict[str, Any]]]:
    """Rows by group; where each group has one bar of the same name, the groups are the bars."""
    groups = {group: rows.to_dicts() for group, rows in canvas.by_name(frame).items()}
    if len(groups) > 1 and frame["bar"].n_unique() == 1 and all(len(rows) == 1 for rows in groups.values()):
        name = str(frame["bar"][0])
        return {name: [{**rows[0], "bar": group} for group, rows in groups.items()]}
    return groups


_Place = tuple[float, str, "dict[str, Any] | None"]


def _places(groups: Mapping[str, Sequence[dict[str, Any]]], *, headed: bool) -> list[_Place]:
    """Height, group and row of each line from top to bottom; a line without a row holds the name of a group."""
    lines: list[tuple[str, dict[str, Any] | None]] = []
    for group, rows in groups.items():
        lines += [(group, None)] if headed else []
        lines += [(group, row) for row in rows]
    return [(-float(i), group, row) for i, (group, row) in enumerate(lines)]


def _colours(groups: Mapping[str, Sequence[dict[str, Any]]]) -> dict[tuple[str, str], str]:
    """Tone of each bar: its own emotion, else its group's, else one tone a name of a bar."""
    names = list(dict.fromkeys(str(row["bar"]) for rows in groups.values() for row in rows))
    own = dict(zip(names, series_tones(names), strict=True))
    felt = {g: tone(g) for g in groups}
    found = {}
    for group, rows in groups.items():
        for row in rows:
            name = str(row["bar"])
            by_group = tone(name) == "other" and felt[group] != "other"
            found[group, name] = felt[group] if by_group else own[name][0]
    return found


def _bar(
    row: dict[str, Any], place: float, group: str, view: str, colour: str, decimals: int
) -> list[go.Bar | go.Scatter]:
    meta = {"group": view, "tone": colour}
    text = canvas.hover(f"{row['bar']} \u00b7 {group}" if group else str(row["bar"]), row, decimals)
    middle = [canvas.significant(row["estimate"])]
    bar = go.Bar(
        x=middle, y=[place], orientation="h", width=0.62, marker={"color": LIGHT[colour]}, opacity=0.55,
        hovertemplate=text, meta={**meta, "estimate": True},
    )  # fmt: skip
    if canvas.significant(row["conf_low"]) is None or canvas.significant(row["conf_high"]) is None:
        return [bar]
    return [bar, canvas.whisker(row, place, meta), canvas.dots(middle, [place], meta, hover=text, marker={"size": 7})]


def _view(places: Sequence[_Place], decimals: int) -> dict[str, Any]:
    names = iter(canvas.told_apart([str(row["bar"]) for _, _, row in places if row is not None], _NAME))
    return {
        "yaxis.range": [0.6 - len(places), 0.6],
        "yaxis.tickvals": [place for place, _, _ in places],
        "yaxis.ticktext": [
            f"<b>{canvas.wrapped(group, _HEADING)}</b>" if row is None else canvas.safe(next(names))
            for _, group, row in places
        ],
        "annotations": [
            canvas.beside(place, canvas.starred(row, decimals)) for place, _, row in places if row is not None
        ],
    }

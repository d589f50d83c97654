"""Groups side by side: a horizontal bar each, with its interval and its number, as in the coefficient plot."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import plotly.graph_objects as go

from emtract.report.figures.canvas import base, safe, significant, toggle
from emtract.report.figures.marks import axis, finite, hover, number, padded, told_apart, wrapped
from emtract.report.figures.palette import LIGHT, series_tones, tone
from emtract.words.numbers import decimals_for, stars

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import polars as pl

    from emtract.econometrics.finding import Chart

#: More rows than this are shown one group at a time.
_MOST: Final = 18
_ROW: Final = 31
_NAME: Final = 26
#: A heading stands among the names, in bold, and a phone breaks those at 19 letters.
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
    decimals = decimals_for(finite(row["estimate"] for row in every), digits=3)
    figure, views, most = go.Figure(), {}, 0
    for block in blocks:
        name = next(iter(block)) if apart else "All"
        places = _places(block, headed=not apart and len(groups) > 1)
        most = max(most, len(places))
        for place, group, row in places:
            if row is not None:
                figure.add_traces(_bar(row, place, group, safe(name), colours[group, str(row["bar"])], decimals))
        views[name] = _view(places, decimals)
    figure.update_layout(**base(_ROW * most + 66), dragmode=False, hovermode="closest", bargap=0)
    figure.update_layout(margin={"l": 8, "r": 84, "t": 8, "b": 52})
    title = chart.y_title or chart.x_title
    ends = [row[c] for row in every for c in ("estimate", "conf_low", "conf_high")]
    figure.update_xaxes(**axis(title, range=padded(ends)))
    figure.update_yaxes(
        fixedrange=True, showgrid=False, zeroline=False, automargin=True, ticks="", tickfont={"size": 13}
    )
    return toggle(figure, views)


def _grouped(frame: pl.DataFrame) -> dict[str, list[dict[str, Any]]]:
    """Rows by group; where each group has one bar of the same name, the groups are the bars."""
    groups = {str(g): rows.to_dicts() for (g,), rows in frame.group_by("group", maintain_order=True)}
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


def _colours(groups: Mapping[str, Sequence[dict[str, Any]]]) -> dict[tuple[str, str], tuple[str, str]]:
    """Tone and strength of each bar: its own emotion, else its group's, else one tone a name of a bar."""
    names = list(dict.fromkeys(str(row["bar"]) for rows in groups.values() for row in rows))
    own = dict(zip(names, series_tones(names), strict=True))
    felt = {g: tone(g) for g in groups}
    found = {}
    for group, rows in groups.items():
        for row in rows:
            name = str(row["bar"])
            by_group = tone(name) == "other" and felt[group] != "other"
            found[group, name] = (felt[group] if by_group else own[name][0], "cc")
    return found


def _bar(
    row: dict[str, Any], place: float, group: str, view: str, colour: tuple[str, str], decimals: int
) -> list[go.Bar | go.Scatter]:
    meta = {"group": view, "tone": colour[0]}
    text = hover(f"{row['bar']} \u00b7 {group}" if group else str(row["bar"]), row, decimals)
    low, middle, high = (significant(row[c]) for c in ("conf_low", "estimate", "conf_high"))
    bar = go.Bar(
        x=[middle], y=[place], orientation="h", width=0.62, marker={"color": LIGHT[colour[0]]}, opacity=0.55,
        hovertemplate=text, meta={**meta, "estimate": True},
    )  # fmt: skip
    if low is None or high is None:
        return [bar]
    line = {"color": LIGHT[colour[0]], "width": 2.5}
    whisker = go.Scatter(x=[low, high], y=[place] * 2, mode="lines", line=line, hoverinfo="skip", meta=meta)
    dot = go.Scatter(
        x=[middle],
        y=[place],
        mode="markers",
        marker={"color": LIGHT[colour[0]], "size": 7},
        hovertemplate=text,
        meta=meta,
    )
    return [bar, whisker, dot]


def _view(places: Sequence[_Place], decimals: int) -> dict[str, Any]:
    values = [
        {
            "x": 1, "xref": "paper", "xanchor": "left", "xshift": 10, "y": place, "yref": "y", "showarrow": False,
            "text": f"<b>{number(row['estimate'], decimals)}</b>{_stars(row)}", "align": "left", "font": {"size": 13},
        }
        for place, _, row in places if row is not None
    ]  # fmt: skip
    names = iter(told_apart([str(row["bar"]) for _, _, row in places if row is not None], _NAME))
    return {
        "yaxis.range": [0.6 - len(places), 0.6],
        "yaxis.tickvals": [place for place, _, _ in places],
        "yaxis.ticktext": [
            f"<b>{wrapped(group, _HEADING)}</b>" if row is None else safe(next(names)) for _, group, row in places
        ],
        "annotations": values,
    }


def _stars(row: Mapping[str, Any]) -> str:
    return stars(row["p_value"]) if row.get("p_value") is not None else ""

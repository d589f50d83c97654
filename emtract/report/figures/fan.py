"""Responses over a horizon: a small panel a line, with pointwise intervals and the simultaneous band."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Self

import plotly.graph_objects as go

from emtract.report.figures import canvas
from emtract.report.figures.palette import LIGHT, tone
from emtract.words.numbers import signed

if TYPE_CHECKING:
    import polars as pl

    from emtract.econometrics.finding import Chart

_PANEL: Final = 180
_ALONE: Final = 320
#: Panels share a scale unless one would be flattened by more than this.
_FLATTENED: Final = 6.0
_TITLE: Final = 38
#: Between panels: pixels down, and shares of the width across, the second one for the numbers of an axis.
_GAP_Y: Final = 58
_GAP_X: Final = 0.045
_ROOM_X: Final = 0.012


def fan(chart: Chart) -> go.Figure:
    """Draw each line of the frame in its own panel; on a phone the panels stand below one another.

    Notes
    -----
    Dark is the pointwise interval, light the simultaneous band; panels share their vertical scale where their ranges
    differ by less than six times.
    """
    frames = canvas.by_name(chart.frame, "line")
    grid = Grid.of(len(frames), panel=_ALONE if len(frames) == 1 else _PANEL)
    ranges = _ranges(list(frames.values()))
    notes, head = canvas.above(chart.y_title)
    figure = go.Figure()
    for index, (line, rows) in enumerate(frames.items()):
        figure.add_traces(_traces(line, rows, index, x_title=chart.x_title))
    figure.update_layout(
        **canvas.base(10), hovermode="closest", dragmode=False, margin={"l": 46, "r": 10, "t": 0, "b": 50}
    )
    for index in range(len(frames)):
        figure.update_layout({f"yaxis{_n(index)}": canvas.axis(range=ranges[index], anchor=f"x{_n(index)}")})
        figure.update_layout({f"xaxis{_n(index)}": canvas.axis(anchor=f"y{_n(index)}", showgrid=False, zeroline=False)})
    titles = [_panel_title(line, alone=len(frames) == 1) for line in frames]
    room = 8 if len(frames) == 1 else 24 + canvas.LINE * max(_title(line).count("<br>") for line in frames)
    figure.update_layout(annotations=titles + [{**note, "yshift": room} for note in notes], margin_t=head + room + 8)
    return grid.arrange(figure, x_title=chart.x_title, shared=len({tuple(r) for r in ranges}) == 1)


def _n(index: int) -> str:
    return "" if index == 0 else str(index + 1)


def _traces(line: str, rows: pl.DataFrame, index: int, *, x_title: str) -> list[go.Scatter]:
    named, x, decimals = tone(line), rows["x"].to_list(), canvas.interval_decimals(rows)
    axes = {"xaxis": f"x{_n(index)}", "yaxis": f"y{_n(index)}"}
    meta = {"group": canvas.safe(line), "tone": named}
    texts = [_hover(line, row, decimals, x_title) for row in rows.iter_rows(named=True)]
    areas = [
        canvas.band(
            x, rows[f"{kind}_low"].to_list(), rows[f"{kind}_high"].to_list(), meta={**meta, "fill": alpha}, **axes
        )
        for kind, alpha in (("band", "1c"), ("conf", "40"))
        if rows[f"{kind}_low"].null_count() < rows.height
    ]
    marks = canvas.path(
        x, canvas.rounded(rows["estimate"]), {**meta, "estimate": True}, width=2.25, hover=texts, mode="lines+markers",
        marker={"color": LIGHT[named], "size": 5}, **axes,
    )  # fmt: skip
    return [*areas, marks]


def _hover(line: str, row: dict[str, Any], decimals: int, x_title: str) -> str:
    at = f"{canvas.safe(x_title)} {row['x']}" if x_title else str(row["x"])
    lines = [at]
    if row["band_low"] is not None:
        lines.append(f"band [{signed(row['band_low'], decimals)}, {signed(row['band_high'], decimals)}]")
    return canvas.hover(line, row, decimals, *lines)


def _ranges(frames: list[pl.DataFrame]) -> list[list[float | None]]:
    """One range for all panels, or one a panel where a shared one would flatten some."""
    columns = ("estimate", "conf_low", "conf_high", "band_low", "band_high")
    own = [canvas.padded([v for c in columns for v in rows[c].to_list()]) for rows in frames]
    spans = [float(high or 0) - float(low or 0) for low, high in own]
    if max(spans) > _FLATTENED * min(spans):
        return own
    shared = canvas.padded([end for ends in own for end in ends])
    return [shared] * len(frames)


def _title(line: str) -> str:
    """Name of a panel in one line or two."""
    return canvas.wrapped(canvas.shortened_to(line, 2 * _TITLE - 4), _TITLE)


def _panel_title(line: str, *, alone: bool) -> dict[str, Any]:
    return canvas.strip_title("" if alone else f"<b>{_title(line)}</b>", tone(line), align="left", yshift=3)


@dataclass(frozen=True)
class Grid:
    """Places of small panels: three a row where there is room, one below the other on a phone.

    Attributes
    ----------
    count, columns
        Panels, and how many stand side by side.
    panel
        Height of one in pixels.
    """

    count: int
    columns: int
    panel: int

    @classmethod
    def of(cls, count: int, *, panel: int) -> Self:
        """Choose the columns: up to three, four panels as two by two."""
        return cls(count, {1: 1, 2: 2, 4: 2}.get(count, 3), panel)

    @property
    def rows(self) -> int:
        """Rows of panels."""
        return -(-self.count // self.columns)

    @property
    def inner(self) -> int:
        """Height of all panels and the gaps between them, in pixels."""
        return self.rows * self.panel + (self.rows - 1) * _GAP_Y

    def place(self, index: int) -> tuple[list[float], list[float]]:
        """Horizontal and vertical domain of a panel, as shares of the plotting area."""
        row, column = divmod(index, self.columns)
        width = (1 - _GAP_X * (self.columns - 1)) / self.columns
        left = column * (width + _GAP_X) + (_ROOM_X if column else 0)
        top = 1 - row * (self.panel + _GAP_Y) / self.inner
        return [left, column * (width + _GAP_X) + width], [max(0.0, top - self.panel / self.inner), top]

    def last(self, index: int) -> bool:
        """Whether no panel stands below this one."""
        return index + self.columns >= self.count

    def updates(self, *, x_title: str, shared: bool) -> dict[str, Any]:
        """Layout of this arrangement, in the dotted names that Plotly's relayout takes."""
        found: dict[str, Any] = {}
        for index in range(self.count):
            number = "" if index == 0 else str(index + 1)
            across, down = self.place(index)
            found |= {f"xaxis{number}.domain": across, f"yaxis{number}.domain": down}
            found[f"xaxis{number}.title.text"] = canvas.wrapped(x_title) if self.last(index) else ""
            found[f"yaxis{number}.showticklabels"] = not shared or index % self.columns == 0
            found |= {f"annotations[{index}].x": across[0], f"annotations[{index}].y": down[1]}
        return found

    def arrange(self, figure: go.Figure, *, x_title: str, shared: bool) -> go.Figure:
        """Lay the figure out for a wide page, and tell the page how it stands on a phone.

        Parameters
        ----------
        figure
            With its margins, its axes numbered by panel, and the panels' titles as its first annotations; changed in
            place.
        x_title
            Title below the lowest panel of each column.
        shared
            Whether panels share their vertical scale, so that only panels on the left show its numbers.

        Returns
        -------
        go.Figure
            The figure that was given; its `meta` holds both layouts where there are several columns.
        """
        narrow = type(self)(self.count, 1, self.panel)
        margin = figure.layout.margin
        around = margin.t + margin.b + canvas.LINE * canvas.wrapped(x_title).count("<br>")
        layouts = {
            name: {**grid.updates(x_title=x_title, shared=shared), "height": grid.inner + around}
            for name, grid in (("wide", self), ("narrow", narrow))
        }
        for key, value in layouts["wide"].items():
            if key.startswith("annotations["):
                place, _, what = key.removeprefix("annotations[").partition("].")
                figure.layout.annotations[int(place)][what] = value
            else:
                figure.update_layout({key.replace(".", "_"): value})
        return figure.update_layout(meta=layouts if self.columns > 1 else None)

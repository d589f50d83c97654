"""Small panels in a grid: three a row where there is room, one below the other on a phone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Self

from emtract.report.figures.marks import LINE, wrapped

if TYPE_CHECKING:
    import plotly.graph_objects as go

_GAP_Y: Final = 58
_GAP_X: Final = 0.045
_ROOM_X: Final = 0.012


@dataclass(frozen=True)
class Grid:
    """Places of panels.

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
            found[f"xaxis{number}.title.text"] = wrapped(x_title) if self.last(index) else ""
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
            Whether panels share their vertical scale, so that only those on the left show its numbers.

        Returns
        -------
        go.Figure
            The figure that was given; its `meta` holds both layouts where there are several columns.
        """
        narrow = type(self)(self.count, 1, self.panel)
        margin = figure.layout.margin
        around = margin.t + margin.b + LINE * wrapped(x_title).count("<br>")
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

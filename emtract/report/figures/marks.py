"""What the kinds of charts share: hover texts, axes with horizontal titles, ranges, filled bands."""

from __future__ import annotations

import math
import textwrap
from typing import TYPE_CHECKING, Any, Final

import plotly.graph_objects as go

from emtract.report.figures.canvas import GRID, ZERO, safe, significant
from emtract.report.figures.palette import LIGHT
from emtract.words.names import common_start
from emtract.words.numbers import p_text, signed

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

#: Characters of a title that fit a phone.
_WIDEST: Final = 46
LINE: Final = 16


def wrapped(text: str, width: int = _WIDEST) -> str:
    """Break a text into lines that fit a phone, each escaped."""
    return "<br>".join(safe(line) for line in textwrap.wrap(text, width)) or ""


def shortened_to(text: str, width: int) -> str:
    """Cut a label that would take the room of the figure; the hover says it in full."""
    return text if len(text) <= width else text[: width - 1].rstrip() + "\u2026"


def told_apart(labels: Sequence[str], width: int) -> list[str]:
    """Cut labels to a width; where they are too long, the words that all of them begin with go first."""
    split = [label.split() for label in labels]
    shared = 0
    if len(labels) > 1 and max(map(len, labels)) > width:
        shared = min(len(common_start(split)), min(map(len, split)) - 1)
    cut = [f"\u2026 {' '.join(parts[shared:])}" if shared else " ".join(parts) for parts in split]
    return [shortened_to(label, width) for label in cut]


def finite(values: Iterable[float | None]) -> list[float]:
    """Values that are numbers."""
    return [v for v in values if v is not None and math.isfinite(v)]


def padded(values: Iterable[float | None], *, zero: bool = True) -> list[float | None]:
    """Ends of an axis that holds every value, and zero, with room to spare."""
    ends = finite(values) + ([0.0] if zero else [])
    if not ends:
        return [-1.0, 1.0]
    room = 0.07 * (max(ends) - min(ends)) or 0.05 * abs(max(ends)) or 1.0
    return [significant(min(ends) - room), significant(max(ends) + room)]


def interval(row: Mapping[str, Any], decimals: int) -> str:
    """`1.2  [0.3, 2.1]`; the estimate alone where there is no interval."""
    middle = number(row["estimate"], decimals)
    if row.get("conf_low") is None or row.get("conf_high") is None:
        return middle
    return f"{middle}  [{number(row['conf_low'], decimals)}, {number(row['conf_high'], decimals)}]"


def number(value: float | None, decimals: int) -> str:
    """Fixed decimals, an em dash for nothing."""
    return "\u2014" if value is None else signed(value, decimals)


def hover(title: str, row: Mapping[str, Any], decimals: int, *more: str, after: Sequence[str] = ()) -> str:
    """Return all the hover of a trace: title, estimate with interval, further lines, p and N where known, last lines.

    Parameters
    ----------
    title
        Plain text; wrapped, escaped and bold.
    row
        estimate, and conf_low, conf_high, p_value and n_obs where they are known.
    decimals
        Of estimate and interval.
    more
        Lines after the interval, already escaped.
    after
        Lines after p and N, already escaped.
    """
    facts = [f"p {safe(p_text(row['p_value']))}"] if row.get("p_value") is not None else []
    facts += [f"N {int(row['n_obs']):,}"] if row.get("n_obs") is not None else []
    lines = [f"<b>{wrapped(title)}</b>", interval(row, decimals), *more, " \u00b7 ".join(facts), *after]
    return "<br>".join(line for line in lines if line) + "<extra></extra>"


def band(x: Sequence[Any], low: Sequence[float | None], high: Sequence[float | None], **more: Any) -> go.Scatter:
    """Return a filled area between two paths; rows that lack an end are left out.

    Parameters
    ----------
    x, low, high
        Places and ends of the band, equally many.
    more
        `meta`, which must be there, with tone (a colour of the palette) and fill (its opacity as two hexadecimal
        digits); then any options of ``go.Scatter``.
    """
    meta = more.pop("meta")
    rows = [
        (a, significant(b), significant(c))
        for a, b, c in zip(x, low, high, strict=True)
        if b is not None and c is not None
    ]
    back = rows[::-1]
    return go.Scatter(
        x=[r[0] for r in rows] + [r[0] for r in back],
        y=[r[1] for r in rows] + [r[2] for r in back],
        mode="lines",
        line={"width": 0, "color": LIGHT[meta["tone"]]},
        fill="toself",
        fillcolor=LIGHT[meta["tone"]] + meta["fill"],
        hoverinfo="skip",
        meta=meta,
        **more,
    )


def axis(title: str = "", **more: Any) -> dict[str, Any]:
    """Return an axis with quiet lines that no finger moves by accident."""
    return {
        "fixedrange": True, "showgrid": True, "gridcolor": GRID, "zeroline": True, "zerolinecolor": ZERO,
        "zerolinewidth": 1.5, "nticks": 6, "ticks": "", "tickfont": {"size": 12},
        "title": {"text": wrapped(title), "font": {"size": 12}, "standoff": 10},
        **more,
    }  # fmt: skip


def above(title: str, *, width: int = _WIDEST) -> tuple[list[dict[str, Any]], int]:
    """Return a vertical axis's title as text above the figure, read without turning the head, and its height."""
    text = wrapped(title, width)
    if not text:
        return [], 0
    height = LINE * (text.count("<br>") + 1)
    place = {"x": 0, "y": 1, "xref": "paper", "yref": "paper", "xanchor": "left", "yanchor": "bottom"}
    note = {**place, "text": text, "showarrow": False, "align": "left", "font": {"size": 12}}
    return [note], height

"""What every figure shares: rounding, escaping, marks and their hovers, axes, the bare layout, and buttons between groups."""

from __future__ import annotations

import html
import math
import textwrap
from typing import TYPE_CHECKING, Any, Final

import plotly.graph_objects as go

from emtract.report.figures.palette import LIGHT
from emtract.words.names import common_start
from emtract.words.numbers import decimals_for, p_text, signed, stars

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import polars as pl

#: Significant digits of every number in a figure: sixteen-digit floats are what makes Plotly pages grow.
DIGITS: Final = 5
FONT: Final = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"
GRID: Final = "rgba(120,125,135,0.22)"
ZERO: Final = "rgba(120,125,135,0.9)"
#: Height of a line of text, and characters of a title that fit a phone.
LINE: Final = 16
_WIDEST: Final = 46
#: Sessions of a trailing mean.
SMOOTH: Final = 20


def significant(value: float | None, digits: int = DIGITS) -> float | None:
    """Round to so many significant digits; None for a missing or infinite number, since JSON has neither."""
    if value is None or not math.isfinite(value):
        return None
    return float(f"{value:.{digits}g}")


def rounded(values: Iterable[float | None]) -> list[float | None]:
    """Round each of several values to significant digits."""
    return [significant(value) for value in values]


def shortened(value: Any) -> Any:
    """Round every float inside plain JSON types: positions of subplots carry sixteen digits too."""
    if isinstance(value, dict):
        return {key: shortened(item) for key, item in value.items()}
    if isinstance(value, list):
        return [shortened(item) for item in value]
    return significant(value) if isinstance(value, float) else value


def finite(values: Iterable[float | None]) -> list[float]:
    """Values that are numbers."""
    return [v for v in values if v is not None and math.isfinite(v)]


def interval_decimals(rows: pl.DataFrame) -> int:
    """Decimals that suit the typical interval of the rows; that suit their estimates where there are no intervals."""
    ends = zip(rows["conf_low"], rows["conf_high"], strict=True)
    widths = [(high - low) / 4 for low, high in ends if low is not None and high is not None]
    return decimals_for(widths or finite(rows["estimate"].to_list()), digits=3)


def by_name(frame: pl.DataFrame, column: str = "group") -> dict[str, pl.DataFrame]:
    """Split a frame by the names in a column, in their order."""
    return {str(name): rows for (name,), rows in frame.group_by(column, maintain_order=True)}


def safe(text: str) -> str:
    """Neutralise markup and hover tokens, both of which Plotly reads in any text."""
    return html.escape(text).replace("{", "&#123;")


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


def interval(row: Mapping[str, Any], decimals: int) -> str:
    """`1.2  [0.3, 2.1]`; the estimate alone where there is no interval."""
    middle = signed(row["estimate"], decimals)
    if row.get("conf_low") is None or row.get("conf_high") is None:
        return middle
    return f"{middle}  [{signed(row['conf_low'], decimals)}, {signed(row['conf_high'], decimals)}]"


def starred(row: Mapping[str, Any], decimals: int) -> str:
    """Return the estimate in bold with its stars, as it stands beside its mark."""
    found = "" if row.get("p_value") is None else stars(row["p_value"])
    return f"<b>{signed(row['estimate'], decimals)}</b>{found}"


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


def path(
    x: Sequence[Any], y: Sequence[Any], meta: Mapping[str, Any], *, width: float, hover: Any = None, **more: Any
) -> go.Scatter:
    """Return a line.

    Parameters
    ----------
    x, y
        Its places, equally many, already rounded.
    meta
        Whose it is: tone (a colour of the palette) and, where buttons switch, group.
    width
        Of the line in pixels.
    hover
        What pointing at it shows: one text, or one a place; None for nothing.
    more
        `dash` of the line; then any options of ``go.Scatter``.
    """
    dash = {"dash": more.pop("dash")} if "dash" in more else {}
    told = {"hovertemplate": hover} if hover else {"hoverinfo": "skip"}
    line = {"color": LIGHT[meta["tone"]], "width": width, **dash}
    return go.Scatter(x=x, y=y, line=line, meta=dict(meta), **{"mode": "lines", **told, **more})


def dots(
    x: Sequence[Any], y: Sequence[Any], meta: Mapping[str, Any], *, hover: Any, marker: Mapping[str, Any], **more: Any
) -> go.Scatter:
    """Return marks without a line.

    Parameters
    ----------
    x, y
        Their places, equally many, already rounded.
    meta
        Whose they are, as in `path`.
    hover
        What pointing at them shows: one text, or one a mark.
    marker
        Size, symbol and the like; the colour is the tone's.
    more
        Any options of ``go.Scatter``.
    """
    looks = {"color": LIGHT[meta["tone"]], **marker}
    return go.Scatter(x=x, y=y, mode="markers", marker=looks, hovertemplate=hover, meta=dict(meta), **more)


def whisker(row: Mapping[str, Any], place: float, meta: Mapping[str, Any]) -> go.Scatter:
    """Return the interval of an estimate on a horizontal line.

    Parameters
    ----------
    row
        conf_low and conf_high.
    place
        Height of the line.
    meta
        Whose it is, as in `path`.
    """
    return path(rounded([row["conf_low"], row["conf_high"]]), [place] * 2, meta, width=2.5)


def band(
    x: Sequence[Any], low: Sequence[float | None], high: Sequence[float | None], *, meta: Mapping[str, Any], **more: Any
) -> go.Scatter:
    """Return a filled area between two paths; rows that lack an end are left out.

    Parameters
    ----------
    x, low, high
        Places and ends of the band, equally many.
    meta
        As in `path`, with fill: the opacity as two hexadecimal digits.
    more
        Any options of ``go.Scatter``.
    """
    found = zip(x, low, high, strict=True)
    rows = [(a, significant(b), significant(c)) for a, b, c in found if b is not None and c is not None]
    ends = [r[0] for r in rows + rows[::-1]], [*(r[1] for r in rows), *(r[2] for r in rows[::-1])]
    return path(*ends, meta, width=0, fill="toself", fillcolor=LIGHT[meta["tone"]] + meta["fill"], **more)


def base(height: int) -> dict[str, Any]:
    """Layout without a template, on a transparent ground: the page behind it sets the theme."""
    return {
        "template": go.layout.Template(),
        "height": height,
        "showlegend": False,
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"family": FONT, "size": 13, "color": LIGHT["other"]},
        "hoverlabel": {"font": {"family": FONT, "size": 13}, "align": "left"},
    }


def axis(title: str = "", **more: Any) -> dict[str, Any]:
    """Return an axis with quiet lines that no finger moves by accident."""
    return {
        "fixedrange": True, "showgrid": True, "gridcolor": GRID, "zeroline": True, "zerolinecolor": ZERO,
        "zerolinewidth": 1.5, "nticks": 6, "ticks": "", "tickfont": {"size": 12},
        "title": {"text": wrapped(title), "font": {"size": 12}, "standoff": 10},
        **more,
    }  # fmt: skip


def names_axis(size: int = 13, **more: Any) -> dict[str, Any]:
    """Return a vertical axis of names, one a line, of letters so large."""
    plain = {"fixedrange": True, "showgrid": False, "zeroline": False, "automargin": True, "ticks": ""}
    return {**plain, "tickfont": {"size": size}, **more}


def lay_rows(figure: go.Figure, height: int, *, right: int = 84, size: int = 13) -> None:
    """Lay out a figure of horizontal lines, a name before each, with room on the right for their numbers.

    Parameters
    ----------
    figure
        Changed in place.
    height
        In pixels.
    right
        Room in pixels.
    size
        Of the names.
    """
    margin = {"l": 8, "r": right, "t": 8, "b": 52}
    figure.update_layout(**base(height), dragmode=False, hovermode="closest", margin=margin)
    figure.update_yaxes(**names_axis(size))


def beside(place: float, text: str, *, size: int = 13) -> dict[str, Any]:
    """Return a text to the right of a horizontal line.

    Parameters
    ----------
    place
        Height of the line.
    text
        Markup of Plotly.
    size
        Of its letters.
    """
    return {
        "x": 1, "xref": "paper", "xanchor": "left", "xshift": 10, "y": place, "yref": "y",
        "text": text, "showarrow": False, "align": "left", "font": {"size": size},
    }  # fmt: skip


def above(title: str, *, width: int = _WIDEST) -> tuple[list[dict[str, Any]], int]:
    """Return a vertical axis's title as text above the figure, read without turning the head, and its height."""
    text = wrapped(title, width)
    if not text:
        return [], 0
    place = {"x": 0, "y": 1, "xref": "paper", "yref": "paper", "xanchor": "left", "yanchor": "bottom"}
    note = {**place, "text": text, "showarrow": False, "align": "left", "font": {"size": 12}}
    return [note], LINE * (text.count("<br>") + 1)


def strip_title(text: str, tone: str, **more: Any) -> dict[str, Any]:
    """Return the title of a strip or a small panel, above it.

    Parameters
    ----------
    text
        Markup of Plotly.
    tone
        A colour of the palette.
    more
        Its place: x, y and any options of an annotation.
    """
    return {
        "xref": "paper", "yref": "paper", "xanchor": "left", "yanchor": "bottom", "showarrow": False,
        "name": f"tone:{tone}", "text": text, "font": {"size": 13, "color": LIGHT[tone]}, **more,
    }  # fmt: skip


def padded(values: Iterable[float | None], *, share: float = 0.07, zero: bool = True) -> list[float | None]:
    """Return the ends of an axis with room to spare.

    Parameters
    ----------
    values
        All of them lie within the ends; missing ones do not count.
    share
        Of the length from the least to the largest, to spare on both sides.
    zero
        Whether the axis holds zero too.
    """
    ends = finite(values) + ([0.0] if zero else [])
    if not ends:
        return [-1.0, 1.0]
    room = share * (max(ends) - min(ends)) or (1.0 if zero else 0.05)
    return [significant(min(ends) - room), significant(max(ends) + room)]


def toggle(figure: go.Figure, views: Mapping[str, dict[str, Any]], *, title: str = "") -> go.Figure:
    """Show the first group and add a button for each; a page may draw the buttons itself.

    Parameters
    ----------
    figure
        Each trace carries the name of its group, escaped by `safe`, as ``meta["group"]``; changed in place.
    views
        Group -> layout while it is shown, in the dotted names of Plotly's relayout; the first is shown at the start.
    title
        What the buttons choose, as the page says before them; empty for nothing.

    Returns
    -------
    go.Figure
        The figure that was given.
    """
    owners = [trace.meta["group"] for trace in figure.data]
    buttons: list[dict[str, Any]] = [
        {"label": safe(group), "method": "update", "args": [{"visible": [o == safe(group) for o in owners]}, view]}
        for group, view in views.items()
    ]
    for trace, visible in zip(figure.data, buttons[0]["args"][0]["visible"], strict=True):
        trace.visible = visible
    figure.update_layout({key.replace(".", "_"): value for key, value in buttons[0]["args"][1].items()})
    menu = {
        "type": "buttons",
        "direction": "right",
        "x": 0,
        "y": 1.02,
        "yanchor": "bottom",
        "name": title,
        "buttons": buttons,
    }
    return figure.update_layout(updatemenus=[menu])

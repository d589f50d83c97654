"""Price, emotions and attention over time: one strip each, so that no two lines cross."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl
from plotly.subplots import make_subplots

from emtract.emotions import EMOTIONS, NON_NEUTRAL
from emtract.panel.frame import TIME, WINDOWS, Window
from emtract.report.figures import canvas
from emtract.words.columns import WINDOW_NAMES
from emtract.words.names import term_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import plotly.graph_objects as go

_STRIP_HEIGHT: Final = 78
#: The strip of the price, and the column of the panel that it cumulates.
PRICE: Final = "price"
_RETURN: Final = "return_close_close"
_MOODS: Final = (*NON_NEUTRAL, EMOTIONS[0], "attention")


def emotions_over_time(frame: pl.DataFrame) -> go.Figure:
    """Draw daily means across firms as one strip an emotion and one of attention, with a range slider and a button a window.

    The first strip is the price of the mean firm, where the rows have close-to-close returns; a trailing mean (bold) stands
    before the daily mean of the others.
    """
    names = (*((PRICE,) if _RETURN in frame.columns else ()), *_MOODS)
    height = _STRIP_HEIGHT * len(names) + 120
    figure = make_subplots(rows=len(names), cols=1, shared_xaxes=True, vertical_spacing=26 / (height - 60))
    for window in WINDOWS:
        daily = _daily(frame, names, window=window)
        dates = [d.isoformat() for d in daily[TIME]]
        for row, name in enumerate(names, 1):
            for trace in _strip(dates, daily[name], name=name, window=window):
                figure.add_trace(trace, row=row, col=1)
    figure.update_layout(**canvas.base(height), hovermode="x", margin={"l": 44, "r": 12, "t": 28, "b": 36})
    _strip_axes(figure, names)
    return canvas.toggle(figure, {WINDOW_NAMES[window]: {} for window in WINDOWS}, title="Window")


def daily_means(frame: pl.DataFrame) -> pl.DataFrame:
    """Return what the strips show, unsmoothed: one row a session, one column an emotion, attention and window, and price."""
    names = [f"{name}_{window}" for window in WINDOWS for name in _MOODS]
    return frame.group_by(TIME).agg(*_mean_return(frame), pl.col(names).mean()).sort(TIME).pipe(_cumulated)


def _mean_return(frame: pl.DataFrame) -> list[pl.Expr]:
    return [pl.col(_RETURN).mean().alias(PRICE)] if _RETURN in frame.columns else []


def _cumulated(daily: pl.DataFrame) -> pl.DataFrame:
    """Turn mean returns into the value of 100 held in all firms alike; sessions must stand in order."""
    if PRICE not in daily.columns:
        return daily
    return daily.with_columns((100 * (1 + pl.col(PRICE).fill_null(0.0)).cum_prod()).alias(PRICE))


def _daily(frame: pl.DataFrame, names: Iterable[str], *, window: Window) -> pl.DataFrame:
    moods = [pl.col(f"{name}_{window}").mean().alias(name) for name in names if name != PRICE]
    return frame.group_by(TIME).agg(*_mean_return(frame), *moods).sort(TIME).pipe(_cumulated)


def _strip(dates: list[str], values: pl.Series, *, name: str, window: Window) -> list[go.Scatter]:
    meta = {"group": WINDOW_NAMES[window], "tone": _tone(name)}
    daily = canvas.rounded(values)
    if name == PRICE:
        return [canvas.path(dates, daily, meta, width=1.75, hover="Price %{y:.1f}<extra></extra>")]
    trailing = canvas.rounded(values.rolling_mean(canvas.SMOOTH, min_samples=canvas.SMOOTH // 4))
    return [
        canvas.path(dates, daily, meta, width=1, hover=f"{name.capitalize()} %{{y:.3f}}<extra></extra>", opacity=0.3),
        canvas.path(dates, trailing, meta, width=2.25),
    ]


def _tone(name: str) -> str:
    return "quiet" if name == PRICE else name


def _strip_axes(figure: go.Figure, names: Sequence[str]) -> None:
    figure.update_yaxes(
        fixedrange=True, nticks=4, gridcolor=canvas.GRID, zeroline=False, tickfont={"size": 11}, ticks=""
    )
    figure.update_xaxes(
        showgrid=False, zeroline=False, ticks="", tickfont={"size": 12}, nticks=6, hoverformat="%-d %b %Y"
    )
    for row, name in enumerate(names, 1):
        text = "Price of the mean firm, 100 at the start" if name == PRICE else term_name(name)
        top = figure.get_subplot(row, 1).yaxis.domain[1]
        figure.add_annotation(**canvas.strip_title(f"<b>{text}</b>", _tone(name), x=0, y=top))
    figure.update_xaxes(rangeslider={"visible": True, "thickness": 0.07, "borderwidth": 0}, row=len(names), col=1)

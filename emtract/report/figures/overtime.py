"""Price, emotions and attention over time: one strip each, so that no two lines cross."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import plotly.graph_objects as go
import polars as pl
from plotly.subplots import make_subplots

from emtract.emotions import EMOTIONS, NON_NEUTRAL
from emtract.panel.frame import TIME, WINDOWS, Window
from emtract.report.figures.canvas import GRID, base, significant, toggle
from emtract.report.figures.palette import LIGHT
from emtract.words.columns import WINDOW_NAMES
from emtract.words.names import term_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_STRIP_HEIGHT: Final = 78
#: The strip of the price, and the column of the panel that it cumulates.
PRICE: Final = "price"
_RETURN: Final = "return_close_close"


def emotions_over_time(frame: pl.DataFrame, *, smooth: int = 20, attention: bool = True) -> go.Figure:
    """Draw daily means across firms as one strip an emotion, with a range slider and a button a window.

    The first strip is the price of the mean firm, where the rows have close-to-close returns.

    Parameters
    ----------
    frame
        Rows of a panel.
    smooth
        Sessions of the trailing mean (bold); the daily mean stays behind it, faint.
    attention
        Whether attention is the last strip, which the range slider repeats.
    """
    priced = (PRICE,) if _RETURN in frame.columns else ()
    names = (*priced, *NON_NEUTRAL, EMOTIONS[0], *(("attention",) if attention else ()))
    return _strips(frame, names, smooth=smooth)


def daily_means(frame: pl.DataFrame) -> pl.DataFrame:
    """Return what the strips show, unsmoothed: one row a session, one column an emotion, attention and window, and price."""
    names = [f"{name}_{window}" for window in WINDOWS for name in (*NON_NEUTRAL, EMOTIONS[0], "attention")]
    return frame.group_by(TIME).agg(*_mean_return(frame), pl.col(names).mean()).sort(TIME).pipe(_cumulated)


def _mean_return(frame: pl.DataFrame) -> list[pl.Expr]:
    return [pl.col(_RETURN).mean().alias(PRICE)] if _RETURN in frame.columns else []


def _cumulated(daily: pl.DataFrame) -> pl.DataFrame:
    """Turn mean returns into the value of 100 held in all firms alike; sessions must stand in order."""
    if PRICE not in daily.columns:
        return daily
    return daily.with_columns((100 * (1 + pl.col(PRICE).fill_null(0.0)).cum_prod()).alias(PRICE))


def attention_over_time(frame: pl.DataFrame, *, smooth: int = 20) -> go.Figure:
    """Draw mean attention across firms, with a range slider and a button a window."""
    return _strips(frame, ("attention",), smooth=smooth)


def _strips(frame: pl.DataFrame, names: Sequence[str], *, smooth: int) -> go.Figure:
    height = _STRIP_HEIGHT * len(names) + 120
    figure = make_subplots(rows=len(names), cols=1, shared_xaxes=True, vertical_spacing=26 / (height - 60))
    for window in WINDOWS:
        daily = _daily(frame, names, window=window)
        dates = [d.isoformat() for d in daily[TIME]]
        for row, name in enumerate(names, 1):
            for trace in _strip(dates, daily[name], name=name, window=window, smooth=smooth):
                figure.add_trace(trace, row=row, col=1)
    figure.update_layout(**base(height), hovermode="x", margin={"l": 44, "r": 12, "t": 28, "b": 36})
    _strip_axes(figure, names)
    return toggle(figure, {WINDOW_NAMES[window]: {} for window in WINDOWS}, title="Window")


def _daily(frame: pl.DataFrame, names: Iterable[str], *, window: Window) -> pl.DataFrame:
    moods = [pl.col(f"{name}_{window}").mean().alias(name) for name in names if name != PRICE]
    return frame.group_by(TIME).agg(*_mean_return(frame), *moods).sort(TIME).pipe(_cumulated)


def _strip(dates: list[str], values: pl.Series, *, name: str, window: Window, smooth: int) -> list[go.Scatter]:
    tone = "quiet" if name == PRICE else name
    colour, label = LIGHT[tone], name.capitalize()
    meta = {"group": WINDOW_NAMES[window], "tone": tone}
    trailing = values.rolling_mean(smooth, min_samples=max(1, smooth // 4))
    daily = [significant(v) for v in values]
    hover = f"{label} %{{y:.3f}}<extra></extra>"
    faint, bold = {"color": colour, "width": 1}, {"color": colour, "width": 2.25}
    if name == PRICE:
        hover = "Price %{y:.1f}<extra></extra>"
        return [
            go.Scatter(x=dates, y=daily, mode="lines", line={**bold, "width": 1.75}, meta=meta, hovertemplate=hover)
        ]
    mean = [significant(v) for v in trailing]
    return [
        go.Scatter(x=dates, y=daily, mode="lines", line=faint, opacity=0.3, meta=meta, hovertemplate=hover),
        go.Scatter(x=dates, y=mean, mode="lines", line=bold, meta=meta, hoverinfo="skip"),
    ]


def _strip_axes(figure: go.Figure, names: Sequence[str]) -> None:
    figure.update_yaxes(fixedrange=True, nticks=4, gridcolor=GRID, zeroline=False, tickfont={"size": 11}, ticks="")
    figure.update_xaxes(
        showgrid=False, zeroline=False, ticks="", tickfont={"size": 12}, nticks=6, hoverformat="%-d %b %Y"
    )
    for row, name in enumerate(names, 1):
        top = figure.get_subplot(row, 1).yaxis.domain[1]
        place = {"x": 0, "y": top, "xref": "paper", "yref": "paper", "xanchor": "left", "yanchor": "bottom"}
        tone = "quiet" if name == PRICE else name
        text = "Price of the mean firm, 100 at the start" if name == PRICE else term_name(name)
        font = {"color": LIGHT[tone], "size": 13}
        figure.add_annotation(**place, showarrow=False, name=f"tone:{tone}", text=f"<b>{text}</b>", font=font)
    figure.update_xaxes(rangeslider={"visible": True, "thickness": 0.07, "borderwidth": 0}, row=len(names), col=1)

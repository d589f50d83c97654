"""Trading sessions of an exchange, with their own open and close: half days, holidays and daylight saving included."""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING

from emtract.errors import PanelError

if TYPE_CHECKING:
    import polars as pl


@lru_cache(maxsize=8)
def sessions(calendar: str, start: date, end: date) -> pl.DataFrame:
    """Return the sessions from `start` to `end`, both included.

    Parameters
    ----------
    calendar
        Name of an exchange calendar, e.g. ``XNYS``.
    start, end
        First and last day, exchange-local.

    Returns
    -------
    pl.DataFrame
        session (date), number (position within the range), previous_close, open, close (instants, UTC). A post at instant t
        belongs to the first session with ``t < close``: to its pre-open window if ``t < open``, else to its market window.

    Raises
    ------
    PanelError
        When the calendar is unknown, or `end` lies before `start`.
    """
    import exchange_calendars as xc
    import polars as pl

    if end < start:
        raise PanelError(f"the panel ends on {end}, before it starts on {start}")
    # The calendar's default window moves with today's date, and the first session needs the close before it.
    first = start - timedelta(days=15)
    try:
        schedule = xc.get_calendar(calendar, start=first.isoformat(), end=end.isoformat()).schedule
    except (xc.errors.InvalidCalendarName, xc.errors.NoSessionsError) as error:
        raise PanelError(f"calendar {calendar!r} from {start} to {end}: {error}") from error
    frame = pl.DataFrame(
        {
            "session": [stamp.date() for stamp in schedule.index],
            **{name: pl.Series(schedule[name].dt.tz_convert(None).to_numpy()) for name in ("open", "close")},
        }
    )
    frame = frame.with_columns(pl.col("open", "close").cast(pl.Datetime("us")).dt.replace_time_zone("UTC"))
    frame = frame.with_columns(previous_close=pl.col("close").shift(1)).filter(pl.col("session") >= start)
    return frame.with_row_index("number").select(
        "session", pl.col("number").cast(pl.Int32), "previous_close", "open", "close"
    )


def time_zone(calendar: str) -> str:
    """Return the time zone of an exchange, e.g. ``America/New_York``; raises PanelError where the calendar is unknown."""
    import exchange_calendars as xc

    try:
        return str(xc.get_calendar(calendar).tz)
    except xc.errors.InvalidCalendarName as error:
        raise PanelError(f"calendar {calendar!r}: {error}") from error

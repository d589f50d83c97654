"""Trading sessions of an exchange, with their own open and close: half days, holidays and daylight saving included."""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Final

import polars as pl

from emtract.errors import PanelError

if TYPE_CHECKING:
    import pandas as pd
    from exchange_calendars import ExchangeCalendar

    from emtract.store import Store

#: Days that fit into pandas' instants, with room for the close before the first.
_FIRST: Final = date(1678, 1, 1)
_LAST: Final = date(2261, 12, 31)


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
        When the calendar is unknown or has not recorded those days, or `end` lies before `start`.
    """
    if end < start:
        raise PanelError(f"the panel ends on {end}, before it starts on {start}")
    schedule = _schedule(calendar, start, end)
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


def sessions_of_prices(store: Store, calendar: str, *, before: int = 0) -> pl.DataFrame:
    """Return the calendar's sessions between the first and the last price.

    Parameters
    ----------
    store
        With prices.
    calendar
        Name of an exchange calendar.
    before
        Days before the first price that the sessions cover, as far as the calendar has recorded them.

    Raises
    ------
    PanelError
        When the store holds no prices, or as `sessions`.
    """
    first, last = store.sql("SELECT min(session) AS first, max(session) AS last FROM prices").row(0)
    if first is None:
        raise PanelError("the store holds no prices: name price files under [[prices]] and run `emtract ingest`")
    return sessions(calendar, first_session_day(calendar, first, before=before) if before else first, last)


def _schedule(calendar: str, start: date, end: date) -> pd.DataFrame:
    """Return opens and closes by session, from some days before `start`: the first session needs the close before it."""
    import exchange_calendars as xc

    bound, last = _recorded(calendar)
    if start < bound or end > last:
        raise PanelError(
            f"calendar {calendar!r} is recorded from {bound} to {last}, and the days asked for are {start} to {end}: leave the "
            "days beyond out of the files of prices and posts, or name another calendar in [panel]"
        )
    first = max(bound, start - timedelta(days=min(15, (start - date.min).days)))
    found = _calendar(calendar)
    if first < found.first_session.date() or found.last_session.date() < end:
        try:
            found = xc.get_calendar(calendar, start=first.isoformat(), end=end.isoformat())
        except (xc.errors.CalendarError, ValueError) as error:
            raise PanelError(f"calendar {calendar!r} from {start} to {end}: {error}") from error
    schedule: pd.DataFrame = found.schedule
    return schedule[str(first) : str(end)]


@lru_cache(maxsize=8)
def _calendar(calendar: str) -> ExchangeCalendar:
    """Return a calendar of some twenty years, which move with today's date: making one takes long, of however few days."""
    import exchange_calendars as xc

    try:
        return xc.get_calendar(calendar)
    except (xc.errors.CalendarError, ValueError) as error:
        raise PanelError(f"calendar {calendar!r}: {error}") from error


def _recorded(calendar: str) -> tuple[date, date]:
    """Return the first and last day that a calendar can tell of."""
    found = _calendar(calendar)
    low, high = found.bound_min(), found.bound_max()
    return (_FIRST if low is None else low.date()), (_LAST if high is None else high.date())


def first_session_day(calendar: str, day: date, *, before: int) -> date:
    """Return the day so many days before another, or the first that the calendar has recorded.

    Parameters
    ----------
    calendar
        Code of the exchange, e.g. ``XNYS``.
    day
        From which days are counted back; it is returned where it lies before all that is recorded.
    before
        Calendar days, not sessions.

    Raises
    ------
    PanelError
        When the calendar is unknown.
    """
    return max(min(day, _recorded(calendar)[0]), day - timedelta(days=min(before, (day - date.min).days)))


def time_zone(calendar: str) -> str:
    """Return the time zone of an exchange, e.g. ``America/New_York``; raises PanelError where the calendar is unknown."""
    return str(_calendar(calendar).tz)

"""Timestamps -> microseconds since 1970 UTC; a time that names no instant is refused, not guessed."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Final, TypeVar

from emtract.ingest.records import LineError

if TYPE_CHECKING:
    from collections.abc import Callable
    from zoneinfo import ZoneInfo

_T = TypeVar("_T")
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
FIRST: Final = (datetime(1990, 1, 1, tzinfo=UTC) - EPOCH) // _MICROSECOND
LAST: Final = (datetime(2100, 1, 1, tzinfo=UTC) - EPOCH) // _MICROSECOND
#: `time_format` of a column that counts from 1970 UTC, and microseconds of one count.
EPOCH_UNITS: Final = {"epoch_seconds": 1_000_000, "epoch_milliseconds": 1_000}
#: `time_format` of a column that knows the day alone.
END_OF_DAY: Final = "end_of_day"
_MONTHS: Final = {
    name: number
    for number, name in enumerate(
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"], 1
    )
}
# Not strptime: its month names follow the process's locale, and it takes a quarter of a tweet's whole budget.
_TWITTER = re.compile(
    rf"[A-Z][a-z]{{2}} ({'|'.join(_MONTHS)}) (\d\d) ([01]\d|2[0-3]):([0-5]\d):([0-5]\d) ([+-])(\d\d)(\d\d) (\d{{4}})",
    re.ASCII,
)


def to_micros(moment: datetime, zone: ZoneInfo | None) -> int:
    """Microseconds since 1970 UTC of a moment; `zone` is used only where the moment has none.

    Raises
    ------
    LineError
        The moment has no zone and none is given, or it lies outside 1990..2100.

    Notes
    -----
    PEP 495 with fold 0: a local time that occurs twice (clocks go back) is the first of the two; one that never occurs
    (clocks go forward) is read with the offset before the change, 02:30 -> 03:30.
    """
    if moment.tzinfo is None:
        if zone is None:
            raise LineError("timestamp without zone", f"{moment}: name the archive's zone in the mapping's `timezone`")
        moment = moment.replace(tzinfo=zone)
    return _in_range((moment - EPOCH) // _MICROSECOND)


def twitter_micros(text: str) -> int:
    """Read `Wed Jan 01 03:59:03 +0000 2014`."""
    match = _TWITTER.fullmatch(text)
    if match is None:
        raise LineError("unreadable timestamp", f"{text!r} is not like 'Wed Jan 01 03:59:03 +0000 2014'")
    month, day, hour, minute, second, sign, zone_hours, zone_minutes, year = match.groups()
    seconds = int(hour) * 3600 + int(minute) * 60 + int(second)
    offset = int(zone_hours) * 3600 + int(zone_minutes) * 60
    seconds += offset if sign == "-" else -offset
    return _in_range(_midnight(year, month, day) + seconds * 1_000_000)


@lru_cache(maxsize=8192)
def _midnight(year: str, month: str, day: str) -> int:
    """Microseconds to the start of a UTC day; an archive holds few days and many tweets."""
    start = _build(f"{day} {month} {year}", lambda: datetime(int(year), _MONTHS[month], int(day), tzinfo=UTC))
    return (start - EPOCH) // _MICROSECOND


def iso_micros(text: str, zone: ZoneInfo | None = None) -> int:
    """Read ISO 8601: `2020-01-02T14:30:00Z`, `2020-01-02 09:30:00-05:00`."""
    return to_micros(_build(text, partial(datetime.fromisoformat, text.strip())), zone)


def cell_micros(cell: object, *, zone: ZoneInfo | None, time_format: str | None) -> int:
    """Read one cell of a table: a datetime, a date (its midnight), a number or a text in `time_format`.

    Parameters
    ----------
    zone
        Zone of cells that carry none.
    time_format
        None for ISO 8601, `epoch_seconds`, `epoch_milliseconds`, `end_of_day`, or a pattern of `datetime.strptime`.

    Notes
    -----
    Under `end_of_day` the cell is a day and the post may be of any instant in it. It is given the last second, so that it
    can only stand beside what came after; midnight, which a bare day means elsewhere, would place it before all of it.
    """
    if time_format == END_OF_DAY:
        return _day_end(cell, zone)
    if isinstance(cell, datetime):
        return to_micros(cell, zone)
    if isinstance(cell, date):
        return to_micros(datetime(cell.year, cell.month, cell.day), zone)  # noqa: DTZ001
    text = str(cell).strip()
    if time_format in EPOCH_UNITS:
        return _in_range(_build(text, lambda: int(float(text) * EPOCH_UNITS[time_format])))
    if time_format is None:
        return iso_micros(text, zone)
    return to_micros(_build(text, lambda: datetime.strptime(text, time_format)), zone)  # noqa: DTZ007


def _day_end(cell: object, zone: ZoneInfo | None) -> int:
    text = str(cell).strip()
    day = cell if isinstance(cell, date) else _build(text, partial(date.fromisoformat, text))
    return to_micros(datetime(day.year, day.month, day.day, 23, 59, 59), zone)  # noqa: DTZ001


def _build(text: str, build: Callable[[], _T]) -> _T:
    try:
        return build()
    except (ValueError, OverflowError) as error:
        raise LineError("unreadable timestamp", f"{text!r}: {error}") from error


def _in_range(micros: int) -> int:
    if not FIRST <= micros < LAST:
        raise LineError("timestamp out of range", f"{micros / 1e6:.0f} s since 1970 UTC: posts lie in 1990..2099")
    return micros

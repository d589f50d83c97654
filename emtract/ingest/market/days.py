"""Cells of days -> dates: one reader for every market file, which looks at the whole file before it decides how days are written.

A day that starts with its year or spells its month can be read in one way. `03/04/2021` cannot: its order is taken from the
other cells of the file (`28/01/2021` puts the day first); where they do not tell, or contradict each other, the file is refused.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from typing import TYPE_CHECKING, Final, Literal, NamedTuple
from zoneinfo import ZoneInfo

from emtract.errors import SourceError
from emtract.ingest.market.options import EPOCHS, EXCEL
from emtract.ingest.times import MONTHS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from pathlib import Path

    from emtract.ingest.market.options import CellForm

_YEARS: Final = range(1900, 2101)
_MONTH: Final = (
    r"(?P<name>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|"
    r"oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"
)
_CLOCK: Final = r"(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::\d{2}(?:[.,]\d+)?)?(?: ?(?P<half>[ap])\.?m\.?)?"
_ZONE: Final = r"(?: ?(?P<zone>z|utc|gmt|e[sd]?t|[+-]\d{2}(?::?\d{2})?))?"
_CELL: Final = re.compile(rf"(?P<day>.+?)(?:[T :,]+{_CLOCK}{_ZONE})?", re.IGNORECASE | re.ASCII)
TIME: Final = re.compile(_CLOCK + _ZONE, re.IGNORECASE | re.ASCII)
_YEAR_FIRST: Final = re.compile(r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})|(\d{4})(\d{2})(\d{2})(?:\.0+)?", re.ASCII)
_STAMP: Final = re.compile(r"(\d{4})(\d{2})(\d{2})(\d{2})(\d{2})\d{2}", re.ASCII)
_NAMED: Final = (
    re.compile(rf"(?P<day>\d{{1,2}})[-/. ]?{_MONTH}[-/., ]*(?P<year>\d{{4}})", re.IGNORECASE | re.ASCII),
    re.compile(rf"{_MONTH}[- ]?(?P<day>\d{{1,2}})(?:[-, ]+)(?P<year>\d{{4}})", re.IGNORECASE | re.ASCII),
    re.compile(rf"(?P<year>\d{{4}})[- ]?{_MONTH}[- ]?(?P<day>\d{{1,2}})", re.IGNORECASE | re.ASCII),
)
_PAIR: Final = re.compile(r"(\d{1,2})([-/.])(\d{1,2})\2(\d{4})", re.ASCII)
#: Days that no rule can read without being told: shape, what it is, and the `date_format` that may read it.
_UNTOLD: Final = (
    (re.compile(r"\d{1,2}([-/.])\d{1,2}\1\d{2}", re.ASCII), "years of two digits", "%m/%d/%y"),
    (
        re.compile(rf"\d{{1,2}}[-/. ]?{_MONTH}[-/., ]*\d{{2}}", re.IGNORECASE | re.ASCII),
        "years of two digits",
        "%d-%b-%y",
    ),
    (re.compile(r"\d{5}(?:\.\d+)?", re.ASCII), "numbers of five digits, as Excel counts days", EXCEL),
    (re.compile(r"\d{10}(?:\.\d+)?", re.ASCII), "numbers of ten digits", "epoch_seconds"),
    (re.compile(r"\d{13}(?:\.0+)?", re.ASCII), "numbers of thirteen digits", "epoch_milliseconds"),
)
_NEW_YORK: Final = "America/New_York"
_OFFSETS: Final = {"est": -5, "edt": -4}
#: Days of a file from which its weekdays tell whether they are a week of trade.
_WEEK: Final = 5


class Day(NamedTuple):
    """What a cell tells: the date, and the minutes after midnight where it has a clock."""

    date: date
    minutes: int | None = None


class _Stamp(NamedTuple):
    date: date
    minutes: int | None
    zone: tzinfo | None

    @property
    def is_utc(self) -> bool:
        return self.zone is not None and self.zone.utcoffset(None) == timedelta(0)

    def seen_from(self, zone: tzinfo) -> _Stamp:
        if self.zone is None or self.minutes is None:
            return self
        moment = datetime.combine(self.date, time(*divmod(self.minutes, 60)), self.zone).astimezone(zone)
        return _Stamp(moment.date(), moment.hour * 60 + moment.minute, zone)


def read_days(
    columns: Mapping[str, Collection[str]], form: CellForm, *, path: Path, titles: Mapping[str, str] | None = None
) -> dict[str, dict[str, Day]]:
    """Return the days of columns, each a set of its distinct cells; a cell that is no day is absent.

    Parameters
    ----------
    columns
        Column -> its distinct cells, without null; the order of day and month is judged over all columns together.
    form
        What is stated of days and zones; the rest is seen from the cells.
    path
        The file, for messages.
    titles
        Names of the columns in the file, for messages.

    Returns
    -------
    dict
        Column -> cell -> its date, and minutes after midnight (None without a clock).

    Raises
    ------
    SourceError
        The cells do not tell how they are to be read; the message names the option that does.

    Notes
    -----
    A stamp with a zone becomes the date of `timezone`; without one it keeps its own date, unless it is in UTC, which is no
    exchange's clock: then the zone is asked for. 00:00 in UTC is a day without a clock, and keeps its date.
    """
    titled = {name: (titles or {}).get(name, name) for name in columns}
    stamps = _stamps({titled[name]: cells for name, cells in columns.items()}, form, path)
    return {
        name: {cell: Day(*_local(stamp, cell, form, path)[:2]) for cell, stamp in stamps[title].items()}
        for name, title in titled.items()
    }


def _local(stamp: _Stamp, cell: str, form: CellForm, path: Path) -> _Stamp:
    if stamp.zone is None or not stamp.minutes:
        return stamp
    zone = form.timezone or form.calendar
    if zone is not None:
        return stamp.seen_from(zone)
    if stamp.is_utc:
        raise SourceError(
            f"{path} has {cell!r}, a clock in UTC: state the exchange's zone {form.place}, "
            f'such as timezone = "{_NEW_YORK}"'
        )
    return stamp


def read_sessions(cells: Collection[str], form: CellForm, *, path: Path, title: str = "Date") -> dict[str, date]:
    """Return the sessions of daily bars from the distinct cells of their days; a cell that is no day is absent.

    Parameters
    ----------
    cells
        Distinct cells of one column, without null.
    form
        What is stated of days and zones; a stated `timezone` also turns off the check of weekdays.
    path
        The file, for messages.
    title
        Name of the column, for messages.

    Returns
    -------
    dict
        Cell -> trading day, exchange-local.

    Raises
    ------
    SourceError
        As in `read_days`; or the days are no week of trade (Sundays and never a Friday, Saturdays and never a Monday), which
        is how the dates of another zone look.

    Notes
    -----
    Bars that all stand at 00:00 keep their dates, whatever their zone. Others in UTC get the date of the exchange's zone,
    so that 22:00 UTC on Monday is Tuesday in Paris; those with another offset keep their date unless `timezone` is stated.
    """
    stamps = _stamps({title: cells}, form, path)[title]
    if any(stamp.minutes for stamp in stamps.values()):
        stamps = {cell: _of_bar(stamp, cell, form, path) for cell, stamp in stamps.items()}
    days = {cell: stamp.date for cell, stamp in stamps.items()}
    if form.timezone is None:
        _check_week(stamps.values(), form, path)
    return days


def _of_bar(stamp: _Stamp, cell: str, form: CellForm, path: Path) -> _Stamp:
    if stamp.zone is None or stamp.minutes is None:
        return stamp
    if form.timezone is not None:
        return stamp.seen_from(form.timezone)
    if not stamp.is_utc:
        return stamp
    if form.calendar is None:
        raise SourceError(
            f"{path} has bars stamped in UTC ({cell}), whose date may be the day before: state the exchange's zone "
            f'{form.place}, such as timezone = "{_NEW_YORK}"'
        )
    return stamp.seen_from(form.calendar)


def _check_week(stamps: Collection[_Stamp], form: CellForm, path: Path) -> None:
    days = {stamp.date for stamp in stamps}
    found = {day.weekday() for day in days}
    if len(days) < _WEEK and not any(stamp.minutes and stamp.zone for stamp in stamps):
        return
    for present, absent, words in ((6, 4, "Sundays and no Friday"), (5, 0, "Saturdays and no Monday")):
        if present in found and absent not in found and len(found) <= _WEEK:
            raise SourceError(
                f"{path} has bars on {words}: its dates are of another zone than the exchange's. Where bars carry a "
                f'clock with its zone, state the exchange\'s zone {form.place}, such as timezone = "Europe/Paris"; where the '
                "exchange does trade on these days, state its zone too"
            )


def _stamps(columns: Mapping[str, Collection[str]], form: CellForm, path: Path) -> dict[str, dict[str, _Stamp]]:
    if form.date_format is not None:
        return {name: _stated(cells, form.date_format) for name, cells in columns.items()}
    out = {name: _certain(cells) for name, cells in columns.items()}
    pairs = {name: _pairs(cells) for name, cells in columns.items()}
    day_first = _order(pairs, form, path)
    for name, found in pairs.items():
        ordered = {
            cell: stamp
            for cell, (first, second, year, clock) in found.items()
            if (stamp := _stamp(year, second if day_first else first, first if day_first else second, clock))
        }
        _check_one_form(name, out[name], ordered, form, path)
        out[name] |= ordered
    for name, cells in columns.items():
        _check_told(name, cells, out[name], form, path)
    return out


def _check_one_form(name: str, certain: Collection[str], ordered: Collection[str], form: CellForm, path: Path) -> None:
    """Refuse 2021-04-03 beside 13/04/2021: a spreadsheet that took the order wrongly writes its days like this."""
    numeric = next((cell for cell in certain if not re.search("[A-Za-z]{3}", cell)), None)
    if numeric is not None and ordered:
        raise SourceError(
            f"{path}: {name} has {numeric!r} beside {min(ordered)!r}: write its days in one form, or state "
            f'date_format = "%d/%m/%Y" or "%m/%d/%Y" {form.place}'
        )


def _stated(cells: Collection[str], pattern: str) -> dict[str, _Stamp]:
    """Cells in the stated form; days that can be read in one way alone are read beside it."""
    found = {cell: stamp for cell in cells if (stamp := _by_pattern(cell, pattern)) is not None}
    if pattern.startswith(("%Y", "%y")):
        return found
    return _certain([cell for cell in cells if cell not in found]) | found


def _by_pattern(cell: str, pattern: str) -> _Stamp | None:
    try:
        if pattern == EXCEL:
            moment = datetime(1899, 12, 30) + timedelta(days=float(cell))  # noqa: DTZ001
        elif pattern in EPOCHS:
            moment = datetime.fromtimestamp(float(cell) / EPOCHS[pattern], UTC)
        else:
            moment = datetime.strptime(cell, pattern)  # noqa: DTZ007
    except (ValueError, OverflowError, OSError):
        return None if pattern in {EXCEL, *EPOCHS} else _day_by_pattern(cell, pattern)
    if moment.year not in _YEARS:
        return None
    has_clock = pattern in EPOCHS or moment.time() != time() or "%H" in pattern or "%I" in pattern
    return _Stamp(moment.date(), moment.hour * 60 + moment.minute if has_clock else None, moment.tzinfo)


def _day_by_pattern(cell: str, pattern: str) -> _Stamp | None:
    """Read a cell whose clock the pattern leaves out."""
    match = _CELL.fullmatch(cell)
    if match is None or match["hour"] is None:
        return None
    try:
        day = datetime.strptime(match["day"].strip(), pattern).date()  # noqa: DTZ007
    except ValueError:
        return None
    return _stamp(day.year, day.month, day.day, match)


def _certain(cells: Iterable[str]) -> dict[str, _Stamp]:
    """Cells that can be read in one way alone."""
    return {cell: stamp for cell in cells if (stamp := _one_way(cell)) is not None}


def _one_way(cell: str) -> _Stamp | None:
    if found := _STAMP.fullmatch(cell):
        year, month, day, hour, minute = map(int, found.groups())
        bare = _stamp(year, month, day, None)
        return None if bare is None or hour > 23 or minute > 59 else _Stamp(bare.date, hour * 60 + minute, None)
    match = _CELL.fullmatch(cell)
    if match is None:
        return None
    text = match["day"].strip()
    if found := _YEAR_FIRST.fullmatch(text):
        year, month, day = (int(part) for part in found.group(*((1, 3, 4) if found[1] else (5, 6, 7))))
        return _stamp(year, month, day, match)
    for pattern in _NAMED:
        if found := pattern.fullmatch(text):
            return _stamp(int(found["year"]), MONTHS[found["name"][:3].capitalize()], int(found["day"]), match)
    return None


def _stamp(year: int, month: int, day: int, clock: re.Match[str] | None) -> _Stamp | None:
    try:
        found = date(year, month, day)
        minutes, zone = (None, None) if clock is None or clock["hour"] is None else read_clock(clock)
    except ValueError:
        return None
    return _Stamp(found, minutes, zone) if year in _YEARS else None


def read_clock(clock: re.Match[str]) -> tuple[int, tzinfo | None]:
    """Return minutes after midnight and the zone of a match of `TIME`.

    Raises
    ------
    ValueError
        There is no such time.
    """
    hour, minute = int(clock["hour"]), int(clock["minute"])
    if clock["half"]:
        if not 1 <= hour <= 12:
            raise ValueError(hour)
        hour = hour % 12 + 12 * (clock["half"].lower() == "p")
    if hour > 23 or minute > 59:
        raise ValueError(hour)
    return hour * 60 + minute, _zone((clock["zone"] or "").lower())


def _zone(text: str) -> tzinfo | None:
    if not text:
        return None
    if text in {"z", "utc", "gmt"}:
        return UTC
    if text == "et":
        return ZoneInfo(_NEW_YORK)
    if text in _OFFSETS:
        return timezone(timedelta(hours=_OFFSETS[text]))
    digits = text[1:].replace(":", "").ljust(4, "0")
    offset = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return timezone(-offset if text[0] == "-" else offset)


_Pairs = dict[str, tuple[int, int, int, "re.Match[str]"]]


def _pairs(cells: Iterable[str]) -> _Pairs:
    """Cells whose day and month can be taken for each other: first, second, year, clock; impossible ones left out."""
    out: _Pairs = {}
    for cell in cells:
        match = _CELL.fullmatch(cell)
        pair = match and _PAIR.fullmatch(match["day"].strip())
        if match and pair:
            first, second, year = int(pair[1]), int(pair[3]), int(pair[4])
            if any(_stamp(year, *order, None) for order in ((first, second), (second, first))):
                out[cell] = first, second, year, match
    return out


def _order(columns: Mapping[str, _Pairs], form: CellForm, path: Path) -> bool:
    """Whether the day stands first in the file."""
    shown: dict[Literal["day", "month", "either"], tuple[str, str]] = {}
    for name, pairs in columns.items():
        for cell, (first, second, *_) in pairs.items():
            if first != second:
                shown.setdefault("day" if first > 12 else "month" if second > 12 else "either", (name, cell))
    if "day" in shown and "month" in shown:
        (name, cell), (other, second_cell) = shown["day"], shown["month"]
        raise SourceError(
            f"{path}: {name} has {cell!r} and {other} {second_cell!r}, so that days and months change places: write the days "
            f'as 2020-01-31, or state date_format = "%d/%m/%Y" or "%m/%d/%Y" {form.place}, which rejects the others'
        )
    if "either" in shown and not shown.keys() & {"day", "month"}:
        name, cell = shown["either"]
        separator = next(sign for sign in "-/." if sign in cell)
        forms = [separator.join(parts) for parts in (("%d", "%m", "%Y"), ("%m", "%d", "%Y"))]
        raise SourceError(
            f"{path}: {name} has {cell!r}, and no cell of the file tells whether the day or the month comes first: "
            f'state date_format = "{forms[0]}" or "{forms[1]}" {form.place}'
        )
    return "day" in shown


def _check_told(name: str, cells: Collection[str], read: Mapping[str, _Stamp], form: CellForm, path: Path) -> None:
    """Refuse a file most of whose days are in a form that has to be stated; a stray one is left to be rejected."""
    if 2 * len(read) >= len(cells):
        return
    for shape, words, remedy in _UNTOLD:
        found = [cell for cell in cells if cell not in read and shape.fullmatch(cell)]
        if 2 * len(found) > len(cells):
            raise SourceError(
                f"{path}: {name} has {words} ({min(found)}): state how they are to be read {form.place}, such as "
                f'date_format = "{remedy}"'
            )

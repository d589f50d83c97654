"""Timestamps -> microseconds since 1970 UTC; a time that names no instant is refused, not guessed."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from decimal import Decimal
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from emtract.errors import ConfigError
from emtract.ingest.records import LineError, Single

if TYPE_CHECKING:
    from collections.abc import Callable

#: a.m. and p.m., which are no zones.
_HALF_DAY = re.compile(r"\d\s*[AaPp]\.?[Mm]\.?$")
_T = TypeVar("_T")
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
FIRST: Final = (datetime(1990, 1, 1, tzinfo=UTC) - EPOCH) // _MICROSECOND
LAST: Final = (datetime(2100, 1, 1, tzinfo=UTC) - EPOCH) // _MICROSECOND
#: `time_format` of a column that counts from 1970 UTC, and microseconds of one count.
EPOCH_UNITS: Final = {"epoch_seconds": 1_000_000, "epoch_milliseconds": 1_000}
#: First word of the `time_format` of a column that knows the day alone; a pattern of the day may follow it.
END_OF_DAY: Final = "end_of_day"
START_OF_DAY: Final = "start_of_day"
#: Zones whose names stand for one offset in the standard list of zones (IANA), hours from UTC.
_FIXED: Final = {"Z": 0, "UTC": 0, "UT": 0, "GMT": 0, "ZULU": 0, "EST": -5, "MST": -7, "HST": -10}
_OFFSET = re.compile(
    r"(?:UTC|GMT)?\s?(?P<sign>[+\-−])(?P<hours>\d\d?)(?::?(?P<minutes>\d\d))?",
    re.ASCII | re.IGNORECASE,
)
#: What may be the name of a zone within a text: a word of letters, with an offset or of parts with slashes.
_ZONE_NAME = re.compile(r"(?<![\w/])[A-Za-z]+(?:[/_][A-Za-z_/+\-]+)*(?:[+\-]\d\d?(?::?\d\d)?)?(?![\w/])", re.ASCII)
_ISO_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_COMPACT_DAY = re.compile(r"(?:19|20)\d\d[01]\d[0-3]\d|\d{4}-?W\d\d-?\d", re.ASCII)
_ISO = re.compile(
    r"(?P<day>\d{4}-\d\d-\d\d|\d{8}(?=T))(?:T|t|\s+)(?P<time>\d\d(?::?\d\d(?::?\d\d(?:[.,]\d{1,9})?)?)?)"
    r"\s*(?P<zone>[A-Za-z+\-−][^\s].{0,40}|[Zz])?",
    re.ASCII,
)
_NUMBER = re.compile(r"[+-]?(?P<mantissa>\d{1,20}(?:\.\d{0,20})?)(?:[eE](?P<exponent>\+?\d{1,2}))?", re.ASCII)
#: Significant digits that a spreadsheet leaves of a number in scientific notation.
_SPREADSHEET_DIGITS: Final = 6
_MONTH_NAMES: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
MONTHS: Final = {name: number for number, name in enumerate(_MONTH_NAMES, start=1)}
# Not strptime: its month names follow the process's locale, and it takes a quarter of a tweet's whole budget.
_TWITTER = re.compile(
    rf"[A-Z][a-z]{{2}} ({'|'.join(MONTHS)}) (\d\d) ([01]\d|2[0-3]):([0-5]\d):([0-5]\d) ([+-])(\d\d)(\d\d) (\d{{4}})",
    re.ASCII,
)


_PATTERN_HINT: Final = "give its pattern as time_format, such as %d/%m/%Y %H:%M"


class Moment(NamedTuple):
    """Microseconds since 1970 UTC, and whether the cell gave the time of day 00:00, as cells do that know the day alone."""

    micros: int
    at_midnight: bool = False


def to_micros(moment: datetime, zone: tzinfo | None) -> int:
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
    start = _build(f"{day} {month} {year}", lambda: datetime(int(year), MONTHS[month], int(day), tzinfo=UTC))
    return (start - EPOCH) // _MICROSECOND


def iso_micros(text: str) -> int:
    """Read ISO 8601 as platforms deliver it: `2020-01-02T14:30:00Z`, `2020-01-02 09:30:00-05:00`; a bare day is refused."""
    text = text.strip()
    if len(text) <= len("2020-01-02"):
        return to_micros(_iso_moment(text), None)
    return to_micros(_build(text, partial(datetime.fromisoformat, text)), None)


def cell_moment(cell: object, *, zone: tzinfo | None, time_format: str | None) -> Moment:
    """Read one cell of a table: a datetime, a day, a number or a text in `time_format`.

    Parameters
    ----------
    cell
        A datetime or date, as Parquet has them, or anything else by its text.
    zone
        Zone of cells that carry none: what a cell says of its own zone holds, whether as an offset or by name.
    time_format
        None for ISO 8601, or what `check_time_format` lets through.

    Raises
    ------
    LineError
        The cell is no time, it is a day and the format does not say at which time of it, or its zone has no certain offset.

    Notes
    -----
    Under `end_of_day` the cell is a day and the post may be of any instant in it. It is given the last second, so that it
    can only stand beside what came after; midnight, which `start_of_day` gives, places it before all of it.
    """
    word, _, inner = (time_format or "").partition(" ")
    if word in {END_OF_DAY, START_OF_DAY}:
        day = _read_day(cell, inner.strip() or None)
        return Moment(to_micros(day.replace(hour=23, minute=59, second=59) if word == END_OF_DAY else day, zone))
    moment = _read(cell, time_format)
    return Moment(to_micros(moment, zone), _is_midnight(moment))


def check_time_format(time_format: str | None) -> None:
    """Refuse a format that leaves the time of day open.

    None is ISO 8601, `epoch_seconds` and `epoch_milliseconds` count from 1970 UTC; `end_of_day` and `start_of_day` are for days,
    ISO or of a pattern that follows (`end_of_day %d/%m/%Y`); anything else is a pattern of `datetime.strptime`.

    Raises
    ------
    ConfigError
        A format is none of these, or a pattern has no hour, or hours to twelve without a.m. and p.m.
    """
    if time_format is None or time_format in EPOCH_UNITS:
        return
    word, _, inner = time_format.partition(" ")
    if word in {END_OF_DAY, START_OF_DAY} and (not inner or inner.strip() in EPOCH_UNITS or _directives(inner)):
        return
    found = _directives(time_format)
    if not found:
        raise ConfigError(
            f"time_format {time_format!r} is no pattern: write epoch_seconds, epoch_milliseconds, end_of_day, start_of_day or "
            "one such as %d/%m/%Y %H:%M"
        )
    if "I" in found and "p" not in found:
        raise ConfigError(
            f"time_format {time_format!r} has hours to twelve (%I): add %p for a.m. and p.m., or write %H"
        )
    if not found & set("HIXcT"):
        raise ConfigError(
            f"time_format {time_format!r} reads a day and no time: write end_of_day {time_format}, under which a post stands "
            f"before nothing of its day (or start_of_day {time_format}, where that is known to be right)"
        )


def _directives(pattern: str) -> set[str]:
    return set(re.findall(r"%[-#]?(.)", pattern))


def _is_midnight(moment: datetime) -> bool:
    return not (moment.hour or moment.minute or moment.second or moment.microsecond)


def _read(cell: object, time_format: str | None) -> datetime:
    """Return the moment of a cell, without a zone where the cell has none."""
    if isinstance(cell, datetime):
        return cell
    if isinstance(cell, date):
        raise _bare_day(cell)
    if isinstance(cell, Single):
        raise LineError(
            "unreadable timestamp",
            f"{cell:.0f} stood in a column of single precision, which tells no seconds apart: write it as a whole number",
        )
    text = str(cell).strip()
    if time_format in EPOCH_UNITS:
        return _build(text, partial(_from_epoch, text, EPOCH_UNITS[time_format]))
    return _iso_moment(text) if time_format is None else _patterned(text, time_format)


def _read_day(cell: object, time_format: str | None) -> datetime:
    """Return the start of the day that a cell names; a time of day other than 00:00 is refused."""
    if isinstance(cell, date) and not isinstance(cell, datetime):
        return datetime(cell.year, cell.month, cell.day)  # noqa: DTZ001
    text = str(cell).strip()
    if time_format is None and (_ISO_DAY.fullmatch(text) or _COMPACT_DAY.fullmatch(text)):
        return _build(text, partial(datetime.fromisoformat, text))
    moment = _read(cell, time_format)
    if not _is_midnight(moment):
        raise LineError(
            "unreadable timestamp", f"{text[:60]!r} has a time of day, and time_format says that it is a day"
        )
    return moment


def _bare_day(cell: object) -> LineError:
    return LineError(
        "day without time",
        f'{cell} is a day, midnight would place it before all of it: write time_format = "end_of_day" (or "start_of_day")',
    )


def _iso_moment(text: str) -> datetime:
    """Read ISO 8601 with the zone as an offset or a name, `2020-01-02 14:30:00 UTC`; no other order of day and month."""
    if _ISO_DAY.fullmatch(text) or _COMPACT_DAY.fullmatch(text):
        raise _bare_day(text)
    match = _ISO.fullmatch(text)
    if match is None or _HALF_DAY.search(text):
        if _HALF_DAY.search(text):
            hint = "give its pattern as time_format, with hours to twelve and %p, such as %Y-%m-%d %I:%M:%S %p"
        elif _NUMBER.fullmatch(text):
            hint = 'write time_format = "epoch_seconds" or "epoch_milliseconds" if it counts from 1970'
        else:
            hint = f"not like 2020-01-31 14:30:00; {_PATTERN_HINT}"
        raise LineError("unreadable timestamp", f"{text[:60]!r}: {hint}")
    moment = _build(text, partial(datetime.fromisoformat, f"{match['day']}T{match['time']}"), hint=_PATTERN_HINT)
    return moment.replace(tzinfo=named_zone(match["zone"])) if match["zone"] else moment


def _patterned(text: str, pattern: str) -> datetime:
    stated = _literal_zone(pattern)
    if "%Z" not in pattern:
        moment = _build(text, lambda: datetime.strptime(text, pattern))  # noqa: DTZ007
        return moment if stated is None or moment.tzinfo else moment.replace(tzinfo=stated)
    # strptime reads %Z and drops it: the name is taken out of the text and read here.
    rest = pattern.replace("%Z", "")
    for match in _ZONE_NAME.finditer(text):
        try:
            moment = datetime.strptime(text[: match.start()] + text[match.end() :], rest)  # noqa: DTZ007
        except (ValueError, OverflowError):
            continue
        return moment if moment.tzinfo else moment.replace(tzinfo=named_zone(match[0]))
    if rest.strip() and not any(word.upper() in _FIXED for word in text.split()):
        with suppress(ValueError, OverflowError):  # %Z may stand for nothing
            return datetime.strptime(text, rest.strip())  # noqa: DTZ007
    raise LineError(
        "unreadable timestamp", f"{text[:60]!r} does not fit {pattern!r}, or has a zone of no certain offset"
    )


@lru_cache(maxsize=256)
def _literal_zone(pattern: str) -> tzinfo | None:
    """The zone that a pattern spells out, as in `%Y-%m-%dT%H:%M:%SZ` or `%a %b %d %H:%M:%S +0000 %Y`."""
    literal = re.sub(r"%[-#]?.", " ", pattern)
    for match in re.finditer(r"(?<![\w+-])(?:[A-Z]{1,4}|[+-]\d\d:?\d\d)(?!\w)", literal):
        try:
            return named_zone(match[0])
        except LineError:
            continue
    return None


@lru_cache(maxsize=1024)
def named_zone(name: str) -> tzinfo:
    """Return the zone of a name or offset in a cell: `Z`, `UTC`, `GMT`, `+01:00`, `UTC-5`, `EST`, `Europe/Berlin`.

    Raises
    ------
    LineError
        The name stands for more than one offset (`IST`, `CST`), or for one that is no part of the standard list of zones (`EDT`).
    """
    text = name.strip()
    offset = _OFFSET.fullmatch(text)
    if offset:
        minutes = int(offset["hours"]) * 60 + int(offset["minutes"] or 0)
        if int(offset["minutes"] or 0) < 60 and minutes <= 14 * 60:
            return timezone(timedelta(minutes=-minutes if offset["sign"] in "-−" else minutes))
    elif text.upper() in _FIXED:
        return timezone(timedelta(hours=_FIXED[text.upper()]))
    elif "/" in text:
        try:
            return ZoneInfo(text)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            pass
    raise LineError(
        "unreadable timestamp", f"zone {text[:40]!r} has no certain offset: write the times in UTC, or with +00:00"
    )


def _from_epoch(text: str, unit: int) -> datetime:
    match = _NUMBER.fullmatch(text)
    if match is None:
        raise ValueError("not a number of seconds or milliseconds")
    if match["exponent"] and len(re.sub(r"\D", "", match["mantissa"]).strip("0")) <= _SPREADSHEET_DIGITS:
        raise ValueError("its last digits were lost in a spreadsheet")
    micros = int(Decimal(text) * unit)
    for other, size in EPOCH_UNITS.items():
        if not FIRST <= micros < LAST and FIRST <= micros // unit * size < LAST:
            raise LineError(
                "timestamp out of range", f'{text[:60]} counts in another unit: write time_format = "{other}"'
            )
    return EPOCH + timedelta(microseconds=_in_range(micros))


def _build(text: str, build: Callable[[], _T], *, hint: str = "") -> _T:
    try:
        return build()
    except (ValueError, OverflowError) as error:
        raise LineError("unreadable timestamp", f"{text!r}: {error}{hint and f'; {hint}'}") from error


def _in_range(micros: int) -> int:
    if not FIRST <= micros < LAST:
        raise LineError("timestamp out of range", f"{micros / 1e6:.0f} s since 1970 UTC: posts lie in 1990..2099")
    return micros

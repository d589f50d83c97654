"""Options of the readers: frozen structures, filled from what a configuration file holds, refused by name where unknown."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, Literal, TypeVar, get_args, get_origin, get_type_hints
from zoneinfo import ZoneInfo

import msgspec

from emtract.errors import ConfigError
from emtract.ingest.times import EPOCH_UNITS
from emtract.sources import DecimalMark  # noqa: TC001

if TYPE_CHECKING:
    from collections.abc import Mapping

    from emtract.ingest.market import Option

#: Values of `date_format` that are no pattern: days since 1899-12-30, and instants since 1970 UTC by counts of a second.
EXCEL: Final = "excel"
EPOCHS: Final = {name: 1_000_000 // micros for name, micros in EPOCH_UNITS.items()}


class Options(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Options of every format.

    Attributes
    ----------
    date_format
        How days are written where the file does not tell: a pattern such as %d/%m/%Y, `excel` for Excel's numbers,
        `epoch_seconds` or `epoch_milliseconds`.
    timezone
        Zone of the exchange: a clock with a zone of its own is turned to it.
    decimal
        Decimal mark of numbers where the file does not tell: a point or a comma.
    """

    date_format: str | None = None
    timezone: str | None = None
    decimal: DecimalMark | None = None

    @property
    def form(self) -> CellForm:
        """How the cells of the file are written, as far as it is stated."""
        return cell_form(date_format=self.date_format, timezone=self.timezone, decimal=self.decimal)


_T = TypeVar("_T", bound=Options)


def take(options: Mapping[str, Option], kind: type[_T]) -> _T:
    """Return the options of one format.

    Raises
    ------
    ConfigError
        An option is unknown to the format, or of another type.
    """
    try:
        return msgspec.convert(dict(options), kind)
    except msgspec.ValidationError as error:
        place = re.search(r"`\$\.(\w+)`", str(error))
        words = _choices(get_type_hints(kind).get(place[1])) if place else []
        told = f" ({' or '.join(map(repr, words))})" if words else ""
        known = ", ".join(f"{field.name} ({field.default!r})" for field in msgspec.structs.fields(kind)) or "none"
        raise ConfigError(f"options: {error}{told}; the format has these, with their defaults: {known}") from error


def _choices(hint: object) -> list[str]:
    """Words that an option may have, where these are listed."""
    inner = [word for part in get_args(hint) for word in _choices(part)]
    return [*inner, *(word for word in get_args(hint) if isinstance(word, str) and get_origin(hint) is Literal)]


def refuse(columns: Mapping[str, str]) -> None:
    """Refuse a mapping of columns where the publisher's file leaves nothing to map.

    Raises
    ------
    ConfigError
        The mapping has an entry.
    """
    if columns:
        raise ConfigError(f"columns names {', '.join(columns)}, but the format knows its own columns: leave it out")


@dataclass(frozen=True)
class CellForm:
    """How the cells of a file are written; what is not stated is seen from the file.

    Attributes
    ----------
    date_format
        A pattern of `datetime.strptime`, `excel`, `epoch_seconds` or `epoch_milliseconds`.
    timezone
        Zone of the exchange, whose date a stamp with a zone becomes.
    decimal
        DecimalMark mark of numbers.
    calendar
        Zone to fall back on where a stamp is in UTC and no zone is stated.
    place
        Where these are stated, for messages.
    """

    date_format: str | None = None
    timezone: ZoneInfo | None = None
    decimal: DecimalMark | None = None
    calendar: ZoneInfo | None = None
    place: str = "in `options`"


def cell_form(
    *,
    date_format: str | None = None,
    timezone: str | None = None,
    decimal: DecimalMark | None = None,
    calendar: str | None = None,
    place: str = CellForm.place,
) -> CellForm:
    """Return the form that options state; see `CellForm`.

    Parameters
    ----------
    date_format
        A pattern of `datetime.strptime` that holds a whole day, `excel`, `epoch_seconds` or `epoch_milliseconds`; None
        where the file tells.
    timezone
        IANA zone of the exchange (`Europe/Paris`), whose date a stamp with a zone becomes; None where none is stated.
    decimal
        Decimal mark of numbers; None where the file tells.
    calendar
        IANA zone for stamps in UTC where `timezone` is None.
    place
        Where the user states these, for messages.

    Raises
    ------
    ConfigError
        The pattern does not hold a whole day, or a zone is unknown.
    """
    if date_format is not None and date_format not in {EXCEL, *EPOCHS}:
        _check_pattern(date_format)
    zones = [None if name is None else zone_named(name) for name in (timezone, calendar)]
    return CellForm(date_format, zones[0], decimal, zones[1], place)


def zone_named(name: str) -> ZoneInfo:
    """Return a zone by its name.

    Raises
    ------
    ConfigError
        There is none of that name.
    """
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, KeyError) as error:
        raise ConfigError(f"timezone {name!r} is no zone: write one such as America/New_York or UTC") from error


def _check_pattern(pattern: str) -> None:
    sample = datetime(2021, 11, 28, 16, 30, tzinfo=UTC)
    try:
        fits = datetime.strptime(sample.strftime(pattern), pattern).date() == sample.date()  # noqa: DTZ007
    except (ValueError, re.error):
        fits = False
    if not fits:
        raise ConfigError(
            f"date_format {pattern!r} does not hold a day: write a pattern such as %d/%m/%Y, or {EXCEL}, {', '.join(EPOCHS)}"
        )

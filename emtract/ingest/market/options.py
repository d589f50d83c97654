"""Options of the readers: frozen structures, filled from what a configuration file holds, refused by name where unknown."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import msgspec

from emtract.errors import ConfigError
from emtract.ingest.market.forms import CellForm, cell_form
from emtract.sources import DecimalMark  # noqa: TC001

if TYPE_CHECKING:
    from collections.abc import Mapping

    from emtract.ingest.market import Option


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
        known = ", ".join(f"{field.name} ({field.default!r})" for field in msgspec.structs.fields(kind)) or "none"
        raise ConfigError(f"options: {error}; the format has these, with their defaults: {known}") from error


def refuse(columns: Mapping[str, str]) -> None:
    """Refuse a mapping of columns where the publisher's file leaves nothing to map.

    Raises
    ------
    ConfigError
        The mapping has an entry.
    """
    if columns:
        raise ConfigError(f"columns names {', '.join(columns)}, but the format knows its own columns: leave it out")

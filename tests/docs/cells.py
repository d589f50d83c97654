"""Cells of tables: numbers as the pages print them, and text that stands on one line."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT: Final = Path(__file__).parent.parent.parent
REPORTS: Final = ROOT / "reports"


def number(value: float, digits: int = 1) -> str:
    """A number with a sign that is no hyphen."""
    return f"{value:,.{digits}f}".replace("-", "−")


def share(value: float | None, digits: int = 2) -> str:
    """A share without its leading zero, as tables of the field print it."""
    return "–" if value is None else number(value, digits).replace("0.", ".", 1)


def ranged(row: Mapping[str, Any], digits: int = 1, *, value: str = "estimate", unit: str = "") -> str:
    """An estimate with its interval; nothing where there is none."""
    if row[value] is None:
        return ""
    low, told, high = (number(row[key], digits) for key in ("conf_low", value, "conf_high"))
    return f"{told}{unit} ({low} to {high})"


def escaped(text: str) -> str:
    """Text for a cell of a table: on one line, its bars and angle brackets shown."""
    told = " ".join(text.split()).replace("|", "\\|")
    return re.sub(r"`[^`]*`|<", lambda part: "&lt;" if part[0] == "<" else part[0], told)

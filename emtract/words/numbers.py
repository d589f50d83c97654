"""How numbers are printed: decimals, signs, units, p-values; the same on pages, in tables and in sentences."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

MINUS: Final = "\u2212"
#: What stands where there is no number.
NONE: Final = "\u2014"
#: Factor on a return -> the unit of its level, and the unit of its differences.
UNITS: Final = {1.0: "", 100.0: "per cent", 10_000.0: "basis points"}
DIFFERENCES: Final = UNITS | {100.0: "percentage points"}
#: Units beside a number, where room is scarce.
SHORT_UNITS: Final = {"basis points": "bp", "per cent": "%", "percentage points": "pp"}
#: Ends of a noun that change in the plural.
_PLURAL: Final = re.compile(r"(?:(?<=[^aeiou])y|sis|)$")


def unit_name(y_scale: float) -> str:
    """Unit of a scaled return: `basis points`, `per cent`, '' for a fraction, else the factor.

    Examples
    --------
    >>> unit_name(10_000.0)
    'basis points'
    """
    return UNITS.get(y_scale, f"\u00d7 {y_scale:,.6g}")


def difference_unit(y_scale: float) -> str:
    """Unit of a difference of scaled returns: `basis points`, `percentage points`; '' for any other scale."""
    return DIFFERENCES.get(y_scale, "")


def unit_short(unit: str) -> str:
    """Return a unit as it stands beside a number: `bp`, `bp a session`, `%`, `pp`; any other as it is."""
    long = next((name for name in SHORT_UNITS if unit.startswith(name)), "")
    return f"{SHORT_UNITS[long]}{unit.removeprefix(long)}" if long else unit


def coefficient_decimals(errors: Iterable[float], *, basis_points: bool) -> int:
    """Decimals of the coefficients of regressions that stand together, the same in their table and their figure.

    Parameters
    ----------
    errors
        Standard errors of all of them, controls included.
    basis_points
        Whether any outcome is in basis points, whose second decimal is the last that anybody reads.
    """
    return decimals_for(errors, least=2, digits=1 if basis_points else 3)


def with_sign(value: float, decimals: int) -> str:
    """Return `signed` with a plus before what is above zero."""
    text = signed(value, decimals)
    return f"+{text}" if value > 0 and text[:1].isdigit() and set(text) - set("0.,") else text


def signed(value: float | None, decimals: int) -> str:
    """Fixed decimals with thousands separators and a true minus sign; an em dash where there is no number.

    Examples
    --------
    >>> signed(-1234.5, 1)
    '−1,234.5'
    """
    if value is None or not math.isfinite(value):
        return NONE
    text = f"{value:,.{decimals}f}"
    return text.replace("-", MINUS) if float(text.replace(",", "")) else text.removeprefix("-")


def percent(share: float | None) -> str:
    """A share as a percentage with one decimal; an em dash for nothing."""
    return NONE if share is None else f"{100 * share:.1f}\u00a0%"


def things(n: int, what: str) -> str:
    """A count and what is counted, in the singular or the plural.

    Examples
    --------
    >>> things(1, "page"), things(1200, "post"), things(2, "study"), things(3, "analysis")
    ('1 page', '1,200 posts', '2 studies', '3 analyses')
    """
    return f"{n:,} {what if n == 1 else _PLURAL.sub(_plural, what, count=1)}"


def fewer_than(n: int, what: str) -> str:
    """Say that there are fewer than so many.

    Examples
    --------
    >>> fewer_than(1, "post"), fewer_than(5, "post")
    ('no post', 'fewer than 5 posts')
    """
    return f"no {what}" if n == 1 else f"fewer than {things(n, what)}"


def _plural(end: re.Match[str]) -> str:
    return {"y": "ies", "sis": "ses"}.get(end[0], "s")


def p_text(value: float | None) -> str:
    """A p-value with three decimals, or `<0.001`; an em dash where there is none.

    Examples
    --------
    >>> p_text(0.04321), p_text(0.0001)
    ('0.043', '<0.001')
    """
    if value is None or not math.isfinite(value):
        return NONE
    return "<0.001" if value < 0.001 else f"{value:.3f}"


def stars(p_value: float) -> str:
    """Three stars at 1 per cent, two at 5, one at 10.

    Examples
    --------
    >>> stars(0.03)
    '**'
    """
    return "*" * sum(p_value < level for level in (0.01, 0.05, 0.10))


def decimals_for(values: Iterable[float], *, least: int = 0, digits: int = 3) -> int:
    """Return the decimals that show the typical value with so many significant digits; at most six.

    Parameters
    ----------
    values
        Numbers that are printed alike; missing ones, infinite ones and zeros do not count.
    least
        Fewest decimals.
    digits
        Significant digits of the value in the middle by size.

    Examples
    --------
    >>> decimals_for([0.00033, 0.0011])
    5
    """
    sizes = sorted(abs(v) for v in values if v is not None and math.isfinite(v) and v != 0)
    if not sizes:
        return least
    return min(6, max(least, digits - 1 - math.floor(math.log10(sizes[len(sizes) // 2]))))

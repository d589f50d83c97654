"""What a reader sees instead of a column name."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from emtract.emotions import EMOTIONS
from emtract.panel.frame import WINDOWS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

MINUS: Final = "\u2212"
WINDOW_NAMES: Final = {"pre_open": "pre-open", "market": "market"}
UNITS: Final = {1.0: "", 100.0: "per cent", 10_000.0: "basis points"}
EFFECTS: Final = {"symbol": "Firm", "session": "Session"}
_TERMS: Final[dict[str, str]] = {
    **{emotion: emotion.capitalize() for emotion in EMOTIONS},
    "valence": "Valence",
    "attention": "Attention (log messages)",
    "n_posts": "Posts",
    "n_authors": "Authors",
    "return_open_close": "Open-to-close return",
    "return_close_close": "Close-to-close return",
    "return_overnight": "Overnight return",
    "return_open_close_next": "Next session\u2019s open-to-close return",
    "return_close_close_next": "Next session\u2019s close-to-close return",
}


def words(name: str) -> str:
    """Turn an unknown identifier into words: `short_interest` becomes `Short interest`."""
    text = name.replace("_", " ").strip()
    return text[:1].upper() + text[1:]


def split_term(term: str) -> tuple[str, str | None]:
    """Split a column of a window into base and window: `happy_pre_open` is (`happy`, `pre_open`)."""
    for window in WINDOWS:
        if term.endswith(f"_{window}"):
            return term.removesuffix(f"_{window}"), window
    return term, None


def term_name(term: str, *, with_window: bool = True) -> str:
    """Name of a column; leave the window out where a column heading already says it."""
    base, window = split_term(term)
    name = _TERMS.get(base, words(base))
    if window is None or not with_window:
        return name
    suffix = WINDOW_NAMES[window]
    return f"{name[:-1]}, {suffix})" if name.endswith(")") else f"{name}, {suffix}"


def windows_of(terms: Iterable[str]) -> tuple[str, ...]:
    """Windows that a set of terms is measured in, in the order of the day."""
    found = {split_term(term)[1] for term in terms}
    return tuple(window for window in WINDOWS if window in found)


def effect_name(effect: str) -> str:
    """`Firm` for `symbol`, `Session` for `session`; anything else in words."""
    return EFFECTS.get(effect, words(effect))


def unit_name(y_scale: float) -> str:
    """Unit of a scaled return: `basis points`, `per cent`, '' for a fraction, else the factor."""
    return UNITS.get(y_scale, f"\u00d7 {y_scale:,.6g}")


def listed(items: Sequence[str]) -> str:
    """Join as prose: `a`, `a and b`, `a, b and c`."""
    return items[0] if len(items) == 1 else ", ".join(items[:-1]) + " and " + items[-1] if items else ""


def signed(value: float, decimals: int) -> str:
    """Fixed decimals with thousands separators and a true minus sign; an em dash where there is no number."""
    if not math.isfinite(value):
        return "\u2014"
    text = f"{value:,.{decimals}f}"
    return text.replace("-", MINUS) if float(text.replace(",", "")) else text.removeprefix("-")


def p_text(value: float) -> str:
    """A p-value with three decimals, or `<0.001`."""
    if not math.isfinite(value):
        return "\u2014"
    return "<0.001" if value < 0.001 else f"{value:.3f}"


def stars(p_value: float) -> str:
    """Three stars at 1 per cent, two at 5, one at 10."""
    return "*" * sum(p_value < level for level in (0.01, 0.05, 0.10))


def decimals_for(values: Iterable[float], *, least: int = 0, digits: int = 3) -> int:
    """Decimals that show the typical value with `digits` significant digits; at most six."""
    sizes = sorted(abs(v) for v in values if v is not None and math.isfinite(v) and v != 0)
    if not sizes:
        return least
    return min(6, max(least, digits - 1 - math.floor(math.log10(sizes[len(sizes) // 2]))))

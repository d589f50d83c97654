"""Coefficients in plain words: what goes with what, by how much, or that the data cannot tell."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from emtract.econometrics.estimates import freedom
from emtract.econometrics.finding import Quantity
from emtract.econometrics.measurement.reliability import smallest_effect
from emtract.words.codebook import BY
from emtract.words.names import outcome_words, term_words
from emtract.words.numbers import MINUS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from emtract.econometrics.finding import Finding
    from emtract.econometrics.regression.result import Result

_UNITS: Final = {100.0: "percentage-point", 10_000.0: "basis-point"}
#: Beginnings of outcomes that are logarithms: a hundred times one is per cent.
_LOGARITHMS: Final = ("log_", "abnormal_")
#: What follows the smallest difference that a sample shows where it is there.
_SHOWN: Final = "would show in 80 of 100 such samples"


def sentence(coefficients: Sequence[tuple[Result, str]]) -> str:
    """Return one sentence that says what each coefficient shows, and joins findings that differ by `but`.

    Parameters
    ----------
    coefficients
        Result and term, in the order of the sentence; at least one. Where the 95 % interval holds zero there is
        `no distinguishable difference`, and the smallest that the sample would show, in full where it stands first.

    Notes
    -----
    The words claim association, never prediction or cause. Numbers carry two significant digits of the standard error.
    """
    text, last_found, last_step = "", False, ""
    turns, explained = 0, False
    for position, (result, term) in enumerate(coefficients):
        step = "one-standard-deviation" if term.split(BY)[0] in result.spec.standardise else "one-unit"
        found, clause = _clause(result, term, full=position == 0, explained=explained)
        explained = explained or _SHOWN in clause
        subject = f"one in {term_words(term)}" if step == last_step else f"a {step} rise in {term_words(term)}"
        if position:
            turns += found != last_found
            text += ", and " if found == last_found else (", but " if turns == 1 else ", while ")
        text += f"{subject} {clause}"
        last_found, last_step = found, step
    return text[:1].upper() + text[1:] + "."


def finding_sentence(finding: Finding, term: str) -> str:
    """Return one sentence on one number of a finding: what it is, its interval, and whether it differs from zero."""
    row, quantity = finding.row(term), finding.quantities.get(term) or Quantity(term_words(term))
    estimate, low, high, error = (row[name] for name in ("estimate", "conf_low", "conf_high", "std_error"))
    if not isinstance(estimate, float):
        return f"{_capital(quantity.words)} could not be estimated."
    decimals = _decimals(error) if quantity.decimals is None else quantity.decimals
    unit = f" {quantity.unit}" if quantity.unit else ""
    told = f"{_capital(quantity.words)} is {_number(estimate, decimals)}{unit}"
    if not (isinstance(low, float) and isinstance(high, float)):
        return f"{told}."
    interval = f"95 % interval {_number(low, decimals)} to {_number(high, decimals)}"
    if not low <= 0 <= high:
        return f"{told} ({interval})."
    shown = _smallest(row, decimals)
    return f"{told} ({interval}), not distinguishable from zero{f': {shown} or more {_SHOWN}' if shown else ''}."


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _decimals(error: float | str | None) -> int:
    """Digits after the point that show two significant digits of a standard error."""
    known = isinstance(error, float) and error > 0
    return min(6, max(0, 1 - math.floor(math.log10(error)))) if known else 2  # type: ignore[arg-type]


def _smallest(row: Mapping[str, Any], decimals: int) -> str:
    """The smallest difference from zero that 80 of 100 such samples would show; '' where there is no standard error."""
    error, low, high = (row[name] for name in ("std_error", "conf_low", "conf_high"))
    if error is None or not (error > 0 and math.isfinite(high - low)):
        return ""
    size = float(smallest_effect(np.array([error]), round(freedom(row)))[0])
    return _number(size, max(decimals, _decimals(error) - 1))


def _clause(result: Result, term: str, *, full: bool, explained: bool) -> tuple[bool, str]:
    row = result.row(term)
    estimate, low, high = row["estimate"], row["conf_low"], row["conf_high"]
    decimals = _decimals(row["std_error"])
    outcome = outcome_words(result.spec.y)
    unit = _unit(result)
    further = "further " if BY in term else ""
    interval = f"{'95 % interval ' if full else ''}{_number(low, decimals)} to {_number(high, decimals)}"
    if low <= 0 <= high:
        size = " ".join(filter(None, [_number(estimate, decimals), _plural(unit) if unit and full else ""]))
        told = f"{size}, {interval}"
        if shown := _smallest(row, decimals):
            told += f"; {shown} or more" if explained else f"; differences of {shown} or more {_SHOWN}"
        return False, f"goes with no distinguishable {further}difference in the {outcome} ({told})"
    change = " ".join(filter(None, [_number(abs(estimate), decimals), unit, "higher" if estimate > 0 else "lower"]))
    article = "an" if change.startswith(("8", "11 ", "11.", "18 ", "18.")) else "a"
    if further:
        return (
            True,
            f"goes with a further difference of {_number(estimate, decimals)} {_plural(unit)} in the {outcome} ({interval})",
        )
    return True, f"goes with {article} {change} {outcome} ({interval})"


def _unit(result: Result) -> str:
    if result.spec.y_scale == 100.0 and result.spec.y.startswith(_LOGARITHMS):
        return "per-cent"
    return _UNITS.get(result.spec.y_scale, "")


def _plural(unit: str) -> str:
    words = unit.replace("-", " ")
    return words if not words or words.endswith("cent") else f"{words}s"


def _number(value: float, decimals: int) -> str:
    if math.isinf(value):  # an end that no test of few clusters finds
        return "\u221e" if value > 0 else f"{MINUS}\u221e"
    text = f"{value:,.{decimals}f}"
    return text.lstrip("-") if not float(text.replace(",", "")) else text.replace("-", MINUS)

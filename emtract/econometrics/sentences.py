"""Findings in plain words: what goes with what, by how much, or that nothing is detectable."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

from emtract.econometrics.estimates import SIGNIFICANCE
from emtract.econometrics.finding import Finding, Quantity
from emtract.econometrics.measurement.reliability import smallest_seen
from emtract.words.columns import BY
from emtract.words.names import listed, outcome_words, rise_words, term_words
from emtract.words.numbers import MINUS, difference_unit, things, unit_short, with_sign

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from emtract.econometrics.regression.result import Result

#: Beginnings of outcomes that are logarithms: a hundred times one is per cent.
_LOGARITHMS: Final = ("log_", "abnormal_")
#: Significant coefficients, and estimates of analyses, beside the headline that are named one by one.
_NAMED: Final = 4
_NAMED_LONG: Final = 2


def coefficient_sentence(result: Result, term: str, *, first: bool = True, apart: bool = False) -> str:
    """Return one sentence on a coefficient: what goes with what and by how much, or that nothing is detectable.

    Parameters
    ----------
    result, term
        The regression and its regressor.
    first
        Whether the sentence says what the interval is; one after it need not.
    apart
        Whether the sentence names the regression, since another one tells of the same regressor and outcome.

    Notes
    -----
    The words claim association, never prediction or cause. Numbers carry two significant digits of the standard error.
    Where the 95 % interval holds zero the sentence says which effects a sample like this misses in more than 20 of 100 cases.
    """
    row = result.row(term)
    low, high, outcome, unit = row["conf_low"], row["conf_high"], outcome_words(result.spec.y), _unit(result, term)
    decimals, label = _decimals(row["std_error"]), _apart(result) if apart else ""
    within = f"{'95 % interval ' if first else ''}{_number(low, decimals)} to {_number(high, decimals)}"
    if low <= 0 <= high:
        further = "nothing further detectable" if BY in term else "nothing detectable"
        missed = _missed(row, decimals)
        return f"{_capital(term_words(term))}{label}: {further} in the {outcome} ({within}{unit}){missed}."
    told = f"{with_sign(row['estimate'], decimals)}{unit} ({within})"
    if BY in term:
        return f"{_capital(term_words(term))}{label}: a further difference in the {outcome} of {told}."
    side = "higher" if row["estimate"] > 0 else "lower"
    rise = rise_words(term, per_sd=term in result.spec.standardise)
    return f"{_capital(rise)}{label} goes with a {side} {outcome}: {told}."


def further_sentence(estimates: Sequence[tuple[Result | Finding, str]], *, among: int, outcome: str) -> str:
    """Return one sentence on significant estimates that no headline names; '' where there are none.

    Parameters
    ----------
    estimates
        Outcome and term, in the order of the sentence.
    among
        How many estimates were looked at.
    outcome
        Column that is not said again.
    """
    if not estimates:
        return ""
    long = any(isinstance(found, Finding) for found, _ in estimates)
    most, kind = (_NAMED_LONG, "estimate") if long else (_NAMED, "coefficient")
    shown = estimates[:most]
    words = [_further_words(found, term, outcome) for found, term in shown]
    told = [
        f"{said}{_apart(found) if words.count(said) > 1 else ''} {_further_number(found, term)}"
        for said, (found, term) in zip(words, shown, strict=True)
    ]
    named = "; ".join(told) + (f"; and {len(estimates) - most} more" if len(estimates) > most else "")
    have = "has" if len(estimates) == 1 else "have"
    chance = _number(SIGNIFICANCE * among, 1)
    return f"Of {things(among, f'other {kind}')} here {len(estimates)} {have} p < {SIGNIFICANCE} ({chance} by chance): {named}."


def _further_words(found: Result | Finding, term: str, outcome: str) -> str:
    """What one significant estimate is, without an outcome that was said before."""
    if isinstance(found, Finding):
        return found.said[term].words.rstrip(", ")
    on = "" if found.spec.y == outcome else f" on the {outcome_words(found.spec.y)}"
    return f"{term_words(term)}{on}"


def _apart(found: Result | Finding) -> str:
    """What tells a regression from others with the same words."""
    return "" if isinstance(found, Finding) or not found.spec.label else f" ({found.spec.label})"


def _further_number(found: Result | Finding, term: str) -> str:
    """One significant estimate: its size and t."""
    row = found.row(term)
    number = with_sign(row["estimate"], _decimals(row["std_error"]))
    if isinstance(found, Finding):
        unit = f" {unit_short(said)}" if (said := found.said[term].unit) else ""
        return f"{number}{unit} (t = {_number(row['estimate'] / row['std_error'], 1)})"
    return f"{number}{_unit(found, term)} (t = {_number(row['statistic'], 1)})"


def finding_sentence(finding: Finding, term: str) -> str:
    """Return one sentence on one number of a finding: what it is, its interval, and whether it differs from zero."""
    row, quantity = finding.row(term), finding.quantities.get(term) or Quantity(term_words(term))
    estimate, low, high, error = (row[name] for name in ("estimate", "conf_low", "conf_high", "std_error"))
    if not isinstance(estimate, float):
        return f"{_capital(quantity.words)} could not be estimated."
    decimals = _decimals(error) if quantity.decimals is None else quantity.decimals
    unit = f" {unit_short(quantity.unit)}" if quantity.unit else ""
    told = (
        _counted(quantity, estimate) or f"{_capital(quantity.words).rstrip(', ')}: {_number(estimate, decimals)}{unit}"
    )
    if not (isinstance(low, float) and isinstance(high, float)):
        return f"{told}."
    interval = f"95 % interval {_number(low, decimals)} to {_number(high, decimals)}"
    claims = quantity.claims
    if claims is not None:
        unit += f" {claims.per}" if claims.per else ""
        if low <= 0 <= high:
            number = _number(estimate, decimals)
            return f"{_capital(claims.neither)} ({number}{unit}, {interval}){_missed(row, decimals)}."
        claim = claims.above if low > 0 else claims.below
        return f"{_capital(claim)}: {with_sign(estimate, decimals)}{unit} ({interval})."
    if not low <= 0 <= high:
        return f"{told} ({interval})."
    return f"{told} ({interval}), not distinguishable from zero{_missed(row, decimals)}."


def _counted(quantity: Quantity, share: float) -> str:
    """Say a share as a number of things: `In 3 of 60 (5 %) placebos ...`; '' where it is none."""
    if quantity.counted is None:
        return ""
    whole, holds = quantity.counted
    return f"In {round(share * whole):,} of {whole:,} ({100 * share:.0f} %) {holds}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _decimals(error: float | str | None) -> int:
    """Digits after the point that show two significant digits of a standard error."""
    known = isinstance(error, float) and error > 0
    return min(6, max(0, 1 - math.floor(math.log10(error)))) if known else 2  # type: ignore[arg-type]


def smallest_words(row: Mapping[str, Any], decimals: int | None = None) -> str:
    """Return `smallest_seen` as a page prints it; '' where it is not known.

    Parameters
    ----------
    row
        Of the estimates.
    decimals
        Digits after the point of the number itself; None for two significant digits of its standard error.
    """
    size = smallest_seen(row)
    if size is None:
        return ""
    own = _decimals(row["std_error"])
    return _number(size, own if decimals is None else max(decimals, own - 1))


def _missed(row: Mapping[str, Any], decimals: int) -> str:
    """Say which effects are missed in more than 20 of 100 such samples."""
    size = smallest_words(row, decimals)
    return f"; effects under {size} could be missed" if size else ""


def _unit(result: Result, term: str) -> str:
    """Unit of a coefficient behind its number: ` bp per SD`."""
    logarithm = result.spec.y_scale == 100.0 and result.spec.y.startswith(_LOGARITHMS)
    unit = "%" if logarithm else unit_short(difference_unit(result.spec.y_scale))
    return f"{f' {unit}' if unit else ''}{' per SD' if result.spec.per_sd(term) else ''}"


def _number(value: float, decimals: int) -> str:
    if math.isinf(value):  # an end that no test of few clusters finds
        return "\u221e" if value > 0 else f"{MINUS}\u221e"
    text = f"{value:,.{decimals}f}"
    return text.lstrip("-") if not float(text.replace(",", "")) else text.replace("-", MINUS)


def held_sentence(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return whether what the first instrument says of one number holds under the others; '' where fewer than two have it.

    Parameters
    ----------
    rows
        Of one number, a row an instrument: scorer, words, unit, estimate, std_error, conf_low, conf_high; null where no
        estimate was made.

    Notes
    -----
    A number that differs from zero under the first holds under another that gives it the same sign and an interval without zero;
    one that does not holds where the interval holds zero too. That one interval holds zero and another does not is no test of
    their difference.
    """
    known = [row for row in rows if None not in (row["estimate"], row["conf_low"], row["conf_high"])]
    if len(known) < 2:
        return ""
    first, *others = known
    signs = {row["scorer"]: _sign(row) for row in known}
    own = signs[first["scorer"]]
    held = [row["scorer"] for row in others if signs[row["scorer"]] == own]
    not_held = [row for row in others if signs[row["scorer"]] != own]
    clear = "distinguishable" if own else "not distinguishable"
    told = f"{_capital(first['words']).rstrip(', ')}: {_told(first)} under {first['scorer']}, {clear} from zero."
    if not not_held:
        return f"{told} This holds under {listed(held)} too."
    apart = "; ".join(f"{row['scorer']} ({_told(row)})" for row in not_held)
    return f"{told} This {f'holds under {listed(held)}, and ' if held else ''}does not hold under {apart}."


def _sign(row: Mapping[str, Any]) -> int:
    """1 or -1 for a number whose interval lies above or below zero, else 0."""
    return int(row["conf_low"] > 0) - int(row["conf_high"] < 0)


def _told(row: Mapping[str, Any]) -> str:
    """An estimate with its unit and interval."""
    decimals = _decimals(row["std_error"])
    unit = f" {unit_short(row['unit'])}" if row["unit"] else ""
    low, high = (_number(row[end], decimals) for end in ("conf_low", "conf_high"))
    return f"{with_sign(row['estimate'], decimals)}{unit}, 95 % interval {low} to {high}"

"""Whether one firm, or one session, makes a headline number: its range over all fits without one of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

import polars as pl

from emtract.econometrics.estimates import SIGNIFICANCE, freedom
from emtract.econometrics.left_out import Behind, left_out, weakest
from emtract.econometrics.regression.spec import Spec
from emtract.errors import EmtractError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from emtract.panel.frame import Sample
    from emtract.study.result import StudyResult

#: What a significant number has only with one unit: its sign, or its significance at 5 per cent.
HangsOn = Literal["", "significance", "sign"]
SCHEMA: Final = {
    "spec": pl.String,
    "term": pl.String,
    "left_out": pl.String,
    "units": pl.Int64,
    "estimate": pl.Float64,
    "p_value": pl.Float64,
    "low": pl.Float64,
    "low_without": pl.String,
    "high": pl.Float64,
    "high_without": pl.String,
    "influential": pl.String,
    "influential_estimate": pl.Float64,
    "weakest": pl.String,
    "weakest_estimate": pl.Float64,
    "weakest_p_value": pl.Float64,
    "hangs_on": pl.String,
}
_NONE_BEHIND: Final = (
    "no single regression is behind it, so that no fit without a firm or a session can stand beside it"
)


def headline_influence(result: StudyResult) -> tuple[pl.DataFrame, Mapping[str, str]]:
    """Leave each firm, then each session, out of every regression behind the headline.

    Returns
    -------
    tuple of pl.DataFrame and Mapping
        One row a number of the headline and kind of unit, the columns of `SCHEMA`: the least and the largest estimate and the
        unit without which it is so, the unit that moves the estimate most, and that without which its t is least, with the
        p-value that it then has (bootstrapped where that of the estimate is); and name -> why a number has none.
    """
    rows: list[dict[str, object]] = []
    without: dict[str, str] = {}
    for spec, term in result.study.headline:
        if spec in result.skipped:
            continue
        told = _rows(result, spec, term)
        if isinstance(told, str):
            without[spec] = told
        else:
            rows += told
    return pl.DataFrame(rows, schema=SCHEMA), without


def _rows(result: StudyResult, spec: str, term: str) -> list[dict[str, object]] | str:
    """The rows of one number, or why there are none."""
    found = result.row(spec, term)
    if any(found[name] is None for name in ("estimate", "std_error", "p_value", "conf_low", "conf_high")):
        return "it has no standard error"
    try:
        behind = _behind(result, spec, term)
        if behind is None:
            return _NONE_BEHIND
        df = freedom(found) if spec in result.findings else None
        fits = left_out(behind, p_value=found["p_value"], std_error=found["std_error"], df=df)
        return [{"spec": spec, "term": term, **row} for row in _summaries(found, fits)] or "too few firms and sessions"
    except EmtractError as error:
        return str(error)


def _behind(result: StudyResult, name: str, term: str) -> Behind | None:
    asked = result.study.specs[name]
    if isinstance(asked, Spec):
        return Behind(spec=result.results[name].spec, sample=result.samples[asked.sample], weights={term: 1.0})
    samples: Mapping[str, Sample] = result.samples
    return asked.behind(term, samples)


def _summaries(
    found: Mapping[str, float], fits: Iterator[tuple[str, pl.DataFrame, float | None]]
) -> Iterator[dict[str, object]]:
    for dimension, every, bootstrapped in fits:
        frame = every.drop_nulls()
        if frame.is_empty():
            continue
        low, high, least = (frame.row(place, named=True) for place in _places(frame))
        moved = frame.row(int((frame["estimate"] - found["estimate"]).abs().arg_max() or 0), named=True)
        p_value = least["p_value"] if bootstrapped is None else bootstrapped
        yield {
            "left_out": dimension,
            "units": every.height,
            "estimate": found["estimate"],
            "p_value": found["p_value"],
            "low": low["estimate"],
            "low_without": low["unit"],
            "high": high["estimate"],
            "high_without": high["unit"],
            "influential": moved["unit"],
            "influential_estimate": moved["estimate"],
            "weakest": least["unit"],
            "weakest_estimate": least["estimate"],
            "weakest_p_value": p_value,
            "hangs_on": _hangs_on(found, least["estimate"], p_value),
        }


def _places(frame: pl.DataFrame) -> tuple[int, int, int]:
    return int(frame["estimate"].arg_min() or 0), int(frame["estimate"].arg_max() or 0), weakest(frame)


def _hangs_on(found: Mapping[str, float], estimate: float, p_value: float) -> HangsOn:
    if found["p_value"] >= SIGNIFICANCE:
        return ""
    if estimate * found["estimate"] < 0:
        return "sign"
    return "significance" if p_value >= SIGNIFICANCE else ""

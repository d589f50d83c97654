"""Whether one firm, session, text or author makes a headline number: its range over all fits without one of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

import polars as pl

from emtract.econometrics.estimates import SIGNIFICANCE, freedom
from emtract.econometrics.left_out import Behind, left_out, refitted, weakest
from emtract.econometrics.measurement.leading import KINDS, leaders, without
from emtract.econometrics.regression.spec import Spec
from emtract.errors import EmtractError
from emtract.panel.derive import derive
from emtract.panel.frame import Panel

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

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
    "it does not come from a single regression, which could be fitted again without one firm or session"
)


def headline_influence(result: StudyResult) -> tuple[pl.DataFrame, Mapping[str, str]]:
    """Leave each firm, each session, and each leading text and author out of every regression behind the headline.

    Returns
    -------
    tuple of pl.DataFrame and Mapping
        One row a number of the headline and kind of unit (`symbol`, `session`, `text`, `author`), the columns of `SCHEMA`: the
        least and the largest estimate and the unit without which it is so, the unit that moves the estimate most, and the unit
        without which its t is least, with the p-value that it then has (bootstrapped where the estimate's own is); and name ->
        why a number has none. Of texts and authors those are left out that make up most of the cells: `Noise.leading`.
    """
    rows: list[dict[str, object]] = []
    unknown: dict[str, str] = {}
    rest = _Rest(result)
    for spec, term in result.study.headline:
        if spec in result.skipped:
            continue
        told = _rows(result, rest, spec, term)
        if isinstance(told, str):
            unknown[spec] = told
        else:
            rows += told
    return pl.DataFrame(rows, schema=SCHEMA), unknown


class _Rest:
    """A sample without each text, or author, that leads in it, columns derived anew; one sample at a time, as each is large."""

    def __init__(self, result: StudyResult) -> None:
        self._result = result
        self._name = ""
        self._kinds: Mapping[str, Mapping[str, Sample]] = {}

    def of(self, name: str) -> Mapping[str, Mapping[str, Sample]]:
        """Return kind -> who leads -> the sample without it."""
        if name != self._name:
            self._kinds = {}
            sample = self._result.samples[name]
            self._kinds = {
                kind: {who: self._left(sample, kind, who) for who in leaders(sample, kind)} for kind in KINDS
            }
            self._name = name
        return self._kinds

    def _left(self, sample: Sample, kind: str, leader: str) -> Sample:
        rest = without(sample, kind, leader)
        return derive(rest, self._result.study.derive) if isinstance(rest, Panel) else rest


def _rows(result: StudyResult, rest: _Rest, spec: str, term: str) -> list[dict[str, object]] | str:
    """The rows of one number, or why there are none."""
    found = result.row(spec, term)
    if any(found[name] is None for name in ("estimate", "std_error", "p_value", "conf_low", "conf_high")):
        return "it has no standard error"
    try:
        behind = _behind(result, spec, term, result.samples)
        if behind is None:
            return _NONE_BEHIND
        said = {"p_value": found["p_value"], "std_error": found["std_error"]}
        said["df"] = freedom(found) if spec in result.findings else None
        fits = [*left_out(behind, **said)]
        name = behind.spec.sample
        for kind, samples in rest.of(name).items():
            refits = {who: _behind(result, spec, term, {**result.samples, name: left}) for who, left in samples.items()}
            fits.append((kind, *refitted(behind, {who: other for who, other in refits.items() if other}, **said)))
        return [{"spec": spec, "term": term, **row} for row in _summaries(found, fits)] or "too few firms and sessions"
    except EmtractError as error:
        return str(error)


def _behind(result: StudyResult, name: str, term: str, samples: Mapping[str, Sample]) -> Behind | None:
    asked = result.study.specs[name]
    if isinstance(asked, Spec):
        return Behind(spec=result.results[name].spec, sample=samples[asked.sample], weights={term: 1.0})
    return asked.behind(term, samples)


def _summaries(
    found: Mapping[str, float], fits: Iterable[tuple[str, pl.DataFrame, float | None]]
) -> Iterator[dict[str, object]]:
    for dimension, every, bootstrapped in fits:
        frame = every.drop_nulls()
        if frame.is_empty():
            continue
        low, high, least = (frame.row(place, named=True) for place in _places(frame, found["estimate"]))
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


def _places(frame: pl.DataFrame, estimate: float) -> tuple[int, int, int]:
    return int(frame["estimate"].arg_min() or 0), int(frame["estimate"].arg_max() or 0), weakest(frame, estimate)


def _hangs_on(found: Mapping[str, float], estimate: float, p_value: float) -> HangsOn:
    if found["p_value"] >= SIGNIFICANCE:
        return ""
    if estimate * found["estimate"] < 0:
        return "sign"
    return "significance" if p_value >= SIGNIFICANCE else ""

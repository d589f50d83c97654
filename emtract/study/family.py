"""Significant estimates that stand beside the headline: what an answer must not leave out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from emtract.econometrics.estimates import SIGNIFICANCE

if TYPE_CHECKING:
    from emtract.econometrics.regression.spec import Spec
    from emtract.study.result import StudyResult

#: What regressions of one family share; they differ in their regressors.
_SHARED: Final = ("label", "y", "sample", "where", "effects", "covariance", "clusters", "y_scale")


def family(result: StudyResult) -> list[tuple[str, str]]:
    """Return the estimates beside the headline: of its regressions, of those that differ in regressors alone, of its analyses.

    Returns
    -------
    list of tuple
        (spec, term) in the order of the study, without the headline's own, without controls, and of an analysis without
        terms that have no p-value or stand outside its family: `emtract.econometrics.finding.Analysis.in_family`.
    """
    headline = result.study.headline
    heads = [result.results[spec].spec for spec, _ in headline if spec in result.results]
    known = {_design(spec) for spec in heads}
    terms = {name: found.spec.x for name, found in result.results.items() if _design(found.spec) in known}
    asked = {name: spec for name, spec in result.analyses.items() if name in dict(headline)}
    for name, analysis in asked.items():
        tested = result.findings[name].estimates.drop_nulls(["std_error", "p_value"])["term"]
        terms[name] = tuple(term for term in tested if analysis.in_family(term))
    return [(name, term) for name, own in terms.items() for term in own if (name, term) not in headline]


def unsaid(result: StudyResult) -> list[tuple[str, str]]:
    """Return the part of `family` that is significant at 5 per cent, the clearest first."""
    found = [(key, result.row(*key)) for key in family(result)]
    clear = [(key, row) for key, row in found if row["p_value"] < SIGNIFICANCE and not _untested(result, *key)]
    return [key for key, row in sorted(clear, key=lambda told: -abs(told[1]["estimate"] / told[1]["std_error"]))]


def _untested(result: StudyResult, spec: str, term: str) -> bool:
    """Whether too few clusters carry a coefficient for any test of it."""
    return spec in result.results and term in result.results[spec].untested


def _design(spec: Spec) -> tuple[object, ...]:
    return tuple(str(getattr(spec, name)) for name in _SHARED)

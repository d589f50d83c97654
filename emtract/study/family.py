"""Significant coefficients that stand beside the headline: what an answer must not leave out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from emtract.econometrics.estimates import SIGNIFICANCE

if TYPE_CHECKING:
    from emtract.econometrics.regression.spec import Spec
    from emtract.study.result import StudyResult

#: What regressions of one family share; they differ in their regressors.
_SHARED: Final = ("label", "y", "sample", "where", "effects", "covariance", "clusters", "y_scale")


def family(result: StudyResult) -> list[tuple[str, str]]:
    """Return the coefficients beside the headline: of its regressions, and of those that differ in regressors alone.

    Returns
    -------
    list of tuple
        (spec, term) in the order of the study, without the headline's own and without controls.
    """
    heads = [result.results[spec].spec for spec, _ in result.study.headline if spec in result.results]
    known = {_design(spec) for spec in heads}
    return [
        (name, term)
        for name, found in result.results.items()
        if _design(found.spec) in known
        for term in found.spec.x
        if (name, term) not in result.study.headline
    ]


def unsaid(result: StudyResult) -> list[tuple[str, str]]:
    """Return those of `family` that are significant at 5 per cent, the clearest first."""
    found = [(key, result.row(*key)) for key in family(result)]
    clear = [(key, row) for key, row in found if row["p_value"] < SIGNIFICANCE]
    return [key for key, row in sorted(clear, key=lambda told: -abs(told[1]["statistic"]))]


def _design(spec: Spec) -> tuple[object, ...]:
    return tuple(str(getattr(spec, name)) for name in _SHARED)

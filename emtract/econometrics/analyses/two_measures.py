"""A mood with two measures: the regression on one of them, plain and instrumented by the other."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from emtract.econometrics.estimates import ESTIMATE_COLUMNS
from emtract.econometrics.finding import Analysis, Finding, Quantity, slope_of
from emtract.econometrics.measurement.measured import line_in_words
from emtract.econometrics.measurement.second import by_second
from emtract.econometrics.regression.estimate import estimate
from emtract.words.names import term_words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from emtract.econometrics.regression.spec import Spec
    from emtract.panel.frame import Sample

INSTRUMENTED: Final = "instrumented"


@dataclass(frozen=True, kw_only=True)
class TwoMeasures(Analysis):
    """A regression on a mood, plain and with the mood instrumented by a second measure of it.

    Attributes
    ----------
    label
        Heading.
    spec
        The regression; its first regressor of interest is the mood.
    second
        Column of the second measure; see `emtract.econometrics.measurement.second.by_second`.
    """

    label: str
    spec: Spec
    second: str

    @property
    def samples(self) -> tuple[str, ...]:
        """The sample of the regression."""
        return self.spec.samples

    @property
    def terms(self) -> tuple[str, ...]:
        """The mood plain, and instrumented."""
        return (self.spec.x[0], INSTRUMENTED)

    def describe(self) -> str:
        """Return every choice in words."""
        mood, second = term_words(self.spec.x[0]), term_words(self.second)
        return (
            f"The regression on {mood}, plain and with {mood} instrumented by {second}, on the same rows. It takes out all error "
            "of the first that the second does not share. Given the mood, the errors of the two are assumed to go neither with "
            "one another nor with the outcome. The interval holds the values that the test of Anderson and Rubin does not "
            "reject; where it has no two ends, no estimate is shown."
        )

    def run(self, samples: Mapping[str, Sample]) -> Finding:
        """Estimate both.

        Raises
        ------
        SpecError
            When a column is missing or the second measure is in the regression.
        EstimationError
            When no row has both measures, or one does not vary within the effects.
        """
        found = by_second(self.spec, samples[self.spec.sample], self.second)
        mood, held = self.spec.x[0], found.sets[0]
        whole = held.bounded and len(held.pieces) == 1
        statistic, p_value = found.against_zero(mood)
        point = (float(found.coefficients[0]), float(np.sqrt(found.covariance[0, 0]))) if whole else (None, None)
        ends = (held.low, held.high) if whole else (None, None)
        naive = estimate(replace(found.naive.spec, bootstrap=self.spec.bootstrap), samples[self.spec.sample])
        plain = naive.estimates.filter(term=mood).select(ESTIMATE_COLUMNS).row(0)
        rows = [plain, (INSTRUMENTED, *point, statistic, p_value, *ends, found.naive.n_obs)]
        slope, second = slope_of(self.spec, mood), term_words(self.second)
        values = line_in_words(held, (plain[1], plain[2]))
        told = f"The instrument is {second} (F {found.strength:,.1f}). Values not rejected: {values}."
        return Finding(
            estimates=pl.DataFrame(rows, schema=dict.fromkeys(ESTIMATE_COLUMNS), orient="row"),
            n_obs=found.naive.n_obs,
            ledger=found.ledger,
            notes=(*naive.notes, told),
            quantities={mood: slope, INSTRUMENTED: Quantity(f"{slope.words}, instrumented by {second}", slope.unit)},
        )

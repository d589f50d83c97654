"""Whether two coefficients of one regression differ, on a common scale."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from emtract.econometrics.estimates import Estimate, estimate_frame, estimate_row, false_discovery
from emtract.econometrics.finding import Analysis, Chart, Finding, difference_of
from emtract.econometrics.left_out import Behind
from emtract.econometrics.measurement.measured import UNREAD, measure, measured_or_why
from emtract.econometrics.regression.estimate import estimate, wild_sums
from emtract.errors import EstimationError, SpecError
from emtract.words.columns import GROUPS, LESS
from emtract.words.names import measured, outcome_words, term_words
from emtract.words.numbers import difference_unit, things

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from emtract.econometrics.estimates import Floats
    from emtract.econometrics.measurement.measured import Measured
    from emtract.econometrics.regression.result import Result
    from emtract.econometrics.regression.spec import Spec
    from emtract.panel.frame import Sample


@dataclass(frozen=True, kw_only=True)
class Contrast(Analysis):
    r"""Differences between coefficients of one regression.

    Use it where two groups' emotions stand side by side: that one is significant and the other not does not say that they
    differ.

    Attributes
    ----------
    label
        Heading of its section.
    spec
        The regression; whether it standardises the columns that are compared has no effect.
    pairs
        (first, second) -> the coefficient of the first less the coefficient of the second.
    whole
        For each pair the column of both taken together, which the figure shows beside them; empty for none.

    Notes
    -----
    With slopes b per unit of each column, covariance V and standard deviations s on the estimation sample, the difference is

    .. math:: d = \bar s (b_1 - b_2), \quad
        \operatorname{Var}(d) = \bar s^2 (V_{11} + V_{22} - 2 V_{12}), \quad
        \bar s = \sqrt{(s_1^2 + s_2^2) / 2}

    so that equal slopes per unit are the null hypothesis, and d reads per common standard deviation.
    """

    label: str
    spec: Spec
    pairs: tuple[tuple[str, str], ...]
    whole: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        named = {column for pair in self.pairs for column in pair}
        if strays := sorted(named - set(self.spec.regressors)):
            raise SpecError(f"a contrast compares regressors of its spec, and {', '.join(strays)} is none")
        if self.whole and len(self.whole) != len(self.pairs):
            raise SpecError("a contrast needs one column of both together for each pair, or none")
        if not self.pairs:
            raise SpecError("a contrast needs at least one pair of regressors")

    @property
    def samples(self) -> tuple[str, ...]:
        """Samples that it reads: its regression's."""
        return self.spec.samples

    @property
    def terms(self) -> tuple[str, ...]:
        """One a pair: `first - second`."""
        return tuple(LESS.join(pair) for pair in self.pairs)

    def run(self, samples: Mapping[str, Sample]) -> Finding:
        """Estimate the regression and take differences."""
        sample = samples[self.spec.sample]
        result = estimate(self._raw, sample)
        if lost := next((c for pair in self.pairs for c in pair if c in result.left_out), None):
            raise EstimationError(f"{lost} has no slope to compare, since {result.left_out[lost]}: compare others")
        weights = np.array([self._weights(result, *pair) for pair in self.pairs])
        found = _tested(result, sample, weights)
        frame = estimate_frame(dict(zip(self.terms, found, strict=True))).with_columns(
            p_value_adjusted=pl.Series(false_discovery([one.p_value for one in found])),
        )
        outcome, unit = outcome_words(self.spec.y), difference_unit(self.spec.y_scale)
        words = {
            term: difference_of(*_sides(outcome, pair), unit, per="per common standard deviation")
            for term, pair in zip(self.terms, self.pairs, strict=True)
        }
        y_title = " ".join(filter(None, [unit, "per common standard deviation"]))
        shown = self._parts(result, sample, found)
        note = "First, second and their difference are of one regression and in one unit: they add up."
        if self.whole:
            note += " All posts stand alone in a regression on the same rows, in the same unit."
        chart = Chart("coefficients", self.label, shown, "", y_title, note)
        return Finding(
            estimates=frame,
            quantities=words,
            n_obs=result.n_obs,
            ledger=result.ledger,
            notes=(
                *(note for note in result.notes if result.wild and "bootstrap" in note),
                "Differences of slopes per unit, times the root mean square of both standard deviations; their covariance is "
                "the covariance of the regression in which both stand.",
                f"p_value_adjusted: after Benjamini and Hochberg (1995), over {things(len(found), 'difference')}.",
            ),
            charts=(chart,),
        )

    def measure(self, samples: Mapping[str, Sample], finding: Finding) -> Iterator[tuple[str, Measured | str]]:
        """Yield the differences, corrected, where the spec asks for it; see `Analysis.measure`."""
        if self.spec.correct in ("reading", "both"):
            yield "", UNREAD
        elif self.spec.correct == "mood":
            sample = samples[self.spec.sample]
            reported = estimate(self._raw, sample)
            yield (
                "",
                measured_or_why(
                    partial(measure, reported, sample, estimates=finding.estimates, differences=self.pairs)
                ),
            )

    def behind(self, term: str, samples: Mapping[str, Sample]) -> Behind:
        """Return the regression, and the two coefficients of a difference; see `Analysis.behind`."""
        sample = samples[self.spec.sample]
        result = estimate(self._raw, sample)
        weights = self._weights(result, *self.pairs[self.terms.index(term)])
        told = {name: float(w) for name, w in zip(result.spec.regressors, weights, strict=True) if w}
        return Behind(spec=self._raw, sample=sample, weights=told)

    @property
    def _raw(self) -> Spec:
        """The regression with what is compared in its own units."""
        compared = {column for pair in self.pairs for column in pair}
        return replace(self.spec, standardise=tuple(c for c in self.spec.standardise if c not in compared))

    def _parts(self, result: Result, sample: Sample, differences: list[Estimate]) -> pl.DataFrame:
        """Rows of the figure: whole, first, second and difference of each pair, all per its common standard deviation."""
        rows = []
        for at, (first, second) in enumerate(self.pairs):
            i, j = (result.spec.regressors.index(name) for name in (first, second))
            scale = np.zeros((2, len(result.coefficients)))
            scale[0, i] = scale[1, j] = np.sqrt((result.sds[i] ** 2 + result.sds[j] ** 2) / 2)
            told = list(zip((first, second), _tested(result, sample, scale), strict=True))
            if self.whole and self.whole[at] in sample.data.columns:
                told.insert(0, (self.whole[at], self._alone(at, sample, float(scale[0, i]))))
            told.append((self.terms[at], differences[at]))
            rows += [estimate_row(term, one) for term, one in told]
        return pl.DataFrame(rows, infer_schema_length=None).with_columns(group=pl.lit(self.label))

    def _alone(self, at: int, sample: Sample, scale: float) -> Estimate:
        """Slope of the whole in place of both of a pair, on the rows on which both are known."""
        first, second = self.pairs[at]
        compared = {column for pair in self.pairs for column in pair}
        x = tuple(dict.fromkeys(self.whole if name in compared else (name,) for name in self._raw.x))
        flat = tuple(dict.fromkeys(name for names in x for name in names))
        known = " AND ".join(f"{name} IS NOT NULL" for name in (first, second))
        where = known if self._raw.where is None else f"({self._raw.where}) AND {known}"
        spec = replace(self._raw, x=flat, where=where, correct="none")
        result = estimate(spec, sample)
        weights = np.zeros((1, len(result.coefficients)))
        weights[0, result.spec.regressors.index(self.whole[at])] = scale
        return _tested(result, sample, weights)[0]

    def describe(self) -> str:
        """Return the contrast in words."""
        pairs = "; ".join(f"{a} minus {b}" for a, b in self.pairs)
        return (
            f"Differences of coefficients of one regression on {self.spec.y}, per common standard deviation: {pairs}."
        )

    def _weights(self, result: Result, first: str, second: str) -> Floats:
        """Weights of the coefficients in a difference, shape (k,)."""
        i, j = (result.spec.regressors.index(name) for name in (first, second))
        weights = np.zeros(len(result.coefficients))
        weights[i] = np.sqrt((result.sds[i] ** 2 + result.sds[j] ** 2) / 2)
        weights[j] = -weights[i]
        return weights


def _sides(outcome: str, pair: tuple[str, str]) -> tuple[str, str, str]:
    """Say which slope is compared and where: in two parts of the posts, or on two moods."""
    said, slope = [term_words(column) for column in pair], f"the slope of the {outcome}"
    first, second = (
        GROUPS[group][1] if (group := measured(column).group) and group in GROUPS else "" for column in pair
    )
    if first and second and (mood := said[0].removesuffix(f" {first}")) == said[1].removesuffix(f" {second}"):
        return f"{slope} on {mood}", first, second
    return slope, f"for {said[0]}", f"for {said[1]}"


def _tested(result: Result, sample: Sample, weights: Floats) -> list[Estimate]:
    """Test sums of coefficients as the regression tests its own: by the bootstrap where that is due."""
    if result.wild:
        return [test.tested(result.n_obs) for test in wild_sums(result, sample, weights)]
    values = weights @ result.coefficients
    errors = np.sqrt(np.einsum("mi,ij,mj->m", weights, result.covariance, weights))
    numbers = zip(values, errors, strict=True)
    return [Estimate.tested(float(v), float(e), df=result.critical_df, n_obs=result.n_obs) for v, e in numbers]

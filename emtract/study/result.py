"""What came out of a study: every spec and analysis, estimated."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property
from textwrap import wrap
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from emtract.econometrics.estimates import ESTIMATE_COLUMNS, SIGNIFICANCE
from emtract.econometrics.regression.spec import Spec
from emtract.econometrics.sentences import coefficient_sentence, finding_sentence, further_sentence
from emtract.study.family import family, unsaid
from emtract.study.influence import headline_influence

if TYPE_CHECKING:
    from collections.abc import Mapping

    from emtract.econometrics.finding import Analysis, Finding
    from emtract.econometrics.measurement.measured import Measured
    from emtract.econometrics.measurement.misread import Misread
    from emtract.econometrics.regression.result import Result
    from emtract.panel.frame import Sample
    from emtract.study.declare import Role, Sign, Study, Verdict
#: Columns of `StudyResult.tidy`: words, then the numbers of every outcome, and the numbers of regressions alone.
_TIDY: Final = (
    dict.fromkeys(("spec", "label", "y", "term"), pl.String)
    | dict.fromkeys((*ESTIMATE_COLUMNS[1:-1], "mean", "sd"), pl.Float64)
    | {"n_obs": pl.Int64, "r2_within": pl.Float64}
)


#: Width of what a result prints of itself, and lines of its answer.
_WIDTH: Final = 110
_LINES: Final = 6


@dataclass(frozen=True, repr=False)
class StudyResult:
    """Everything that a study declares, estimated on its samples.

    Attributes
    ----------
    study
        The declaration.
    samples
        Name -> sample, derived columns included.
    results
        Name -> regression.
    findings
        Name -> outcome of an analysis of another kind.
    skipped
        Name -> why it was not estimated: what this store lacks, or why its data cannot carry it.
    measured
        Name -> how well the moods of a regression with ``correct="mood"`` were measured, and what it says once corrected.
    unmeasured
        Name -> why that cannot be said of it.
    precision
        Name of a sample -> how precisely each of its moods is measured: the columns of
        `emtract.econometrics.measurement.reliability.Reliability.table`.
    unmeasured_samples
        Name of a sample -> why that cannot be said of it.
    curve
        Reliability of valence in the first sample, where cells have at least so many texts:
        `emtract.econometrics.measurement.reliability.panel_curve`; None where that is not known.
    read
        Name -> a regression corrected for how its posts are misread, where a misreading was given.
    unread
        Name -> why a regression that asks for it is not.
    """

    study: Study
    samples: Mapping[str, Sample]
    results: Mapping[str, Result] = field(default_factory=dict)
    findings: Mapping[str, Finding] = field(default_factory=dict)
    skipped: Mapping[str, str] = field(default_factory=dict)
    measured: Mapping[str, Measured] = field(default_factory=dict)
    unmeasured: Mapping[str, str] = field(default_factory=dict)
    precision: Mapping[str, pl.DataFrame] = field(default_factory=dict)
    unmeasured_samples: Mapping[str, str] = field(default_factory=dict)
    curve: pl.DataFrame | None = None
    read: Mapping[str, Misread] = field(default_factory=dict)
    unread: Mapping[str, str] = field(default_factory=dict)

    def __repr__(self) -> str:
        parts = ((self.results, "regressions"), (self.findings, "other analyses"), (self.skipped, "not estimated"))
        told = ", ".join(f"{name}: {len(part)}" for part, name in parts if part)
        said = wrap(f"{self.study.name}: {self.study.question}", _WIDTH, max_lines=2, break_on_hyphens=False)
        answer = wrap(self.answer(), _WIDTH, max_lines=_LINES, break_on_hyphens=False)
        return "\n".join((f"{type(self).__name__} ({told}) on {self.main._extent()}", *said, *answer))

    @property
    def main(self) -> Sample:
        """The sample that the study names first."""
        return self.samples[next(iter(self.study.samples))]

    @cached_property
    def outcomes(self) -> Mapping[str, Result | Finding]:
        """Results and findings by name, in the order of the study."""
        both: dict[str, Result | Finding] = {**self.results, **self.findings}
        return {name: both[name] for name in self.study.specs if name in both}

    @cached_property
    def designs(self) -> Mapping[str, str]:
        """Every choice of each of `analyses` in words."""
        return {name: asked.describe() for name, asked in self.analyses.items()}

    @cached_property
    def analyses(self) -> Mapping[str, Analysis]:
        """The requests behind the findings."""
        specs = self.study.specs
        return {n: spec for n, spec in specs.items() if n in self.findings and not isinstance(spec, Spec)}

    def tidy(self) -> pl.DataFrame:
        """Return every number, in the order of the study.

        Returns
        -------
        pl.DataFrame
            spec, label, y ('' but for regressions), term, estimate, std_error, statistic, p_value, conf_low, conf_high, mean
            and sd of the regressor, n_obs, r2_within; null where a kind of analysis has no such number; role (see `role`).
        """
        told = pl.concat(_rows(name, self.study.specs[name].label, found) for name, found in self.outcomes.items())
        roles = [self.role(*key) for key in told.select("spec", "term").iter_rows()]
        return told.with_columns(pl.Series("role", roles, pl.String))

    def measurement(self) -> pl.DataFrame | None:
        """Return how well moods were measured, and naive beside corrected estimates; None where no regression asks for it.

        Returns
        -------
        pl.DataFrame
            spec, label, y, then the columns of `emtract.econometrics.measurement.measured.Measured.frame`.
        """
        return _beside_reported(self.measured)

    def reading(self) -> pl.DataFrame | None:
        """Return estimates as reported beside those corrected for misreading; None where no regression is.

        Returns
        -------
        pl.DataFrame
            spec, label, y, then the columns of `emtract.econometrics.measurement.misread.Misread.frame`.
        """
        return _beside_reported(self.read)

    def sample_precision(self) -> pl.DataFrame | None:
        """Return how precisely the moods of every sample are measured; None where that is known of none.

        Returns
        -------
        pl.DataFrame
            sample, then the columns of `emtract.econometrics.measurement.reliability.Reliability.table`; null where a kind of
            sample has no such number.
        """
        told = [frame.select(pl.lit(name).alias("sample"), pl.all()) for name, frame in self.precision.items()]
        return pl.concat(told, how="diagonal_relaxed") if told else None

    @cached_property
    def _influence(self) -> tuple[pl.DataFrame, Mapping[str, str]]:
        return headline_influence(self)

    def influence(self) -> pl.DataFrame:
        """Return what becomes of each headline number without one firm, or without one session.

        Returns
        -------
        pl.DataFrame
            The columns of `emtract.study.influence.SCHEMA`; no row of a number that no single regression gives.
        """
        return self._influence[0]

    def not_examined(self) -> Mapping[str, str]:
        """Return the headline's specs that `influence` has no row of, and why."""
        return self._influence[1]

    def role(self, spec: str, term: str) -> Role:
        """Return what a number is to its study: the primary one, another of the headline, or robustness."""
        if (spec, term) == self.study.primary:
            return "primary"
        return "headline" if (spec, term) in self.study.headline else "robustness"

    def row(self, spec: str, term: str) -> dict[str, Any]:
        """Return one number of `tidy`: the term of a spec or of an analysis."""
        return self.outcomes[spec].row(term)

    def attrition(self) -> pl.DataFrame:
        """Return the ledger of each sample, then of each spec and analysis.

        Returns
        -------
        pl.DataFrame
            spec ('' for the main sample, `sample NAME` for a further one), step, unit, rows_in, dropped, rows_out, reason.
        """
        main = next(iter(self.study.samples))
        ledgers = {"" if n == main else f"sample {n}": sample.ledger for n, sample in self.samples.items()}
        ledgers |= {name: found.ledger for name, found in self.outcomes.items()}
        return pl.concat(
            ledger.frame().select(pl.lit(name).alias("spec"), pl.all()) for name, ledger in ledgers.items()
        )

    def expectations(self) -> pl.DataFrame:
        """Return what was expected beside what came out.

        Returns
        -------
        pl.DataFrame
            One row an expectation: spec, term, sign, source, estimate, p_value, verdict.

        Notes
        -----
        At the 5 per cent level. `positive` and `negative` are met by an estimate of that sign that is distinguishable
        from zero, `either` by one of any sign, `none` by one that is not distinguishable; the last is weak support,
        since a noisy estimate meets it too. `opposite` is a distinguishable estimate against the expectation.
        """
        rows = []
        for expected in self.study.expectations:
            if expected.spec in self.skipped:
                continue
            found = self.row(expected.spec, expected.term)
            verdict = _verdict(expected.sign, found["estimate"], found["p_value"])
            numbers = (found["estimate"], found["p_value"])
            rows.append((expected.spec, expected.term, expected.sign, expected.source, *numbers, verdict))
        schema = dict.fromkeys(("spec", "term", "sign", "source"), pl.String)
        schema |= {"estimate": pl.Float64, "p_value": pl.Float64, "verdict": pl.String}  # type: ignore[dict-item]
        return pl.DataFrame(rows, schema=schema, orient="row")

    def answers(self) -> tuple[str, ...]:
        """Return the answer to the question sentence by sentence: the primary number, what else is significant, the others.

        Where no number of the headline was estimated, one sentence says so, and why.
        """
        if all(spec in self.skipped for spec, _ in self.study.headline):
            spec = self.study.primary[0]
            why = self.skipped[spec].removeprefix("could not be estimated: ").rstrip(".")
            left = ", ".join(dict.fromkeys(self.study.label(name) for name in self.outcomes))
            return (f"This archive does not answer the question: {self.study.label(spec)}: {why}. Estimated: {left}.",)
        order = sorted(self.study.headline, key=lambda key: key != self.study.primary)
        said = Counter((self.results[spec].spec.y, term) for spec, term in order if spec in self.results)
        told = [
            coefficient_sentence(
                self.results[spec],
                term,
                first=(spec, term) == order[0],
                apart=said[self.results[spec].spec.y, term] > 1,
            )
            if spec in self.results
            else finding_sentence(self.findings[spec], term)
            for spec, term in order
            if spec in self.outcomes
        ]
        further = self.further()
        return (*told[:1], further, *told[1:]) if further else tuple(told)

    def further(self) -> str:
        """Return one sentence on what is significant beside the headline; '' where nothing is."""
        spoken = [self.study.primary, *self.study.headline]
        return further_sentence(
            [(self.outcomes[spec], term) for spec, term in unsaid(self)],
            among=len(family(self)),
            outcome=next((self.results[spec].spec.y for spec, _ in spoken if spec in self.results), ""),
        )

    def answer(self) -> str:
        """Return the answer to the question, computed from the headline numbers: `answers` in one text."""
        return " ".join(self.answers())


def _beside_reported(found: Mapping[str, Measured | Misread]) -> pl.DataFrame | None:
    """Rows of corrections with the words of the regression that they stand beside."""
    told = []
    for name, one in found.items():
        words = {"spec": name, "label": one.reported.spec.label, "y": one.reported.spec.y}
        told.append(one.frame.select(*(pl.lit(text).alias(column) for column, text in words.items()), pl.all()))
    return pl.concat(told) if told else None


def _rows(name: str, label: str, found: Result | Finding) -> pl.DataFrame:
    told = found.estimates
    named = told.with_columns(pl.lit("").alias("y")) if "y" not in told.columns else told
    whole = named.with_columns(pl.lit(name).alias("spec"), pl.lit(label).alias("label"))
    columns = (pl.col(c) if c in whole.columns else pl.lit(None).alias(c) for c in _TIDY)
    return whole.select(column.cast(dtype) for column, dtype in zip(columns, _TIDY.values(), strict=True))


def _verdict(sign: Sign, estimate: float, p_value: float) -> Verdict:
    if sign == "none":
        return "as expected" if p_value >= SIGNIFICANCE else "opposite"
    if p_value >= SIGNIFICANCE:
        return "not distinguishable"
    met = sign == "either" or (estimate > 0) == (sign == "positive")
    return "as expected" if met else "opposite"

"""High against low: the means of a column in two groups of rows, with two-sample tests."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from scipy import stats

from emtract.econometrics.analyses.two_sample import (
    MeanInference,
    check_inference,
    clustered_rows,
    inference_words,
    mean_row,
)
from emtract.econometrics.finding import Analysis, Chart, Finding, Quantity, difference_of
from emtract.econometrics.rows import usable_rows
from emtract.errors import EstimationError, SpecError
from emtract.words.names import term_words
from emtract.words.numbers import UNITS, difference_unit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from emtract.econometrics.estimates import EstimateRow
    from emtract.panel.frame import Sample


@dataclass(frozen=True, kw_only=True)
class GroupComparison(Analysis):
    """The means of a column above and below the median of another.

    Attributes
    ----------
    label
        Heading.
    column
        Compared column, e.g. `first_return`.
    by
        Column that splits: above its median is high, at or below is low; or one that holds `high` and `low`.
    words
        What the column is, as the subject of a sentence: `the first-day return`.
    group_words
        What the rows of a group are, after `of` and before `enthusiasm`: see `describe`.
    sample
        Name of the study's sample.
    scale
        Factor on the column: 100 turns a return into per cent.
    inference, cluster
        `t`: Student and Welch; `skewness`: bootstrapped skewness-adjusted t, for buy-and-hold returns; `clustered`: by
        the column `cluster`, for rows that share an industry or a month.
    where
        Polars SQL condition that picks rows.
    draws, seed
        Of the bootstrap.
    """

    label: str
    column: str
    by: str
    words: str
    group_words: str = "IPOs"
    sample: str = "ipos"
    scale: float = 1.0
    inference: MeanInference = "t"
    cluster: str | None = None
    where: str | None = None
    draws: int = 999
    seed: int = 0

    def __post_init__(self) -> None:
        check_inference(self.inference, self.cluster)

    @property
    def terms(self) -> tuple[str, ...]:
        """Terms: both groups and their difference."""
        return ("high", "low", "high minus low")

    def in_family(self, term: str) -> bool:
        """Return whether a term is the difference: the mean of one group says nothing about what divides them."""
        return term == "high minus low"

    def describe(self) -> str:
        """Return every choice in words."""
        where = f", where {self.where}" if self.where else ""
        rule = inference_words(self.inference, self.cluster, self.draws)
        return (
            f"Mean of {self.column} of {self.group_words} with {term_words(self.by)} above its median (high) and at or below it "
            f"(low){where}. {rule} The rank-sum test (Mann and Whitney) stands beside it."
        )

    def run(self, samples: Mapping[str, Sample]) -> Finding:
        """Compare the groups.

        Raises
        ------
        SpecError
            When the sample lacks a column, or `where` is no condition on it.
        EstimationError
            When a group has fewer than two rows.
        """
        if self.by == self.column:
            raise SpecError(f"{self.by} cannot split its own values: name another column in by")
        labels = (self.by, *([self.cluster] if self.cluster else []))
        data, ledger = usable_rows(
            samples[self.sample], (self.column,), labels=labels, where=self.where, outcomes=(self.column,),
            reads={"by": (self.by,)},
        )  # fmt: skip
        is_high = high_rows(data[self.by])
        values = data[self.column].cast(pl.Float64).to_numpy() * self.scale
        high, low = values[is_high], values[~is_high]
        if min(len(high), len(low)) < 2:
            raise EstimationError(
                f"{self.by} splits {len(values)} rows into {len(high)} and {len(low)}: widen the sample"
            )
        rows = self._rows(data, values, is_high)
        estimates = pl.DataFrame(
            [{**rows[t], "median": m} for t, m in zip(self.terms, _medians(high, low), strict=True)]
        )
        return Finding(
            estimates=estimates,
            n_obs=len(values),
            ledger=ledger.keep("compared", len(values), f"none; {len(high):,} are high, {len(low):,} low"),
            notes=(inference_words(self.inference, self.cluster, self.draws), self._split_note(data)),
            quantities=self._quantities(),
            charts=(self._chart(estimates),),
            tables={"Two-sample tests": two_sample_tests(high, low)},
        )

    def _rows(self, data: pl.DataFrame, values: np.ndarray, is_high: np.ndarray) -> dict[str, EstimateRow]:
        if self.inference == "clustered":
            codes = data[str(self.cluster)].rank("dense").to_numpy().astype(np.int64)
            return clustered_rows(values, is_high, codes)
        groups = {"high": (values[is_high],), "low": (values[~is_high],)}
        both = {**groups, "high minus low": (values[is_high], values[~is_high])}
        rule = {"inference": self.inference, "draws": self.draws, "seed": self.seed}
        return {term: mean_row(term, *arrays, **rule) for term, arrays in both.items()}  # type: ignore[arg-type]

    def _split_note(self, data: pl.DataFrame) -> str:
        by = term_words(self.by)
        if data.schema[self.by] == pl.String:
            return f"Groups as the column {by} has them."
        if _is_binary(data[self.by]):
            return f"Split by {by}, which has two values: the larger is high."
        middle = float(data[self.by].median())  # type: ignore[arg-type]
        return f"Split at the median of {by}, {middle:.4g}, in the rows compared."

    def _quantities(self) -> dict[str, Quantity]:
        unit = difference_unit(self.scale)
        groups = {g: f"{self.group_words} with {g} {term_words(self.by)}" for g in ("high", "low")}
        single = unit.replace("percentage points", "per cent")
        means = {g: Quantity(f"{self.words} of {words}", single) for g, words in groups.items()}
        return means | {
            "high minus low": difference_of(self.words, f"for {groups['high']}", f"for {groups['low']}", unit)
        }

    def _chart(self, estimates: pl.DataFrame) -> Chart:
        unit = UNITS.get(self.scale, "")
        frame = estimates.head(2).select(
            pl.lit(self.words).alias("group"), pl.col("term").alias("bar"), "estimate", "conf_low", "conf_high"
        )
        return Chart("bars", self.label, frame, y_title=unit, note="Bars are means, whiskers 95 % intervals.")


def high_rows(by: pl.Series) -> np.ndarray:
    """Say which rows are high: `high` in a column of words, the larger of two numbers, above the median of more.

    Raises
    ------
    SpecError
        When the column holds other words than `high` and `low`, or neither words nor numbers.
    """
    if by.is_empty():
        raise EstimationError(f"no rows are left to split by {by.name}: widen the sample")
    if by.dtype == pl.String:
        if strays := set(by.drop_nulls().unique()) - {"high", "low"}:
            raise SpecError(
                f"{by.name} holds {min(strays)!r}: a column of words that splits holds 'high' and 'low' only"
            )
        return np.asarray((by == "high").to_numpy(), dtype=bool)
    if not (by.dtype.is_numeric() or by.dtype == pl.Boolean):
        raise SpecError(f"{by.name} splits rows, so it must hold numbers, or 'high' and 'low'")
    numbers = by.cast(pl.Float64)
    above = numbers == numbers.max() if _is_binary(by) else numbers > numbers.median()
    return np.asarray(above.to_numpy(), dtype=bool)


def _is_binary(by: pl.Series) -> bool:
    return by.dtype != pl.String and by.n_unique() == 2


def two_sample_tests(high: np.ndarray, low: np.ndarray) -> pl.DataFrame:
    """Return test, statistic, p_value: Welch's t, the rank-sum test, and Mood's test of medians.

    Mood's test is left out where no value lies above the common median.
    """
    welch = stats.ttest_ind(high, low, equal_var=False)
    ranks = stats.mannwhitneyu(high, low, alternative="two-sided")
    rows = [
        ("Welch t", float(welch.statistic), float(welch.pvalue)),
        ("rank sum (Mann-Whitney U)", float(ranks.statistic), float(ranks.pvalue)),
    ]
    middle = float(np.median(np.concatenate([high, low])))
    if (np.concatenate([high, low]) > middle).any():
        mood = stats.median_test(high, low)
        rows.append(("medians (Mood)", float(mood.statistic), float(mood.pvalue)))
    return pl.DataFrame(rows, schema={"test": pl.String, "statistic": pl.Float64, "p_value": pl.Float64}, orient="row")


def _medians(high: np.ndarray, low: np.ndarray) -> tuple[float, float, float]:
    middle = float(np.median(high)), float(np.median(low))
    return (*middle, middle[0] - middle[1])

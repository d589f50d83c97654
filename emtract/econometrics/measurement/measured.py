"""How well the moods of a regression were measured, what it could have shown, and what it says once corrected: in one frame."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from emtract.econometrics.measurement.correct import corrected
from emtract.econometrics.measurement.prepared import prepare
from emtract.econometrics.measurement.reliability import power_table, reliability_table, smallest_seen
from emtract.errors import EstimationError
from emtract.words.numbers import decimals_for, signed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from emtract.econometrics.measurement.correct import Correction
    from emtract.econometrics.measurement.sets import ConfidenceSet
    from emtract.econometrics.regression.result import Result
    from emtract.panel.frame import Sample

#: What a set says where it rules nothing out.
CANNOT_TELL: Final = "any value"
#: Why an analysis of several numbers is not corrected for misreading.
UNREAD: Final = "single regressions alone are corrected for misreading: ask for correct='mood' here"
#: Ends of sets from here on are told without decimals.
_FAR: Final = 1_000


@dataclass(frozen=True)
class Measured:
    """A regression whose moods are measured and corrected.

    Attributes
    ----------
    reported
        The regression on all its rows.
    estimates
        What the study reports of it: term, estimate, std_error, conf_low, conf_high.
    precision
        The table of `emtract.econometrics.measurement.reliability.Reliability`.
    correction
        The regression corrected, on the cells whose noise is known.
    """

    reported: Result
    estimates: pl.DataFrame
    precision: pl.DataFrame
    correction: Correction

    @cached_property
    def frame(self) -> pl.DataFrame:
        """One row a mood.

        Returns
        -------
        pl.DataFrame
            term; texts, one_text, halves, halves_error, reliability, low, high (`Reliability.table`; null of a difference of two
            moods); per_measured_sd (of all rows), per_true_sd and per_true_sd_least (of those whose noise is known; see
            `power_table`); reported and reported_error (all rows); n_obs, naive, naive_error, estimate, std_error, set_low,
            set_high, set_pieces, effective_clusters (`Correction.tidy`); set (words).
        """
        corrected = self.correction.tidy().drop("reliability", "reliability_error")
        beside = corrected.select("naive", "naive_error").iter_rows()
        words = [line_in_words(kept, numbers) for kept, numbers in zip(self.correction.sets, beside, strict=True)]
        same = corrected.select("term", pl.col("naive_error").alias("std_error"))
        frame = corrected.select("term").join(self.estimates, on="term", how="semi", maintain_order="left")
        for further in (
            self.precision.select("term", "texts", "one_text", "halves", "halves_error", "reliability", "low", "high"),
            self._seen(),
            # Reliability and error are of the same cells: the cells whose noise is known.
            power_table(same, self.precision, sds=_sds(self.correction.naive), df=self.correction.df),
            self.estimates.select("term", reported="estimate", reported_error="std_error"),
            corrected.with_columns(pl.Series("set", words, pl.String)),
        ):
            frame = frame.join(further, on="term", how="left", maintain_order="left")
        return frame

    def _seen(self) -> pl.DataFrame:
        """Smallest effect of each term that such samples would show, as the headline states it, per standard deviation."""
        sds = _sds(self.reported)
        sizes = {row["term"]: smallest_seen(row) for row in self.estimates.iter_rows(named=True)}
        told = [(term, None if size is None else size * sds.get(term, 1.0)) for term, size in sizes.items()]
        return pl.DataFrame(told, schema={"term": pl.String, "per_measured_sd": pl.Float64}, orient="row")


def _sds(result: Result) -> dict[str, float]:
    """Standard deviations of regressors whose coefficients are per unit."""
    told = zip(result.spec.regressors, result.sds, strict=True)
    return {term: float(sd) for term, sd in told if term not in result.spec.standardise}


def measure(
    reported: Result,
    panel: Sample,
    *,
    estimates: pl.DataFrame | None = None,
    overlap: int = 0,
    df: int | None = None,
    differences: Sequence[tuple[str, str]] = (),
) -> Measured:
    """Measure and correct the moods of an estimated regression.

    Parameters
    ----------
    reported
        The regression.
    panel
        The sample that it was estimated on.
    estimates
        Term, estimate, std_error, conf_low and conf_high as the study reports them; None for the regression's own.
    overlap, df
        As in `emtract.econometrics.measurement.prepared.prepare`.
    differences
        Pairs of moods whose difference is corrected in their place; see `Rows.contrast`.

    Raises
    ------
    SpecError
        When no regressor is a mean of posts, or one is made of it in a way that cannot be corrected.
    EstimationError
        When the panel has no noise, no cell has two units, or the regression cannot be estimated on those that have.
    """
    rows = prepare(reported.spec, panel, overlap=overlap, df=df)
    precision = reliability_table(rows)
    if differences:
        rows = rows.contrast(differences)
    told = reported.estimates if estimates is None else estimates
    numbers = told.select("term", "estimate", "std_error", "conf_low", "conf_high")
    return Measured(reported, numbers, precision, corrected(rows))


def measured_or_why(call: Callable[[], Measured]) -> Measured | str:
    """Return what a call measures, or why the data do not allow it."""
    try:
        return call()
    except EstimationError as error:
        return str(error)


def line_in_words(kept: ConfidenceSet, beside: Sequence[float] = ()) -> str:
    """Say a set: an interval, everything but one, or that nothing is ruled out.

    Parameters
    ----------
    kept
        The set.
    beside
        Numbers that stand beside it, whose decimals its ends take.
    """
    ends = [end for piece in kept.pieces for end in piece if np.isfinite(end)]
    decimals = decimals_for([*(number for number in beside if np.isfinite(number)), *ends])

    def end_in_words(end: float) -> str:
        """An end that is far from all that was measured has no decimals to tell."""
        return signed(end, 0 if abs(end) >= _FAR else decimals)

    told = []
    for low, high in kept.pieces:
        if np.isinf(low) and np.isinf(high):
            return CANNOT_TELL
        if np.isinf(low):
            told.append(f"at most {end_in_words(high)}")
        elif np.isinf(high):
            told.append(f"at least {end_in_words(low)}")
        else:
            told.append(f"{end_in_words(low)} to {end_in_words(high)}")
    return " or ".join(told) or "no value: the moments contradict each other"

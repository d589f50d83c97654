"""How well the moods of a regression were measured, what it could have shown, and what it says once corrected: in one frame."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from emtract.econometrics.measurement.correct import corrected
from emtract.econometrics.measurement.prepared import prepare
from emtract.econometrics.measurement.reliability import power_table, reliability_table
from emtract.words.numbers import decimals_for, signed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from emtract.econometrics.measurement.correct import Correction
    from emtract.econometrics.measurement.sets import ConfidenceSet
    from emtract.econometrics.regression.result import Result
    from emtract.panel.frame import Panel

#: What a set says where it rules nothing out.
CANNOT_TELL: Final = "any value"


@dataclass(frozen=True)
class Measured:
    """A regression whose moods are measured and corrected.

    Attributes
    ----------
    reported
        The regression as the study reports it, on all its rows.
    precision
        The table of `emtract.econometrics.measurement.reliability.Reliability`.
    correction
        The regression corrected, on the cells whose noise is known.
    """

    reported: Result
    precision: pl.DataFrame
    correction: Correction

    @cached_property
    def frame(self) -> pl.DataFrame:
        """One row a mood.

        Returns
        -------
        pl.DataFrame
            term; texts, one_text, halves, halves_error, reliability, low, high (`Reliability.table`); per_measured_sd and
            per_true_sd (`power_table`); reported and reported_error (all rows); n_obs, naive, naive_error, estimate, std_error,
            set_low, set_high, set_pieces, effective_clusters (`Correction.tidy`); set, in words.
        """
        all_rows = self.reported.tidy().select(
            "term", pl.col("estimate").alias("reported"), pl.col("std_error").alias("reported_error")
        )
        precision = self.precision.select(
            "term", "texts", "one_text", "halves", "halves_error", "reliability", "low", "high"
        )
        frame = precision
        for further in (
            power_table(self.reported, self.precision),
            all_rows,
            self.correction.tidy().drop("reliability", "reliability_error"),
        ):
            frame = frame.join(further, on="term", how="left", maintain_order="left")
        words = [
            line_in_words(kept, [row["naive"], row["naive_error"]])
            for kept, row in zip(self.correction.sets, frame.iter_rows(named=True), strict=True)
        ]
        return frame.with_columns(pl.Series("set", words, pl.String))


def measure(reported: Result, panel: Panel) -> Measured:
    """Measure and correct the moods of an estimated regression.

    Raises
    ------
    SpecError
        When no regressor is a mean of posts, or one is made of it in a way that cannot be corrected.
    EstimationError
        When the panel has no noise, no cell has two units, or the regression cannot be estimated on those that have.
    """
    rows = prepare(reported.spec, panel)
    return Measured(reported, reliability_table(rows), corrected(rows))


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
    told = []
    for low, high in kept.pieces:
        if np.isinf(low) and np.isinf(high):
            return CANNOT_TELL
        if np.isinf(low):
            told.append(f"at most {signed(high, decimals)}")
        elif np.isinf(high):
            told.append(f"at least {signed(low, decimals)}")
        else:
            told.append(f"{signed(low, decimals)} to {signed(high, decimals)}")
    return " or ".join(told) or "no value: the moments contradict each other"

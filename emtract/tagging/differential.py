"""Whether misreading goes with an outcome: tag less reading on what the price did, from tags of a probability sample."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl
from scipy import stats

from emtract.emotions import EMOTIONS
from emtract.errors import SourceError
from emtract.panel.frame import ENTITY, TIME
from emtract.tagging.accuracy import endless_covariance, tagged_texts

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from emtract.tagging.sample import Sample

#: Cells with tags and an outcome below which nothing is tested.
LEAST: Final = 30
#: happy less sad, anger, disgust and fear, as of a mean of posts.
_VALENCE: Final = np.array([0.0, 1.0, -1.0, -1.0, -1.0, 0.0, -1.0])


@dataclass(frozen=True)
class DifferentialError:
    """How tag less reading goes with an outcome.

    Attributes
    ----------
    table
        A row an emotion, and valence: measure, slope (shares a standard deviation of the outcome), std_error, low, high,
        p_value; intervals are of 95 per cent.
    p_value
        Of the hypothesis that no emotion's misreading goes with the outcome (F test of the six that are not neutral).
    cells
        Cells that count: with a tag, and with an outcome.
    notes
        What must be known of them.
    """

    table: pl.DataFrame
    p_value: float
    cells: int
    notes: tuple[str, ...]


def differential_error(sample: Sample, tags: pl.DataFrame, outcome: pl.DataFrame) -> DifferentialError:
    """Test whether a scorer misreads otherwise when the outcome is high than when it is low.

    Parameters
    ----------
    sample
        Which texts were drawn, and with which chances.
    tags
        text_key, tagger and label, as `emtract.tagging.answers.load_tags` returns them.
    outcome
        symbol, session and value: the outcome after effects and controls, of all cells of the regression that uses the moods.

    Raises
    ------
    SourceError
        Fewer than 30 cells have a tag and an outcome, or it does not vary.

    Notes
    -----
    A regression on moods that are read with error is right, or can be corrected for it, where errors do not go with the outcome
    given the emotion. With d the mean of tag less reading over a cell's distinct texts and y the outcome, the slope is
    ``sum d y / sum y^2`` over all cells, of which the sample gives both sums by one over its chances (Hajek 1971). It is the
    bias, divided by the variance of y, that misreading brings into the covariance of the mood with the outcome. As the question
    is one of the process and not of these cells, cells count as independent draws from strata without end, so that no variance
    is taken off for the share of the archive that was drawn. t and F with the cells less the strata as degrees of freedom.
    """
    of = tagged_texts(sample, tags)
    keys = pl.DataFrame({ENTITY: [c.symbol for c in sample.cells], TIME: [c.session for c in sample.cells]})
    found = keys.join(outcome, on=[ENTITY, TIME], how="left", maintain_order="left")["value"].to_numpy()
    y, owner = found.astype(np.float64)[sample.owners], sample.owners
    held = np.array([cell.texts for cell in sample.cells])[owner]
    counts = of.told & np.isfinite(y)
    cells = len(np.unique(owner[counts]))
    if cells < LEAST:
        raise SourceError(
            f"{cells:,} cells have a tag and an outcome, and {LEAST} are needed: tag more of the sample, or name an outcome that "
            "its sessions have"
        )
    apart = of.tags - of.readings
    d = np.column_stack([apart, apart @ _VALENCE])
    y = np.where(counts, y, 0.0)
    chance = sample.probabilities
    total = float((y**2 / held / chance).sum())
    values = outcome["value"].drop_nulls().to_numpy()
    sd = float(values.std()) if len(values) else 0.0
    if not total or not sd:
        raise SourceError("the outcome does not vary, given firm and session: name another")
    slopes = (d * (y / held / chance)[:, None]).sum(axis=0) / total
    errors = (d - slopes * y[:, None]) * (y / held / total)[:, None]
    covariance = endless_covariance(sample, errors)
    df = max(cells - len(sample.strata), 1)
    return DifferentialError(_table(slopes * sd, covariance * sd**2, df), _joint(slopes, covariance, df), cells, _NOTES)


_NOTES: Final = (
    "slopes are of tag less reading: below zero for an emotion that is read too often where the outcome is high",
    "a sample of tags sees large differences only: read the intervals beside the effect that a study reports",
)


def _table(slopes: NDArray[np.float64], covariance: NDArray[np.float64], df: int) -> pl.DataFrame:
    errors = np.sqrt(np.diag(covariance))
    quantile = float(stats.t.ppf(0.975, df))
    with np.errstate(divide="ignore", invalid="ignore"):
        p_values = 2 * stats.t.sf(np.abs(slopes / errors), df)
    return pl.DataFrame(
        {
            "measure": [*EMOTIONS, "valence"],
            "slope": slopes,
            "std_error": errors,
            "low": slopes - quantile * errors,
            "high": slopes + quantile * errors,
            "p_value": p_values,
        }
    )


def _joint(slopes: NDArray[np.float64], covariance: NDArray[np.float64], df: int) -> float:
    """F test of the emotions that are not neutral; emotions that vary in no sample of theirs are left out."""
    own = slice(1, len(EMOTIONS))
    b, v = slopes[own], covariance[own, own]
    rank = int(np.linalg.matrix_rank(v, hermitian=True))
    if not rank or df <= rank:
        return float("nan")
    wald = float(b @ np.linalg.pinv(v, hermitian=True) @ b)
    return float(stats.f.sf(wald / rank * (df - rank + 1) / df, rank, df - rank + 1))

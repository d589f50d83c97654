"""Whether misreading goes with an outcome, from tags of a probability sample: as a whole, and among texts of one tag."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl
from scipy import stats

from emtract.emotions import EMOTIONS
from emtract.errors import SourceError
from emtract.panel.frame import ENTITY, TIME
from emtract.tagging.accuracy import TaggedTexts, endless_covariance, tagged_texts

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from emtract.tagging.sample import Sample

#: Cells with tags and an outcome below which nothing is tested.
LEAST: Final = 30
#: Least part of a residual that leverage leaves.
_PULL: Final = 0.1
#: Part of the outcome's sum of squares below which what a tag leaves of it is none.
_NOTHING: Final = 1e-12
#: happy less sad, anger, disgust and fear, as of a mean of posts.
_VALENCE: Final = np.array([0.0, 1.0, -1.0, -1.0, -1.0, 0.0, -1.0])


@dataclass(frozen=True)
class DifferentialError:
    """How misreading goes with an outcome: as a whole, and among texts of one tag.

    Attributes
    ----------
    table
        A row an emotion, and valence: measure, slope (shares a standard deviation of the outcome), std_error, low, high,
        p_value; intervals are of 95 per cent.
    p_value
        Of the hypothesis that no emotion's misreading goes with the outcome (F test of the six that are not neutral).
    given_tag, p_given_tag
        The same of the reading among texts of one tag: above zero where more of an emotion is read when the outcome is high.
    cells
        Cells that count: with a tag, and with an outcome.
    notes
        What must be known of them.
    """

    table: pl.DataFrame
    p_value: float
    given_tag: pl.DataFrame
    p_given_tag: float
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

    That slope is of all that is wrong with the plain regression: a scorer that is merely unsure reads too little of an emotion
    wherever it is shown, and where the emotion moves the outcome tag less reading goes with it. What a correction for
    misreading assumes is less: that among texts of one tag readings do not go with the outcome. So readings are regressed on y
    and an effect of each tag, by the same weights; of several tags of a text each counts by its share. An emotion that one text
    is tagged with adds nothing. Residuals are divided by one less the leverage (HC3; MacKinnon and White 1985).
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
    given, spread = _given_tag(of, y, counts / held / chance)
    return DifferentialError(
        _table(slopes * sd, covariance * sd**2, df),
        _joint(slopes, covariance, df),
        _table(given * sd, spread * sd**2, df),
        _joint(given, spread, df),
        cells,
        _NOTES,
    )


def _given_tag(
    of: TaggedTexts, y: NDArray[np.float64], weight: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Slopes of readings, valence last, on the outcome and an effect of each tag, shape (8,), and their covariance (8, 8)."""
    readings = np.column_stack([of.readings, of.readings @ _VALENCE])
    shares = of.tags * weight[:, None]
    total = shares.sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        centre, level = (np.nan_to_num(shares.T @ x / total[:, None]) for x in (y[:, None], readings))
    # Of each text and tag, shape (k, 7): the outcome less its mean among texts of the tag.
    apart = y[:, None] - centre.T
    square = float((shares * apart**2).sum())
    if square <= _NOTHING * float(weight @ y**2):
        raise SourceError("among texts of one tag the outcome does not vary: tag more of the sample")
    slopes = np.einsum("uj,uj,uk->k", shares, apart, readings) / square
    left = readings[:, None] - level - slopes * apart[:, :, None]
    # Residuals are too small where a text pulls the line, or the effect of its tag, towards it.
    with np.errstate(invalid="ignore", divide="ignore"):
        pull = shares * (apart**2 / square + np.nan_to_num(1 / total))
    scores = np.einsum("uj,uj,ujk->uk", shares / np.maximum(1 - pull, _PULL), apart, left) / square
    return slopes, endless_covariance(of.sample, scores * of.sample.probabilities[:, None])


_NOTES: Final = (
    "tag less reading is below zero for an emotion that is read too often where the outcome is high; where the emotion moves the "
    "outcome, a scorer that is merely unsure does that too",
    "readings given the tag are what a correction for misreading takes to stay the same whatever the outcome",
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

"""How far taggers agree: Krippendorff's alpha for labels, with an interval, and the share of answers that are the same."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from emtract.emotions import EMOTIONS

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: Samples of texts behind an interval.
DRAWS: Final = 2_000
_SEED: Final = 0


@dataclass(frozen=True)
class Agreement:
    """How far several taggers agree on the texts that two or more of them could tell.

    Attributes
    ----------
    texts, tags
        Texts with two tags or more, and their tags.
    alpha, low, high
        Krippendorff's alpha for nominal data and its 95 per cent interval; NaN where all tags are of one emotion.
    same
        Share of pairs of tags of one text that are the same; texts with more tags count for more, as in alpha.
    by_emotion
        A row an emotion: tags; same, how often another tag of the same text names it too; alpha, for this emotion
        against all others.
    by_pair
        A row a pair of taggers: texts, same, alpha.
    """

    texts: int
    tags: int
    alpha: float
    low: float
    high: float
    same: float
    by_emotion: pl.DataFrame
    by_pair: pl.DataFrame


def agreement(tags: pl.DataFrame) -> Agreement | None:
    """Measure agreement; None where no text has two tags.

    Parameters
    ----------
    tags
        text_key, tagger and label, null where the tagger could not tell: such an answer is none.

    Notes
    -----
    With n_uc tags of emotion c on text u, n_u in all, coincidences are ``o_ck = sum_u n_uc (n_uk - 1(c = k)) / (n_u - 1)`` and
    ``alpha = 1 - (n - 1) sum_{c≠k} o_ck / sum_{c≠k} n_c n_k`` (Krippendorff 2011). They add up over texts, so that the bootstrap,
    which draws texts, draws sums. The interval holds the percentiles of alpha over such samples.
    """
    told = tags.drop_nulls("label").sort("text_key", "tagger")
    found = coincidences(told)
    if not len(found):
        return None
    whole = found.sum(axis=0)
    rng = np.random.default_rng(_SEED)
    times = rng.multinomial(len(found), np.full(len(found), 1 / len(found)), size=DRAWS)
    drawn = alpha(np.tensordot(times, found, axes=1))
    known = drawn[np.isfinite(drawn)]
    low, high = np.quantile(known, (0.025, 0.975)) if len(known) else (np.nan, np.nan)
    return Agreement(
        texts=len(found),
        tags=round(whole.sum()),
        alpha=float(alpha(whole)),
        low=float(low),
        high=float(high),
        same=float(np.trace(whole) / whole.sum()),
        by_emotion=_by_emotion(whole),
        by_pair=_by_pair(told),
    )


def coincidences(told: pl.DataFrame) -> NDArray[np.float64]:
    """Coincidences of emotions on each text with two tags or more, shape (texts, 7, 7); see `agreement`."""
    counted = told.group_by("text_key", maintain_order=True).agg(
        [(pl.col("label") == emotion).sum().alias(emotion) for emotion in EMOTIONS]
    )
    n = counted.select(EMOTIONS).to_numpy().astype(np.float64)
    n = n[n.sum(axis=1) > 1]
    pairs = n[:, :, None] * n[:, None, :] - n[:, :, None] * np.eye(len(EMOTIONS))
    return np.asarray(pairs / (n.sum(axis=1) - 1)[:, None, None], dtype=np.float64)


def alpha(coincidence: NDArray[np.float64]) -> NDArray[np.float64]:
    """Alpha of matrices of coincidences, shape (..., k, k); NaN where all are of one category."""
    totals = coincidence.sum(axis=-1)
    n = totals.sum(axis=-1)
    apart = n - np.trace(coincidence, axis1=-2, axis2=-1)
    expected = n**2 - (totals**2).sum(axis=-1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.where(expected > 0, 1 - (n - 1) * apart / expected, np.nan), dtype=np.float64)


def _by_emotion(whole: NDArray[np.float64]) -> pl.DataFrame:
    rows = []
    for place, emotion in enumerate(EMOTIONS):
        tags, both = whole[place].sum(), whole[place, place]
        alone = np.array([[both, tags - both], [tags - both, whole.sum() - 2 * tags + both]])
        rows.append((emotion, round(tags), both / tags if tags else None, float(alpha(alone))))
    frame = pl.DataFrame(rows, schema=["emotion", "tags", "same", "alpha"], orient="row")
    return frame.with_columns(pl.col("alpha").fill_nan(None))


def _by_pair(told: pl.DataFrame) -> pl.DataFrame:
    rows = []
    for one, two in combinations(told["tagger"].unique().sort(), 2):
        found = coincidences(told.filter(pl.col("tagger").is_in([one, two])))
        whole = found.sum(axis=0)
        same = float(np.trace(whole) / whole.sum()) if len(found) else None
        rows.append((f"{one}, {two}", len(found), same, float(alpha(whole))))
    schema = {"taggers": pl.String, "texts": pl.Int64, "same": pl.Float64, "alpha": pl.Float64}
    return pl.DataFrame(rows, schema=schema, orient="row").with_columns(pl.col("alpha").fill_nan(None))

"""Clean and score what the store holds and no run has read yet; stop it anywhere, and it goes on from there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import polars as pl

from emtract.emotions import EMOTIONS
from emtract.scoring.cleaning import Progress, clean_store, slices

if TYPE_CHECKING:
    from emtract.model import Scorer
    from emtract.store import Store

#: Texts scored per transaction: what an interrupted run loses at most.
SCORE_SLICE: Final = 8_192
#: Texts scored between two signs of progress.
SCORE_STEP: Final = 512


@dataclass(frozen=True)
class ScoringReport:
    """What a scoring run did.

    Attributes
    ----------
    cleaned
        Posts that the cleaner read.
    scored
        Distinct model texts that the scorer read.
    posts
        Posts in the store, all of them scored now.
    distinct_texts
        Distinct model texts among them.
    """

    cleaned: int
    scored: int
    posts: int
    distinct_texts: int

    @property
    def duplicate_share(self) -> float:
        """Share of posts whose score was taken from another post with the same model text."""
        return 1 - self.distinct_texts / self.posts if self.posts else 0.0


def score_store(store: Store, scorer: Scorer, *, progress: Progress | None = None) -> ScoringReport:
    """Give every post of the store a score of this scorer.

    Each distinct model text is scored once; the view `scores` joins it back to every post that reads so. Slices are committed
    as they are done, so that an interrupted run resumes where it stopped.

    Parameters
    ----------
    store
        A store open to write.
    scorer
        The instrument; its name, revision and cleaner version are the key of the scores.
    progress
        Called with (stage, done, total) after each slice; stages are ``clean`` and ``score``.
    """
    report = progress or (lambda stage, done, total: None)
    cleaned = clean_store(store, scorer.cleaner, report)
    scored = _score(store, scorer, report)
    distinct = store.sql(
        "SELECT count(*) AS n FROM texts WHERE cleaner = $cleaner", cleaner=scorer.cleaner.version
    ).item()
    return ScoringReport(cleaned, scored, store.count("posts"), int(distinct))


def _score(store: Store, scorer: Scorer, report: Progress) -> int:
    key = {"cleaner": scorer.cleaner.version, "scorer": scorer.name, "revision": scorer.revision}
    store.run("scoring/50_unscored", **key)
    total = store.count("unscored")
    if total:
        report("score", 0, total)
    for start, stop in slices(total, SCORE_SLICE):
        texts = store.query("scoring/60_slice_texts", start=start, stop=stop)
        parts = []
        for first, last in slices(texts.height, SCORE_STEP):
            parts.append(_score_texts(texts[first:last], scorer))
            report("score", start + last, total)
        with store.registered({"slice": pl.concat(parts)}), store.transaction():
            store.run("scoring/70_insert_scores", **key)
    return total


def _score_texts(texts: pl.DataFrame, scorer: Scorer) -> pl.DataFrame:
    scores = scorer.score(texts["text"].to_list())
    return texts.select("n").with_columns(
        *(pl.Series(emotion, scores.probabilities[:, i], dtype=pl.Float32) for i, emotion in enumerate(EMOTIONS)),
        pl.Series("n_tokens", scores.n_tokens, dtype=pl.Int32),
        pl.Series("truncated", scores.truncated, dtype=pl.Boolean),
    )

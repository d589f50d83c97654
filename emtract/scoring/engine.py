"""Clean and score what the store holds and no run has read yet; stop it anywhere, and it goes on from there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import polars as pl

from emtract.emotions import EMOTIONS
from emtract.text import clean_posts

if TYPE_CHECKING:
    from emtract.model import Scorer
    from emtract.store import Store

#: Posts cleaned, and texts scored, per transaction: what an interrupted run loses at most.
CLEAN_SLICE: Final = 50_000
SCORE_SLICE: Final = 8_192
#: Texts scored between two signs of progress.
SCORE_STEP: Final = 512

Progress = Callable[[str, int, int], None]


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
    cleaned = _clean(store, scorer, report)
    scored = _score(store, scorer, report)
    distinct = store.sql(
        "SELECT count(*) AS n FROM texts WHERE cleaner = $cleaner", cleaner=scorer.cleaner.version
    ).item()
    return ScoringReport(cleaned, scored, store.count("posts"), int(distinct))


def _clean(store: Store, scorer: Scorer, report: Progress) -> int:
    version = scorer.cleaner.version
    store.run("scoring/10_uncleaned", cleaner=version)
    total = store.count("uncleaned")
    if total:
        report("clean", 0, total)
    for start, stop in _slices(total, CLEAN_SLICE):
        posts = store.query("scoring/20_slice_bodies", start=start, stop=stop)
        texts = clean_posts(posts["body"].to_list(), scorer.cleaner)
        cleaned = posts.select("post_key").with_columns(
            pl.Series("text", [t.text for t in texts], dtype=pl.String),
            pl.Series("kind", [t.kind for t in texts], dtype=pl.String),
        )
        with store.transaction(), store.registered({"slice": cleaned}):
            store.run("scoring/40_insert_texts", cleaner=version)
            store.run("scoring/30_insert_cleaned", cleaner=version)
        report("clean", stop, total)
    return total


def _score(store: Store, scorer: Scorer, report: Progress) -> int:
    key = {"cleaner": scorer.cleaner.version, "scorer": scorer.name, "revision": scorer.revision}
    store.run("scoring/50_unscored", **key)
    total = store.count("unscored")
    if total:
        report("score", 0, total)
    for start, stop in _slices(total, SCORE_SLICE):
        texts = store.query("scoring/60_slice_texts", start=start, stop=stop)
        parts = []
        for first, last in _slices(texts.height, SCORE_STEP):
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


def _slices(total: int, size: int) -> Iterator[tuple[int, int]]:
    return ((start, min(start + size, total)) for start in range(0, total, size))

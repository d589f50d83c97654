"""Clean and score what the store holds and no run has read yet; stop it anywhere, and it goes on from there."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from time import perf_counter
from typing import TYPE_CHECKING, Final, Protocol

import polars as pl

from emtract.errors import StoreError
from emtract.model.scorer import score_texts, told_by
from emtract.scoring.cleaning import Progress, clean_store, slices
from emtract.scoring.intake import clear_folder, remove_shard, take_leftovers
from emtract.scoring.pending import Pending, Scope, ScoreKey, find_pending
from emtract.scoring.runlog import append_record, log_path, record_run
from emtract.scoring.shards import (
    SOURCE_SUFFIX,
    Shard,
    read_scores,
    score_rows,
    write_source,
)

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator
    from pathlib import Path

    from emtract.model import Scorer
    from emtract.store import Store

#: Texts scored per transaction: what an interrupted run loses at most.
SCORE_SLICE: Final = 8_192
#: Texts scored between two signs of progress.
SCORE_STEP: Final = 1_024
#: Shards that each worker gets at least, where there are texts enough: none waits long for the last.
_SHARDS_EACH: Final = 4
_SMALLEST_SHARD: Final = 1_024


class ShardRunner(Protocol):
    """Who scores shards outside this process: `LocalRunner`, `RayRunner`."""

    @property
    def engine(self) -> str:
        """Name in the run log."""

    @property
    def workers(self) -> int:
        """Processes that score at a time."""

    @property
    def shard_texts(self) -> int:
        """Texts a shard at most."""

    def run(self, shards: Iterable[Shard]) -> Generator[Shard]:
        """Yield each shard when its target and manifest are written, in any order."""


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
        Posts in the store.
    distinct_texts
        Distinct model texts among them.
    covered
        Posts that read as the texts scored now.
    seconds
        What scoring them took.
    taken_in
        Texts that an interrupted run had scored and this one took in.
    left
        Texts still without a score, because a limit or dates left them out.
    lacking
        Posts without a score, because the file that brought the scores has none for them.
    unread
        Texts without a score, because the scorer could not read them; they come again at the next run.
    notes
        What else the scorer tells of the run, such as its price.
    dimensions
        Texts whose dimensions were read now; see `emtract.scoring.dimensions`.
    """

    cleaned: int
    scored: int
    posts: int
    distinct_texts: int
    covered: int = 0
    seconds: float = 0.0
    taken_in: int = 0
    left: int = 0
    lacking: int = 0
    unread: int = 0
    notes: tuple[str, ...] = ()
    dimensions: int = 0

    @property
    def duplicate_share(self) -> float:
        """Share of posts whose score was taken from another post with the same model text."""
        return 1 - self.distinct_texts / self.posts if self.posts else 0.0

    @property
    def posts_per_second(self) -> float:
        """Posts covered a second of scoring."""
        return self.covered / self.seconds if self.seconds else 0.0


def score_store(
    store: Store,
    scorer: Scorer,
    *,
    scope: Scope | None = None,
    runner: ShardRunner | None = None,
    progress: Progress | None = None,
) -> ScoringReport:
    """Give the posts of the store a score of this scorer.

    Each distinct model text is scored once; the view `scores` joins it back to every post that reads so. Slices are committed
    as they are done, so that an interrupted run resumes where it stopped, and a line is added to the run log.

    Parameters
    ----------
    store
        A store open to write.
    scorer
        The instrument; its name, revision and cleaner version are the key of the scores.
    scope
        Which part of the store; None takes the whole. All of it is cleaned.
    runner
        Who scores, over shards in a folder beside the store; None scores in this process. It must load the same scorer.
    progress
        Called with (stage, done, total) after each slice; stages are ``clean`` and ``score``, with the share of duplicates;
        both count posts.

    Raises
    ------
    StoreError
        The store is read-only, or the disk is full.
    """
    store.check_writable()
    report = progress or (lambda stage, done, total: None)
    taken = take_leftovers(store, work_folder(store))
    cleaned = clean_store(store, scorer.cleaner, report)
    pending = find_pending(store, ScoreKey.of(scorer), scope or Scope())
    run = _Run(store, scorer, pending, report)
    if pending.texts:
        run.logged(runner)
    distinct = store.query("scoring/distinct_texts", cleaner=scorer.cleaner.version).item()
    posts = store.count("posts")
    return ScoringReport(
        cleaned,
        run.texts,
        posts,
        int(distinct),
        run.posts,
        run.seconds,
        taken,
        pending.left,
        unread=pending.texts - run.texts,
        notes=told_by(scorer),
    )


def work_folder(store: Store) -> Path:
    """Folder of the shards of a store that are being scored."""
    return store.path.with_name(f"{store.path.name}.work")


def export_shards(store: Store, folder: Path, pending: Pending, *, cleaner: str, size: int) -> Iterator[Shard]:
    """Write the texts that a run has to score as shards, each when it is asked for.

    Parameters
    ----------
    store
        Its temporary table `unscored` has to come from `pending`.
    folder
        An existing folder; the shards are `000000.texts.parquet` and so on.
    pending
        What `find_pending` has returned last for this store.
    cleaner
        Version of the cleaner that left the texts; kept in each shard.
    size
        Texts a shard, the last may have fewer.

    Raises
    ------
    StoreError
        A shard cannot be written.
    """
    for number, (start, stop) in enumerate(slices(pending.texts, size)):
        texts = store.query("scoring/slice_texts", start=start, stop=stop)
        source = folder / f"{number:06d}{SOURCE_SUFFIX}"
        digest = write_source(source, texts, cleaner=cleaner)
        yield Shard(source, texts.height, int(texts["posts"].sum()), digest)


class _Run:
    """One run: what it has to score, and what it has committed so far."""

    def __init__(self, store: Store, scorer: Scorer, pending: Pending, report: Progress) -> None:
        self.store, self.scorer, self.pending = store, scorer, pending
        self.key = ScoreKey.of(scorer)
        self.texts = self.posts = self.seen = 0
        self.seconds = 0.0
        self._report = report
        self._what = f"score ({pending.duplicate_share:.0%} duplicates{_expected(store, scorer, pending)})"

    def logged(self, runner: ShardRunner | None) -> None:
        """Score, and add what was done to the run log, however it ends."""
        start, clock, finished = datetime.now(UTC), perf_counter(), False
        self._show()
        try:
            if runner is None:
                self._score_here()
            else:
                self._score_over(runner)
            finished = True
        finally:
            self.seconds = perf_counter() - clock
            record = record_run(
                self.key,
                start=start,
                seconds=self.seconds,
                texts=self.texts,
                posts=self.posts,
                finished=finished,
                engine=runner.engine if runner else "local",
                workers=runner.workers if runner else 1,
            )
            append_record(log_path(self.store.path), record)

    def _score_here(self) -> None:
        for start, stop in slices(self.pending.texts, SCORE_SLICE):
            texts = self.store.query("scoring/slice_texts", start=start, stop=stop)
            parts, ahead, covered = [], 0, 0
            for first, last in slices(texts.height, getattr(self.scorer, "step", SCORE_STEP)):
                step = texts[first:last]
                scores = score_texts(self.scorer, step["text"].to_list())
                parts.append(score_rows(step["text_key"], scores))
                ahead += int(step["posts"].sum())
                covered += int(step["posts"].filter(pl.Series(scores.scored)).sum())
                self._show(ahead)
            self._commit(pl.concat(parts), covered)
            self.seen += ahead

    def _score_over(self, runner: ShardRunner) -> None:
        folder = work_folder(self.store)
        folder.mkdir(exist_ok=True)
        size = _shard_size(self.pending.texts, runner)
        shards = export_shards(self.store, folder, self.pending, cleaner=self.key.cleaner, size=size)
        with closing(runner.run(shards)) as finished:
            for shard in finished:
                self._commit(self._scores_of(shard), shard.posts)
                self.seen = self.posts
                remove_shard(shard.source, shard.target)
                self._show()
        clear_folder(folder)

    def _scores_of(self, shard: Shard) -> pl.DataFrame:
        manifest = shard.finished()
        if manifest is None or manifest.key != self.key:
            raise StoreError(
                f"{shard.target} is damaged, or was scored by another scorer than {self.key.scorer}@{self.key.revision}: "
                "run the same command again; what was finished is kept"
            )
        return read_scores(shard.target)

    def _commit(self, scores: pl.DataFrame, posts: int) -> None:
        with self.store.registered({"slice": scores}), self.store.transaction():
            self.store.run("scoring/insert_scores", **self.key.parameters())
        self.texts += scores.height
        self.posts += posts

    def _show(self, ahead: int = 0) -> None:
        self._report(self._what, self.seen + ahead, self.pending.posts)


def _expected(store: Store, scorer: Scorer, pending: Pending) -> str:
    """What reading the pending texts will cost, of a scorer that costs anything."""
    if not (pending.texts and hasattr(scorer, "forecast")):
        return ""
    characters = store.sql(
        "SELECT coalesce(sum(length(t.text)), 0) AS n FROM unscored AS u JOIN texts AS t ON t.rowid = u.place WHERE u.n < $texts",
        texts=pending.texts,
    ).item()
    return f"; {scorer.forecast(pending.texts, int(characters)).told()}"


def _shard_size(texts: int, runner: ShardRunner) -> int:
    fair = -(-texts // (_SHARDS_EACH * runner.workers))
    return min(runner.shard_texts, max(_SMALLEST_SHARD, fair))

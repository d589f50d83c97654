"""Scoring: what the store lacks, in this process or spread; the shards that leave the machine, and the run log."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from emtract.config import Settings, StoreSettings, with_options
from emtract.errors import ConfigError
from emtract.model.registry import HUGGINGFACE, LLM, DeferredScorer, check_device, identify
from emtract.pipeline.opening import configured_model, named_scorer, open_scorer, silent
from emtract.scoring import Scope, score_store
from emtract.scoring import folder as shards
from emtract.scoring.cleaning import clean_store
from emtract.scoring.dimensions import read_dimensions
from emtract.scoring.folder import choose_part, choose_task, list_shards, score_part
from emtract.scoring.imported import ImportedScorer, clean_for, find_imported
from emtract.scoring.pending import ScoreKey, find_pending
from emtract.scoring.runlog import log_path, read_records
from emtract.scoring.runners import LocalRunner, NamedScorer, RayRunner, threads_each
from emtract.store.outside import forget_missing
from emtract.text import CLEANER_VERSION

if TYPE_CHECKING:
    from pathlib import Path

    from emtract.config import ModelSettings
    from emtract.model import Scorer
    from emtract.pipeline.opening import Progress
    from emtract.scoring import ScoringReport
    from emtract.scoring.engine import ShardRunner
    from emtract.scoring.folder import PartReport
    from emtract.scoring.runlog import RunRecord
    from emtract.scoring.shards import Shard
    from emtract.store import Store


def score(
    settings: Settings, store: Store, *, scope: Scope | None = None, progress: Progress | None = None
) -> ScoringReport:
    """Score what the store holds and the configured scorer has not read, in this process or over the processes of [scoring].

    The further scorers of `[model] also` follow, in this process, then dimensions where they are asked for; the report is
    the first scorer's.

    Parameters
    ----------
    settings
        Scorers, and what spreads the scoring.
    store
        A store open to write.
    scope
        Which part of the store; None for all.
    progress
        Called with (stage, done, total), posts cleaned and then posts scored.
    """
    runner = shard_runner(settings)
    if runner is not None:
        # This process only asks what the scorer is called: the GPU is the workers'.
        settings = with_options(settings, device="cpu")
    report = _give_scores(store, open_scorer(settings, store), scope, progress, runner)
    for name in settings.model.also:
        is_asked = name.startswith(LLM)
        further = named_scorer(name, settings.model) if is_asked else DeferredScorer(configured_model(settings, name))
        _give_scores(store, find_imported(store, name) or further, scope, progress)
    if settings.model.dimensions:
        from emtract.model.dimensions import load_dimensions

        reader = load_dimensions(threads=settings.model.threads)
        report = replace(report, dimensions=read_dimensions(store, reader, progress=progress))
    return report


def _give_scores(
    store: Store, scorer: Scorer, scope: Scope | None, progress: Progress | None, runner: ShardRunner | None = None
) -> ScoringReport:
    if isinstance(scorer, ImportedScorer):
        return clean_for(store, scorer, progress or silent)
    return score_store(store, scorer, scope=scope, runner=runner, progress=progress)


def score_key(settings: Settings) -> ScoreKey | None:
    """Return the key of the configured scorer's scores without loading its weights; None for models named `hf:NAME`.

    Raises
    ------
    ModelError
        The model is unknown or damaged, or its package is missing.
    """
    name = configured_model(settings, settings.model.name)
    return None if name.startswith(HUGGINGFACE) else ScoreKey(*identify(name, settings.model.llm), CLEANER_VERSION)


def missing_scores(store: Store, key: ScoreKey) -> tuple[int, int]:
    """Return how many new posts, and how many texts, have no score of a key."""
    store.run("scoring/uncleaned", cleaner=key.cleaner)
    return store.count("uncleaned"), find_pending(store, key, Scope()).texts


def shard_runner(settings: Settings) -> ShardRunner | None:
    """Return what [scoring] and [model] ask for; None where this process scores alone, with all cores."""
    check_device(settings.model.name, settings.model.device)
    engine, workers, device = settings.scoring.engine, settings.scoring.workers, settings.model.device
    model = with_options(settings, name=configured_model(settings, settings.model.name)).model
    if settings.model.name.startswith(LLM):
        if engine != "local" or workers != 1:
            raise ConfigError(
                f"{settings.model.name} is asked from one process: leave engine and workers out, and set parallel in [model.llm]"
            )
        return None
    if engine == "ray":
        threads = settings.model.threads or 1
        return RayRunner(_instrument(model, threads), workers, cpus=threads, gpus=int(device == "cuda"))
    if workers == 1 and device == "cpu":
        return None
    return LocalRunner(_instrument(model, settings.model.threads or threads_each(workers)), workers)


def parse_scope(*, limit: int | None = None, since: str | None = None, until: str | None = None) -> Scope:
    """Read the options that choose a part of the store.

    Parameters
    ----------
    limit
        Texts to score at most, 1 or more; None for all.
    since, until
        First and last day of the posts, both included, such as `2014-01-31` (UTC); None for no bound.

    Raises
    ------
    ConfigError
        A day is none, the last is before the first, or the limit is not positive.
    """
    if limit is not None and limit < 1:
        raise ConfigError(f"--limit {limit}: give the texts to score at most, 1 or more")
    first, last = _day("--since", since), _day("--until", until)
    if first and last and last < first:
        raise ConfigError(f"--until {last} is before --since {first}: give them the other way round")
    return Scope(limit, first, last)


def kept(store: Store) -> str:
    """Say what an interrupted run leaves, and how to go on."""
    texts = store.count("text_scores")
    return (
        f"stopped: {texts:,} scores of texts are in {store.path}; run the same command again and it goes on from there"
    )


def write_shards(
    settings: Settings, store: Store, folder: Path, *, scope: Scope | None = None, progress: Progress | None = None
) -> list[Shard]:
    """Clean the store, and write the texts that the configured scorer has not read as shards.

    Parameters
    ----------
    settings
        Which scorer.
    store
        A store open to write.
    folder
        A new folder, an empty one, or one whose writing was interrupted.
    scope
        Which texts; None for all.
    progress
        Called with (stage, done, total): posts cleaned, then texts written.

    Raises
    ------
    ModelError
        The scores of the configured scorer came from a file.
    SourceError
        The folder holds shards already.
    """
    report = progress or silent
    scorer = open_scorer(settings, store)
    if isinstance(scorer, ImportedScorer):
        raise scorer.refusal()
    clean_store(store, scorer.cleaner, report)
    return shards.write_shards(
        store, folder, ScoreKey.of(scorer), scope=scope, progress=lambda done, total: report("shards", done, total)
    )


def score_shards(
    folder: Path,
    model: ModelSettings,
    *,
    part: str | None = None,
    task: int | None = None,
    progress: Progress | None = None,
    **options: str | int | None,
) -> PartReport:
    """Score the shards of a folder, or a part `I/N` of them, or one by its number; needs no store.

    Parameters
    ----------
    folder
        See `write_shards`.
    model
        Which scorer.
    part, task
        Which shards, at most one of the two: a part such as `3/20`, or a number; None for all.
    progress
        Called with (stage, texts done, texts in all).
    options
        Keys of [model] in the place of the keys of `model`; a None changes nothing.

    Raises
    ------
    ConfigError
        Both `part` and `task` are given, or the part is not two numbers.
    SourceError
        The folder holds no whole set of shards, or no such part or shard.
    """
    report = progress or silent
    chosen = list_shards(folder)
    if part is not None and task is not None:
        raise ConfigError("--part and --task exclude each other: give one of them")
    if part is not None:
        chosen = choose_part(chosen, *_part(part))
    if task is not None:
        chosen = choose_task(chosen, task)
    model = with_options(Settings(store=StoreSettings(path=""), model=model), **options).model
    instrument = _instrument(model, model.threads)
    return score_part(chosen, instrument, progress=lambda done, total: report("score", done, total))


def forget_shards(settings: Settings) -> int:
    """Let the configured store no longer refer to shards outside it that are gone, and return how many."""
    return forget_missing(settings.resolve(settings.store.path))


def run_log(settings: Settings) -> tuple[RunRecord, ...]:
    """Read the run log of the configured store."""
    return read_records(log_path(settings.resolve(settings.store.path)))


def _instrument(model: ModelSettings, threads: int | None) -> NamedScorer:
    return NamedScorer(model.name, threads, model.batch_tokens, model.device)


def _day(option: str, text: str | None) -> date | None:
    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError as error:
        raise ConfigError(f"{option} {text}: give a day such as 2014-01-31 (UTC)") from error


def _part(text: str) -> tuple[int, int]:
    try:
        part, parts = (int(number) for number in text.split("/"))
    except ValueError as error:
        raise ConfigError(f"--part {text}: give part and number of parts, such as 3/20") from error
    return part, parts

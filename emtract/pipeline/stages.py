"""Settings in, one stage run: what the verbs `ingest`, `score` and `panel` call."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emtract.config import with_options

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from emtract.config import Settings
    from emtract.model import Scorer
    from emtract.panel.frame import Panel
    from emtract.scoring import Scope, ScoringReport
    from emtract.store import Store

    #: Called with (what, done, total); the CLI draws a bar of it.
    Progress = Callable[[str, int, int], None]


def silent(what: str, done: int, total: int) -> None:
    """Report no progress."""
    del what, done, total


def open_store(settings: Settings, *, read_only: bool = False) -> Store:
    """Open the store that the settings name; its folder is made where it is missing."""
    from emtract.store import Store

    path = settings.resolve(settings.store.path)
    if not read_only:
        path.parent.mkdir(parents=True, exist_ok=True)
    return Store.open(
        path, read_only=read_only, memory_limit=settings.store.memory_limit, threads=settings.store.threads
    )


def open_scorer(settings: Settings) -> Scorer:
    """Return the scorer that the settings name, which is loaded at the first text that it scores."""
    from emtract.model.deferred import DeferredScorer

    options = settings.model
    return DeferredScorer(
        options.name, threads=options.threads, batch_tokens=options.batch_tokens, device=options.device
    )


def score(
    settings: Settings, store: Store, *, scope: Scope | None = None, progress: Progress | None = None
) -> ScoringReport:
    """Score what the store holds and the configured scorer has not read, in this process or over those of [scoring].

    The further scorers of `[model] also` follow, in this process; the report is that of the first.
    """
    from emtract.model.deferred import DeferredScorer
    from emtract.pipeline.spread import shard_runner
    from emtract.scoring import score_store

    runner = shard_runner(settings)
    if runner is not None:
        # This process only asks what the scorer is called: the GPU is the workers'.
        settings = with_options(settings, device="cpu")
    report = score_store(store, open_scorer(settings), scope=scope, runner=runner, progress=progress)
    for name in settings.model.also:
        score_store(store, DeferredScorer(name), scope=scope, progress=progress)
    return report


def build_panel(settings: Settings, store: Store, *, scorer: str | None = None, revision: str | None = None) -> Panel:
    """Build the panel that the settings describe; by default from the configured scorer's scores."""
    from emtract.panel.requests import FirmSessions
    from emtract.pipeline.samples import panel_options

    return FirmSessions().build(store, panel_options(settings, scorer=scorer, revision=revision))


def check_panel_output(settings: Settings, output: Path) -> None:
    """Make sure that the panel can be written to a path, and that it stands on no file that the panel is made of.

    Raises
    ------
    ReportError
        See `report.dataset.check_output`; or the path is the store, a file of it, or one of the configured inputs.
    """
    from emtract.errors import ReportError
    from emtract.pipeline.folders import matching_files
    from emtract.report.tables.dataset import check_output

    check_output(output)
    if not output.exists():
        return
    patterns = [source.files for group in (settings.posts, settings.prices, settings.market) for source in group]
    inputs = [path for pattern in patterns for path in matching_files(pattern, base=settings.base)]
    store = settings.resolve(settings.store.path)
    if any(path.exists() and output.samefile(path) for path in (store, *inputs)):
        raise ReportError(f"cannot write {output}: the panel is made of this file; name another")

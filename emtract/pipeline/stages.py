"""Settings in, one stage run: what the verbs `ingest`, `score` and `panel` call."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emtract.config import with_options
from emtract.pipeline.opening import open_scorer

if TYPE_CHECKING:
    from pathlib import Path

    from emtract.config import Settings
    from emtract.panel.frame import Panel
    from emtract.pipeline.opening import Progress
    from emtract.scoring import Scope, ScoringReport
    from emtract.store import Store


def score(
    settings: Settings, store: Store, *, scope: Scope | None = None, progress: Progress | None = None
) -> ScoringReport:
    """Score what the store holds and the configured scorer has not read, in this process or over those of [scoring].

    The further scorers of `[model] also` follow, in this process; the report is that of the first.

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
    """Build the panel that the settings describe.

    Parameters
    ----------
    settings
        Its section `[panel]`.
    store
        A scored store.
    scorer, revision
        Whose scores to take, see `panel_options`; None takes the configured scorer's.

    Raises
    ------
    PanelError
        The store lacks what the panel needs, such as scores by this scorer or prices.
    """
    from emtract.panel.firm_sessions import FirmSessions
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

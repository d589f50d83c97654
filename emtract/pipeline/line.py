"""The whole line: every stage in order, skipping what is done, down to the page of each study."""

from __future__ import annotations

from dataclasses import dataclass
from time import perf_counter
from typing import TYPE_CHECKING, NamedTuple

from emtract.pipeline.loading import IngestReport, ingest
from emtract.pipeline.opening import open_store
from emtract.pipeline.pages import build_pages
from emtract.pipeline.scoring import score
from emtract.pipeline.studies import check_studies

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from emtract.config import Settings
    from emtract.pipeline.opening import Progress
    from emtract.pipeline.pages import Truth
    from emtract.scoring import ScoringReport


class Stage(NamedTuple):
    """One stage of a run when it is done: its name, the seconds it took, and what it did."""

    name: str
    seconds: float
    did: IngestReport | ScoringReport | Mapping[str, tuple[Path, bool]]


@dataclass(frozen=True)
class RunReport:
    """What a run did, stage by stage.

    Attributes
    ----------
    ingest, scoring
        See each.
    studies
        Study -> its page, and whether it was built now.
    seconds
        Stage -> what it took.
    """

    ingest: IngestReport
    scoring: ScoringReport
    studies: Mapping[str, tuple[Path, bool]]
    seconds: Mapping[str, float]

    @property
    def nothing_to_do(self) -> bool:
        """Whether every file was known, every post scored and every page up to date."""
        built = any(new for _, new in self.studies.values())
        read = self.scoring.cleaned or self.scoring.scored or self.scoring.dimensions
        return not (self.ingest.files or read or built)


def run(
    settings: Settings,
    *,
    force: bool = False,
    progress: Progress | None = None,
    done: Callable[[Stage], None] | None = None,
    truth: Truth | None = None,
) -> RunReport:
    """Take the whole line, from files to pages, and skip whatever is done.

    Parameters
    ----------
    settings
        What to run; see `emtract.config.load_settings`.
    force
        Build every page again, even where its manifest says that nothing changed.
    progress
        Called with (stage, done, total).
    done
        Called with each stage at its end.
    truth
        For simulated archives only.

    Raises
    ------
    StudyError
        A study that the configuration names does not exist; nothing is read then.
    """
    seconds: dict[str, float] = {}
    start = perf_counter()

    def end(name: str, did: IngestReport | ScoringReport | Mapping[str, tuple[Path, bool]]) -> None:
        nonlocal start
        seconds[name], start = perf_counter() - start, perf_counter()
        if done is not None:
            done(Stage(name, seconds[name], did))

    check_studies(settings)
    with open_store(settings) as store:
        store.check_outside()
        ingested = ingest(settings, store, progress=progress)
        end("ingest", ingested)
        scored = score(settings, store, progress=progress)
        if ingested.files or scored.cleaned or scored.scored or scored.dimensions:
            store.check()
        end("score", scored)
        pages = build_pages(settings, store, force=force, progress=progress, truth=truth)
        end("studies", pages)
    return RunReport(ingested, scored, pages, seconds)

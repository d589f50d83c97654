"""The whole line: every stage in order, skipping what is done, down to the page of each study."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from emtract.pipeline.loading import IngestReport, ingest
from emtract.pipeline.opening import open_store
from emtract.pipeline.pages import build_pages
from emtract.pipeline.scoring import score

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from emtract.config import Settings
    from emtract.pipeline.opening import Progress
    from emtract.pipeline.pages import Truth
    from emtract.scoring import ScoringReport


@dataclass(frozen=True)
class RunReport:
    """What a run did, stage by stage; `studies` maps each study to its page and whether it was built now."""

    ingest: IngestReport
    scoring: ScoringReport
    studies: Mapping[str, tuple[Path, bool]]

    @property
    def nothing_to_do(self) -> bool:
        """Whether every file was known, every post scored and every page up to date."""
        built = any(new for _, new in self.studies.values())
        return not (self.ingest.files or self.scoring.cleaned or self.scoring.scored or built)


def run(
    settings: Settings, *, force: bool = False, progress: Progress | None = None, truth: Truth | None = None
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
    truth
        For simulated archives only.
    """
    with open_store(settings) as store:
        store.check_outside()
        ingested = ingest(settings, store, progress=progress)
        scored = score(settings, store, progress=progress)
        if ingested.files or scored.cleaned or scored.scored:
            store.check()
        pages = build_pages(settings, store, force=force, progress=progress, truth=truth)
    return RunReport(ingested, scored, pages)

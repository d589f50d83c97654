"""The whole line: every stage in order, skipping what is done, down to the page of each study."""

from __future__ import annotations

import hashlib
import json
import platform
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Final

import msgspec

from emtract.pipeline.inputs import IngestReport, ingest
from emtract.pipeline.samples import Samples
from emtract.pipeline.stages import open_scorer, open_store, score, silent
from emtract.provenance import InputFile, Provenance
from emtract.report.page import write_index, write_study
from emtract.store.sql import sql_digests
from emtract.study import load_study, run_study, study_file

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    import polars as pl

    from emtract.config import Settings
    from emtract.pipeline.stages import Progress
    from emtract.report.page import PlotlyJs
    from emtract.scoring import ScoringReport
    from emtract.store import Store
    from emtract.study import StudyResult

    #: For simulated archives: the written-down truth of a study, to be drawn beside its estimates; None where there is none.
    Truth = Callable[[Store, Settings, StudyResult], pl.DataFrame | None]

#: Packages whose version can move a number or a page.
_VERSIONED: Final = (
    "arch", "duckdb", "emtract", "exchange_calendars", "linearmodels", "numpy", "onnxruntime", "openvino", "pandas", "plotly",
    "polars", "scipy", "statsmodels", "tokenizers",
)  # fmt: skip
#: The same, of extras; named where they are installed.
_OPTIONAL: Final = ("pyfixest",)


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


def build_pages(
    settings: Settings,
    store: Store,
    *,
    force: bool = False,
    single_file: bool = False,
    progress: Progress | None = None,
    truth: Truth | None = None,
) -> dict[str, tuple[Path, bool]]:
    """Estimate the configured studies on a scored store, write their pages and the index, and skip what is up to date.

    Parameters
    ----------
    settings, store
        Which studies, on what.
    force
        Build every page again.
    single_file
        Each page holds all it needs, 5 MB more, so that it can be sent alone; builds every page again.
    progress
        Called with (stage, done, total).
    truth
        For simulated archives only.

    Returns
    -------
    dict
        Study -> its page, and whether it was built now.
    """
    report = progress or silent
    force = force or single_file
    stale = [n for n in settings.studies if force or not _up_to_date(settings, n, provenance(settings, store, n))]
    samples = Samples(settings, store) if stale else None
    for done, name in enumerate(stale):
        report("studies", done, len(stale))
        if samples is not None:
            result = _run(settings, name, samples)
            _write_page(settings, store, name, result, truth, plotly_js="inline" if single_file else "shared")
        report("studies", done + 1, len(stale))
    if settings.studies:
        write_index(settings.resolve(settings.report.folder))
    return {name: (_page(settings, name), name in stale) for name in settings.studies}


def run_one_study(settings: Settings, store: Store, name: str) -> tuple[Path, StudyResult]:
    """Estimate one study on a scored store and write its page, whether or not it is up to date, and the index."""
    result = estimate_study(settings, store, name)
    page = _write_page(settings, store, name, result, None)
    write_index(settings.resolve(settings.report.folder))
    return page, result


def estimate_study(settings: Settings, store: Store, name: str) -> StudyResult:
    """Estimate one study on a scored store, and write nothing."""
    return _run(settings, name, Samples(settings, store))


def provenance(settings: Settings, store: Store, study: str) -> Provenance:
    """Return everything that the page of a study depends on."""
    scorer = open_scorer(settings)
    sources = store.query("panel/70_sources")
    also = {"also": ", ".join(settings.model.also)} if settings.model.also else {}
    told = {"notice": settings.report.notice} | ({"posts": "text"} if settings.report.posts == "text" else {})
    plain = msgspec.to_builtins({"panel": settings.panel, "model": also, "report": told})
    flat = {f"{section}.{key}": value for section, values in plain.items() for key, value in values.items()}
    return Provenance(
        versions={"python": platform.python_version(), **_versions()},
        scorer=scorer.name,
        revision=scorer.revision,
        cleaner=scorer.cleaner.version,
        settings={
            **flat,
            "study.sha256": hashlib.sha256(study_file(_locate(settings, study)).read_bytes()).hexdigest(),
        },
        inputs=tuple(InputFile(**row) for row in sources.iter_rows(named=True)),
        sql=sql_digests(),
    )


def _versions() -> dict[str, str]:
    found = {name: version(name) for name in _VERSIONED}
    for name in _OPTIONAL:
        with suppress(PackageNotFoundError):
            found[name] = version(name)
    return found


def _locate(settings: Settings, study: str) -> str | Path:
    """Return the name of a shipped study, or the path of a configured one as seen from the working directory."""
    path = settings.resolve(study)
    return path if path.suffix == ".py" else study


def _run(settings: Settings, name: str, samples: Samples) -> StudyResult:
    study = load_study(_locate(settings, name))
    given, absent = samples.of(study)
    return run_study(study, given, absent=absent)


def _page(settings: Settings, study: str) -> Path:
    return settings.resolve(settings.report.folder) / load_study(_locate(settings, study)).name / "index.html"


def _write_page(
    settings: Settings,
    store: Store,
    name: str,
    result: StudyResult,
    truth: Truth | None,
    *,
    plotly_js: PlotlyJs = "shared",
) -> Path:
    return write_study(
        result,
        provenance(settings, store, name),
        settings.resolve(settings.report.folder),
        notice=settings.report.notice,
        truth=None if truth is None else truth(store, settings, result),
        plotly_js=plotly_js,
    ).index


def _up_to_date(settings: Settings, study: str, origin: Provenance) -> bool:
    page = _page(settings, study)
    manifest = page.with_name("manifest.json")
    if not (page.is_file() and manifest.is_file()):
        return False
    try:
        written = json.loads(manifest.read_text(encoding="utf-8"))
    except ValueError:
        return False
    return bool(written.get("provenance") == json.loads(json.dumps(origin.as_dict())))

"""The whole line: every stage in order, skipping what is done, down to the page of each study."""

from __future__ import annotations

import hashlib
import json
import platform
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from emtract.errors import EmtractError, StudiesFailedError, StudyError, first_line
from emtract.pipeline.inputs import IngestReport, ingest
from emtract.pipeline.opening import open_scorer, open_store, silent
from emtract.pipeline.samples import Samples
from emtract.pipeline.stages import score
from emtract.provenance import InputFile, Provenance, ScoreSet
from emtract.report.manifests import MANIFEST, are_whole, read_json
from emtract.report.study.page import Failure, write_failure, write_index, write_study
from emtract.store.sql import sql_digests
from emtract.study import load_study
from emtract.study.find import study_digests
from emtract.study.run import run_study

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import polars as pl

    from emtract.config import Settings
    from emtract.pipeline.opening import Progress
    from emtract.report.study.page import PlotlyJs
    from emtract.scoring import ScoringReport
    from emtract.store import Store
    from emtract.study import StudyResult

    #: For simulated archives: the written-down truth of a study, to be drawn beside its estimates; None where there is none.
    Truth = Callable[[Store, Settings, StudyResult], pl.DataFrame | None]

#: Packages whose version can move a number or a page.
_VERSIONED: Final = (
    "arch", "duckdb", "emoji", "emtract", "exchange_calendars", "ftfy", "jinja2", "linearmodels", "maketables", "numpy",
    "onnxruntime", "openvino", "pandas", "plotly", "polars", "scipy", "statsmodels", "tokenizers",
)  # fmt: skip
#: The same, of extras; named where they are installed.
_OPTIONAL: Final = ("py3langid", "pyfixest")


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

    Raises
    ------
    StudiesFailedError
        Some studies failed: the page of each says why, and the others are built; such a page is tried again every time.
    StudyError
        Two studies would write one folder.
    """
    report = progress or silent
    check_names(settings)
    force, origin = force or single_file, _origin(settings, store)
    stale = [n for n in settings.studies if force or not _up_to_date(settings, n, origin)]
    samples = Samples(settings, store) if stale else None
    failed: dict[str, str] = {}
    for done, name in enumerate(stale):
        report("studies", done, len(stale))
        if samples is not None:
            try:
                result = _run(settings, name, samples)
                _write_page(settings, store, name, result, truth, plotly_js="inline" if single_file else "shared")
            except EmtractError as error:
                failed[name] = str(error)
            except Exception as error:  # noqa: BLE001
                # A study is code of its user's: whatever it raises stops no other study.
                line = first_line(error, most=200)
                failed[name] = f"{type(error).__name__}: {line}: `emtract study run {name}` shows where"
            if name in failed:
                _write_failure(settings, name, failed[name], origin)
        report("studies", done + 1, len(stale))
    if settings.studies:
        write_index(settings.resolve(settings.report.folder))
    pages = {name: (_page(settings, name), name in stale) for name in settings.studies}
    if failed:
        first, more = next(iter(failed.values())), " (the pages of the others say why)" if len(failed) > 1 else ""
        told = f"{len(failed)} of {len(settings.studies)} studies failed: {', '.join(failed)}: {first}{more}"
        raise StudiesFailedError(told, pages)
    return pages


def run_one_study(settings: Settings, store: Store, name: str) -> tuple[Path, StudyResult]:
    """Estimate one study on a scored store and write its page, whether or not it is up to date, and the index.

    Parameters
    ----------
    settings
        Samples, and the folder of the pages.
    store
        A store with the scores that the study asks for.
    name
        A shipped study, or the path of a `.py` file, relative to the folder of the configuration.

    Returns
    -------
    tuple
        The page, and what was estimated.

    Raises
    ------
    StudyError
        No study has the name, or its file does not load.
    """
    result = estimate_study(settings, store, name)
    page = _write_page(settings, store, name, result, None)
    write_index(settings.resolve(settings.report.folder))
    return page, result


def estimate_study(settings: Settings, store: Store, name: str) -> StudyResult:
    """Estimate one study on a scored store, and write nothing.

    Parameters
    ----------
    settings, store, name
        See `run_one_study`.

    Raises
    ------
    StudyError
        No study has the name, or its file does not load.
    """
    return _run(settings, name, Samples(settings, store))


def check_names(settings: Settings) -> None:
    """Raise `StudyError` where two of the configured studies would write one folder."""
    homes: dict[str, str] = {}
    for study in settings.studies:
        home = _name(settings, study)
        if other := homes.get(home.casefold()):
            remedy = "name it once" if other == study else "give one of them another name"
            raise StudyError(f"{other} and {study} would both write the page of the study {home}: {remedy}")
        homes[home.casefold()] = study


def provenance(settings: Settings, store: Store, study: str) -> Provenance:
    """Return everything that the page of a study depends on.

    Parameters
    ----------
    settings
        The configured scorer, panel and report.
    store
        Gives the inputs and the scores that it holds.
    study
        A shipped study, or the path of a `.py` file, relative to the folder of the configuration.
    """
    return _of_study(_origin(settings, store), settings, study)


def _origin(settings: Settings, store: Store) -> Provenance:
    """What the pages of all studies depend on, the study aside."""
    scorer = open_scorer(settings)
    sources = store.query("provenance/sources")
    also = {"also": ", ".join(settings.model.also)} if settings.model.also else {}
    told = {"notice": settings.report.notice} | ({"posts": "text"} if settings.report.posts == "text" else {})
    plain = msgspec.to_builtins({"panel": settings.panel, "model": also, "report": told})
    return Provenance(
        versions={"python": platform.python_version(), **_versions()},
        scorer=scorer.name,
        revision=scorer.revision,
        cleaner=scorer.cleaner.version,
        settings={f"{section}.{key}": value for section, values in plain.items() for key, value in values.items()},
        inputs=tuple(InputFile(**row) for row in sources.iter_rows(named=True)),
        sql=sql_digests(),
        scores=tuple(ScoreSet(**row) for row in store.query("provenance/score_sets").iter_rows(named=True)),
        store=store.query("provenance/readings_of_files").row(0, named=True),
        code=_code_digest(),
    )


def _of_study(origin: Provenance, settings: Settings, study: str) -> Provenance:
    digests = study_digests(_locate(settings, study))
    own = {f"study.{name}sha256": digest for key, digest in digests.items() for name in [f"{key}." if key else ""]}
    return replace(origin, settings={**origin.settings, **own})


@cache
def _code_digest() -> str:
    """Digest of the package's code and templates; SQL and models have digests of their own, other studies do not matter."""
    root = Path(__file__).resolve().parent.parent
    told = hashlib.sha256()
    for path in sorted(p for p in root.rglob("*") if p.suffix in {".py", ".j2", ".css", ".js", ".txt", ".tsv"}):
        relative = path.relative_to(root)
        if relative.parts[0] not in {"studies", "sql", "benchmark", "validation"} and "weights" not in relative.parts:
            told.update(f"{relative.as_posix()} {hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    return told.hexdigest()


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


def _name(settings: Settings, study: str) -> str:
    """Name of a study; where it does not load, that of its file."""
    located = _locate(settings, study)
    try:
        return load_study(located).name
    except StudyError:
        return Path(located).stem


def _page(settings: Settings, study: str) -> Path:
    return settings.resolve(settings.report.folder) / _name(settings, study) / "index.html"


def _write_failure(settings: Settings, study: str, reason: str, origin: Provenance) -> None:
    located = _locate(settings, study)
    try:
        question = load_study(located).question
    except StudyError:
        question = f"The study {study} does not load"
    write_failure(
        Failure(_name(settings, study), question, reason, settings.report.notice),
        origin,
        settings.resolve(settings.report.folder),
    )


def _write_page(
    settings: Settings,
    store: Store,
    name: str,
    result: StudyResult,
    truth: Truth | None,
    *,
    plotly_js: PlotlyJs = "shared",
) -> Path:
    # The truth of a simulation may bring scores of its own: it is asked first.
    known = None if truth is None else truth(store, settings, result)
    return write_study(
        result,
        provenance(settings, store, name),
        settings.resolve(settings.report.folder),
        notice=settings.report.notice,
        truth=known,
        plotly_js=plotly_js,
    ).index


def _up_to_date(settings: Settings, study: str, origin: Provenance) -> bool:
    """Whether a page says that it was made from just this, and its files are those that were written then."""
    try:
        now = _of_study(origin, settings, study)
    except StudyError:
        return False
    folder = _page(settings, study).parent
    told = read_json(folder / MANIFEST)
    return (
        isinstance(told, dict)
        and "failed" not in told
        and told.get("provenance") == json.loads(json.dumps(now.as_dict()))
        and are_whole(folder, told)
    )

"""Studies of the configuration -> their pages and the index; a page whose every ground is the same is left as it is."""

from __future__ import annotations

import hashlib
import json
import platform
from contextlib import suppress
from dataclasses import replace
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from emtract.errors import EmtractError, StudiesFailedError, StudyError, first_line, is_interrupt
from emtract.misreading import read_misreading
from emtract.options import PICKS
from emtract.panel.requests import SampleBuilder
from emtract.pipeline.opening import open_scorer, silent
from emtract.pipeline.panel import panel_options
from emtract.pipeline.studies import ConfiguredStudy, configured_studies, find_study
from emtract.provenance import InputFile, Provenance, ScoreSet
from emtract.report.study.page import Failure, write_failure, write_index, write_study
from emtract.store.sql import sql_digests
from emtract.study.tailor import part_of

if TYPE_CHECKING:
    from collections.abc import Callable

    import polars as pl

    from emtract.config import Settings
    from emtract.misreading import Misreading
    from emtract.pipeline.opening import Progress
    from emtract.report.study.page import PlotlyJs
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
    report, folder = progress or silent, settings.resolve(settings.report.folder)
    studies = _distinct(configured_studies(settings))
    origin, samples = find_origin(settings, store), SampleBuilder(store, panel_options(settings, store))
    stale = [study for study in studies if force or single_file or not study.is_up_to_date(origin)]
    notice, misreading = settings.report.notice, configured_misreading(settings)
    plotly_js: PlotlyJs = "inline" if single_file else "shared"
    failed: dict[str, str] = {}
    for done, study in enumerate(stale):
        report("studies", done, len(stale))
        try:
            result = study.estimate(samples, misreading, progress)
            # The truth of a simulation may bring scores of its own: it is asked first.
            known = None if truth is None else truth(store, settings, result)
            rests = study.provenance(origin if truth is None else find_origin(settings, store))
            write_study(result, rests, folder, notice=notice, truth=known, plotly_js=plotly_js)
        except Exception as error:
            # A study is code of its user's: whatever it raises stops no other study, but for what it makes of Ctrl-C.
            if is_interrupt(error):
                raise
            failed[study.asked] = _reason(study, error)
            write_failure(Failure(study.name, study.question, failed[study.asked], notice), origin, folder)
        report("studies", done + 1, len(stale))
    if studies:
        write_index(folder)
    built = {study.asked for study in stale}
    pages = {study.asked: (study.page, study.asked in built) for study in studies}
    if failed:
        first, more = next(iter(failed.values())), " (the pages of the others say why)" if len(failed) > 1 else ""
        told = f"{len(failed)} of {len(studies)} studies failed: {', '.join(failed)}: {first}{more}"
        raise StudiesFailedError(told, pages)
    return pages


def run_one_study(
    settings: Settings, store: Store, name: str, *, progress: Progress | None = None
) -> tuple[Path, StudyResult]:
    """Estimate one study on a scored store and write its page, whether or not it is up to date, and the index.

    Parameters
    ----------
    settings
        Samples, and the folder of the pages.
    store
        A store with the scores that the study asks for.
    name
        A shipped study, or a `.py` file: its path from the folder of the configuration, or the name of one that it lists.
    progress
        Called with (name of the study, specs done, specs in all).

    Returns
    -------
    tuple
        The page, and what was estimated.

    Raises
    ------
    StudyError
        No study has the name, or its file does not load.
    """
    study = find_study(settings, name)
    result = study.estimate(
        SampleBuilder(store, panel_options(settings, store)), configured_misreading(settings), progress
    )
    rests, report = study.provenance(find_origin(settings, store)), settings.report
    page = write_study(result, rests, settings.resolve(report.folder), notice=report.notice).index
    write_index(settings.resolve(report.folder))
    return page, result


def estimate_study(
    settings: Settings, store: Store, name: str, *, alone: str | None = None, progress: Progress | None = None
) -> StudyResult:
    """Estimate one study on a scored store, and write nothing.

    Parameters
    ----------
    settings, store, name, progress
        See `run_one_study`.
    alone
        The one regression to estimate of it, "" for the primary number's; None for all.

    Raises
    ------
    StudyError
        No study has the name, or its file does not load.
    """
    study = find_study(settings, name)
    if alone is not None and not isinstance(study.loaded, StudyError):
        study = replace(study, loaded=part_of(study.loaded, [alone or study.loaded.primary[0]]))
    samples = SampleBuilder(store, panel_options(settings, store))
    return study.estimate(samples, configured_misreading(settings), progress)


def configured_misreading(settings: Settings) -> Misreading | None:
    """Return how the configured scorer misreads posts, or None where nothing is said; raises as `read_misreading`."""
    path = settings.model.misreading
    return None if path is None else read_misreading(settings.resolve(path))


def find_origin(settings: Settings, store: Store) -> Provenance:
    """Return what the pages of all studies depend on, the study aside."""
    scorer = open_scorer(settings, store)
    sources = store.query("provenance/sources")
    also = {"also": ", ".join(settings.model.also)} if settings.model.also else {}
    if card := configured_misreading(settings):
        also["misreading"] = hashlib.sha256(json.dumps(card.to_plain(), sort_keys=True).encode()).hexdigest()
    told = {"notice": settings.report.notice} | ({"posts": "text"} if settings.report.posts == "text" else {})
    options = panel_options(settings, store, scorer=scorer.name, revision=scorer.revision)
    panel = msgspec.structs.asdict(settings.panel)
    panel = {key: value for key, value in panel.items() if key not in PICKS} | options.picked
    plain = msgspec.to_builtins({"panel": panel, "model": also, "report": told})
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


def _distinct(studies: tuple[ConfiguredStudy, ...]) -> tuple[ConfiguredStudy, ...]:
    """Return the studies; raises `StudyError` where two of them would write one folder."""
    homes: dict[str, str] = {}
    for study in studies:
        if other := homes.get(study.name.casefold()):
            remedy = "name it once" if other == study.asked else "give one of them another name"
            raise StudyError(f"{other} and {study.asked} would both write the page of the study {study.name}: {remedy}")
        homes[study.name.casefold()] = study.asked
    return studies


def _reason(study: ConfiguredStudy, error: Exception) -> str:
    if isinstance(error, EmtractError):
        return str(error)
    line = first_line(error, most=200)
    return f"{type(error).__name__}: {line}: `emtract study run {study.asked}` shows where"


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

"""The one joiner: settings in, stages in order, reports of what each did. Every stage skips what is done."""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec

from emtract.config import PostSource, PriceSource, Settings
from emtract.errors import ConfigError, SourceError
from emtract.provenance import InputFile, Provenance

if TYPE_CHECKING:
    import polars as pl

    from emtract.model import Scorer
    from emtract.panel.frame import Panel
    from emtract.scoring import ScoringReport
    from emtract.store import Store
    from emtract.store.loading import Loaded, SourceFile
    from emtract.study import StudyResult

#: Called with (what, done, total); the CLI draws a bar of it.
Progress = Callable[[str, int, int], None]

#: Packages whose version can move a number or a page.
_VERSIONED: Final = (
    "duckdb", "emtract", "exchange_calendars", "linearmodels", "numpy", "onnxruntime", "pandas", "plotly", "polars", "tokenizers",
)  # fmt: skip


@dataclass(frozen=True)
class IngestReport:
    """What ingesting did.

    Attributes
    ----------
    files, skipped
        Files read now, and files that the store held already.
    posts, prices
        Rows of either kind: read, kept, repeated, rejected.
    unreadable
        Files that could not be read at all, each with the reason; they stand in the quarantine.
    """

    files: int
    skipped: int
    posts: Loaded
    prices: Loaded
    unreadable: tuple[str, ...]


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


def open_store(settings: Settings, *, read_only: bool = False) -> Store:
    """Open the store that the settings name."""
    from emtract.store import Store

    path = settings.resolve(settings.store.path)
    return Store.open(path, read_only=read_only, memory_limit=settings.store.memory_limit, threads=settings.store.threads)


def open_scorer(settings: Settings) -> Scorer:
    """Load the scorer that the settings name."""
    from emtract.model import load_scorer

    return load_scorer(settings.model.name, threads=settings.model.threads)


def ingest(settings: Settings, store: Store, *, progress: Progress | None = None) -> IngestReport:
    """Read every configured file that the store does not hold yet; each file loads whole or not at all.

    Raises
    ------
    ConfigError
        When a pattern matches no file.
    """
    from emtract.store.loading import Loaded

    report = progress or _silent
    jobs = [*_jobs(settings, settings.posts, "posts"), *_jobs(settings, settings.prices, "prices")]
    totals = {"posts": Loaded(0, 0, 0, 0), "prices": Loaded(0, 0, 0, 0)}
    files, unreadable = 0, []
    for done, (path, name, source, kind) in enumerate(jobs, start=1):
        file = _unread(store, path, name, source, kind)
        if file is not None:
            files += 1
            loaded, error = _load(store, path, file, source)
            totals[kind] = Loaded(*(a + b for a, b in zip(_astuple(totals[kind]), _astuple(loaded), strict=True)))
            unreadable += [error] if error else []
        report("ingest", done, len(jobs))
    return IngestReport(files, len(jobs) - files, totals["posts"], totals["prices"], tuple(unreadable))


def score(settings: Settings, store: Store, *, progress: Progress | None = None) -> ScoringReport:
    """Score what the store holds and the configured scorer has not read."""
    from emtract.scoring import score_store

    return score_store(store, open_scorer(settings), progress=progress)


def build_panel(settings: Settings, store: Store, *, scorer: str | None = None, revision: str | None = None) -> Panel:
    """Build the panel that the settings describe; by default from the configured scorer's scores."""
    from emtract.panel.build import build_panel as build

    if scorer is None:
        configured = open_scorer(settings)
        scorer, revision = configured.name, configured.revision
    options = settings.panel
    return build(
        store,
        scorer=scorer,
        revision=revision,
        weights=options.weights,
        min_posts=options.min_posts,
        calendar=options.calendar,
        volatility_sessions=options.volatility_sessions,
    )


def run(
    settings: Settings,
    *,
    force: bool = False,
    progress: Progress | None = None,
    truth: Callable[[Settings, Store, str, StudyResult], pl.DataFrame] | None = None,
) -> RunReport:
    """Take the whole line, from files to pages, and skip whatever is done.

    Parameters
    ----------
    settings
        What to run; see `load_settings`.
    force
        Build every page again, even where its manifest says that nothing changed.
    progress
        Called with (stage, done, total).
    truth
        For simulated archives: gives the written-down truth of a study, drawn beside its estimates.
    """
    report = progress or _silent
    with open_store(settings) as store:
        ingested = ingest(settings, store, progress=progress)
        scored = score(settings, store, progress=progress)
        pages: dict[str, tuple[Path, bool]] = {}
        panel: Panel | None = None
        for done, name in enumerate(settings.studies, start=1):
            origin = provenance(settings, store, name)
            page = settings.resolve(settings.report.folder) / name / "index.html"
            if force or not _up_to_date(page, origin):
                panel = panel or build_panel(settings, store)
                page = _write_study(settings, store, panel, name, origin, truth)
                pages[name] = (page, True)
            else:
                pages[name] = (page, False)
            report("studies", done, len(settings.studies))
    return RunReport(ingested, scored, pages)


def provenance(settings: Settings, store: Store, study: str) -> Provenance:
    """Return everything that the page of a study depends on."""
    from emtract.store.sql import sql_digests
    from emtract.study import study_file

    scorer = open_scorer(settings)
    sources = store.sql(
        "SELECT path, kind, sha256, bytes, rows_read, rows_rejected FROM sources ORDER BY kind, path, source_id"
    )
    plain = msgspec.to_builtins({"panel": settings.panel, "report": {"notice": settings.report.notice}})
    flat = {f"{section}.{key}": value for section, values in plain.items() for key, value in values.items()}
    return Provenance(
        versions={"python": platform.python_version(), **{name: version(name) for name in _VERSIONED}},
        scorer=scorer.name,
        revision=scorer.revision,
        cleaner=scorer.cleaner.version,
        settings={**flat, "study.sha256": hashlib.sha256(study_file(study).read_bytes()).hexdigest()},
        inputs=tuple(InputFile(**row) for row in sources.iter_rows(named=True)),
        sql=sql_digests(),
    )


def _write_study(
    settings: Settings,
    store: Store,
    panel: Panel,
    name: str,
    origin: Provenance,
    truth: Callable[[Settings, Store, str, StudyResult], pl.DataFrame] | None,
) -> Path:
    from emtract.report.page import write_study
    from emtract.study import run_study

    result = run_study(name, panel)
    beside = truth(settings, store, name, result) if truth else None
    folder = settings.resolve(settings.report.folder)
    return write_study(result, origin, folder, notice=settings.report.notice, truth=beside).index


def _up_to_date(page: Path, origin: Provenance) -> bool:
    manifest = page.with_name("manifest.json")
    if not (page.is_file() and manifest.is_file()):
        return False
    try:
        written = json.loads(manifest.read_text(encoding="utf-8"))
    except ValueError:
        return False
    return bool(written.get("provenance") == json.loads(json.dumps(origin.as_dict())))


def _jobs(
    settings: Settings, sources: tuple[PostSource, ...] | tuple[PriceSource, ...], kind: str
) -> Iterator[tuple[Path, str, PostSource | PriceSource, str]]:
    for source in sources:
        pattern = Path(source.files).expanduser()
        root = Path(pattern.anchor) if pattern.is_absolute() else settings.base
        relative = str(pattern.relative_to(pattern.anchor)) if pattern.is_absolute() else source.files
        plain = root / relative
        matches = [plain] if plain.is_file() else sorted(p for p in _glob(root, relative) if p.is_file())
        if not matches:
            raise ConfigError(f"no file matches {source.files!r} of [[{kind}]]: check the path, which starts at {settings.base}")
        for path in matches:
            yield path, _display(path, settings.base), source, kind


def _glob(root: Path, pattern: str) -> Iterator[Path]:
    while pattern.startswith("../"):
        root, pattern = root.parent, pattern[3:]
    return root.glob(pattern)


def _display(path: Path, base: Path) -> str:
    import os.path

    return Path(os.path.relpath(path, base)).as_posix()


def _unread(store: Store, path: Path, name: str, source: PostSource | PriceSource, kind: str) -> SourceFile | None:
    from emtract.store.loading import SourceFile, holds_source, holds_unchanged

    form = source.format if isinstance(source, PostSource) else "prices"
    mapping = json.dumps(msgspec.to_builtins(source.columns), sort_keys=True)
    stat = path.stat()
    if holds_unchanged(store, name, size=stat.st_size, modified_ns=stat.st_mtime_ns, format=form, mapping=mapping):
        return None
    with path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    file = SourceFile(name, kind, form, mapping, digest, stat.st_size, stat.st_mtime_ns)
    return None if holds_source(store, file) else file


def _load(store: Store, path: Path, file: SourceFile, source: PostSource | PriceSource) -> tuple[Loaded, str | None]:
    from emtract.store.loading import load_posts, load_prices, load_unreadable

    try:
        if isinstance(source, PostSource):
            return load_posts(store, file, _post_batches(path, source)), None
        return load_prices(store, file, _price_batch(path, source)), None
    except SourceError as error:
        return load_unreadable(store, file, "unreadable file", str(error)), f"{file.path}: {error}"


def _post_batches(path: Path, source: PostSource) -> Iterator[dict[str, Any]]:
    from emtract.ingest.batches import read_posts
    from emtract.ingest.posts.tabular import ColumnMapping

    mapping = None if source.columns is None else ColumnMapping(**msgspec.structs.asdict(source.columns))
    for batch in read_posts(path, format=source.format, mapping=mapping):
        yield {"posts": batch.posts, "symbols": batch.symbols, "rejected": batch.rejected}


def _price_batch(path: Path, source: PriceSource) -> dict[str, Any]:
    from emtract.ingest.market import PriceColumns, read_prices

    batch = read_prices(path, columns=PriceColumns(**msgspec.structs.asdict(source.columns)))
    return {"prices": batch.prices, "rejected": batch.rejected}


def _astuple(loaded: Loaded) -> tuple[int, ...]:
    return tuple(asdict(loaded).values())


def _silent(what: str, done: int, total: int) -> None:
    del what, done, total

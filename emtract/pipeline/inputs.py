"""Configured files -> the store: which files there are, which are new, and what became of them."""

from __future__ import annotations

import hashlib
import json
import os.path
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from emtract.config import MarketSource, PostSource, PriceSource, Settings
from emtract.errors import ConfigError, SourceError
from emtract.ingest.authors import fingerprint
from emtract.options import PanelSettings
from emtract.panel.sessions import time_zone
from emtract.pipeline.authors import MARK, key_path, settle_authors
from emtract.pipeline.folders import matching_files
from emtract.pipeline.markets import load_market_file
from emtract.pipeline.notes import told_notes
from emtract.pipeline.opening import silent
from emtract.spelling import stored_name
from emtract.store.loading import (
    FilePart,
    forget_readings,
    load_parts,
    load_unreadable,
    unreadable_part,
)
from emtract.store.sources import KnownSource, Loaded, SourceFile, known_sources
from emtract.workers import available_cores, run_tasks

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from emtract.ingest.posts.tabular import ColumnMapping
    from emtract.ingest.tasks import ParseTask
    from emtract.pipeline.opening import Progress
    from emtract.store import Store

#: Lines a transaction: enough that its fixed cost does not show, few enough to hold in memory.
GROUP_ROWS: Final = 200_000
#: Lines that are parsed together: what a worker may hold.
BATCH_ROWS: Final = 20_000
#: Recorded as the format of a file that was not recognised.
UNKNOWN: Final = "unknown"
#: Key of a mapping under which the digest of the table of symbols beside a file of posts stands.
_BESIDE: Final = "symbols_file"
#: Bytes to read from which more than one process pays.
_PARALLEL_BYTES: Final = 1 << 22


@dataclass(frozen=True)
class IngestReport:
    """What ingesting did.

    Attributes
    ----------
    files, skipped
        Files read now, and files that the store held already.
    posts, prices, market
        Rows of each kind: read, kept, repeated, rejected.
    unreadable
        Files that could not be read at all, each with the reason; they stand in the quarantine.
    notes
        Sentences on optional fields of the files read now that some posts do without, and on times that may be days.
    new_key
        Key file for ids of authors, where it was made now.
    """

    files: int
    skipped: int
    posts: Loaded
    prices: Loaded
    market: Loaded
    unreadable: tuple[str, ...]
    notes: tuple[str, ...] = ()
    new_key: Path | None = None


def ingest(
    settings: Settings,
    store: Store,
    *,
    workers: int | None = None,
    progress: Progress | None = None,
    again: bool = False,
) -> IngestReport:
    """Read every configured file that the store does not hold yet.

    Prices come first, since they say which symbols there are. Files of posts are parsed in parallel and committed in
    order, a few hundred thousand lines at a time: small files whole, a large one in parts, so that an interrupted run goes on
    where it stopped.

    Parameters
    ----------
    settings
        What to read.
    store
        A store open to write.
    workers
        Processes that parse; None for one a core, where there is much to read.
    progress
        Called with (what, done, total).
    again
        Forget what was read and read every file anew, as it is configured now; scores of texts stay.

    Raises
    ------
    ConfigError
        When a pattern matches no file, the key for ids of authors is missing, or a file of posts in the store is configured
        to be read in another way than it was: the remedy is `again`.
    StoreError
        When the store holds ids of authors of another kind than those configured.
    """
    report = progress or silent
    jobs = [*post_jobs(settings), *_market_jobs(settings)]
    if again:
        _forget(store, jobs)
    known, key_file = known_sources(store), key_path(settings)
    _refuse_changed(store, jobs, known)
    new_key = None if key_file.exists() else key_file
    authors_key = settle_authors(settings, known.values())
    total = sum(job.path.stat().st_size for job in jobs)
    state = _State(store, known, report, total, authors_key, calendar=settings.panel.calendar)
    for job in jobs:
        if job.kind != "posts":
            state.load_market(job)
    state.load_posts([job for job in jobs if job.kind == "posts"], workers)
    state.show(state.total)
    skipped = len(jobs) - state.files
    return IngestReport(
        *(state.files, skipped, state.posts, state.prices, state.market, tuple(state.unreadable)),
        notes=(*_left_behind(known, jobs), *told_notes(store, state.read)),
        new_key=new_key if authors_key else None,
    )


class _State:
    """What an ingesting run knows and has done so far."""

    def __init__(
        self,
        store: Store,
        known: Mapping[str, KnownSource],
        report: Progress,
        total: int,
        authors_key: bytes | None = None,
        *,
        calendar: str,
    ) -> None:
        self.store, self.known, self.report, self.total = store, known, report, total
        self.authors_key = authors_key
        self.posts, self.prices, self.market = Loaded(), Loaded(), Loaded()
        self.priced: frozenset[str] | None = None
        self.files = self.before = 0
        self.unreadable: list[str] = []
        self.read: set[str] = set()
        self.calendar = calendar

    def show(self, done: int) -> None:
        """Report bytes as megabytes of all files, so that one large file moves the bar too."""
        whole = max(1, self.total >> 20)
        self.report("ingest (MB)", min(whole, done * whole // max(1, self.total)), whole)

    def fresh(self, jobs: Iterable[Job]) -> Iterator[tuple[Job, SourceFile]]:
        """Yield jobs that have something to read, and count the bytes of the others."""
        for job in jobs:
            file = _unread(
                self.known.get(job.name), job, _mapping(job, self.symbols(job), self.authors_key, self.calendar)
            )
            if file is not None:
                self.files += 1
                self.read.add(file.path)
                yield job, file
            else:
                self.before += job.path.stat().st_size
                self.show(self.before)

    def symbols(self, job: Job) -> frozenset[str]:
        """Symbols that the posts of a file may name without `$`: those with prices, where the configuration says so."""
        if not (isinstance(job.source, PostSource) and job.source.bare_symbols):
            return frozenset()
        if self.priced is None:
            self.priced = frozenset(self.store.sql("SELECT DISTINCT symbol FROM prices")["symbol"])
        return self.priced

    def load_posts(self, jobs: Sequence[Job], workers: int | None) -> None:
        """Parse and commit files of posts."""
        held: list[FilePart] = []
        if workers is None:
            large = sum(job.path.stat().st_size for job in jobs) >= _PARALLEL_BYTES
            workers = available_cores() if large else 1
        for part in self.parts(jobs, workers):
            held.append(part)
            if sum(part.rows for part in held) >= GROUP_ROWS:
                self.posts += load_parts(self.store, held)
                held = []
        if held:
            self.posts += load_parts(self.store, held)

    def parts(self, jobs: Sequence[Job], workers: int) -> Iterator[FilePart]:
        """Yield what the files hold, in their order."""
        files: dict[Path, SourceFile] = {}
        tasks = (self.task(job, file, files) for job, file in self.fresh(jobs))
        for task, parsed in run_tasks("emtract.ingest.tasks:parse_file", tasks, workers=workers):
            file = files[task.path]
            self.show(self.before + parsed.bytes_read)
            if parsed.error:
                self.unreadable.append(f"{file.path}: {parsed.error}")
                yield unreadable_part(file, "unreadable file", parsed.error)
            elif parsed.last or parsed.tables:
                yield FilePart(file, parsed.tables, last=parsed.last)
            if parsed.last:
                self.before += file.bytes

    def task(self, job: Job, file: SourceFile, files: dict[Path, SourceFile]) -> ParseTask:
        """Describe the reading of one file, from where an earlier run left it."""
        from emtract.ingest.tasks import ParseTask

        files[job.path] = file
        before = self.known.get(file.path)
        after = before.last_line if before is not None and not before.finished and before.is_same(file) else 0
        source = job.source
        assert isinstance(source, PostSource)  # noqa: S101
        mapping, symbols = column_mapping(source), self.symbols(job)
        return ParseTask(job.path, source.format, mapping, after, BATCH_ROWS, symbols, self.authors_key)

    def load_market(self, job: Job) -> None:
        """Read and commit one file of prices or of other market data."""
        assert not isinstance(job.source, PostSource)  # noqa: S101
        for fresh, file in self.fresh([job]):
            try:
                loaded = load_market_file(self.store, fresh.path, job.source, file=file, zone=time_zone(self.calendar))
            except SourceError as error:
                loaded = load_unreadable(self.store, file, "unreadable file", str(error))
                self.unreadable.append(f"{file.path}: {error}")
            if job.kind == "prices":
                self.prices += loaded
            else:
                self.market += loaded
            self.before += file.bytes
            self.show(self.before)


class Job(NamedTuple):
    """One file to read: where it is, what the store calls it, how it is read, and of which kind: posts, prices, market."""

    path: Path
    name: str
    source: PostSource | PriceSource | MarketSource
    kind: str


def post_jobs(settings: Settings) -> list[Job]:
    """Files of posts that the settings name, in their order; a folder of posts does without its files of other kinds."""
    others = {job.path for job in _market_jobs(settings)}
    return [*_jobs(settings, settings.posts, "posts", leave_out=others)]


def _market_jobs(settings: Settings) -> list[Job]:
    """Files of prices, then those of other market data."""
    return [*_jobs(settings, settings.prices, "prices"), *_jobs(settings, settings.market, "market")]


def _jobs(
    settings: Settings,
    sources: Sequence[PostSource | PriceSource | MarketSource],
    kind: str,
    *,
    leave_out: Collection[Path] = (),
) -> Iterator[Job]:
    store, reports = settings.resolve(settings.store.path), settings.resolve(settings.report.folder)
    ours = store, key_path(settings), reports, *leave_out
    for source in sources:
        matches = matching_files(source.files, base=settings.base, leave_out=ours)
        if not matches:
            raise ConfigError(
                f"no file matches {source.files!r} of [[{kind}]]: check the path, which starts at {settings.base}"
            )
        for path in matches:
            yield Job(path, shown_name(path, settings.base), source, kind)


def shown_name(path: Path, base: Path) -> str:
    """Return what the store calls a file: its path from the folder of the configuration."""
    return stored_name(Path(os.path.relpath(path, base)).as_posix())


def _unread(known: KnownSource | None, job: Job, how: object) -> SourceFile | None:
    """Return the file's identity, or None where the store has read it to its end, and as it would be read now."""
    form: str = "prices" if isinstance(job.source, PriceSource) else job.source.format
    mapping = json.dumps(how, sort_keys=True)
    if known and _told(json.loads(known.file.mapping)) == _told(how):
        mapping = known.file.mapping
    stat = job.path.stat()
    told = known.file.format if known and form == "auto" else form
    if known and known.is_unchanged(
        job.name, size=stat.st_size, modified_ns=stat.st_mtime_ns, format=told, mapping=mapping
    ):
        return None
    if form == "auto":
        form = _recognised(job)
    with job.path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    file = SourceFile(job.name, job.kind, form, mapping, digest, stat.st_size, stat.st_mtime_ns)
    return None if known and known.finished and known.is_same(file) else file


def _told(how: object) -> object:
    """What a mapping says, without what it leaves out: a column that a later emtract knows is none in an earlier record."""
    if not isinstance(how, dict):
        return how
    return {name: _told(value) for name, value in how.items() if value is not None and value is not False}


def _refuse_changed(store: Store, jobs: Iterable[Job], known: Mapping[str, KnownSource]) -> None:
    """Refuse files of posts that the store holds as they were read under other columns: their posts would stay as they are."""
    changed = [
        job for job in jobs if job.kind == "posts" and job.name in known and _is_changed(job, known[job.name].file)
    ]
    held = [job.name for job in changed if _holds_posts(store, job.name)]
    if held:
        more = f" (and {len(held) - 1:,} more files)" if len(held) > 1 else ""
        raise ConfigError(
            f"{held[0]}{more} was read under another format, other columns or another symbols_file than now, and its posts are "
            "stored as they were read: run `emtract ingest --again` to read all files anew (scores of texts stay), or undo the "
            "change"
        )


def _is_changed(job: Job, file: SourceFile) -> bool:
    assert isinstance(job.source, PostSource)  # noqa: S101
    before = json.loads(file.mapping)
    beside = before.get(_BESIDE) if isinstance(before, dict) else None
    if beside and beside != _symbols_digest(job):
        return True
    before = before["columns"] if isinstance(before, dict) and "columns" in before else before
    form = job.source.format
    columns = msgspec.to_builtins(job.source.columns)
    return _told(before) != _told(columns) or (form not in {"auto", file.format} and file.format != UNKNOWN)


def _symbols_digest(job: Job) -> str | None:
    """Digest of the table of symbols beside a file of posts; None where there is none."""
    assert isinstance(job.source, PostSource)  # noqa: S101
    name = job.source.columns.symbols_file if job.source.columns else None
    path = None if name is None else job.path.parent / name
    if path is None or not path.is_file():
        return None
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _holds_posts(store: Store, path: str) -> bool:
    rows = store.sql(
        "SELECT coalesce(sum(rows_kept + rows_repeated), 0) > 0 AS held FROM sources WHERE kind = 'posts' AND path = $path",
        path=path,
    )
    return bool(rows.item())


def _left_behind(known: Mapping[str, KnownSource], jobs: Iterable[Job]) -> list[str]:
    """Say which files the store holds though the configuration no longer names them, or they are gone: their rows still count."""
    left = sorted(known.keys() - {job.name for job in jobs})
    more = f" and {len(left) - 1:,} more" if len(left) > 1 else ""
    return [
        f"{name}{more}: in the store and no file of the configuration any longer, so every number still rests on its rows; "
        "name it again, or to do without it name another [store] path and run `emtract ingest`"
        for name in left[:1]
    ]


def _forget(store: Store, jobs: Iterable[Job]) -> None:
    """Empty the store of what was read; files that could not be read again, and scores that belong to posts, forbid it."""
    lost = sorted(known_sources(store).keys() - {job.name for job in jobs})
    if lost:
        raise ConfigError(
            f"{lost[0]} is in the store and no file of the configuration ({len(lost):,} such): --again would lose it. Name it "
            "in the configuration, or move the store away and run `emtract ingest`"
        )
    brought = store.count("post_scores")
    if brought:
        raise ConfigError(
            f"the store holds {brought:,} scores of posts that were brought from outside, which --again would lose: name another "
            "[store] path, run `emtract ingest`, and bring them in again"
        )
    forget_readings(store)


def _mapping(job: Job, symbols: frozenset[str], authors_key: bytes | None, calendar: str) -> object:
    """Everything that decides how a file of a known format is read, the bytes of files that options name included."""
    source = job.source
    columns = msgspec.to_builtins(source.columns)
    zoned = {} if calendar == PanelSettings().calendar else {"calendar": calendar}
    if isinstance(source, MarketSource):
        beside = {name: job.path.parent / value for name, value in source.options.items() if isinstance(value, str)}
        digests = {n: hashlib.sha256(p.read_bytes()).hexdigest() for n, p in beside.items() if p.is_file()}
        return {"columns": columns, "options": source.options} | ({"files": digests} if digests else {}) | zoned
    more: dict[str, object] = {}
    if isinstance(source, PriceSource):
        stated = {
            "close": source.close,
            "date_format": source.date_format,
            "timezone": source.timezone,
            "decimal": source.decimal,
        }
        more |= zoned | {name: value for name, value in stated.items() if value is not None}
    if isinstance(source, PostSource) and source.bare_symbols:
        more["bare_symbols"] = hashlib.sha256(" ".join(sorted(symbols)).encode()).hexdigest()
    if isinstance(source, PostSource) and (digest := _symbols_digest(job)):
        more[_BESIDE] = digest
    if isinstance(source, PostSource) and authors_key:
        more[MARK] = fingerprint(authors_key)
    return {"columns": columns} | more if more else columns


def _recognised(job: Job) -> str:
    """Return the format that the store records; of a file that is not recognised the reading says why."""
    from emtract.ingest.recognise import recognise_file

    try:
        return recognise_file(job.path, mapping=column_mapping(job.source)).format
    except SourceError:
        return UNKNOWN


def column_mapping(source: PostSource | PriceSource | MarketSource) -> ColumnMapping | None:
    """Return the configured columns as the readers take them."""
    from emtract.ingest.posts.tabular import ColumnMapping

    if not isinstance(source, PostSource) or source.columns is None:
        return None
    return ColumnMapping(**msgspec.structs.asdict(source.columns))

"""Configured files -> the store: what is new is read, prices first, and what became of it is said."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from emtract.config import MarketSource, PostSource, PriceSource, Settings
from emtract.errors import SourceError
from emtract.ingest.batches import ParseTask
from emtract.ingest.market import read_market
from emtract.ingest.market.options import cell_form
from emtract.ingest.market.prices import read_prices
from emtract.panel.sessions import time_zone
from emtract.pipeline.authors import key_path, settle_authors
from emtract.pipeline.files import column_mapping, market_jobs, post_jobs
from emtract.pipeline.known import forget, how_read, left_behind, refuse_changed, unread
from emtract.pipeline.notes import told_gone, told_notes
from emtract.pipeline.opening import silent
from emtract.store.loading import FilePart, load_market, load_parts, unreadable_part
from emtract.store.sources import KnownSource, Loaded, SourceFile, known_sources
from emtract.workers import available_cores, run_tasks

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from emtract.pipeline.files import Job
    from emtract.pipeline.opening import Progress
    from emtract.store import Store

#: Lines a transaction: enough that its fixed cost does not show, few enough to hold in memory.
GROUP_ROWS: Final = 200_000
#: Lines that are parsed together: what a worker may hold.
BATCH_ROWS: Final = 20_000
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
    jobs = [*post_jobs(settings), *market_jobs(settings)]
    if again:
        forget(store, jobs)
    known, key_file = known_sources(store), key_path(settings)
    refuse_changed(store, jobs, known)
    new_key = None if key_file.exists() else key_file
    authors_key = settle_authors(settings, known.values())
    run = _Run(store, known, progress or silent, jobs, calendar=settings.panel.calendar, authors_key=authors_key)
    for job in jobs:
        if job.kind != "posts":
            run.load_market(job)
    run.load_posts([job for job in jobs if job.kind == "posts"], workers)
    run.show(run.total)
    skipped = len(jobs) - run.files
    return IngestReport(
        files=run.files,
        skipped=skipped,
        **run.loaded,
        unreadable=tuple(run.unreadable),
        notes=(*left_behind(known, jobs), *told_gone(store, run.read), *told_notes(store, run.read)),
        new_key=new_key if authors_key else None,
    )


class _Run:
    """What an ingesting run knows and has done so far."""

    def __init__(
        self,
        store: Store,
        known: Mapping[str, KnownSource],
        report: Progress,
        jobs: Iterable[Job],
        *,
        calendar: str,
        authors_key: bytes | None,
    ) -> None:
        self.store, self.known, self.report = store, known, report
        self.calendar, self.authors_key = calendar, authors_key
        self.total, self.before = sum(job.path.stat().st_size for job in jobs), 0
        self.loaded = dict.fromkeys(("posts", "prices", "market"), Loaded())
        self.files = 0
        self.unreadable: list[str] = []
        self.read: set[str] = set()

    def show(self, done: int) -> None:
        """Report bytes as megabytes of all files, so that one large file moves the bar too."""
        whole = max(1, self.total >> 20)
        self.report("ingest (MB)", min(whole, done * whole // max(1, self.total)), whole)

    def fresh(self, job: Job, symbols: frozenset[str] = frozenset()) -> SourceFile | None:
        """Return the identity of a file that has something to read; the bytes of any other count as done."""
        how = how_read(job, symbols=symbols, authors_key=self.authors_key, calendar=self.calendar)
        file = unread(self.known.get(job.name), job, how)
        if file is None:
            self.before += job.path.stat().st_size
            self.show(self.before)
        else:
            self.files += 1
            self.read.add(file.path)
        return file

    def load_market(self, job: Job) -> None:
        """Read and commit one file of prices or of other market data."""
        if (file := self.fresh(job)) is None:
            return
        try:
            loaded = load_market_file(self.store, job, file=file, zone=time_zone(self.calendar))
        except SourceError as error:
            loaded = load_parts(self.store, [unreadable_part(file, "unreadable file", str(error))])
            self.unreadable.append(f"{file.path}: {error}")
        self.loaded[job.kind] += loaded
        self.before += file.bytes
        self.show(self.before)

    def load_posts(self, jobs: Sequence[Job], workers: int | None) -> None:
        """Parse and commit files of posts."""
        held: list[FilePart] = []
        if workers is None:
            large = sum(job.path.stat().st_size for job in jobs) >= _PARALLEL_BYTES
            workers = available_cores() if large else 1
        for part in self.parts(jobs, workers):
            held.append(part)
            if sum(part.rows for part in held) >= GROUP_ROWS:
                self.loaded["posts"] += load_parts(self.store, held)
                held = []
        if held:
            self.loaded["posts"] += load_parts(self.store, held)

    def parts(self, jobs: Sequence[Job], workers: int) -> Iterator[FilePart]:
        """Yield what the files hold, in their order."""
        files: dict[Path, SourceFile] = {}
        for task, parsed in run_tasks("emtract.ingest.batches:parse_file", self.tasks(jobs, files), workers=workers):
            file = files[task.path]
            self.show(self.before + parsed.bytes_read)
            if parsed.error:
                self.unreadable.append(f"{file.path}: {parsed.error}")
                yield unreadable_part(file, "unreadable file", parsed.error)
            elif parsed.last or parsed.tables:
                yield FilePart(file, parsed.tables, last=parsed.last)
            if parsed.last:
                self.before += file.bytes

    def tasks(self, jobs: Sequence[Job], files: dict[Path, SourceFile]) -> Iterator[ParseTask]:
        """Yield the reading of each file that has something to read, from where an earlier run left it; note it in `files`."""
        sources = [(job, job.source) for job in jobs if isinstance(job.source, PostSource)]
        # Symbols that posts may name without `$`: those with prices, where the configuration says so.
        bare = any(source.bare_symbols for _, source in sources)
        priced = frozenset(self.store.sql("SELECT DISTINCT symbol FROM prices")["symbol"] if bare else ())
        for job, source in sources:
            symbols = priced if source.bare_symbols else frozenset[str]()
            if (file := self.fresh(job, symbols)) is None:
                continue
            files[job.path], before = file, self.known.get(file.path)
            after = before.last_line if before is not None and not before.finished and before.is_same(file) else 0
            mapping = column_mapping(source)
            yield ParseTask(job.path, source.format, mapping, after, BATCH_ROWS, symbols, self.authors_key)


def load_market_file(store: Store, job: Job, *, file: SourceFile, zone: str | None = None) -> Loaded:
    """Read and commit one file of prices or of other market data; return its rows read, kept, repeated and rejected.

    Parameters
    ----------
    store
        A store open to write.
    job
        The file as it lies on disk, and the section of the configuration that says how it is read.
    file
        The file as the store records it: name, digest, size.
    zone
        Zone of the exchange, for clocks in UTC where the source states none.

    Raises
    ------
    SourceError
        The file is not what it was declared to be.
    """
    source = job.source
    if isinstance(source, PriceSource):
        form = cell_form(
            date_format=source.date_format,
            timezone=source.timezone,
            decimal=source.decimal,
            calendar=zone,
            place="under [[prices]]",
        )
        prices = read_prices(job.path, columns=source.columns, symbol=source.symbol, close=source.close, form=form)
        return load_market(store, file, {"prices": prices.prices, "rejected": prices.rejected})
    assert isinstance(source, MarketSource)  # noqa: S101
    options = source.options if zone is None else {"timezone": zone, **source.options}
    batch = read_market(job.path, format=source.format, columns=source.columns, options=options)
    return load_market(store, file, {**batch.tables, "rejected": batch.rejected}, rows_read=batch.rows_read)

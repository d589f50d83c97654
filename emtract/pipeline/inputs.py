"""Configured files -> the store: which files there are, which are new, and what became of them."""

from __future__ import annotations

import hashlib
import json
import os.path
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from emtract.config import PostSource, PriceSource, Settings
from emtract.errors import ConfigError, SourceError
from emtract.pipeline.stages import silent
from emtract.store.loading import (
    Loaded,
    SourceFile,
    holds_source,
    holds_unchanged,
    load_posts,
    load_prices,
    load_unreadable,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from emtract.pipeline.stages import Progress
    from emtract.store import Store


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


def ingest(settings: Settings, store: Store, *, progress: Progress | None = None) -> IngestReport:
    """Read every configured file that the store does not hold yet; each file loads whole or not at all.

    Raises
    ------
    ConfigError
        When a pattern matches no file.
    """
    report = progress or silent
    jobs = [*_jobs(settings, settings.posts, "posts"), *_jobs(settings, settings.prices, "prices")]
    total, before = sum(job.path.stat().st_size for job in jobs), 0
    totals = {"posts": Loaded(0, 0, 0, 0), "prices": Loaded(0, 0, 0, 0)}
    files, unreadable = 0, []
    for job in jobs:
        step = _megabytes(report, before, total)
        step(0)
        file = _unread(store, job)
        if file is not None:
            files += 1
            loaded, error = _load(store, job, file, step)
            totals[job.kind] = Loaded(*(a + b for a, b in zip(astuple(totals[job.kind]), astuple(loaded), strict=True)))
            unreadable += [error] if error else []
        before += job.path.stat().st_size
    _megabytes(report, total, total)(0)
    return IngestReport(files, len(jobs) - files, totals["posts"], totals["prices"], tuple(unreadable))


def _megabytes(report: Progress, before: int, total: int) -> Callable[[int], None]:
    """Report bytes read of one file as megabytes read of all, so that one large file moves the bar too."""
    whole = max(1, total >> 20)
    return lambda read: report("ingest (MB)", min(whole, (before + read) * whole // max(1, total)), whole)


class Job(NamedTuple):
    """One file to read: where it is, what the store calls it, how it is read, and whether it holds posts or prices."""

    path: Path
    name: str
    source: PostSource | PriceSource
    kind: str


def _jobs(settings: Settings, sources: tuple[PostSource, ...] | tuple[PriceSource, ...], kind: str) -> Iterator[Job]:
    for source in sources:
        pattern = Path(source.files).expanduser()
        root = Path(pattern.anchor) if pattern.is_absolute() else settings.base
        relative = str(pattern.relative_to(pattern.anchor)) if pattern.is_absolute() else source.files
        plain = root / relative
        matches = [plain] if plain.is_file() else sorted(p for p in _glob(root, relative) if p.is_file())
        if not matches:
            raise ConfigError(
                f"no file matches {source.files!r} of [[{kind}]]: check the path, which starts at {settings.base}"
            )
        for path in matches:
            yield Job(path, _display(path, settings.base), source, kind)


def _glob(root: Path, pattern: str) -> Iterator[Path]:
    while pattern.startswith("../"):
        root, pattern = root.parent, pattern[3:]
    return root.glob(pattern)


def _display(path: Path, base: Path) -> str:
    return Path(os.path.relpath(path, base)).as_posix()


def _unread(store: Store, job: Job) -> SourceFile | None:
    form = job.source.format if isinstance(job.source, PostSource) else "prices"
    mapping = json.dumps(msgspec.to_builtins(job.source.columns), sort_keys=True)
    stat = job.path.stat()
    if holds_unchanged(store, job.name, size=stat.st_size, modified_ns=stat.st_mtime_ns, format=form, mapping=mapping):
        return None
    with job.path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    file = SourceFile(job.name, job.kind, form, mapping, digest, stat.st_size, stat.st_mtime_ns)
    return None if holds_source(store, file) else file


def _load(store: Store, job: Job, file: SourceFile, step: Callable[[int], None]) -> tuple[Loaded, str | None]:
    try:
        if isinstance(job.source, PostSource):
            return load_posts(store, file, _post_batches(job.path, job.source, step)), None
        return load_prices(store, file, _price_batch(job.path, job.source)), None
    except SourceError as error:
        return load_unreadable(store, file, "unreadable file", str(error)), f"{file.path}: {error}"


def _post_batches(path: Path, source: PostSource, step: Callable[[int], None]) -> Iterator[dict[str, Any]]:
    from emtract.ingest.batches import read_posts
    from emtract.ingest.posts.tabular import ColumnMapping

    mapping = None if source.columns is None else ColumnMapping(**msgspec.structs.asdict(source.columns))
    for batch in read_posts(path, format=source.format, mapping=mapping, progress=step):
        yield {"posts": batch.posts, "symbols": batch.symbols, "rejected": batch.rejected}


def _price_batch(path: Path, source: PriceSource) -> dict[str, Any]:
    from emtract.ingest.market import PriceColumns, read_prices

    batch = read_prices(path, columns=PriceColumns(**msgspec.structs.asdict(source.columns)))
    return {"prices": batch.prices, "rejected": batch.rejected}

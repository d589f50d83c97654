"""Configured files -> the store: which files there are, which are new, and what became of them."""

from __future__ import annotations

import hashlib
import json
import os.path
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

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
    from collections.abc import Iterator

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
    totals = {"posts": Loaded(0, 0, 0, 0), "prices": Loaded(0, 0, 0, 0)}
    files, unreadable = 0, []
    report("ingest", 0, len(jobs))
    for done, (path, name, source, kind) in enumerate(jobs, start=1):
        file = _unread(store, path, name, source, kind)
        if file is not None:
            files += 1
            loaded, error = _load(store, path, file, source)
            totals[kind] = Loaded(*(a + b for a, b in zip(astuple(totals[kind]), astuple(loaded), strict=True)))
            unreadable += [error] if error else []
        report("ingest", done, len(jobs))
    return IngestReport(files, len(jobs) - files, totals["posts"], totals["prices"], tuple(unreadable))


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
            raise ConfigError(
                f"no file matches {source.files!r} of [[{kind}]]: check the path, which starts at {settings.base}"
            )
        for path in matches:
            yield path, _display(path, settings.base), source, kind


def _glob(root: Path, pattern: str) -> Iterator[Path]:
    while pattern.startswith("../"):
        root, pattern = root.parent, pattern[3:]
    return root.glob(pattern)


def _display(path: Path, base: Path) -> str:
    return Path(os.path.relpath(path, base)).as_posix()


def _unread(store: Store, path: Path, name: str, source: PostSource | PriceSource, kind: str) -> SourceFile | None:
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

"""One input file -> the store, whole or not at all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import polars as pl
    import pyarrow as pa

    from emtract.store.database import Store


@dataclass(frozen=True)
class SourceFile:
    """Identity of an input file: what it is, how it is read, and the digest of its bytes."""

    path: str
    kind: str
    format: str
    mapping: str
    sha256: str
    bytes: int
    modified_ns: int


@dataclass(frozen=True)
class Loaded:
    """What became of the rows of one file; ``read = kept + repeated + rejected``."""

    read: int
    kept: int
    repeated: int
    rejected: int


def holds_source(store: Store, file: SourceFile) -> bool:
    """Whether the newest reading of a path had these bytes, this format and this mapping."""
    newest = store.sql(
        "SELECT sha256, kind, format, mapping FROM sources WHERE path = $path ORDER BY source_id DESC LIMIT 1",
        path=file.path,
    )
    return newest.rows() == [(file.sha256, file.kind, file.format, file.mapping)]


def holds_unchanged(store: Store, path: str, *, size: int, modified_ns: int, format: str, mapping: str) -> bool:  # noqa: A002
    """Whether the newest reading of a path saw this size and modification time: spares the digest of a file that stands still."""
    newest = store.sql(
        "SELECT bytes, modified_ns, format, mapping FROM sources WHERE path = $path ORDER BY source_id DESC LIMIT 1",
        path=path,
    )
    return newest.rows() == [(size, modified_ns, format, mapping)]


def load_posts(store: Store, file: SourceFile, batches: Iterable[Mapping[str, pa.Table]]) -> Loaded:
    """Load one file of posts in one transaction.

    Parameters
    ----------
    store
        A store open to write.
    file
        The file that the batches come from.
    batches
        Tables ``posts``, ``symbols`` and ``rejected`` of the contracts in `emtract.schema`.

    Returns
    -------
    Loaded
        A line whose id and text the store already holds counts as repeated; the same id with another text is quarantined.
    """
    with store.transaction():
        store.run("staging/00_create")
        for batch in batches:
            _stage(store, batch)
        store.run("staging/10_resolve_posts")
        source_id = _next_source(store)
        store.run("staging/20_insert_posts", source_id=source_id)
        store.run("staging/30_insert_symbols")
        store.run("staging/40_insert_quarantine", source_id=source_id)
        return _close_source(store, file, source_id)


def load_prices(store: Store, file: SourceFile, batch: Mapping[str, pa.Table]) -> Loaded:
    """Load one file of prices in one transaction; a newer version of a path replaces the prices of the older.

    Parameters
    ----------
    store
        A store open to write.
    file
        The file that the batch comes from.
    batch
        Tables ``prices`` and ``rejected``.
    """
    with store.transaction():
        store.run("staging/00_create")
        store.run("staging/45_replace_prices", path=file.path)
        _stage(store, batch)
        store.run("staging/50_resolve_prices")
        source_id = _next_source(store)
        store.run("staging/60_insert_prices", source_id=source_id)
        store.run("staging/70_quarantine_prices", source_id=source_id)
        return _close_source(store, file, source_id)


def load_unreadable(store: Store, file: SourceFile, reason: str, detail: str) -> Loaded:
    """Record a file that could not be read at all: one quarantine row for line 0."""
    import pyarrow as pa

    from emtract.schema import REJECTED

    row = pa.Table.from_pylist([{"line": 0, "reason": reason, "detail": detail[:300]}], schema=REJECTED.arrow)
    return load_posts(store, file, [{"rejected": row}])


def import_scores(store: Store, scores: pl.DataFrame, *, scorer: str, revision: str, cleaner: str) -> int:
    """Take in scores that another instrument gave to posts of the store, beside those of emtract.

    Parameters
    ----------
    store
        A store open to write.
    scores
        platform, post_id and the seven emotions, one row a post; rows of unknown posts are not taken in.
    scorer, revision
        What the instrument is called; the key of the scores.
    cleaner
        Cleaner version whose reading decides what kind of text a post is.

    Returns
    -------
    int
        Posts that have a score now and had none of this instrument before.
    """
    before = store.count("post_scores")
    with store.transaction(), store.registered({"imported": scores}):
        store.run("staging/80_import_scores", scorer=scorer, revision=revision, cleaner=cleaner)
    return store.count("post_scores") - before


def _stage(store: Store, batch: Mapping[str, pa.Table]) -> None:
    with store.registered({f"batch_{name}": table for name, table in batch.items()}):
        for name in batch:
            store.execute(f"INSERT INTO staged_{name} SELECT * FROM batch_{name}")


def _next_source(store: Store) -> int:
    return int(store.sql("SELECT coalesce(max(source_id), 0) + 1 AS n FROM sources").item())


def _close_source(store: Store, file: SourceFile, source_id: int) -> Loaded:
    verdicts = dict(store.sql("SELECT verdict, count(*) AS n FROM resolved GROUP BY verdict").iter_rows())
    unparsed = store.count("staged_rejected")
    kept, repeated = verdicts.get("new", 0), verdicts.get("repeated", 0)
    rejected = unparsed + verdicts.get("conflict", 0)
    loaded = Loaded(kept + repeated + rejected, kept, repeated, rejected)
    store.run(
        "staging/90_insert_source",
        source_id=source_id,
        path=file.path,
        kind=file.kind,
        format=file.format,
        mapping=file.mapping,
        sha256=file.sha256,
        bytes=file.bytes,
        modified_ns=file.modified_ns,
        rows_read=loaded.read,
        rows_kept=loaded.kept,
        rows_repeated=loaded.repeated,
        rows_rejected=loaded.rejected,
    )
    return loaded

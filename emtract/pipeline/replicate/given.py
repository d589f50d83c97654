"""The inputs of a replication package: that the store was made of them, their digests, and their copies."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import polars as pl

from emtract.errors import StoreError
from emtract.model.card import file_digest

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from emtract.config import Settings
    from emtract.pipeline.replicate.layout import InputEntry, Layout
    from emtract.store import Store

#: A larger file is named with its digest and not copied: archives of journals take a few gigabytes in all.
LARGEST: Final = 1 << 30


@dataclass(frozen=True)
class Input:
    """One input file, as the list of data sets has it; rows are None for files beside others, such as lists of CUSIPs."""

    entry: InputEntry
    format: str
    sha256: str
    bytes: int
    rows_read: int | None
    rows_rejected: int | None


def check_inputs(store: Store, layout: Layout) -> tuple[Input, ...]:
    """Return the inputs where the store was made of just these bytes, every text scored.

    Raises
    ------
    StoreError
        The store holds other files, other bytes, files read in part, or texts without a score: what a replicator would
        compute is not what stands in the store.
    """
    known = store.sql(
        "SELECT path, kind, format, sha256, rows_read, rows_rejected, finished FROM sources "
        "QUALIFY kind = 'posts' OR source_id = max(source_id) OVER (PARTITION BY path, kind) ORDER BY path, source_id"
    )
    again = "move it away and build it again with `emtract run`"
    names = {entry.name for entry in layout.entries}
    posts = known.filter(kind="posts")
    if strange := sorted(set(posts["path"]) - names):
        raise StoreError(f"{store.path} holds posts of {strange[0]}, which the configuration does not name: {again}")
    if posts["path"].is_duplicated().any():
        twice = posts.filter(posts["path"].is_duplicated())["path"][0]
        raise StoreError(f"{store.path} holds posts of two versions of {twice}: {again}")
    rows = {row["path"]: row for row in known.iter_rows(named=True)}
    return tuple(_input(entry, rows.get(entry.name), store.path) for entry in layout.entries)


def check_scored(settings: Settings, store: Store) -> None:
    """Raise StoreError where a text has no score of the configured scorer."""
    from emtract.pipeline.doctor.stored import score_key
    from emtract.scoring.pending import Scope, find_pending

    key = score_key(settings)
    if key is None:
        return
    store.run("scoring/uncleaned", cleaner=key.cleaner)
    if missing := store.count("uncleaned") + find_pending(store, key, Scope()).texts:
        raise StoreError(f"{missing:,} posts or texts of {store.path} have no score yet: run `emtract score` first")


def copy_inputs(entries: Iterable[InputEntry], folder: Path) -> tuple[InputEntry, ...]:
    """Copy inputs below a folder and return those that are too large to be copied."""
    left = []
    for entry in entries:
        if entry.path.stat().st_size > LARGEST:
            left.append(entry)
            continue
        target = folder / entry.place
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(entry.path, target)
    return tuple(left)


def inputs_table(inputs: Iterable[Input], provided: set[str], folder: str) -> pl.DataFrame:
    """List the inputs, one row each, as `inputs.csv` has them.

    Parameters
    ----------
    inputs
        In the order of the rows.
    provided
        Places below `folder` of the inputs that are in the package.
    folder
        Folder of the package where the inputs lie or belong.

    Returns
    -------
    pl.DataFrame
        path (`folder` included), kind, format, sha256, bytes, rows, quarantined, provided (yes or no); rows and
        quarantined are null for files beside others.
    """
    rows = [
        (
            f"{folder}/{one.entry.place}",
            one.entry.kind,
            one.format,
            one.sha256,
            one.bytes,
            one.rows_read,
            one.rows_rejected,
            "yes" if one.entry.place in provided else "no",
        )
        for one in inputs
    ]
    names = ("path", "kind", "format", "sha256", "bytes", "rows", "quarantined", "provided")
    types = dict.fromkeys(names, pl.String) | dict.fromkeys(("bytes", "rows", "quarantined"), pl.Int64)
    return pl.DataFrame(rows, schema=types, orient="row")


def _input(entry: InputEntry, row: dict[str, object] | None, store: Path) -> Input:
    digest, size = file_digest(entry.path), entry.path.stat().st_size
    if entry.kind == "beside":
        return Input(entry, "table", digest, size, None, None)
    if row is None or not row["finished"] or row["sha256"] != digest:
        what = "has not read" if row is None or not row["finished"] else "holds another version of"
        raise StoreError(f"{store} {what} {entry.name}: run `emtract run` first")
    return Input(entry, str(row["format"]), digest, size, int(row["rows_read"]), int(row["rows_rejected"]))  # type: ignore[call-overload]

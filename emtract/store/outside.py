"""Shards of scores that stay outside the store: files that one connection may read, and no other."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import duckdb

from emtract.errors import StoreError
from emtract.store.failures import opening_error

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl

    from emtract.store.database import Store

#: Characters of a path that DuckDB's readers take for a pattern of many; between brackets each stands for itself.
_PATTERN: Final = re.compile(r"[*?\[]")


@dataclass(frozen=True)
class OutsideFile:
    """A file that a store refers to, as it was when it was taken in; size and time are None where they are not known."""

    path: str
    sha256: str
    bytes: int | None
    modified_ns: int | None

    def looks_changed(self) -> bool:
        """Whether size or time differ from what was taken in: cheap, and not yet proof."""
        stat = Path(self.path).stat()
        return (stat.st_size, stat.st_mtime_ns) != (self.bytes, self.modified_ns)

    def is_changed(self) -> bool:
        """Whether its bytes are others than those that were taken in."""
        with Path(self.path).open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() != self.sha256


def outside_files(connection: duckdb.DuckDBPyConnection) -> list[OutsideFile]:
    """Return the files that a store refers to, in order; none for a store of an older schema."""
    try:  # asking the catalogue for its name would take longer than all the rest of opening
        found = connection.sql("FROM outside_shards ORDER BY path")
    except duckdb.CatalogException:
        return []
    rows = [dict(zip(found.columns, row, strict=True)) for row in found.fetchall()]
    return [OutsideFile(row["path"], row["sha256"], row.get("bytes"), row.get("modified_ns")) for row in rows]


def check_unchanged(store_path: Path, files: Sequence[OutsideFile], *, thoroughly: bool = False) -> None:
    """Make sure that files are there and hold what was taken in.

    Parameters
    ----------
    store_path, files
        See `outside_files`.
    thoroughly
        Compare every digest; else only of files whose size or time has changed.

    Raises
    ------
    StoreError
        A file is gone, cannot be read, or holds other bytes.
    """
    if missing := [file.path for file in files if not Path(file.path).is_file()]:
        raise StoreError(
            f"{store_path} refers to {len(missing)} shards that are gone, first {missing[0]}: put them back, or let their "
            "texts be scored again after `emtract shards forget`"
        )
    try:
        changed = [file.path for file in files if (thoroughly or file.looks_changed()) and file.is_changed()]
    except OSError as error:
        raise StoreError(f"{error.filename} cannot be read ({error.strerror}): {store_path} refers to it") from error
    if changed:
        raise StoreError(
            f"{store_path} refers to {len(changed)} shards that were changed since they were taken in, first {changed[0]}: "
            "put them back as they were, or remove them and let their texts be scored again after `emtract shards forget`"
        )


def note_identity(connection: duckdb.DuckDBPyConnection, files: Sequence[OutsideFile]) -> None:
    """Note size and time of files whose bytes were found to be the same, so that the next opening need not read them."""
    for file in files:
        if file.looks_changed():
            stat = Path(file.path).stat()
            connection.execute(
                "UPDATE outside_shards SET bytes = $bytes, modified_ns = $time WHERE path = $path",
                {"bytes": stat.st_size, "time": stat.st_mtime_ns, "path": file.path},
            )


def forget_missing(path: Path) -> int:
    """Let a store no longer refer to files that are gone, and return how many; their texts have no score then.

    Raises
    ------
    StoreError
        There is no store, or another process holds it.
    """
    if not path.is_file():
        raise StoreError(f"there is no store at {path}: create it with `emtract ingest`")
    try:
        with duckdb.connect(str(path)) as connection:
            gone = [file.path for file in outside_files(connection) if not Path(file.path).is_file()]
            connection.execute("DELETE FROM outside_shards WHERE list_contains($gone, path)", {"gone": gone})
    except duckdb.Error as error:
        raise opening_error(path, error) from error
    return len(gone)


def literally(path: str) -> str:
    """Return how DuckDB's readers are told of this very file, and of no other that its name would match as a pattern."""
    return _PATTERN.sub(r"[\g<0>]", path)


def view_outside(store: Store, paths: Sequence[str]) -> None:
    """Let every query of this connection read the scores in the files too."""
    told = [literally(path) for path in paths]
    differ = store.sql("SELECT count(DISTINCT coalesce(stances, false)) > 1 FROM outside_shards").item()
    for name, value in (("outside_shards", told), ("outside_differ", differ)):
        store.execute(f"SET VARIABLE {name} = $value", name="outside shards", value=value)
    store.run("staging/outside_scores")


def refer_to(store: Store, shards: pl.DataFrame) -> int:
    """Add files to those that the store refers to, and return how many are new; they are read from the next opening on.

    Parameters
    ----------
    shards
        Columns of `schema.OUTSIDE_SHARDS`. The caller has made sure that no text in them has a score of the same scorer
        revision already.
    """
    before = store.count("outside_shards")
    with store.transaction(), store.registered({"new_shards": shards}):
        store.execute(
            "INSERT INTO outside_shards BY NAME SELECT * FROM new_shards ANTI JOIN outside_shards USING (path)",
            name="outside shards",
        )
    return store.count("outside_shards") - before

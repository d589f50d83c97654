"""Shards of scores that stay outside the store: files that one connection may read, and no other."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from emtract.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import duckdb
    import polars as pl

    from emtract.store.database import Store

_VARIABLE: Final = "outside_shards"


def outside_paths(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """Return the files that a store refers to, in order; none for a store of an older schema."""
    if not connection.sql("SELECT 1 FROM duckdb_tables() WHERE table_name = 'outside_shards'").fetchall():
        return []
    return [path for (path,) in connection.sql("SELECT path FROM outside_shards ORDER BY path").fetchall()]


def check_present(store_path: Path, paths: Sequence[str]) -> None:
    """Raise StoreError where a file is gone."""
    if missing := [path for path in paths if not Path(path).is_file()]:
        raise StoreError(
            f"{store_path} refers to {len(missing)} shards that are gone, first {missing[0]}: put them back, or let their "
            "texts be scored again after `emtract shards forget`"
        )


def forget_missing(path: Path) -> int:
    """Let a store no longer refer to files that are gone, and return how many; their texts have no score then.

    Raises
    ------
    StoreError
        There is no store, or another process holds it.
    """
    import duckdb

    if not path.is_file():
        raise StoreError(f"there is no store at {path}: create it with `emtract ingest`")
    try:
        with duckdb.connect(str(path)) as connection:
            gone = [known for known in outside_paths(connection) if not Path(known).is_file()]
            connection.execute("DELETE FROM outside_shards WHERE list_contains($gone, path)", {"gone": gone})
    except duckdb.Error as error:
        raise StoreError(f"cannot open the store {path}: {str(error).strip().splitlines()[0]}") from error
    return len(gone)


def view_outside(store: Store, paths: Sequence[str]) -> None:
    """Let every query of this connection read the scores in the files too."""
    store.execute(f"SET VARIABLE {_VARIABLE} = $paths", name="outside shards", paths=list(paths))
    store.run("staging/99_outside_scores")


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

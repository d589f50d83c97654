"""What keeps a store from being opened or read, told apart by what DuckDB says, each with its remedy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import duckdb

from emtract.errors import StoreError, first_line

if TYPE_CHECKING:
    from pathlib import Path

#: How DuckDB's messages of damaged files begin; its lock and its rights have other words.
_DAMAGE: Final = (
    "Corrupt database file",
    "Could not read enough bytes",
    "database has been invalidated",
    "replaying WAL",
)
_BROKEN: Final = (duckdb.SerializationException, duckdb.InternalException, duckdb.FatalException)
_LOCKED: Final = "Could not set lock on file"


def opening_error(path: Path, error: Exception) -> StoreError:
    """Return what keeps a store from being opened, with its remedy."""
    text = first_line(error).replace(str(path), "it")
    if is_damage(error):
        return damaged(path, text)
    told = {
        f"{path} is a folder, not a store: name a file in [store] path": path.is_dir(),
        f"another process is writing {path}: wait for it to finish, or close the program that holds it": _LOCKED
        in text,
        f"{path} is empty: remove it, and `emtract ingest` makes a new store": path.is_file()
        and not path.stat().st_size,
        f"{path} is not a DuckDB database: name another file in [store] path": "not a valid DuckDB" in text,
        f"{path} may not be read and written by you ({text}): give yourself the right, or copy it": "denied" in text,
        f"{path} stands on a disk that is full ({text}): make room on it": "No space left" in text,
    }
    unknown = f"cannot open the store {path} ({text}): see `emtract doctor`, or name another file in [store] path"
    return StoreError(next((sentence for sentence, fits in told.items() if fits), unknown))


def is_damage(error: Exception) -> bool:
    """Whether DuckDB says that the bytes of a file are not those that it wrote."""
    return any(sign in str(error) for sign in _DAMAGE) or isinstance(error, _BROKEN)


def damaged(path: Path, text: str) -> StoreError:
    """Return what is said of a damaged store."""
    return StoreError(
        f"{path} is damaged ({text[:300]}): restore a backup, or move it away and let `emtract run` make it again from the files"
    )

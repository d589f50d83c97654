"""The SQL files: where they are, what they say, and their digests."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

from emtract.errors import StoreError


@cache
def sql_folder() -> Path:
    """Return the folder of the SQL files: the wheel's `emtract/sql`, else the checkout's top-level `sql`."""
    package = Path(__file__).resolve().parent.parent
    for folder in (package / "sql", package.parent / "sql"):
        if (folder / "schema").is_dir():
            return folder
    raise StoreError("the SQL files of emtract are missing: reinstall the package")


@cache
def read_sql(name: str) -> str:
    """Return the statement of one file, by its path without suffix, e.g. ``panel/firm_sessions/placed``."""
    path = sql_folder() / f"{name}.sql"
    if not path.is_file():
        raise StoreError(f"there is no SQL file {name}.sql: reinstall the package")
    return path.read_text(encoding="utf-8")


def list_sql(folder: str) -> tuple[str, ...]:
    """Return the names of the files of one folder in order, e.g. ``("schema/001_tables",)``."""
    return tuple(f"{folder}/{path.stem}" for path in sorted((sql_folder() / folder).glob("*.sql")))


def sql_digests() -> dict[str, str]:
    """Return SQL file -> sha256 of its text, for the provenance of a result."""
    names = sorted(path.relative_to(sql_folder()).as_posix() for path in sql_folder().rglob("*.sql"))
    return {name: hashlib.sha256((sql_folder() / name).read_bytes()).hexdigest() for name in names}

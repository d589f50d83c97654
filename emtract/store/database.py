"""The one owner of the DuckDB connection."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self
from weakref import WeakSet

import duckdb

from emtract.errors import StoreError, first_line
from emtract.spelling import is_text
from emtract.store.failures import damaged, is_damage, opening_error
from emtract.store.outside import check_unchanged, literally, note_identity, outside_files, view_outside
from emtract.store.sql import list_sql, read_sql
from emtract.workers import available_cores

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from types import TracebackType

    import polars as pl
    import pyarrow as pa

SCHEMA_VERSION: Final = 13
#: Posts are hostile: nothing that a query says may reach a file or the network, but for the files that `_confine` allows.
_HARDENED: Final = {
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "allow_community_extensions": False,
}
_INTERRUPTED: Final = "Query interrupted"
#: Stores that are open in this process: what Ctrl-C has to end queries of.
OPEN_STORES: Final[WeakSet[Store]] = WeakSet()


class Store:
    """A DuckDB file of posts, scores and prices; open it with `Store.open`."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, path: Path, *, read_only: bool) -> None:
        self._connection = connection
        self.path = path
        self.read_only = read_only
        #: Number of the query that runs now; 0 while none does.
        self.running = 0
        self._queries = 0
        OPEN_STORES.add(self)

    @classmethod
    def open(
        cls, path: Path | str, *, read_only: bool = False, memory_limit: str | None = None, threads: int | None = None
    ) -> Self:
        """Open a store, creating it or bringing its schema up to date unless it is opened to read.

        Parameters
        ----------
        path
            The DuckDB file. Its folder must exist.
        read_only
            Open to read: any number of readers may share a store that nobody writes.
        memory_limit
            What DuckDB may hold in memory before it spills beside the file, e.g. ``"4GB"``; None for 512 MB, and for as
            many times 128 MB as it has threads where that is more.
        threads
            Threads of DuckDB; None for one a core.

        Raises
        ------
        StoreError
            When another process holds the store, the file is no DuckDB database, its folder is missing or read-only, or it was
            written by a newer emtract.

        Examples
        --------
        >>> from emtract import Store
        >>> with Store.open("runs/demo/demo.duckdb", read_only=True) as store:
        ...     store.count("prices")
        6000
        """
        path = Path(path)
        if read_only and not path.is_file():
            raise StoreError(f"there is no store at {path}: create it with `emtract ingest`")
        if not path.parent.is_dir():
            raise StoreError(
                f"the folder of the store {path} does not exist: create it or name another in [store] path"
            )
        if not is_text(str(path.absolute())):
            raise StoreError(
                f"{path.absolute()} is not UTF-8, and DuckDB opens no such file: rename the folder or the file, or name "
                "another in [store] path"
            )
        least = max(512, 128 * (threads or available_cores()))
        config: dict[str, Any] = {**_HARDENED, "memory_limit": memory_limit or f"{least}MB"}
        if threads is not None:
            config["threads"] = threads
        try:
            connection = duckdb.connect(str(path), read_only=read_only, config=config)
        except (duckdb.Error, RuntimeError, ValueError) as error:
            raise opening_error(path, error) from error
        with suppress(duckdb.Error):  # a DuckDB that knows no zones casts no instant to a day
            connection.execute("SET TimeZone = 'UTC'")
        store = cls(connection, path, read_only=read_only)
        try:
            files = outside_files(connection)
            check_unchanged(path, files)
            outside = [file.path for file in files]
            _confine(connection, outside)
            store._migrate()
            for name in list_sql("macros"):
                store.run(name)
            if not read_only:
                note_identity(connection, files)
            if outside:
                view_outside(store, outside)
        except BaseException as error:
            connection.close()
            if isinstance(error, duckdb.Error):
                raise opening_error(path, error) from error
            raise
        return store

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection; the store cannot be used afterwards."""
        self._connection.close()

    def interrupt(self, query: int) -> bool:
        """End a query that another thread waits for, as by Ctrl-C; return whether it was still running.

        Parameters
        ----------
        query
            What `running` was: a query that has begun since then goes on.
        """
        if self.running != query:
            return False
        with suppress(duckdb.Error):  # closed meanwhile
            self._connection.interrupt()
        return True

    def run(self, name: str, **parameters: object) -> None:
        """Execute one SQL file for its effect; every parameter of the file must be given."""
        self.execute(read_sql(name), name=name, **parameters)

    def execute(self, statement: str, *, name: str = "statement", **parameters: object) -> None:
        """Execute a statement of your own for its effect.

        Parameters
        ----------
        statement
            SQL; values are bound as ``$name``.
        name
            What errors call it.
        parameters
            Value of each ``$name`` in it.

        Raises
        ------
        StoreError
            DuckDB refuses the statement or cannot carry it out, or the file is damaged.
        """
        self._guard(name, lambda: self._connection.execute(statement, parameters or None))

    def query(self, name: str, **parameters: object) -> pl.DataFrame:
        """Return the rows of one SQL file."""
        return self.sql(read_sql(name), name=name, **parameters)

    def sql(self, statement: str, *, name: str = "query", **parameters: object) -> pl.DataFrame:
        """Return the rows of a statement of your own.

        Parameters
        ----------
        statement
            SQL that returns rows; values are bound as ``$name``.
        name
            What errors call it.
        parameters
            Value of each ``$name`` in it.

        Raises
        ------
        StoreError
            DuckDB refuses the statement or cannot carry it out, or the file is damaged.

        Examples
        --------
        >>> from emtract import Store
        >>> with Store.open("study.duckdb") as store:
        ...     store.sql("SELECT $low + 1 AS next", low=1).item()
        2
        """
        frame: pl.DataFrame = self._guard(name, lambda: self._connection.sql(statement, params=parameters or None).pl())
        return frame

    def count(self, relation: str) -> int:
        """Return the number of rows of a table or view of the store.

        Examples
        --------
        >>> from emtract import Store
        >>> with Store.open("study.duckdb") as store:
        ...     store.count("posts")
        0
        """
        return int(self.sql(f"SELECT count(*) AS n FROM {relation}").item())

    def check_outside(self) -> None:
        """Compare the digest of every file of scores outside the store.

        Raises
        ------
        StoreError
            A file is gone, or holds other bytes than were taken in.
        """
        check_unchanged(self.path, outside_files(self._connection), thoroughly=True)

    def check(self) -> None:
        """Run every integrity check of `sql/checks`.

        Raises
        ------
        StoreError
            When a check finds rows; the first of them is shown.
        """
        for name in list_sql("checks"):
            faults = self.query(name)
            if faults.height:
                raise StoreError(f"{self.path} fails {name}: {faults.height} rows, first {faults.row(0, named=True)}")

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Commit what the block does, or nothing of it."""
        self._connection.begin()
        try:
            yield
        except BaseException:
            with suppress(duckdb.Error):  # what ended the transaction already is the error to show
                self._connection.rollback()
            raise
        self._guard("commit", self._connection.commit)

    @contextmanager
    def registered(self, relations: Mapping[str, pa.Table | pl.DataFrame]) -> Iterator[None]:
        """Let SQL read in-memory tables by name within the block."""
        for name, table in relations.items():
            self._connection.register(name, table)
        try:
            yield
        finally:
            for name in relations:
                self._connection.unregister(name)

    def _guard(self, name: str, action: Any) -> Any:
        self._queries += 1
        self.running = self._queries
        try:
            return action()
        except duckdb.InterruptException:
            raise KeyboardInterrupt from None
        except duckdb.Error as error:
            if is_damage(error):
                raise damaged(self.path, first_line(error)) from error
            raise StoreError(f"{name} failed on {self.path}: {first_line(error)}") from error
        except RuntimeError as error:
            # What DuckDB makes of Ctrl-C while it waits for a result.
            if _INTERRUPTED in str(error):
                raise KeyboardInterrupt from None
            raise
        finally:
            self.running = 0

    def check_writable(self) -> None:
        """Raise `StoreError`, with what to do, where the store is open to read only."""
        if self.read_only:
            raise StoreError(f"{self.path} is open to read only: open it to write, or copy it to where you may write")

    def _migrate(self) -> None:
        version = self._version()
        if version > SCHEMA_VERSION:
            raise StoreError(f"{self.path} was written by a newer emtract (schema {version}): upgrade emtract")
        if version == SCHEMA_VERSION:
            return
        if self.read_only:
            raise StoreError(
                f"{self.path} was written by an older emtract (schema {version}, not {SCHEMA_VERSION}): `emtract ingest` brings "
                "it up to date, and its posts and scores stay"
            )
        with self.transaction():
            for name in list_sql("schema"):
                if int(name.removeprefix("schema/")[:3]) > version:
                    self.run(name)

    def _version(self) -> int:
        """Return the number of the schema; 0 for a file without a table."""
        with suppress(StoreError):
            told = "SELECT version FROM schema_version WHERE NOT EXISTS (FROM posts, sources WHERE false)"
            versions = self.sql(told)["version"].to_list()
            if len(versions) == 1 and isinstance(versions[0], int):
                return versions[0]
        tables = set(self.sql("SELECT table_name FROM duckdb_tables() WHERE NOT temporary")["table_name"])
        if not tables:
            return 0
        raise StoreError(
            f"{self.path} is a DuckDB database of another program (tables {', '.join(sorted(tables)[:5])}): name another file in "
            "[store] path"
        )


def _confine(connection: duckdb.DuckDBPyConnection, paths: Sequence[str]) -> None:
    """Shut files and network off for good; only the paths can be read. DuckDB takes the list before it shuts, not after.

    Connections of one process to one file share what is shut: the second finds it done.
    """
    if connection.sql("SELECT current_setting('enable_external_access')").fetchall() == [(False,)]:
        return
    both = dict.fromkeys(form for path in paths for form in (path, literally(path)))
    listed = ", ".join("'" + path.replace("'", "''") + "'" for path in both)
    connection.execute(f"SET allowed_paths = [{listed}]")
    connection.execute("SET enable_external_access = false")

"""The DuckDB store: one file, one owner of the connection, SQL kept in files."""

from emtract.store.database import Store

__all__ = ["Store"]

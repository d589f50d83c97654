"""Parsed rows of market files -> the store, one file a transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emtract.schema import MARKET_TABLES, PARSED_PRICES, REJECTED
from emtract.store.loading import FilePart, number_rows, number_sources, record_sources

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pyarrow as pa

    from emtract.store.database import Store
    from emtract.store.sources import Loaded, SourceFile


def load_market(store: Store, file: SourceFile, tables: Mapping[str, pa.Table], *, rows_read: int) -> Loaded:
    """Load one file of market data; a newer version of a path replaces the rows of the older.

    Parameters
    ----------
    store
        A store open to write.
    file
        The file that the rows come from.
    tables
        Any of `prices`, `rejected`, and the tables of `schema.MARKET_TABLES`, as the readers yield them.
    rows_read
        Rows of the file; one row can tell of several things, or of none.

    Returns
    -------
    Loaded
        Rejected are the quarantined rows, among them prices that contradict stored ones; repeated are the prices that the
        store held already.
    """
    part = FilePart(file, {})
    numbers = number_sources(store, [part])
    source_id = numbers[file.path]
    staged = {"prices": PARSED_PRICES.arrow.empty_table(), "rejected": REJECTED.arrow.empty_table(), **tables}
    relations = {f"staged_{name}": number_rows(table, source_id) for name, table in staged.items()}
    with store.registered(relations), store.transaction():
        store.run("staging/replace_prices", path=file.path)
        for table in MARKET_TABLES:
            store.execute(
                f"DELETE FROM {table.name} WHERE source_id IN (SELECT source_id FROM sources WHERE path = $path)",
                path=file.path,
            )
            if table.name in tables:
                store.execute(f"INSERT INTO {table.name} BY NAME SELECT * FROM staged_{table.name} ORDER BY line")
        store.run("staging/resolve_prices")
        store.run("staging/insert_prices")
        store.run("staging/quarantine_prices")
        store.run("staging/count_market", source_id=source_id, rows_read=rows_read)
        return record_sources(store, [part], numbers)

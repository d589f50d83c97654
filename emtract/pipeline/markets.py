"""Configured files of prices and market data -> the store, one file a transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emtract.config import MarketSource, PriceSource
from emtract.store.loading import load_prices
from emtract.store.market import load_market

if TYPE_CHECKING:
    from pathlib import Path

    from emtract.store import Store
    from emtract.store.sources import Loaded, SourceFile


def load_market_file(
    store: Store, path: Path, source: PriceSource | MarketSource, *, file: SourceFile, zone: str | None = None
) -> Loaded:
    """Read and commit one file of prices or of other market data.

    Parameters
    ----------
    store
        A store open to write.
    path
        The file as it lies on disk.
    source
        The section of the configuration that names it: how it is read.
    file
        The file as the store records it: name, digest, size.
    zone
        Zone of the exchange, for clocks in UTC where the source states none.

    Returns
    -------
    Loaded
        Rows read, kept, repeated and rejected.

    Raises
    ------
    SourceError
        The file is not what it was declared to be.
    """
    from emtract.ingest.market import read_market
    from emtract.ingest.market.options import cell_form
    from emtract.ingest.market.prices import read_prices

    if isinstance(source, PriceSource):
        form = cell_form(
            date_format=source.date_format,
            timezone=source.timezone,
            decimal=source.decimal,
            calendar=zone,
            place="under [[prices]]",
        )
        prices = read_prices(path, columns=source.columns, close=source.close, form=form)
        return load_prices(store, file, {"prices": prices.prices, "rejected": prices.rejected})
    options = source.options if zone is None else {"timezone": zone, **source.options}
    batch = read_market(path, format=source.format, columns=source.columns, options=options)
    return load_market(store, file, {**batch.tables, "rejected": batch.rejected}, rows_read=batch.rows_read)

"""Configured files of prices and market data -> the store, one file a transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from emtract.config import MarketSource, PriceSource
from emtract.store.loading import load_prices
from emtract.store.market import load_market

if TYPE_CHECKING:
    from pathlib import Path

    from emtract.store import Store
    from emtract.store.sources import Loaded, SourceFile


def load_market_file(store: Store, path: Path, source: PriceSource | MarketSource, *, file: SourceFile) -> Loaded:
    """Read and commit one file of prices or of other market data.

    Raises
    ------
    SourceError
        The file is not what it was declared to be.
    """
    from emtract.ingest.market import read_market
    from emtract.ingest.market.prices import PriceColumns, read_prices

    if isinstance(source, PriceSource):
        columns = PriceColumns(**msgspec.structs.asdict(source.columns))
        prices = read_prices(path, columns=columns, close=source.close)
        return load_prices(store, file, {"prices": prices.prices, "rejected": prices.rejected})
    batch = read_market(path, format=source.format, columns=source.columns, options=source.options)
    return load_market(store, file, {**batch.tables, "rejected": batch.rejected}, rows_read=batch.rows_read)

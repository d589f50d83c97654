"""What publishers ship about firms and markets -> Arrow tables, each file as it is shipped.

Prices of one file a symbol are read by `prices.read_prices`; CRSP, French, FINRA, SEC, Ritter and plain tables of IPO offers,
earnings, classes, characteristics, dated series and bars by `read_market`.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, cast, get_args

from emtract.errors import ConfigError
from emtract.sources import MarketFormat

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    import pyarrow as pa

#: Values of an option, as a configuration file can hold them.
Option = str | int | float | bool
#: Module, and in it what reads each format: imported when first asked for.
_READERS: Final[Mapping[MarketFormat, tuple[str, str]]] = {
    "crsp_ciz": ("crsp", "CRSP"),
    "french_factors": ("french", "read_factors"),
    "french_industries": ("french", "read_industries"),
    "finra_short_interest": ("finra", "SHORT_INTEREST"),
    "sec_13f": ("holdings", "read_holdings"),
    "ritter_ipos": ("ipos", "RITTER"),
    "ipo_offers": ("ipos", "OFFERS"),
    "earnings": ("earnings", "read_earnings"),
    "yahoo_earnings": ("earnings", "read_yahoo_earnings"),
    "classification": ("facts", "CLASSIFICATION"),
    "characteristics": ("facts", "CHARACTERISTICS"),
    "series": ("observations", "SERIES"),
    "bars": ("bars", "BARS"),
}


@dataclass(frozen=True)
class MarketBatch:
    """One file of market data, parsed.

    Attributes
    ----------
    tables
        Name of a stored table (prices, and the tables of `schema.MARKET_TABLES`) -> rows in the contract `schema.PARSED_*`
        of that name. Only tables that the format can fill are there.
    rejected
        `schema.REJECTED`: what was kept out, a line and a reason at most once.
    rows_read
        Rows of the file, headers and the publisher's own remarks aside.
    """

    tables: Mapping[str, pa.Table]
    rejected: pa.Table
    rows_read: int


def read_market(
    path: Path,
    *,
    format: MarketFormat,  # noqa: A002
    columns: Mapping[str, str] = MappingProxyType({}),
    options: Mapping[str, Option] = MappingProxyType({}),
) -> MarketBatch:
    """Read one file of market data as its publisher ships it.

    Parameters
    ----------
    path
        The file, packed or plain; for `sec_13f` also a folder of data sets.
    format
        Publisher and kind of file; it decides the reader, and with it `columns`, `options` and the tables that come
        out.
    columns
        Field -> column of the file, where it is not the publisher's own; cases of letters are alike.
    options
        Options of the format: the fields of the options of its reader (`crsp.CrspOptions` and so on), whose defaults hold
        where none is given. Names of files in them are relative to the folder of `path`.

    Returns
    -------
    MarketBatch
        Tables in the contracts `schema.PARSED_*`, and what was kept out.

    Raises
    ------
    ConfigError
        The format, an option or a field of `columns` is unknown to the reader.
    SourceError
        The file is not what its format says; the message names what was found.
    MarketDataError
        A library that the file needs is not installed, or the file contradicts itself as a whole.
    """
    if format not in _READERS:
        raise ConfigError(f"{format!r} is no format of market data: write one of {', '.join(get_args(MarketFormat))}")
    module, name = _READERS[format]
    reader = getattr(import_module(f"{__name__}.{module}"), name)
    read = cast("Callable[[Path, Mapping[str, str], Mapping[str, Option]], MarketBatch]", reader)
    return read(path, columns, options)

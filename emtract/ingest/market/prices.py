"""Daily prices, one CSV or Parquet file a symbol or many symbols in one -> the rows of `schema.PARSED_PRICES`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from math import isfinite, isnan
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from emtract.errors import SourceError
from emtract.ingest.market.days import read_sessions
from emtract.ingest.market.numbers import comma_groups, one_number
from emtract.ingest.market.options import CellForm
from emtract.ingest.market.tables import cell_text
from emtract.ingest.records import LineError, Rejection, rows_table
from emtract.ingest.rows import PARQUET, TableFormat, parse_rows, read_rows
from emtract.ingest.streams import base_suffix
from emtract.missing import is_missing, is_unwritten
from emtract.schema import PARSED_PRICES, REJECTED
from emtract.sources import Closes, PriceColumns
from emtract.symbols import canonical_symbol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date
    from pathlib import Path

    import pyarrow as pa

    from emtract.ingest.records import Row
    from emtract.sources import DecimalMark

_TABLES: Final = PARQUET | {".csv", ".tsv", ".tab", ".txt"}
_FORM: Final = CellForm(place="under [[prices]]")
#: Share of a price by which high and low may miss open and close: vendors round each of the four by itself.
ROUNDING: Final = 1e-6
#: Volumes as sites print them: `1.2M`.
_SHORT: Final = re.compile(r"^\s*([\d.,]+)\s?([KMB])\s*$", re.IGNORECASE)
_TIMES: Final = {"K": 1e3, "M": 1e6, "B": 1e9}


def _choose(columns: PriceColumns, header: Sequence[str]) -> list[int | None] | None:
    """Position of each column in a header, or None where a required one is absent."""
    present = [name.strip().lower() for name in header]
    wanted = [name.lower() for name in msgspec.structs.astuple(columns)]
    if any(name.lower() not in present for name in (columns.session, columns.open, columns.close)):
        return None
    return [present.index(name) if name in present else None for name in wanted]


@dataclass(frozen=True)
class PriceBatch:
    """One price file, parsed.

    Attributes
    ----------
    prices
        `schema.PARSED_PRICES`, one row a symbol and session, in the order of the file.
    rejected
        `schema.REJECTED`, one row a line kept out.
    rows_read
        Prices and rejections together.
    """

    prices: pa.Table
    rejected: pa.Table
    rows_read: int


class _Price(NamedTuple):
    line: int
    symbol: str
    session: date
    open: float
    high: float | None
    low: float | None
    close: float
    adj_close: float | None
    volume: float | None
    split: float | None
    as_traded: float | None


class _Reading(NamedTuple):
    """How the rows of one file are read.

    Attributes
    ----------
    named, stem
        Symbol of every row, and the symbol of rows without one.
    days
        Cell -> session.
    grouped, decimal
        Whether `1,234` is a thousand, and the decimal mark where it is stated.
    """

    named: str | None
    stem: str
    days: Mapping[str, date]
    grouped: bool
    decimal: DecimalMark | None


#: What the prices of a file are: those paid on the day, or these adjusted for the splits that the file tells of.


def read_prices(
    path: Path,
    *,
    columns: PriceColumns | None = None,
    symbol: str | None = None,
    close: Closes | None = None,
    form: CellForm = _FORM,
) -> PriceBatch:
    """Read the daily prices of one file; `.parquet` by its name, anything else as delimited text, packed or plain.

    Parameters
    ----------
    path
        A file of one symbol or of many.
    columns
        Column names; None for the columns of Yahoo's files.
    symbol
        Symbol of every row; None takes the symbol column where the file has one, else the file's name.
    close
        What the prices are. `split_adjusted` is of use where the file has a column of splits that reaches to the day on which
        it was made. None where that is not known; a column of later splits tells it then.
    form
        How the days are written, as far as it is stated.

    Raises
    ------
    SourceError
        The file is not of its format, or lacks a date, open or close column (the message lists the columns found), or its days
        can be read in more than one way (see `days.read_sessions`).

    Notes
    -----
    Rejected: `no prices` (every price is null, as Yahoo writes days it knows nothing of), `missing field` (no open or
    no close), `impossible price` (not a positive number, or outside its own high and low), `unreadable date`, and
    `repeated session` (the first row of a symbol and day stands).
    """
    columns = columns or PriceColumns()
    named = None if symbol is None else canonical_symbol(symbol)
    table_format: TableFormat = "parquet" if base_suffix(path) in PARQUET else "csv"
    wanted = f"one of the columns {columns.session}, {columns.open}, {columns.close}"
    seen: set[tuple[str, date]] = set()

    def choose(header: Sequence[str]) -> list[int | None] | None:
        present = [name.strip().lower() for name in header]
        if twice := [name for name in msgspec.structs.astuple(columns) if present.count(name.lower()) > 1]:
            raise SourceError(f"{path} has two columns {twice[0]}: give one of them another name, or take it out")
        found = _choose(columns, header)
        if found is None and {"Price", "Open", "Close"} <= set(header) and columns.session not in header:
            raise SourceError(
                f"{path} is a table of yfinance with tickers in a second row of names: write it with "
                "yf.download(..., multi_level_index=False), a file a ticker, or fetch the prices by `emtract prices download`"
            )
        return found

    rows = list(read_rows(path, choose, format=table_format, wanted=wanted))
    days = read_sessions(_days(rows), form, path=path, title=columns.session)
    reading = _Reading(named, stem_symbol(path), days, comma_groups(_numbers(rows), form, path), form.decimal)

    def parse(cells: Sequence[object]) -> _Price:
        price = _parse(cells, reading)
        if (price.symbol, price.session) in seen:
            raise LineError("repeated session", f"{price.symbol} {price.session} stands earlier in the file")
        seen.add((price.symbol, price.session))
        return price

    records = list(parse_rows(rows, parse, between=","))
    parsed = [record[1]._replace(line=record[0]) for record in records if not isinstance(record, Rejection)]
    prices = _as_traded(parsed, close)
    rejected = [record for record in records if isinstance(record, Rejection)]
    return PriceBatch(rows_table(PARSED_PRICES, prices), rows_table(REJECTED, rejected), len(records))


def _as_traded(prices: list[_Price], close: Closes | None) -> list[_Price]:
    """Say what leads from each price to the one as traded, where the file or its user knows."""
    if close == "as_traded":
        return [price._replace(as_traded=1.0) for price in prices]
    if close is None or not any(price.split is not None for price in prices):
        return prices
    later: dict[str, float] = {}
    factors: dict[int, float] = {}
    for price in sorted(prices, key=lambda price: price.session, reverse=True):
        factors[price.line] = later.setdefault(price.symbol, 1.0)
        later[price.symbol] *= price.split or 1.0
    return [price if price.as_traded else price._replace(as_traded=factors[price.line]) for price in prices]


def stem_symbol(path: Path) -> str:
    """Symbol a file is named after: `BRK-B` for `BRK.B.csv.gz`."""
    suffix = base_suffix(path)
    return canonical_symbol(path.name[: path.name.lower().rindex(suffix)] if suffix in _TABLES else path.name)


def _days(rows: Sequence[Row | Rejection]) -> list[str]:
    """Distinct cells of the days, as they come; `session` is the first of `PriceColumns`."""
    texts = (cell_text(row[1][0]) for row in rows if not isinstance(row, Rejection))
    return list(dict.fromkeys(text for text in texts if text))


def _numbers(rows: Sequence[Row | Rejection]) -> list[str]:
    """Return the cells of numbers that are text, from `open` to `volume` in `PriceColumns`."""
    return [cell for row in rows if not isinstance(row, Rejection) for cell in row[1][1:7] if isinstance(cell, str)]


def _parse(cells: Sequence[object], reading: _Reading) -> _Price:
    cell = dict(zip(PriceColumns.__struct_fields__, cells, strict=True))
    number = {
        name: _number(name, cell[name], reading) for name in ("open", "high", "low", "close", "adj_close", "volume")
    }
    split, later = (_number(name, cell[name], reading) for name in ("splits", "later_splits"))
    if all(value is None for name, value in number.items() if name != "volume"):
        raise LineError("no prices", "every price of the day is null")
    if number["open"] is None or number["close"] is None:
        raise LineError("missing field", "the day has no open or no close")
    own = "" if cell["symbol"] is None else canonical_symbol(str(cell["symbol"]))
    nameless = is_unwritten(str(cell["symbol"])) or not any(map(str.isalnum, own))
    if reading.named is None and cell["symbol"] is not None and nameless:
        raise LineError("missing field", "the row has no symbol")
    session = reading.days.get(cell_text(cell["session"]) or "")
    if session is None:
        raise LineError("unreadable date", f"{cell['session']!r} is no day that the rest of the file is like")
    known = {"split": None if split is None else split or 1.0, "as_traded": later}
    price = _Price(line=0, symbol=reading.named or own or reading.stem, session=session, **number, **known)  # type: ignore[arg-type]
    _check_range(price)
    return price


def _check_range(price: _Price) -> None:
    """Refuse a day whose high or low excludes another of its prices."""
    traded = [value for value in (price.open, price.high, price.low, price.close) if value is not None]
    slack = ROUNDING * max(traded)
    if price.high is not None and price.high < max(traded) - slack:
        raise LineError("impossible price", f"high {price.high} is below {max(traded)}")
    if price.low is not None and price.low > min(traded) + slack:
        raise LineError("impossible price", f"low {price.low} is above {min(traded)}")


def _number(name: str, cell: object, reading: _Reading) -> float | None:
    """Return a price above zero, a volume or split from zero, or None for a cell that holds nothing."""
    if cell is None or is_missing(str(cell)):
        return None
    try:
        text, times = str(cell), 1.0
        if name == "volume" and (short := _SHORT.match(text)):
            text, times = short[1], _TIMES[short[2].upper()]
        decimal = reading.decimal if isinstance(cell, str) else None
        value = times * one_number(text, grouped=reading.grouped, decimal=decimal)
    except ValueError as error:
        raise LineError("impossible price", f"{name} {cell!r} is not a number") from error
    if isnan(value):
        return None
    if not isfinite(value) or value < 0 or (value == 0 and name not in {"volume", "splits"}):
        raise LineError("impossible price", f"{name} is {cell}")
    return value

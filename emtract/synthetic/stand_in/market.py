"""Files of prices and market data: their days, symbols and words stay, every number is generated."""

from __future__ import annotations

import csv
import io
import re
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from emtract.synthetic.markets.publishers import write_crsp_ciz
from emtract.synthetic.stand_in.packed import read_lines, rewrite

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from emtract.ingest.streams import Source

FRENCH: Final = frozenset({"french_factors", "french_industries"})
#: No generator writes these.
BINARY: Final = frozenset({".xlsx", ".xls", ".sas7bdat", ".dta", ".sav", ".parquet"})
_KEYS: Final = re.compile(
    r"(?i)cusip|permno|permco|gvkey|cik|sic|accession|date|day|month|year|period|quarter|flag|founded|^is_"
)
_NUMBER: Final = re.compile(r"-?\$?\d[\d,]*(\.\d+)?|-?\.\d+")
_FRENCH: Final = re.compile(rb"\s*\d{8}\s*,")


def rewrite_prices(path: Path, target: Path, columns: Mapping[str, str], rng: np.random.Generator) -> int:
    """Write a random walk of each symbol over the days of a file of prices.

    Parameters
    ----------
    path
        The original: a delimited table, packed or plain.
    target
        Where to write, packed as the original; the folder is made if missing.
    columns
        Field -> column of the file, as `[prices.columns]` has it; days, symbols and splits stay.
    rng
        Draws prices, closes from 1 to 5,000, and volumes.

    Returns
    -------
    int
        Rows written.
    """
    return rewrite(path, target, lambda source: _prices(source, columns, rng))


def rewrite_numbers(path: Path, target: Path, form: str, rng: np.random.Generator) -> int:
    """Write a table with other numbers of the same size; daily returns of French's library as returns.

    Parameters
    ----------
    path
        The original, packed or plain, no workbook or other binary file.
    target
        Where to write, packed as the original; the folder is made if missing.
    form
        Format that the store recorded; those of `FRENCH` are read line by line, all others as delimited tables.
    rng
        Draws the numbers; days, identifiers, flags and words stay.

    Returns
    -------
    int
        Rows written.
    """
    change = _returns if form in FRENCH else _numbers
    return rewrite(path, target, lambda source: change(source, rng))


def write_crsp(sessions: pl.DataFrame, target: Path, rng: np.random.Generator) -> int:
    """Write a daily stock file in CRSP's format, and return its rows.

    Parameters
    ----------
    sessions
        symbol, session: the rows of the file.
    target
        Where to write, `.csv` or `.parquet`; the folder is made if missing.
    rng
        Draws returns, prices and volumes.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    frame = sessions.sort("symbol", "session")
    returns = np.exp(0.02 * rng.standard_normal(frame.height)) - 1
    drawn = frame.with_columns(
        pl.Series("total_return", returns.round(6)),
        permno=99_000 + pl.col("symbol").rank("dense").cast(pl.Int64),
        close=(1 + pl.Series(returns)),
    ).with_columns(close=(50 * pl.col("close").cum_prod().over("symbol")).clip(1, 5_000).round(4))
    gap = pl.Series("gap", np.exp(0.005 * rng.standard_normal(frame.height)))
    write_crsp_ciz(
        drawn.with_columns(
            open=(pl.col("close") * gap).round(4),
            volume=pl.Series(rng.lognormal(13, 0.5, frame.height).round()),
            shares_outstanding=pl.lit(50_000_000),
        ).with_columns(
            high=(pl.max_horizontal("open", "close") * 1.01).round(4),
            low=(pl.min_horizontal("open", "close") * 0.99).round(4),
        ),
        target,
    )
    return frame.height


def _prices(source: Source, columns: Mapping[str, str], rng: np.random.Generator) -> tuple[bytes, int]:
    header, rows, out = _read(source)
    known = {name: role for role, name in columns.items()}
    roles = [known.get(name.strip()) for name in header]
    last: dict[str, float] = {}
    for row in rows:
        symbol = next((cell for role, cell in zip(roles, row, strict=False) if role == "symbol"), "")
        before = last.get(symbol, 50.0)
        opens = before * float(np.exp(0.008 * rng.standard_normal()))
        closes = min(max(opens * float(np.exp(0.015 * rng.standard_normal())), 1.0), 5_000.0)
        last[symbol] = closes
        high, low = max(opens, closes) * 1.005, min(opens, closes) * 0.995
        bar = {"open": opens, "high": high, "low": low, "close": closes, "adj_close": closes}
        volume = int(rng.lognormal(13, 0.5))
        out.writerow([_priced(role, cell, bar, volume) for role, cell in zip(roles, row, strict=False)])
    return out.bytes(), len(rows)


def _priced(role: str | None, cell: str, bar: dict[str, float], volume: int) -> str:
    if role in {"session", "symbol", "splits", "later_splits"} or not _NUMBER.fullmatch(cell.strip()):
        return cell
    return str(volume) if role not in bar else f"{bar[role]:.6f}"


def _numbers(source: Source, rng: np.random.Generator) -> tuple[bytes, int]:
    header, rows, out = _read(source)
    for row in rows:
        out.writerow([_drawn(name, cell, rng) for name, cell in zip(header, row, strict=False)])
    return out.bytes(), len(rows)


def _drawn(name: str, cell: str, rng: np.random.Generator) -> str:
    """Return a number of as many digits; days, years, identifiers, flags and words stay."""
    text = cell.strip()
    if _KEYS.search(name) or not _NUMBER.fullmatch(text) or text in {"0", "1"} or re.fullmatch(r"(19|20)\d{6}", text):
        return cell
    value = float(text.replace(",", "").replace("$", ""))
    decimals = len(text.partition(".")[2])
    size = 10.0 ** (len(str(int(abs(value)))) - 1)
    drawn = (1 if value >= 0 else -1) * size * float(rng.uniform(1, 9.9)) * (1 if abs(value) >= 1 else 0.1)
    return f"{drawn:.{decimals}f}"


def _returns(source: Source, rng: np.random.Generator) -> tuple[bytes, int]:
    lines, count = [], 0
    for line in read_lines(source):
        if not _FRENCH.match(line):
            lines.append(line)
            continue
        day, *cells = line.split(b",")
        lines.append(b",".join([day, *(b"%8.4f" % (0.8 * float(rng.standard_normal())) for _ in cells)]))
        count += 1
    return b"".join(line + b"\r\n" for line in lines), count


class _Out:
    """A table being written."""

    def __init__(self, delimiter: str) -> None:
        self._text = io.StringIO()
        self._writer = csv.writer(self._text, delimiter=delimiter, lineterminator="\n")

    def writerow(self, row: list[str]) -> None:
        self._writer.writerow(row)

    def bytes(self) -> bytes:
        return self._text.getvalue().encode()


def _read(source: Source) -> tuple[list[str], list[list[str]], _Out]:
    """Header and rows of a delimited table, and a table that begins with the same header."""
    text = b"".join(line + b"\n" for line in read_lines(source)).decode("utf-8-sig", "replace").replace("\0", "")
    delimiter = max(",\t;|", key=text.partition("\n")[0].count)
    header, *rows = [row for row in csv.reader(io.StringIO(text), delimiter=delimiter) if row] or [[]]
    out = _Out(delimiter)
    out.writerow(header)
    return header, rows, out

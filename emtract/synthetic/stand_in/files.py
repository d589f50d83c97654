"""Files in the place of those that cannot be shared, packed alike: posts record by record, prices and market data by row.

Of posts the structure stays, of market data days, symbols and words; every other value is generated.
"""

from __future__ import annotations

import bz2
import csv
import gzip
import io
import json
import lzma
import re
import zipfile
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl
import zstandard

from emtract.ingest.streams import Member, compression, read_chunks
from emtract.synthetic.publishers import write_crsp_ciz
from emtract.synthetic.stand_in.values import same_size

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from emtract.ingest.streams import Source
    from emtract.synthetic.stand_in.values import Leaves

TABLES: Final = frozenset({"csv", "twarc_csv", "stocktwits_csv"})
_FIELD: Final = re.compile(r"[A-Za-z_][\w.:\-]{0,60}")
#: A line that is no JSON is one again.
_BROKEN: Final = b'{"cut": "'
FRENCH: Final = frozenset({"french_factors", "french_industries"})
#: No generator writes these.
BINARY: Final = frozenset({".xlsx", ".xls", ".sas7bdat", ".dta", ".sav", ".parquet"})
_KEYS: Final = re.compile(
    r"(?i)cusip|permno|permco|gvkey|cik|sic|accession|date|day|month|year|period|quarter|flag|founded|^is_"
)
_NUMBER: Final = re.compile(r"-?\$?\d[\d,]*(\.\d+)?|-?\.\d+")
_FRENCH: Final = re.compile(rb"\s*\d{8}\s*,")


def rewrite_posts(path: Path, target: Path, form: str, leaves: Leaves, *, limit: int) -> int:
    """Write a generated file in the place of a file of posts, and return its rows.

    Parameters
    ----------
    path
        The original, packed or plain.
    target
        Where to write, packed as the original; the folder is made if missing.
    form
        Format that the store recorded.
    leaves
        Generates the values.
    limit
        Lines or rows that are generated at most.
    """
    if form == "parquet":
        return _parquet(path, target, leaves, limit)
    change = _table if form in TABLES else _documents
    return rewrite(path, target, lambda source: change(source, leaves, limit))


def record(value: Any, leaves: Leaves, field: str = "", within: str = "") -> Any:
    """Return a record with the keys of another and generated values.

    Parameters
    ----------
    value
        The record, or any part of it: an object, a list or one value.
    leaves
        Generates the values.
    field
        Name of the field that holds `value`; empty for a whole record.
    within
        Name of the object that this field stands within; empty at the top.

    Returns
    -------
    Any
        Objects and lists of the same shape; a key that looks like no name of a field is replaced.
    """
    if isinstance(value, dict):
        inside = field or within
        return {
            key if _FIELD.fullmatch(key) else f"k{len(key)}": record(item, leaves, key, inside)
            for key, item in value.items()
        }
    if isinstance(value, list):
        # The members of `edit_history_tweet_ids` are ids, the members of `symbols` are objects within it.
        return [record(item, leaves, field, within) for item in value]
    return leaves.value(field, value, within)


def _documents(source: Source, leaves: Leaves, limit: int) -> tuple[bytes, int]:
    """JSON lines; or one JSON value over several lines."""
    lines = list(read_lines(source, limit))
    found = [_parsed(line) for line in lines]
    if lines and not any(isinstance(value, (dict, list)) for value in found[:2]):
        whole = _parsed(b"".join(read_chunks(source)))
        if isinstance(whole, (dict, list)):
            cut = whole[:limit] if isinstance(whole, list) else whole
            return _dumped(record(cut, leaves)), len(cut)
    out = [_dumped(record(v, leaves)) if v is not None else (_BROKEN if line.strip() else b"") for v, line in zip(found, lines, strict=True)]  # fmt: skip  # noqa: E501
    return b"".join(line + b"\n" for line in out), sum(1 for line in lines if line.strip())


def _parsed(line: bytes) -> Any:
    try:
        return json.loads(line)
    except ValueError:
        return None


def _dumped(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def _table(source: Source, leaves: Leaves, limit: int) -> tuple[bytes, int]:
    """Write a table with the header of another, its delimiter and as many rows."""
    delimiter, rows = _read_table(source)
    header = next(rows, [])
    out = [[_cell(name, cell, leaves) for name, cell in zip(header, row, strict=False)] for row in islice(rows, limit)]
    return _table_bytes(delimiter, [header, *out]), len(out)


def _cell(name: str, cell: str, leaves: Leaves) -> str:
    if cell[:1] in {"{", "["} and (inside := _parsed(cell.encode())) is not None:
        return _dumped(record(inside, leaves, name, name)).decode()
    return str(leaves.value(name, cell, name.rpartition(".")[0]))


def _parquet(path: Path, target: Path, leaves: Leaves, limit: int) -> int:
    target.parent.mkdir(parents=True, exist_ok=True)
    with path.open("rb") as file:
        frame = pl.read_parquet(file, n_rows=limit, glob=False)
    columns = [
        pl.Series(name, [record(v, leaves, name) for v in frame[name].to_list()], dtype=dtype, strict=False)
        for name, dtype in frame.schema.items()
    ]
    pl.DataFrame(columns).write_parquet(target)
    return frame.height


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
        Format that the store recorded; formats in `FRENCH` are read line by line, all others as delimited tables.
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
    delimiter, header, rows = _read_rows(source)
    known = {name: role for role, name in columns.items()}
    roles = [known.get(name.strip()) for name in header]
    last: dict[str, float] = {}
    out = []
    for row in rows:
        symbol = next((cell for role, cell in zip(roles, row, strict=False) if role == "symbol"), "")
        before = last.get(symbol, 50.0)
        opens = before * float(np.exp(0.008 * rng.standard_normal()))
        closes = min(max(opens * float(np.exp(0.015 * rng.standard_normal())), 1.0), 5_000.0)
        last[symbol] = closes
        high, low = max(opens, closes) * 1.005, min(opens, closes) * 0.995
        bar = {"open": opens, "high": high, "low": low, "close": closes, "adj_close": closes}
        volume = int(rng.lognormal(13, 0.5))
        out.append([_priced(role, cell, bar, volume) for role, cell in zip(roles, row, strict=False)])
    return _table_bytes(delimiter, [header, *out]), len(out)


def _priced(role: str | None, cell: str, bar: dict[str, float], volume: int) -> str:
    if role in {"session", "symbol", "splits", "later_splits"} or not _NUMBER.fullmatch(cell.strip()):
        return cell
    return str(volume) if role not in bar else f"{bar[role]:.6f}"


def _numbers(source: Source, rng: np.random.Generator) -> tuple[bytes, int]:
    delimiter, header, rows = _read_rows(source)
    out = [[_drawn(name, cell, rng) for name, cell in zip(header, row, strict=False)] for row in rows]
    return _table_bytes(delimiter, [header, *out]), len(out)


def _drawn(name: str, cell: str, rng: np.random.Generator) -> str:
    """Return a number of as many digits; days, years, identifiers, flags and words stay."""
    text = cell.strip()
    if _KEYS.search(name) or not _NUMBER.fullmatch(text) or text in {"0", "1"} or re.fullmatch(r"(19|20)\d{6}", text):
        return cell
    value = float(text.replace(",", "").replace("$", ""))
    decimals = len(text.partition(".")[2])
    return f"{same_size(value, rng) * (1 if abs(value) >= 1 else 0.1):.{decimals}f}"


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


def _read_table(source: Source) -> tuple[str, Iterator[list[str]]]:
    """Return the delimiter of a table and its rows, the header first."""
    text = b"".join(line + b"\n" for line in read_lines(source)).decode("utf-8-sig", "replace").replace("\0", "")
    delimiter = max(",\t;|", key=text.partition("\n")[0].count)
    return delimiter, csv.reader(io.StringIO(text), delimiter=delimiter)


def _read_rows(source: Source) -> tuple[str, list[str], list[list[str]]]:
    """Return the delimiter of a table, its header, and the rows that are not empty."""
    delimiter, rows = _read_table(source)
    header, *kept = [row for row in rows if row] or [[]]
    return delimiter, header, kept


def _table_bytes(delimiter: str, rows: Iterable[Sequence[str]]) -> bytes:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator="\n").writerows(rows)
    return out.getvalue().encode()


def rewrite(path: Path, target: Path, change: Callable[[Source], tuple[bytes, int]]) -> int:
    """Write what `change` makes of a file, or of each member of a zip archive, packed as the file is; return the rows.

    Parameters
    ----------
    path
        The original, packed or plain.
    target
        Where to write; the folder is made if missing.
    change
        Takes the file, or a member, and returns the new bytes before packing and the rows in them.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    kind = compression(path)
    if kind == "zip":
        return _rewrite_zip(path, target, change)
    data, rows = change(path)
    target.write_bytes(_pack(data, kind))
    return rows


def read_lines(source: Source, limit: int | None = None) -> Iterator[bytes]:
    """Yield the lines of a file without their ends, the first `limit` of them."""
    return islice(_lines(source), limit)


def _lines(source: Source) -> Iterator[bytes]:
    held = b""
    for chunk in read_chunks(source):
        *whole, held = (held + chunk).split(b"\n")
        yield from (line.removesuffix(b"\r") for line in whole)
    if held:
        yield held


def _pack(data: bytes, kind: str) -> bytes:
    if kind == "gzip":
        return gzip.compress(data, mtime=0)
    if kind == "bzip2":
        return bz2.compress(data)
    if kind == "xz":
        return lzma.compress(data)
    return zstandard.ZstdCompressor().compress(data) if kind == "zstd" else data


def _rewrite_zip(path: Path, target: Path, change: Callable[[Source], tuple[bytes, int]]) -> int:
    total = 0
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for info in old.infolist():
            if not info.is_dir():
                data, rows = change(Member(old, info))
                new.writestr(zipfile.ZipInfo(info.filename, (1980, 1, 1, 0, 0, 0)), data, zipfile.ZIP_DEFLATED)
                total += rows
    return total

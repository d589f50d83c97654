"""Symbols of posts that stand in a table of their own, a row a post and symbol, as Kaggle's Company_Tweet.csv."""

from __future__ import annotations

import hashlib
from array import array
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
import numpy.typing as npt

from emtract.ingest.archives import read_members
from emtract.ingest.posts.post import first_id
from emtract.ingest.records import LineError, Rejection
from emtract.ingest.rows import PARQUET, read_rows
from emtract.missing import is_unwritten
from emtract.symbols import canonical_symbol

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from emtract.ingest.records import Row
    from emtract.ingest.rows import TableFormat


_SIDES: Final[tuple[Literal["left"], Literal["right"]]] = ("left", "right")


@dataclass
class Bridge:
    """Its rows in little memory: a digest of the post's id and the number of the symbol, 12 bytes a row.

    Attributes
    ----------
    unread
        Rows without an id or a symbol.
    """

    keys: npt.NDArray[np.uint64]
    codes: npt.NDArray[np.uint32]
    symbols: list[str]
    unread: int = 0
    used: npt.NDArray[np.bool_] = field(init=False)

    def __post_init__(self) -> None:
        order = np.argsort(self.keys, kind="stable")
        self.keys, self.codes = self.keys[order], self.codes[order]
        self.used = np.zeros(len(self.keys), bool)

    def of(self, post_id: str) -> list[str]:
        """Symbols of the rows about a post."""
        key = np.uint64(_key(post_id))
        start, end = (int(np.searchsorted(self.keys, key, side=side)) for side in _SIDES)
        if start == end:
            return []
        self.used[start:end] = True
        return [self.symbols[code] for code in dict.fromkeys(self.codes[start:end].tolist())]

    def left_over(self, name: str) -> str | None:
        """Say which rows told nothing of any post asked for; None where all did."""
        without = int(np.count_nonzero(~self.used))
        parts = [f"{without:,} rows of {name} are about no post of this file"] if without else []
        parts += [f"{self.unread:,} have no id or no symbol that can be read"] if self.unread else []
        return "; ".join(parts) or None


def read_bridge(path: Path, *, post_id: str, symbol: str) -> Bridge:
    """Read a table of posts and symbols, streamed.

    Parameters
    ----------
    path
        Parquet by its suffix, else CSV, plain, packed or in a zip archive.
    post_id
        Name of the column of the ids of posts.
    symbol
        Name of the column of symbols, one a row, in any spelling.

    Raises
    ------
    SourceError
        It cannot be opened, is no CSV or Parquet, or lacks one of its columns.
    """
    keys, codes = array("Q"), array("L")
    numbers: dict[str, int] = {}
    unread = 0
    for row in _rows(path, [post_id, symbol]):
        pair = None if isinstance(row, Rejection) else _pair(*row[1])
        if pair is None:
            unread += 1
            continue
        keys.append(_key(pair[0]))
        codes.append(numbers.setdefault(pair[1], len(numbers)))
    return Bridge(np.array(keys, np.uint64), np.array(codes, np.uint32), list(numbers), unread)


def _rows(path: Path, columns: Sequence[str]) -> Iterator[Row | Rejection]:
    def choose(header: Sequence[str]) -> list[int | None] | None:
        return [header.index(name) for name in columns] if all(header.count(name) == 1 for name in columns) else None

    wanted = f"one of the columns {', '.join(columns)}"
    form: TableFormat = "parquet" if path.suffix.lower() in PARQUET else "csv"
    if form == "parquet":
        return read_rows(path, choose, format=form, wanted=wanted)
    return read_members(path, lambda member: read_rows(member, choose, format=form, wanted=wanted))


def _pair(post_id: object, symbol: object) -> tuple[str, str] | None:
    try:
        found = first_id(post_id)
    except LineError:
        return None
    text = "" if symbol is None or is_unwritten(str(symbol)) else canonical_symbol(str(symbol))
    return (found, text) if found and text else None


def _key(post_id: str) -> int:
    return int.from_bytes(hashlib.blake2b(post_id.encode(), digest_size=8).digest())

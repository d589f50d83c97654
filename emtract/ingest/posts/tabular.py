"""Posts in a table, CSV or Parquet, whose columns the reader is told."""

from __future__ import annotations

import re
from dataclasses import astuple, dataclass
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from emtract.errors import ConfigError
from emtract.ingest.lines import MAX_LINE_BYTES
from emtract.ingest.posts.post import MAX_COUNT, Post, PostRecords, first_id, name_symbols, required_id, sentiment_tag
from emtract.ingest.records import LineError, Rejection, storable
from emtract.ingest.rows import TableFormat, read_rows
from emtract.ingest.times import cell_micros

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from emtract.ingest.streams import Progress

#: One symbol of a cell that lists several: `AAPL TSLA`, `AAPL;TSLA`, `['AAPL', '$TSLA']`.
_LISTED = re.compile(r"[^\s,;|\[\](){}'\"]+")


@dataclass(frozen=True, kw_only=True)
class ColumnMapping:
    """Which column holds what; a name that is None stands for a column that the table does not have.

    Parameters
    ----------
    post_id, created_at, body
        Columns every post needs. Ids are kept as text.
    author_id, followers, sentiment
        Optional columns; `sentiment` holds bullish, bearish or nothing, in any case.
    symbol
        Optional column of one symbol or a delimited list; Parquet lists do as well.
    platform
        Platform's name as it will stand in the store.
    timezone
        IANA zone (`America/New_York`) of timestamps that carry none; without it such rows are rejected. A time that a
        change of clocks repeats is its first occurrence, one that it skips is read with the offset before the change.
    time_format
        None for ISO 8601, `epoch_seconds`, `epoch_milliseconds`, or a pattern of `datetime.strptime`.

    Raises
    ------
    ConfigError
        The zone is unknown, the platform is blank, or a column is named by "".
    """

    post_id: str
    created_at: str
    body: str
    author_id: str | None = None
    symbol: str | None = None
    followers: str | None = None
    sentiment: str | None = None
    platform: str
    timezone: str | None = None
    time_format: str | None = None

    def __post_init__(self) -> None:
        if not self.platform.strip() or "" in astuple(self):
            raise ConfigError("a column mapping has an empty entry: leave out what the table does not have")
        _ = self.zone

    @property
    def zone(self) -> ZoneInfo | None:
        """The zone of `timezone`."""
        if self.timezone is None:
            return None
        try:
            return ZoneInfo(self.timezone)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ConfigError(
                f"time zone {self.timezone!r} is unknown: name one like America/New_York or UTC"
            ) from error

    @property
    def columns(self) -> tuple[str | None, ...]:
        """Column names in the order in which `_parse` takes their cells."""
        return self.post_id, self.created_at, self.body, self.author_id, self.symbol, self.followers, self.sentiment

    def choose(self, header: Sequence[str]) -> list[int | None] | None:
        """Position of each column in a header, or None where one is absent or stands twice."""
        if any(name is not None and header.count(name) != 1 for name in self.columns):
            return None
        return [None if name is None else header.index(name) for name in self.columns]


def read_table(
    path: Path,
    mapping: ColumnMapping,
    *,
    format: TableFormat,  # noqa: A002
    max_line_bytes: int = MAX_LINE_BYTES,
    progress: Progress | None = None,
) -> PostRecords:
    """Yield the posts of a table; `line` is the line where a CSV record starts, or the number of a Parquet row.

    Raises
    ------
    SourceError
        The file is not of the format, or a mapped column is absent or stands twice.
    """
    wanted = "one of the columns " + ", ".join(name for name in mapping.columns if name is not None)
    zone = mapping.zone
    rows = read_rows(
        path, mapping.choose, format=format, wanted=wanted, max_line_bytes=max_line_bytes, progress=progress
    )
    for row in rows:
        if isinstance(row, Rejection):
            yield row
            continue
        line, cells = row
        try:
            yield line, _parse(cells, mapping, zone)
        except LineError as error:
            yield error.at(line, " ".join("" if cell is None else str(cell) for cell in cells))


def _parse(cells: Sequence[object], mapping: ColumnMapping, zone: ZoneInfo | None) -> Post:
    post_id, created_at, body, author_id, symbol, followers, sentiment = cells
    if body is None or created_at is None or created_at == "":
        raise LineError("missing field", f"no {mapping.body if body is None else mapping.created_at}")
    text = storable(str(body))
    return Post(
        platform=mapping.platform,
        post_id=required_id(post_id),
        author_id=first_id(author_id),
        created_at=cell_micros(created_at, zone=zone, time_format=mapping.time_format),
        body=text,
        followers=_count(followers),
        verified=None,
        repost_of=None,
        sentiment=sentiment_tag(None if sentiment is None else str(sentiment)),
        language=None,
        symbols=name_symbols(text, _listed(symbol)),
    )


def _listed(cell: object) -> list[str]:
    if isinstance(cell, list):
        return [str(symbol) for symbol in cell if symbol is not None]
    return [] if cell is None else _LISTED.findall(str(cell))


def _count(cell: object) -> int | None:
    """Whole number of a cell; `12.0` is one too, since pandas writes counts so where one is missing."""
    text = "" if cell is None else str(cell).strip().removesuffix(".0")
    if text in {"", "nan"}:
        return None
    if not text.isascii() or not text.isdigit() or int(text) > MAX_COUNT:
        raise LineError("wrong type", f"followers {text!r} is not a whole number from 0 to 2**63 - 1")
    return int(text)

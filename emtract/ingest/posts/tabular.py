"""Posts in a table (CSV, Parquet, JSON lines) whose columns the reader is told."""

from __future__ import annotations

import re
from functools import partial
from math import isnan
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
from msgspec.structs import replace

from emtract.errors import ConfigError, SourceError
from emtract.ingest.archives import read_members
from emtract.ingest.lines import MAX_LINE_BYTES
from emtract.ingest.posts.bridge import Bridge, read_bridge
from emtract.ingest.posts.cells import at_path, column_path, looks_like_object, parse_object, symbols_of
from emtract.ingest.posts.content import titled, with_content_id
from emtract.ingest.posts.objects import read_objects
from emtract.ingest.posts.post import (
    Notes,
    Post,
    PostRecords,
    count_cell,
    first_id,
    may_be_rounded,
    name_symbols,
    required_id,
    sentiment_tag,
)
from emtract.ingest.records import LineError, Rejection, reject, storable
from emtract.ingest.rows import Row, read_rows
from emtract.ingest.streams import base_name
from emtract.ingest.times import cell_moment, check_time_format
from emtract.missing import is_missing, is_unwritten
from emtract.schema import AT_MIDNIGHT, ENDS_IN_ZEROS
from emtract.sources import PostColumns
from emtract.symbols import CASHTAG, canonical_symbol

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from emtract.ingest.streams import Progress, Source

#: Formats of tables of posts.
PostTable = Literal["csv", "parquet", "jsonl"]
#: One symbol of a cell that lists several: `AAPL TSLA`, `AAPL;TSLA`, `['AAPL', '$TSLA']`.
_LISTED = re.compile(r"[^\s,;|\[\](){}'\"]+")
#: The symbol that a file is named after: `AAPL.csv`, `brk.b_2020.csv.gz`, `$TSLA messages.jsonl`.
_NAMED = re.compile(r"\$?([^_ ]+?)(?:[_ ].*)?(?:\.(?:csv|tsv|tab|txt|parquet|pq|jsonl|ndjson|json))?", re.IGNORECASE)
_NOBODY: Final = frozenset({"[deleted]", "[removed]"})
_YES: Final = frozenset({"true", "t", "yes", "y", "1"})
_NO: Final = frozenset({"false", "f", "no", "n", "0"})


class ColumnMapping(PostColumns, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The columns of a table of posts, checked; the meaning of each name is that of `PostColumns`.

    Raises
    ------
    ConfigError
        The zone is unknown, the platform is blank, or a column is named by "".
    """

    def __post_init__(self) -> None:
        if not self.platform.strip() or "" in msgspec.structs.astuple(self):
            raise ConfigError("a column mapping has an empty entry: leave out what the table does not have")
        check_time_format(self.time_format)
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
        required = self.post_id, self.created_at, self.body
        author = self.author_id, self.followers, self.verified
        return *required, *author, self.symbol, self.sentiment, self.repost_of, self.language, self.title

    def choose(self, header: Sequence[str]) -> list[int | None] | None:
        """Position of each column in a header, or None where one is absent or stands twice."""
        places = [None if name is None else column_path(header, name) for name in self.columns]
        if any(place is None and name is not None for place, name in zip(places, self.columns, strict=True)):
            return None
        return [None if place is None else place[0] for place in places]

    def paths(self, header: Sequence[str]) -> list[tuple[str, ...]]:
        """Keys within the cells of each column: `user.id` may be the key `id` of the objects in a column `user`."""
        places = [None if name is None else column_path(header, name) for name in self.columns]
        return [() if place is None else place[1] for place in places]


def read_table(
    path: Source,
    mapping: ColumnMapping,
    *,
    format: PostTable,  # noqa: A002
    max_line_bytes: int = MAX_LINE_BYTES,
    progress: Progress | None = None,
) -> PostRecords:
    """Yield the posts of a table, or of the tables of a zip archive (`archives.read_members`).

    `line` is the line where a CSV record starts or a JSON object stands, or the number of a Parquet row. What a JSON
    object lacks is null.

    Parameters
    ----------
    path
        A file, plain or packed, or a zip archive of several; Parquet on disk alone.
    mapping
        Which column holds what; a table of symbols that it names stands in the folder of `path`.
    format
        What the file is, whatever its name.
    max_line_bytes
        Longest line of CSV or object of JSON in bytes, and longest text in characters; what is longer is rejected.
    progress
        Called with the bytes read so far of the file on disk; of Parquet in proportion to the rows.

    Raises
    ------
    SourceError
        The file is not of the format, a mapped column of CSV or Parquet is absent or stands twice, or the file is to
        be named after a symbol and is not.
    """
    read = partial(_read, mapping=mapping, format=format, max_line_bytes=max_line_bytes, progress=progress)
    yield from read(path) if format == "parquet" else read_members(path, read)


def _read(
    path: Source,
    *,
    mapping: ColumnMapping,
    format: PostTable,  # noqa: A002
    max_line_bytes: int,
    progress: Progress | None,
) -> PostRecords:
    zone = mapping.zone
    named = _named_symbol(path) if mapping.symbol_from_name else []
    bridge = None if mapping.symbols_file is None else _bridge(path, mapping)
    line = 0
    for row in _rows(path, mapping, format, max_line_bytes, progress):
        line = row[0]
        if isinstance(row, Rejection):
            yield row
            continue
        cells = row[1]
        try:
            post = _parse(cells, mapping, zone, named, max_line_bytes)
            if bridge is not None and (told := bridge.of(post.post_id)):
                origins = name_symbols("", told)
                both = {symbol: "both" if symbol in origins else origin for symbol, origin in post.symbols.items()}
                post = replace(post, symbols=origins | both)
            yield line, post if mapping.post_id is not None else with_content_id(post)
        except LineError as error:
            yield error.at(line, " ".join("" if cell is None else str(cell) for cell in cells))
    if bridge is not None and (left := bridge.left_over(str(mapping.symbols_file))):
        yield reject(line + 1, "symbol without a post", left)


def _bridge(path: Source, mapping: ColumnMapping) -> Bridge:
    if not isinstance(path, Path):
        raise SourceError(f"{path} is within an archive, beside which {mapping.symbols_file} cannot stand: unpack it")
    file = path.parent / str(mapping.symbols_file)
    return read_bridge(file, post_id=mapping.symbols_post_id or "post_id", symbol=mapping.symbols_symbol or "symbol")


def _rows(
    path: Source,
    mapping: ColumnMapping,
    format: PostTable,  # noqa: A002
    max_line_bytes: int,
    progress: Progress | None,
) -> Iterator[Row | Rejection]:
    if format == "jsonl":
        yield from read_objects(path, mapping.columns, max_line_bytes=max_line_bytes, progress=progress)
        return
    wanted = "one of the columns " + ", ".join(name for name in mapping.columns if name is not None)
    keys: list[tuple[str, ...]] = []

    def choose(header: Sequence[str]) -> list[int | None] | None:
        keys[:] = mapping.paths(header)
        return mapping.choose(header)

    for row in read_rows(
        path, choose, format=format, wanted=wanted, text=2, max_line_bytes=max_line_bytes, progress=progress
    ):
        if isinstance(row, Rejection) or not any(keys):
            yield row
        else:
            yield row[0], tuple(map(at_path, row[1], keys))


def _named_symbol(path: Source) -> list[str]:
    match = _NAMED.fullmatch(base_name(path))
    if match is None or not re.fullmatch(CASHTAG, f"${match[1]}"):
        raise SourceError(f"{path} is not named after a symbol, as AAPL.csv is: rename it or drop symbol_from_name")
    return [canonical_symbol(match[1])]


def _parse(
    cells: tuple[object, ...], mapping: ColumnMapping, zone: ZoneInfo | None, named: list[str], max_bytes: int
) -> Post:
    """Return the post of a row: only its id, its time and its text can cost it."""
    post_id, created_at, text, author_id, followers, verified, symbol, sentiment, repost_of, language, title = cells
    body = titled(_written(mapping.title, title), (_text if mapping.title is None else _written)(mapping.body, text))
    if body is None or created_at is None or (isinstance(created_at, str) and is_missing(created_at)):
        raise LineError("missing field", f"no {mapping.body if body is None else mapping.created_at}")
    if len(body) > max_bytes:
        raise LineError("line too long", f"{len(body):,} characters, the limit is {max_bytes:,}: raise max_line_bytes")
    body = "" if body.strip() and is_unwritten(body) else body
    moment = cell_moment(_scalar(mapping.created_at, created_at), zone=zone, time_format=mapping.time_format)
    notes = Notes([("created_at", AT_MIDNIGHT)] if moment.at_midnight else [])
    own_id = "" if mapping.post_id is None else required_id(_id(mapping.post_id, post_id))
    notes += [("post_id", ENDS_IN_ZEROS)] if may_be_rounded(own_id) else []
    return Post(
        platform=mapping.platform,
        post_id=own_id,
        author_id=notes.take("author_id", _id, mapping.author_id, author_id),
        created_at=moment.micros,
        body=body,
        followers=notes.take("followers", _count, mapping.followers, followers),
        verified=notes.take("verified", _flag, mapping.verified, verified),
        repost_of=notes.take("repost_of", _id, mapping.repost_of, repost_of),
        sentiment=notes.take("sentiment", _tag, mapping.sentiment, sentiment),
        language=notes.take("language", _language, mapping.language, language),
        symbols=name_symbols(body, [*(notes.take("symbol", _listed, mapping.symbol, symbol) or ()), *named], cut=False),
        notes=tuple(notes),
    )


def _id(name: str | None, cell: object) -> str | None:
    """Return an id; an object is none, and whoever deleted the account is nobody."""
    cell = _single(cell)
    if looks_like_object(cell):
        raise LineError("wrong type", f"{name} holds objects, no ids: name what is inside them, as in {name}.id")
    return None if isinstance(cell, str) and cell in _NOBODY else first_id(_scalar(name, cell))


def _written(name: str | None, cell: object) -> str | None:
    text = _text(name, cell)
    return None if text is None or is_unwritten(text) else text


def _count(name: str | None, cell: object) -> int | None:
    value = _scalar(name, _single(cell))
    if isinstance(value, float) and value.is_integer() and value < 2**53:
        value = int(value)
    return count_cell("" if value is None else str(value))


def _tag(name: str | None, cell: object) -> str | None:
    cell = _single(cell)
    if isinstance(cell, dict):
        cell = cell.get("basic")
    return sentiment_tag(_text(name, cell))


def _language(name: str | None, cell: object) -> str | None:
    text = _text(name, _single(cell)) or ""
    if text.startswith("["):
        languages = _LISTED.findall(text)
        if len(languages) > 1:
            raise LineError("wrong type", f"{name} is {text[:60]!r}, not one language")
        text = languages[0] if languages else ""
    return None if is_missing(text) else text


def _single(cell: object) -> object:
    """The item of a list of one, nothing of an empty list; a longer list is no single value."""
    if isinstance(cell, list) and len(cell) <= 1:
        return cell[0] if cell else None
    return cell


def _scalar(name: str | None, cell: object) -> object:
    """Refuse what is no single value; text that a writer left as bytes is decoded."""
    if cell is None or isinstance(cell, str):
        return cell
    if isinstance(cell, LineError):
        raise cell
    if isinstance(cell, (dict, list, bool)):
        raise LineError("wrong type", f"{name} is {cell!r}: name what is inside it, as in user.id")
    if isinstance(cell, bytes):
        try:
            return storable(cell.decode())
        except UnicodeDecodeError as error:
            raise LineError("not UTF-8", f"{name}: {error}") from error
    return cell


def _text(name: str | None, cell: object) -> str | None:
    if isinstance(cell, str):
        return storable(cell)
    value = _scalar(name, cell)
    if value is None or (isinstance(value, float) and isnan(value)):
        return None
    return storable(str(value))


def _listed(name: str | None, cell: object) -> list[str]:
    if looks_like_object(cell):
        cell = parse_object(str(cell))
    if isinstance(cell, (list, dict)):
        named = [_text(name, item) for item in symbols_of(cell)]
    else:
        text = _text(name, cell) or ""
        named = [] if is_unwritten(text) else _LISTED.findall(text)
    return [symbol for symbol in named if symbol is not None and not is_unwritten(symbol)]


def _flag(name: str | None, cell: object) -> bool | None:
    cell = _single(cell)
    if isinstance(cell, bool):
        return cell
    value = _scalar(name, cell)
    text = "" if value is None else str(value).strip().lower().removesuffix(".0")
    if is_missing(text):
        return None
    if text not in _YES | _NO:
        raise LineError("wrong type", f"verified {text[:40]!r} is neither true nor false")
    return text in _YES

"""Posts in a table (CSV, Parquet, JSON lines) whose columns the reader is told."""

from __future__ import annotations

import re
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
from msgspec.structs import replace

from emtract.errors import ConfigError, SourceError
from emtract.ingest.archives import read_members
from emtract.ingest.lines import MAX_LINE_BYTES
from emtract.ingest.posts.bridge import Bridge, read_bridge
from emtract.ingest.posts.cells import (
    at_path,
    column_path,
    count_of,
    flag_of,
    id_of,
    language_of,
    reach,
    scalar,
    sentiment_of,
    symbols_named,
    text_of,
    written_text,
)
from emtract.ingest.posts.decoding import decode_line
from emtract.ingest.posts.documents import JsonFormat, check_size, posts_within, read_json
from emtract.ingest.posts.post import (
    Notes,
    Post,
    PostRecords,
    may_be_rounded,
    name_symbols,
    required_id,
    titled,
    with_content_id,
)
from emtract.ingest.records import LineError, Rejection, Row, reject
from emtract.ingest.rows import parse_rows, read_rows
from emtract.ingest.streams import base_name
from emtract.ingest.times import cell_moment, check_time_format
from emtract.missing import is_missing, is_unwritten
from emtract.schema import AT_MIDNIGHT, ENDS_IN_ZEROS
from emtract.sources import PostColumns
from emtract.symbols import CASHTAG, canonical_symbol

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from emtract.ingest.streams import Progress, Source

#: How many of the names of a mapping, from the first, tell an object that is a row from what holds rows.
_TELLING: Final = 3
#: Formats of tables of posts.
PostTable = Literal["csv", "parquet", "jsonl"]
#: The symbol that a file is named after: `AAPL.csv`, `brk.b_2020.csv.gz`, `$TSLA messages.jsonl`.
_NAMED = re.compile(r"\$?([^_ ]+?)(?:[_ ].*)?(?:\.(?:csv|tsv|tab|txt|parquet|pq|jsonl|ndjson|json))?", re.IGNORECASE)


_OBJECT: Final = msgspec.json.Decoder(dict[str, Any])


class ColumnMapping(PostColumns, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The columns of a table of posts, checked; each name means what it does in `PostColumns`.

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

    def places(self, header: Sequence[str]) -> list[tuple[int, tuple[str, ...]] | None]:
        """Position of each column in a header and the keys within its cells: `user.id` may be a key of a column `user`."""
        return [None if name is None else column_path(header, name) for name in self.columns]

    def choose(self, header: Sequence[str]) -> list[int | None] | None:
        """Position of each column in a header, or None where one is absent or stands twice."""
        places = self.places(header)
        if any(place is None and name is not None for place, name in zip(places, self.columns, strict=True)):
            return None
        return [None if place is None else place[0] for place in places]


def read_table(
    path: Source,
    mapping: ColumnMapping,
    *,
    format: PostTable,  # noqa: A002
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
    progress
        Called with the bytes read so far of the file on disk; of Parquet in proportion to the rows.

    Raises
    ------
    SourceError
        The file is not of the format, a mapped column of CSV or Parquet is absent or stands twice, or the file is to
        be named after a symbol and is not.
    """
    read = partial(_read, mapping=mapping, format=format, progress=progress)
    yield from read(path) if format == "parquet" else read_members(path, read)


def _read(
    path: Source,
    *,
    mapping: ColumnMapping,
    format: PostTable,  # noqa: A002
    progress: Progress | None,
) -> PostRecords:
    zone = mapping.zone
    named = _named_symbol(path) if mapping.symbol_from_name else []
    bridge = None if mapping.symbols_file is None else _bridge(path, mapping)

    def parse(cells: tuple[object, ...]) -> Post:
        post = _parse(cells, mapping, zone, named)
        if bridge is not None and (told := bridge.of(post.post_id)):
            origins = name_symbols("", told)
            both = {symbol: "both" if symbol in origins else origin for symbol, origin in post.symbols.items()}
            post = replace(post, symbols=origins | both)
        return post if mapping.post_id is not None else with_content_id(post)

    line = 0
    for outcome in parse_rows(_rows(path, mapping, format, progress), parse, between=" "):
        line = outcome[0]
        yield outcome
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
    progress: Progress | None,
) -> Iterator[Row | Rejection]:
    if format == "jsonl":
        yield from read_objects(path, mapping.columns, progress=progress)
        return
    wanted = "one of the columns " + ", ".join(name for name in mapping.columns if name is not None)
    keys: list[tuple[str, ...]] = []

    def choose(header: Sequence[str]) -> list[int | None] | None:
        keys[:] = [() if place is None else place[1] for place in mapping.places(header)]
        return mapping.choose(header)

    for row in read_rows(path, choose, format=format, wanted=wanted, text=2, progress=progress):
        if isinstance(row, Rejection) or not any(keys):
            yield row
        else:
            yield row[0], tuple(map(at_path, row[1], keys))


def _named_symbol(path: Source) -> list[str]:
    match = _NAMED.fullmatch(base_name(path))
    if match is None or not re.fullmatch(CASHTAG, f"${match[1]}"):
        raise SourceError(f"{path} is not named after a symbol, as AAPL.csv is: rename it or drop symbol_from_name")
    return [canonical_symbol(match[1])]


def _parse(cells: tuple[object, ...], mapping: ColumnMapping, zone: ZoneInfo | None, named: list[str]) -> Post:
    """Return the post of a row: only its id, its time and its text can cost it."""
    post_id, created_at, text, author_id, followers, verified, symbol, sentiment, repost_of, language, title = cells
    read_body = text_of if mapping.title is None else written_text
    body = titled(written_text(mapping.title, title), read_body(mapping.body, text))
    if body is None or created_at is None or (isinstance(created_at, str) and is_missing(created_at)):
        raise LineError("missing field", f"no {mapping.body if body is None else mapping.created_at}")
    if len(body) > MAX_LINE_BYTES:
        raise LineError(
            "line too long",
            f"{len(body):,} characters, the limit is {MAX_LINE_BYTES:,}: shorten the text",
        )
    body = "" if body.strip() and is_unwritten(body) else body
    moment = cell_moment(scalar(mapping.created_at, created_at), zone=zone, time_format=mapping.time_format)
    notes = Notes([("created_at", AT_MIDNIGHT)] if moment.at_midnight else [])
    own_id = "" if mapping.post_id is None else required_id(id_of(mapping.post_id, post_id))
    notes += [("post_id", ENDS_IN_ZEROS)] if may_be_rounded(own_id) else []
    return Post(
        platform=mapping.platform,
        post_id=own_id,
        author_id=notes.take("author_id", id_of, mapping.author_id, author_id),
        created_at=moment.micros,
        body=body,
        followers=notes.take("followers", count_of, mapping.followers, followers),
        verified=notes.take("verified", flag_of, mapping.verified, verified),
        repost_of=notes.take("repost_of", id_of, mapping.repost_of, repost_of),
        sentiment=notes.take("sentiment", sentiment_of, mapping.sentiment, sentiment),
        language=notes.take("language", language_of, mapping.language, language),
        symbols=name_symbols(
            body, [*(notes.take("symbol", symbols_named, mapping.symbol, symbol) or ()), *named], cut=False
        ),
        notes=tuple(notes),
    )


def read_objects(
    path: Source,
    names: Sequence[str | None],
    *,
    progress: Progress | None = None,
) -> Iterator[Row | Rejection]:
    """Yield the cells of each object in the order of the names (`documents.number_posts` numbers them).

    Parameters
    ----------
    path
        A file, plain or packed, or a member of a zip archive; the archive itself is refused (`batches.read_posts` reads
        it).
    names
        Keys, or paths of keys joined by dots; None and whatever a line lacks are None. A key that holds the dots itself
        goes before a path. A path through a list collects from each of its objects: `symbols.symbol` of
        `{"symbols": [{"symbol": "AAPL"}, {"symbol": "TSLA"}]}` is `["AAPL", "TSLA"]`.
    progress
        Called with the bytes read so far of the file on disk, packed as it is.

    Raises
    ------
    SourceError
        Before the first row: the file cannot be opened, is an archive, or is not what its name says.
    """
    paths = [(name, () if name is None else tuple(name.split("."))) for name in names]

    def cell(row: Mapping[str, Any], name: str | None, keys: Sequence[str]) -> object:
        return None if name is None else row[name] if name in row else reach(row, keys)

    def is_row(row: Mapping[str, Any]) -> bool:
        return all(cell(row, name, keys) is not None for name, keys in paths[:_TELLING] if name is not None)

    def parse(line: bytes) -> list[tuple[object, ...] | Rejection]:
        check_size(line)
        row = decode_line(line, _OBJECT)
        cells = tuple([cell(row, name, keys) for name, keys in paths])
        if is_row(row) or not posts_within(row, is_row):
            return [cells]
        raise LineError("missing field", "rows are within it")

    return read_json(path, JsonFormat("rows", is_row, parse), progress=progress)

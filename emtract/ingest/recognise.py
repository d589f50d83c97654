"""Which format a file of posts has, from its name and its first bytes; what cannot be told is refused, not guessed."""

from __future__ import annotations

import csv
import json
import re
from collections import Counter
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

import msgspec

from emtract.errors import SourceError
from emtract.ingest.archives import read_members
from emtract.ingest.formats import JSON_FORMATS, format_of
from emtract.ingest.posts.cells import column_path, looks_like_object, reach
from emtract.ingest.posts.decoding import decode_line
from emtract.ingest.posts.documents import posts_within, values_at_start
from emtract.ingest.posts.splitting import is_json
from emtract.ingest.posts.stocktwits import stocktwits_mapping
from emtract.ingest.posts.tabular import ColumnMapping
from emtract.ingest.posts.twitter_csv import is_twarc_header
from emtract.ingest.records import LineError, Rejection, storable
from emtract.ingest.rows import DELIMITERS, EXCEL_SEPARATOR
from emtract.ingest.streams import BREAKS, open_file, read_chunks

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from emtract.ingest.posts.tabular import PostTable
    from emtract.ingest.streams import Source
    from emtract.sources import PostFormat

#: Plain bytes that are looked at: the first where they tell, the second where they do not.
HEAD_BYTES: Final = (1 << 16, 1 << 20)
#: Objects of JSON that are looked at.
_MAX_OBJECTS: Final = 50
#: NUL bytes among the first 4,096 of a text of which a line or two is damaged; programs and pictures have more.
_MOST_NULS: Final = 16
_ANY: Final = msgspec.json.Decoder(Any)
_PARQUET: Final = b"PAR1"
#: What the columns of a table often are called, for a hint.
_LIKELY: Final = {
    "post_id": ("post_id", "id", "message_id", "tweet_id", "id_str"),
    "created_at": (
        *("created_at", "datetime", "timestamp", "date", "time", "created_utc", "created", "createdat", "post_date"),
        *("date_time", "posted_at", "published_at", "published", "timestamp_ms"),
    ),
    "title": ("title", "headline", "subject"),
    "body": (
        *("body", "text", "message", "tweet", "content", "original", "full_text", "rawcontent", "selftext"),
        *("tweet_text", "post_text", "comment_text", "comment", "post", "caption"),
    ),
    "symbol": ("symbol", "ticker", "stock", "symbols", "tickers", "cashtags", "ticker_symbol"),
    "author_id": ("author_id", "user_id", "author_fullname", "userid", "user", "author"),
}
#: Digits of a time that counts from 1970, and its `time_format`.
_EPOCHS: Final = {9: "epoch_seconds", 10: "epoch_seconds", 13: "epoch_milliseconds"}
_UNZONED = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?")
_BARE_DAY = re.compile(r"\d{4}-\d\d-\d\d|\d{8}")
#: What is named within a column of objects.
_WITHIN: Final = {"author_id": "id", "symbol": "symbol"}
#: Columns of Kaggle's Tweet.csv (tweets about the top companies); its `writer` is a name and is not read.
_COMPANY_TWEETS: Final = frozenset({"tweet_id", "writer", "post_date", "body", "retweet_num"})
_COMPANY_MAPPING: Final = ColumnMapping(
    post_id="tweet_id", created_at="post_date", body="body", platform="twitter", time_format="epoch_seconds"
)
#: Columns of a table that says which posts of another file name which symbols.
_BRIDGE: Final = frozenset({"tweet_id", "ticker_symbol"})
_TIME = re.compile("date|(?<!sen)time|created|posted|published|utc", re.IGNORECASE)
#: Columns that tell a table of daily prices.
_PRICES: Final = frozenset({"date", "open", "close"})


@dataclass(frozen=True)
class Recognised:
    """What a file is.

    Attributes
    ----------
    format
        Format for `read_posts`.
    mapping
        Columns of a table, None where the format knows its own.
    why
        What was seen, in a sentence.
    unread
        Columns of a table that the mapping does not name, in their order.
    """

    format: PostFormat
    mapping: ColumnMapping | None
    why: str
    unread: tuple[str, ...] = ()


def recognise(name: str, head: bytes, *, mapping: ColumnMapping | None = None) -> Recognised:
    """Return what a text file is, from its name and its first plain bytes.

    Parameters
    ----------
    name
        Path or name, for messages; `stocktwits` in it lets a table pass for a dump of StockTwits by its columns of id,
        time and text alone.
    head
        The whole file or its start; a last line that is cut is not looked at where there are others.
    mapping
        The user's own columns. They go before what is known about a format wherever the file has them.

    Raises
    ------
    SourceError
        It is no format that emtract knows, or could be several; the message says what was seen and what to configure.
    """
    text = EXCEL_SEPARATOR.sub(b"", head.removeprefix(b"\xef\xbb\xbf").lstrip()).lstrip()
    if not text:
        raise SourceError(f"{name} is empty: there is nothing to recognise; leave it out or write its format")
    if text[:4096].count(0) > _MOST_NULS or b"\0" in text[:4096].partition(b"\n")[0]:
        raise SourceError(f"{name} {_nul_bytes(text)}")
    if is_json(text):
        return _recognise_json(name, text, mapping)
    return _recognise_table(name, text, mapping)


def _nul_bytes(text: bytes) -> str:
    """Say what a text with NUL bytes is; every second one is of UTF-16 without the mark that says so."""
    for start, encoding in (1, "UTF-16LE"), (0, "UTF-16BE"):
        if text[start:4096:2].count(0) > len(text[:4096]) * 0.4:
            return f"is {encoding} text without a byte-order mark: convert it (iconv -f {encoding} -t UTF-8)"
    return "holds NUL bytes and is no text: leave it out"


def recognise_file(path: Path, *, mapping: ColumnMapping | None = None) -> Recognised:
    """Return what a file on disk is, packed or plain; at most 1 MB of it is looked at.

    Raises
    ------
    SourceError
        As `recognise`; or the file cannot be opened, or not be unpacked.
    """
    with open_file(path) as file:
        if file.read(4) == _PARQUET:
            return _by_columns(str(path), _parquet_columns(path), "parquet", mapping)
    for limit in HEAD_BYTES:
        head = read_head(path, limit)
        try:
            return recognise(str(path), head, mapping=mapping)
        except SourceError:
            if len(head) < limit or limit == HEAD_BYTES[-1]:
                raise
    raise AssertionError


def _parquet_columns(path: Path) -> list[str]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with open_file(path) as file:
            names: list[str] = pq.read_schema(file).names
    except (OSError, pa.ArrowException, UnicodeDecodeError) as error:
        raise SourceError(f"{path} starts like Parquet but is damaged or cut ({error}): fetch it again") from error
    return names


def read_head(path: Path, limit: int) -> bytes:
    """Return the first plain bytes of a file, or of the first readable member of a zip archive."""

    def start(source: Source) -> Iterator[tuple[int, bytes] | Rejection]:
        held = bytearray()
        try:
            for chunk in read_chunks(source):
                held += chunk
                if len(held) >= limit:
                    break
        except BREAKS as error:
            if not held:
                raise SourceError(f"{source} is damaged at its start ({error}): fetch it again") from error
        yield 1, bytes(held[:limit])

    return next(item[1] for item in read_members(path, start) if not isinstance(item, Rejection))


def _recognise_json(name: str, text: bytes, mapping: ColumnMapping | None) -> Recognised:
    objects = list(islice(_objects(text), _MAX_OBJECTS))
    if (not objects and text[:2] in {b"{'", b"['"}) or text[:3] == b"[{'":
        raise SourceError(
            f"{name} holds objects as Python prints them, not JSON: write them with json.dumps, or read them with "
            "ast.literal_eval and write them so"
        )
    if not objects:
        raise SourceError(
            f"{name} starts like JSON but nothing in its first {len(text):,} bytes can be read: fetch it again, or "
            "write its format"
        )
    if mapping is not None and _has_paths(objects, mapping):
        return Recognised("jsonl", mapping, "JSON lines with the keys of the mapping")
    counts = Counter(found for item in objects if (found := format_of(item)) is not None)
    if len(counts) > 1:
        seen = " and ".join(f"{found} ({count})" for found, count in counts.most_common())
        raise SourceError(f"{name} mixes {seen}: split it, or write one of them as its format")
    for found, count in counts.items():
        return Recognised(found, None, f"{count} of its first {len(objects)} objects are {JSON_FORMATS[found].words}")
    sample = {key: value for item in reversed(objects) for key, value in item.items()}
    return _by_columns(name, list(dict.fromkeys(key for item in objects for key in item)), "jsonl", mapping, sample)


def _objects(text: bytes) -> Iterator[dict[str, Any]]:
    """Objects of a JSON text that may be cut: the posts within each value, or the value itself."""
    for value in values_at_start(text):
        try:
            item = decode_line(value, _ANY)
        except LineError:
            continue
        found = posts_within(item, lambda within: format_of(within) is not None) or [item]
        yield from (post for post in found if isinstance(post, dict))


def _has_paths(objects: Sequence[Mapping[str, object]], mapping: ColumnMapping) -> bool:
    paths = [path for path in (mapping.post_id, mapping.created_at, mapping.body) if path is not None]

    def is_row(item: Mapping[str, object]) -> bool:
        return all(path in item or reach(item, path.split(".")) is not None for path in paths)

    return any(posts_within(item, is_row) for item in objects)


def _recognise_table(name: str, text: bytes, mapping: ColumnMapping | None) -> Recognised:
    if text.startswith(b'"{\\"'):
        raise SourceError(f"{name} holds JSON that was written as text into JSON: undo it once (jq -r .)")
    headers = _table_headers(text)
    refusals = []
    for header in sorted(headers, key=len, reverse=True):
        try:
            return _by_columns(name, header, "csv", mapping, _first_row(text, header))
        except SourceError as error:
            refusals.append(error)
    if not headers or len(max(headers, key=len)) == 1:
        line = storable(text.splitlines()[0][:80].decode("utf-8", "replace"))
        raise SourceError(
            f"{name} is neither JSON nor a table; its first line is {line!r}: leave it out, or convert it"
        )
    raise refusals[0]


def _table_headers(text: bytes) -> list[list[str]]:
    """Return the names that the first line holds under each delimiter which it has."""
    line = text[: 1 << 16].splitlines()[0].decode("utf-8", "replace")
    headers = []
    for delimiter in DELIMITERS:
        if delimiter in line:
            try:
                headers.append([name.strip() for name in next(csv.reader([line], delimiter=delimiter))])
            except (csv.Error, StopIteration):
                continue
    return headers


def _first_row(text: bytes, header: Sequence[str]) -> dict[str, object]:
    """Cells of the first row of a table that may be cut, where it has as many as the header."""
    lines = text[: 1 << 16].decode("utf-8", "replace").splitlines()
    for delimiter in DELIMITERS:
        try:
            cells = next(csv.reader(lines[1:], delimiter=delimiter), [])
        except csv.Error:
            continue
        if len(cells) == len(header) > 1:
            return dict(zip(header, cells, strict=True))
    return {}


def _by_columns(
    name: str,
    header: Sequence[str],
    format: PostTable,  # noqa: A002
    mapping: ColumnMapping | None,
    sample: Mapping[str, object] | None = None,
) -> Recognised:
    kind = {"csv": "a table", "parquet": "Parquet", "jsonl": "JSON"}[format]
    if mapping is not None and mapping.choose(header) is not None:
        made = "" if mapping.post_id is not None else "; it has no ids: the id of a post is made of its content"
        return Recognised(format, mapping, f"{kind} with the columns of the mapping{made}", _unread(header, mapping))
    if format == "csv" and is_twarc_header(header):
        return Recognised("twarc_csv", None, f"a table with {len(header)} columns that twarc writes")
    if set(header) >= _COMPANY_TWEETS:
        return Recognised(
            format,
            _COMPANY_MAPPING,
            f"{kind} with the columns of Kaggle's Tweet.csv; times are epoch seconds",
            _unread(header, _COMPANY_MAPPING),
        )
    known = stocktwits_mapping(header, named="stocktwits" in name.lower())
    if known is not None:
        columns = ", ".join(column for column in known.columns if column is not None)
        resolved: PostFormat = "stocktwits_csv" if format == "csv" else format
        return Recognised(resolved, known, f"{kind} with a StockTwits dump's columns {columns}", _unread(header, known))
    raise SourceError(_unknown(name, kind, header, mapping, sample or {}))


def _unread(header: Sequence[str], mapping: ColumnMapping) -> tuple[str, ...]:
    paths = [column_path(header, column) for column in mapping.columns if column is not None]
    read = {path[0] for path in paths if path is not None}
    return tuple(storable(column) for place, column in enumerate(header) if place not in read)


def _unknown(
    name: str, kind: str, header: Sequence[str], mapping: ColumnMapping | None, sample: Mapping[str, object]
) -> str:
    seen = ", ".join(storable(column) for column in islice(header, 20)) + (", …" if len(header) > 20 else "")
    if mapping is not None:
        lacking = [column for column in mapping.columns if column is not None and column_path(header, column) is None]
        return f"{name} is {kind} without the mapping's columns {', '.join(lacking)}; its columns: {seen}"
    if set(header) == _BRIDGE:
        return (
            f"{name} names the symbols of posts that stand in another file: in that file's [posts.columns] say symbols_file, "
            'symbols_post_id = "tweet_id" and symbols_symbol = "ticker_symbol", and leave it out of `files`'
        )
    if kind == "JSON" and _is_frame(header, sample):
        return (
            f"{name} is a frame of pandas that was written by columns: write it by rows, as in "
            f'frame.to_json("posts.jsonl", orient="records", lines=True)'
        )
    if {column.lower() for column in header} >= _PRICES:
        return f"{name} holds prices, not posts; its columns: {seen}. Name it under [[prices]]"
    guesses = [f"{entry} = {json.dumps(column)}" for entry, column in _guesses(header, sample)]
    such_as = f", such as {', '.join(guesses)}" if guesses else ""
    such_as += " (or whichever zone its times are in)" if any(guess.startswith("timezone") for guess in guesses) else ""
    timeless = (
        ""
        if any(_TIME.search(column) for column in header)
        else ("; posts without times cannot be placed: where it has none, `emtract predict -i` scores its texts")
    )
    return (
        f"{name} is {kind} of no dump that emtract knows; its columns: {seen}. Say in [posts.columns] which of them is "
        f"created_at and body, and post_id where there are ids{such_as}{timeless}"
    )


def _is_frame(header: Sequence[str], sample: Mapping[str, object]) -> bool:
    """Whether JSON is a whole frame: by columns, each an object of row -> cell, or split into columns and data."""
    if set(header) in ({"columns", "index", "data"}, {"columns", "data"}):
        return True
    cells = [sample.get(column) for column in header]
    first = cells[0] if cells else None
    return (
        isinstance(first, dict)
        and len(cells) > 1
        and bool(first)
        and all(isinstance(cell, dict) and cell.keys() == first.keys() for cell in cells)
        and all(str(key).isdigit() for key in first)
    )


def _guesses(header: Sequence[str], sample: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    spelt = {column.lower(): column for column in header}
    for entry, names in _LIKELY.items():
        for column in [spelt[name] for name in names if name in spelt][:1]:
            cell = sample.get(column)
            if isinstance(cell, dict) or looks_like_object(cell):
                if entry in _WITHIN:
                    yield entry, f"{column}.{_WITHIN[entry]}"
            else:
                yield entry, column
                if entry == "created_at":
                    yield from _time_options(cell)


def _time_options(cell: object) -> Iterator[tuple[str, str]]:
    """What has to be said of times that look as one does."""
    text = "" if cell is None else str(cell).strip().removesuffix(".0")
    if text.isascii() and text.isdigit() and len(text) in _EPOCHS:
        yield "time_format", _EPOCHS[len(text)]
    elif _UNZONED.fullmatch(text):
        yield "timezone", "UTC"
    elif _BARE_DAY.fullmatch(text):
        yield "time_format", "end_of_day"
        yield "timezone", "UTC"

"""The one door for posts: a file of any format -> Arrow batches of posts, symbols and rejections."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Final, get_args

from emtract.errors import ConfigError
from emtract.ingest.archives import read_members
from emtract.ingest.lines import MAX_LINE_BYTES
from emtract.ingest.posts.discord import read_discord
from emtract.ingest.posts.reddit import read_reddit
from emtract.ingest.posts.stocktwits import read_messages
from emtract.ingest.posts.stocktwits_tables import table_mapping
from emtract.ingest.posts.tabular import ColumnMapping, PostTable, read_table
from emtract.ingest.posts.telegram import read_telegram
from emtract.ingest.posts.twitter import read_tweets
from emtract.ingest.posts.twitter_csv import read_twarc_csv
from emtract.ingest.posts.twitter_v2 import read_tweets_v2
from emtract.ingest.records import Rejection, columns_table, rows_table
from emtract.schema import PARSED_NOTES, PARSED_POSTS, PARSED_SYMBOLS, REJECTED
from emtract.sources import PostFormat

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    import pyarrow as pa

    from emtract.ingest.posts.post import Post, PostRecords

_READERS: Final = {
    "twitter_v1": read_tweets,
    "twitter_v2": read_tweets_v2,
    "twarc_csv": read_twarc_csv,
    "stocktwits": read_messages,
    "telegram": read_telegram,
    "discord": read_discord,
}
#: Formats whose columns a mapping names.
TABLES: Final = ("stocktwits_csv", "csv", "jsonl", "parquet")


@dataclass(frozen=True)
class PostBatch:
    """Some lines of one source, parsed.

    Attributes
    ----------
    posts
        `schema.PARSED_POSTS`, one row a post, in the order of the file.
    symbols
        `schema.PARSED_SYMBOLS`, one row a symbol of a post of this batch.
    rejected
        `schema.REJECTED`, one row a line kept out.
    notes
        `schema.PARSED_NOTES`, one row a field that a post of this batch does without, or that it makes doubtful.
    rows_read
        Lines or rows that this batch stands for: posts and rejections together; blank lines do not count.
    """

    posts: pa.Table
    symbols: pa.Table
    rejected: pa.Table
    notes: pa.Table
    rows_read: int


def read_posts(
    path: Path,
    *,
    format: PostFormat,  # noqa: A002
    mapping: ColumnMapping | None = None,
    known: frozenset[str] = frozenset(),
    batch_rows: int = 20_000,
    max_line_bytes: int = MAX_LINE_BYTES,
    progress: Callable[[int], None] | None = None,
) -> Iterator[PostBatch]:
    """Yield the posts of one file in batches; what is held in memory is bounded by one batch.

    Use it for every source of posts; ids that occur twice are yielded twice, the store resolves them. No line number
    occurs twice. Where a compressed stream breaks, what came before is yielded and the last rejection is
    `broken stream`.

    Parameters
    ----------
    path
        A file on disk.
    format
        `csv` takes comma-, tab-, semicolon- or pipe-separated text. All but Parquet may be packed, and may be zip
        archives of several files.
    mapping
        Columns of a `csv`, `jsonl` or `parquet` file; `stocktwits_csv` finds them by its header, the other formats have none.
    known
        Canonical symbols that posts of Reddit name without `$` too; see `read_reddit`.
    batch_rows
        Rows of a batch, rejections included.
    max_line_bytes
        Longer lines are rejected, unread.
    progress
        Receives the bytes read so far of the file on disk.

    Raises
    ------
    SourceError
        Before any batch: the file cannot be opened or is not what it was declared to be.
    ConfigError
        The format is unknown, or the mapping does not go with it.
    """
    if batch_rows < 1:
        raise ConfigError(f"batch_rows is {batch_rows}: give at least 1")
    records = _records(path, format, mapping, known, max_line_bytes, progress)
    while chunk := list(islice(records, batch_rows)):
        yield _batch(chunk)


def _records(
    path: Path,
    format: PostFormat,  # noqa: A002
    mapping: ColumnMapping | None,
    known: frozenset[str],
    max_line_bytes: int,
    progress: Callable[[int], None] | None,
) -> PostRecords:
    if format not in get_args(PostFormat):
        raise ConfigError(f"post format {format!r} is unknown: choose one of {', '.join(get_args(PostFormat))}")
    if format in TABLES:
        if mapping is None and format == "stocktwits_csv":
            mapping = table_mapping(path)
        if mapping is None:
            raise ConfigError(f"{path} is {format}: say in a column mapping which column is which")
        table: PostTable = "csv" if format == "stocktwits_csv" else format
        return read_table(path, mapping, format=table, max_line_bytes=max_line_bytes, progress=progress)
    if mapping is not None:
        raise ConfigError(f"{path} is {format}, whose fields are known: leave the column mapping out")
    if format == "reddit":
        return read_reddit(path, known=known, max_line_bytes=max_line_bytes, progress=progress)
    return read_members(path, partial(_READERS[format], max_line_bytes=max_line_bytes, progress=progress))


def _batch(records: Sequence[tuple[int, Post] | Rejection]) -> PostBatch:
    rejected = [record for record in records if isinstance(record, Rejection)]
    parsed = [record for record in records if not isinstance(record, Rejection)]
    lines, posts = [line for line, _ in parsed], [post for _, post in parsed]
    cells = ([getattr(post, name) for post in posts] for name in PARSED_POSTS.names[1:])
    named = [(line, symbol, origin) for line, post in parsed for symbol, origin in post.symbols.items()]
    notes = dict.fromkeys((line, *note) for line, post in parsed for note in post.notes)
    return PostBatch(
        posts=columns_table(PARSED_POSTS, [lines, *cells]),
        symbols=rows_table(PARSED_SYMBOLS, named),
        rejected=rows_table(REJECTED, rejected),
        notes=rows_table(PARSED_NOTES, list(notes)),
        rows_read=len(records),
    )

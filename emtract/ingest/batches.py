"""The one door for posts: a file of any format -> Arrow batches of posts, symbols and rejections, here or in a worker."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Literal

from emtract.errors import ConfigError, SourceError
from emtract.ingest.authors import without_ids
from emtract.ingest.formats import read_records
from emtract.ingest.recognise import recognise_file
from emtract.ingest.records import Rejection, columns_table, rows_table
from emtract.schema import PARSED_NOTES, PARSED_POSTS, PARSED_SYMBOLS, REJECTED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    import pyarrow as pa

    from emtract.ingest.posts.post import Post
    from emtract.ingest.posts.tabular import ColumnMapping
    from emtract.sources import PostFormat


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
        Canonical symbols that posts of Reddit name without `$` too; see `posts.reddit`.
    batch_rows
        Rows of a batch, rejections included.
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
    records = read_records(path, format=format, mapping=mapping, known=known, progress=progress)
    while chunk := list(islice(records, batch_rows)):
        yield _batch(chunk)


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


@dataclass(frozen=True)
class ParseTask:
    """A file, how to read it (`auto`: as it is recognised), the last line read before, rows of a batch, known symbols.

    Where there is an `authors_key`, ids of authors are hashed under it; see `emtract.ingest.authors`.
    """

    path: Path
    format: PostFormat | Literal["auto"]
    mapping: ColumnMapping | None = None
    after: int = 0
    batch_rows: int = 20_000
    known: frozenset[str] = frozenset()
    authors_key: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True)
class ParsedPart:
    """Some lines of the file of a task.

    Attributes
    ----------
    tables
        `posts`, `symbols`, `rejected` and `notes`; none at the end of the file.
    bytes_read
        Bytes of the file on disk read so far.
    last
        Whether the file ends here.
    error
        Why the file cannot be read, or not further.
    """

    tables: dict[str, pa.Table]
    bytes_read: int
    last: bool = False
    error: str | None = None


def parse_file(task: ParseTask) -> Iterator[ParsedPart]:
    """Yield the lines of a file in batches and then its end; an unreadable file has an end with an error."""
    read = [0]
    try:
        kind, mapping = _reading(task)
        for batch in read_posts(
            task.path,
            format=kind,
            mapping=mapping,
            known=task.known,
            batch_rows=task.batch_rows,
            progress=lambda size: read.__setitem__(0, size),
        ):
            tables = _after(batch, task.after)
            yield ParsedPart(without_ids(tables, key=task.authors_key) if task.authors_key else tables, read[0])
    except SourceError as error:
        yield ParsedPart({}, read[0], last=True, error=str(error))
    else:
        yield ParsedPart({}, read[0], last=True)


def _reading(task: ParseTask) -> tuple[PostFormat, ColumnMapping | None]:
    if task.format != "auto":
        return task.format, task.mapping
    told = recognise_file(task.path, mapping=task.mapping)
    return told.format, told.mapping


def _after(batch: PostBatch, line: int) -> dict[str, pa.Table]:
    """Tables of the batch without the lines up to `line`."""
    import pyarrow.compute as pc

    tables = {"posts": batch.posts, "symbols": batch.symbols, "rejected": batch.rejected, "notes": batch.notes}
    if not line:
        return tables
    return {name: table.filter(pc.field("line") > line) for name, table in tables.items()}

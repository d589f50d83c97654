"""One file of posts as a task that a worker process can do."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from emtract.errors import SourceError
from emtract.ingest.authors import without_ids
from emtract.ingest.batches import read_posts
from emtract.ingest.recognise import recognise_file

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pyarrow as pa

    from emtract.ingest.batches import PostBatch
    from emtract.ingest.posts.tabular import ColumnMapping
    from emtract.sources import PostFormat


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
class Parsed:
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


def parse_file(task: ParseTask) -> Iterator[Parsed]:
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
            yield Parsed(without_ids(tables, key=task.authors_key) if task.authors_key else tables, read[0])
    except SourceError as error:
        yield Parsed({}, read[0], last=True, error=str(error))
    else:
        yield Parsed({}, read[0], last=True)


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

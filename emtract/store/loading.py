"""Parsed rows of input files -> the store, in transactions that hold many small files or a part of a large one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from emtract.emotions import EMOTIONS, probability_fault
from emtract.errors import SourceError
from emtract.schema import (
    MARKET_TABLES,
    OBSERVATIONS,
    OTHER_TIME,
    PARSED_NOTES,
    PARSED_OBSERVATIONS,
    PARSED_POSTS,
    PARSED_PRICES,
    PARSED_SYMBOLS,
    REJECTED,
    TABLES,
)
from emtract.store.sources import Loaded, SourceFile, known_sources

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import polars as pl
    import pyarrow as pa

    from emtract.store.database import Store

_PARSED = {"posts": PARSED_POSTS, "symbols": PARSED_SYMBOLS, "rejected": REJECTED, "notes": PARSED_NOTES}
#: Tables that hold no reading of a file.
_KEPT: Final = frozenset({"texts", "text_scores", "text_dimensions", "outside_shards"})


@dataclass(frozen=True)
class FilePart:
    """Some lines of one file of posts, after the lines of the parts before it.

    Attributes
    ----------
    file
        The file.
    tables
        Any of `posts`, `symbols`, `rejected` and `notes`, as the contracts in `emtract.schema` have them.
    last
        Whether the file ends with this part.
    """

    file: SourceFile
    tables: Mapping[str, pa.Table]
    last: bool = True

    @property
    def rows(self) -> int:
        """Posts and rejections."""
        return sum(self.tables[name].num_rows for name in ("posts", "rejected") if name in self.tables)


def load_parts(store: Store, parts: Sequence[FilePart]) -> Loaded:
    """Load parts of files of posts in one transaction.

    Parameters
    ----------
    store
        A store open to write.
    parts
        In the order of the files and of the lines in each: posts are numbered so, and of two lines with one id the first is
        the post. A file whose earlier parts are in the store goes on from them.

    Returns
    -------
    Loaded
        A line whose id and text the store already holds counts as repeated; the same id with another text is quarantined.
    """
    numbers = _number_sources(store, parts)
    with store.registered(_staged(parts, numbers)), store.transaction():
        store.run("staging/match_ids")
        store.run("staging/resolve_posts")
        store.run("staging/insert_posts")
        store.run("staging/insert_symbols")
        store.run("staging/insert_quarantine")
        store.run("staging/count_notes", other_time=OTHER_TIME)
        store.run("staging/count_rows")
        return _record_sources(store, parts, numbers)


def load_market(
    store: Store, file: SourceFile, tables: Mapping[str, pa.Table], *, rows_read: int | None = None
) -> Loaded:
    """Load one file of prices or of market data in one transaction; a newer version of a path replaces the rows of the older.

    Parameters
    ----------
    store
        A store open to write.
    file
        The file that the rows come from.
    tables
        Any of `prices`, `rejected`, and the tables of `schema.MARKET_TABLES`, as the readers yield them.
    rows_read
        Rows of the file, where one row can tell of several things, or of none; None where each is a price or rejected.

    Returns
    -------
    Loaded
        Rejected are the quarantined rows, among them prices and values of series that contradict stored ones; repeated are the
        prices that the store held already.

    Notes
    -----
    Of a series the value that was stored first stands: a newer version of its file, read as before, adds days and changes none.
    What it revises is quarantined. A value with another day of publication is no revision but a vintage of its own.
    """
    part = FilePart(file, {})
    numbers = _number_sources(store, [part])
    source_id = numbers[file.path]
    empty = {"prices": PARSED_PRICES, "observations": PARSED_OBSERVATIONS, "rejected": REJECTED}
    staged = {name: contract.arrow.empty_table() for name, contract in empty.items()} | dict(tables)
    relations = {f"staged_{name}": _number_rows(table, source_id) for name, table in staged.items()}
    before = known_sources(store).get(file.path)
    same = before is not None and (before.file.format, before.file.mapping) == (file.format, file.mapping)
    with store.registered(relations), store.transaction():
        store.run("staging/contradicted", path=file.path, same_reading=same)
        store.run("staging/replace_prices", path=file.path)
        for table in MARKET_TABLES:
            store.execute(
                f"DELETE FROM {table.name} WHERE source_id IN (SELECT source_id FROM sources WHERE path = $path)",
                path=file.path,
            )
            if table.name in tables and table is not OBSERVATIONS:
                store.execute(f"INSERT INTO {table.name} BY NAME SELECT * FROM staged_{table.name} ORDER BY line")
        store.run("staging/insert_observations")
        store.run("staging/quarantine_observations")
        store.run("staging/resolve_prices")
        store.run("staging/insert_prices")
        store.run("staging/quarantine_prices")
        if rows_read is None:
            store.run("staging/count_rows")
        else:
            store.run("staging/count_market", source_id=source_id, rows_read=rows_read)
        return _record_sources(store, [part], numbers)


def forget_readings(store: Store) -> None:
    """Empty the store of all that was read from files, in one transaction; texts and their scores stay.

    What is read anew finds its scores again, since they belong to texts.
    """
    with store.transaction():
        for table in TABLES:
            if table.name not in _KEPT:
                store.execute(f"DELETE FROM {table.name}")


def unreadable_part(file: SourceFile, reason: str, detail: str) -> FilePart:
    """Return the end of a file that cannot be read, or not further: one rejection, of line 0.

    Parameters
    ----------
    file
        Identity of the file, which counts as read to its end until it changes.
    reason
        Why, in a word or two: `unreadable file`.
    detail
        The error, with its remedy; 300 characters of it are kept.
    """
    import pyarrow as pa

    row = pa.Table.from_pylist([{"line": 0, "reason": reason, "detail": detail[:300]}], schema=REJECTED.arrow)
    return FilePart(file, {"rejected": row})


def import_scores(store: Store, scores: pl.DataFrame, *, scorer: str, revision: str, cleaner: str) -> int:
    """Take in scores that another instrument gave to posts of the store, beside emtract's.

    Parameters
    ----------
    store
        A store open to write.
    scores
        platform, post_id and the seven emotions, one row a post; rows of unknown posts are not taken in.
    scorer, revision
        What the instrument is called; the key of the scores.
    cleaner
        Cleaner version whose reading decides what kind of text a post is.

    Returns
    -------
    int
        Posts that have a score now and had none of this instrument before.

    Raises
    ------
    SourceError
        A row is no seven probabilities, or a post has two.
    """
    import polars as pl

    fault = probability_fault(scores.select(pl.col(EMOTIONS).cast(pl.Float64, strict=False)).to_numpy())
    if fault is not None:
        raise SourceError(f"the scores of {scorer} are no probabilities ({fault}): mend them where they were made")
    if twice := scores.height - scores.select("platform", "post_id").n_unique():
        raise SourceError(f"{twice:,} scores of {scorer} are of a post that has one already: give one row a post")
    before = store.count("post_scores")
    with store.transaction(), store.registered({"imported": scores}):
        store.run("staging/import_scores", scorer=scorer, revision=revision, cleaner=cleaner)
    return store.count("post_scores") - before


def _number_sources(store: Store, parts: Sequence[FilePart]) -> dict[str, int]:
    """Path -> number of its source: the number of an unfinished reading of the same bytes, else a new one."""
    known = known_sources(store)
    free = int(store.sql("SELECT coalesce(max(source_id), 0) + 1 AS n FROM sources").item())
    numbers: dict[str, int] = {}
    for part in parts:
        path = part.file.path
        if path not in numbers:
            before = known.get(path)
            goes_on = before is not None and not before.finished and before.is_same(part.file)
            numbers[path] = before.source_id if before is not None and goes_on else free
            free += not goes_on
    return numbers


def _staged(parts: Sequence[FilePart], numbers: Mapping[str, int]) -> dict[str, pa.Table]:
    """Tables `staged_posts`, `staged_symbols` and so on: the rows of the parts with the number of their source."""
    import pyarrow as pa

    staged = {}
    for name, contract in _PARSED.items():
        tables = [_number_rows(part.tables[name], numbers[part.file.path]) for part in parts if name in part.tables]
        tables.append(_number_rows(contract.arrow.empty_table(), 0))
        staged[f"staged_{name}"] = pa.concat_tables(tables)
    places = pa.array(range(staged["staged_posts"].num_rows), pa.int64())
    staged["staged_posts"] = staged["staged_posts"].add_column(0, "n", places)
    return staged


def _number_rows(table: pa.Table, source_id: int) -> pa.Table:
    """Put the number of its source before the columns of a batch."""
    import pyarrow as pa

    return table.add_column(0, "source_id", pa.repeat(pa.scalar(source_id, pa.int32()), table.num_rows))


def _record_sources(store: Store, parts: Sequence[FilePart], numbers: Mapping[str, int]) -> Loaded:
    """Write the sources' rows, once the temporary table `counted` says what became of every line; return the sum of these parts.

    A file is finished where one of its parts is the last.
    """
    import pyarrow as pa

    files = {part.file.path: part.file for part in parts}
    ended = {part.file.path for part in parts if part.last}
    rows = [{"source_id": numbers[path]} | vars(file) | {"finished": path in ended} for path, file in files.items()]
    with store.registered({"read_sources": pa.Table.from_pylist(rows)}):
        store.run("staging/update_sources")
        store.run("staging/insert_sources")
    counted = store.sql(
        "SELECT coalesce(sum(rows_read), 0)::BIGINT, coalesce(sum(rows_kept), 0)::BIGINT, "
        "coalesce(sum(rows_repeated), 0)::BIGINT, coalesce(sum(rows_rejected), 0)::BIGINT FROM counted"
    )
    return Loaded(*counted.row(0))

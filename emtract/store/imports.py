"""Scores of posts that a file brings: staged while the file is read, judged row by row, and taken in, in one transaction."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from emtract.emotions import SUM_TOLERANCE
from emtract.store.sources import Loaded, SourceFile

if TYPE_CHECKING:
    import polars as pl

    from emtract.store.database import Store

#: Kind of a source whose rows are scores.
SCORES: Final = "scores"


@dataclass(frozen=True)
class LeftOut:
    """Rows of one reason: how many, the line of the first, and the commonest labels where no label is known."""

    reason: str
    rows: int
    line: int
    labels: tuple[str, ...] = ()


@dataclass(frozen=True)
class Given:
    """What a file of scores says of the posts of a store.

    Attributes
    ----------
    revision
        Digest of what it says.
    loaded
        What becomes of its rows.
    divided
        Rows among the kept whose probabilities were divided by their sum.
    stances
        Rows among the kept that tell a stance.
    left_out
        Why rows are left out, the commonest reason first.
    """

    revision: str
    loaded: Loaded
    divided: int
    stances: int
    left_out: tuple[LeftOut, ...]


def imported_key(store: Store, scorer: str) -> tuple[str, str] | None:
    """Return revision and cleaner of the scores that a file has brought under a name; None where there are none."""
    rows = store.query("scoring/imported", scorer=scorer).rows()
    return (rows[-1][1], rows[-1][2]) if rows else None


def begin_import(store: Store) -> None:
    """Make room for the rows of a file of scores; rows of an earlier one are dropped."""
    store.run("scoring/given")


def stage_scores(store: Store, rows: pl.DataFrame, *, renormalise: bool) -> None:
    """Add rows of a file of scores to those that were read.

    Parameters
    ----------
    store
        A store open to write, after `begin_import`.
    rows
        n (a number of its own), line, platform (empty where the file names none), post_id, reason and detail (of rows that are
        none already, else null), the seven probabilities, null where there is no number, and the columns of `TAGS`, null
        where there is no stance.
    renormalise
        Whether probabilities that do not sum to one are divided by their sum.
    """
    with store.registered({"slice": rows}):
        store.run("scoring/give", renormalise=renormalise, tolerance=SUM_TOLERANCE)


def judge_import(store: Store) -> Given:
    """Say what becomes of the rows that were read; nothing is taken in yet."""
    store.run("scoring/fates")
    store.run("scoring/count_given", source_id=0)
    counts = store.sql("SELECT rows_read, rows_kept, rows_repeated, rows_rejected FROM counted").row(0)
    divided, stances = store.sql(
        "SELECT count(*) FILTER (divided), count(bearish) FROM fates JOIN given USING (n) WHERE fate = 'kept'"
    ).row(0)
    left_out = (row | {"labels": tuple(row["labels"] or ())} for row in store.query("scoring/left_out").to_dicts())
    revision = str(store.query("scoring/given_revision").item())
    return Given(revision, Loaded(*counts), divided, stances, tuple(LeftOut(**row) for row in left_out))


def take_in_import(store: Store, file: SourceFile, *, scorer: str, revision: str, cleaner: str) -> int:
    """Take in the rows that `judge_import` kept, in one transaction, and put those left out into the quarantine.

    Other scores of the scorer go: a name has one revision. The file's rows in `sources` and `quarantine` take the place of
    the rows of the scorer's file before it, under the same number, so that a second import of a file changes nothing.

    Parameters
    ----------
    store
        A store open to write.
    file
        The file, of the kind `SCORES`; its mapping is JSON, with the name of the scorer under `scorer`.
    scorer, revision, cleaner
        Key of the scores.

    Returns
    -------
    int
        Posts that have a score of this revision now and had none before.
    """
    key = {"scorer": scorer, "revision": revision, "cleaner": cleaner}
    with store.transaction():
        source_id = _number(store, scorer)
        for table in ("sources", "quarantine"):
            store.execute(f"DELETE FROM {table} WHERE source_id = $source_id", source_id=source_id)
        store.execute(
            "DELETE FROM post_scores WHERE scorer = $scorer AND (revision <> $revision OR cleaner <> $cleaner)", **key
        )
        before = store.count("post_scores")
        store.run("scoring/insert_given", **key)
        store.run("scoring/quarantine_given", source_id=source_id)
        store.run("scoring/count_given", source_id=source_id)
        _record(store, file, source_id)
        return store.count("post_scores") - before


def _number(store: Store, scorer: str) -> int:
    """Number of the scorer's file among the sources, or a free one."""
    held = store.sql("SELECT source_id, mapping FROM sources WHERE kind = $kind", kind=SCORES).rows()
    known = {json.loads(mapping)["scorer"]: source_id for source_id, mapping in held}
    free = store.sql("SELECT coalesce(max(source_id), 0) + 1 AS n FROM sources").item()
    return int(known.get(scorer, free))


def _record(store: Store, file: SourceFile, source_id: int) -> None:
    import pyarrow as pa

    row: dict[str, Any] = {"source_id": source_id} | vars(file) | {"finished": True}
    with store.registered({"read_sources": pa.Table.from_pylist([row])}):
        store.run("staging/insert_sources")

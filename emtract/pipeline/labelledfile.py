"""A file of labelled posts: its rows with a label, and what becomes of the others."""

from __future__ import annotations

from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from emtract.emotions import EMOTIONS
from emtract.errors import SourceError, first_line
from emtract.ingest.records import Rejection
from emtract.ingest.rows import listed
from emtract.missing import WRITTEN
from emtract.pipeline.labels import UNKNOWN_LABEL, column_text, parse_labels, read_labels
from emtract.pipeline.postfile import open_posts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from emtract.pipeline.opening import Progress
    from emtract.pipeline.postfile import PostFile

NO_TEXT: Final = "no text"
_LISTED: Final = 5


@dataclass(frozen=True)
class LabelledColumns:
    """What a user says of the columns of a file of labelled posts.

    Attributes
    ----------
    label, labels
        Column of the labels, and what `--map` says of them; see `emtract.pipeline.labels.parse_labels`.
    text
        Column of the texts; None for the likeliest.
    id, platform
        Columns of the post's id and platform, where scores are looked up in the store; None for no such column.
    option
        What names the column of the labels at the prompt, for messages.
    """

    label: str = "label"
    labels: str | None = None
    text: str | None = None
    id: str | None = None
    platform: str | None = None
    option: str = "--label"


@dataclass(frozen=True)
class Tally:
    """How many rows of a file are not used, for each reason, and the labels that nobody knows."""

    left_out: Counter[str] = field(default_factory=Counter)
    unknown: Counter[str] = field(default_factory=Counter)

    def told(self) -> list[str]:
        """A sentence for each reason, the commonest first."""
        shown = ", ".join(repr(label) for label, _ in self.unknown.most_common(_LISTED))
        more = {UNKNOWN_LABEL: f" ({shown}): say what each means with --map joy=happy,sadness=sad"}
        return [f"{rows:,} {reason}{more.get(reason, '')}" for reason, rows in self.left_out.most_common()]

    def note(self, used: int) -> tuple[str, ...]:
        """Say which share of a file was not used, beside the rows that were; nothing where all were."""
        if not self.left_out:
            return ()
        rows = used + self.left_out.total()
        return (f"{self.left_out.total() / rows:.1%} of {rows:,} rows were not used: {'; '.join(self.told())}",)

    def refuse(self, path: Path, used: int, needed: str) -> SourceError:
        """Return the error of a file of which too few rows can be used.

        Parameters
        ----------
        path
            The file.
        used
            Rows that can be used.
        needed
            How many are needed, in words.
        """
        rows = used + self.left_out.total()
        if not rows:
            return SourceError(f"{path} is empty: there is no labelled post in it")
        why = f": {'; '.join(self.told())}" if self.left_out else ""
        return SourceError(f"{used:,} of the {rows:,} rows of {path} can be used, and {needed}{why}")


def labelled_rows(
    path: Path,
    asked: LabelledColumns,
    tally: Tally,
    *,
    check: Callable[[list[str]], object],
    report: Progress,
    what: str,
) -> Iterator[tuple[pl.DataFrame, NDArray[np.intp]]]:
    """Yield the rows with a label, batch by batch, and each row's index in `EMOTIONS`; the others are counted.

    Parameters
    ----------
    path
        CSV, TSV, Parquet, JSON or JSON lines; a post a row.
    asked
        The column of labels, and what they mean.
    tally
        Where the rows without a label are counted.
    check
        Called with the names of the columns before any row is read; raises where another column is not there.
    report, what
        Called with `what`, bytes read and bytes in all.

    Raises
    ------
    SourceError
        The file cannot be read, or lacks the column.
    """
    known, size = parse_labels(asked.labels or ""), path.stat().st_size
    posts = open_labels(path, asked.label, option=asked.option)
    names = list(posts.schema)
    check(names)
    with readable(path):
        for part in posts.batches(lambda done: report(what, min(done, size), size)):
            if isinstance(part, Rejection):
                tally.left_out[part.reason] += 1
                continue
            read = read_labels(part[asked.label], known)
            tally.left_out.update(reason for reason in read["reason"] if reason is not None)
            tally.unknown.update(read.filter(pl.col("reason") == UNKNOWN_LABEL)["label"])
            usable = read["emotion"].is_not_null()
            if usable.any():
                places = [EMOTIONS.index(name) for name in read["emotion"].filter(usable)]
                yield part.filter(usable), np.array(places, dtype=np.intp)


@contextmanager
def readable(path: Path) -> Iterator[None]:
    """Say in a line that a column of a file cannot be read."""
    try:
        yield
    except pl.exceptions.PolarsError as error:
        raise SourceError(
            f"{path} has a column that cannot be read ({first_line(error, most=200)}): write it as text"
        ) from error


def open_labels(path: Path, column: str, *, option: str = "--label") -> PostFile:
    """Open a file of labelled posts.

    Parameters
    ----------
    path, column
        The file, and its column of labels.
    option
        What names the column at the prompt, for messages.

    Raises
    ------
    SourceError
        The file cannot be read, or lacks the column.
    """
    posts = open_posts(path, column, option=option)
    if column not in posts.schema:
        raise SourceError(
            f"{path} has no column {column!r}; it has {listed(list(posts.schema))}: name another with {option}"
        )
    return posts


def read_texts(frame: pl.DataFrame, column: str) -> tuple[list[str], NDArray[np.bool_]]:
    """Return the texts of a column, empty where one is missing, and which are."""
    texts = column_text(frame[column])
    missing = texts.is_null() | texts.str.strip_chars().is_in(list(WRITTEN))
    return texts.fill_null("").to_list(), missing.to_numpy()

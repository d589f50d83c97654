"""`emtract model taxonomy`: the labels of a set of emotions, what each is read as, and the posts of a file that carry it."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import polars as pl

from emtract.ingest.records import Rejection
from emtract.pipeline.labelledfile import open_labels
from emtract.pipeline.labels import column_text
from emtract.words.taxonomies import to_seven

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def count_labels(path: Path, column: str = "label", *, option: str = "--label") -> Counter[str]:
    """Count the labels of a file, in lower case; rows without one are not counted.

    Parameters
    ----------
    path, column, option
        See `emtract.pipeline.labelledfile.open_labels`.

    Raises
    ------
    SourceError
        The file cannot be read, or lacks the column.
    """
    posts = open_labels(path, column, option=option)
    found: Counter[str] = Counter()
    for part in posts.batches(lambda _: None):
        if not isinstance(part, Rejection):
            found.update(cell.strip().casefold() for cell in column_text(part[column]) if cell and cell.strip())
    return found


def label_table(name: str, counts: Mapping[str, int] | None = None) -> tuple[pl.DataFrame, tuple[str, ...]]:
    """Return the labels of a taxonomy with their emotions, and what its map to the seven loses.

    Parameters
    ----------
    name
        Of `emtract.words.taxonomies.TAXONOMIES`.
    counts
        Label -> posts, of a file; None for no file.

    Returns
    -------
    tuple
        label, emotion (null where there is none) and, of a file, posts; and sentences on what is lost.
    """
    found = to_seven(name)
    table = pl.DataFrame({"label": list(found.images), "emotion": list(found.images.values())})
    notes = [f"no emotion of the seven: {', '.join(found.lost)}"] if found.lost else []
    notes += [f"no label is read as {', '.join(found.unreached)}"] if found.unreached else []
    if counts is None:
        return table, tuple(notes)
    posts = [counts.get(label, 0) for label in found.images]
    total, known = sum(counts.values()), sum(posts)
    lost = sum(counts.get(label, 0) for label in found.lost)
    notes.append(
        f"{total:,} labelled posts: {known - lost:,} are read, {lost:,} have no emotion of the seven, "
        f"{total - known:,} a label of another set"
    )
    return table.with_columns(posts=pl.Series(posts, dtype=pl.Int64)), tuple(notes)

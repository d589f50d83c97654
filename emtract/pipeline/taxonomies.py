"""Sets of labels: what each is read as, which set a file has, and how many of its posts carry each."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import polars as pl

from emtract.ingest.records import Rejection
from emtract.pipeline.labelledfile import open_labels, readable
from emtract.pipeline.labels import column_text
from emtract.words.taxonomies import STAND_IN, fitting, taxonomy, to_seven

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


#: Lost labels that are named.
_LOST: Final = 3


@dataclass(frozen=True)
class Meaning:
    """What the labels of a file are read as.

    Attributes
    ----------
    labels
        In the form of `--map`; None where they are the emotions' own names.
    valence
        Whether they tell valence alone; then each class is written as an emotion of it.
    notes
        Which set they are of, and what is lost.
    """

    labels: str | None = None
    valence: bool = False
    notes: tuple[str, ...] = ()


def meaning_of(path: Path, column: str, *, named: str | None = None, option: str = "--label") -> Meaning:
    """Find the set that the labels of a file are of.

    Parameters
    ----------
    path, column, option
        See `emtract.pipeline.labelledfile.open_labels`.
    named
        The set; None for the smallest that holds all labels of the file, and for none where no set does.

    Raises
    ------
    SourceError, ModelError
        The file cannot be read or lacks the column, or no set bears the name.
    """
    counts = count_labels(path, column, option=option)
    known = fitting(counts) if named is None else (taxonomy(named).name,)
    if not known or "emtract" in known:
        return Meaning()
    found = taxonomy(known[0])  # what several sets hold, all of them read alike
    told = ",".join(f"{label}={STAND_IN.get(image, image)}" for label, image in found.emotions.items() if image)
    said = [f"{path.name}: labels are read as {found.name} ({found.source})"]
    if valence := found.reads == "valence":
        images = ", ".join(f"{label} as {found.emotions[label]}" for label in found.labels if label in counts)
        said.append(
            f"{path.name}: {images}: such labels tell valence alone, so no emotion is measured, and a post that is read as "
            "neutral counts as wrong where its label is not"
        )
    if lost := {label: n for label, n in counts.items() if found.emotions.get(label) is None}:
        most = ", ".join(sorted(lost, key=lambda label: -lost[label])[:_LOST])
        share = sum(lost.values()) / max(1, sum(counts.values()))
        said.append(f"{path.name}: {share:.1%} of the labels have no emotion of the seven ({most}) and are left out")
    return Meaning(told, valence, tuple(said))


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
    with readable(path):
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

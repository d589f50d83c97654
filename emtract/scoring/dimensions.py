"""Read dimensions of the texts that a store holds and no run has read yet; stop it anywhere, and it goes on from there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from emtract.emotions import DIMENSIONS
from emtract.scoring.cleaning import clean_store, slices
from emtract.scoring.engine import SCORE_SLICE, SCORE_STEP

if TYPE_CHECKING:
    from emtract.model.dimensions import DimensionReader
    from emtract.scoring.cleaning import Progress
    from emtract.store import Store


def read_dimensions(store: Store, reader: DimensionReader, *, progress: Progress | None = None) -> int:
    """Give the texts of the store the dimensions that this reader reads, and return how many texts it read.

    Each distinct model text is read once; the view `dimensions` joins it back to every post that reads so. Slices are committed
    as they are done. What an earlier revision of the reader read leaves the store.

    Parameters
    ----------
    store
        A store open to write.
    reader
        Its name, revision and cleaner version are the key of the dimensions.
    progress
        Called with (stage, done, total), texts read.

    Raises
    ------
    StoreError
        The store is read-only, or the disk is full.
    """
    store.check_writable()
    report = progress or (lambda stage, done, total: None)
    clean_store(store, reader.cleaner, report)
    key = {"reader": reader.name, "revision": reader.revision, "cleaner": reader.cleaner.version}
    with store.transaction():
        # Dimensions of two revisions would be two measures under one name.
        store.run("scoring/outdated", **key)
    store.run("scoring/unread", **key)
    store.run("scoring/unscored", cleaner=reader.cleaner.version)
    total = store.count("unscored")
    for start, stop in slices(total, SCORE_SLICE):
        texts = store.query("scoring/slice_texts", start=start, stop=stop)
        parts = []
        for first, last in slices(texts.height, SCORE_STEP):
            report("dimensions", start + first, total)
            step = texts[first:last]
            read = reader.read(step["text"].to_list())
            parts.append(step.select("text_key", *(pl.Series(name, read[:, i]) for i, name in enumerate(DIMENSIONS))))
        with store.registered({"slice": pl.concat(parts)}), store.transaction():
            store.run("scoring/insert_dimensions", **key)
        report("dimensions", stop, total)
    return total

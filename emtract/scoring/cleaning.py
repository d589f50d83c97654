"""Clean what the store holds and the cleaner has not read yet; stop it anywhere, and it goes on from there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Final

import polars as pl

from emtract.text import clean_posts

if TYPE_CHECKING:
    from emtract.store import Store
    from emtract.text import Cleaner

#: Posts cleaned per transaction: what an interrupted run loses at most.
CLEAN_SLICE: Final = 50_000

Progress = Callable[[str, int, int], None]


def clean_store(store: Store, cleaner: Cleaner, report: Progress) -> int:
    """Clean every post that this version of the cleaner has not read, slice by slice, and return how many."""
    version = cleaner.version
    store.run("scoring/10_uncleaned", cleaner=version)
    total = store.count("uncleaned")
    if total:
        report("clean", 0, total)
    for start, stop in slices(total, CLEAN_SLICE):
        posts = store.query("scoring/20_slice_bodies", start=start, stop=stop)
        texts = clean_posts(posts["body"].to_list(), cleaner)
        cleaned = posts.select("post_key").with_columns(
            pl.Series("text", [t.text for t in texts], dtype=pl.String),
            pl.Series("kind", [t.kind for t in texts], dtype=pl.String),
        )
        with store.transaction(), store.registered({"slice": cleaned}):
            store.run("scoring/40_insert_texts", cleaner=version)
            store.run("scoring/30_insert_cleaned", cleaner=version)
        report("clean", stop, total)
    return total


def slices(total: int, size: int) -> Iterator[tuple[int, int]]:
    """Half-open ranges of at most `size` that cover 0 to `total`."""
    return ((start, min(start + size, total)) for start in range(0, total, size))

"""Clean what the store holds and the cleaner has not read yet; stop it anywhere, and it goes on from there."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Final, NamedTuple

import polars as pl

from emtract.characters import is_damaged
from emtract.text import Cleaner, clean_posts
from emtract.workers import available_cores, run_tasks

if TYPE_CHECKING:
    from emtract.store import Store

#: Posts cleaned per transaction: what an interrupted run loses at most.
CLEAN_SLICE: Final = 100_000
#: Posts that one worker cleans at a time.
_TASK: Final = 10_000
#: Posts from which more than one process pays.
_PARALLEL_POSTS: Final = 20_000

Progress = Callable[[str, int, int], None]


class CleanRow(NamedTuple):
    """Model text and kind of one post, and whether damaged characters of it were mended."""

    text: str
    kind: str
    mended: bool


class CleanTask(NamedTuple):
    """Bodies, and the cleaner that reads them."""

    bodies: list[str]
    cleaner: Cleaner


def clean_store(store: Store, cleaner: Cleaner, report: Progress) -> int:
    """Clean every post that this version of the cleaner has not read, slice by slice, and return how many.

    Parameters
    ----------
    store
        A store open to write.
    cleaner
        Its version is the key of the cleaned texts.
    report
        Called with (``clean``, done, total) after each part.
    """
    store.run("scoring/uncleaned", cleaner=cleaner.version)
    total = store.count("uncleaned")
    if total:
        report("clean", 0, total)
    workers = available_cores() if total >= _PARALLEL_POSTS else 1
    done, keys, rows = 0, deque[pl.Series](), list[CleanRow]()
    tasks = _tasks(store, cleaner, total, keys)
    for _, some in run_tasks(f"{__name__}:clean_bodies", tasks, workers=workers):
        rows += some
        report("clean", done + len(rows), total)
        if len(rows) >= CLEAN_SLICE or done + len(rows) == total:
            _commit(store, cleaner, _table(keys, rows))
            done, rows = done + len(rows), []
    return total


def clean_bodies(task: CleanTask) -> Iterator[list[CleanRow]]:
    """Yield the rows of the bodies of a task."""
    cleaned = clean_posts(task.bodies, task.cleaner)
    yield [CleanRow(*clean, is_damaged(body)) for body, clean in zip(task.bodies, cleaned, strict=True)]


def _tasks(store: Store, cleaner: Cleaner, total: int, keys: deque[pl.Series]) -> Iterator[CleanTask]:
    """Yield the posts to clean in parts, and leave the keys of each part in `keys`."""
    for start, stop in slices(total, CLEAN_SLICE):
        posts = store.query("scoring/slice_bodies", start=start, stop=stop)
        for first, last in slices(posts.height, _TASK):
            keys.append(posts["post_key"][first:last])
            yield CleanTask(posts["body"][first:last].to_list(), cleaner)


def _table(keys: deque[pl.Series], rows: list[CleanRow]) -> pl.DataFrame:
    """Table of a whole number of parts; their keys are taken out of `keys`."""
    taken: list[pl.Series] = []
    while sum(map(len, taken)) < len(rows):
        taken.append(keys.popleft())
    columns = pl.DataFrame(rows, schema={"text": pl.String, "kind": pl.String, "mended": pl.Boolean}, orient="row")
    return columns.insert_column(0, pl.concat(taken).alias("post_key"))


def _commit(store: Store, cleaner: Cleaner, cleaned: pl.DataFrame) -> None:
    with store.registered({"slice": cleaned}), store.transaction():
        store.run("scoring/insert_texts", cleaner=cleaner.version)
        store.run("scoring/insert_cleaned", cleaner=cleaner.version)


def slices(total: int, size: int) -> Iterator[tuple[int, int]]:
    """Half-open ranges of at most `size` that cover 0 to `total`."""
    return ((start, min(start + size, total)) for start in range(0, total, size))

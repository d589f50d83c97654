"""The posts that every contender reads: StockNet's raw tweets, or the demonstration's where they are not at hand."""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from emtract.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from emtract.sources import PostFormat


@dataclass(frozen=True)
class Posts:
    """Raw posts.

    Attributes
    ----------
    source
        Which archive they are from, as the report says it.
    rows
        The body of every line that is a post, in the order of the files.
    """

    source: str
    rows: tuple[str, ...]

    @property
    def distinct(self) -> list[str]:
        """The distinct bodies, in the order of their first appearance."""
        return list(dict.fromkeys(self.rows))

    def sample(self, n: int, seed: int) -> list[str]:
        """Draw n rows, or all of them, without replacement; a smaller n gives a prefix of a larger one's draw."""
        order = list(range(len(self.rows)))
        random.Random(seed).shuffle(order)
        return [self.rows[place] for place in order[:n]]


def read_archive(data: Path | None, *, progress: Callable[[int, int], None] | None = None) -> Posts:
    """Read all raw tweets of StockNet, or the posts of a demonstration archive made for the purpose.

    Parameters
    ----------
    data
        Folder that holds `stocknet/tweets/*.jsonl.zst` (the variable EMTRACT_DATA); None takes the demonstration.
    progress
        Called with the files read and the files there are.

    Raises
    ------
    SourceError
        The folder is given and has no tweets of StockNet.
    """
    if data is None:
        from emtract.synthetic import generate_archive

        with TemporaryDirectory() as folder:
            archive = generate_archive(Path(folder))
            bodies = _bodies(sorted(archive.posts.iterdir()), "stocktwits", progress)
        return Posts("the demonstration's synthetic archive", bodies)
    files = sorted((data / "stocknet" / "tweets").glob("*.jsonl.zst"))
    if not files:
        raise SourceError(
            f"{data} has no stocknet/tweets/*.jsonl.zst; point EMTRACT_DATA to the folder above stocknet, or unset it to use "
            "the demonstration's posts"
        )
    return Posts("StockNet's raw tweets", _bodies(files, "twitter_v1", progress))


def _bodies(
    files: Iterable[Path],
    format: PostFormat,  # noqa: A002
    progress: Callable[[int, int], None] | None,
) -> tuple[str, ...]:
    from emtract.ingest.batches import read_posts

    bodies: list[str] = []
    files = list(files)
    for done, path in enumerate(files, 1):
        for batch in read_posts(path, format=format):
            bodies += batch.posts["body"].to_pylist()
        if progress:
            progress(done, len(files))
    return tuple(bodies)

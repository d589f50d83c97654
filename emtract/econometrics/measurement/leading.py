r"""A sample without the posts of one text, or of one author: what a result is estimated on again.

Notes
-----
A cell's mood is a mean over posts, so a text of share s and reading r leaves the mean

.. math:: x' = \frac{x - s r}{1 - s}

Posts and attention are counted anew, and a cell with fewer posts than its sample asks for has no mood. Under weights that count
an author or a text once, the others keep the shares that they had.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import polars as pl

from emtract.econometrics.measurement.moods import column_of, row_keys
from emtract.emotions import NEGATIVE, POSITIVE, STANCE, TAGS
from emtract.panel.noise import READINGS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from emtract.panel.frame import Sample
    from emtract.panel.noise import Noise

#: What is left out of every cell: texts, and authors.
KINDS: Final = ("text", "author")
#: Share of a cell above which nothing else is in it.
_WHOLE: Final = 1 - 1e-9


def leaders(sample: Sample, kind: str) -> list[str]:
    """Return the texts, or the authors, that make up most of a sample's cells, each by its first post and how many it has."""
    told = None if sample.noise is None else sample.noise.leading
    return (
        [] if told is None else told.filter(pl.col("kind") == kind).select(_NAME).to_series().unique().sort().to_list()
    )


def without(sample: Sample, kind: str, leader: str) -> Sample:
    """Return a sample without one of its `leaders`: its moods, posts and attention as if nobody had posted it.

    Parameters
    ----------
    sample
        With the noise of its cells.
    kind
        One of `KINDS`.
    leader
        One of `leaders`.
    """
    noise = sample.noise
    if noise is None or noise.leading is None:
        return sample
    held = noise.leading.filter(pl.col("kind") == kind, leader == _NAME)
    data = sample.data
    for suffix in held["suffix"].unique().sort():
        rows = held.filter(pl.col("suffix") == suffix).drop("kind", "unit", "total", "suffix")
        data = _left(data, rows, suffix, noise, int(sample.settings.get("min_posts") or 1))
    return replace(sample, data=data)


_NAME: Final = pl.format("{} ({} posts)", "unit", "total")


def _left(data: pl.DataFrame, held: pl.DataFrame, suffix: str, noise: Noise, least: int) -> pl.DataFrame:
    """Replace the columns of one suffix."""
    keys = row_keys(data)
    named = held.rename({c: f"_{c}" for c in held.columns if c not in keys})
    both = data.join(named, on=keys, how="left", maintain_order="left", validate="m:1")
    counted = column_of("n_posts", suffix)
    left = pl.col(counted) - pl.col("_posts") if counted in data.columns else pl.lit(least)
    enough = (pl.col("_share") < _WHOLE) & (left >= least)
    made: dict[str, pl.Expr] = {}
    for mood, reading in _readings(noise):
        column = column_of(mood, suffix)
        if column in data.columns:
            rest = (pl.col(column) - pl.col("_share") * reading) / (1 - pl.col("_share"))
            made[column] = pl.when(pl.col("_posts").is_null()).then(pl.col(column)).when(enough).then(rest)
    if counted in data.columns:
        made[counted] = left.fill_null(pl.col(counted))
        attention = column_of("attention", suffix)
        if attention in data.columns:
            made[attention] = pl.when(pl.col("_posts").is_null()).then(pl.col(attention)).otherwise(left.log1p())
    return both.with_columns(**made).select(data.columns)


def _readings(noise: Noise) -> Iterator[tuple[str, pl.Expr]]:
    """Name of a mood, and a leader's mean reading of it; stances where every post has one."""
    known: list[str] = [name for name in READINGS if noise.leading is not None and name in noise.leading.columns]
    sums = {"valence": (POSITIVE, NEGATIVE)} | ({STANCE: (TAGS[1:], TAGS[:1])} if {*TAGS} <= {*known} else {})
    told = {name: pl.col(f"_{name}") for name in known}
    for name, (above, below) in sums.items():
        told[name] = pl.sum_horizontal(f"_{c}" for c in above) - pl.sum_horizontal(f"_{c}" for c in below)
    yield from told.items()
    yield from ((alias, told[mood]) for alias, mood in noise.aliases.items() if mood in told)

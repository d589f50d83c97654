"""Do figures of a tagged sample hold the archive's as often as they say: python -m tests.validation.tagged.

Archives of which every text has a tag; samples of them by the design of `emtract tag draw`; figures and intervals of
`emtract tag accuracy`. Writes `tagged.csv`, a row a design and number.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import numpy as np
import polars as pl
import typer

from emtract.console.tables import print_table
from emtract.console.voice import progress_bars
from emtract.emotions import EMOTIONS
from emtract.tagging.accuracy import measure_accuracy
from emtract.tagging.draw import TEXTS_OF_A_CELL, allot
from emtract.tagging.page import own_order
from emtract.tagging.sample import Cell, Sample, Stratum
from tests.validation.kept import DRAWS, Kept, file_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

#: Texts to draw, people who tag them, and the share of them that each gets to.
SIZES: Final[Mapping[str, tuple[int, int, float]]] = {
    "100 texts, one tagger": (100, 1, 1.0),
    "300 texts, one tagger": (300, 1, 1.0),
    "300 texts, two taggers": (300, 2, 1.0),
    "300 texts, two taggers, half done": (300, 2, 0.5),
    "1,000 texts, one tagger": (1000, 1, 1.0),
}
#: Cells of an archive, and the shares of the emotions that its writers show.
CELLS: Final = 2_000
_SHOWN: Final = (0.45, 0.25, 0.06, 0.05, 0.05, 0.06, 0.08)
#: Power to which the scorer raises what it should state: above 1 it is too sure.
_SURE: Final = 1.6
_DAY: Final = date(2020, 1, 2)


@dataclass(frozen=True)
class World:
    """An archive with a tag for every text, by each of two people; texts are ordered by cell.

    Attributes
    ----------
    owner
        Cell of each text.
    readings
        What the scorer states, shape (texts, 7).
    tags
        Emotions by their place in `EMOTIONS`, shape (texts, 2).
    strata
        Stratum of each cell.
    """

    owner: NDArray[np.int64]
    readings: NDArray[np.float64]
    tags: NDArray[np.int64]
    strata: NDArray[np.int64]

    @property
    def kinds(self) -> pl.DataFrame:
        """A row a stratum, as `allot` takes them."""
        sizes = np.bincount(self.strata, minlength=2 * len(EMOTIONS))
        texts = ["one", "several"] * len(EMOTIONS)
        return pl.DataFrame({"texts": texts, "cells": sizes}).with_row_index("stratum").filter(pl.col("cells") > 0)


def draw_world(rng: np.random.Generator, cells: int = CELLS) -> World:
    """Draw an archive: texts of one cell are alike, the scorer is too sure, and cells of many texts are read worse."""
    held = np.where(rng.random(cells) < 0.5, 1, 2 + rng.geometric(0.2, cells))
    owner = np.repeat(np.arange(cells), held)
    mood = rng.dirichlet(4 * np.array(_SHOWN), cells)[owner]
    stated = rng.standard_gamma(0.25 + 1.5 * mood) ** (1 + 0.2 * (held[owner] == 1))[:, None]
    true = stated / stated.sum(axis=1, keepdims=True)
    sharp = true**_SURE
    readings = sharp / sharp.sum(axis=1, keepdims=True)
    tags = np.column_stack([(true.cumsum(axis=1) < rng.random((len(true), 1))).sum(axis=1) for _ in range(2)])
    means = np.column_stack([np.bincount(owner, weights=column) for column in readings.T]) / held[:, None]
    strata = 2 * means.argmax(axis=1) + (held > 1)
    return World(owner, readings, np.minimum(tags, len(EMOTIONS) - 1), strata)


def draw_tags(rng: np.random.Generator, world: World, n: int) -> Sample:
    """Draw a sample of n texts of an archive."""
    kinds = world.kinds
    drawn = dict(zip(kinds["stratum"], allot(kinds, n), strict=True))
    strata, cells = [], []
    readings: dict[str, Any] = {}
    for place, (stratum, texts, size) in enumerate(kinds.iter_rows()):
        strata.append(
            Stratum(window="market", reading=EMOTIONS[stratum // 2], texts=texts, cells=size, drawn=drawn[stratum])
        )
        for cell in np.sort(rng.choice(np.flatnonzero(world.strata == stratum), drawn[stratum], replace=False)):
            held = np.flatnonzero(world.owner == cell)
            taken = np.sort(rng.choice(held, min(TEXTS_OF_A_CELL, len(held)), replace=False))
            readings |= {str(text): tuple(world.readings[text].tolist()) for text in taken}
            chance, within = drawn[stratum] / size, len(taken) / len(held)
            cells.append(
                Cell(
                    symbol=str(cell),
                    session=_DAY,
                    stratum=place,
                    texts=len(held),
                    keys=tuple(map(str, taken)),
                    probability=chance,
                    text_probability=within,
                )
            )
    facts: dict[str, Any] = {"scorer": "drawn", "revision": "1", "cleaner": "1", "settings": {}, "seed": 0, "posts": ""}
    return Sample(asked=n, strata=tuple(strata), cells=tuple(cells), readings=readings, **facts)


def answers(sample: Sample, world: World, taggers: int, share: float) -> pl.DataFrame:
    """Tags of those texts that each tagger gets to, in the order of the pages."""
    rows = []
    for person in range(taggers):
        order = own_order(sample, str(person))
        rows += [
            (key, str(person), EMOTIONS[world.tags[int(key), person]]) for key in order[: round(share * len(order))]
        ]
    return pl.DataFrame(rows, schema=["text_key", "tagger", "label"], orient="row")


def numbers(sample: Sample, tags: pl.DataFrame) -> dict[str, tuple[float, float, float, float]]:
    """Name -> value, standard error and interval of what is judged."""
    found = measure_accuracy(sample, tags)
    columns = ("std_error", "low", "high")
    rows = [*found.table.select("measure", "value", *columns).iter_rows()]
    rows += [
        (f"{e}: read less tagged", *row)
        for e, *row in found.by_emotion.select("emotion", "difference", *columns).iter_rows()
    ]
    return {name: tuple(row) for name, *row in rows if name != "texts that nobody could tell"}


def whole(world: World, taggers: int) -> dict[str, float]:
    """Name -> value of the same of all texts, by these taggers."""
    likeliest = np.eye(len(EMOTIONS))[world.readings.argmax(axis=1)]
    tags = np.mean([np.eye(len(EMOTIONS))[world.tags[:, person]] for person in range(taggers)], axis=0)
    hits, both = (likeliest * tags).sum(axis=0), (likeliest + tags).sum(axis=0)
    right, sure = hits.sum() / len(tags), world.readings.max(axis=1).mean()
    gaps = (world.readings - tags).mean(axis=0)
    return {
        "accuracy": right,
        "macro f1": (2 * hits / np.maximum(both, 1)).mean(),
        "mean probability of the likeliest emotion": sure,
        "that probability less accuracy": sure - right,
        **{f"{e}: read less tagged": float(gap) for e, gap in zip(EMOTIONS, gaps, strict=True)},
    }


def one_draw(rng: np.random.Generator, n: int, taggers: int, share: float) -> dict[tuple[str, str], tuple[float, ...]]:
    """Number -> truth, how far off the sample's is, its stated error, and whether its interval holds the truth."""
    world = draw_world(rng)
    truth = whole(world, taggers)
    told = numbers(sample := draw_tags(rng, world, n), answers(sample, world, taggers, share))
    return {
        (term, "archive"): (truth[term], value - truth[term], error, float(low <= truth[term] <= high))
        for term, (value, error, low, high) in told.items()
    }


def summary(found: pl.DataFrame) -> pl.DataFrame:
    """Mean truth, bias and its Monte Carlo error, spread beside the stated error, and coverage of each number."""
    return found.group_by("design", "number", maintain_order=True).agg(
        pl.col("truth").mean(),
        pl.col("off").mean().alias("bias"),
        (pl.col("off").std() / pl.len().sqrt()).alias("mc_error"),
        pl.col("off").std().alias("spread"),
        pl.col("error").mean().alias("stated"),
        pl.col("covered").mean().alias("coverage"),
        pl.len().alias("draws"),
    )


def validate(
    draws: Annotated[int, typer.Option(help="Archives a design.")] = 2_000,
    seed: Annotated[int, typer.Option(help="Seed of the draws.")] = 0,
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder of tagged.csv.")] = Path("reports/validation"),
) -> None:
    """Draw an archive and a sample of it, measure both, and write how often intervals hold the archive's numbers.

    Draws that were done before are kept.
    """
    tables: list[pl.DataFrame] = []
    output.mkdir(parents=True, exist_ok=True)
    with progress_bars() as progress:
        for name, (n, taggers, share) in SIZES.items():
            kept = Kept(DRAWS / file_name(f"tagged, {name}"), seed)
            before = len(kept.read())
            spawned = np.random.default_rng([seed, n, taggers, round(100 * share)]).spawn(draws)[before:]
            for done, _ in enumerate(
                kept.add((one_draw(rng, n, taggers, share) for rng in spawned), before), before + 1
            ):
                progress(name, done, draws)
            tables.append(summary(pl.DataFrame(list(_rows(name, kept.read()[:draws])))))
            table = pl.concat(tables).with_columns(pl.selectors.float().round_sig_figs(6))
            table.write_csv(output / "tagged.csv")
    print_table(table)


def _rows(design: str, draws: Iterable[Mapping[tuple[str, str], Sequence[float]]]) -> Iterator[dict[str, object]]:
    for draw in draws:
        for (number, _), told in draw.items():
            names = ("truth", "off", "error", "covered")
            yield {"design": design, "number": number, **dict(zip(names, told, strict=True))}


if __name__ == "__main__":
    typer.run(validate)

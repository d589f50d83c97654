"""Does the test of differential error see what it should, and nothing else: python -m tests.validation.differential.

The archives of `tagged.py`, with an outcome a cell that the tags move; some texts are read by the outcome, whatever they show.
Writes `differential.csv`, a row a world and test: how often each of both tests of `emtract tag errors` rejects.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import msgspec
import numpy as np
import polars as pl
import typer

from emtract.console.tables import print_table
from emtract.emotions import EMOTIONS
from emtract.tagging.differential import differential_error
from tests.validation.kept import DRAWS, Kept, file_name
from tests.validation.tagged import answers, draw_tags, draw_world, summary
from tests.worlds.readers import Reader, misread

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from emtract.tagging.differential import DifferentialError
    from emtract.tagging.sample import Sample
    from tests.validation.tagged import World

#: How much happiness moves the outcome, in its standard deviations, the share of texts read by it, and texts drawn.
WORLDS: Final[Mapping[str, tuple[float, float, int]]] = {
    "errors by themselves, no effect, 300 texts": (0.0, 0.0, 300),
    "errors by themselves, 300 texts": (2.0, 0.0, 300),
    "errors by themselves, 100 texts": (2.0, 0.0, 100),
    "one text in ten read by the outcome, 300 texts": (2.0, 0.1, 300),
    "one text in three read by the outcome, 300 texts": (2.0, 0.3, 300),
    "one text in three read by the outcome, 1,000 texts": (2.0, 0.3, 1000),
}
READER: Final = Reader(hits=0.55, alike=0.1)
_HAPPY: Final = EMOTIONS.index("happy")
_FIRST: Final = date(2015, 1, 1)


def draw_outcome(rng: np.random.Generator, world: World, effect: float) -> NDArray[np.float64]:
    """Outcome of each cell: what its tags move, and noise of variance one."""
    cells = len(world.strata)
    held = np.bincount(world.owner, minlength=cells)
    happy = np.bincount(world.owner, weights=world.tags[:, 0] == _HAPPY, minlength=cells) / held
    return np.asarray(effect * (happy - happy.mean()) + rng.standard_normal(cells))


def read_again(rng: np.random.Generator, world: World) -> World:
    """The world read by a scorer who sees of a text no more than the emotion that it is tagged with."""
    return replace(world, readings=misread(rng, world.tags[:, 0], READER))


def read_by_outcome(rng: np.random.Generator, world: World, outcome: NDArray[np.float64], share: float) -> World:
    """The world where a share of the texts are read as happy the more, the higher the outcome of their cell."""
    taken = np.flatnonzero(rng.random(len(world.owner)) < share)
    happy = 1 / (1 + np.exp(-2 * outcome[world.owner[taken]]))
    readings = world.readings.copy()
    readings[taken] *= (1 - happy)[:, None] / (1 - readings[taken, _HAPPY])[:, None]
    readings[taken, _HAPPY] = happy
    return replace(world, readings=readings)


def one_draw(rng: np.random.Generator, effect: float, share: float, n: int) -> dict[tuple[str, str], tuple[float, ...]]:
    """Test -> truth, slope of happy, its error, and whether the test of six emotions keeps what it tests."""
    world = draw_world(rng)
    outcome = draw_outcome(rng, world, effect)
    found = judged(rng, read_by_outcome(rng, read_again(rng, world), outcome, share), outcome, n)
    return {
        (term, "six emotions"): (
            0.0,
            float(table["slope"][_HAPPY]),
            float(table["std_error"][_HAPPY]),
            float(p >= 0.05),
        )
        for term, table, p in (
            ("tag less reading", found.table, found.p_value),
            ("reading given the tag", found.given_tag, found.p_given_tag),
        )
    }


def judged(rng: np.random.Generator, world: World, outcome: NDArray[np.float64], n: int = 300) -> DifferentialError:
    """Draw n texts to tag, and test with the outcome of their cells."""
    sample = _by_session(draw_tags(rng, world, n))
    cells = [int(cell.symbol) for cell in sample.cells]
    rows = pl.DataFrame(
        {
            "symbol": [str(cell) for cell in cells],
            "session": [cell.session for cell in sample.cells],
            "value": outcome[cells],
        }
    )
    return differential_error(sample, answers(sample, world, 1, 1.0), rows)


def _by_session(sample: Sample) -> Sample:
    """The sample with a session of its own for each cell, as the outcome has."""
    days = (_FIRST + timedelta(days=n) for n in range(len(sample.cells)))
    cells = tuple(msgspec.structs.replace(cell, session=day) for cell, day in zip(sample.cells, days, strict=True))
    return msgspec.structs.replace(sample, cells=cells)


def validate(
    draws: Annotated[int, typer.Option(help="Archives a world.")] = 2_000,
    seed: Annotated[int, typer.Option(help="Seed of the draws.")] = 0,
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder of differential.csv.")] = Path(
        "reports/validation"
    ),
) -> None:
    """Draw every world, test, and write how often each test rejects; what was done before is kept."""
    tables: list[pl.DataFrame] = []
    output.mkdir(parents=True, exist_ok=True)
    for name, world in WORLDS.items():
        kept = Kept(DRAWS / file_name(f"differential, {name}"), seed)
        before = len(kept.read())
        spawned = np.random.default_rng(seed).spawn(draws)[before:]
        for _ in kept.add((one_draw(rng, *world) for rng in spawned), before):
            pass
        rows = [
            {"design": name, "number": term, "truth": truth, "off": slope, "error": error, "covered": bool(held)}
            for draw in kept.read()[:draws]
            for (term, _), (truth, slope, error, held) in draw.items()
        ]
        told = summary(pl.DataFrame(rows)).select(
            world="design",
            test="number",
            slope_of_happy="bias",
            spread="spread",
            stated="stated",
            rejection=1 - pl.col("coverage"),
            draws="draws",
        )
        tables.append(told.with_columns(pl.selectors.float().round_sig_figs(4)))
        pl.concat(tables).write_csv(output / "differential.csv")
    print_table(pl.concat(tables))


if __name__ == "__main__":
    typer.run(validate)

"""What `make validation` runs: python -m tests.validation."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path
from typing import Annotated, Final

import polars as pl
import typer

from emtract.console.tables import print_table
from emtract.console.voice import progress_bars
from emtract.errors import EmtractError
from emtract.workers import available_cores
from tests.validation.coverage import all_designs, coverage
from tests.validation.kept import DRAWS
from tests.validation.table import merged, missed, write_table

#: Of the table that is published.
_SEED: Final = 0


def validate(
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            help="Folder of coverage.csv and README.md; by default reports/validation, of other draws runs/validation.",
        ),
    ] = None,
    draws: Annotated[
        int | None, typer.Option(help="Data sets a design; by default as many as each design says.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed of the draws.")] = _SEED,
    only: Annotated[
        list[str] | None, typer.Option(help="Designs whose name begins so; the others' rows stay as they are.")
    ] = None,
    workers: Annotated[int | None, typer.Option(help="Processes; by default one a core.")] = None,
) -> None:
    """Draw every design, estimate, compare with the truth, and write the table after each; what was done before is kept."""
    # A draw is small: more threads than one cost twice the time. Workers take these up.
    for library in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "POLARS_MAX_THREADS"):
        os.environ.setdefault(library, "1")
    designs = {name: design for name, (_, design) in all_designs().items()}
    chosen = [name for name in designs if not only or name.startswith(tuple(only))]
    if not chosen:
        raise EmtractError(f"no design begins with {', '.join(only or ())}: there are {', '.join(designs)}")
    output = output or Path("reports/validation" if (draws, seed) == (None, _SEED) else "runs/validation")
    path = output / "coverage.csv"
    table = pl.read_csv(path, glob=False) if path.is_file() else None
    with progress_bars() as progress:
        for name in chosen:
            size = draws or designs[name].draws
            told = partial(_told, progress, name, size)
            many = workers or available_cores()
            found = coverage(name, size, seed=seed, workers=many, progress=told, folder=DRAWS)
            table = merged(table, found)
            table = table.filter(pl.col("design").is_in(list(designs)))
            paths = write_table(table, designs, folder=output)
    assert table is not None
    outside = missed(table)
    print_table(
        outside.select("design", "spec", "term", "target", "truth", "mean_estimate", "coverage", "rejection", "draws")
    )
    typer.echo(f"{outside.height} of {table.height} numbers are outside their targets; written: {paths[0]}, {paths[1]}")


def _told(progress: object, name: str, draws: int, done: int) -> None:
    progress(name, done, draws)  # type: ignore[operator]


if __name__ == "__main__":
    try:
        typer.run(validate)
    except EmtractError as error:
        raise SystemExit(f"emtract: {error}") from None

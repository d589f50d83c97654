"""What `make bench` runs: python -m tests.benchmarks."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from emtract.console.tables import print_table
from emtract.console.voice import progress_bars
from emtract.errors import EmtractError
from tests.benchmarks.posts import read_archive
from tests.benchmarks.report import WHERE, frame, report_folder, write_report
from tests.benchmarks.run import SECTIONS, Plan, run_benchmark


def bench(
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help=f"Folder of model.json and model.md; {WHERE}.")
    ] = None,
    posts: Annotated[int, typer.Option(help="Posts of the default tier.")] = Plan.posts,
    compared: Annotated[int, typer.Option(help="Posts that the comparator reads too.")] = Plan.compared,
    repeats: Annotated[int, typer.Option(help="Rounds of every timing.")] = Plan.repeats,
    seed: Annotated[int, typer.Option(help="Seed of the draw of posts.")] = Plan.seed,
    side: Annotated[int, typer.Option(help="Side of the matrices whose product gives the machine's rate.")] = Plan.side,
    only: Annotated[
        list[str] | None, typer.Option(help=f"Print these sections and write nothing: {', '.join(SECTIONS)}.")
    ] = None,
) -> None:
    """Measure speed beside a DistilBERT of EmTract's shape; posts are StockNet's where EMTRACT_DATA points to it."""
    data = os.environ.get("EMTRACT_DATA")
    if not data:
        typer.echo(
            "EMTRACT_DATA is unset (it names the folder above stocknet): the demonstration's posts are used", err=True
        )
    with progress_bars() as progress:
        archive = read_archive(Path(data) if data else None, progress=partial(progress, "posts"))
        plan = Plan(posts=posts, compared=compared, repeats=repeats, seed=seed, side=side)
        sections = run_benchmark(archive, plan, only=only or (), progress=progress)
    print_table(frame(sections), fold=("detail",))
    if not only:
        folder = output or report_folder(whole=bool(data) and plan == Plan())
        paths = write_report(sections, folder, posts=f"{archive.source} ({len(archive.rows):,} rows)")
        typer.echo(f"\nwritten: {', '.join(map(str, paths))}")


if __name__ == "__main__":
    try:
        typer.run(bench)
    except EmtractError as error:
        raise SystemExit(f"emtract: {error}") from None

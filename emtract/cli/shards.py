"""Scoring on other machines: shards write, score, load, slurm."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003
from typing import Annotated

import typer

from emtract.cli.root import (
    DEFAULT_CONFIG,
    BatchOption,
    ConfigOption,
    DeviceOption,
    LimitOption,
    SinceOption,
    ThreadsOption,
    UntilOption,
    read_settings,
    shards_app,
)
from emtract.console.line import print_load
from emtract.console.voice import progress_bars


@shards_app.command("write")
def shards_write(
    folder: Annotated[Path, typer.Argument(help="New folder for the shards.")],
    config: ConfigOption = DEFAULT_CONFIG,
    limit: LimitOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
) -> None:
    """Write the texts without a score as shards, to be scored on other machines.

    Example: emtract shards write shards -c big.toml
    """
    from emtract import pipeline

    settings = read_settings(config)
    scope = pipeline.parse_scope(limit=limit, since=since, until=until)
    with pipeline.open_store(settings) as store, progress_bars() as progress:
        written = pipeline.write_shards(settings, store, folder, scope=scope, progress=progress)
    typer.echo(f"{len(written):,} shards of {sum(s.texts for s in written):,} texts written to {folder}")


@shards_app.command("score")
def shards_score(
    folder: Annotated[Path, typer.Argument(help="Folder of shards.")],
    model: Annotated[str, typer.Option(help="Scorer, as for predict.")] = "default",
    part: Annotated[
        str | None,
        typer.Option(help="Which part, such as 3/20: every 20th shard from the third on."),
    ] = None,
    task: Annotated[
        int | None,
        typer.Option(help="One shard, by its number from 0."),
    ] = None,
    threads: ThreadsOption = None,
    batch_tokens: BatchOption = None,
    device: DeviceOption = None,
) -> None:
    """Score shards, or a part of them; needs no store, passes over what is finished, and may run anywhere at a time.

    Example: emtract shards score shards --part 3/20
    """
    from emtract import pipeline
    from emtract.config import ModelSettings

    with progress_bars() as progress:
        report = pipeline.score_shards(
            folder,
            ModelSettings(name=model),
            part=part,
            task=task,
            threads=threads,
            batch_tokens=batch_tokens,
            device=device,
            progress=progress,
        )
    typer.echo(f"{report.scored:,} shards scored ({report.texts:,} texts); {report.found:,} were finished already")


@shards_app.command("load")
def shards_load(
    folder: Annotated[Path, typer.Argument(help="Folder of shards.")],
    config: ConfigOption = DEFAULT_CONFIG,
    outside: Annotated[
        bool, typer.Option("--outside", help="Leave the scores in the files; the store reads them there.")
    ] = False,
) -> None:
    """Take finished shards into the store, and say which are missing; run it again when more are finished.

    Example: emtract shards load shards -c big.toml
    """
    from emtract import pipeline

    with pipeline.open_store(read_settings(config)) as store, progress_bars() as progress:
        report = pipeline.load_shards(store, folder, outside=outside, progress=progress)
    print_load(report, folder)


@shards_app.command("forget")
def shards_forget(config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Let the store no longer refer to shards outside it that are gone; their texts are scored again by the next run.

    Example: emtract shards forget -c big.toml
    """
    from emtract import pipeline

    typer.echo(f"{pipeline.forget_shards(read_settings(config)):,} missing shards forgotten")


@shards_app.command("slurm")
def shards_slurm(
    folder: Annotated[Path, typer.Argument(help="Folder of shards, on a disk that all nodes share.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="Where to write the job script.")],
    model: Annotated[str, typer.Option(help="Scorer, as for predict.")] = "default",
    threads: Annotated[int, typer.Option(help="Cores of a task.")] = 4,
) -> None:
    """Write a job array for Slurm that scores the shards: read it, change what your cluster wants, submit it.

    Example: emtract shards slurm shards -o job.sh
    """
    from emtract import pipeline

    tasks = pipeline.write_slurm(folder, output, model=model, threads=threads)
    typer.echo(f"{output}: an array of {tasks:,} tasks; submit it with: sbatch {output}")

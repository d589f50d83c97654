"""A project from its first minute to the journal: init, doctor, replicate."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from emtract.cli.root import DEFAULT_CONFIG, ConfigOption, StudyArgument, app
from emtract.console.projects import print_diagnosis, print_package, print_project
from emtract.console.voice import progress_bars


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(help="Folder of the project; made if missing.")] = Path(),
) -> None:
    """Make a project folder: a commented configuration and a place for the data.

    Example: emtract init my-study
    """
    from emtract.pipeline.project import init_project

    print_project(folder, init_project(folder))


@app.command()
def doctor(
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Say what is installed, whether models, configuration and store are sound, and what to do; nothing is changed.

    Exit status 1 means that something is broken.

    Example: emtract doctor -c stocknet.toml
    """
    from emtract.pipeline.doctor import diagnose

    diagnosis = diagnose(config)
    print_diagnosis(diagnosis, as_json=as_json)
    if not diagnosis.sound:
        raise typer.Exit(1)


@app.command()
def replicate(
    study: StudyArgument,
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder of the package.")],
    config: ConfigOption = DEFAULT_CONFIG,
    with_data: Annotated[bool, typer.Option("--with-data", help="Include the inputs.")] = False,
    synthetic: Annotated[
        bool, typer.Option("--synthetic", help="Include a generated archive of the same shape in their place.")
    ] = False,
    rows: Annotated[int, typer.Option(help="With --synthetic: posts at most.", min=1)] = 20_000,
    force: Annotated[bool, typer.Option("--force", help="Replace an earlier package.")] = False,
) -> None:
    """Write the replication package of a study: code, inputs or their digests, outputs, one script, and a README.

    Example: emtract replicate daily_returns -c stocknet.toml -o replication --synthetic
    """
    from emtract.pipeline.replicate import replicate as build

    with progress_bars() as progress:
        package = build(
            config, study, output, with_data=with_data, synthetic=synthetic, rows=rows, force=force, progress=progress
        )
    print_package(package)

"""A project from its first minute to the journal: init, doctor, replicate."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from emtract.cli.root import DEFAULT_CONFIG, ConfigOption, app
from emtract.console_project import print_diagnosis, print_project


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

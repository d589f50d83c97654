"""Scores that another model gave: import."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003
from typing import Annotated

import typer

from emtract.cli.root import DEFAULT_CONFIG, ConfigOption, IdOption, MapOption, read_settings, scores_app
from emtract.console import print_import, progress_bars


@scores_app.callback()
def _scores() -> None:
    """Scores that another model gave."""


@scores_app.command("import")
def scores_import(
    file: Annotated[Path, typer.Argument(help="CSV, TSV, Parquet, JSON or JSON lines: a post a row.")],
    name: Annotated[str, typer.Option(help="What the scorer is called from now on, such as my_llm.")],
    config: ConfigOption = DEFAULT_CONFIG,
    id_column: IdOption = None,
    platform: Annotated[str | None, typer.Option(help="Column of the platform, where the store holds several.")] = None,
    columns: Annotated[
        str | None,
        typer.Option(
            help="Columns of probabilities that have other names, as happy=joy,sad=sadness or bullish=up,bearish=down."
        ),
    ] = None,
    label: Annotated[
        str | None, typer.Option(help="Column of labels, in place of probabilities: each has probability 1.")
    ] = None,
    labels: MapOption = None,
    renormalise: Annotated[
        bool, typer.Option("--renormalise", help="Divide probabilities that do not sum to 1 by their sum.")
    ] = False,
) -> None:
    """Take in scores that another model gave to posts of the store; a changed file takes the place of the former.

    Example: emtract scores import scores.parquet --name my_llm

    Example: emtract scores import labels.csv --name my_llm --id tweet_id --label emotion --map joy=happy,sadness=sad
    """
    from emtract import pipeline
    from emtract.pipeline.imports import Layout, import_file

    settings = read_settings(config)
    layout = Layout(
        id=id_column or Layout.id,
        platform=platform,
        label=label,
        columns=columns,
        labels=labels,
        renormalise=renormalise,
    )
    with pipeline.open_store(settings) as store, progress_bars() as progress:
        report = import_file(settings, store, file, name=name, layout=layout, progress=progress)
    print_import(report)

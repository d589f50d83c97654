"""Scores in a store: import the scores of another model, forget a revision."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003
from typing import Annotated

import typer

from emtract.cli.root import DEFAULT_CONFIG, ConfigOption, IdOption, MapOption, read_settings, scores_app
from emtract.console.line import print_import
from emtract.console.voice import confirm, progress_bars, say


@scores_app.callback()
def _scores() -> None:
    """Scores in the store: import the scores of another model, forget a revision."""


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


@scores_app.command("forget")
def scores_forget(
    name: Annotated[str, typer.Argument(help="NAME@REVISION, as pages and `emtract doctor` name it.")],
    config: ConfigOption = DEFAULT_CONFIG,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Remove the scores of one revision of a scorer from the store; pages no longer name it once they are built again.

    Example: emtract scores forget default@3f2a9c1b -c stocknet.toml
    """
    from emtract import pipeline

    with pipeline.open_store(read_settings(config)) as store:
        held = pipeline.find_held(store, name)
        told = f"{held.texts:,} scores of texts and {held.posts:,} scores of posts of {held.name}"
        confirm(f"{store.path} holds {told}: remove them?", yes=yes)
        pipeline.forget_held(store, held)
        say(f"removed {told}; {store.path} keeps its size, and uses the room for what comes next")

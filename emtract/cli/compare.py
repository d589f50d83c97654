"""Several instruments side by side."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003
from typing import Annotated

import typer

from emtract.cli.root import (
    DEFAULT_CONFIG,
    MOST,
    ConfigOption,
    JsonOption,
    MapOption,
    QuietOption,
    app,
    read_settings,
)
from emtract.console.instruments import print_compared
from emtract.console.voice import Voice, say


@app.command()
def compare(
    scorers: Annotated[
        str,
        typer.Option(help="Scorers, such as default,fast,vader: shipped ones, names in the store, or NAME@REVISION."),
    ] = "default,fast",
    config: ConfigOption = DEFAULT_CONFIG,
    study: Annotated[
        list[str] | None,
        typer.Option(
            "--study",
            help="Study whose headline is estimated under each scorer that has read all posts, once for each; NAME:SPEC for "
            "another number, `all` for the studies of the configuration.",
        ),
    ] = None,
    sample: Annotated[int, typer.Option(max=MOST, help="Distinct texts that are drawn from the store.")] = 20_000,
    seed: Annotated[int, typer.Option(max=MOST, help="Seed of the draw.")] = 0,
    labels: Annotated[
        list[str] | None,
        typer.Option(
            "--labels",
            help="Labelled posts, FILE or FILE:TEXT:LABEL with its columns, once for each; without -c no store is read.",
        ),
    ] = None,
    meanings: MapOption = None,
    taxonomy: Annotated[
        str | None,
        typer.Option(help="Set of emotions of the labels, such as stockemotions; by default the one that fits."),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="Folder of the page; default: compare in the folder of the report."),
    ] = None,
    quiet: QuietOption = False,
    as_json: JsonOption = False,
) -> None:
    """Compare scorers text by text, firm-session by firm-session, study by study, and on labelled files.

    The store stays as it is: a scorer without scores in it reads the drawn texts on the spot.

    Example: emtract compare -c stocknet.toml --scorers default,fast,vader --study daily_returns:next_valence

    Example: emtract compare --scorers default,fast,vader --labels tagged.csv:body:emotion -o board
    """
    from emtract.pipeline.compare import compare as compare_all
    from emtract.pipeline.compare import parse_scorers
    from emtract.pipeline.compare.leaderboard import parse_file

    files = [parse_file(text) for text in labels or ()]
    alone = bool(files) and config == DEFAULT_CONFIG
    names = parse_scorers(scorers, least=1 if alone else 2)
    voice = Voice(quiet, as_json)
    with voice.bars() as progress:
        found, page = compare_all(
            None if alone else read_settings(config),
            names,
            studies=study or (),
            sample=sample,
            seed=seed,
            files=files,
            labels=meanings,
            taxonomy=taxonomy,
            output=output,
            progress=progress,
        )

    def words() -> None:
        print_compared(found)
        if page is not None:
            say(f"Page: {page}")

    voice.show(words, lambda: {"found": found, "answer": found.answer, "held": found.held, "page": page})

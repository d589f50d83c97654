"""What posts are about, at the prompt."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003
from typing import Annotated

import typer

from emtract.cli.root import DEFAULT_CONFIG, ConfigOption, JsonOption, QuietOption, app, read_settings
from emtract.console.tables import print_table
from emtract.console.voice import Voice, say
from emtract.errors import EmtractError


@app.command()
def causes(
    texts: Annotated[list[str] | None, typer.Argument(help="Posts; without any, the posts of the store.")] = None,
    config: ConfigOption = DEFAULT_CONFIG,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            help="Write a row a firm, session and kind here: .parquet, .csv, .dta, .xlsx, .feather or .arrow.",
        ),
    ] = None,
    quiet: QuietOption = False,
    as_json: JsonOption = False,
) -> None:
    """Show what the emotions of posts are about, such as the price, earnings, the economy or short sellers.

    Example: emtract causes 'scared that earnings will disappoint'

    Example: emtract causes -c stocktwits.toml -o causes.parquet
    """
    from emtract import pipeline
    from emtract.pipeline.causes import build_causes, causes_of
    from emtract.report.tables.dataset import write_dataset

    voice = Voice(quiet, as_json)
    if texts:
        if output is not None:
            raise EmtractError("--output is for the posts of a store: leave the posts out, or leave -o out")
        found = causes_of(texts)
        voice.show(lambda: print_table(found, fold=("post", "searched")), lambda: found)
        return
    settings = read_settings(config)
    with pipeline.open_store(settings, read_only=True) as store:
        sample, shares = build_causes(settings, store, output)
    if output is not None:
        write_dataset(sample.data, output)

    def words() -> None:
        typer.echo("Share of each emotion by what it is about, in the mean firm-session:")
        print_table(shares)
        if output is not None:
            say(f"{sample.data.height:,} rows, one a firm, session and kind, written to {output}")

    voice.show(words, lambda: {"shares": shares, "ledger": sample.ledger.frame(), "output": output})

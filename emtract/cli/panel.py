"""The panel at the prompt: built, measured, written, and its codebook."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path  # noqa: TC003
from typing import Annotated

import typer

from emtract.cli.completion import complete_column
from emtract.cli.root import DEFAULT_CONFIG, ConfigOption, JsonOption, QuietOption, app, read_settings
from emtract.console.tables import print_table
from emtract.console.voice import Voice, say
from emtract.errors import PanelError
from emtract.summaries import panel_summary


class Layout(StrEnum):
    """Programs that a factor is written for; see `emtract.report.tables.factor.write_factor`."""

    alphalens = "alphalens"
    qlib = "qlib"


@app.command()
def panel(
    search: Annotated[
        str,
        typer.Argument(help="With --columns: words that a column's name, meaning or unit holds.", show_default=False),
    ] = "",
    config: ConfigOption = DEFAULT_CONFIG,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            help="Write the panel, or with --columns the codebook, here: .parquet, .csv, .dta, .xlsx, .feather or .arrow; "
            "with --factor a folder.",
        ),
    ] = None,
    scorer: Annotated[
        str | None, typer.Option(help="Whose scores, by the name in the store; by default the configured scorer's.")
    ] = None,
    reliability: Annotated[
        bool, typer.Option("--reliability", help="Show how precisely each emotion is measured, in place of the ledger.")
    ] = False,
    factor: Annotated[
        Layout | None,
        typer.Option(help="Write columns as factors to trade on, each dated by the first price after it is known."),
    ] = None,
    column: Annotated[
        list[str] | None,
        typer.Option(
            "--column",
            help="Column of --factor, once for each. Default: valence and emotions before the open.",
            autocompletion=complete_column,
        ),
    ] = None,
    columns: Annotated[
        bool, typer.Option("--columns", help="List the columns that studies can name: meaning, unit, when known.")
    ] = False,
    quiet: QuietOption = False,
    as_json: JsonOption = False,
) -> None:
    """Build the firm-session panel and show its attrition ledger.

    Example: emtract panel -c stocknet.toml -o panel.parquet

    Example: emtract panel --columns "fear open"

    Example: emtract panel -c stocknet.toml --reliability

    Example: emtract panel -c stocknet.toml --scorer my_llm

    Example: emtract panel -c stocknet.toml --factor alphalens --column valence_market -o factor
    """
    from emtract import pipeline
    from emtract.report.tables.dataset import write_dataset

    if columns:
        _list_columns(config, search, output, as_json=as_json)
        return
    if search:
        raise PanelError("a search goes with --columns: emtract panel --columns fear")
    settings = read_settings(config)
    if factor is None and output is not None:
        pipeline.check_panel_output(settings, output)
    pipeline.check_factor_output(factor, column, output)
    with pipeline.open_store(settings, read_only=True) as store:
        built = pipeline.build_panel(settings, store, scorer=scorer, noise=reliability)
    written = ""
    if factor is not None and output is not None:
        written = pipeline.write_panel_factor(built, output, factor.value, column)
    elif output is not None:
        write_dataset(built.data, output)
        written = f"{built.data.height:,} firm-sessions written to {output}"
    precision = (pipeline.panel_reliability(built), pipeline.panel_curve(built)) if reliability else None

    def words() -> None:
        if precision is None:
            print_table(built.ledger.frame())
        else:
            print_table(precision[0])
            typer.echo("Valence, where cells have at least so many texts:")
            print_table(precision[1])
        say(*filter(None, [written]))

    more = {} if precision is None else {"reliability": precision[0], "reliability_curve": precision[1]}
    Voice(quiet, as_json).show(words, lambda: panel_summary(built, output) | more)


def _list_columns(config: Path, search: str, output: Path | None, *, as_json: bool) -> None:
    """Show or write the codebook; without a configuration, the columns that every panel has."""
    from emtract import pipeline
    from emtract.report.tables.dataset import check_output, write_dataset

    if output is not None:
        check_output(output)
    settings = read_settings(config) if config != DEFAULT_CONFIG or config.exists() else None
    book = pipeline.find_columns(pipeline.known_columns(settings), search)
    if output is not None:
        write_dataset(book, output)
        typer.echo(f"{book.height} columns written to {output}")
    elif as_json:
        typer.echo(json.dumps(book.to_dicts(), indent=2))
    else:
        print_table(book, fold=("meaning", "known"))

"""From the scored store to pages and files for a paper: study, report, run, demo."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from emtract.cli.completion import complete_column
from emtract.cli.root import (
    DEFAULT_CONFIG,
    ConfigOption,
    JsonOption,
    QuietOption,
    StudyArgument,
    app,
    read_settings,
    report_app,
    study_app,
)
from emtract.console.line import print_pages, print_run
from emtract.console.studies import print_comparison, print_headline, print_missing, print_truth
from emtract.console.voice import Voice, progress_bars, say
from emtract.errors import ReportError, StudiesFailedError
from emtract.spelling import typed, visible
from emtract.summaries import pages_summary, run_summary, study_summary


class Format(StrEnum):
    """Formats of figures; see `emtract.report.figures.export.save_figures`."""

    html = "html"
    svg = "svg"
    pdf = "pdf"
    png = "png"


@study_app.command("export")
def study_export(
    name: StudyArgument,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Folder of the files; made where it is missing.")
    ] = None,
    config: ConfigOption = DEFAULT_CONFIG,
    code: Annotated[
        Path | None,
        typer.Option(
            help="Folder for one regression's rows, an R script (fixest) and a do-file (reghdfe) that estimate it."
        ),
    ] = None,
    spec: Annotated[
        str | None, typer.Option(help="Regression of --code. Default: the regression of the primary number.")
    ] = None,
    formats: Annotated[
        list[Format] | None,
        typer.Option("--format", help="Of figures, once for each; svg, pdf and png need a Chrome. Default: html."),
    ] = None,
) -> None:
    """Estimate one study and write its tables (LaTeX, HTML, Word), its figures, and the data of both.

    Example: emtract study export daily_returns -c stocknet.toml -o paper --format svg --format pdf

    Example: emtract study export daily_returns -c stocknet.toml --code for_r --spec predictive_valence
    """
    from emtract import pipeline
    from emtract.report.figures.export import check_formats
    from emtract.report.study.result import StudyReport
    from emtract.report.tables.code import write_code

    if output is None and code is None:
        raise ReportError(
            "name a folder for tables and figures (-o paper), for a regression's code (--code for_r), or both"
        )
    chosen = check_formats([f.value for f in formats or [Format.html]])
    settings = read_settings(config)
    with pipeline.open_store(settings, read_only=True) as store, progress_bars() as progress:
        alone = (spec or "") if output is None else None
        report = StudyReport.of(pipeline.estimate_study(settings, store, name, alone=alone, progress=progress))
    if code is not None:
        files = write_code(report, spec or report.study.primary[0], code)
        typer.echo(f"{', '.join(files)} written to {code}")
    if output is None:
        return
    report.save(output, formats=chosen, notice=settings.report.notice)
    typer.echo(f"{report.answer()}\n")
    print_missing(report)
    typer.echo(f"{len(report.tables())} tables and {len(report.figures())} figures written to {output}")


@study_app.command("run")
def study_run(
    name: StudyArgument,
    config: ConfigOption = DEFAULT_CONFIG,
    quiet: QuietOption = False,
    as_json: JsonOption = False,
) -> None:
    """Estimate one study on the scored store and write its page.

    Example: emtract study run daily_returns -c stocknet.toml
    """
    from emtract import pipeline

    settings, voice = read_settings(config), Voice(quiet, as_json)
    with pipeline.open_store(settings, read_only=True) as store, voice.bars() as progress:
        page, result = pipeline.run_one_study(settings, store, name, progress=progress)

    def words() -> None:
        print_headline(result.tidy(), result.study.headline)
        typer.echo(f"\n{result.answer()}\n")
        print_missing(result)
        typer.echo(f"Page: {page}")

    voice.show(words, lambda: study_summary(result, page))


@study_app.command("new")
def study_new(
    name: Annotated[str, typer.Argument(help="Name of the study, and of its file.")],
    y: Annotated[str, typer.Option("--y", help="Outcome: a column of the panel.", autocompletion=complete_column)],
    x: Annotated[list[str], typer.Option("--x", help="Regressor, once for each.", autocompletion=complete_column)],
    config: ConfigOption = DEFAULT_CONFIG,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Folder of the file. Default: the configuration's folder.")
    ] = None,
) -> None:
    """Write the file of a study of your own, which runs as it stands; `emtract panel --columns` lists columns.

    Example: emtract study new fear_range --y log_range_garman_klass --x fear_pre_open -c stocknet.toml
    """
    from emtract import pipeline

    settings = read_settings(config) if config != DEFAULT_CONFIG or config.exists() else None
    folder = output or (Path() if settings is None else settings.base)
    path = pipeline.write_new_study(settings, name, y, x, folder=folder)
    say(
        f"written: {path}",
        "next: read and edit it, then",
        f"  emtract study run {typed(path) if output else name} -c {typed(config)}",
    )


@study_app.command("list")
def study_list(
    config: Annotated[
        Path | None, typer.Option("--config", "-c", help="Show its studies first, and what it asks of them.")
    ] = None,
) -> None:
    """List the studies and the question each one asks.

    Example: emtract study list

    Example: emtract study list -c stocknet.toml
    """
    from emtract import pipeline
    from emtract.study import list_studies, load_study

    configured = () if config is None else pipeline.configured_studies(read_settings(config))
    for study in configured:
        typer.echo(visible(f"{study.name} ({study.said}): {study.question}"))
    for name in sorted(set(list_studies()) - {study.name for study in configured}):
        typer.echo(f"{name}: {load_study(name).question}")


@report_app.command("build")
def report_build(
    config: ConfigOption = DEFAULT_CONFIG,
    force: Annotated[bool, typer.Option("--force", help="Build every page again.")] = False,
    single_file: Annotated[
        bool, typer.Option("--single-file", help="Put all that a page needs into it, 5 MB more: to send it alone.")
    ] = False,
) -> None:
    """Write the pages of the configured studies and their index, from a store that is scored; skip what is done.

    Example: emtract report build -c stocknet.toml --single-file
    """
    from emtract import pipeline

    settings = read_settings(config)
    with pipeline.open_store(settings, read_only=True) as store, progress_bars() as progress:
        try:
            pages = pipeline.build_pages(settings, store, force=force, single_file=single_file, progress=progress)
        except StudiesFailedError as error:
            print_pages(error.pages)
            raise
    print_pages(pages)


@report_app.command("explore")
def report_explore(
    config: ConfigOption = DEFAULT_CONFIG,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="The page; default: explore.html in the folder of the report.")
    ] = None,
) -> None:
    """Write one page to explore the panel in a browser: firm, window, emotion and dates, offline; ids of posts, no texts.

    Example: emtract report explore -c stocknet.toml -o explore.html
    """
    from emtract import pipeline
    from emtract.report.index import EXPLORE

    settings = read_settings(config)
    page = pipeline.page_path(settings, output, EXPLORE)
    with pipeline.open_store(settings, read_only=True) as store:
        left_out = pipeline.build_explorer(settings, store, page)
    if left_out:
        typer.echo(left_out)
    typer.echo(f"Page: {page} ({page.stat().st_size / 1e6:.1f} MB)")


@app.command()
def run(
    config: ConfigOption = DEFAULT_CONFIG,
    force: Annotated[bool, typer.Option("--force", help="Build every page again.")] = False,
    quiet: QuietOption = False,
    as_json: JsonOption = False,
) -> None:
    """Take the whole line: ingest, score, panel, studies, pages; skip what is done.

    Example: emtract run -c stocknet.toml
    """
    from emtract import pipeline

    settings, voice = read_settings(config), Voice(quiet, as_json)
    with voice.bars() as progress:
        try:
            report = pipeline.run(settings, force=force, progress=progress, done=voice.stage)
        except StudiesFailedError as error:
            pages, why = error.pages, str(error)
            voice.show(lambda: print_pages(pages), lambda: {"failed": why, "studies": pages_summary(pages)})
            raise
    voice.show(lambda: print_run(report), lambda: run_summary(report))


@app.command()
def demo(
    folder: Annotated[Path, typer.Argument(help="Folder for the archive, the store and the pages.")] = Path(
        "runs/demo"
    ),
    seed: Annotated[int, typer.Option(help="Seed of the synthetic archive.")] = 7,
    market: Annotated[
        bool, typer.Option("--market", help="The archive of IPOs, announcements and market files instead.")
    ] = False,
) -> None:
    """Run the whole line on a synthetic archive whose truth is written down, and compare.

    Example: emtract demo

    Example: emtract demo runs/market --market
    """
    from emtract import pipeline

    if market:
        with progress_bars() as progress:
            report, truth = pipeline.run_market_demo(folder, seed=seed, progress=progress, done=Voice().stage)
        print_run(report)
        typer.echo("\nPlanted effects, to be found on the pages (the data are synthetic):")
        print_truth(truth)
        return
    with progress_bars() as progress:
        report, comparison = pipeline.run_demo(folder, seed=seed, progress=progress, done=Voice().stage)
    print_run(report)
    typer.echo(
        "\nPlanted effects beside their estimates (basis points per standard deviation; the data are synthetic):"
    )
    print_comparison(comparison)
    typer.echo(f"\nPage: {report.studies['daily_returns'][0]}\nConfiguration: {folder / 'emtract.toml'}")

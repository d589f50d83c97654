"""A study as files for a paper: tables for LaTeX and Word, figures as pictures, their data."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path  # noqa: TC003 (typer reads annotations as it runs)
from typing import Annotated

import typer

from emtract.cli.root import DEFAULT_CONFIG, ConfigOption, StudyArgument, read_settings, study_app
from emtract.console import print_missing


class Format(StrEnum):
    """Formats of figures; see `emtract.report.figures.export.save_figures`."""

    html = "html"
    svg = "svg"
    pdf = "pdf"
    png = "png"


@study_app.command("export")
def study_export(
    name: StudyArgument,
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder of the files; made where it is missing.")],
    config: ConfigOption = DEFAULT_CONFIG,
    formats: Annotated[
        list[Format] | None,
        typer.Option("--format", help="Of figures, once for each; svg, pdf and png need a Chrome. Default: html."),
    ] = None,
) -> None:
    """Estimate one study and write its tables (LaTeX, HTML, Word), its figures, and the data of both.

    Example: emtract study export daily_returns -c stocknet.toml -o paper --format svg --format pdf
    """
    from emtract import pipeline
    from emtract.report.figures.export import check_formats
    from emtract.report.study.result import StudyReport

    chosen = check_formats([f.value for f in formats or [Format.html]])
    settings = read_settings(config)
    with pipeline.open_store(settings, read_only=True) as store:
        report = StudyReport.of(pipeline.estimate_study(settings, store, name))
    report.save(output, formats=chosen, notice=settings.report.notice)
    typer.echo(f"{report.answer()}\n")
    print_missing(report)
    typer.echo(f"{len(report.tables())} tables and {len(report.figures())} figures written to {output}")

"""The audit of an instrument: posts read again without what tells firm and date."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003
from typing import Annotated

import typer

from emtract.cli.completion import complete_model, complete_study
from emtract.cli.root import DEFAULT_CONFIG, MOST, ConfigOption, JsonOption, QuietOption, app, read_settings
from emtract.console.instruments import print_audit
from emtract.console.voice import Voice, say


@app.command()
def audit(
    config: ConfigOption = DEFAULT_CONFIG,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="The page; default: audit.html in the folder of the report.")
    ] = None,
    scorer: Annotated[
        str | None,
        typer.Option(
            help="Whose readings the store holds and this machine can repeat; by default the configured scorer's.",
            autocompletion=complete_model,
        ),
    ] = None,
    sample: Annotated[
        int | None, typer.Option(min=1, max=MOST, help="Distinct texts at most, drawn at random; by default all.")
    ] = None,
    seed: Annotated[
        int, typer.Option(max=MOST, help="Seed of the texts that are drawn, and of the placebo's words.")
    ] = 0,
    names: Annotated[
        Path | None,
        typer.Option(help="Names of firms: a CSV of symbol and name, or the SEC's company_tickers.json."),
    ] = None,
    study: Annotated[
        list[str] | None,
        typer.Option(
            "--study",
            help="Study whose headline is estimated on both readings, once for each. Default: the configured ones.",
            autocompletion=complete_study,
        ),
    ] = None,
    no_studies: Annotated[bool, typer.Option("--no-studies", help="Compare readings only.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be read, and read nothing.")] = False,
    quiet: QuietOption = False,
    as_json: JsonOption = False,
) -> None:
    """Read posts again without what tells firm and date: which labels and estimates change, and whether that is look-ahead.

    Example: emtract audit -c stocknet.toml --names company_tickers.json

    Example: emtract audit -c stocknet.toml --sample 5000 --study daily_returns
    """
    from emtract import pipeline
    from emtract.pipeline.audit import AUDIT, plan_audit, run_audit
    from emtract.report.audit.page import write_audit

    settings, voice = read_settings(config), Voice(quiet, as_json)
    page = pipeline.page_path(settings, output, AUDIT)
    with pipeline.open_store(settings, read_only=True) as store, voice.bars() as progress:
        plan = plan_audit(settings, store, page, scorer=scorer, most=sample, seed=seed, names=names)
        if dry_run or not (quiet or as_json):
            say(plan.told())
        if dry_run:
            return
        found = run_audit(settings, store, plan, studies=[] if no_studies else study, progress=progress)
    write_audit(found, page)
    voice.show(lambda: print_audit(found, page), lambda: {"page": page, "answer": found.answer(), "audit": found})

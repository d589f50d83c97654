"""What a scorer read: predictions, explanations, and how well it reads labelled posts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from emtract.console.tables import _bare_table, print_table
from emtract.console.voice import say
from emtract.spelling import visible

if TYPE_CHECKING:
    import polars as pl
    from rich.text import Text

    from emtract.emotions import Emotion
    from emtract.model import Scorer
    from emtract.model.explain import Explanation
    from emtract.pipeline.adaptation import Adaptation
    from emtract.pipeline.evaluation import Evaluation


def print_prediction(predicted: pl.DataFrame, posts: list[str]) -> None:
    """Print each post with its label, valence, stances and dimensions where they were read, and seven probabilities."""
    import polars as pl

    from emtract.emotions import DIMENSIONS, EMOTIONS, TAGS

    tags = [tag for tag in TAGS if predicted[tag].count()]
    rated = [name for name in DIMENSIONS if name in predicted.columns]

    print_table(
        pl.DataFrame({"post": [visible(post) for post in posts]}).hstack(
            predicted.select(
                "label",
                pl.col("valence", *tags, *rated, *EMOTIONS).cast(pl.Float64),
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

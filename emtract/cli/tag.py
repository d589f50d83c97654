"""Tags of one's own archive: draw, page, read, accuracy, errors, slopes, labels, reread, card."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from emtract.cli.root import DEFAULT_CONFIG, MOST, ConfigOption, read_settings, tag_app
from emtract.console.tags import print_accuracy, print_errors, print_sample, print_slopes, print_tags
from emtract.spelling import typed


class Span(StrEnum):
    """Windows whose cells are tagged."""

    pre_open = "pre_open"
    market = "market"


class Rows(StrEnum):
    """What a card of misreading tells apart."""

    emotion = "emotion"
    valence = "valence"


FolderArgument = Annotated[Path, typer.Argument(help="Folder of `emtract tag draw`.")]


@tag_app.command("draw")
def tag_draw(
    config: ConfigOption = DEFAULT_CONFIG,
    n: Annotated[int, typer.Option("-n", help="Texts at most.", min=1)] = 300,
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder of the sample.")] = Path("tags"),
    seed: Annotated[int, typer.Option(max=MOST, help="The same seed draws the same texts of the same store.")] = 1,
    scorer: Annotated[
        str | None, typer.Option(help="Whose scores, by the name in the store; by default the configured scorer's.")
    ] = None,
) -> None:
    """Draw texts to tag by known chances: cells of the panel (firm, session, window), then texts of these.

    Example: emtract tag draw -n 300 -o tags
    """
    from emtract.pipeline.tagging import draw_tags

    print_sample(draw_tags(read_settings(config), output, n=n, seed=seed, scorer=scorer), output)


@tag_app.command("page")
def tag_page(
    folder: FolderArgument,
    tagger: Annotated[str, typer.Option(help="Who tags on this page: letters, digits, - and _.")],
) -> None:
    """Write the page on which one person tags the sample; it works offline, by keyboard and on a phone.

    Example: emtract tag page tags --tagger anna
    """
    from emtract.tagging.page import write_page

    typer.echo(f"{write_page(folder, tagger)}: give it to {tagger}, who hands back the file that the page saves")


@tag_app.command("read")
def tag_read(
    folder: FolderArgument,
    files: Annotated[list[Path], typer.Argument(help="Files that pages saved, of all taggers.")],
) -> None:
    """Read what taggers saved, say what cannot be used, and show how far they agree.

    Example: emtract tag read tags tags-anna-1f0c9a37.json tags-ben-1f0c9a37.json
    """
    from emtract.tagging.agreement import agreement
    from emtract.tagging.answers import read_tags

    tags = read_tags(folder, files)
    print_tags(tags, agreement(tags.frame), folder)


@tag_app.command("accuracy")
def tag_accuracy(folder: FolderArgument) -> None:
    """Show how well the archive is read, from the tags of the sample: accuracy, macro-F1, calibration.

    Example: emtract tag accuracy tags
    """
    from emtract.tagging.accuracy import measure_accuracy
    from emtract.tagging.answers import load_tags
    from emtract.tagging.sample import read_sample

    sample = read_sample(folder)
    print_accuracy(measure_accuracy(sample, load_tags(folder)), f"{sample.scorer}@{sample.revision}")


@tag_app.command("errors")
def tag_errors(
    folder: FolderArgument,
    config: ConfigOption = DEFAULT_CONFIG,
    y: Annotated[str, typer.Option(help="Outcome: a column of the panel.")] = "return_open_close",
) -> None:
    """Test whether misreading goes with an outcome: tag less reading on what the price did, given firm and session.

    Example: emtract tag errors tags --y return_open_close
    """
    from emtract.pipeline.tagging import measure_errors

    sample, found = measure_errors(read_settings(config), folder, y=y)
    print_errors(found, f"{sample.scorer}@{sample.revision}", y)


@tag_app.command("slopes")
def tag_slopes(
    folder: FolderArgument,
    config: ConfigOption = DEFAULT_CONFIG,
    y: Annotated[str, typer.Option(help="Outcome: a column of the panel.")] = "return_open_close",
    x: Annotated[list[str] | None, typer.Option(help="Emotion or valence, once for each. Default: valence.")] = None,
    window: Annotated[Span, typer.Option(help="Whose cells.")] = Span.market,
) -> None:
    """Regress an outcome on moods as taggers would have them, within firms and sessions: right however posts are misread.

    Example: emtract tag slopes tags --y return_open_close --x valence
    """
    from emtract.pipeline.tagging import measure_slopes

    named = tuple(x or ["valence"])
    sample, found = measure_slopes(read_settings(config), folder, y=y, x=named, window=window.value)
    print_slopes(found.table, f"{sample.scorer}@{sample.revision}", y, cells=found.cells, tagged=found.tagged)


@tag_app.command("labels")
def tag_labels(
    folder: FolderArgument,
    output: Annotated[Path, typer.Option("--output", "-o", help="CSV of text, label, tagger and weight.")],
) -> None:
    """Write the tags as labelled posts, to adapt a model to them or to measure another scorer on them.

    Example: emtract tag labels tags -o labels.csv
    """
    from emtract.tagging.answers import write_labels

    rows = write_labels(folder, output)
    typer.echo(f"{rows.height:,} labels written to {output}; it holds posts: share it as their platform allows")
    file = typed(output)
    typer.echo(f"next: emtract model evaluate {file} --text text, or emtract model adapt --data {file} --text text")


@tag_app.command("reread")
def tag_reread(
    folder: FolderArgument,
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder of the same sample with the new readings.")],
    model: Annotated[
        str, typer.Option(help="Scorer that reads the texts: a name, or the folder of a model.")
    ] = "default",
) -> None:
    """Read a tagged sample again with another scorer or revision; the tags stay, so that nothing is tagged twice.

    Example: emtract tag reread tags -o tags-mine --model models/mine
    """
    from emtract.model import load_scorer
    from emtract.tagging.reread import reread_sample

    sample, tags = reread_sample(folder, output, load_scorer(model))
    typer.echo(
        f"{len(sample.keys):,} texts read again by {sample.scorer}@{sample.revision}, with {tags.height:,} tags, written to "
        f"{output}; it holds posts: share it as their platform allows"
    )
    typer.echo(f"next: emtract tag accuracy {typed(output)}, or emtract tag card {typed(output)} -o card.json")


@tag_app.command("card")
def tag_card(
    folder: FolderArgument,
    output: Annotated[Path, typer.Option("--output", "-o", help="JSON file that says how the scorer misreads.")],
    grain: Annotated[
        Rows,
        typer.Option(help="Rows of the card: of seven emotions, or, where tags are few, of three classes of valence."),
    ] = Rows.emotion,
) -> None:
    """Write how the scorer misreads posts of each emotion, by the chances of the draw, for estimates corrected for it.

    Example: emtract tag card tags -o card.json
    """
    from emtract.tagging.reread import write_card

    found = write_card(folder, output, grain=grain.value)
    typer.echo(f"{found.name} {found.how}: written to {output}")
    for note in found.notes:
        typer.echo(f"note: {note}")
    if found.grain == "emotion" and (found.few or found.missing):
        typer.echo("note: valence alone needs three rows only, of more tags each: --grain valence")
    typer.echo(f'next: under [model] of emtract.toml: misreading = "{output}"')

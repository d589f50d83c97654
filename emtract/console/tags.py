"""Posts that people tagged: the sample, the tags, what they say of the reader."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emtract.console.tables import print_table, with_decimals
from emtract.console.voice import MAX_NOTES, say
from emtract.spelling import typed

if TYPE_CHECKING:
    from pathlib import Path

    import polars as pl

    from emtract.tagging.accuracy import Accuracy
    from emtract.tagging.agreement import Agreement
    from emtract.tagging.answers import Tags
    from emtract.tagging.differential import DifferentialError
    from emtract.tagging.sample import Sample


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
        f"next: emtract tag page {typed(folder)} --tagger NAME",
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
        print_table(with_decimals(agreement.by_emotion))
        if agreement.by_pair.height > 1:
            print_table(with_decimals(agreement.by_pair))
    say("", f"{tags.frame.height:,} answers written to {folder}; next: emtract tag accuracy {typed(folder)}")


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
        print_table(with_decimals(table))
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
    print_table(with_decimals(found.table))
    verdict = "go" if found.p_value < 0.05 else "are not seen to go"
    say(f"errors {verdict} with the outcome (six emotions together: p = {found.p_value:.3f})", "")
    say(f"reading among texts of one tag, shares for a standard deviation of {y}")
    print_table(with_decimals(found.given_tag))
    verdict = "go" if found.p_given_tag < 0.05 else "are not seen to go"
    say(f"given the tag, readings {verdict} with the outcome (six emotions together: p = {found.p_given_tag:.3f})")
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
        Cells of the regression, and how many have tags.
    """
    say(f"{y} times 10,000 per standard deviation of what {scorer} read, within firms and sessions")
    print_table(with_decimals(table))
    say(
        f"{tagged:,} of {cells:,} cells have tags; naive: as read; estimate: as tagged, 95 per cent interval",
        "nothing is assumed of how posts are misread; the draw of the sample is in the error",
    )

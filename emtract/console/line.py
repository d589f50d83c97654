"""The line from files to pages: what was loaded, scored, estimated, written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from emtract.console.voice import MAX_NOTES, say
from emtract.spelling import typed
from emtract.summaries import duration
from emtract.words.numbers import things

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from emtract.pipeline import IngestReport, RunReport
    from emtract.pipeline.imports import ImportReport
    from emtract.scoring import ScoringReport
    from emtract.scoring.folder import LoadReport

#: Shards that are named.
_NAMED: Final = 5


def print_ingest(report: IngestReport) -> None:
    """Print what became of every row of every file."""
    counts = {"posts": report.posts, "prices": report.prices, "market": report.market}
    say(
        *(
            f"{kind}: {rows.read:,} rows read, {rows.kept:,} new, {rows.repeated:,} repeated, {rows.rejected:,} quarantined"
            for kind, rows in counts.items()
            if rows.read
        ),
        f"{things(report.files, 'file')} read, {report.skipped} already in the store",
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
        f"scores: {things(report.scored, 'distinct text')} scored now; {report.posts:,} posts, "
        f"{report.duplicate_share:.1%} of them repeat the text of another"
    )
    if report.scored:
        took = duration(report.seconds)
        say(f"{report.covered:,} posts covered now in {took}, {report.posts_per_second:,.0f} posts/s")
    if report.taken_in:
        say(f"{report.taken_in:,} texts that an interrupted run had scored were taken in")
    if report.dimensions:
        say(f"dimensions: {report.dimensions:,} distinct texts read now")
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
        say(f"missing or damaged: {len(report.missing):,} ({shown}); score them: emtract shards score {typed(folder)}")


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

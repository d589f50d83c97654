"""Table of estimates corrected for how posts are misread, with what it rests on and whether the tagged posts speak for it."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING, Final

from emtract.report.figures.palette import tone
from emtract.report.tables.measurement import (
    SET,
    TOO_NOISY,
    Layered,
    Mood,
    estimates_table,
    foremost_moods,
)
from emtract.report.tables.table import Row, Table
from emtract.words.names import listed, term_name
from emtract.words.numbers import signed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from emtract.study import StudyResult

_COLUMNS: Final = (
    ("Uncorrected", "All rows", ""),
    ("Uncorrected", "Same cells", ""),
    ("Corrected", "Estimate", ""),
    ("Corrected", SET, "at 5\u00a0%"),
)
_OF: Final = {"reading": "own posts", "both": "mood"}
_TARGET: Final = {
    "reading": "of own posts, the effect of the share of a cell's posts that a tagger would give each emotion",
    "both": "of mood, the effect of the mood that a cell's posts are a sample of, as a tagger would name it",
}


def read_tables(result: StudyResult) -> list[Layered]:
    """Prepare estimates as reported beside those corrected for misreading; of many the foremost, and all of them folded."""
    moods = [Mood(name, row) for name, found in result.read.items() for row in found.frame.iter_rows(named=True)]
    if not moods:
        return []
    first = foremost_moods(moods, set(result.study.headline))
    title = "As reported, and corrected for how posts are misread"
    folded = {"All regressions": _table(result, f"{title}, all", moods)} if len(first) < len(moods) else {}
    return [Layered(_table(result, title, first), folded)]


def _table(result: StudyResult, title: str, moods: Sequence[Mood]) -> Table:
    found = {name: one.reported for name, one in result.read.items()}
    return estimates_table(result, title, moods, found, _COLUMNS, _rows, _notes(result))


def _rows(mood: Mood, decimals: int) -> tuple[Row, Row]:
    """Estimates, and under them their standard errors; a point stands where the set is one interval with two ends."""
    term, row = mood.term, mood.row
    sure = row["set_pieces"] == 1 and isfinite(row["set_low"]) and isfinite(row["set_high"])
    pairs = [(row[name], row[f"{name}_error"]) for name in ("reported", "naive")]
    if sure and row["estimate"] is not None:
        pairs.append((row["estimate"], row["std_error"]))
    left = 3 - len(pairs)
    first, _, second = row["set"].partition(" or ")
    above = (
        f"{term_name(term)}, {_OF[row['by']]}",
        *(signed(value, decimals) for value, _ in pairs),
        *[TOO_NOISY] * left,
        first,
    )
    errors = [f"({signed(error, decimals)})" for _, error in pairs]
    below = ("", *errors, *[""] * left, f"or {second}" if second else "")
    return Row(above, "estimate", tone=tone(term)), Row(below, "error")


def _notes(result: StudyResult) -> tuple[str, ...]:
    """What is corrected, what that rests on, and whether the tagged posts speak for the texts, each once."""
    found = list(result.read.values())
    corrections = [correction for one in found for correction in one.corrections]
    targets = listed([_TARGET[by] for by in dict.fromkeys(one.by for one in corrections)])
    assumed = dict.fromkeys(text for one in corrections for text in one.assumes)
    tests = dict.fromkeys(
        f"The test cannot be made: {one.travels}." if isinstance(one.travels, str) else str(one.travels)
        for one in found
    )
    return (
        f"Standard errors in parentheses; they hold the sampling of the tags too. Corrected coefficients: {targets}. "
        f"How the scorer misreads is from {corrections[0].misreading}.",
        f"Assumed: {'; '.join(assumed)}. Whether errors go with the outcome can be seen only from tags "
        "of this archive (emtract tag errors).",
        f"Do the tagged posts speak for this archive? {' '.join(tests)}",
    )

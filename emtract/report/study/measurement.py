"""What a page says of how well the moods were measured: two tables and a line under the headline."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from emtract.report.tables.table import text_table
from emtract.words.names import listed, term_name, term_words
from emtract.words.numbers import decimals_for, signed, unit_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import Any

    from emtract.report.tables.table import Table
    from emtract.study import StudyResult


@dataclass(frozen=True)
class MeasurementSection:
    """The section, ready for the template.

    Attributes
    ----------
    line
        One sentence for under the headline; '' where no headline is of a regression that was measured.
    precision
        One row a mood: texts, halves, reliability.
    corrected
        One row a regression and mood: as reported, on the cells with two texts, corrected, the set, and the smallest effects.
    unmeasured
        (labels, reason) of those of which nothing can be said.
    """

    line: str
    precision: Table
    corrected: Table
    unmeasured: tuple[tuple[str, str], ...]


def measurement_section(result: StudyResult, labels: Mapping[str, str]) -> MeasurementSection | None:
    """Return the section; None where no regression of the study asks for it.

    Parameters
    ----------
    result
        The estimated study.
    labels
        Spec name -> heading.
    """
    if not (result.measured or result.unmeasured):
        return None
    rows = [(name, row) for name, found in result.measured.items() for row in found.frame.iter_rows(named=True)]
    reasons: dict[str, list[str]] = {}
    for name, reason in result.unmeasured.items():
        reasons.setdefault(reason, []).append(labels[name])
    once = {row["term"]: row for _, row in reversed(rows)}
    return MeasurementSection(
        line=_line(result),
        precision=text_table(
            "Reliability after effects and controls",
            ("Mood", "Texts a cell", "Cells of one text", "Halves correlate", "Reliability", "95\u00a0%"),
            [(term_name(term), *_precision(once[term])) for term in dict.fromkeys(row["term"] for _, row in rows)],
            notes=_precision_notes(),
        ),
        corrected=text_table(
            "As reported, and corrected for the few texts behind each mood",
            ("Regression", "Mood", "All rows", "Two texts or more", "Corrected", "Values not rejected", "Smallest effect",
             "Of the mood itself"),
            list(_estimates(rows, labels)),
            numeric=(False, False, True, True, True, False, True, True),
            notes=_corrected_notes(result),
        ),
        unmeasured=tuple((" \u00b7 ".join(dict.fromkeys(names)), reason) for reason, names in reasons.items()),
    )  # fmt: skip


def _precision(row: Mapping[str, Any]) -> tuple[str, ...]:
    return (
        f"{row['texts']:.1f}",
        f"{100 * row['one_text']:.0f}\u00a0%",
        f"{signed(row['halves'], 2)} ({signed(row['halves_error'], 2)})",
        signed(row["reliability"], 2),
        f"{signed(row['low'], 2)} to {signed(row['high'], 2)}",
    )


def _estimates(rows: Sequence[tuple[str, Mapping[str, Any]]], labels: Mapping[str, str]) -> Iterator[tuple[str, ...]]:
    """Yield the cells of each row; a regression is named in its first."""
    digits = decimals_for([row["naive_error"] for _, row in rows])

    def beside(value: float | None, error: float | None) -> str:
        return "none" if value is None or error is None else f"{signed(value, digits)} ({signed(error, digits)})"

    before = ""
    for name, row in rows:
        yield (
            "" if name == before else labels[name],
            term_name(row["term"]),
            beside(row["reported"], row["reported_error"]),
            beside(row["naive"], row["naive_error"]),
            beside(row["estimate"], row["std_error"]),
            row["set"],
            signed(row["per_measured_sd"], digits),
            "not bounded" if row["per_true_sd"] is None else signed(row["per_true_sd"], digits),
        )
        before = name


def _precision_notes() -> tuple[str, ...]:
    return (
        "Texts are distinct: near-copies count once, and all texts of one author in a cell are one. Halves: the correlation of "
        "two halves of a cell's texts after the regression's effects and controls, with its standard error. Reliability: the "
        "share of the variance within effects and controls that is not the noise of few texts; an estimate may fall below 0.",
    )


def _corrected_notes(result: StudyResult) -> tuple[str, ...]:
    units = {unit_name(found.reported.spec.y_scale) for found in result.measured.values()} - {""}
    unit = f"In {listed(sorted(units))}, standard errors in parentheses. " if units else ""
    few = any(found.correction.bootstrapped for found in result.measured.values())
    drawn = " Quantiles are those of a score bootstrap where clusters are few." if few else ""
    return (
        f"{unit}Corrected: the coefficient of the mood that a cell's posts are a sample of, on cells with two texts or more; "
        "none where the noise is as large as all that varies. Values not rejected: the set that the test of Anderson and Rubin "
        "keeps at 5\u00a0%. It holds however imprecise the moods are, and the corrected estimate is to be read with it; “any "
        f"value” says that this archive cannot tell.{drawn}",
        "Smallest effect: what 80 of 100 such samples would show at 5\u00a0%, per standard deviation of the measured mood, and "
        "of the mood that the posts are a sample of.",
    )


def _line(result: StudyResult) -> str:
    """Reliability of the headline's moods, and the smallest effects of their regressions."""
    shares, effects, units = [], [], []
    for spec, term in result.study.headline:
        found = result.measured.get(spec)
        for row in () if found is None else found.frame.filter(pl.col("term") == term).iter_rows(named=True):
            shares.append(f"{term_words(term)} {100 * row['low']:.0f} to {100 * row['high']:.0f}\u00a0%")
            effects.append(row["per_measured_sd"])
            units.append(unit_name(found.reported.spec.y_scale) if found else "")
    if not shares:
        return ""
    digits = decimals_for(effects, digits=2)
    unit = f" {units[0]}" if len(set(units)) == 1 and units[0] else ""
    return (
        "Share of the variance within effects that is mood and not the noise of few texts, 95\u00a0% interval: "
        f"{listed(shares)}. Smallest effects that 80 of 100 such samples would show: "
        f"{listed([signed(effect, digits) for effect in effects])}{unit} per standard deviation."
    )

"""What a page says of how well the moods were measured: two tables and a line under the headline."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from emtract.report.tables.table import text_table
from emtract.words.names import listed, lower_first, term_name
from emtract.words.numbers import decimals_for, signed, unit_name

if TYPE_CHECKING:
    from collections.abc import Mapping
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
        One row a mood and sample: texts, halves, reliability, smallest effects.
    corrected
        One row a mood and regression: as reported, on the cells with two texts, corrected, and the set.
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
    return MeasurementSection(
        line=_line(result),
        precision=text_table(
            "How precisely each mood is measured",
            ("Mood", "Regression", "Texts a cell", "Cells of one text", "Halves correlate", "Reliability", "95\u00a0%",
             "Smallest effect", "Of the mood itself"),
            [(term_name(row["term"]), labels[name], *_precision(row)) for name, row in rows],
            numeric=(False, False, *[True] * 7),
            notes=_precision_notes(),
        ),
        corrected=text_table(
            "Estimates beside those corrected for the few texts behind each mood",
            ("Mood", "Regression", "All rows", "Two texts or more", "Corrected", "Values not rejected", "N"),
            [(term_name(row["term"]), labels[name], *_estimates(row)) for name, row in rows],
            numeric=(False, False, True, True, True, False, True),
            notes=_corrected_notes(result),
        ),
        unmeasured=tuple((" \u00b7 ".join(dict.fromkeys(names)), reason) for reason, names in reasons.items()),
    )  # fmt: skip


def _precision(row: Mapping[str, Any]) -> tuple[str, ...]:
    smallest = [row["per_measured_sd"], *([row["per_true_sd"]] if row["per_true_sd"] is not None else [])]
    digits = decimals_for(smallest)
    true = "not bounded" if row["per_true_sd"] is None else signed(row["per_true_sd"], digits)
    return (
        f"{row['texts']:.1f}",
        f"{100 * row['one_text']:.0f}\u00a0%",
        f"{signed(row['halves'], 2)} ({signed(row['halves_error'], 2)})",
        signed(row["reliability"], 2),
        f"{signed(row['low'], 2)} to {signed(row['high'], 2)}",
        signed(row["per_measured_sd"], digits),
        true,
    )


def _estimates(row: Mapping[str, Any]) -> tuple[str, ...]:
    digits = decimals_for([row["reported_error"], row["naive_error"]])

    def beside(value: float | None, error: float | None) -> str:
        return "none" if value is None or error is None else f"{signed(value, digits)} ({signed(error, digits)})"

    return (
        beside(row["reported"], row["reported_error"]),
        beside(row["naive"], row["naive_error"]),
        beside(row["estimate"], row["std_error"]),
        row["set"],
        f"{row['n_obs']:,}",
    )


def _precision_notes() -> tuple[str, ...]:
    return (
        "Texts are distinct: near-copies count once, and all texts of one author in a cell are one. Halves: the correlation of "
        "two halves of a cell's texts after the regression's effects and controls, with its standard error.",
        "Reliability: the share of the variance within effects and controls that is not the noise of few texts.",
        "Smallest effect: what 80 of 100 such samples would show at 5\u00a0%, per standard deviation of the measured mood, and "
        "of the mood that the posts are a sample of.",
    )


def _corrected_notes(result: StudyResult) -> tuple[str, ...]:
    units = {unit_name(found.reported.spec.y_scale) for found in result.measured.values()} - {""}
    unit = f"In {listed(sorted(units))}, standard errors in parentheses. " if units else ""
    few = any(found.correction.bootstrapped for found in result.measured.values())
    drawn = " Quantiles are those of a score bootstrap where clusters are few." if few else ""
    return (
        f"{unit}Corrected: the coefficient of the mood that a cell's posts are a sample of; none where the noise is as large as "
        "all that varies.",
        "Values not rejected: the set that the test of Anderson and Rubin keeps at 5\u00a0%. It holds however imprecise the "
        f"moods are, and the corrected estimate is to be read with it.{drawn}",
    )


def _line(result: StudyResult) -> str:
    """Precision of the headline's moods, and the smallest effects beside them."""
    told = []
    for spec, term in result.study.headline:
        found = result.measured.get(spec)
        rows = {} if found is None else {row["term"]: row for row in found.frame.iter_rows(named=True)}
        if found is None or term not in rows:
            continue
        row = rows[term]
        unit = unit_name(found.reported.spec.y_scale)
        effect = f"{signed(row['per_measured_sd'], decimals_for([row['per_measured_sd']]))}{f' {unit}' if unit else ''}"
        told.append(f"{lower_first(term_name(term))} {signed(row['reliability'], 2)} (smallest effect seen {effect})")
    return f"Reliability after effects, of 1 at most: {listed(told)}." if told else ""

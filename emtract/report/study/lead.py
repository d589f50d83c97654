"""The first screen of a page: the figure that holds the primary number, and what that number rests on."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from emtract.econometrics.sentences import smallest_words
from emtract.panel.frame import ENTITY, TIME
from emtract.report.study.data import extent
from emtract.words.columns import BY
from emtract.words.names import level_name, lower_first
from emtract.words.numbers import decimals_for, p_text, signed, unit_short, with_sign

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from emtract.panel.frame import Sample
    from emtract.report.study.findings import FindingSection
    from emtract.study import StudyResult

_DATE: Final = re.compile(r"\d{4}-\d\d-\d\d")
#: Name of the figure of all regressions.
COEFFICIENTS = "coefficients"


@dataclass(frozen=True)
class Lead:
    """The figure of the first screen, which no section repeats, and the numbers beside it.

    Attributes
    ----------
    plot
        Name of the plot; '' where the study has no figure.
    facts
        (name, value) of the primary number: estimate, interval, rows, clusters, reliability of its mood, power, period.
    """

    plot: str
    facts: tuple[tuple[str, str], ...]


def lead(result: StudyResult, sections: Sequence[FindingSection]) -> Lead:
    """Choose the figure that holds the primary number, or else the first one, and say what the number rests on.

    Parameters
    ----------
    result
        The estimated study.
    sections
        Its findings, with their figures.
    """
    if (number := leading(result)) is None:
        found = [str(figure.plot["name"]) for section in sections for figure in section.figures]
        return Lead(next(iter(found), COEFFICIENTS if result.results else ""), ())
    spec, term = number
    figure_of = _compared(result, spec)
    if figure_of == spec and spec in result.results:
        plot = COEFFICIENTS
    else:
        order = sorted(sections, key=lambda section: section.name != figure_of)
        plots = [str(figure.plot["name"]) for section in order for figure in section.figures]
        plot = next(iter(plots), COEFFICIENTS if result.results else "")
    return Lead(plot, tuple(_facts(result, spec, term)))


def _compared(result: StudyResult, name: str) -> str:
    """Return the headline's comparison of a regression's coefficients, whose figure shows them all; else its own name."""
    base = result.study.specs[name]
    for other, _ in result.study.headline:
        asked = getattr(result.study.specs[other], "spec", None)
        if other in result.findings and asked is not None and asked == base:
            return other
    return name


def leading(result: StudyResult) -> tuple[str, str] | None:
    """Return the primary number, or, where it could not be estimated, the first of the headline that was; None where none was."""
    numbers = (result.study.primary, *result.study.headline)
    return next((key for key in numbers if key[0] not in result.skipped), None)


def _facts(result: StudyResult, spec: str, term: str) -> list[tuple[str, str]]:
    row = result.row(spec, term)
    sample = _sample(result, spec)
    facts = _estimate(result, spec, term, row)
    if spec in result.results:
        facts += [("N", f"{row['n_obs']:,} {sample.unit}"), ("Clusters", _clusters(result, spec, term))]
    else:
        # An analysis may count sessions or months: its N has no unit of its own.
        facts += [("N", f"{row['n_obs']:,}" if row["n_obs"] else ""), ("Drawn from", _counted(sample))]
    facts.append(("Mood that is not noise", _reliability(result, spec, term)))
    facts.append(("Seen in 4 of 5 such samples", _power(result, spec, term, row)))
    found = extent(sample)
    facts.append(("Period", f"{found.first} to {found.last}" if found.first else ""))
    return [(name, _unbroken(value)) for name, value in facts if value]


def _unbroken(value: str) -> str:
    """A fact whose dates, and whose p and its number, no narrow screen takes apart."""
    return (
        _DATE.sub(lambda day: day[0].replace("-", "\u2011"), value)
        .replace("p = ", "p\u00a0=\u00a0")
        .replace("p <", "p\u00a0<")
    )


def _sample(result: StudyResult, spec: str) -> Sample:
    asked = result.study.specs[spec]
    return result.samples[asked.samples[0]] if asked.samples else result.main


def _unit(result: StudyResult, spec: str, term: str) -> str:
    """Unit of a number, short, and per what of its regressor."""
    unit = unit_short(result.outcomes[spec].said[term].unit)
    found = result.results.get(spec)
    scaled = found is not None and found.spec.per_sd(term)
    return f"{f' {unit}' if unit else ''}{' per SD' if scaled else ''}"


def _estimate(result: StudyResult, spec: str, term: str, row: Mapping[str, Any]) -> list[tuple[str, str]]:
    said = result.outcomes[spec].said[term]
    decimals = decimals_for([row["std_error"] or row["estimate"]], digits=2) if said.decimals is None else said.decimals
    facts = [("Estimate", f"{with_sign(row['estimate'], decimals)}{_unit(result, spec, term)}")]
    if row["conf_low"] is not None and row["conf_high"] is not None:
        within = f"{signed(row['conf_low'], decimals)} to {signed(row['conf_high'], decimals)}"
        p = row["p_value"]
        told = "" if p is None else f", p {p_text(p) if p_text(p)[0] == '<' else f'= {p_text(p)}'}"
        facts.append(("95\u00a0% interval", within + told))
    return facts


def _clusters(result: StudyResult, spec: str, term: str) -> str:
    found = result.results[spec]
    named = ", ".join(f"{found.n_levels[c]:,} {lower_first(level_name(c))}" for c in found.spec.clusters)
    if not found.wild:
        return named
    carried = float(found.effective_clusters[found.spec.regressors.index(term)])
    return f"{named}; worth {carried:.0f} of one size"


def _counted(sample: Sample) -> str:
    counts = ((ENTITY, "firms"), (TIME, "sessions"))
    told = [f"{n:,} {name}" for c, name in counts if c in sample.data.columns and (n := sample.data[c].n_unique()) > 1]
    return ", ".join(told)


def _reliability(result: StudyResult, spec: str, term: str) -> str:
    """Share of the mood's variance that is no noise of few texts; '' where it was not measured."""
    named = [name for name in result.measured if name == spec or name.startswith(f"{spec}, ")]
    rows = [
        row
        for name in named
        for row in result.measured[name].frame.filter(pl.col("term") == term).iter_rows(named=True)
    ]
    told = next((row for row in rows if row["reliability"] is not None), None) or _of_sample(result, term)
    return "" if told is None else f"{100 * told['low']:.0f} to {100 * told['high']:.0f}\u00a0% of its variance"


def _of_sample(result: StudyResult, term: str) -> dict[str, Any] | None:
    frames = [frame for frame in result.precision.values() if not frame.is_empty()]
    base = term.split(BY, maxsplit=1)[0]
    rows = [row for frame in frames for row in frame.filter(pl.col("term") == base).iter_rows(named=True)]
    return next(iter(rows), None)


def _power(result: StudyResult, spec: str, term: str, row: Mapping[str, Any]) -> str:
    if row["p_value"] is None:  # a level, which nobody holds against zero
        return ""
    size = smallest_words(row, result.outcomes[spec].said[term].decimals)
    return f"{size}{_unit(result, spec, term)} or more" if size else ""

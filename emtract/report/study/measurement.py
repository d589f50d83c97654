"""What a page says of how well the moods were measured: its tables, and a line under the headline."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

from emtract.panel.frame import Panel
from emtract.report.study.data import sample_title, spec_labels
from emtract.report.tables.measurement import Layered, corrected_tables, precision_tables
from emtract.report.tables.reading import read_tables
from emtract.words.names import in_words, listed, term_words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from emtract.study import StudyResult


@dataclass(frozen=True)
class MeasurementSection:
    """The section, ready for the template.

    Attributes
    ----------
    line
        One sentence for under the headline, of its regressions or else of the sample; '' where neither was measured.
    precision
        Tables with a row a mood: texts, halves, reliability.
    corrected
        A table with a row a mood of each regression: as reported, on the cells with two texts, corrected, the set, and the
        smallest effects.
    read
        The same regressions corrected for how posts are misread, and below whether the tagged posts speak for this archive.
    unmeasured
        (names, reason) of regressions and samples of which nothing can be said.
    files
        Names of the files beside the page that hold the numbers.
    """

    line: str
    precision: tuple[Layered, ...]
    corrected: tuple[Layered, ...]
    read: tuple[Layered, ...]
    unmeasured: tuple[tuple[str, str], ...]
    files: tuple[str, ...]


def measurement_section(result: StudyResult) -> MeasurementSection | None:
    """Return the section; None where neither regressions nor samples of the study tell of it."""
    told = (result.measured, result.unmeasured, result.precision, result.unmeasured_samples, result.read, result.unread)
    if not any(told):
        return None
    labels = spec_labels(result)
    columns = {column for sample in result.samples.values() for column in sample.data.columns}
    reasons: dict[str, list[str]] = {}
    for name, reason in result.unmeasured.items():
        reasons.setdefault(in_words(reason, columns), []).append(labels.get(name, name))
    for name, reason in result.unread.items():
        told_why = f"not corrected for misreading: {in_words(reason, columns)}"
        reasons.setdefault(told_why, []).append(labels.get(name, name))
    for name, reason in result.unmeasured_samples.items():
        reasons.setdefault(reason, []).append(sample_title(result, name))
    return MeasurementSection(
        line=_line(result),
        precision=tuple(precision_tables(result)),
        corrected=tuple(corrected_tables(result)),
        read=tuple(read_tables(result)),
        unmeasured=tuple((" \u00b7 ".join(dict.fromkeys(names)), reason) for reason, names in reasons.items()),
        files=tuple(measurement_files(result)),
    )


def measurement_files(result: StudyResult) -> dict[str, pl.DataFrame]:
    """Return the numbers by file name, as they go beside the page: of regressions, and of samples."""
    frames = {
        "measurement.csv": result.measurement(),
        "reading.csv": result.reading(),
        "precision.csv": result.sample_precision(),
        "reliability_curve.csv": result.curve,
    }
    return {file: frame for file, frame in frames.items() if frame is not None}


def _line(result: StudyResult) -> str:
    """Reliability of the headline's moods, or of the sample's valence: each once, with its regression where several name it."""
    shares: dict[str, dict[str, str]] = {}
    for spec, term in result.study.headline:
        found = result.measured.get(spec)
        for row in () if found is None else found.frame.filter(pl.col("term") == term).iter_rows(named=True):
            if row["reliability"] is not None:
                shares.setdefault(term, {}).setdefault(_interval(row), result.study.label(spec))
    if not shares:
        return _line_of_sample(result)
    told = [
        f"{term_words(term)}{f' ({label})' if len(found) > 1 else ''} {share}"
        for term, found in shares.items()
        for share, label in found.items()
    ]
    return (
        "Share of the variance within effects that is mood and not the noise of few texts, 95\u00a0% interval: "
        f"{listed(told)}."
    )


def _line_of_sample(result: StudyResult) -> str:
    frames = [(name, frame) for name, frame in result.precision.items() if not frame.is_empty()]
    if not frames:
        return ""
    name, frame = frames[0]
    rows = frame.filter(pl.col("term").str.contains("^valence(_|$)"))
    within = " within firm and session effects" if isinstance(result.samples[name], Panel) else ""
    return (
        f"Share of the variance{within} that is mood and not the noise of few texts, 95\u00a0% interval: "
        f"{listed([_share(row) for row in (frame if rows.is_empty() else rows).iter_rows(named=True)])}."
    )


def _share(row: Mapping[str, Any]) -> str:
    return f"{term_words(row['term'])} {_interval(row)}"


def _interval(row: Mapping[str, Any]) -> str:
    return f"{100 * row['low']:.0f} to {100 * row['high']:.0f}\u00a0%"

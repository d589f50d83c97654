"""What a page says of its inference: the primary number, few clusters, and numbers that hang on one unit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl

from emtract.econometrics.finding import slope_of
from emtract.econometrics.measurement.leading import KINDS
from emtract.econometrics.regression.prose import smallest_clusters
from emtract.econometrics.regression.spec import Spec
from emtract.econometrics.regression.wild import FEW_CLUSTERS, TOO_FEW_CLUSTERS
from emtract.panel.frame import ENTITY, TIME
from emtract.report.tables.table import Column, Row, Table
from emtract.words.columns import LESS
from emtract.words.names import level_name, listed, lower_first
from emtract.words.numbers import decimals_for, p_text, signed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from emtract.econometrics.regression.result import Result
    from emtract.study import StudyResult

INFLUENCE: Final = "influence.csv"
#: Column that is left out -> what one of its units is.
_UNITS: Final = {ENTITY: "firm", TIME: "session", **{kind: kind for kind in KINDS}}
_NOTE: Final = (
    "Each regression is fitted again, exactly, without the rows of one firm, then without the rows of one session; regressors "
    "stay in the units of the whole sample. Least clear: without which t is smallest, or of the other sign."
)
_OF_POSTS: Final = (
    "A text and its copies, or all posts of an author, are taken out of every mean that they entered; tried are those that make "
    "up most of the means, and each is named by its first post."
)


@dataclass(frozen=True)
class InferenceSection:
    """What stands under the answer, and the section on firms, sessions, texts and authors left out.

    Attributes
    ----------
    primary
        Which number answers the question.
    cautions
        What a reader must know before any number: numbers that one unit makes, clusters too few for any test.
    clusters
        How few the clusters of the headline are and what was done about it; '' where they are many.
    table
        The range of each headline number without one firm, session, text or author; None where none was examined.
    unexamined
        (names, reason) of headline numbers without one.
    """

    primary: str
    cautions: tuple[str, ...]
    clusters: str
    table: Table | None
    unexamined: tuple[tuple[str, str], ...]


def inference_section(result: StudyResult) -> InferenceSection:
    """Return all that a page says of primary number, clusters and influence."""
    frame = result.influence()
    hanging = [_hangs(result, row) for row in frame.filter(pl.col("hangs_on") != "").iter_rows(named=True)]
    reasons: dict[str, list[str]] = {}
    for spec, reason in result.not_examined().items():
        reasons.setdefault(reason, []).append(result.study.label(spec))
    return InferenceSection(
        primary=_primary(result),
        cautions=(*_too_few(result), *_untested(result), *hanging),
        clusters=_clusters(result),
        table=None if frame.is_empty() else _table(result, frame),
        unexamined=tuple((" \u00b7 ".join(dict.fromkeys(names)), reason) for reason, names in reasons.items()),
    )


def influence_files(result: StudyResult) -> dict[str, pl.DataFrame]:
    """Return the numbers by file name, as they go beside the page; none where no headline number was examined."""
    frame = result.influence()
    return {} if frame.is_empty() else {INFLUENCE: frame}


def _primary(result: StudyResult) -> str:
    spec, term = result.study.primary
    label = result.study.label(spec)
    if spec in result.skipped:
        return f"The primary specification, {label}, could not be estimated here; all others are robustness."
    words = _words(result, spec, term).rstrip(", ")
    return f"Primary number: {words} ({label}). All others are robustness."


def _headline_results(result: StudyResult) -> list[str]:
    return list(dict.fromkeys(spec for spec, _ in result.study.headline if spec in result.results))


def _regressed(result: StudyResult, name: str, term: str) -> tuple[Result, tuple[str, ...]] | None:
    """Return the regression of the study that a number is read from, and its regressors there; None where there is none.

    The difference of two slopes is read from the regression that it compares.
    """
    if name in result.results:
        return result.results[name], (term,)
    asked = getattr(result.study.specs[name], "spec", None)
    found = next((one for one in result.results.values() if one.spec == asked), None)
    parts = tuple(term.split(LESS))
    return (found, parts) if found is not None and {*parts} <= {*found.spec.regressors} else None


def _clusters(result: StudyResult) -> str:
    """One sentence on the headline's regressions whose p-values are bootstrapped."""
    behind = [told for number in result.study.headline if (told := _regressed(result, *number)) and told[0].wild]
    if not behind:
        return ""
    counts = sorted({count for found, _ in behind if (count := smallest_clusters(found))})
    carried = [_effective(found, term) for found, terms in behind for term in terms]
    low, high = (f"{of(carried):.0f}" for of in (min, max))
    many = low if low == high else f"{low} to {high}"
    return (
        f"{_counted(counts)}: p-values and intervals from a wild cluster bootstrap; {many} clusters of one "
        "size would carry as much."
    )


def _counted(counts: list[tuple[int, str]]) -> str:
    """Say sorted numbers of clusters; numbers of one kind as a range: `28 to 30 firms`."""
    kinds: dict[str, list[str]] = {}
    for number, words in counts:
        kinds.setdefault(words.removeprefix(f"{number:,} "), []).append(f"{number:,}")
    return listed([f"{' to '.join(dict.fromkeys((n[0], n[-1])))} {kind}" for kind, n in kinds.items()])


def _effective(found: Result, term: str) -> float:
    return float(found.effective_clusters[found.spec.regressors.index(term)])


def _too_few(result: StudyResult) -> list[str]:
    """Headline numbers whose clusters are too few even for the bootstrap."""
    told = []
    for name, term in result.study.headline:
        found = result.results.get(name)
        if found is None or not found.wild or _effective(found, term) >= TOO_FEW_CLUSTERS:
            continue
        counted = smallest_clusters(found)
        told.append(
            f"As few as {_effective(found, term):.1f} clusters of one size carry {_words(result, name, term)} (of "
            f"{counted[1] if counted else 'all'}): below {TOO_FEW_CLUSTERS} a bootstrap has too little to draw from, and no "
            "p-value or interval of it can be relied on."
        )
    return told


def _untested(result: StudyResult) -> list[str]:
    """Headline analyses whose clusters are few, and whose p-values come from t all the same."""
    told = []
    for name in dict.fromkeys(spec for spec, _ in result.study.headline if spec in result.findings):
        asked = result.study.specs[name]
        spec = getattr(asked, "spec", None) or getattr(asked, "base", None)
        if not isinstance(spec, Spec) or not spec.clusters or spec.bootstrap != "none":
            continue
        data = result.samples[spec.sample].data
        counts = {c: data[c].n_unique() for c in spec.clusters if c in data.columns}
        few = min(counts, key=counts.__getitem__, default="")
        if few and counts[few] < FEW_CLUSTERS:
            told.append(
                f"{counts[few]} {lower_first(level_name(few))}: the p-values of {result.study.label(name)} rest on t, which "
                f"rejects too often with fewer than {FEW_CLUSTERS} clusters."
            )
    return told


def _words(result: StudyResult, name: str, term: str) -> str:
    if name in result.results:
        return slope_of(result.results[name].spec, term).words
    return result.outcomes[name].said[term].words


def _unit_of(result: StudyResult, name: str, term: str) -> str:
    unit = result.outcomes[name].said[term].unit
    return f" {unit}" if unit else ""


def _hangs(result: StudyResult, row: Mapping[str, Any]) -> str:
    """Say that a number is what it is because of one unit."""
    decimals = _decimals(result, row)
    words, unit = _words(result, row["spec"], row["term"]).rstrip(", "), _unit_of(result, row["spec"], row["term"])
    without = f"Without one {_UNITS[row['left_out']]}, {row['weakest']}, a headline number"
    now, before = (signed(row[name], decimals) for name in ("weakest_estimate", "estimate"))
    if row["hangs_on"] == "sign":
        return f"{without} changes its sign ({now}{unit} instead of {before}): {words}."
    p = p_text(row["weakest_p_value"])
    return f"{without} is not distinguishable from zero ({now}{unit}, p {p if p[0] == '<' else f'= {p}'}): {words}."


def _decimals(result: StudyResult, row: Mapping[str, Any]) -> int:
    return decimals_for([result.row(row["spec"], row["term"])["std_error"]], digits=2)


def _table(result: StudyResult, frame: pl.DataFrame) -> Table:
    headings = ("Left out", "Estimate", "Range without one", "Moved most by", "Least clear without", "p then")
    columns = tuple(Column(text, numeric=i in {1, 2, 5}) for i, text in enumerate(headings))
    rows: list[Row] = []
    for (spec, term), part in frame.group_by("spec", "term", maintain_order=True):
        words = _words(result, str(spec), str(term)).rstrip(", ")
        unit = _unit_of(result, str(spec), str(term))
        rows.append(Row((f"{words[:1].upper()}{words[1:]}{f',{unit}' if unit else ''}",), "group"))
        rows += [Row(_cells(row, _decimals(result, row))) for row in part.iter_rows(named=True)]
    posted = (_OF_POSTS,) if {*KINDS} & {*frame["left_out"]} else ()
    return Table("Without one of them", columns, tuple(rows), (_NOTE, *posted, *_drawn(result)))


def _cells(row: Mapping[str, Any], decimals: int) -> tuple[str, ...]:
    low, high, now = (signed(row[name], decimals) for name in ("low", "high", "influential_estimate"))
    least = signed(row["weakest_estimate"], decimals)
    return (
        _among(row["left_out"], row["units"]),
        signed(row["estimate"], decimals),
        f"{low} to {high}",
        f"{row['influential']}: {now}",
        f"{row['weakest']}: {least}",
        p_text(row["weakest_p_value"]),
    )


def _among(left_out: str, units: int) -> str:
    """Say what was left out: one of all firms, or of the texts that lead."""
    unit = f"{'leading ' if left_out in KINDS else ''}{_UNITS[left_out]}"
    return f"the {unit}" if units == 1 else f"one of {units:,} {unit}s"


def _drawn(result: StudyResult) -> tuple[str, ...]:
    drawn = any(np.isfinite(result.results[name].effective_clusters).any() for name in _headline_results(result))
    return (
        ("Where p-values are bootstrapped, so is the p-value of a significant number without this one.",)
        if drawn
        else ()
    )

"""Tables of how well moods were measured: reliability, and estimates as reported beside those corrected for few texts."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from math import isfinite, nan
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from emtract.econometrics.measurement.measured import CANNOT_TELL
from emtract.panel.frame import Panel
from emtract.report.figures.palette import tone
from emtract.report.study.data import sample_title, spec_labels
from emtract.report.tables.table import Column, Row, Table
from emtract.words.columns import BY, GROUPS, WINDOWS
from emtract.words.names import lower_first, measured, term_name, words
from emtract.words.numbers import decimals_for, signed, unit_name

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    import polars as pl

    from emtract.econometrics.regression.result import Result
    from emtract.study import StudyResult

#: More moods than this are folded away, but for the foremost.
MOST_MOODS: Final = 16
#: Stands where a corrected estimate means nothing.
TOO_NOISY: Final = "too noisy"
_VALENCE: Final = "valence_"
_CORRECTED: Final = "corrected for the few texts behind each mood"
SET: Final = "Not rejected"
_RELIABILITY: Final = ("Mood", "Halves correlate", "Reliability", "95\u00a0% interval")
#: What spans the columns of corrected estimates, their headings, and the small print below.
_ESTIMATES: Final = (
    ("Uncorrected", "All rows", ""),
    ("Uncorrected", "Two texts", "or more a cell"),
    ("Corrected", "Estimate", ""),
    ("Corrected", SET, "at 5\u00a0%"),
    ("Smallest effect seen", "Measured", "per std. dev."),
    ("Smallest effect seen", "Mood itself", "per std. dev."),
)


class Mood(NamedTuple):
    """A regression, or a sample, and one of its moods: a row of `Measured.frame`, or of `Reliability.table`."""

    of: str
    row: Mapping[str, Any]

    @property
    def term(self) -> str:
        """Name of the regressor."""
        return str(self.row["term"])


@dataclass(frozen=True)
class Layered:
    """A table that a reader takes in at a glance, and where it does not hold all rows, tables that do by their headings."""

    table: Table
    folded: Mapping[str, Table] = field(default_factory=dict)


def measurement_tables(result: StudyResult) -> tuple[Table, ...]:
    """Return every table of how well the moods of a study were measured."""
    layered = [*precision_tables(result), *corrected_tables(result)]
    return tuple(table for part in layered for table in (part.table, *part.folded.values()))


def precision_tables(result: StudyResult) -> list[Layered]:
    """Prepare the precision of moods: of moods in regressions, and in samples that no regression measures."""
    regressed = _regressed_moods(result)
    known = {(mood.of, mood.term) for mood in regressed}
    sampled = [mood for mood in _sample_moods(result) if (mood.of, mood.term) not in known]
    made = []
    if regressed:
        specs = result.study.specs
        spoken = {(sample, term) for name, term in result.study.headline for sample in specs[name].samples}
        first = foremost_moods([mood for mood in regressed if BY not in mood.term] or regressed, spoken)
        title, within = "Reliability after effects and controls", "the regression's effects and controls"
        made.append(_precision_layers(result, regressed, first, title=title, within=within, rest="Further moods"))
    if sampled:
        firms = all(isinstance(result.samples[mood.of], Panel) for mood in sampled)
        within = "firm and session effects" if firms else ""
        first = sampled if len(sampled) <= MOST_MOODS else [mood for mood in sampled if mood.of == sampled[0].of]
        title, rest = "Reliability in the sample", "Further samples"
        made.append(_precision_layers(result, sampled, first, title=title, within=within, rest=rest))
    if result.curve is not None:
        made.append(Layered(_curve_table(result, result.curve)))
    return made


def _curve_table(result: StudyResult, curve: pl.DataFrame) -> Table:
    """Reliability of valence where cells have at least so many texts, window by window."""
    headings = ("Texts a cell, at least", "Cells", "Reliability", "Standard error")
    rows = []
    for row in curve.iter_rows(named=True):
        cells = (
            str(row["least"]),
            f"{row['cells']:,}",
            signed(row["reliability"], 2),
            signed(row["error"], 2),
        )
        rows.append((term_name(row["term"]), [Row(cells)]))
    firms = isinstance(result.samples[next(iter(result.precision))], Panel) if result.precision else False
    within = " within firm and session effects" if firms else ""
    note = (
        f"The share of the variance of valence{within} that is not the noise of few texts, among cells with so many texts or "
        "more: about what it would be if cells with fewer were left out."
    )
    columns = tuple(Column(heading, numeric=i > 0) for i, heading in enumerate(headings))
    return Table("Reliability of valence by texts a cell", columns, under_titles(rows), (note,))


def _regressed_moods(result: StudyResult) -> list[Mood]:
    """Each mood of each sample as the first regression measures it that names it."""
    found: dict[tuple[str, str], Mood] = {}
    for measurement in result.measured.values():
        sample = measurement.reported.spec.sample
        # A difference of two moods has no reliability of its own.
        for row in measurement.frame.drop_nulls("reliability").iter_rows(named=True):
            found.setdefault((sample, row["term"]), Mood(sample, row))
    return list(found.values())


def _sample_moods(result: StudyResult) -> list[Mood]:
    """All moods of the first sample that is measured, and of the others valence, where it is not just the first one's."""
    (first, moods), *others = [
        (name, list(frame.iter_rows(named=True))) for name, frame in result.precision.items()
    ] or [("", [])]
    found = [Mood(first, row) for row in moods]
    for name, rows in others:
        valence = [row for row in rows if row["term"].startswith(_VALENCE)]
        found += [Mood(name, row) for row in valence or rows if row not in moods]
    return found


def _precision_layers(
    result: StudyResult, moods: Sequence[Mood], foremost: Sequence[Mood], *, title: str, within: str, rest: str
) -> Layered:
    after, inside = (f" after {within}", " within them") if within else ("", "")
    note = (
        "Texts are distinct: near-copies count once, and all texts of one author in a cell are one. Halves: the correlation of "
        f"two halves of a cell's texts{after}, with its standard error. Reliability: the share of the variance{inside} that is "
        "not the noise of few texts; an estimate may fall below 0."
    )
    columns = tuple(Column(heading, numeric=i > 0, toned=i == 0) for i, heading in enumerate(_RELIABILITY))
    several = len({mood.of for mood in moods}) > 1

    def table(title: str, shown: Sequence[Mood]) -> Table:
        rows = [(_cells_in_words(result, mood, several=several), [_precision_row(mood)]) for mood in shown]
        return Table(title, columns, under_titles(rows), (note,))

    further = [mood for mood in moods if mood not in foremost]
    folded = {rest: table(f"{title}: {lower_first(rest)}", further)} if further else {}
    return Layered(table(title, foremost), folded)


def _cells_in_words(result: StudyResult, mood: Mood, *, several: bool) -> str:
    """Say whose posts make the cells of a mood, and how many there are: what all moods of a sample and window share."""
    sample = (sample_title(result, mood.of) if mood.of in result.samples else words(mood.of)) if several else ""
    parts = [measured(part) for part in mood.term.split(BY)]
    posts = [WINDOWS[part.window].phrase for part in parts if part.window]
    posts += [GROUPS[part.group][1] for part in parts if part.group and part.group in GROUPS]
    where = ", ".join(filter(None, (sample, " ".join(dict.fromkeys(posts)))))
    alone = mood.row["one_text"]
    one = "" if alone is None else f", one text in {100 * alone:.0f}\u00a0% of them"
    text = f"{where}: {signed(mood.row['texts'], 1)} texts a cell{one}".removeprefix(": ")
    return text[:1].upper() + text[1:]


def _precision_row(mood: Mood) -> Row:
    row = mood.row
    cells = (
        term_name(mood.term, with_window=False),
        f"{signed(row['halves'], 2)} ({signed(row['halves_error'], 2)})",
        signed(row["reliability"], 2),
        f"{signed(row['low'], 2)} to {signed(row['high'], 2)}",
    )
    return Row(cells, tone=tone(mood.term))


def corrected_tables(result: StudyResult) -> list[Layered]:
    """Prepare estimates as reported beside corrected ones; where they are many, the foremost, and all of them by exhibit."""
    moods = [Mood(name, row) for name, found in result.measured.items() for row in found.frame.iter_rows(named=True)]
    if not moods:
        return []
    foremost = foremost_moods(moods, set(result.study.headline))
    exhibits = _exhibits(result) if len(foremost) < len(moods) else {}
    folded = {
        title: _corrected_table(result, f"{title}, {_CORRECTED}", [mood for mood in moods if mood.of in names])
        for title, names in exhibits.items()
    }
    return [Layered(_corrected_table(result, f"As reported, and {_CORRECTED}", foremost), folded)]


def foremost_moods(moods: Sequence[Mood], headline: Collection[tuple[str, str]]) -> Sequence[Mood]:
    """All moods, or of many the headline's and valence, as far as a reader takes them in: first what is no product."""
    if len(moods) <= MOST_MOODS:
        return moods
    spoken = [(mood.of, mood.term) in headline for mood in moods]
    places = [i for i, mood in enumerate(moods) if spoken[i] or mood.term.startswith(_VALENCE)] or range(len(moods))
    first = sorted(places, key=lambda i: (not spoken[i], BY in moods[i].term))[:MOST_MOODS]
    return [moods[i] for i in sorted(first)]


def _exhibits(result: StudyResult) -> dict[str, list[str]]:
    """Title -> regressions that were measured, each where it is shown first; those that no exhibit shows come last."""
    left = dict.fromkeys(result.measured)
    groups: dict[str, list[str]] = {}
    for exhibit in result.study.exhibits:
        groups[exhibit.title] = [name for name in exhibit.specs if name in left]
        left = {name: None for name in left if name not in exhibit.specs}
    groups["Other regressions" if any(groups.values()) else "All regressions"] = list(left)
    return {title: names for title, names in groups.items() if names}


def _corrected_table(result: StudyResult, title: str, moods: Sequence[Mood]) -> Table:
    found = {name: one.reported for name, one in result.measured.items()}
    return estimates_table(result, title, moods, found, _ESTIMATES, _corrected_rows, _corrected_notes(result, moods))


def estimates_table(
    result: StudyResult,
    title: str,
    moods: Sequence[Mood],
    reported: Mapping[str, Result],
    columns: Sequence[tuple[str, str, str]],
    rows_of: Callable[[Mood, int], tuple[Row, Row]],
    notes: tuple[str, ...],
) -> Table:
    """Return a table of estimates as reported beside corrected ones, regressions of one label together.

    Parameters
    ----------
    result
        Of which study.
    title, notes
        What stands above the table and below it.
    moods
        A row of `frame` each, with its regression.
    reported
        Regression -> what was reported of it.
    columns
        What spans each column, its heading, and the small print below; the set of values is headed `SET`.
    rows_of
        Gives the lines of a mood with so many decimals.
    """
    scales = {name: unit_name(one.spec.y_scale) or one.spec.y for name, one in reported.items()}
    errors: dict[str, list[float]] = {}
    for mood in moods:
        errors.setdefault(scales[mood.of], []).append(mood.row["naive_error"])
    decimals = {scale: decimals_for(found, digits=2) for scale, found in errors.items()}
    labels = labels_of(result, reported)
    rows = [(labels[mood.of], rows_of(mood, decimals[scales[mood.of]])) for mood in moods]
    return Table(title, _columns(columns, [row.cells for _, pair in rows for row in pair]), under_titles(rows), notes)


def _columns(headings: Sequence[tuple[str, str, str]], cells: Sequence[tuple[str, ...]]) -> tuple[Column, ...]:
    """The columns of corrected estimates; numbers are as wide as the longest, the set is in words."""
    columns = [Column("", numeric=False)]
    for place, (above, heading, below) in enumerate(headings, 1):
        numbers = [row[place].strip("()") for row in cells if not row[place][:1].isalpha()]
        width = 0 if heading == SET else max(map(len, numbers), default=0)
        columns.append(Column(heading, numeric=heading != SET, above=above, below=below, width=width))
    return tuple(columns)


def _corrected_rows(mood: Mood, decimals: int) -> tuple[Row, Row]:
    """Estimates, and under them their standard errors; a set of two pieces takes both lines."""
    row = mood.row
    difference = row["reliability"] is None
    read = difference or row["low"] > 0
    bounded = row["set_pieces"] == 1 and isfinite(row["set_low"]) and isfinite(row["set_high"])
    pairs = [(row[name], row[f"{name}_error"]) for name in ("reported", "naive")]
    if read and bounded and row["estimate"] is not None:
        pairs.append((row["estimate"], row["std_error"]))
    estimates = [signed(value, decimals) for value, _ in pairs]
    errors = [f"({signed(error, decimals)})" for _, error in pairs]
    first, _, second = row["set"].partition(" or ")
    own = signed(row["per_true_sd"], decimals) if read else _at_least(row, decimals)
    seen = (signed(row["per_measured_sd"], decimals), own)
    above = (term_name(mood.term), *estimates, *[TOO_NOISY] * (3 - len(pairs)), first, *seen)
    below = ("", *errors, *[""] * (3 - len(pairs)), f"or {second}" if second else "", "", "")
    return Row(above, "estimate", tone=tone(mood.term)), Row(below, "error")


def _at_least(row: Mapping[str, Any], decimals: int) -> str:
    """Smallest effect of a mood whose reliability may be 0: it is no less than at the upper end of the interval."""
    least = row["per_true_sd_least"]
    return TOO_NOISY if least is None else f"\u2265 {signed(least, decimals)}"


def labels_of(result: StudyResult, reported: Mapping[str, Result]) -> dict[str, str]:
    """Name each regression as the page does, or by its own label, or name where others share it; and units that differ."""
    known = spec_labels(result)
    own = {name: known.get(name) or found.spec.label or words(name) for name, found in reported.items()}
    shared = Counter(own.values())
    units = {name: unit_name(found.spec.y_scale) for name, found in reported.items()}
    several = len(set(units.values())) > 1
    told = {name: f" ({unit})" if several and unit else "" for name, unit in units.items()}
    return {n: f"{label if n in known or shared[label] == 1 else words(n)}{told[n]}" for n, label in own.items()}


def under_titles(rows: Iterable[tuple[str, Sequence[Row]]]) -> tuple[Row, ...]:
    """Put the title of a group above all of its rows, in the order in which the groups come."""
    groups: dict[str, list[Row]] = {}
    for title, members in rows:
        groups.setdefault(title, []).extend(members)
    return tuple(row for title, members in groups.items() for row in (Row((title,), "group"), *members))


def _corrected_notes(result: StudyResult, moods: Sequence[Mood]) -> tuple[str, ...]:
    units = {unit_name(found.reported.spec.y_scale) for found in result.measured.values()}
    unit = f"In {units.pop()}, s" if len(units) == 1 and "" not in units else "S"
    few = any(found.correction.bootstrapped for found in result.measured.values())
    drawn = " Quantiles come from a score bootstrap where clusters are few." if few else ""
    carried = [mood.row["effective_clusters"] for mood in moods if isfinite(mood.row["effective_clusters"] or nan)]
    low, high = (f"{of(carried):.0f}" if carried else "" for of in (min, max))
    between = low if low == high else f"{low} to {high}"
    drawn += f" As many clusters of one size would carry as much: {between}." if carried else ""
    return (
        f"{unit}tandard errors in parentheses. Corrected: the coefficient of the mood that a cell's posts are a sample of, on "
        f"cells with two texts or more. {SET}: what the test of Anderson and Rubin keeps, however imprecise the moods "
        f"are; \u201c{CANNOT_TELL}\u201d says that this archive cannot tell.{drawn} A corrected estimate is printed where these "
        "values are one interval with two ends and the interval of the reliability does not reach 0. Elsewhere it is a ratio of "
        f"two numbers near zero, {TOO_NOISY} to mean anything; measurement.csv holds it.",
        "Smallest effect seen: what 80 of 100 such samples would show at 5\u00a0%, per standard deviation of the measured mood, "
        "and of the mood itself that posts are a sample of; \u2265: at the upper end of a reliability that may be 0.",
    )

"""All headline numbers of a folder of pages in one table, made from the files beside each page: to sort, to print, to read in."""

from __future__ import annotations

import csv
import io
import math
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Final

from emtract.report.manifests import MANIFEST, archive_words, read_json, study_manifest
from emtract.report.tables.table import Column, Row, Table
from emtract.words.names import words
from emtract.words.numbers import decimals_for, p_text, signed, unit_short

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from emtract.report.manifests import Headline, StudyManifest

RESULTS_CSV: Final = "results.csv"
RESULTS_TEX: Final = "results.tex"
#: Unit of an estimate -> basis points in one.
_BASIS_POINTS: Final = {"basis points": 1.0, "per cent": 100.0, "percentage points": 100.0}
#: Keeps what belongs together on one line.
_GAP: Final = "\u00a0"
_HEADINGS: Final = ("Number", "Estimate", "p", "bp per SD", "Corrected", "Reliability", "N", "Clusters")
NOTES: Final = (
    "Estimate: as the study reports it, with its standard error in parentheses; bp: basis points, pp: percentage points. bp per "
    "SD: basis points for one standard deviation of the regressor; blank where the number is no slope of a return or a "
    "logarithm. Corrected: for the few texts behind a mood, or the values that are not rejected where there is no reliable "
    "point. Reliability: the share of the mood's variance within effects that is not the noise of few texts. b: p from a wild "
    "cluster bootstrap; in brackets, clusters of one size that would carry as much (of a difference, the fewer of its two)."
)


@dataclass(frozen=True, kw_only=True)
class ResultRow:
    """One headline number of one study on one archive; None for what its files do not tell.

    Attributes
    ----------
    archive, firms, first_session, last_session
        Folder of a collection, '' for the folder itself, and what its main sample is.
    page
        Address of the page from the folder of the index.
    study, role, spec, term, label, words, unit
        Which number it is: `role` is primary or headline, `label` the label of its spec.
    estimate, std_error, conf_low, conf_high, p_value, n_obs
        As the study reports it.
    bp_per_sd
        The estimate in basis points for a standard deviation of the regressor.
    corrected, corrected_error, corrected_set
        Corrected for the few texts behind a mood: point and standard error, and the set in words.
    reliability, reliability_low, reliability_high
        Of the mood, within effects.
    clusters, effective_clusters, bootstrapped
        How many of each dimension in words, how many of one size would carry as much, and whether p is bootstrapped.
    """

    archive: str
    firms: int | None
    first_session: str | None
    last_session: str | None
    page: str
    study: str
    role: str
    spec: str
    term: str
    label: str
    words: str
    unit: str
    estimate: float | None
    std_error: float | None
    conf_low: float | None
    conf_high: float | None
    p_value: float | None
    n_obs: int | None
    bp_per_sd: float | None
    corrected: float | None
    corrected_error: float | None
    corrected_set: str
    reliability: float | None
    reliability_low: float | None
    reliability_high: float | None
    clusters: str
    effective_clusters: float | None
    bootstrapped: bool

    @property
    def where(self) -> str:
        """The archive in words: its folder, its firms, its years."""
        return archive_words(self.archive, self)

    @property
    def texts(self) -> tuple[str, ...]:
        """The cells of the table."""
        p = "" if self.p_value is None else f"{p_text(self.p_value)}{f'{_GAP}b' if self.bootstrapped else ''}"
        carried = "" if self.effective_clusters is None else f" [{self.effective_clusters:.0f}]"
        unit = f"{_GAP}{unit_short(self.unit)}" if self.unit else ""
        return (
            self.words,
            f"{_beside(self.estimate, self.std_error)}{unit}" if self.estimate is not None else "",
            p,
            _number(self.bp_per_sd, self.bp_per_sd),
            _beside(self.corrected, self.corrected_error) or self.corrected_set,
            "" if self.reliability is None else signed(self.reliability, 2),
            "" if self.n_obs is None else f"{self.n_obs:,}",
            f"{self.clusters}{carried}",
        )

    @property
    def keys(self) -> tuple[str | float | None, ...]:
        """What each column is sorted by."""
        return (
            f"{self.study} {self.archive} {self.words}", self.estimate, self.p_value, self.bp_per_sd, self.corrected,
            self.reliability, self.n_obs, self.effective_clusters,
        )  # fmt: skip


def collect_results(folder: Path) -> list[ResultRow]:
    """Return the headline numbers of every study of a folder, then of each collection beneath it.

    A page that tells nothing of its specs, as one of an earlier version, or whose files are broken, has no row.
    """
    homes = [folder, *sorted(p.parent for p in folder.glob("[!.]*/index.html") if not (p.parent / MANIFEST).exists())]
    return [
        row
        for home in homes
        for path in sorted(home.glob("[!.]*/manifest.json"))
        for row in _study_rows(path.parent, "" if home == folder else home.name)
    ]


def results_csv(rows: Iterable[ResultRow]) -> str:
    """Return the rows as CSV, one column a field; empty for what is not known."""
    text = io.StringIO()
    names = [field.name for field in fields(ResultRow)]
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(names)
    writer.writerows(["" if (v := getattr(row, name)) is None else v for name in names] for row in rows)
    return text.getvalue()


def results_table(rows: Sequence[ResultRow]) -> Table:
    """Return the rows as a table for a paper, under the title of their study and archive."""
    groups: dict[str, list[Row]] = {}
    for row in rows:
        cells = (f"{row.words} ({row.label})", *row.texts[1:])
        groups.setdefault(f"{words(row.study)}: {row.where}", []).append(Row(cells))
    lines = [line for title, members in groups.items() for line in (Row((title,), "group"), *members)]
    columns = tuple(Column(heading, numeric=i > 0) for i, heading in enumerate(_HEADINGS))
    return Table("Headline estimates", columns, tuple(lines), (NOTES,))


def headings() -> tuple[str, ...]:
    """Headings of the table, one a column of `ResultRow.texts`."""
    return _HEADINGS


def _study_rows(page: Path, archive: str) -> Iterable[ResultRow]:
    told = study_manifest(read_json(page / MANIFEST))
    if told is None or told.failed:
        return
    estimates = _by_number(page / "estimates.csv")
    measured = _by_number(page / "measurement.csv")
    for number in told.headline:
        if len(number.key) == 2 and tuple(number.key) in estimates:
            spec, term = number.key
            yield _row(told, number, page, archive, estimates[spec, term], _measured(measured, spec, term))


def _row(
    told: StudyManifest,
    number: Headline,
    page: Path,
    archive: str,
    found: Mapping[str, str],
    measured: Mapping[str, str],
) -> ResultRow:
    estimate, sd = _float(found, "estimate"), _float(found, "sd")
    factor = _BASIS_POINTS.get(number.unit) if number.slope else None
    step = 1.0 if number.standardised else sd
    known = estimate is not None and factor is not None and step is not None
    low, high = _float(measured, "low"), _float(measured, "high")
    ends = (_float(measured, "set_low"), _float(measured, "set_high"))
    # As on the page: a point is printed where reliability is above 0 and the set is one interval with two ends.
    reliable = low is not None and low > 0 and measured.get("set_pieces") == "1" and None not in ends
    n_obs = _float(found, "n_obs")
    return ResultRow(
        archive=archive,
        firms=told.firms,
        first_session=told.first_session,
        last_session=told.last_session,
        page="/".join(filter(None, (archive, page.name, "index.html"))),
        study=told.name,
        role=number.role,
        spec=number.key[0],
        term=number.key[1],
        label=number.spec,
        words=number.term.rstrip(", "),
        unit=number.unit,
        estimate=estimate,
        std_error=_float(found, "std_error"),
        conf_low=_float(found, "conf_low"),
        conf_high=_float(found, "conf_high"),
        p_value=_float(found, "p_value"),
        n_obs=None if n_obs is None else int(n_obs),
        bp_per_sd=estimate * factor * step if known else None,  # type: ignore[operator]
        corrected=_float(measured, "estimate") if reliable else None,
        corrected_error=_float(measured, "std_error") if reliable else None,
        corrected_set=measured.get("set", ""),
        reliability=_float(measured, "reliability"),
        reliability_low=low,
        reliability_high=high,
        clusters=number.clusters,
        effective_clusters=number.effective_clusters,
        bootstrapped=number.bootstrapped,
    )


def _by_number(path: Path) -> dict[tuple[str, str], dict[str, str]]:
    """(spec, term) -> its line of a CSV file; none where it cannot be read."""
    try:
        lines = list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"))))
    except (OSError, ValueError, csv.Error):
        return {}
    return {(line.get("spec") or "", line.get("term") or ""): line for line in reversed(lines)}


def _measured(lines: Mapping[tuple[str, str], dict[str, str]], spec: str, term: str) -> dict[str, str]:
    """The line of a number; the line of a horizon, `happy_pre_open, 5 sessions`, is under the spec's name with the horizon."""
    regressor, _, horizon = term.partition(", ")
    return lines.get((spec, term)) or lines.get((f"{spec}, {horizon}", regressor)) or {}


def _float(line: Mapping[str, Any], column: str) -> float | None:
    try:
        value = float(line.get(column) or "nan")
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _beside(value: float | None, error: float | None) -> str:
    """A number with its standard error in parentheses."""
    if value is None:
        return ""
    return _number(value, error) if error is None else f"{_number(value, error)}{_GAP}({_number(error, error)})"


def _number(value: float | None, error: float | None) -> str:
    return "" if value is None else signed(value, decimals_for([error or value], digits=2))

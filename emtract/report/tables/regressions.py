"""Regression tables: one prepared structure that the page renders as HTML and `emtract.report.tables.latex` as LaTeX."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

from emtract.econometrics.regression.prose import covariance_name, table_notes
from emtract.report.figures.palette import tone
from emtract.words.columns import WINDOW_NAMES
from emtract.words.names import effect_name, level_name, term_name, windows_of, words
from emtract.words.numbers import decimals_for, p_text, signed, stars

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from emtract.econometrics.regression.result import Result
    from emtract.study import Exhibit, StudyResult

#: Notes of a result that `emtract.econometrics.regression.prose` says in its own words.
_SAID: Final = ("Standard errors", "Finite-sample", "No finite-sample")


@dataclass(frozen=True)
class Column:
    """One spec of a table: its number, label, dependent variable, window, and the digits before its stars."""

    number: str
    label: str
    dependent: str
    window: str
    width: int = 0


@dataclass(frozen=True)
class Row:
    """One printed line.

    Attributes
    ----------
    kind
        `estimate`, `error` (standard errors, under their estimates) or `fact` (below the rule).
    label
        First cell; empty for standard errors.
    cells
        One text a column; empty where the spec lacks the term.
    hints
        What the page shows on hover, one a column; empty for LaTeX.
    tone
        Colour of the term; empty for facts.
    """

    kind: Literal["estimate", "error", "fact"]
    label: str
    cells: tuple[str, ...]
    hints: tuple[str, ...] = ()
    tone: str = ""


@dataclass(frozen=True)
class RegressionTable:
    """Specs side by side, ready to print; every cell is already text."""

    title: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    notes: tuple[str, ...]

    @property
    def spanners(self) -> tuple[tuple[str, int], ...]:
        """Dependent variables and how many neighbouring columns each spans."""
        spans: list[tuple[str, int]] = []
        for column in self.columns:
            if spans and spans[-1][0] == column.dependent:
                spans[-1] = (column.dependent, spans[-1][1] + 1)
            else:
                spans.append((column.dependent, 1))
        return tuple(spans)


def exhibit_tables(result: StudyResult) -> list[RegressionTable]:
    """Prepare every exhibit of which at least one spec was estimated."""
    estimated = [e for e in result.study.exhibits if not result.results.keys().isdisjoint(e.specs)]
    return [regression_table(result, exhibit) for exhibit in estimated]


def not_estimated(result: StudyResult, names: Iterable[str] | None = None) -> tuple[str, ...]:
    """Return a sentence for each spec that was not estimated, with the reason; all of them where none is named.

    What shares a reason shares a sentence.
    """
    reasons: dict[str, list[str]] = {}
    for name in result.skipped if names is None else names:
        label = result.study.specs[name].label or words(name)
        reason = result.skipped.get(name, "it was not asked for").removeprefix("could not be estimated: ")
        reasons.setdefault(reason, []).append(label)
    return tuple(f"Not estimated: {', '.join(dict.fromkeys(labels))} ({why})." for why, labels in reasons.items())


def regression_table(result: StudyResult, exhibit: Exhibit) -> RegressionTable:
    """Prepare one exhibit of a study: stars at 1, 5 and 10 per cent, standard errors below, facts at the foot.

    Specs that could not be estimated have no column; the notes name each with the reason.
    """
    names = [name for name in exhibit.specs if name in result.results]
    results = [result.results[name] for name in names]
    mixed = any(len(windows_of(r.spec.regressors)) > 1 for r in results)
    rows = _coefficient_rows(results, with_window=mixed)
    columns = tuple(
        _column(i, name, r, width=max(len(row.cells[i].rstrip("*").strip("()")) for row in rows))
        for i, (name, r) in enumerate(zip(names, results, strict=True))
    )
    notes = table_notes([r.spec for r in results], note=exhibit.note, further=tuple(_result_notes(results)))
    missing = not_estimated(result, [name for name in exhibit.specs if name not in result.results])
    notes = (*notes, *missing)
    return RegressionTable(exhibit.title, columns, (*rows, *_facts(results, columns)), notes)


def _column(index: int, name: str, result: Result, *, width: int) -> Column:
    spec = result.spec
    windows = " and ".join(WINDOW_NAMES[w] for w in windows_of(spec.x))
    return Column(f"({index + 1})", spec.label or words(name), term_name(spec.y), windows, width)


def _result_notes(results: Sequence[Result]) -> list[str]:
    """Warnings and rules that the estimator adds, each once: few clusters, the bootstrap as it was drawn."""
    notes = dict.fromkeys(note for r in results for note in r.notes)
    return [note for note in notes if not note.startswith(_SAID) and " winsorised at " not in note]


def _coefficient_rows(results: Sequence[Result], *, with_window: bool) -> list[Row]:
    frames = [{row["term"]: row for row in r.tidy().iter_rows(named=True)} for r in results]
    by_label = [{term_name(t, with_window=with_window): row for t, row in frame.items()} for frame in frames]
    scaled = any(r.spec.y_scale == 10_000 for r in results)
    errors = [row["std_error"] for frame in frames for row in frame.values()]
    decimals = decimals_for(errors, least=2, digits=1 if scaled else 3)
    rows = []
    for label, term in _order(results, with_window=with_window).items():
        found = [cells.get(label) for cells in by_label]
        estimates = tuple(f"{signed(c['estimate'], decimals)}{stars(c['p_value'])}" if c else "" for c in found)
        hints = tuple(_hint(c, decimals) if c else "" for c in found)
        rows.append(Row("estimate", label, estimates, hints, tone(term)))
        rows.append(Row("error", "", tuple(f"({signed(c['std_error'], decimals)})" if c else "" for c in found)))
    return rows


def _order(results: Sequence[Result], *, with_window: bool) -> dict[str, str]:
    """Label -> term: regressors of interest of every spec first, then controls."""
    terms = [*(t for r in results for t in r.spec.x), *(t for r in results for t in r.spec.controls)]
    order: dict[str, str] = {}
    for term in terms:
        order.setdefault(term_name(term, with_window=with_window), term)
    return order


def _hint(cell: dict[str, Any], decimals: int) -> str:
    low, high = signed(cell["conf_low"], decimals), signed(cell["conf_high"], decimals)
    p = p_text(cell["p_value"])
    return f"95\u00a0% interval {low} to {high}; t = {signed(cell['statistic'], 2)}; p {p if p[0] == '<' else '= ' + p}"


def _facts(results: Sequence[Result], columns: Sequence[Column]) -> list[Row]:
    effects = list(dict.fromkeys(e for r in results for e in r.spec.effects))
    rows = []
    if any(c.window for c in columns):
        rows.append(Row("fact", "Window of the posts", tuple(c.window for c in columns)))
    rows += [
        _fact(f"{effect_name(e)} fixed effects", ["Yes" if e in r.spec.effects else "No" for r in results])
        for e in effects
    ]
    rows.append(_fact("Clusters", [covariance_name(r.spec, lags=r.lags) for r in results]))
    rows.append(_fact("Observations", [f"{r.n_obs:,}" for r in results]))
    counted = dict.fromkeys(name for r in results for name in r.n_levels)
    rows += [_levels(name, results) for name in counted]
    rows.append(_fact("Within R\u00b2", [signed(r.r2_within, 4) for r in results]))
    return [row for row in rows if any(row.cells)]


def _fact(label: str, cells: Sequence[str]) -> Row:
    return Row("fact", label, tuple(cells))


def _levels(effect: str, results: Sequence[Result]) -> Row:
    return _fact(level_name(effect), [f"{r.n_levels[effect]:,}" if effect in r.n_levels else "" for r in results])

"""Tables of regressions: specs side by side, and what was not estimated."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from emtract.econometrics.regression.prose import covariance_name, said_once, table_notes
from emtract.report.figures.palette import tone
from emtract.report.tables.table import Column, Row, Table
from emtract.words.columns import WINDOW_NAMES
from emtract.words.names import effect_name, level_name, term_name, windows_of, words
from emtract.words.numbers import coefficient_decimals, p_text, signed, stars

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from emtract.econometrics.regression.result import Result
    from emtract.study import Exhibit, StudyResult

#: Follows the label of the primary specification.
PRIMARY: Final = " (primary)"
#: Notes of a result that `emtract.econometrics.regression.prose` says in its own words.
_SAID: Final = ("Standard errors", "Finite-sample", "No finite-sample")


def exhibit_tables(result: StudyResult) -> list[Table]:
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


def regression_table(result: StudyResult, exhibit: Exhibit) -> Table:
    """Prepare one exhibit of a study: stars at 1, 5 and 10 per cent, standard errors below, facts at the foot.

    Specs that could not be estimated have no column; the notes name each with the reason.
    """
    names = [name for name in exhibit.specs if name in result.results]
    results = [result.results[name] for name in names]
    mixed = any(len(windows_of(r.spec.regressors)) > 1 for r in results)
    rows = _coefficient_rows(results, with_window=mixed)
    columns = tuple(
        Column(
            f"({i})",
            above=term_name(r.spec.y),
            below=f"{r.spec.label or words(name)}{PRIMARY if name == result.study.primary[0] else ''}",
            width=max(len(row.cells[i].rstrip("*").strip("()")) for row in rows),
        )
        for i, (name, r) in enumerate(zip(names, results, strict=True), 1)
    )
    notes = table_notes([r.spec for r in results], note=exhibit.note, further=tuple(_result_notes(results)))
    missing = not_estimated(result, [name for name in exhibit.specs if name not in result.results])
    stub = Column("", numeric=False)
    return Table(exhibit.title, (stub, *columns), (*rows, *_facts(results)), (*notes, *missing))


def _result_notes(results: Sequence[Result]) -> list[str]:
    """Warnings and rules that the estimator adds, each once: few clusters, the bootstrap as it was drawn."""
    notes = dict.fromkeys(note for r in results for note in r.notes)
    return said_once([note for note in notes if not note.startswith(_SAID) and " winsorised at " not in note])


def _coefficient_rows(results: Sequence[Result], *, with_window: bool) -> list[Row]:
    frames = [{row["term"]: row for row in r.tidy().iter_rows(named=True)} for r in results]
    by_label = [{term_name(t, with_window=with_window): row for t, row in frame.items()} for frame in frames]
    scaled = any(r.spec.y_scale == 10_000 for r in results)
    errors = [row["std_error"] for frame in frames for row in frame.values()]
    decimals = coefficient_decimals(errors, basis_points=scaled)
    rows = []
    for label, term in _order(results, with_window=with_window).items():
        found = [cells.get(label) for cells in by_label]
        estimates = (_starred(c, r, decimals) if c else "" for c, r in zip(found, results, strict=True))
        errors_below = (f"({signed(c['std_error'], decimals)})" if c else "" for c in found)
        hints = (_hint(c, decimals) if c else "" for c in found)
        rows.append(Row((label, *estimates), "estimate", hints=("", *hints), tone=tone(term)))
        rows.append(Row(("", *errors_below), "error"))
    return rows


def _starred(cell: Mapping[str, Any], result: Result, decimals: int) -> str:
    """An estimate with its stars; without any where too few clusters carry it for a test."""
    shown = "" if cell["term"] in result.untested else stars(cell["p_value"])
    return f"{signed(cell['estimate'], decimals)}{shown}"


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


def _facts(results: Sequence[Result]) -> list[Row]:
    """Return the foot: window, effects, clusters, observations, levels and fit, as far as any spec has them."""
    effects = dict.fromkeys(e for r in results for e in r.spec.effects)
    counted = dict.fromkeys(name for r in results for name in r.n_levels)
    facts = [
        ("Window of the posts", [" and ".join(WINDOW_NAMES[w] for w in windows_of(r.spec.x)) for r in results]),
        *(
            (f"{effect_name(e)} fixed effects", ["Yes" if e in r.spec.effects else "No" for r in results])
            for e in effects
        ),
        ("Clusters", [covariance_name(r.spec, lags=r.lags) for r in results]),
        ("Observations", [f"{r.n_obs:,}" for r in results]),
        *((level_name(n), [f"{r.n_levels[n]:,}" if n in r.n_levels else "" for r in results]) for n in counted),
        ("Within R\u00b2", [signed(r.r2_within, 4) for r in results]),
    ]
    return [Row((label, *cells), "fact") for label, cells in facts if any(cells)]

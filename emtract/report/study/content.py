"""What the page of a study says: every figure, table and sentence, ready for the template."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from emtract.econometrics.regression import prose
from emtract.panel.frame import Panel
from emtract.report.figures.coefficients import coefficient_plot
from emtract.report.figures.draw import plot_parts
from emtract.report.figures.overtime import emotions_over_time
from emtract.report.study.data import describe_sample, ledger_blocks, sample_title, spec_labels
from emtract.report.study.findings import finding_sections
from emtract.report.study.inference import inference_section
from emtract.report.study.lead import lead
from emtract.report.study.measurement import measurement_section
from emtract.report.tables.regressions import exhibit_tables
from emtract.report.tables.table import beside_truth, frame_table
from emtract.words.names import common_start, effect_name, listed, lower_first, term_name, words
from emtract.words.numbers import MINUS, coefficient_decimals, unit_name

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import plotly.graph_objects as go

    from emtract.econometrics.regression.result import Result
    from emtract.provenance import Provenance
    from emtract.report.tables.table import Table
    from emtract.study import StudyResult

#: More findings than this are one entry of the page's contents.
_NAMED: Final = 2
#: Lines of a coefficient plot, and buttons above it, that a reader still takes in.
_LONG: Final = 12
_MOST_GROUPS: Final = 24


def spec_groups(result: StudyResult) -> dict[str, tuple[str, ...]]:
    """Group specs by the first word of their names, in the order of the study; one group when no word repeats.

    A group is called by the label that its specs share, else by that first word.
    """
    names = list(result.results)
    firsts = list(dict.fromkeys(name.split("_")[0] for name in names))
    if len(firsts) in {1, len(names)}:
        return {"All specs": tuple(names)}
    groups = {first: tuple(n for n in names if n.split("_")[0] == first) for first in firsts}
    return {
        _group_name(groups[first], {result.results[n].spec.label for n in group}): group
        for first, group in groups.items()
    }


def _shown_groups(result: StudyResult) -> dict[str, tuple[str, ...]]:
    """Groups of the coefficient plot: by the first word of the names, or by label where that would be too long a list."""
    groups = spec_groups(result)
    terms = {name: len(r.spec.x) for name, r in result.results.items()}
    by_label: dict[str, tuple[str, ...]] = {}
    for name, r in result.results.items():
        label = r.spec.label or words(name)
        by_label[label] = (*by_label.get(label, ()), name)
    long = max(sum(terms[n] for n in names) for names in groups.values()) > _LONG
    return by_label if long and len(groups) < len(by_label) <= _MOST_GROUPS else groups


def _group_name(names: Sequence[str], labels: set[str]) -> str:
    """Return the label that a group shares, else the words that all its names begin with."""
    if len(labels) == 1 and "" not in labels:
        return labels.copy().pop()
    return words("_".join(common_start([name.split("_") for name in names])))


def study_context(
    result: StudyResult, provenance: Provenance, *, notice: str | None, truth: pl.DataFrame | None, latex: str
) -> dict[str, Any]:
    """Return all that the template prints, already in words and tables.

    Parameters
    ----------
    result
        The estimated study.
    provenance
        Printed at the foot; its scorer and revision stand among the facts.
    notice
        First line of the page; None for none.
    truth
        Known values of a simulation, as in `emtract.report.study.page.write_study`; None for none.
    latex
        LaTeX of all tables, for the reader to copy.
    """
    labels = spec_labels(result)
    figures_of = {"coefficients": _coefficients(result, truth)} if result.results else {}
    if isinstance(result.main, Panel):
        figures_of["emotions"] = emotions_over_time(result.main.data)
    sections = finding_sections(result)
    first = next(iter(name for name in result.study.specs if name not in result.skipped))
    context = {
        "study": result.study,
        "answers": [text.replace(" %", "\u00a0%") for text in result.answers()],
        "notice": notice,
        "stars": prose.STARS,
        "lead": lead(result, sections),
        "plots": {name: plot_parts(name, figure) for name, figure in figures_of.items()},
        "tables": exhibit_tables(result),
        "findings": sections,
        "findings_first": first in result.findings,
        "published": [
            (p.quantity[:1].upper() + p.quantity[1:], re.sub(r"(?<!\w)-(?=\d)", MINUS, p.value), p.source)
            for p in result.study.published
        ],
        "skipped": _skipped(result),
        "measurement": measurement_section(result),
        "inference": inference_section(result),
        "truth": _truth(result, truth, labels),
        "expectations": _expectations(result, labels),
        "descriptives": [
            frame_table(describe_sample(result, name), title=sample_title(result, name), decimals="row")
            for name in result.samples
        ],
        "ledger": ledger_blocks(result.attrition(), specs=labels, main=_unit_title(result)),
        **_specs(result, labels),
        "derived": [transform.describe() for transform in result.study.derive],
        "provenance": provenance,
        "settings": [(sample_title(result, name), s.settings) for name, s in result.samples.items() if s.settings],
        "latex": latex,
    }
    return context | {"contents": _contents(context)}


def _contents(context: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Addresses and names of the sections that the page has; many findings share one entry."""
    apart = "coefficients" in context["plots"] and context["lead"].plot != "coefficients"
    regressions = [("estimates", "Coefficients")] if apart else []
    regressions += [("tables", "Tables")] if context["tables"] else []
    sections = context["findings"]
    found = [(s.anchor, s.label) for s in sections]
    if len(found) > _NAMED:
        found = [(sections[0].anchor, f"{len(found)} analyses")]
    results = [*found, *regressions] if context["findings_first"] else [*regressions, *found]
    further = [
        ("measurement", "Precision", context["measurement"]),
        ("influence", "Influence", context["inference"].table or context["inference"].unexamined),
        ("skipped", "Not estimated", context["skipped"]),
        ("truth", "Truth", context["truth"]),
        ("expectations", "Expectations", True),
        ("limits", "Limits", context["study"].limits),
        ("time", "Over time", "emotions" in context["plots"]),
        ("descriptives", "Descriptives", True),
        ("sample", "Sample", True),
        ("specs", "Design", True),
        ("provenance", "Provenance", True),
    ]
    return [*results, *((address, text) for address, text, there in further if there)]


def _skipped(result: StudyResult) -> list[tuple[str, str]]:
    """Names of what was not estimated beside the reason, each reason once."""
    named: dict[str, list[str]] = {}
    for name, reason in result.skipped.items():
        named.setdefault(reason, []).append(result.study.label(name))
    return [(" \u00b7 ".join(dict.fromkeys(names)), reason) for reason, names in named.items()]


def _unit_title(result: StudyResult) -> str:
    return "Panel" if isinstance(result.main, Panel) else f"{result.main.unit[:1].upper()}{result.main.unit[1:]}"


def _expectations(result: StudyResult, labels: Mapping[str, str]) -> Table:
    """Expectations beside outcomes, terms of findings in the words of their quantities."""
    frame = result.expectations().select(pl.exclude("source"), "source")
    told = []
    for spec, term in frame.select("spec", "term").iter_rows():
        finding = result.findings.get(spec)
        quantity = finding.quantities.get(term) if finding else None
        told.append(quantity.words[:1].upper() + quantity.words[1:] if quantity else term)
    named = frame.with_columns(term=pl.Series("term", told, pl.String))
    return frame_table(named, title="Expectations and outcomes", specs=labels, decimals="row")


def _specs(result: StudyResult, labels: Mapping[str, str]) -> dict[str, Any]:
    shared = prose.shared_sentences([r.design for r in result.results.values()])
    said = {name: " ".join(s for s in r.design if s not in shared) for name, r in result.results.items()}
    return {"shared": " ".join(shared), "specs": [(name, labels[name], text) for name, text in said.items()]}


def _coefficients(result: StudyResult, truth: pl.DataFrame | None) -> go.Figure:
    """Draw the regressors of interest; controls stand in the tables only."""
    interest = pl.DataFrame(
        [(n, t) for n, r in result.results.items() for t in r.spec.x], schema=["spec", "term"], orient="row"
    )
    clusters = pl.DataFrame([(n, _clusters(r.spec.clusters, r.n_levels)) for n, r in result.results.items()],
                            schema=["spec", "clusters"], orient="row")  # fmt: skip
    tidy = result.tidy().join(interest, on=["spec", "term"], how="semi", maintain_order="left")
    doubtful = [f"{name} {term}" for name, r in result.results.items() for term in r.untested]
    unknown = pl.concat_str("spec", "term", separator=" ").is_in(doubtful)
    tidy = tidy.with_columns(p_value=pl.when(unknown).then(None).otherwise("p_value"))
    groups = _shown_groups(result)
    # The first view is the one with the primary number.
    groups = dict(sorted(groups.items(), key=lambda told: result.study.primary[0] not in told[1]))
    return coefficient_plot(
        tidy.join(clusters, on="spec", how="left", maintain_order="left"),
        groups=groups,
        truth=truth,
        unit={group: _axis_title([result.results[n] for n in names]) for group, names in groups.items()},
        decimals={group: _decimals([result.results[n] for n in names]) for group, names in groups.items()},
    )


def _decimals(results: Sequence[Result]) -> int:
    errors = [error for r in results for error in r.tidy()["std_error"]]
    return coefficient_decimals(errors, basis_points=any(r.spec.y_scale == 10_000 for r in results))


def _axis_title(results: Sequence[Result]) -> str:
    """Name what the estimates of a group are measured in: its outcome, its unit, and per what of the regressor."""
    outcomes = list(dict.fromkeys(term_name(r.spec.y) for r in results))
    units = list(dict.fromkeys(unit_name(r.spec.y_scale) for r in results))
    unit = listed([u for u in units if u])
    scaled = any(r.spec.standardise for r in results)
    what = outcomes[0] if len(outcomes) == 1 else ""
    title = ", ".join(part for part in (what, unit) if part) or "dependent variable"
    return title + (" per standard deviation" if scaled else "")


def _clusters(clusters: tuple[str, ...], levels: Mapping[str, int]) -> str:
    named = {c: lower_first(effect_name(c)) for c in clusters}
    return listed([f"{name} ({levels[c]:,})" if c in levels else name for c, name in named.items()])


def _truth(result: StudyResult, truth: pl.DataFrame | None, labels: Mapping[str, str]) -> dict[str, Any] | None:
    if truth is None:
        return None
    beside = beside_truth(result, truth)
    return {
        "table": frame_table(beside, title="Estimates beside the truth", specs=labels),
        "covered": int(beside["covered"].sum()),
        "known": beside.height,
    }

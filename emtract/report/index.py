"""The manifest of a page, and the index that lists every page of a folder by its manifest."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, is_dataclass
from typing import TYPE_CHECKING, Any, Final

import msgspec

from emtract.atomic import clear_all_litter, write_if_changed
from emtract.report.figures.canvas import significant
from emtract.report.figures.palette import tone
from emtract.report.files import render
from emtract.report.manifests import model_manifest, read_json, study_manifest
from emtract.report.results import (
    NOTES,
    RESULTS_CSV,
    RESULTS_TEX,
    collect_results,
    headings,
    results_csv,
    results_table,
)
from emtract.report.study.data import extent
from emtract.report.summary import summarise
from emtract.report.tables.export import table_to_latex
from emtract.words.columns import BY
from emtract.words.names import level_name, lower_first
from emtract.words.numbers import decimals_for, signed, unit_name

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from emtract.provenance import Provenance
    from emtract.study import StudyResult

#: Name of the page to explore a panel, where it stands beside an index.
EXPLORE: Final = "explore.html"
#: Raised when the keys of manifest.json change.
MANIFEST_FORMAT: Final = 5
#: Significant digits of a number in a manifest: more than any page prints, so that none is rounded twice.
_DIGITS: Final = 12
_WIDTH: Final = 270
#: Words beyond this many letters give way to the heading of their section, where only they stand.
_LONGEST: Final = 100


def write_index(folder: Path) -> Path:
    """Write `folder/index.html`: a summary of all findings by question, and every model page, of the folder by its manifest.

    A table of all headline numbers stands below the summary, and beside the page as `results.csv` and `results.tex`. The index
    links to the page to explore the panel where it lies there too. Folders beneath that have an index of their own are
    collections: named, with the number of their studies.
    """
    clear_all_litter(folder)
    found = {path.parent.name: read_json(path) for path in sorted(folder.glob("[!.]*/manifest.json"))}
    models = [
        {"folder": name, **msgspec.structs.asdict(model)}
        for name, told in found.items()
        if (model := model_manifest(told)) is not None
    ]
    target = folder / "index.html"
    results = collect_results(folder)
    if results:
        write_if_changed(folder / RESULTS_CSV, results_csv(results))
        write_if_changed(folder / RESULTS_TEX, table_to_latex(results_table(results), label="tab:results"))
    questions = [
        (question, [(answer, next(iter(forest([answer.primary])), None)) for answer in question.answers])
        for question in summarise(folder, results)
    ]
    told = {"questions": questions, "models": models, "collections": _collections(folder)}
    told["explore"] = EXPLORE if (folder / EXPLORE).is_file() else None
    html = render("index.html.j2", **told, results=results, headings=headings(), notes=NOTES)
    write_if_changed(target, html)
    return target


def _collections(folder: Path) -> list[tuple[str, int]]:
    homes = [path.parent for path in sorted(folder.glob("[!.]*/index.html")) if not _is_page(path.parent)]
    pages = [(home, sorted(home.glob("[!.]*/manifest.json"))) for home in homes]
    return [(home.name, sum(study_manifest(read_json(p)) is not None for p in found)) for home, found in pages]


def _is_page(folder: Path) -> bool:
    return (folder / "manifest.json").exists()


def manifest(result: StudyResult, provenance: Provenance, *, notice: str | None) -> dict[str, Any]:
    """Return all that a machine needs to know of a page: question, answer, specs, samples, headline and provenance.

    Parameters
    ----------
    result
        The estimated study.
    provenance
        Versions, instrument, inputs and queries.
    notice
        First line of the page; None for none.

    Returns
    -------
    dict
        Plain JSON types; its `format` is raised when keys change.
    """
    study, found = result.study, extent(result.main)
    told = {
        "format": MANIFEST_FORMAT,
        "name": study.name,
        "question": study.question,
        "answer": result.answer(),
        "finding": result.answers()[0],
        "further": result.further(),
        "notice": notice,
        "design": study.design,
        "papers": study.papers,
        "published": [asdict(p) for p in study.published],
        "limits": study.limits,
        "primary": study.primary,
        "specs": {name: asdict(r.spec) for name, r in result.results.items()},
        "analyses": {
            name: {"fields": _fields(a), "words": result.designs[name]} for name, a in result.analyses.items()
        },
        "derived": [transform.describe() for transform in study.derive],
        "skipped": dict(result.skipped),
        "n_obs": {name: found.n_obs for name, found in result.outcomes.items()},
        "unit": found.unit,
        "rows": found.rows,
        "firms": found.firms,
        "sessions": found.sessions,
        "first_session": found.first,
        "last_session": found.last,
        "headline": [_headline(result, spec, term) for spec, term in study.headline if spec not in result.skipped],
        "provenance": provenance.as_dict(),
        "panel_settings": dict(result.main.settings),
        "samples": {
            name: {"unit": sample.unit, "rows": sample.data.height, "settings": dict(sample.settings)}
            for name, sample in result.samples.items()
        },
    }
    plain: dict[str, Any] = json.loads(json.dumps(told, default=str))
    return plain


def failure_manifest(failure: Failure, provenance: Provenance) -> dict[str, Any]:
    """What a machine needs to know of a study that failed; it is tried again for as long as this stands."""
    told = {"format": MANIFEST_FORMAT, "name": failure.name, "question": failure.question, "notice": failure.notice}
    return {**told, "failed": failure.reason, "provenance": provenance.as_dict()}


def _fields(analysis: Any) -> dict[str, Any]:
    """Every choice of an analysis; nested requests become mappings, anything else that JSON lacks its text."""
    return {"kind": type(analysis).__name__} | (
        asdict(analysis) if is_dataclass(analysis) and not isinstance(analysis, type) else {}
    )


def _headline(result: StudyResult, spec: str, term: str) -> dict[str, Any]:
    row = result.row(spec, term)
    numbers = {c: significant(row[c], _DIGITS) for c in ("estimate", "conf_low", "conf_high", "p_value")}
    quantity = result.outcomes[spec].said[term]
    named = f"{quantity.words[:1].upper()}{quantity.words[1:]}"
    return {
        "key": (spec, term),
        "role": result.role(spec, term),
        **_inference(result, spec, term),
        "spec": result.study.label(spec),
        "term": named,
        **({"unit": quantity.unit} if quantity.unit else {}),
        "tone": tone(f"{term} {named}"),
        **numbers,
    }


def _inference(result: StudyResult, spec: str, term: str) -> dict[str, Any]:
    """What a regression's number rests on: clusters, and what stands between it and others; nothing of an analysis."""
    found = result.results.get(spec)
    if found is None:
        return {}
    counts = [f"{found.n_levels[name]:,} {lower_first(level_name(name))}" for name in found.spec.clusters]
    carried = float(found.effective_clusters[found.spec.regressors.index(term)])
    return {
        "slope": BY not in term,
        "standardised": term in found.spec.standardise,
        "unit": unit_name(found.spec.y_scale),
        "clusters": ", ".join(counts),
        "effective_clusters": significant(carried) if found.wild else None,
        "bootstrapped": bool(found.wild),
    }


@dataclass(frozen=True)
class Failure:
    """A study that gave no estimates, and why."""

    name: str
    question: str
    reason: str
    notice: str | None = None


@dataclass(frozen=True)
class Mark:
    """One headline number of the index: what, how much, and where its dot and the ends of its line stand."""

    term: str
    spec: str
    text: str
    unit: str
    tone: str
    zero: float
    low: float
    middle: float
    high: float
    found: bool


def forest(headline: Sequence[Mapping[str, Any]]) -> tuple[Mark, ...]:
    """Place headline numbers on lines; numbers of one unit share a scale, which holds zero.

    Numbers without an interval are left out.
    """
    known = _named([h for h in headline if h and None not in (h["estimate"], h["conf_low"], h["conf_high"])])
    units = {h.get("unit", "") for h in known}
    ends = {u: [h[c] for h in known if h.get("unit", "") == u for c in ("conf_low", "conf_high")] for u in units}
    repeated = {h["term"] for h in known if sum(other["term"] == h["term"] for other in known) > 1}
    told = [{**h, "term": f"{h['term']} \u00b7 {h['spec']}"} if h["term"] in repeated else h for h in known]
    return tuple(_mark(h, min(0.0, *ends[u]), max(0.0, *ends[u])) for h in told for u in [h.get("unit", "")])


def _named(headline: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    headings = [h["spec"] for h in headline]
    long = [len(h["term"]) > _LONGEST and headings.count(h["spec"]) == 1 for h in headline]
    terms = [h["spec"] if far else h["term"].rstrip(", ") for h, far in zip(headline, long, strict=True)]
    return [{**h, "term": term} for h, term in zip(headline, terms, strict=True)]


def _mark(told: Mapping[str, Any], low: float, high: float) -> Mark:
    places = {
        name: round(6 + (_WIDTH - 12) * (value - low) / ((high - low) or 1.0), 2)
        for name, value in (
            ("zero", 0.0), ("low", told["conf_low"]), ("middle", told["estimate"]), ("high", told["conf_high"])
        )
    }  # fmt: skip
    found = not told["conf_low"] <= 0 <= told["conf_high"]
    unit = told.get("unit", "")
    return Mark(told["term"], told["spec"], _interval(told), unit, told["tone"], found=found, **places)


def _interval(mark: Mapping[str, Any]) -> str:
    decimals = decimals_for([(mark["conf_high"] - mark["conf_low"]) / 4], digits=2)
    middle, low, high = (signed(mark[c], decimals) for c in ("estimate", "conf_low", "conf_high"))
    return f"{middle} [{low}, {high}]"

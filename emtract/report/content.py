"""What the page of a study says: every figure, table and sentence, ready for the template."""

from __future__ import annotations

import html
import json
from collections import Counter
from typing import TYPE_CHECKING, Any

import polars as pl

from emtract.panel.frame import ENTITY, TIME
from emtract.report import figures, frames, prose, tables
from emtract.report.attrition import ledger_blocks
from emtract.report.canvas import shortened
from emtract.report.files import script_json
from emtract.report.names import effect_name, listed, unit_name, words
from emtract.study import descriptives

if TYPE_CHECKING:
    from collections.abc import Mapping

    import plotly.graph_objects as go

    from emtract.provenance import Provenance
    from emtract.study import StudyResult


def spec_groups(result: StudyResult) -> dict[str, tuple[str, ...]]:
    """Group specs by the first word of their names, in the order of the study; one group when no word repeats.

    A group is called by the label that its specs share, else by that first word.
    """
    names = list(result.results)
    firsts = list(dict.fromkeys(name.split("_")[0] for name in names))
    if len(firsts) in {1, len(names)}:
        return {"All specs": tuple(names)}
    groups = {first: tuple(n for n in names if n.split("_")[0] == first) for first in firsts}
    return {_group_name(first, {result.results[n].spec.label for n in group}): group for first, group in groups.items()}


def spec_labels(result: StudyResult) -> dict[str, str]:
    """Name each spec by its label; where two share a label, the rest of their names tells them apart."""
    labels = {name: r.spec.label or words(name) for name, r in result.results.items()}
    shared = Counter(labels.values())
    return {
        name: f"{label}, {words(name.partition('_')[2] or name).lower()}" if shared[label] > 1 else label
        for name, label in labels.items()
    }


def _group_name(first: str, labels: set[str]) -> str:
    return labels.copy().pop() if len(labels) == 1 and "" not in labels else words(first)


def study_context(
    result: StudyResult, provenance: Provenance, *, notice: str | None, truth: pl.DataFrame | None, latex: str
) -> dict[str, Any]:
    """Everything the template prints, already in words and tables."""
    labels = spec_labels(result)
    data = result.main.data
    plots = {"coefficients": _coefficients(result, truth), "emotions": figures.emotions_over_time(data)}
    return {
        "study": result.study,
        "answer": result.answer(),
        "notice": notice,
        "stars": prose.STARS,
        "facts": _facts(result, provenance),
        "plots": {name: plot_parts(name, figure) for name, figure in plots.items()},
        "tables": [tables.regression_table(result, exhibit) for exhibit in result.study.exhibits],
        "truth": _truth(result, truth, labels),
        "expectations": frames.plain_table(result.expectations().select(pl.exclude("source"), "source"), specs=labels),
        "descriptives": frames.plain_table(descriptives(result.main), decimals="row"),
        "ledger": ledger_blocks(result.attrition(), specs=labels),
        **_specs(result, labels),
        "provenance": provenance,
        "panel_settings": result.main.settings,
        "latex": latex,
    }


def _specs(result: StudyResult, labels: Mapping[str, str]) -> dict[str, Any]:
    shared = prose.shared_sentences([r.spec for r in result.results.values()])
    said = {name: " ".join(s for s in prose.describe(r.spec) if s not in shared) for name, r in result.results.items()}
    return {"shared": " ".join(shared), "specs": [(name, labels[name], text) for name, text in said.items()]}


def _facts(result: StudyResult, provenance: Provenance) -> list[tuple[str, str]]:
    data = result.main.data
    first, last = data[TIME].min(), data[TIME].max()
    return [
        ("Firms", f"{data[ENTITY].n_unique():,}"),
        ("Sessions", f"{data[TIME].n_unique():,}"),
        ("Firm-sessions", f"{data.height:,}"),
        ("From", str(first)),
        ("To", str(last)),
        ("Scored by", f"{provenance.scorer}@{provenance.revision}"),
    ]


def _coefficients(result: StudyResult, truth: pl.DataFrame | None) -> go.Figure:
    """Draw the regressors of interest; controls stand in the tables only."""
    interest = pl.DataFrame(
        [(n, t) for n, r in result.results.items() for t in r.spec.x], schema=["spec", "term"], orient="row"
    )
    clusters = pl.DataFrame([(n, _clusters(r.spec.clusters, r.n_levels)) for n, r in result.results.items()],
                            schema=["spec", "clusters"], orient="row")  # fmt: skip
    tidy = result.tidy().join(interest, on=["spec", "term"], how="semi", maintain_order="left")
    unit = listed(list(dict.fromkeys(unit_name(r.spec.y_scale) for r in result.results.values())))
    scaled = any(r.spec.standardise for r in result.results.values())
    title = (unit or "return") + (" per standard deviation" if scaled else "")
    return figures.coefficient_plot(
        tidy.join(clusters, on="spec", how="left", maintain_order="left"),
        groups=spec_groups(result),
        truth=truth,
        unit=title,
    )


def _clusters(clusters: tuple[str, ...], levels: Mapping[str, int]) -> str:
    return listed(
        [f"{effect_name(c).lower()} ({levels[c]:,})" if c in levels else effect_name(c).lower() for c in clusters]
    )


def plot_parts(name: str, figure: go.Figure) -> dict[str, Any]:
    """Split a figure into what Plotly draws and the buttons, which the page draws so that a keyboard reaches them."""
    plain = shortened(json.loads(figure.to_json(engine="json")))
    menu = plain["layout"].pop("updatemenus")[0]
    plain["layout"].pop("template", None)
    buttons = [button["args"] for button in menu["buttons"]]
    # Plotly reads markup in a label, so it carries entities; the template escapes by itself.
    labels = [html.unescape(button["label"]) for button in menu["buttons"]]
    return {
        "name": name,
        "title": menu.get("name", ""),
        "labels": labels if len(labels) > 1 else [],
        "height": plain["layout"]["height"],
        "json": script_json({"data": plain["data"], "layout": plain["layout"], "views": buttons}),
    }


def _truth(result: StudyResult, truth: pl.DataFrame | None, labels: Mapping[str, str]) -> dict[str, Any] | None:
    if truth is None:
        return None
    beside = frames.beside_truth(result, truth)
    return {
        "table": frames.plain_table(beside, specs=labels),
        "covered": int(beside["covered"].sum()),
        "known": beside.height,
    }

"""The manifest of a page, and the index that lists every page of a folder by its manifest."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

from emtract.panel.frame import ENTITY, TIME
from emtract.report.canvas import significant
from emtract.report.files import render, write_if_changed
from emtract.report.names import decimals_for, signed, term_name, words
from emtract.report.palette import tone

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from emtract.provenance import Provenance
    from emtract.study import StudyResult

#: Raised when the keys of manifest.json change.
MANIFEST_FORMAT: Final = 1
_WIDTH: Final = 270


def write_index(folder: Path) -> Path:
    """Write `folder/index.html`, which lists every finished study, and every model page, of the folder by its manifest."""
    found = [
        (path.parent.name, json.loads(path.read_text("utf-8"))) for path in sorted(folder.glob("[!.]*/manifest.json"))
    ]
    models = [{**told, "folder": name} for name, told in found if told.get("kind") == "model"]
    studies = [{**told, "forest": _forest(told["headline"])} for _, told in found if "headline" in told]
    target = folder / "index.html"
    write_if_changed(target, render("index.html.j2", studies=studies, models=models))
    return target


def manifest(result: StudyResult, provenance: Provenance, *, notice: str | None) -> dict[str, Any]:
    """Everything a machine needs to know of a page: question, answer, specs, sample, headline and provenance."""
    data, study = result.main.data, result.study
    tidy = {(row["spec"], row["term"]): row for row in result.tidy().iter_rows(named=True)}
    headline = [_headline(tidy[key], result) for key in study.headline]
    return {
        "format": MANIFEST_FORMAT,
        "name": study.name,
        "question": study.question,
        "answer": result.answer(),
        "notice": notice,
        "design": study.design,
        "papers": study.papers,
        "specs": {name: asdict(r.spec) for name, r in result.results.items()},
        "n_obs": {name: r.n_obs for name, r in result.results.items()},
        "firms": data[ENTITY].n_unique(),
        "sessions": data[TIME].n_unique(),
        "first_session": str(data[TIME].min()),
        "last_session": str(data[TIME].max()),
        "headline": headline,
        "provenance": provenance.as_dict(),
        "panel_settings": dict(result.main.settings),
    }


def _headline(row: Mapping[str, Any], result: StudyResult) -> dict[str, Any]:
    label = result.results[row["spec"]].spec.label or words(row["spec"])
    numbers = {c: significant(row[c]) for c in ("estimate", "conf_low", "conf_high", "p_value")}
    return {"spec": label, "term": term_name(row["term"]), "tone": tone(row["term"]), **numbers}


def _forest(headline: Sequence[Mapping[str, Any]]) -> dict[str, Any] | None:
    """Place the headline estimates on one line from the lowest to the highest end of their intervals, zero included."""
    marks = [h for h in headline if None not in (h["estimate"], h["conf_low"], h["conf_high"])]
    if not marks:
        return None
    low = min(0.0, *(m["conf_low"] for m in marks))
    high = max(0.0, *(m["conf_high"] for m in marks))

    def place(value: float) -> float:
        return float(round(6 + (_WIDTH - 12) * (value - low) / ((high - low) or 1.0), 2))

    return {"zero": place(0.0), "marks": [{**m, **_places(m, place), "text": _interval(m)} for m in marks]}


def _places(mark: Mapping[str, Any], place: Callable[[float], float]) -> dict[str, float]:
    return {"low": place(mark["conf_low"]), "middle": place(mark["estimate"]), "high": place(mark["conf_high"])}


def _interval(mark: Mapping[str, Any]) -> str:
    decimals = decimals_for([mark["conf_high"] - mark["conf_low"]], digits=2)
    middle, low, high = (signed(mark[c], decimals) for c in ("estimate", "conf_low", "conf_high"))
    return f"{middle} [{low}, {high}]"

"""The page of the model: how well it reads posts, as a folder with the page, its numbers, its card and its manifest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import plotly.offline

from emtract.atomic import replaced_file, write_if_changed
from emtract.errors import ReportError
from emtract.model.samples import OUT_OF_FOLD
from emtract.report.files import PLOTLY_JS, json_text, render
from emtract.report.index import MANIFEST_FORMAT
from emtract.report.manifests import MANIFEST, digests
from emtract.report.model.content import (
    QUESTION,
    Findings,
    Measured,
    answer,
    confusion_frame,
    measure_variants,
    metrics_frame,
    model_context,
    told_variants,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import polars as pl

    from emtract.provenance import Provenance

__all__ = ["Findings", "ModelPage", "write_model"]

_SAME: Final = 5e-4
_COMPARED: Final = ("accuracy", "macro_f1", "log_loss")


@dataclass(frozen=True)
class ModelPage:
    """Where the page lies, and what it measured."""

    folder: Path
    index: Path
    answer: str


def write_model(findings: Findings, provenance: Provenance, folder: Path) -> ModelPage:
    """Write the page of a model, its tables and its card into `folder`.

    Parameters
    ----------
    findings
        What the page is made of.
    provenance
        Printed at the foot, and part of the manifest.
    folder
        Made where it is missing; `plotly.min.js` goes to the folder above.

    Raises
    ------
    ReportError
        The out-of-fold table does not belong to the card. Nothing is written then.
    ModelError
        There is no out-of-fold table, and the card holds no figures of one. Nothing is written then.

    Notes
    -----
    Tables come first and the page last, each in one rename; the same findings give the same bytes.
    """
    predictions = findings.predictions
    measured = told_variants(findings.card) if predictions is None else measure_variants(predictions)
    check_card(findings, measured)
    html = render("model.html.j2", **model_context(findings, measured, provenance), plotly_js=PLOTLY_JS)
    write_if_changed(folder.parent / PLOTLY_JS, plotly.offline.get_plotlyjs())
    folder.mkdir(parents=True, exist_ok=True)
    if predictions is not None:
        _write_parquet(folder / OUT_OF_FOLD, predictions)
    tables = _tables(findings, measured)
    gone = {f"{name}.csv" for name, frame in tables.items() if frame is None}
    for name, frame in tables.items():
        if frame is not None:
            write_if_changed(folder / f"{name}.csv", frame.write_csv(float_precision=5))
    write_if_changed(folder / "MODEL_CARD.md", findings.document)
    facts = manifest(findings, measured, provenance)
    write_if_changed(folder / "index.html", html)
    files = {name: told for name, told in _own_files(folder).items() if name not in gone}
    write_if_changed(folder / MANIFEST, json_text({**facts, "files": files}))
    for name in gone:  # which an earlier manifest may have told of
        (folder / name).unlink(missing_ok=True)
    return ModelPage(folder, folder / "index.html", answer(measured["int8"]))


def check_card(findings: Findings, measured: Mapping[str, Measured]) -> None:
    """Raise `ReportError` where the card's out-of-fold figures differ from the table's."""
    for variant, found in measured.items():
        told = findings.card.metrics.get(variant, {})
        for name in _COMPARED:
            if abs(told.get(name, {}).get("mean", float("inf")) - found.spread[name]["mean"]) > _SAME:
                raise ReportError(
                    f"{OUT_OF_FOLD} gives another {name.replace('_', ' ')} ({variant}) than the card of "
                    f"{findings.card.name}@{findings.card.revision}; take both from one training run"
                )


def manifest(findings: Findings, measured: Mapping[str, Measured], provenance: Provenance) -> dict[str, Any]:
    """Return what a machine, and the index of all pages, need to know of this page.

    Parameters
    ----------
    findings
        The card names model and revision.
    measured
        Variant -> its figures; the figures of `int8` are told.
    provenance
        Versions, instrument and inputs.
    """
    found = measured["int8"]
    return {
        "format": MANIFEST_FORMAT,
        "kind": "model",
        "name": findings.card.name,
        "revision": findings.card.revision,
        "question": QUESTION,
        "answer": answer(found),
        "n": found.n,
        "metrics": {name: {k: round(v, 6) for k, v in value.items()} for name, value in found.spread.items()},
        "provenance": provenance.as_dict(),
    }


def _tables(findings: Findings, measured: Mapping[str, Measured]) -> dict[str, pl.DataFrame | None]:
    """Tables beside the page by name; None where one of an earlier page must not stay."""
    return {
        "metrics": metrics_frame(measured),
        "confusion": None if findings.predictions is None else confusion_frame(findings.predictions),
        "slices": findings.slices,
        "outside": findings.outside,
        "agreement": findings.agreement,
    }


def _own_files(folder: Path) -> Mapping[str, dict[str, Any]]:
    """Digests of what belongs to the page; the out-of-fold table holds tags that are not published with it."""
    return {name: told for name, told in digests(folder).items() if name not in {MANIFEST, OUT_OF_FOLD}}


def _write_parquet(path: Path, frame: pl.DataFrame) -> None:
    """Write a table that may have been read from this very file, which polars maps into memory."""
    with replaced_file(path) as fresh:
        frame.write_parquet(fresh)

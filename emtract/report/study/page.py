"""The page of a study: one folder with the page, its numbers, the data of its figures, its LaTeX and its manifest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

import plotly.offline
from markupsafe import Markup

from emtract.atomic import replaced_folder, write_if_changed
from emtract.panel.frame import Panel
from emtract.report.figures.overtime import daily_means
from emtract.report.files import PLOTLY_JS, folder_name, json_text, render
from emtract.report.index import Failure, failure_manifest, manifest, write_index
from emtract.report.manifests import MANIFEST, digest, digests
from emtract.report.study.content import study_context
from emtract.report.study.findings import chart_files
from emtract.report.study.inference import influence_files
from emtract.report.study.measurement import measurement_files
from emtract.report.tables.export import study_latex

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import polars as pl

    from emtract.provenance import Provenance
    from emtract.study import StudyResult

__all__ = ["Failure", "PlotlyJs", "StudyPage", "write_failure", "write_index", "write_study"]

#: Folder of the figures' data beside the page, and its file of means over time.
CHARTS: Final = "charts"
OVER_TIME: Final = "over_time.csv"

PlotlyJs = Literal["shared", "inline"]


@dataclass(frozen=True)
class StudyPage:
    """Where the page of a study lies: its folder and the files in it."""

    folder: Path
    index: Path
    estimates: Path
    attrition: Path
    manifest: Path
    latex: Path


def write_study(
    result: StudyResult,
    provenance: Provenance,
    folder: Path,
    *,
    notice: str | None = None,
    truth: pl.DataFrame | None = None,
    plotly_js: PlotlyJs = "shared",
) -> StudyPage:
    """Write the page of a study to `folder/<study name>`, in place of the page that was there.

    Parameters
    ----------
    result
        The estimated study.
    provenance
        Versions, instrument, inputs and queries, printed at the foot.
    folder
        Home of all pages; `plotly.min.js` is written to it once, and every page refers to it by a relative path.
    notice
        First line of the page, e.g. that the data are synthetic.
    truth
        Known values of a simulation: columns spec, term, truth, and optionally note, in the units of the estimates.
    plotly_js
        `shared` needs the folder beside it; `inline` makes one file that can be e-mailed, 5 MB larger.

    Raises
    ------
    ReportError
        When the study's name cannot be a folder. The old page stays whole whenever writing fails.
    """
    target = folder / folder_name(result.study.name)
    script = plotly.offline.get_plotlyjs()
    latex = study_latex(result)
    context = study_context(result, provenance, notice=notice, truth=truth, latex=latex)
    inline = Markup(script) if plotly_js == "inline" else None  # noqa: S704
    html = render("study.html.j2", **context, plotly_inline=inline, plotly_js=PLOTLY_JS)
    facts = manifest(result, provenance, notice=notice)
    if plotly_js == "shared":
        write_if_changed(folder / PLOTLY_JS, script)
    with replaced_folder(target) as fresh:
        (fresh / "index.html").write_text(html, encoding="utf-8")
        (fresh / "table.tex").write_text(latex, encoding="utf-8")
        result.tidy().write_csv(fresh / "estimates.csv")
        result.attrition().write_csv(fresh / "attrition.csv")
        for name, frame in {**measurement_files(result), **influence_files(result)}.items():
            frame.write_csv(fresh / name)
        _write_charts(result, fresh / CHARTS)
        shared = {PLOTLY_JS: digest(folder / PLOTLY_JS)} if plotly_js == "shared" else {}
        _seal(fresh, {**facts, "shared": shared})
    files = ("index.html", "estimates.csv", "attrition.csv", "manifest.json", "table.tex")
    return StudyPage(target, *(target / name for name in files))


def write_failure(failure: Failure, provenance: Provenance, folder: Path) -> Path:
    """Write the page of a study that failed, which says why, in place of the page that was there.

    Parameters
    ----------
    failure
        Name, question and reason.
    provenance
        Printed at the foot, and part of the manifest.
    folder
        Home of all pages; this one goes to the folder named after the study.

    Returns
    -------
    Path
        The page.

    Raises
    ------
    ReportError
        When the study's name cannot be a folder.
    """
    target = folder / folder_name(failure.name)
    html = render("failure.html.j2", failure=failure, provenance=provenance)
    with replaced_folder(target) as fresh:
        (fresh / "index.html").write_text(html, encoding="utf-8")
        _seal(fresh, failure_manifest(failure, provenance))
    return target / "index.html"


def _write_charts(result: StudyResult, folder: Path) -> None:
    """Write the data of each figure as CSV."""
    frames = chart_files(result)
    if isinstance(result.main, Panel):
        frames[OVER_TIME] = daily_means(result.main.data)
    if frames:
        folder.mkdir()
    for name, frame in frames.items():
        frame.write_csv(folder / name)


def _seal(folder: Path, told: Mapping[str, Any]) -> None:
    """Write the manifest of a folder whose other files are all there."""
    (folder / MANIFEST).write_text(json_text({**told, "files": digests(folder)}), encoding="utf-8")

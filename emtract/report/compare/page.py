"""The page of several instruments side by side: one file that works offline, its numbers beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import polars as pl

from emtract.atomic import write_if_changed
from emtract.model.pairs import LEAST
from emtract.report.compare import figures, tables
from emtract.report.figures.draw import draw, plot_parts
from emtract.report.files import json_text, plotly_script, render
from emtract.report.index import MANIFEST_FORMAT
from emtract.report.manifests import MANIFEST, digest
from emtract.words.names import listed

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from emtract.econometrics.finding import Chart
    from emtract.provenance import Provenance
    from emtract.report.compare.found import Comparison

QUESTION: Final = "How much do the results depend on the instrument that read the posts?"


def write_comparison(
    found: Comparison, folder: Path, *, provenance: Provenance | None = None, notice: str | None = None
) -> Path:
    """Write the page of a comparison, its tables as CSV and its manifest, and return the page.

    Parameters
    ----------
    found
        What was compared.
    folder
        Made where it is missing.
    provenance
        What the store rests on; None where no store was read.
    notice
        First line of the page, e.g. that the data are synthetic.
    """
    folder.mkdir(parents=True, exist_ok=True)
    html = render("compare.html.j2", **comparison_context(found, provenance), notice=notice, plotly=plotly_script())
    tables = {f"{name}.csv": frame for name, frame in frames(found).items()}
    written = [name for name, frame in tables.items() if not frame.is_empty()]
    for name in written:
        write_if_changed(folder / name, tables[name].write_csv(float_precision=5))
    write_if_changed(folder / "index.html", html)
    told = {
        "format": MANIFEST_FORMAT,
        "kind": "comparison",
        "question": QUESTION,
        "answer": found.answer,
        "instruments": [f"{one.scorer}@{one.revision}" for one in found.instruments],
        "texts": found.texts,
        "seed": found.seed,
        "provenance": None if provenance is None else provenance.as_dict(),
        "files": {name: digest(folder / name) for name in (*written, "index.html")},
    }
    write_if_changed(folder / MANIFEST, json_text(told))
    for name in tables.keys() - written:  # which an earlier manifest may have told of
        (folder / name).unlink(missing_ok=True)
    return folder / "index.html"


def frames(found: Comparison) -> Mapping[str, pl.DataFrame]:
    """Tables beside the page by name."""
    board = pl.DataFrame() if found.leaderboard is None else found.leaderboard.table
    return {
        "pairs": found.pairs,
        "confusions": found.confusions,
        "means": found.means,
        "headlines": found.headlines,
        "leaderboard": board,
    }


def reasons(headlines: pl.DataFrame) -> list[str]:
    """Say why some numbers were not estimated, each reason once."""
    missing = headlines.drop_nulls("why_not").group_by("scorer", "why_not", maintain_order=True)
    return [f"{scorer}: {why} ({listed(sorted(set(rows['spec'])))})" for (scorer, why), rows in missing]


def comparison_context(found: Comparison, provenance: Provenance | None) -> dict[str, Any]:
    """Return all that the template prints, already in words and tables.

    Parameters
    ----------
    found
        What was compared; a part that is empty is not printed.
    provenance
        Printed at the foot.
    """
    board = found.leaderboard
    charts: dict[str, Chart] = {}
    if not found.pairs.is_empty():
        charts |= {"agreement": figures.agreement_chart(found.pairs), "slices": figures.slices_chart(found.pairs)}
        charts |= figures.confusion_charts(found.confusions)
    if not found.means.is_empty():
        charts["means"] = figures.means_chart(found.means)
    if board is not None:
        charts["files"] = figures.leaderboard_chart(board.table)
    studies = dict(figures.headline_charts(found.headlines))
    plots = {name: plot_parts(name, draw(chart)) for name, chart in charts.items() if not chart.frame.is_empty()}
    return {
        "question": QUESTION,
        "answer": found.answer,
        "found": found,
        "least": LEAST,
        "plots": plots,
        "studies": [(name, chart.title, plot_parts(f"study-{name}", draw(chart))) for name, chart in studies.items()],
        "instruments": tables.instruments_table(found.instruments),
        "pairs": tables.pairs_table(found.pairs),
        "means": tables.means_table(found.means.filter(pl.col("mood") == "valence")),
        "emotions": tables.means_table(found.means.filter(pl.col("mood") != "valence")),
        "headlines": tables.headlines_table(found.headlines),
        "why_not": reasons(found.headlines),
        "board": None if board is None else tables.leaderboard_table(board.table),
        "notes": found.said,
        "provenance": provenance,
    }

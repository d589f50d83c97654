"""Tables of docs/two_archives.md and docs/measurement.md: what the same studies give on two archives."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from emtract.words.names import lower_first, term_name
from emtract.words.numbers import decimals_for, signed
from tests.docs.cells import REPORTS, number
from tests.markdown import table

if TYPE_CHECKING:
    from pathlib import Path

#: Name in a table -> folder of its pages.
ARCHIVES = {"Twitter": "", "StockTwits": "stocktwits"}
MOODS = ("valence", "happy", "fear")
WINDOWS = {"pre_open": "before the open", "market": "in market hours"}
_CORRECTED = {
    "contemporaneous_valence": "market hours, same session",
    "predictive_valence": "before the open, session that opens",
}


def precision(reports: Path = REPORTS) -> str:
    """How many posts, texts and authors stand behind a firm-session, and how reliable its mood is."""
    told = {
        archive: pl.read_csv(reports / folder / "daily_returns/precision.csv").filter(sample="firm_sessions")
        for archive, folder in ARCHIVES.items()
    }
    cells = []
    for window, when in WINDOWS.items():
        for archive, rows in told.items():
            row = rows.filter(term=f"valence_{window}").row(0, named=True)
            moods = [rows.filter(term=f"{mood}_{window}").row(0, named=True) for mood in MOODS]
            counts = [f"{row['cells']:,}", *(f"{row[name]:.1f}" for name in ("posts", "texts", "authors"))]
            reliable = [f"{_share(m['reliability'])} ({_share(m['low'])} to {_share(m['high'])})" for m in moods]
            cells.append((when, archive, *counts, f"{row['one_text']:.0%}", *reliable))
    head = ("posts", "archive", "firm-sessions", "posts each", "texts", "authors", "with one text")
    return table((*head, *(f"reliability of {lower_first(term_name(m))}" for m in MOODS)), cells)


def _share(value: float) -> str:
    return f"{max(value, 0):.2f}"


def reliable(reports: Path = REPORTS) -> str:
    """How reliable valence is in firm-sessions with some least number of texts."""
    told = [
        (window, pl.read_csv(reports / folder / "daily_returns/reliability_curve.csv").filter(term=f"valence_{window}"))
        for window in WINDOWS
        for folder in ARCHIVES.values()
    ]
    least = sorted({row for _, rows in told for row in rows["least"]})
    cells = [
        (str(texts), *(_with_error(rows.filter(least=texts), "reliability", "error") for _, rows in told))
        for texts in least
    ]
    head = (f"{archive}, {when}" for when in WINDOWS.values() for archive in ARCHIVES)
    return table(("texts at least", *head), cells)


def corrected(reports: Path = REPORTS) -> str:
    """What daily returns go with, as reported and corrected for the sampling of posts, and what could have been seen."""
    cells = []
    for archive, folder in ARCHIVES.items():
        rows = pl.read_csv(reports / folder / "daily_returns/measurement.csv")
        for spec, when in _CORRECTED.items():
            [found] = rows.filter(pl.col("term").str.starts_with("valence_"), spec=spec).iter_rows(named=True)
            cells.append(
                (
                    archive,
                    when,
                    f"{number(found['reported'])} ({number(found['reported_error'])})",
                    f"{number(found['naive'])} ({number(found['naive_error'])})",
                    f"{found['n_obs']:,}",
                    found["set"],
                    number(found["per_measured_sd"]),
                    f"{number(found['per_true_sd'])} (at least {number(found['per_true_sd_least'])})",
                    f"{found['effective_clusters']:.0f}",
                )
            )
    head = ("archive", "valence, return", "all firm-sessions", "two texts or more", "N", "not rejected")
    return table((*head, "smallest seen, measured", "of the mood itself", "clusters that carry it"), cells)


def _with_error(row: pl.DataFrame, value: str, error: str) -> str:
    return f"{_share(row[value].item())} ({_share(row[error].item())})" if len(row) else ""


def results(reports: Path = REPORTS) -> str:
    """Every number that a study of both archives puts first."""
    rows = pl.read_csv(reports / "results.csv").with_columns(pl.col("archive").fill_null(""))
    one, other = (rows.filter(archive=folder) for folder in ARCHIVES.values())
    both = one.join(other, on=["study", "spec", "term"], suffix="_other", maintain_order="left")
    cells = [
        (
            f"`{r['study']}`",
            f"{r['label']}: {r['words']}",
            unit(r),
            result(r),
            result(r, "_other"),
            _clusters(r["clusters_other"], r["effective_clusters_other"]),
        )
        for r in both.iter_rows(named=True)
    ]
    return table(("study", "number", "unit", *ARCHIVES, "clusters of the latter [effective]"), cells)


def unit(row: dict[str, Any]) -> str:
    """The unit of a number; a share of specifications has no other, and a slope of one mood on another has none."""
    return row["unit"] or ("share" if row["term"].startswith("share_") else "")


def result(row: dict[str, Any], suffix: str = "") -> str:
    """A number with its interval, all in the decimals that show two digits of its standard error."""
    names = ("estimate", "std_error", "conf_low", "conf_high")
    estimate, error, low, high = (row[f"{name}{suffix}"] for name in names)
    if estimate is None:
        return ""
    digits = decimals_for([error or estimate], digits=2)
    told = (signed(value, digits) for value in (estimate, low, high))
    return signed(estimate, digits) if None in (low, high) else "{} ({} to {})".format(*told)


def _clusters(counted: str | None, effective: float | None) -> str:
    return f"{counted or ''}{'' if effective is None else f' [{effective:.0f}]'}"

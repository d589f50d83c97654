"""docs/two_archives.md: what the same studies give on two archives."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from emtract.words.names import lower_first, term_name
from tests.docs.cells import REPORTS, number
from tests.markdown import table

if TYPE_CHECKING:
    from pathlib import Path

#: Name in a table -> folder of its pages.
ARCHIVES = {"Twitter": "", "StockTwits": "stocktwits"}
MOODS = ("valence", "happy", "fear")


def precision(reports: Path = REPORTS) -> str:
    """How many posts, texts and authors stand behind a firm-session, and how reliable its mood is."""
    told = {
        archive: pl.read_csv(reports / folder / "daily_returns/precision.csv").filter(sample="firm_sessions")
        for archive, folder in ARCHIVES.items()
    }
    cells = []
    for window, when in (("pre_open", "before the open"), ("market", "in market hours")):
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


def results(reports: Path = REPORTS) -> str:
    """Every number that a study of both archives puts first."""
    rows = pl.read_csv(reports / "results.csv").with_columns(pl.col("archive").fill_null(""))
    one, other = (rows.filter(archive=folder) for folder in ARCHIVES.values())
    both = one.join(other, on=["study", "spec", "term"], suffix="_other", maintain_order="left")
    cells = [
        (
            f"`{r['study']}`",
            f"{r['label']}: {r['words']}",
            r["unit"] or "share",
            result(r),
            result(r, "_other"),
            _clusters(r["clusters_other"], r["effective_clusters_other"]),
        )
        for r in both.iter_rows(named=True)
    ]
    return table(("study", "number", "unit", *ARCHIVES, "clusters of the latter [effective]"), cells)


def result(row: dict[str, Any], suffix: str = "") -> str:
    """A number with its interval, in as many digits as its size asks for."""
    estimate, low, high = (row[f"{name}{suffix}"] for name in ("estimate", "conf_low", "conf_high"))
    if low is None or high is None:
        return _digits(estimate)
    return f"{_digits(estimate)} ({_digits(low)} to {_digits(high)})"


def _digits(value: float | None) -> str:
    size = abs(value or 0)
    return number(value or 0, 0 if size >= 100 else 1 if size >= 1 else 3)


def _clusters(counted: str | None, effective: float | None) -> str:
    return f"{counted or ''}{'' if effective is None else f' [{effective:.0f}]'}"

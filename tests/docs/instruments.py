"""docs/compare.md: from a committed run of `emtract compare` on the StockTwits archive.

    emtract compare -c stocktwits.toml --scorers default,fast,vader,textblob,nrclex \\
        --study daily_returns:contemporaneous_valence --study daily_returns:predictive_valence \\
        --study daily_returns:next_valence --study daily_returns -o reports/instruments

with the further scorers as `also` in [model]; of what it writes the three tables are kept, not the page.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from emtract.words.names import lower_first, term_name
from tests.docs.cells import REPORTS, ranged
from tests.markdown import table

FOLDER: Final = REPORTS / "instruments"


def instruments() -> str:
    """Numbers of daily returns under each instrument that read the archive."""
    told = pl.read_csv(FOLDER / "headlines.csv")
    scorers = told["scorer"].unique(maintain_order=True).to_list()
    rows = []
    for (label, term), own in told.group_by("label", "term", maintain_order=True):
        known = {row["scorer"]: row for row in own.iter_rows(named=True)}
        rows.append((f"{label}: {lower_first(term_name(str(term)))}", *(ranged(known[scorer]) for scorer in scorers)))
    return table(("", *(f"`{scorer}`" for scorer in scorers)), rows)


def beside_default() -> str:
    """How far each instrument goes with `default`, text by text and firm-session by firm-session."""
    pairs = pl.read_csv(FOLDER / "pairs.csv").filter(slice="all", first="default")
    means = pl.read_csv(FOLDER / "means.csv").filter(mood="valence", window="market", first="default")
    rows = []
    for row in pairs.iter_rows(named=True):
        own = means.filter(pl.col("second") == row["second"], pl.col("most").is_null())
        whole, many = (own.filter(least=least).row(0, named=True)["correlation"] for least in (1, 100))
        same = "" if row["same_label"] is None else f"{row['same_label']:.1%}"
        rows.append((f"`{row['second']}`", same, *(f"{value:.2f}" for value in (row["pearson"], whole, many))))
    of_cells = ("of a firm-session", "of a firm-session of 100 posts or more")
    return table(("", "same label of a text", "valence of a text", *of_cells), rows)

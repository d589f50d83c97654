"""Instruments: one audited, several side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from emtract.console.tables import print_table, with_decimals
from emtract.console.voice import say

if TYPE_CHECKING:
    from pathlib import Path

    from emtract.report.audit.findings import Audit
    from emtract.report.compare.found import Comparison

_PAIR: Final = ("first", "second", "n", "same_label", "kappa", "same_valence", "valence_kappa", "pearson", "spearman")
_MEANS: Final = (
    "first",
    "second",
    "window",
    "cells",
    "correlation",
    "conf_low",
    "conf_high",
    "disattenuated",
    "disattenuated_low",
    "disattenuated_high",
)
_NUMBER: Final = ("study", "spec", "term", "scorer", "estimate", "conf_low", "conf_high", "n_obs", "why_not")


def print_audit(audit: Audit, page: Path) -> None:
    """Print the table of changes, the answer, and where the page is."""
    import polars as pl

    from emtract.report.audit.tables import change_table

    table = change_table(audit)
    headings = [column.heading for column in table.columns]
    print_table(pl.DataFrame([row.cells for row in table.rows], schema=headings, orient="row"))
    say("", *audit.answers(), "", f"Page: {page}")


def print_compared(found: Comparison) -> None:
    """Print where instruments agree, whether findings hold under each, and how they read labelled files."""
    import polars as pl

    from emtract.report.compare.found import BOARD

    say(found.answer)
    if found.pairs.height:
        say("", f"agreement on {found.texts:,} of {found.of:,} distinct texts (seed {found.seed})")
        print_table(with_decimals(found.pairs.filter(pl.col("slice") == "all").select(_PAIR)))
    if found.means.height:
        say("", "correlation of the valence of firm-sessions, and freed of few posts")
        whole = (pl.col("mood") == "valence") & (pl.col("least") == 1) & pl.col("most").is_null()
        print_table(with_decimals(found.means.filter(whole).select(_MEANS)))
    if found.headlines.height:
        say("", "headline numbers by instrument")
        print_table(with_decimals(found.headlines.select(_NUMBER)), fold=("why_not",))
        say(*found.held)
    if found.leaderboard is not None:
        columns = [name for measure in BOARD for name in (measure, f"{measure}_less")]
        say("", "scorers on labelled files; _less: less the first scorer on the same posts")
        seen = pl.col("seen").replace_strict({True: "yes", False: "no"}, default="not known", return_dtype=pl.String)
        table = found.leaderboard.table.select("file", "scorer", "n", *columns, seen.alias("trained on it"))
        print_table(with_decimals(table))
    say(*(f"note: {note}" for note in found.said))

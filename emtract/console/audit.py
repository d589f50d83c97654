"""What the prompt shows of an audit: the answer, what changes kind by kind, and the page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emtract.console.tables import print_table
from emtract.console.voice import say

if TYPE_CHECKING:
    from pathlib import Path

    from emtract.report.audit.findings import Audit


def print_audit(audit: Audit, page: Path) -> None:
    """Print the table of changes, the answer, and where the page is."""
    import polars as pl

    from emtract.report.audit.tables import change_table

    table = change_table(audit)
    headings = [column.heading for column in table.columns]
    print_table(pl.DataFrame([row.cells for row in table.rows], schema=headings, orient="row"))
    say("", *audit.answers(), "", f"Page: {page}")

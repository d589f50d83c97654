"""docs/audit.md: figures of audits, put into reports/audit/audits.csv: `python -m tests.docs.audits StockNet=stocknet.json ...`.

Each file is what `emtract audit --json` printed; archives that are not named stay as they are.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from emtract.report.audit.tables import VARIANT_NAMES
from tests.docs.cells import REPORTS, number
from tests.markdown import table

if TYPE_CHECKING:
    from collections.abc import Mapping

FIGURES = REPORTS / "audit/audits.csv"
SCHEMA: dict[str, type[pl.DataType]] = {
    "archive": pl.String,
    "measure": pl.String,
    "n": pl.Int64,
    "value": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
}
_WORDS = {
    "labels, all less placebo": "labels: all together less placebo (percentage points)",
    "later, all": "added valence and the return of the month after (bp per s.d.)",
    "later, placebo": "the same of the placebo",
    "before, all": "added valence and the return of the month before (bp per s.d.)",
    "before, placebo": "the same of the placebo, month before",
}


def figures(archive: str, audit: Mapping[str, Any]) -> pl.DataFrame:
    """The figures of one audit that the documentation shows."""
    rows: list[tuple[Any, ...]] = [(archive, "audited", audit["texts"], None, None, None)]
    for row in audit["changes"]:
        told = [row.get(key) for key in ("labels", "low", "high")]
        scaled = [None if value is None else 100 * value for value in told]
        rows.append((archive, row["variant"], row["texts"], *scaled))
    gap = audit["placebo"]
    scaled = [100 * gap[key] for key in ("labels", "labels_low", "labels_high")]
    rows.append((archive, "labels, all less placebo", gap["texts"], *scaled))
    for row in audit["ahead"]:
        numbers = [row[key] for key in ("estimate", "conf_low", "conf_high")]
        rows.append((archive, f"{row['month']}, {row['reading']}", row["n_obs"], *numbers))
    tested = [row for row in audit["coefficients"] if row["difference_p_value"] is not None]
    differ = sum(row["difference_p_value"] < 0.05 for row in tested)
    rows.append((archive, "headline coefficients that differ at 5 %", len(tested), float(differ), None, None))
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def audited() -> str:
    """What audits of archives found."""
    rows = pl.read_csv(FIGURES, schema=SCHEMA)
    archives = rows["archive"].unique(maintain_order=True).to_list()
    measures = rows["measure"].unique(maintain_order=True).to_list()
    told = {(row["archive"], row["measure"]): row for row in rows.iter_rows(named=True)}
    cells = [(_name(m), *(_cell(told.get((archive, m))) for archive in archives)) for m in measures]
    return table(("", *archives), cells)


def _name(measure: str) -> str:
    if measure in VARIANT_NAMES:
        return f"labels that change, %: {VARIANT_NAMES[measure].lower()}"
    return _WORDS.get(measure, {"audited": "distinct texts audited"}.get(measure, measure))


def _cell(row: Mapping[str, Any] | None) -> str:
    if row is None:
        return ""
    if row["value"] is None:
        return f"{row['n']:,}"
    if row["low"] is None:
        return f"{row['value']:.0f} of {row['n']:,}"
    return f"{number(row['value'])} ({number(row['low'])} to {number(row['high'])}); n {row['n']:,}"


def main(arguments: list[str]) -> None:
    """Put the figures of the named archives into the file."""
    new = {
        name: json.loads(Path(file).read_text(encoding="utf-8"))["audit"]
        for name, _, file in (a.partition("=") for a in arguments)
    }
    frames = [figures(name, audit) for name, audit in new.items()]
    if FIGURES.is_file():
        frames.insert(0, pl.read_csv(FIGURES, schema=SCHEMA).filter(~pl.col("archive").is_in(list(new))))
    FIGURES.parent.mkdir(parents=True, exist_ok=True)
    told = pl.concat(frames).sort("archive", maintain_order=True)
    FIGURES.write_text(told.write_csv(float_precision=4), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])

"""Verdicts counted: a row a check and scorer, and the same by capability."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import polars as pl

from emtract.model.calibration import wilson
from emtract.spelling import visible
from emtract.words.numbers import percent

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from emtract.emotions import Reads
    from emtract.model.behaviour.kinds import Case, Verdicts
    from emtract.model.behaviour.suite import Sheet

#: Columns of the table of checks.
SCHEMA: Final[Mapping[str, pl.DataType]] = {
    "scorer": pl.String(), "capability": pl.String(), "check": pl.String(), "kind": pl.String(), "cases": pl.Int64(),
    "n": pl.Int64(), "failed": pl.Int64(), "failure_rate": pl.Float64(), "low": pl.Float64(), "high": pl.Float64(),
    "examples": pl.String(),
}  # fmt: skip
_KINDS: Final = pl.Enum(["MFT", "INV", "DIR"])
#: Failing cases that a row shows, and what stands between them.
_SHOWN: Final = 3
BETWEEN: Final = " | "


def texts_of(sheets: Sequence[Sheet]) -> list[str]:
    """Every distinct text of the cases, in order."""
    return list(dict.fromkeys(text for sheet in sheets for case in sheet.cases for text in case))


def grade_all(sheets: Sequence[Sheet], read: pl.DataFrame, *, scorer: str, reads: Reads) -> pl.DataFrame:
    """Grade a scorer on every check.

    Parameters
    ----------
    sheets
        The checks and their cases.
    read
        One row each of `texts_of(sheets)`: `label` and the seven probabilities, null where the scorer could not read it.
    scorer
        Its name and revision.
    reads
        What it tells apart.

    Returns
    -------
    pl.DataFrame
        Columns of `SCHEMA`: `cases` drawn, `n` of them graded (none where a reader of valence cannot be asked, and no case of
        which a text was not read), `failed`, their share with its 95 % Wilson interval, null where n is none, and the first
        failing cases.
    """
    places = {text: place for place, text in enumerate(texts_of(sheets))}
    unread = {text for text, label in zip(places, read["label"], strict=True) if label is None}
    rows = []
    for sheet in sheets:
        known = [case for case in sheet.cases if not unread.intersection(case)]
        columns = [read[[places[text] for text in texts]] for texts in zip(*known, strict=True)]
        verdicts = sheet.check.grade(columns, reads) if known else None
        check = sheet.check
        named = {"scorer": scorer, "capability": check.capability, "check": check.name, "kind": check.kind}
        rows.append({**named, "cases": len(sheet.cases), **_counted(known, verdicts)})
    return pl.DataFrame(rows, schema=SCHEMA)


def _counted(cases: Sequence[Case], verdicts: Verdicts | None) -> dict[str, Any]:
    if verdicts is None:
        return {"n": 0, "failed": 0, "examples": ""}
    failing = [
        visible(f"{' ⇒ '.join(case)} ({said})")
        for case, said, passed in zip(cases, verdicts.said, verdicts.passed, strict=True)
        if not passed
    ]
    rate = _rate(len(failing), len(cases))
    return {"n": len(cases), "failed": len(failing), **rate, "examples": BETWEEN.join(failing[:_SHOWN])}


def _rate(failed: int, n: int) -> dict[str, float | None]:
    if not n:
        return dict.fromkeys(("failure_rate", "low", "high"))
    low, high = wilson(failed, n)
    return {"failure_rate": failed / n, "low": low, "high": high}


def by_capability(table: pl.DataFrame) -> pl.DataFrame:
    """Add the checks of a capability and kind up: scorer, capability, kind, cases, n, failed, failure_rate, low, high."""
    counts = table.group_by("scorer", "capability", "kind", maintain_order=True).agg(
        pl.col("cases", "n", "failed").sum()
    )
    rows = [row | _rate(row["failed"], row["n"]) for row in counts.iter_rows(named=True)]
    schema = {name: kind for name, kind in SCHEMA.items() if name not in {"check", "examples"}}
    return pl.DataFrame(rows, schema=schema).sort(pl.col("kind").cast(_KINDS), maintain_order=True)


def side_by_side(table: pl.DataFrame) -> pl.DataFrame:
    """Show the failure rates of scorers as text: a row a capability and kind, a column a scorer.

    A scorer has its name alone where no other of the table has it. Where it was graded on fewer cases than there are, the
    cell says of how many; where on none, it is empty.
    """
    found = by_capability(table)
    ids = found["scorer"].unique(maintain_order=True).to_list()
    names = [scorer.partition("@")[0] for scorer in ids]
    heads = {scorer: name if names.count(name) == 1 else scorer for scorer, name in zip(ids, names, strict=True)}
    cells = [_cell(row) for row in found.iter_rows(named=True)]
    shown = found.select(
        pl.col("scorer").replace(heads), "capability", "kind", pl.col("cases").alias("n"), cell=pl.Series(cells)
    )
    return shown.pivot("scorer", index=["capability", "kind", "n"], values="cell", maintain_order=True)


def _cell(row: Mapping[str, Any]) -> str:
    if row["failure_rate"] is None:
        return ""
    return percent(row["failure_rate"]) + (f" of {row['n']:,}" if row["n"] < row["cases"] else "")


def uncounted(table: pl.DataFrame) -> dict[str, tuple[int, int]]:
    """Scorer -> cases that it was not graded on and cases in all, for scorers that were not graded on some."""
    sums = table.group_by("scorer", maintain_order=True).agg(pl.col("cases", "n").sum())
    return {scorer: (cases - n, cases) for scorer, cases, n in sums.rows() if n < cases}

"""The committed table of coverage: `coverage.csv` for programs, `README.md` for readers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from tests.validation.coverage import COMPARED

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tests.validation.design import Design

#: Targets: coverage of 95 % intervals, size of 5 % tests.
COVERAGE: Final = (0.93, 0.97)
SIZE: Final = (0.03, 0.07)
_HEAD: Final = """# Do the studies find what is there, and nothing that is not?

Written by `make validation`. Each design draws data sets whose truth is written down and takes them through the same code as
real data. Coverage: share of 95 % intervals that hold the truth (target 93 to 97 %). Rejection: share of 5 % tests that
reject zero; where the truth is zero that is the size (target 3 to 7 %), elsewhere the power. With {draws} draws the
simulation itself moves a share of 95 % by {error:.1f} points (one standard error). Rows outside a target are marked.
"""


def merged(old: pl.DataFrame | None, new: pl.DataFrame) -> pl.DataFrame:
    """Return the rows of both, the new designs in the place of the old ones of the same name."""
    if old is not None and "refused" not in old.columns:
        old = old.with_columns(refused=pl.lit(0, pl.Int64)).select(new.columns)
    kept = [] if old is None else [old.filter(~pl.col("design").is_in(new["design"].unique().to_list()))]
    return pl.concat([*kept, new]).sort("design", maintain_order=True)


def missed(table: pl.DataFrame) -> pl.DataFrame:
    """Return the rows whose coverage, or whose size, is outside its target."""
    outside = ~pl.col("coverage").is_between(*COVERAGE)
    table = table.filter(~pl.col("spec").is_in(COMPARED[:-1]))
    return table.filter(outside | (pl.col("is_null") & ~pl.col("rejection").is_between(*SIZE)))


def write_table(table: pl.DataFrame, designs: Mapping[str, Design], *, folder: Path) -> tuple[Path, Path]:
    """Write `coverage.csv` and `README.md`; return both paths."""
    folder.mkdir(parents=True, exist_ok=True)
    numbers = [name for name, kind in table.schema.items() if kind == pl.Float64]
    table.with_columns(pl.col(numbers).round_sig_figs(6)).write_csv(folder / "coverage.csv")
    (folder / "README.md").write_text(markdown(table, designs), encoding="utf-8")
    return folder / "coverage.csv", folder / "README.md"


def markdown(table: pl.DataFrame, designs: Mapping[str, Design]) -> str:
    """Render a summary, then a table a design."""
    bad = {(row["design"], row["spec"], row["term"]) for row in missed(table).iter_rows(named=True)}
    draws = int(table["draws"].min())  # type: ignore[arg-type]
    parts = [_HEAD.format(draws=draws, error=100 * float(table["mc_error"].max()))]  # type: ignore[arg-type]
    parts.append(f"{table.height - len(bad)} of {table.height} numbers are inside their targets.\n")
    for name in table["design"].unique(maintain_order=True):
        rows = [_line(row, bad) for row in table.filter(pl.col("design") == name).iter_rows(named=True)]
        words = designs[name].words if name in designs else ""
        head = "| spec | term | truth | mean estimate | coverage | size | power | |\n|---|---|---:|---:|---:|---:|---:|---|\n"
        parts.append(f"## {name}\n\n{words}\n\n{head}" + "\n".join(rows) + "\n")
    return "\n".join(parts)


def _line(row: dict[str, object], bad: set[tuple[str, str, str]]) -> str:
    share = f"{row['rejection']:.3f}"
    size, power = (share, "") if row["is_null"] else ("", share)
    refused = f"{row['refused']} draws refused" if row["refused"] else ""
    mark = "outside" if (row["design"], row["spec"], row["term"]) in bad else ""
    cells = (
        row["spec"], row["term"], f"{row['truth']:.4g}", f"{row['mean_estimate']:.4g}", f"{row['coverage']:.3f}",
        size, power, ", ".join(filter(None, (mark, refused))),
    )  # fmt: skip
    return "| " + " | ".join(str(cell).replace("|", "\\|") for cell in cells) + " |"

"""The committed table of coverage: `coverage.csv` for programs, `README.md` for readers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import polars as pl
from scipy import stats

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tests.validation.design import Design

#: Coverage of 95 % intervals, size of 5 % tests, share of samples in which an effect that was stated to be seen is seen.
COVERAGE: Final = 0.95
SIZE: Final = 0.05
SEEN: Final = 0.8
#: How far coverage and size may be from that where draws are few; where they are many, no further than chance takes a share.
_APART: Final = 0.02
_CHANCE: Final = 0.999
_EPSILON: Final = 1e-9
#: How far a mean estimate may be from the truth, as a share of it, or in standard errors of the simulation.
_BIAS: Final = 0.05
_ERRORS: Final = 3.0
_HEAD: Final = """# Do the studies find what is there, and nothing that is not?

Written by `make validation`. Each design draws data sets whose truth is written down and takes them through the same code as
real data. Coverage: share of 95 % intervals that hold the truth (target 93 to 97 %). Rejection: share of 5 % tests that
reject zero; where the truth is zero that is the size (target 3 to 7 %), elsewhere the power. The draws of each design are
stated: with {draws} the simulation itself moves a share of 95 % by {error:.1f} points (one standard error). With more draws
chance moves a share less, and the target is what chance alone would keep to in 99.9 of 100 simulations: with 2,000 draws 93.4
to 96.6 %, of sizes 3.4 to 6.6 %. Other targets are named in the row. `bias`: the mean estimate is within 5 % of the truth or
three standard errors of the simulation. `power`: the share of tests that reject is 80 %, but for chance. `size`: a
test of what is true rejects no more than 5 %, but for chance. `none`: the row is there to be compared with. Rows outside a
target are marked.
"""


def merged(old: pl.DataFrame | None, new: pl.DataFrame) -> pl.DataFrame:
    """Return the rows of both, the new designs in the place of the old ones of the same name."""
    kept = [] if old is None else [old.filter(~pl.col("design").is_in(new["design"].unique().to_list()))]
    return pl.concat([*kept, new]).sort("design", maintain_order=True)


def missed(table: pl.DataFrame) -> pl.DataFrame:
    """Return the rows that are outside their target."""
    wrong = _off("coverage", COVERAGE) | (pl.col("is_null") & _off("rejection", SIZE))
    error = (pl.col("mean_estimate") - pl.col("truth")).abs()
    biased = (error > _BIAS * pl.col("truth").abs()) & (error > _ERRORS * pl.col("sd") / pl.col("draws").sqrt())
    return table.filter(
        pl.when(target="coverage")
        .then(wrong)
        .when(target="bias")
        .then(biased)
        .when(target="power")
        .then(_off("rejection", SEEN, 1.0))
        .when(target="size")
        .then(_off("rejection", SIZE, 1.0) & (pl.col("rejection") > SIZE))
    )


def _off(column: str, nominal: float, apart: float = _APART) -> pl.Expr:
    """Whether a share is further from what it should be than `apart`, or than chance takes it."""
    chance = float(stats.norm.ppf((1 + _CHANCE) / 2)) * (nominal * (1 - nominal) / pl.col("draws")).sqrt()
    return (pl.col(column) - nominal).abs() > pl.min_horizontal(chance, apart) + _EPSILON


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
    judged = table.filter(pl.col("target") != "none").height
    parts.append(f"{judged - len(bad)} of {judged} numbers that have a target are inside it.\n")
    for name in table["design"].unique(maintain_order=True):
        of_design = table.filter(pl.col("design") == name)
        rows = [_line(row, bad) for row in of_design.iter_rows(named=True)]
        words = designs[name].words if name in designs else ""
        words += f" {int((of_design['draws'] + of_design['refused']).max()):,} draws."  # type: ignore[arg-type]
        head = "| spec | term | truth | mean estimate | coverage | size | power | |\n|---|---|---:|---:|---:|---:|---:|---|\n"
        parts.append(f"## {name}\n\n{words.strip()}\n\n{head}" + "\n".join(rows) + "\n")
    return "\n".join(parts)


def _line(row: dict[str, Any], bad: set[tuple[str, str, str]]) -> str:
    share = f"{row['rejection']:.3f}"
    size, power = (share, "") if row["is_null"] else ("", share)
    notes = (
        "outside" if (row["design"], row["spec"], row["term"]) in bad else "",
        f"target: {row['target']}" if row["target"] != "coverage" else "",
        f"{row['refused']} draws refused" if row["refused"] else "",
        f"reliability {row['reliability']:.2f}" if row["reliability"] == row["reliability"] else "",
        f"unbounded in {row['unbounded']:.1%}" if row["unbounded"] > 0 else "",
    )
    estimate = f"{row['mean_estimate']:.4g}" if row["mean_estimate"] == row["mean_estimate"] else ""
    cells = (
        row["spec"], row["term"], f"{row['truth']:.4g}", estimate, f"{row['coverage']:.3f}", size, power,
        ", ".join(filter(None, notes)),
    )  # fmt: skip
    return "| " + " | ".join(str(cell).replace("|", "\\|") for cell in cells) + " |"

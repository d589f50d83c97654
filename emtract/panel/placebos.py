"""Placebos: columns of a firm-session panel that are known to say nothing of their rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import polars as pl

from emtract.panel.derive import check_derivable
from emtract.panel.frame import TIME

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True)
class Shuffled:
    """Placebo: columns moved together to other rows of the same symbol (or session), `{column}_shuffled`.

    Rows where any of the columns is null keep their nulls, so that the sample stays as large.

    Examples
    --------
    >>> from emtract.study import Shuffled
    >>> Shuffled(("valence_market",), seed=1).describe()
    '*_shuffled: valence_market of a random other row of the same symbol (seed 1)'
    """

    columns: tuple[str, ...]
    seed: int
    within: Literal["symbol", "session"] = "symbol"

    def apply(self, data: pl.DataFrame) -> pl.DataFrame:
        """Add one column for each."""
        return _permuted(data, self.columns, self.within, self.seed, "shuffled", fixed_points=True)

    def describe(self) -> str:
        """Return the definition in words."""
        return (
            f"*_shuffled: {', '.join(self.columns)} of a random other row of the same {self.within} (seed {self.seed})"
        )


@dataclass(frozen=True)
class OtherFirms:
    """Placebo: columns of another firm on the same session, never its own, `{column}_other_firm`.

    The firms of a session that have the columns stand in random order, each takes the next one's columns; null where a session
    has only one such firm.
    """

    columns: tuple[str, ...]
    seed: int

    def apply(self, data: pl.DataFrame) -> pl.DataFrame:
        """Add one column for each."""
        return _permuted(data, self.columns, TIME, self.seed, "other_firm", fixed_points=False)

    def describe(self) -> str:
        """Return the definition in words."""
        return f"*_other_firm: {', '.join(self.columns)} of another firm on the same session (seed {self.seed})"


def _permuted(
    data: pl.DataFrame, columns: Sequence[str], group: str, seed: int, suffix: str, *, fixed_points: bool
) -> pl.DataFrame:
    """Give each complete row of a group the columns of another, by a random order of the group's rows."""
    import numpy as np

    check_derivable(data, *columns, group)
    complete = data.with_row_index("_row").filter(pl.all_horizontal(pl.col(columns).is_not_null()))
    drawn = pl.Series("_draw", np.random.default_rng(seed).random(complete.height))
    shuffled = complete.select("_row", group).with_columns(drawn).sort(group, "_draw")["_row"]
    ordered = complete.select("_row", group).sort(group, "_row")
    if fixed_points:
        pairs = pl.DataFrame({"_row": ordered["_row"], "_from": shuffled})
    else:
        cycle = pl.DataFrame({"_row": shuffled}).join(ordered, on="_row", how="left", maintain_order="left")
        following = pl.col("_row").shift(-1).over(group).fill_null(pl.col("_row").first().over(group))
        pairs = cycle.select("_row", following.alias("_from")).filter(pl.col("_row") != pl.col("_from"))
    taken = pairs.join(complete.select(pl.col("_row").alias("_from"), *columns), on="_from").drop("_from")
    rows = pl.DataFrame({"_row": pl.arange(data.height, eager=True, dtype=pl.UInt32)})
    placed = rows.join(taken, on="_row", how="left", maintain_order="left").drop("_row")
    return data.with_columns(placed.rename({c: f"{c}_{suffix}" for c in columns}))

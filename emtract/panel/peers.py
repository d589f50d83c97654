"""What other firms of a group announced while a firm itself announced nothing: shocks that are not its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import polars as pl

from emtract.errors import PanelError
from emtract.panel.beside import EARNINGS
from emtract.panel.derive import NUMBER, check_derivable
from emtract.panel.frame import ENTITY, TIME
from emtract.words.numbers import things

_MOVE = "return_close_close"


@dataclass(frozen=True)
class PeerEarnings:
    """Whether earnings of other firms moved their prices: `peers_up` or `peers_down`, 1 or 0, known at the close.

    Of the firms of the group that had earnings first traded on in the session the mean return counts. Null where the store does
    not tell of the firm's own announcements or of its group, and within `apart` sessions of its own.

    Attributes
    ----------
    side
        `up` or `down`.
    beyond
        Size of the mean return from which it is a shock, a fraction.
    group
        Column that says who is a peer.
    apart
        Sessions before and after an announcement of the firm's own that are left out with it.

    Notes
    -----
    Earnings of a peer carry news about the group, the firm among it (Foster 1981, Journal of Accounting and Economics): a shock
    from outside to what is written about the firm, and no experiment that would move moods alone.
    """

    side: Literal["up", "down"]
    beyond: float = 0.03
    group: str = "industry"
    apart: int = 5

    def apply(self, data: pl.DataFrame) -> pl.DataFrame:
        """Add the column."""
        check_derivable(data, EARNINGS, self.group, _MOVE, NUMBER)
        if self.beyond <= 0 or self.apart < 0:
            raise PanelError("a peer's return counts from some fraction on, and sessions apart are at least 0")
        announced = data.filter(pl.col(EARNINGS) == 1).drop_nulls([self.group, _MOVE])
        moved = announced.group_by(TIME, self.group).agg(pl.col(_MOVE).mean().alias("_moved"))
        far = pl.col("_moved") >= self.beyond if self.side == "up" else pl.col("_moved") <= -self.beyond
        near = _near_own(data, self.apart)
        told = pl.col(EARNINGS).is_not_null() & pl.col(self.group).is_not_null() & pl.col("_near").is_null()
        shock = pl.when(told).then(far.fill_null(value=False).cast(pl.Float64)).alias(f"peers_{self.side}")
        rows = data.select(ENTITY, TIME, NUMBER, EARNINGS, self.group)
        rows = rows.join(moved, on=[TIME, self.group], how="left", maintain_order="left")
        rows = rows.join(near, on=[ENTITY, NUMBER], how="left", maintain_order="left")
        return data.with_columns(rows.select(shock).to_series())

    def describe(self) -> str:
        """Return the definition in words."""
        way = "at least" if self.side == "up" else "at most minus"
        return (
            f"peers_{self.side}: 1 where the mean return of firms of the same {self.group} whose earnings were first traded on "
            f"in the session is {way} {self.beyond:.0%}, else 0; null within {things(self.apart, 'session')} of the firm's own "
            "earnings"
        )


def _near_own(data: pl.DataFrame, apart: int) -> pl.DataFrame:
    """Return the firm and number of each session within `apart` of the firm's own earnings, marked."""
    away = pl.DataFrame({"_away": range(-apart, apart + 1)}, schema={"_away": pl.Int64})
    own = data.filter(pl.col(EARNINGS) == 1).select(ENTITY, pl.col(NUMBER))
    near = own.join(away, how="cross").select(ENTITY, (pl.col(NUMBER) + pl.col("_away")).cast(data.schema[NUMBER]))
    return near.unique().with_columns(_near=pl.lit(1))

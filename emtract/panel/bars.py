"""Returns from intraday bars beside firm-sessions: over night, of the first and of the last half-hour."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from emtract.ledger import Ledger
from emtract.panel.frame import ENTITY, TIME, UNIT

if TYPE_CHECKING:
    import polars as pl

    from emtract.store import Store

#: Columns of a panel whose store holds bars.
BAR_COLUMNS: Final = ("bar_return_overnight", "bar_return_first_half_hour", "bar_return_last_half_hour")
#: Minutes from an instant within which a bar must end, or begin, to tell the price of it.
STALE_MINUTES: Final = 5


def make_bar_returns(store: Store) -> bool:
    """Make the temporary table `bar_returns` where the store holds bars, and say whether it does.

    `sessions` must be registered and `price_steps` made.
    """
    if not store.count("bars"):
        return False
    store.run("panel/firm_sessions/bar_returns", stale_minutes=STALE_MINUTES)
    return True


def with_bars(store: Store, data: pl.DataFrame) -> tuple[pl.DataFrame, Ledger]:
    """Add `BAR_COLUMNS` to firm-sessions.

    Parameters
    ----------
    store
        In which `make_bar_returns` has made its table.
    data
        Rows with symbol and session.

    Returns
    -------
    tuple of pl.DataFrame and Ledger
        The same rows in order, null where there is no bar or a gap; and how many firm-sessions have bars, and each return.

    Notes
    -----
    The design is Renault's (2017, Journal of Banking and Finance): sentiment of the first half-hour beside the return of
    the last. Opens and closes are the exchange calendar's, so that the last half-hour of a half day is its own.
    """
    held = store.sql("SELECT * FROM bar_returns")
    joined = data.join(held, on=[ENTITY, TIME], how="left", maintain_order="left")
    n = joined["n_bars"].count()
    ledger = Ledger().start("with bars", UNIT, n, f"of {data.height:,}; within the hours of the session")
    for column in BAR_COLUMNS:
        known = joined[column].count()
        gap = f"no bar within {STALE_MINUTES} minutes of its begin or end"
        why = f"{gap}, no session before, or a split" if column == BAR_COLUMNS[0] else gap
        ledger = ledger.start(f"with {column}", UNIT, known, f"of {n:,} with bars; {n - known:,} without: {why}")
    return joined.drop("n_bars"), ledger

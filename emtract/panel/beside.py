"""What stands beside the moods of a firm-session: tags that writers gave their posts, announcements of earnings, factors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from emtract.panel.frame import ENTITY, TIME, WINDOWS
from emtract.panel.series import published_returns

if TYPE_CHECKING:
    from collections.abc import Sequence

    from emtract.store import Store

#: Days before the first and after the last announcement of a symbol for which its file is taken to be complete.
_AROUND: Final = 100
EARNINGS: Final = "earnings_session"


def with_declared(store: Store, data: pl.DataFrame, *, apart: bool = True) -> pl.DataFrame:
    """Add what writers called their own posts, and how far the readings of these posts go against it.

    Parameters
    ----------
    store
        Its temporary tables are the panel's.
    data
        One row a symbol and session.
    apart
        Whether readings are of texts alone; where tags count in them they cannot go against them.

    Returns
    -------
    pl.DataFrame
        The same rows in order, with `n_tagged_{window}`, `declared_{window}` (bullish less bearish over both) and, if apart,
        `divergence_{window}`; the last two are null where no post of the window is tagged. An archive without a tag gets no
        columns.

    Notes
    -----
    The divergence of a post is the probability that the scorer gives to the emotions of the other sign: the negative ones where
    its writer tagged it bullish, happy where bearish. Its mean over a window's tagged posts is, where the scorer is calibrated,
    the share of them that are felt against their tag.
    """
    rows = store.query("panel/firm_sessions/declared")
    if rows.is_empty():
        return data
    tagged = pl.col("bullish") + pl.col("bearish")
    for window in WINDOWS:
        part = rows.filter(pl.col("window") == window).select(
            ENTITY,
            TIME,
            ((pl.col("bullish") - pl.col("bearish")) / tagged).alias(f"declared_{window}"),
            *([pl.col("divergence").alias(f"divergence_{window}")] if apart else []),
            tagged.alias(f"n_tagged_{window}"),
        )
        data = data.join(part, on=[ENTITY, TIME], how="left", maintain_order="left")
    return data.with_columns(pl.col(f"n_tagged_{window}").fill_null(0) for window in WINDOWS)


def with_earnings(store: Store, data: pl.DataFrame) -> pl.DataFrame:
    """Add `earnings_session`: 1 where an announcement of earnings was first traded on, 0 where none was.

    An announcement after the close belongs to the next session, one of unknown time to the session of its day and the next.

    Parameters
    ----------
    store
        Its temporary tables are the panel's.
    data
        One row a symbol and session.

    Returns
    -------
    pl.DataFrame
        The same rows in order; null where the store's announcements do not tell of the symbol or of the time. A store without
        announcements gives no column.
    """
    rows = store.query("panel/firm_sessions/announced", around=_AROUND)
    if rows.is_empty():
        return data
    told = rows.select(ENTITY, TIME, pl.col("is_announced").cast(pl.Float64).alias(EARNINGS))
    return data.join(told, on=[ENTITY, TIME], how="left", maintain_order="left")


def with_factors(store: Store, data: pl.DataFrame, names: Sequence[str]) -> pl.DataFrame:
    """Add returns of factors in the session itself, one column a name: what the market did while the firm's price moved.

    Parameters
    ----------
    store
        With files of factors.
    data
        One row a symbol and session.
    names
        Such as `mkt_rf`; () for none.

    Returns
    -------
    pl.DataFrame
        The same rows in order; returns are fractions from close to close, known at the close, null on sessions without them.

    Raises
    ------
    PanelError
        When the store holds no series of a name.
    """
    if not names:
        return data
    wide = published_returns(store, names).pivot("name", index=TIME, values="value")
    return data.join(wide.select(TIME, *names), on=TIME, how="left", maintain_order="left")

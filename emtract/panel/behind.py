"""The posts behind the firm-sessions of a panel: which ones, by their ids alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emtract.errors import PanelError

if TYPE_CHECKING:
    import polars as pl

    from emtract.store import Store


def posts_behind(store: Store, *, most: int) -> pl.DataFrame:
    """Return the posts behind each firm, session and window of the panel that this store has just built.

    Parameters
    ----------
    store
        Its temporary tables are still the panel's.
    most
        Posts of one window at most: the first by time.

    Returns
    -------
    pl.DataFrame
        symbol, session, window, platform, post_id; sorted by the first three, then by time. Neither texts nor authors.

    Raises
    ------
    PanelError
        When `most` is below 1.
    """
    if most < 1:
        raise PanelError(f"most must be at least 1, not {most}")
    return store.query("panel/firm_sessions/cell_posts", most=most)

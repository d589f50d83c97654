"""Columns of the two groups of a split, beside those of all posts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emtract.emotions import EMOTIONS
from emtract.errors import PanelError
from emtract.panel.frame import ENTITY, TIME, WINDOWS, Window

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl


def group_columns(window: Window, group: str) -> tuple[str, ...]:
    """Columns of one group of a split in one window, e.g. `happy_pre_open_finance` and `share_pre_open_finance`."""
    return tuple(f"{name}_{window}_{group}" for name in (*EMOTIONS, "valence", "attention", "n_posts", "share"))


def with_groups(data: pl.DataFrame, rows: pl.DataFrame, groups: Sequence[str]) -> pl.DataFrame:
    """Add the columns of groups to a panel.

    Parameters
    ----------
    data
        The panel: one row a symbol and session.
    rows
        One row a symbol, session, window and group, as `sql/panel/firm_sessions/groups.sql` gives them.
    groups
        The groups of the split.

    Returns
    -------
    pl.DataFrame
        The same rows in the same order, with `group_columns` of each window and group. Attention is ``log(1 + n_posts)``
        and never null; the share is that of the group's posts among those of all groups, null in a window without any.

    Raises
    ------
    PanelError
        When the groups never post in the same window.
    """
    import polars as pl

    _check_overlap(rows, groups)
    keys, whole = [ENTITY, TIME], data.columns
    for window in WINDOWS:
        for group in groups:
            part = rows.filter((pl.col("window") == window) & (pl.col("group") == group)).drop("window", "group")
            named = part.select(*keys, pl.exclude(keys).name.suffix(f"_{window}_{group}"))
            data = data.join(named, on=keys, how="left", maintain_order="left")
        counts = [f"n_posts_{window}_{group}" for group in groups]
        data = data.with_columns(pl.col(counts).fill_null(0))
        total = pl.sum_horizontal(counts)
        data = data.with_columns(
            *(pl.col(n).log1p().alias(n.replace("n_posts", "attention", 1)) for n in counts),
            *(pl.when(total > 0).then(pl.col(n) / total).alias(n.replace("n_posts", "share", 1)) for n in counts),
        )
    return data.select(*whole, *(c for window in WINDOWS for group in groups for c in group_columns(window, group)))


def _check_overlap(rows: pl.DataFrame, groups: Sequence[str]) -> None:
    shown = rows.drop_nulls("valence")
    if not shown.select(ENTITY, TIME, "window").is_duplicated().any():
        raise PanelError(
            f"no firm-session has emotions of both {' and '.join(groups)} posts: lower min_posts, or the threshold of the split"
        )

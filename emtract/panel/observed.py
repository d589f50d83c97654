"""Dated series of `[[market]] format = "series"` beside sessions: the last value that was public before each open."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Final

from emtract.errors import PanelError
from emtract.ledger import Ledger
from emtract.panel.frame import TIME
from emtract.words.codebook import series_column

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl

    from emtract.store import Store

#: Days from the day that a value describes after which it counts as unknown: two quarters and a few days.
MAX_AGE_DAYS: Final = 190
#: Days from which a value that is carried on stands in the ledger: longer than a weekend with holidays.
_OLD: Final = 7


def with_series(
    store: Store, data: pl.DataFrame, names: Sequence[str], *, max_age_days: int = MAX_AGE_DAYS
) -> tuple[pl.DataFrame, Ledger]:
    """Add one column a series, `series_{name}`, to rows with sessions.

    Parameters
    ----------
    store
        With files of format `series`.
    data
        Rows with the column `session`.
    names
        Names of series.
    max_age_days
        Days after the day that it describes from which a value counts as unknown.

    Returns
    -------
    tuple of pl.DataFrame and Ledger
        The same rows in order, and one count a series: sessions with a value, and how many of these carry one on for
        more than a week.

    Raises
    ------
    PanelError
        When the store holds no series of a name.

    Notes
    -----
    A value counts from the open before which it was public: the open of its own session where the file's values are known before
    the open, else the open of the session after the day on which it was published.
    """
    if not names:
        return data, Ledger()
    check_held(store, names)
    asked = data.select(TIME).unique().sort(TIME)
    with store.registered({"asked_sessions": asked}):
        rows = store.query("panel/series/observed", names=list(names), max_age_days=max_age_days)
    ledger = Ledger()
    for name in names:
        mine = rows.filter(rows["name"] == name).drop_nulls("value")
        old = mine.filter(mine["age"] > _OLD)
        oldest = (
            f"; {old.height:,} carry one of more than {_OLD} days before, {old['age'].sort()[-1]} at most"
            if old.height
            else ""
        )
        ledger = ledger.start(
            f"with {series_column(name)}",
            "sessions",
            mine.height,
            f"of {asked.height:,}; a value public before the open{oldest}",
        )
        column = mine.select(TIME, mine["value"].alias(series_column(name)))
        data = data.join(column, on=TIME, how="left", maintain_order="left")
    return data, ledger


def check_held(store: Store, names: Sequence[str]) -> None:
    """Raise PanelError where the store holds no series of a name; the message names the nearest that it holds."""
    held = store.sql("SELECT DISTINCT name FROM observations ORDER BY name")["name"].to_list()
    for name in names:
        if name not in held:
            near = get_close_matches(name, held, n=1)
            guess = f"; did you mean {near[0]!r}?" if near else f"; it holds {', '.join(held[:10])}" if held else ""
            raise PanelError(
                f'the store holds no series {name!r}{guess}: name its file under [[market]] with format = "series", and run '
                "`emtract ingest`"
            )

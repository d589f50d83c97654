"""Which sessions and firms the configuration studies: the instants between which posts count, and the rows that stay."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

import polars as pl

from emtract.errors import PanelError
from emtract.panel.frame import ENTITY, TIME
from emtract.panel.prices import make_firms
from emtract.panel.sessions import sessions

if TYPE_CHECKING:
    from datetime import datetime

    from emtract.ledger import Ledger
    from emtract.options import PanelOptions
    from emtract.store import Store

#: Days within which an exchange opens again, closures by decree apart.
_REACH: Final = timedelta(days=15)


def instants(options: PanelOptions) -> dict[str, int | None]:
    """Return `since_us` and `until_us`, the microseconds of the epoch between which posts belong to the sessions asked for.

    They are the close before the first session and the close of the last one; None where nothing bounds them.

    Raises
    ------
    PanelError
        When the calendar has no session from `start` to `end`, or has not recorded those days.
    """
    start, end = options.start, options.end
    if start is None and end is None:
        return {"since_us": None, "until_us": None}
    first = start or (end or date.max) - _REACH
    last = end or first + _REACH
    # The whole of a long period is not needed: its first and its last sessions are.
    opening = sessions(options.calendar, first, min(last, first + _REACH))
    closing = sessions(options.calendar, max(first, last - _REACH), last)
    if opening.is_empty() or closing.is_empty():
        raise PanelError(f"{options.calendar} has no session from {first} to {last}: widen start and end of [panel]")
    since = None if start is None else _microseconds(opening["previous_close"][0])
    return {"since_us": since, "until_us": None if end is None else _microseconds(closing["close"][-1])}


def find_unasked(store: Store, options: PanelOptions) -> None:
    """Write the tables `firms` and `unasked` of a store: firms that the options leave out; none where they name no symbols."""
    make_firms(store)
    store.run("panel/posts/unasked", symbols=list(options.symbols or ()))


def in_scope(
    store: Store, options: PanelOptions, rows: pl.DataFrame, ledger: Ledger, *, day: str = TIME
) -> tuple[pl.DataFrame, Ledger]:
    """Leave out rows of sessions and firms that are not asked for, and count them.

    Parameters
    ----------
    store
        In which `find_unasked` has run, where the rows are of firms.
    options
        Their `start`, `end` and `symbols`.
    rows
        With the column `day`, and `symbol` where they are of firms.
    ledger
        Of the rows so far.
    day
        Column of the day by which a row belongs to the period.
    """
    start, end = options.start, options.end
    if start is not None or end is not None:
        rows = rows.filter(pl.col(day).is_between(start or date.min, end or date.max))
        ledger = ledger.keep("in the period", rows.height, f"before start or after end: {_said(start, end)}")
    if options.symbols is not None and ENTITY in rows.columns:
        rows = rows.join(store.sql("SELECT firm AS symbol FROM unasked"), on=ENTITY, how="anti", maintain_order="left")
        ledger = ledger.keep("of the firms asked for", rows.height, asked_words(options))
    return rows, ledger


def asked_words(options: PanelOptions) -> str:
    """Say of what is left out that none of the symbols asked for names it."""
    return f"of none of the {len(options.symbols or ()):,} symbols asked for"


def period_words(options: PanelOptions) -> str:
    """Say of posts that are left out that they belong to no session of the period."""
    return f"of no session of the period: {_said(options.start, options.end)}"


def _said(start: date | None, end: date | None) -> str:
    return ", ".join(f"{name} {day}" for name, day in (("start", start), ("end", end)) if day is not None)


def _microseconds(instant: datetime | None) -> int | None:
    return None if instant is None else int(instant.timestamp()) * 1_000_000

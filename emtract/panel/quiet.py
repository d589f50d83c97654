"""Firm-sessions away from earnings announcements."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from emtract.errors import PanelError
from emtract.panel.frame import ENTITY, TIME

if TYPE_CHECKING:
    from emtract.panel.frame import Panel
    from emtract.store import Store


def without_earnings(store: Store, panel: Panel, *, sessions: int) -> Panel:
    """Leave out the sessions around earnings announcements of a panel that this store has just built.

    Parameters
    ----------
    store
        Its temporary tables are still those of the panel.
    panel
        Firm-sessions; it is not changed.
    sessions
        Sessions on either side that are left out with that of the announcement: the first on or after its day. 1 takes
        in the reaction to one after the close.

    Raises
    ------
    PanelError
        When `sessions` is negative, no announcement falls into the panel, or nothing else is left of it.
    """
    if sessions < 0:
        raise PanelError("earnings_sessions must be at least 0")
    around = store.query("panel/firm_sessions/earnings_sessions", sessions=sessions)
    data = panel.data.join(around, on=[ENTITY, TIME], how="anti", maintain_order="left")
    if data.height == panel.data.height:
        raise PanelError(
            "no earnings announcement falls into the panel: name files of them under [[market]] and run `emtract ingest`"
        )
    known, firms = around[ENTITY].n_unique(), panel.data[ENTITY].n_unique()
    reason = f"within {sessions} sessions of an announcement; {known:,} of {firms:,} symbols have any"
    ledger = panel.ledger.start("firm-sessions", panel.unit, panel.data.height, "with a price, as above")
    return replace(
        panel,
        data=data,
        ledger=ledger.keep("away from earnings", data.height, reason),
        settings={**panel.settings, "earnings_sessions": sessions},
    )

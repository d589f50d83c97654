"""The prices of the store: which are of no session, and which steps from one to the next are not known."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emtract.errors import PanelError
from emtract.pipeline.doctor.check import Check, broken

if TYPE_CHECKING:
    from emtract.config import Settings
    from emtract.store import Store


def check_prices(settings: Settings, store: Store) -> list[Check]:
    """Follow the prices from session to session, as every sample of returns does, and say what is left out."""
    from emtract.panel.prices import make_price_steps, steps_ledger
    from emtract.panel.sessions import sessions_of_prices

    if not store.count("prices"):
        return []
    in_dollars = any(store.count(table) for table in ("characteristics", "ipos", "announcements"))
    try:
        calendar = sessions_of_prices(store, settings.panel.calendar)
    except PanelError as error:
        return [broken("store", "prices", error)]
    with store.registered({"sessions": calendar}):
        make_price_steps(store)
        ledger = steps_ledger(store, in_dollars=in_dollars)
    told = [Check("store", "prices", "note", f"{s.rows_out:,} {s.name}: {s.reason}") for s in ledger.steps]
    return told or [Check("store", "prices", "ok", f"each of {store.count('prices'):,} but the first has a return")]

"""First days of IPOs without any post: the offers of the IPO study, filtered and priced by the same rules."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from emtract.panel.events import BEFORE, labels
from emtract.panel.frame import Sample
from emtract.panel.ipos import UNIT, Ipos, offered, with_first_day
from emtract.panel.prices import make_price_steps
from emtract.panel.scope import find_unasked, in_scope
from emtract.panel.sessions import sessions_of_prices

if TYPE_CHECKING:
    from emtract.options import PanelOptions
    from emtract.store import Store

#: Columns of the sample.
COLUMNS: Final = (
    "symbol",
    "offer_date",
    "session",
    "first_session",
    "year",
    "month",
    "company",
    "exchange",
    "founded",
    "offer_price",
    "first_close",
    "first_return",
    "log_proceeds",
    "log_age",
    "is_venture_backed",
    "underwriter_rank",
    "revision",
)
_IPOS: Final = Ipos()


@dataclass(frozen=True, kw_only=True)
class IpoFirstDays:
    """First days of all IPOs that the store knows, whether investors wrote about them or not: one row an IPO.

    Attributes
    ----------
    ipos
        Which offers count: its filters of kinds, prices and dates; what it says of posts counts for nothing here.
    """

    ipos: Ipos = _IPOS

    def build(self, store: Store, options: PanelOptions) -> Sample:
        """Build the sample from a store with IPOs and prices; no scores are needed.

        Returns
        -------
        Sample
            One row an IPO, in the order of first sessions: the columns of `COLUMNS`. The exchange is the class under the
            scheme `exchange` on the first session; null where no file tells of it.

        Raises
        ------
        PanelError
            When the store lacks prices or IPOs, or no IPO is left.
        """
        calendar = sessions_of_prices(store, options.calendar, before=BEFORE)
        with store.registered({"sessions": calendar}):
            make_price_steps(store)
            find_unasked(store, options)
            offers, ledger = in_scope(store, options, *offered(store, self.ipos), day="first_session")
            found = labels(store, offers.with_columns(day="first_session"), "exchange")
        named = offers.join(found, on="event", how="left", maintain_order="left").rename({"label": "exchange"})
        data = with_first_day(named).sort("first_session", "symbol").select(COLUMNS)
        settings: dict[str, str | int | float | None] = {
            "calendar": options.calendar,
            "min_offer_price": self.ipos.min_offer_price,
            "drop": ", ".join(self.ipos.drop),
            **options.scope,
        }
        return Sample(data, ledger, settings, UNIT)

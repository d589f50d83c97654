"""What is known of a firm before a session opens: lags of its prices, and characteristics as of the day they were public."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from emtract.errors import PanelError
from emtract.ledger import Ledger
from emtract.panel.frame import ENTITY, TIME, UNIT
from emtract.panel.prices import SPLIT, make_price_steps, steps_ledger

if TYPE_CHECKING:
    from collections.abc import Mapping

    import polars as pl

    from emtract.store import Store

#: Stored characteristics behind columns that every panel has.
_BEHIND: Final = ("shares_outstanding", "shares_short", "institutional_shares")


@dataclass(frozen=True, kw_only=True)
class FirmOptions:
    """How prices and characteristics become columns of the panel.

    Attributes
    ----------
    volume_window
        First and last session, counted back from t, of the mean that abnormal volume and turnover are measured against; at
        least three quarters of them must have a volume.
    max_age_days
        Days after its publication from which a characteristic counts as unknown: two quarters and a few days.
    split
        Least factor by which raw and adjusted close must part from one session to the next to count as a split; smaller steps
        are dividends.
    characteristics
        Stored characteristics that become columns under their own names, e.g. ``("book_equity",)``, as they were published; None
        for all that the store holds.

    Raises
    ------
    PanelError
        When an option is impossible.
    """

    volume_window: tuple[int, int] = (140, 20)
    max_age_days: int = 190
    split: float = SPLIT
    characteristics: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        if not self.volume_window[0] >= self.volume_window[1] >= 1:
            raise PanelError(
                f"volume_window counts back, as (140, 20) does, and ends before t: not {self.volume_window}"
            )
        if self.max_age_days < 1 or self.split <= 1:
            raise PanelError("max_age_days must be at least 1 and split above 1")

    @property
    def settings(self) -> dict[str, str | int | float | None]:
        """What a panel's settings say of them."""
        first, last = self.volume_window
        told: dict[str, str | int | float | None] = {
            "volume_window": f"t-{first} to t-{last}",
            "max_age_days": self.max_age_days,
            "split": self.split,
        }
        return told if self.characteristics is None else told | {"characteristics": ", ".join(self.characteristics)}


#: The options unless told otherwise.
FIRM_OPTIONS: Final = FirmOptions()


def build_firm_sessions(store: Store, options: FirmOptions, *, volatility_sessions: int) -> None:
    """Make the temporary table `firm_sessions`, one row a firm and session with a price, and its return on delisting.

    Parameters
    ----------
    store
        With the table `sessions` registered.
    options
        How prices and characteristics become columns.
    volatility_sessions
        Sessions behind `lagged_volatility` and `lagged_amihud`.
    """
    names = list(dict.fromkeys((*_BEHIND, *_asked(store, options))))
    make_price_steps(store, split=options.split)
    store.run("panel/prices/known", names=names, max_age_days=options.max_age_days)
    store.run("panel/prices/industries")
    store.run(
        "panel/firm_sessions/sessions",
        volatility_sessions=volatility_sessions,
        volume_from=options.volume_window[0],
        volume_to=options.volume_window[1],
    )


def own_characteristics(store: Store) -> tuple[str, ...]:
    """Return the names of stored characteristics that are columns of no panel by themselves, in order."""
    names: list[str] = store.query("panel/firm_sessions/own")["name"].to_list()
    return tuple(name for name in names if name not in _BEHIND)


def _asked(store: Store, options: FirmOptions) -> tuple[str, ...]:
    return own_characteristics(store) if options.characteristics is None else options.characteristics


def with_characteristics(store: Store, data: pl.DataFrame, options: FirmOptions) -> pl.DataFrame:
    """Add stored characteristics as columns: those that the options name, or all.

    Parameters
    ----------
    store
        In which `build_firm_sessions` has run with these options.
    data
        One row a symbol and session.
    options
        Their `characteristics` are the names of the new columns.

    Returns
    -------
    pl.DataFrame
        The same rows in order; a value is as it was published, null where none was public before the session.

    Raises
    ------
    PanelError
        When a name is a column already, or a name that the options give is of no stored characteristic.
    """
    for name in _asked(store, options):
        if name in data.columns:
            raise PanelError(
                f"the panel has a column {name} already: give the characteristic another name in `columns` of its [[market]] "
                "file, or leave it out of characteristics"
            )
        held = store.query("panel/firm_sessions/characteristic", characteristic=name).rename({"value": name})
        if held.is_empty() and options.characteristics is not None:
            raise PanelError(
                f"no firm-session has the characteristic {name}: name a file of [[market]] with it, and run `emtract ingest`"
            )
        data = data.join(held, on=[ENTITY, TIME], how="left", maintain_order="left")
    return data


def characteristics_ledger(store: Store, data: pl.DataFrame, options: FirmOptions) -> Ledger:
    """Say how many firm-sessions of the panel lack each stored characteristic and why, and what befell symbols and shares.

    Parameters
    ----------
    store
        In which `build_firm_sessions` has run with these options.
    data
        The rows of the panel: symbol, session.
    options
        Their characteristics are counted beside those that every panel has.

    Returns
    -------
    Ledger
        Steps that open a count of their own: no row of the panel is dropped. What did not occur has no step.
    """
    names = list(dict.fromkeys((*_BEHIND, *_asked(store, options))))
    with store.registered({"panel_keys": data.select(ENTITY, TIME)}):
        known = store.query("panel/firm_sessions/known", names=names)
        events = store.query("panel/firm_sessions/befallen").row(0, named=True)
    ledger = Ledger()
    for row in known.iter_rows(named=True):
        reasons = {
            "no file tells of the symbol": row["absent"],
            "not public yet, or of another firm of that symbol": row["early"],
            f"public more than {options.max_age_days} days before (the last on {row['newest']})": row["stale"],
        }
        told = "; ".join(f"{words}: {count:,}" for words, count in reasons.items() if count) or "none lacks it"
        ledger = ledger.start(f"with {row['name']}", UNIT, row["known"], f"of {data.height:,}; {told}")
    return ledger + _events(events) + steps_ledger(store, data, in_dollars=known["known"].sum() > 0)


def _events(events: Mapping[str, int]) -> Ledger:
    noted: tuple[tuple[str, str, int, str], ...] = (
        (
            "changes of firm",
            "events",
            events["reused"],
            "a symbol passed to another permno: no return, lag or value runs across",
        ),
        ("changes of symbol", "events", events["renamed"], "the firm is one, by its permno, and is named by its last"),
        ("delistings", "events", events["delisted"], "no return, lag or value runs across"),
        (
            "returns on delisting",
            UNIT,
            events["spliced"],
            "as their file tells, on the session after the last price; where it tells none there is no row",
        ),
        ("splits", "events", events["splits"], "volumes and shares are carried across them by raw and adjusted close"),
        ("without adjusted close", UNIT, events["unadjusted"], "splits cannot be seen: volumes are as traded"),
    )
    ledger = Ledger()
    for name, unit, count, reason in noted:
        if count:
            ledger = ledger.start(name, unit, count, reason)
    return ledger

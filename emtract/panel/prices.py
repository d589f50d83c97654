"""From one price of a firm to the next: the one rule that returns of every sample follow, and what it left out."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from emtract.ledger import Ledger

if TYPE_CHECKING:
    import polars as pl

    from emtract.store import Store

#: Where adjusted closes cannot tell, an open further below the close before than this share (or as many times above) looks like a
#: split, and so does one two thirds of it or half as much again.
SPLIT_JUMP: Final = 0.4
#: Least factor by which raw and adjusted close must part from one session to the next to count as a split.
SPLIT: Final = 1.2
#: Least move, as a logarithm, that counts where a firm that trades on other sessions had no volume: a stale or a wrong bar.
SILENT_MOVE: Final = 0.0005
#: What to do where prices as traded are unknown.
TRADED_REMEDY: Final = (
    'say close = "as_traded" or "split_adjusted" (with a column of splits) under [[prices]], or fetch the prices by '
    "`emtract prices download`, which writes the later splits"
)
#: Reason of `price_steps` -> what a ledger says of it.
REASONS: Final = {
    "first": "the first price of the firm",
    "gap": "no price on the session before",
    "hand_over": "the symbol passed to another firm",
    "split": "what looks like a split without an adjusted close",
    "seam": "two files meet whose scales differ",
    "missing_adjusted": "an adjusted close is missing where a dividend or split falls",
    "impossible": "a price, or the one before, cannot be right",
}


def make_firms(store: Store) -> None:
    """Make the temporary tables `firms`, which bears a symbol on a day, and `firm_changes`, from when another does."""
    store.run("panel/prices/permnos")
    store.run("panel/prices/firm_changes")
    store.run("panel/prices/firms")


def make_price_steps(store: Store, *, split: float = SPLIT) -> None:
    """Make the temporary tables of firms and of their prices; `sessions` must be registered.

    They are `firms` (which bears a symbol on a day) and `named_twice`, `price_steps` and `delisting_steps`.
    """
    make_firms(store)
    store.run("panel/prices/named_twice")
    store.run("panel/prices/price_steps", split=split, jump=-math.log(1 - SPLIT_JUMP), silent=SILENT_MOVE)
    store.run("panel/prices/delisting_steps")


def steps_ledger(store: Store, keys: pl.DataFrame | None = None, *, in_dollars: bool = False) -> Ledger:
    """Say which prices are of no session, and which returns there are not and why; what did not occur has no step.

    Parameters
    ----------
    store
        In which `make_price_steps` has run.
    keys
        symbol, session: prices that count; None for all of `price_steps`.
    in_dollars
        Whether the sample takes values in dollars a share, which need prices as traded.
    """
    if keys is None:
        keys = store.sql("SELECT firm AS symbol, session FROM price_steps")
    with store.registered({"step_keys": keys.select("session", firm="symbol").unique()}):
        row = store.query("panel/prices/returns_ledger").row(0, named=True)
    total, placed = store.count("prices"), store.count("price_steps")
    ledger = Ledger()
    if placed < total:
        reason = (
            "a weekend or holiday of the calendar: name the exchange of the prices under [panel] calendar; or a price under "
            "another symbol of the firm on the session"
        )
        ledger = ledger.start("prices", "prices", total, "every price of the store").keep(
            "on a session", placed, reason
        )
    lacking = {words: row[name] for name, words in REASONS.items()}
    kept = {
        "from one file to the next by raw closes, without dividends": row["seams"],
        f"kept though they move by more than {SPLIT_JUMP:.0%}": row["large"],
        "kept without an adjusted close though they look like a split of 5 for 4, 4 for 3 or 6 for 5": row["doubtful"],
        "kept though the price moves while nothing was traded, a stale or a wrong bar": row["silent"],
        "prices with an open, high or low that cannot be right, which is left out": row["mended"],
    }
    if sum(lacking.values()) + sum(kept.values()) > row["first"]:
        told = "; ".join(f"{words}: {count:,}" for words, count in (lacking | kept).items() if count)
        name = "with a return from the close before"
        ledger = ledger.start(name, "firm-sessions", row["known"], f"of {row['priced']:,}; {told}")
    if in_dollars and row["unknown_scale"]:
        known = row["priced"] - row["unknown_scale"]
        reason = f"of {row['priced']:,}; of others there is no market value, nor any price to scale by: {TRADED_REMEDY}"
        ledger = ledger.start("with a close as traded", "firm-sessions", known, reason)
    return ledger

"""Published return series as a sample: factors, the riskless rate, industry portfolios, and an index among the prices."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from emtract.errors import PanelError
from emtract.ledger import Ledger
from emtract.panel.frame import TIME, Sample
from emtract.panel.prices import make_price_steps
from emtract.panel.scope import in_scope
from emtract.panel.sessions import sessions

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl

    from emtract.options import PanelOptions
    from emtract.store import Store

UNIT: Final = "sessions"
#: Columns of the index, where one is asked for.
INDEX: Final = ("index_close_close", "index_open_close")
_REMEDY: Final = (
    "name Ken French's files under [[market]] with format french_factors, or a file of factors with format series, and run "
    "`emtract ingest`"
)


@dataclass(frozen=True, kw_only=True)
class ReturnSeries:
    """One row a session, one column a published series; ask for it where a study needs factors or industries.

    Attributes
    ----------
    names
        Series to take, e.g. ``("mkt_rf", "rf")``; () for all return series that the store holds. Dated series of files of
        format `series` (q-factors, say) count where they are named; returns are fractions there too (option `unit`).
    index
        Symbol among the prices, e.g. ``^GSPC``, whose returns become `index_close_close` and `index_open_close`.
    """

    names: tuple[str, ...] = ()
    index: str | None = None

    def build(self, store: Store, options: PanelOptions) -> Sample:
        """Build the sample from a store; of the options count start and end, and for the index the calendar.

        Returns
        -------
        Sample
            session, then the series in the order of their names (mkt_rf, smb, hml, rmw, cma, mom, rf, ``ff48:Agric``, ...),
            then the series of the index. Returns are fractions; null where a series has no value on that day. Where several
            files hold a value, the newest file's counts.

        Raises
        ------
        PanelError
            When the store holds none of the series and no index is asked for, lacks one that is named, or has no prices of
            the index.
        """
        rows = published_returns(store, self.names)
        if rows.is_empty() and self.index is None:
            raise PanelError(f"the store holds no published return series: {_REMEDY}")
        data = rows.sort("name").pivot("name", index=TIME, values="value").sort(TIME)
        ledger = _ledger(rows, data)
        if self.index is not None:
            index = _index_returns(store, self.index, options.calendar)
            data = data.join(index, on=TIME, how="full", coalesce=True).sort(TIME)
            ledger = ledger.start("with the index", UNIT, data.height, f"sessions with a price of {self.index} join")
        data, ledger = in_scope(store, options, data, ledger)
        days = {name: day for name, day in options.scope.items() if name != "symbols"}
        return Sample(data, ledger, {"series": ", ".join(self.names) or "all", "index": self.index, **days}, UNIT)


def published_returns(store: Store, names: Sequence[str] = ()) -> pl.DataFrame:
    """Return one row a series and session: name, session, value, readings, apart; see `sql/panel/series/series.sql`.

    Raises
    ------
    PanelError
        When the store holds no series of a name.
    """
    rows = store.query("panel/series/series", names=list(names))
    if missing := sorted(set(names) - set(rows["name"])):
        raise PanelError(f"the store holds no series {', '.join(missing)}: {_REMEDY}")
    return rows


def _ledger(rows: pl.DataFrame, data: pl.DataFrame) -> Ledger:
    apart = rows.filter(rows["apart"] > 0)
    revised = (
        f"; on {apart.height:,} of them files differ, by {apart['apart'].sort()[-1]:.4g} at most"
        if apart.height
        else ""
    )
    return (
        Ledger()
        .start("published returns", "series x day", int(rows["readings"].sum()), "every file of series")
        .keep("newest reading", rows.height, f"the same series on the same day in a newer file{revised}")
        .start("sessions with a published return", UNIT, data.height, "one column a series")
    )


def _index_returns(store: Store, symbol: str, calendar: str) -> pl.DataFrame:
    span = "SELECT min(session), max(session) FROM prices WHERE symbol = $symbol"
    first, last = store.sql(span, symbol=symbol).row(0)
    if first is None:
        raise PanelError(
            f"the store holds no prices of the index {symbol}: name its file under [[prices]], and run `emtract ingest`"
        )
    with store.registered({"sessions": sessions(calendar, first, last)}):
        make_price_steps(store)
        return store.query("panel/series/index", symbol=symbol)

"""A mood as a factor to trade on: each value dated by the first price at which it can be traded, and those prices."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, get_args

import polars as pl

from emtract.errors import PanelError
from emtract.panel.frame import ENTITY, TIME
from emtract.words.clock import CLOSE, words_of
from emtract.words.codebook import known

if TYPE_CHECKING:
    from collections.abc import Sequence

    from emtract.panel.frame import Panel

#: Which price of a session a value is dated by, the first after it is known: its open, or its close.
Price = Literal["open", "close"]
#: Column of the asset: the symbol, or `SYM#2` for what follows a break in its prices.
ASSET: Final = "asset"


@dataclass(frozen=True)
class Tradable:
    """Factors and prices that no value of tomorrow has entered.

    Attributes
    ----------
    factors
        session, asset, and the factors: a value stands on the first session at whose price (`price`) it is known. Rows
        without any value are left out.
    prices
        session, asset, open, close, volume: an index of the firm's price, 1 at its first close, with dividends reinvested
        and splits undone. A return is made of two prices of one asset, never across a break.
    price
        Whether factors can be traded at the open or at the close of their session.
    broken
        Breaks: sessions whose return from the session before is not known. What follows is an asset of its own.
    beyond
        Values left out since the panel ends before the session that they could be traded on.
    """

    factors: pl.DataFrame
    prices: pl.DataFrame
    price: Price
    broken: int
    beyond: int


def tradable(panel: Panel, columns: Sequence[str], *, price: Price) -> Tradable:
    """Date columns of a panel by the first price at which they can be traded.

    Parameters
    ----------
    panel
        Firm-sessions.
    columns
        Columns that are known at the close of their session at the latest, by the codebook.
    price
        `open`: what is known at the open of a session stands on it, what is known at its close on the next session. `close`:
        both stand on it.

    Raises
    ------
    PanelError
        A column is not there, is known later than the close, or its name does not say when it is known.

    Examples
    --------
    Posts of the session's market hours cannot be traded on at its open; `tradable(panel, ["valence_market"], price="open")`
    dates them by the next session.
    """
    if price not in get_args(Price):
        raise PanelError(f"price must be one of {', '.join(get_args(Price))}, not {price!r}")
    later = {column: _sessions_later(panel, column, price) for column in columns}
    if not later:
        raise PanelError("name at least one column, as in --column valence_pre_open")
    data = panel.data.with_columns(_broken().alias("broken"))
    part = pl.col("broken").cum_sum().over(ENTITY) + 1
    asset = pl.when(part > 1).then(pl.format("{}#{}", ENTITY, part)).otherwise(ENTITY)
    data = data.with_columns(asset.alias(ASSET))
    rows, beyond = _dated(data, later)
    return Tradable(rows, _prices(data), price, int(data["broken"].sum()), beyond)


def _sessions_later(panel: Panel, column: str, price: Price) -> int:
    """Return how many sessions after its own a column can first be traded."""
    if column not in panel.data.columns:
        raise PanelError(f"the panel has no column {column!r}; `emtract panel -o panel.csv` shows those that it has")
    if not panel.data.schema[column].is_numeric():
        raise PanelError(f"{column} holds no numbers, so it is no factor")
    instant = known(column)
    if instant is None:
        raise PanelError(f"nothing says when {column} is known, so it is no factor to trade on")
    if instant > CLOSE:
        raise PanelError(f"{column} is known at {words_of(instant)} only: it is an outcome, no factor")
    return 1 if price == "open" and instant == CLOSE else 0


def _broken() -> pl.Expr:
    """Whether a row begins another asset of its firm: there is no known return from the session before."""
    return pl.col(ENTITY).eq(pl.col(ENTITY).shift()).fill_null(value=False) & pl.col("return_close_close").is_null()


def _dated(data: pl.DataFrame, later: dict[str, int]) -> tuple[pl.DataFrame, int]:
    """Return the factors by the session that they can be traded on, and how many values have none."""
    calendar = data.select("number", TIME).unique().sort("number")
    parts = []
    for sessions in sorted(set(later.values())):
        named = [column for column, k in later.items() if k == sessions]
        part = data.select(pl.col("number") + sessions, ASSET, *named)
        parts.append(part.filter(pl.any_horizontal(pl.col(named).is_not_null())))
    rows = parts[0]
    for part in parts[1:]:
        rows = rows.join(part, on=["number", ASSET], how="full", coalesce=True)
    placed = rows.join(calendar, on="number", how="left")
    values = (
        placed.filter(pl.col(TIME).is_null()).select(pl.sum_horizontal(pl.col(list(later)).is_not_null()).sum()).item()
    )
    kept = placed.filter(pl.col(TIME).is_not_null()).select(TIME, ASSET, *later).sort(TIME, ASSET)
    return kept, int(values or 0)


def _prices(data: pl.DataFrame) -> pl.DataFrame:
    """Return the index of each asset: the first close of an asset is 1."""
    growth = pl.col("return_close_close").fill_null(0) + 1
    first = pl.int_range(pl.len()).over(ASSET) == 0
    close = pl.when(first).then(1.0).otherwise(growth).cum_prod().over(ASSET)
    opened = close / (pl.col("return_open_close") + 1)
    return data.select(TIME, ASSET, opened.alias("open"), close.alias("close"), pl.col("volume").cast(pl.Float64))

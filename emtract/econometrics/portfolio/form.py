"""Firms -> portfolios: sort each session by a signal, weigh, and count what had to be left out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
import polars as pl

from emtract.econometrics.rows import open_rows
from emtract.errors import EstimationError, MissingDataError
from emtract.panel.frame import ENTITY, TIME

if TYPE_CHECKING:
    import datetime as dt

    from emtract.econometrics.estimates import Codes, Floats
    from emtract.econometrics.portfolio.sort import PortfolioSort
    from emtract.ledger import Ledger
    from emtract.panel.frame import Sample

#: `together`: firms with equal signals share the portfolio of their average rank, so portfolios need not be equally large.
#: `symbol`: equal signals are ordered by symbol, so that they are.
Ties = Literal["together", "symbol"]
BASIS_POINTS: Final = 1e4


@dataclass(frozen=True)
class Portfolios:
    """Portfolios of T sessions, q of them from the lowest signal to the highest; returns in basis points.

    Attributes
    ----------
    sessions
        Session in which each was sorted, shape (T,).
    earned
        Session in which its return is earned, None where that is after the panel's last.
    position
        Place of that session among all sessions of the panel, shape (T,): consecutive ones differ by one.
    returns
        Shape (T, q).
    market
        Equal-weighted mean over all firms of the panel with a return, signal or not, shape (T,).
    firms, signal
        Number of firms and mean signal, shape (T, q).
    holdings
        One row a firm in a portfolio: position, number of its symbol, portfolio from 0, weight (they sum to one by session
        and portfolio), and weight grown by its return (not divided by the portfolio's).
    ledger
        From rows of the panel to sessions.
    """

    sessions: list[dt.date]
    earned: list[dt.date | None]
    position: Codes
    returns: Floats
    market: Floats
    firms: Codes
    signal: Floats
    holdings: pl.DataFrame
    ledger: Ledger

    @property
    def spread(self) -> Floats:
        """The highest portfolio less the lowest, shape (T,)."""
        return np.asarray(self.returns[:, -1] - self.returns[:, 0])


def form_portfolios(sort: PortfolioSort, sample: Sample) -> Portfolios:
    r"""Sort the firms of each session into portfolios by their signal.

    Raises
    ------
    SpecError
        When the sample lacks a column.
    MissingDataError
        When firms are to be weighed by size, and no file says how large they are.
    EstimationError
        When fewer than `min_sessions` sessions are left.

    Notes
    -----
    With ranks R from 1 to n within the session (average ranks where ties stay together), a firm is in portfolio

    .. math:: 1 + \lfloor q (R - \tfrac12) / n \rfloor.

    Ranks are taken among all firms whose signal is known, before anything is asked of the return: a firm that has no price
    when the position is closed leaves its portfolio, but moves no breakpoint.
    """
    rows, ledger = _eligible(sort, sample)
    ranked = _ranked(sort, rows)
    kept = ranked.filter(pl.col("n_firms") >= sort.min_firms)
    ledger = ledger.keep(
        "in sessions with enough firms", kept.height, f"fewer than {sort.min_firms} firms in the session"
    )
    priced = kept.filter(pl.col("y").is_not_null())
    ledger = ledger.keep(
        "held to the end", priced.height, f"no {sort.returns}: no price at an end of the holding period"
    )
    filled = priced.filter(pl.col("portfolio").n_unique().over(TIME) == sort.quantiles)
    ledger = ledger.keep("in sessions with every portfolio", filled.height, "a portfolio of the session has no firm")
    n_sessions = filled[TIME].n_unique()
    total = rows[TIME].n_unique()
    reason = f"of {total:,} with a signal, {total - n_sessions:,} are dropped"
    ledger = ledger.start("sessions with portfolios", "sessions", n_sessions, reason)
    if n_sessions < sort.min_sessions:
        raise EstimationError(
            f"{n_sessions} sessions have {sort.min_firms} firms with {sort.signal}, a return and firms in every portfolio, "
            f"{sort.min_sessions} are needed: lower min_firms or quantiles, or read more posts"
        )
    return _aggregate(sort, sample.data, filled, ledger)


def _eligible(sort: PortfolioSort, sample: Sample) -> tuple[pl.DataFrame, Ledger]:
    """Return the rows with a signal, and a weight where one is asked for: symbol, session, signal, y, weight."""
    size = (sort.size,) if sort.weights == "value" and _holds(sample.data, sort.size) else ()
    numbers = (sort.signal, sort.returns, *size)
    data, ledger = open_rows(sample, numbers, key=(ENTITY, TIME), where=sort.where, told=size)
    weight = pl.lit(1.0) if sort.weights == "equal" else _size(sort, data)
    rows = data.select(
        ENTITY,
        TIME,
        _finite(pl.col(sort.signal)).alias("signal"),
        _finite(pl.col(sort.returns)).alias("y"),
        weight.alias("weight"),
    )
    rows = rows.filter(pl.col("signal").is_not_null())
    ledger = ledger.keep("with a signal", rows.height, f"no {sort.signal}")
    if sort.weights == "value":
        rows = rows.filter(pl.col("weight").is_not_null())
        ledger = ledger.keep("with a size", rows.height, f"no {sort.size}")
    if rows.is_empty():
        raise EstimationError(f"no firm has {sort.signal}: score more posts, or widen {sort.where or 'the sample'}")
    return rows, ledger


def _size(sort: PortfolioSort, data: pl.DataFrame) -> pl.Expr:
    if not _holds(data, sort.size):
        raise MissingDataError(
            f"value weights need {sort.size}, the logarithm of market value: name a file with shares outstanding under "
            "[[market]] (format crsp_ciz or characteristics), and run `emtract ingest`"
        )
    value = _finite(_finite(pl.col(sort.size)).exp())
    return pl.when(value > 0).then(value)


def _holds(data: pl.DataFrame, column: str) -> bool:
    return column in data.columns and data[column].null_count() < data.height


def _finite(column: pl.Expr) -> pl.Expr:
    number = column.cast(pl.Float64)
    return pl.when(number.is_finite()).then(number)


def _ranked(sort: PortfolioSort, rows: pl.DataFrame) -> pl.DataFrame:
    """Add n_firms and portfolio (from 0)."""
    method: Literal["average", "ordinal"] = "average" if sort.ties == "together" else "ordinal"
    rank = pl.col("signal").rank(method).over(TIME)
    count = pl.len().over(TIME)
    place = (sort.quantiles * (rank - 0.5) / count).floor().cast(pl.Int64)
    return rows.sort(TIME, ENTITY).with_columns(n_firms=count, portfolio=place)


def _aggregate(sort: PortfolioSort, data: pl.DataFrame, held: pl.DataFrame, ledger: Ledger) -> Portfolios:
    """Average by session and portfolio; sums run in order of session and symbol, whatever the threads do."""
    calendar = data[TIME].unique().sort()
    sessions = held[TIME].unique().sort()
    place, q = held[TIME].rank("dense").to_numpy().astype(np.int64) - 1, sort.quantiles
    shape, cell = (len(sessions), q), place * q + held["portfolio"].to_numpy()
    weight, y = held["weight"].to_numpy(), held["y"].to_numpy()

    def add(values: Floats) -> Floats:
        return np.asarray(np.bincount(cell, weights=values, minlength=shape[0] * q), dtype=np.float64)

    total, count = add(weight), np.bincount(cell, minlength=shape[0] * q)
    share = weight / total[cell]
    position = np.asarray(calendar.search_sorted(sessions).to_numpy(), dtype=np.int64)
    holdings = pl.DataFrame(
        {
            "position": position[place],
            "symbol": held[ENTITY].rank("dense").cast(pl.Int64),
            "portfolio": held["portfolio"],
            "weight": share,
            "grown": share * (1 + y),
        }
    )
    return Portfolios(
        sessions=sessions.to_list(),
        earned=calendar.shift(-1 if sort.returns.endswith("_next") else 0)[position].to_list(),
        position=position,
        returns=BASIS_POINTS * add(share * y).reshape(shape),
        market=BASIS_POINTS * _market(data, sort.returns, sessions),
        firms=count.reshape(shape),
        signal=(add(held["signal"].to_numpy()) / count).reshape(shape),
        holdings=holdings,
        ledger=ledger,
    )


def _market(data: pl.DataFrame, returns: str, sessions: pl.Series) -> Floats:
    """Return the equal-weighted mean return of all firms in each of these sessions."""
    rows = data.select(TIME, ENTITY, _finite(pl.col(returns)).alias("y")).drop_nulls()
    rows = rows.filter(pl.col(TIME).is_in(sessions.implode())).sort(TIME, ENTITY)
    place = sessions.search_sorted(rows[TIME]).to_numpy()
    total = np.bincount(place, weights=rows["y"].to_numpy(), minlength=len(sessions))
    return np.asarray(total / np.bincount(place, minlength=len(sessions)))

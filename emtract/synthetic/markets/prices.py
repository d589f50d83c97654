"""Prices of the second demonstration: industry returns, noise of a firm's own, and what is planted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from emtract.synthetic.markets.events import LONG_RUN, YEAR
from emtract.synthetic.markets.stage import N_SEASONED

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from emtract.synthetic.markets.events import Announced, Offered
    from emtract.synthetic.markets.stage import Stage

#: Standard deviation of a firm's own open-to-close return: seasoned firms, issuers.
NOISE: Final = (0.015, 0.02)
TAILS: Final = 6
#: Share of the industry's log return that comes overnight.
OVERNIGHT: Final = 0.35
BIG: Final = 0.4


class Bars(NamedTuple):
    """Daily bars, shape (firms, sessions): NaN before the listing; volume in shares, 0 there."""

    open: NDArray[np.float64]
    high: NDArray[np.float64]
    low: NDArray[np.float64]
    close: NDArray[np.float64]
    volume: NDArray[np.int64]


def draw_offer_prices(stage: Stage, unusual: NDArray[np.bool_], rng: np.random.Generator) -> NDArray[np.float64]:
    """Return offer prices of issuers in US dollars, shape (issuers,).

    Parameters
    ----------
    stage
        Gives the issuers.
    unusual
        Whether the usual filters leave an issuer out, shape (issuers,); where any is, the last two issuers cost below
        five dollars.
    rng
        Draws the other prices, from 10 to 28 dollars.
    """
    prices = np.round(rng.uniform(10, 28, len(stage.issuers)) * 4) / 4
    if unusual.any():
        prices[-2:] = (3.5, 4.0)
    return prices


def draw_bars(
    stage: Stage,
    planted: NDArray[np.float64],
    announced: Announced,
    offered: Offered,
    offer_prices: NDArray[np.float64],
    rng: np.random.Generator,
) -> Bars:
    """Draw daily bars.

    Parameters
    ----------
    stage
        Gives firms, their industries and the returns of those, first sessions, and shares.
    planted
        What moods add to open-to-close returns, fractions, shape (firms, sessions), see `daily_effects`.
    announced
        Announcements with their overnight reactions.
    offered
        Enthusiasm and first-day return of each issuer.
    offer_prices
        In US dollars, shape (issuers,): times one plus the first-day return it is the first close.
    rng
        Draws noise, the first close of seasoned firms, ranges and volumes.

    Notes
    -----
    Open to close: ``(1 + b)^(1 - w) (1 + d) (1 + e + planted) - 1`` with b the industry's return, w the share that
    comes overnight, e noise of mean zero and d the drift of issuers in the year after their first close; overnight
    ``(1 + b)^w (1 + reaction) - 1``. Against its industry an issuer's expected gross return over the year is therefore
    exp(`LONG_RUN` x enthusiasm).
    """
    shape = planted.shape
    benchmark = np.log1p(stage.industries[stage.industry])
    scale = np.where(np.arange(shape[0]) < N_SEASONED, *NOISE)[:, None]
    noise = np.clip(scale * rng.standard_t(TAILS, shape) * np.sqrt((TAILS - 2) / TAILS), -BIG, BIG)
    day = np.exp((1 - OVERNIGHT) * benchmark + _drift(stage, offered, shape)) * (1 + noise + planted)
    night = np.exp(OVERNIGHT * benchmark)
    np.multiply.at(night, (announced.firm, announced.session), 1 + announced.reaction)
    close = np.empty(shape)
    for k in range(shape[0]):
        first = int(stage.listed[k])
        start = rng.uniform(12, 90) if k < N_SEASONED else _first_close(k, offer_prices, offered)
        grown = night[k, first:] * day[k, first:]
        grown[0] = 1.0
        close[k] = np.concatenate([np.full(first, np.nan), start * np.cumprod(grown)])
    opening = close / day
    reach = np.abs(rng.normal(0, 0.004, (2, *shape)))
    high, low = np.maximum(opening, close) * (1 + reach[0]), np.minimum(opening, close) * (1 - reach[1])
    turnover = np.exp(rng.normal(np.log(0.006), 0.3, shape) + 6 * np.abs(day - 1))
    volume = np.where(np.isfinite(close), turnover * stage.shares[:, None], 0).astype(np.int64)
    opening, high, low, close = np.round([opening, high, low, close], 6)
    return Bars(opening, high, low, close, volume)


def _first_close(firm: int, offer_prices: NDArray[np.float64], offered: Offered) -> float:
    return float(offer_prices[firm - N_SEASONED] * (1 + offered.first_return[firm - N_SEASONED]))


def _drift(stage: Stage, offered: Offered, shape: tuple[int, ...]) -> NDArray[np.float64]:
    drift = np.zeros(shape)
    for k, enthusiasm in zip(stage.issuers.tolist(), offered.enthusiasm.tolist(), strict=True):
        first = int(stage.listed[k]) + 1
        drift[k, first : first + YEAR] = LONG_RUN * enthusiasm / YEAR
    return drift

"""Prices that carry the planted effects: open-to-close returns first, daily bars from them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from emtract.emotions import EMOTIONS
from emtract.synthetic.truth import planted_returns

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from emtract.synthetic.moods import Moods
    from emtract.synthetic.truth import Shares

BASIS_POINT: Final = 1e-4
#: Standard deviations in basis points: idiosyncratic by firm (median), market-wide, and from close to open.
NOISE: Final = 155.0
MARKET: Final = 70.0
OVERNIGHT: Final = 60.0
#: Degrees of freedom of the idiosyncratic noise: returns have fatter tails than the normal.
TAILS: Final = 6
#: Basis points by which cheerful firms and cheerful sessions earn more anyway: what fixed effects must take out.
FIRM_CHEER: Final = 10.0
SESSION_CHEER: Final = 45.0


@dataclass(frozen=True)
class Bars:
    """Daily bars, each of shape (firms, sessions); prices in dollars with six decimals, volume in shares."""

    open: NDArray[np.float64]
    high: NDArray[np.float64]
    low: NDArray[np.float64]
    close: NDArray[np.float64]
    volume: NDArray[np.int64]


def draw_returns(moods: Moods, shares: Shares, rng: np.random.Generator) -> NDArray[np.float64]:
    """Return open-to-close returns as fractions, shape (firms, sessions).

    Parameters
    ----------
    moods
        Latent moods; their firm and session parts for happiness move returns beside what is planted.
    shares
        True shares of emotions: the planted effects work through them.
    rng
        Draws noise and volatility.

    Notes
    -----
    ``r_it = firm_i + session_t + planted_it + noise_it``. The firm and session parts rise with the firm's and the
    session's mood for happiness, so a regression without fixed effects is biased; volatility differs by firm and
    clusters in time.
    """
    firms, sessions = shares.posts.shape[:2]
    happy = EMOTIONS.index("happy")
    firm = rng.normal(0, 5, firms) + FIRM_CHEER * _unit(moods.firm[:, happy])
    session = rng.normal(0, 1, sessions) * np.sqrt(MARKET**2 - SESSION_CHEER**2)
    session += SESSION_CHEER * _unit(moods.session[:, happy])
    scale = NOISE * np.exp(rng.normal(0, 0.2, (firms, 1))) * _volatility(sessions, rng)
    noise = scale * rng.standard_t(TAILS, (firms, sessions)) * np.sqrt((TAILS - 2) / TAILS)
    returns = firm[:, None] + session + planted_returns(shares) + noise
    return np.asarray(np.maximum(returns * BASIS_POINT, -0.5))


def draw_bars(returns: NDArray[np.float64], shares: Shares, rng: np.random.Generator) -> Bars:
    """Return bars whose opens and closes give these open-to-close returns, to the sixth decimal of a price.

    Parameters
    ----------
    returns
        Open to close, fractions, shape (firms, sessions).
    shares
        Only the numbers of posts are used: firms that are talked of are traded more.
    rng
        Draws overnight gaps, first prices (about 8 to 120 US dollars), ranges and volumes.
    """
    gap = rng.normal(0, OVERNIGHT * BASIS_POINT, returns.shape)
    first = np.exp(rng.uniform(np.log(8), np.log(120), (len(returns), 1)))
    close = first * np.cumprod((1 + gap) * (1 + returns), axis=1)
    opening = close / (1 + returns)
    reach = np.abs(rng.normal(0, 40 * BASIS_POINT, (2, *returns.shape)))
    high = np.maximum(opening, close) * (1 + reach[0])
    low = np.minimum(opening, close) * (1 - reach[1])
    busy = 0.4 * np.log1p(shares.posts.sum(axis=2)) + 8 * np.abs(returns)
    volume = np.exp(rng.normal(13, 0.5, (len(returns), 1)) + busy + rng.normal(0, 0.25, returns.shape))
    opening, high, low, close = np.round([opening, high, low, close], 6)
    return Bars(opening, high, low, close, volume.astype(np.int64) + 1)


def _unit(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray((values - values.mean()) / values.std())


def _volatility(sessions: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Return a factor around one that drifts slowly."""
    level = np.zeros(sessions)
    shocks = rng.normal(0, 0.06, sessions)
    for t in range(1, sessions):
        level[t] = 0.95 * level[t - 1] + shocks[t]
    return np.exp(level)

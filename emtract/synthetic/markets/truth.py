"""What is planted: how moods before offers, announcements and sessions move prices, by amounts written down; and those prices."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from emtract.emotions import EMOTIONS
from emtract.synthetic.markets.world import EARNINGS_WINDOW, N_OFFERS, N_SEASONED, OFFER_DAYS
from emtract.synthetic.world import Bars, draw_range

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from emtract.synthetic.markets.world import Posts, Stage

#: Basis points of open-to-close return per standard deviation of the share of an emotion before the open; and how much more
#: it is for firms with high short interest.
DAILY_EFFECTS: Final = {"happy": 15.0, "fear": -16.0}
SHORTED_MORE: Final = {"happy": 25.0, "fear": 0.0}
#: Sessions after listing from which returns have the lagged controls that daily studies ask for.
SEASONED_AFTER: Final = 21
#: First-day return: mean, per standard deviation of enthusiasm, noise; fractions.
FIRST_DAY: Final = (0.15, 0.07, 0.12)
#: Log return against the industry over the year after the first close, per standard deviation of enthusiasm.
LONG_RUN: Final = -0.15
YEAR: Final = 252
#: Surprise over price: per standard deviation of happiness before the announcement, and noise.
SURPRISE: Final = (0.001, 0.003)
#: Announcement return: per standard deviation of happiness given the surprise, per unit of surprise, noise.
REACTION: Final = (-0.008, 2.0, 0.025)
#: Standard deviation of a firm's own open-to-close return: seasoned firms, issuers.
NOISE: Final = (0.015, 0.02)
TAILS: Final = 6
#: Share of the industry's log return that comes overnight.
OVERNIGHT: Final = 0.35
BIG: Final = 0.4


@dataclass(frozen=True)
class Announced:
    """Announcements: firm, session on whose open the news is known, whether it came after the close before; moods, surprises.

    Attributes
    ----------
    firm, session, after_close
        One entry an announcement.
    mood
        Share of happy posts before it, standardised.
    surprise
        Earnings less consensus over price.
    reaction
        Overnight return.
    """

    firm: NDArray[np.int64]
    session: NDArray[np.int64]
    after_close: NDArray[np.bool_]
    mood: NDArray[np.float64]
    surprise: NDArray[np.float64]
    reaction: NDArray[np.float64]


@dataclass(frozen=True)
class Offered:
    """Offers, in the order of `Stage.issuers`: enthusiasm (standardised over the usual ones) and first-day return."""

    enthusiasm: NDArray[np.float64]
    first_return: NDArray[np.float64]


def schedule(stage: Stage, first: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Return firm and session of announcements: each seasoned firm about every 63 sessions from `first` on.

    Parameters
    ----------
    stage
        Gives firms and sessions.
    first
        Session from which a firm's first announcement is 12 to 39 sessions away.
    rng
        Draws that distance, firm by firm.

    Returns
    -------
    NDArray
        Places of firm and session in `stage`, shape (n, 2), firm by firm.
    """
    rows = [
        (firm, t)
        for firm in stage.seasoned.tolist()
        for t in range(first + int(rng.integers(12, 40)), len(stage.dates) - 5, 63)
    ]
    return np.array(rows, dtype=np.int64)


def announce(stage: Stage, posts: Posts, announced: NDArray[np.int64], rng: np.random.Generator) -> Announced:
    """Draw surprises and reactions from the moods before announcements.

    Parameters
    ----------
    stage
        Gives the instants of sessions.
    posts
        All posts; posts in `EARNINGS_WINDOW` make the mood.
    announced
        Firm and session of each announcement, shape (n, 2), see `schedule`.
    rng
        Draws noise, and whether the news came after the close before.
    """
    firm, session = announced.T
    first, last = EARNINGS_WINDOW
    happy = _share(posts, firm, stage.previous_close[session + first], stage.close[session + last])
    mood = (happy - happy.mean()) / happy.std(ddof=1)
    surprise = SURPRISE[0] * mood + rng.normal(0, SURPRISE[1], len(firm))
    reaction = REACTION[0] * mood + REACTION[1] * surprise + rng.normal(0, REACTION[2], len(firm))
    return Announced(firm, session, rng.random(len(firm)) < 0.6, mood, surprise, reaction)


def offer(stage: Stage, posts: Posts, rng: np.random.Generator) -> Offered:
    """Draw first-day returns from the enthusiasm before offers.

    Parameters
    ----------
    stage
        Gives issuers and their first sessions.
    posts
        All posts; posts of the `OFFER_DAYS` days before the first open make the enthusiasm.
    rng
        Draws the noise.

    Returns
    -------
    Offered
        Returns are fractions, none below -0.4.
    """
    opens = stage.open[stage.listed[stage.issuers]]
    happy = _share(posts, stage.issuers, opens - OFFER_DAYS * 86_400, opens)
    usual = happy[:N_OFFERS]
    enthusiasm = (happy - usual.mean()) / usual.std(ddof=1)
    mean, slope, noise = FIRST_DAY
    first = mean + slope * enthusiasm + rng.normal(0, noise, len(happy))
    return Offered(enthusiasm, np.maximum(first, -0.4))


def daily_effects(stage: Stage, posts: Posts) -> NDArray[np.float64]:
    """Return what moods before the open add to open-to-close returns, fractions, shape (firms, sessions).

    Notes
    -----
    An emotion's share is taken around its mean by firm, over its standard deviation on all firm-sessions with posts before
    the open that come late enough after the listing; the others get nothing.
    """
    shape = (len(stage.firms), len(stage.dates))
    session = np.searchsorted(stage.close, posts.instant, side="right")
    early = posts.instant < stage.open[session]
    counts = np.zeros((*shape, len(EMOTIONS)))
    np.add.at(counts, (posts.firm[early], session[early], posts.emotion[early]), 1)
    total = counts.sum(axis=2)
    filled = (total > 0) & (np.arange(shape[1]) >= stage.listed[:, None] + SEASONED_AFTER)
    added = np.zeros(shape)
    for emotion, effect in DAILY_EFFECTS.items():
        share = np.where(filled, counts[:, :, EMOTIONS.index(emotion)] / np.maximum(total, 1), 0.0)
        usual = share.sum(axis=1) / np.maximum(filled.sum(axis=1), 1)
        slope = effect + SHORTED_MORE[emotion] * stage.is_shorted
        added += np.where(filled, slope[:, None] * (share - usual[:, None]) / share[filled].std(ddof=1), 0.0)
    return added / 1e4


def bhar_slope(stage: Stage, offered: Offered) -> float:
    """Return the slope of the expected 12-month return against the industry on standardised enthusiasm, usual offers."""
    usual = stage.issuers[:N_OFFERS]
    spans = [(k, int(stage.listed[k]) + 1) for k in usual.tolist()]
    benchmark = np.array([np.prod(1 + stage.industries[stage.industry[k], t : t + YEAR]) for k, t in spans])
    enthusiasm = offered.enthusiasm[:N_OFFERS]
    expected = benchmark * np.expm1(LONG_RUN * enthusiasm)
    return float(np.polyfit(enthusiasm, expected, 1)[0])


def high_less_low(offered: Offered) -> float:
    """Return the expected first-day return of offers above the median of enthusiasm less the others'."""
    enthusiasm = offered.enthusiasm[:N_OFFERS]
    high = enthusiasm > np.median(enthusiasm)
    return float(FIRST_DAY[1] * (enthusiasm[high].mean() - enthusiasm[~high].mean()))


def is_unusual(stage: Stage) -> NDArray[np.bool_]:
    """Return which firms are issuers that the usual filters leave out: the last ones."""
    return np.arange(len(stage.firms)) >= N_SEASONED + N_OFFERS


def _share(
    posts: Posts, firm: NDArray[np.int64], since: NDArray[np.int64], until: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return the share of happy posts about each firm in [since, until)."""
    happy = posts.emotion == EMOTIONS.index("happy")
    shares = []
    for k, start, end in zip(firm.tolist(), since.tolist(), until.tolist(), strict=True):
        chosen = (posts.firm == k) & (posts.instant >= start) & (posts.instant < end)
        shares.append(happy[chosen].mean())
    return np.array(shares)


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
    high, low = draw_range(opening, close, rng)
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

"""What is true in the demo's archive: the planted effects, the shares they work through, and the prices that carry them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, NamedTuple

import numpy as np

from emtract.emotions import EMOTIONS, NON_NEUTRAL, Emotion
from emtract.panel.frame import WINDOWS, Window
from emtract.synthetic.moods import FORMS
from emtract.synthetic.world import BASIS_POINT, FIRMS, N_SESSIONS, Bars, draw_range

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from emtract.synthetic.moods import Draws, Moods

Spec = Literal["contemporaneous_emotions", "predictive_emotions", "next_emotions"]
#: Spec -> the window that its emotions come from.
SPECS: Final[dict[Spec, Window]] = {
    "contemporaneous_emotions": "market",
    "predictive_emotions": "pre_open",
    "next_emotions": "pre_open",
}
#: Planted effects in basis points of open-to-close return per standard deviation; whatever is not named is zero.
PLANTED: Final[dict[tuple[Spec, Emotion], float]] = {
    ("contemporaneous_emotions", "happy"): 22.0,
    ("contemporaneous_emotions", "sad"): -18.0,
    ("predictive_emotions", "happy"): 20.0,
    ("predictive_emotions", "fear"): -16.0,
    ("next_emotions", "happy"): -14.0,
}
NOTES: Final[dict[tuple[Spec, Emotion], str]] = {
    ("next_emotions", "happy"): "most of the pre-open effect of happy is given back in the next session",
}
#: Standard deviations in basis points: idiosyncratic by firm (median), market-wide, and from close to open.
NOISE: Final = 155.0
MARKET: Final = 70.0
OVERNIGHT: Final = 60.0
#: Degrees of freedom of the idiosyncratic noise: returns have fatter tails than the normal.
TAILS: Final = 6
#: Basis points by which cheerful firms and cheerful sessions earn more anyway: what fixed effects must take out.
FIRM_CHEER: Final = 10.0
SESSION_CHEER: Final = 45.0
#: The first session with both lagged controls: fifteen close-to-close returns before it.
FIRST_SESSION: Final = 16
DEFINITION: Final = (
    "Basis points of open-to-close return per one standard deviation of the true share of an emotion among the posts of "
    "the firm-session-window (equal weights, each post under its true label, a post that names two tickers counted for "
    "both, posts of a cashtag and a link left out). The standard deviation is over the estimation sample: "
    "firm-sessions with at least one post in the window and with lagged return and volatility (from the 17th session "
    "on; next_emotions without the last session). Six emotions jointly, neutral omitted; firm and session effects; "
    "attention, lagged return and lagged volatility have no effect of their own."
)


class Shares(NamedTuple):
    """True shares, shape (firms, sessions, windows, 7), zero where nobody posted; posts, the same without the 7."""

    share: NDArray[np.float64]
    posts: NDArray[np.int64]


def count_shares(draws: Draws) -> Shares:
    """Count the readable posts of each firm, session and window by true emotion."""
    readable = draws.form != FORMS.index("link_only")
    paired = readable & (draws.second >= 0)
    tally = np.zeros((len(FIRMS), N_SESSIONS, len(WINDOWS), len(EMOTIONS)))
    for firm, chosen in ((draws.firm, readable), (draws.second, paired)):
        np.add.at(tally, (firm[chosen], draws.session[chosen], draws.window[chosen], draws.emotion[chosen]), 1)
    posts = tally.sum(axis=-1)
    return Shares(tally / np.maximum(posts, 1)[..., None], posts.astype(np.int64))


def planted_returns(shares: Shares) -> NDArray[np.float64]:
    """Return what emotions add to open-to-close returns, in basis points, shape (firms, sessions).

    Notes
    -----
    ``sum_s sum_e beta_se (share_e - mean_se) / sd_se`` over specs s and emotions e, mean and sd taken over the
    estimation sample of s; an empty window adds nothing; the part of `next_emotions` arrives one session later.
    """
    total = np.zeros(shares.posts.shape[:2])
    for (spec, emotion), effect in PLANTED.items():
        window = WINDOWS.index(SPECS[spec])
        share, filled = shares.share[:, :, window, EMOTIONS.index(emotion)], shares.posts[:, :, window] > 0
        last = N_SESSIONS - 1 if spec == "next_emotions" else N_SESSIONS
        sample = share[:, FIRST_SESSION:last][filled[:, FIRST_SESSION:last]]
        added = np.where(filled, effect * (share - sample.mean()) / sample.std(ddof=1), 0.0)
        if spec == "next_emotions":
            total[:, 1:] += added[:, :-1]
        else:
            total += added
    return total


def effects() -> list[dict[str, str | float]]:
    """Return every term of every spec with its planted effect, zeros included."""
    return [
        {
            "spec": spec,
            "term": f"{emotion}_{window}",
            "truth": PLANTED.get((spec, emotion), 0.0),
            "note": NOTES.get((spec, emotion), "planted" if (spec, emotion) in PLANTED else "no effect"),
        }
        for spec, window in SPECS.items()
        for emotion in NON_NEUTRAL
    ]


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
    high, low = draw_range(opening, close, rng)
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

"""Who feels what and when: latent moods by firm and session, and the posts drawn from them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, get_args

import numpy as np

from emtract.emotions import EMOTIONS, Emotion
from emtract.panel.frame import WINDOWS
from emtract.synthetic.world import FIRMS, Timeline, autoregression

if TYPE_CHECKING:
    from numpy.typing import NDArray

N_POSTS: Final = 20_000
#: Share of each emotion in a calm firm on a calm day.
BASE_MIX: Final[dict[Emotion, float]] = {
    "neutral": 0.52,
    "happy": 0.29,
    "sad": 0.04,
    "anger": 0.03,
    "disgust": 0.03,
    "surprise": 0.04,
    "fear": 0.05,
}
#: Standard deviations on the logit scale.
FIRM_MOOD: Final = 0.30
SESSION_MOOD: Final = 0.35
WINDOW_MOOD: Final = 0.80
#: First-order autocorrelation of the market-wide mood.
MOOD_MEMORY: Final = 0.7

#: What a post consists of: words; emojis alone; a cashtag and a link, which holds no emotion to read.
Form = Literal["words", "emoji_only", "link_only"]
FORMS: Final[tuple[Form, ...]] = get_args(Form)
EMOJI_ONLY: Final = 0.015
LINK_ONLY: Final = 0.012
SECOND_TICKER: Final = 0.01


@dataclass(frozen=True)
class Moods:
    """Latent emotion mix, shape (firms, sessions, windows, 7), and its firm and session parts on the logit scale."""

    mix: NDArray[np.float64]
    firm: NDArray[np.float64]
    session: NDArray[np.float64]


@dataclass(frozen=True)
class Draws:
    """Posts in order of time; each array has one entry a post.

    Attributes
    ----------
    firm, second
        Position in `FIRMS`; `second` is -1 where the post names one ticker.
    session, window, emotion, form
        Position in the timeline, `WINDOWS`, `EMOTIONS` and `FORMS`.
    instant
        Seconds since 1970 UTC.
    """

    firm: NDArray[np.int64]
    second: NDArray[np.int64]
    session: NDArray[np.int64]
    window: NDArray[np.int64]
    emotion: NDArray[np.int64]
    form: NDArray[np.int64]
    instant: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.firm)


def draw_moods(sessions: int, rng: np.random.Generator) -> Moods:
    """Draw the latent mix: softmax of base + firm + session + a shock of its own for each firm, session and window.

    Notes
    -----
    Firms differ for good and the market-wide mood persists, so fixed effects matter; the last shock is independent
    across sessions and windows, so that what one window does to returns is not mistaken for what another does.
    """
    firms, windows, emotions = len(FIRMS), len(WINDOWS), len(EMOTIONS)
    base = np.log([BASE_MIX[emotion] for emotion in EMOTIONS])
    firm = rng.normal(0, FIRM_MOOD, (firms, emotions))
    session = autoregression(rng, (1, sessions, emotions), MOOD_MEMORY)[0] * SESSION_MOOD
    own = rng.normal(0, WINDOW_MOOD, (firms, sessions, windows, emotions))
    logits = base + firm[:, None, None] + session[None, :, None] + own
    odds = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return Moods(odds / odds.sum(axis=-1, keepdims=True), firm, session)


def draw_posts(moods: Moods, timeline: Timeline, rng: np.random.Generator) -> Draws:
    """Draw how many posts each window holds, their instants, emotions and forms.

    Parameters
    ----------
    moods
        Mix of emotions that each firm, session and window is drawn from.
    timeline
        The sessions of `moods`: their opens and closes bound the windows.
    rng
        Source of chance.

    Returns
    -------
    Draws
        About `N_POSTS` posts, in order of time.
    """
    counts = rng.poisson(_intensity(timeline, rng))
    firm, session, window = (np.repeat(axis.ravel(), counts.ravel()) for axis in np.indices(counts.shape))
    instant = _instants(session, window, timeline, rng)
    order = np.lexsort((window, firm, instant))
    firm, session, window, instant = firm[order], session[order], window[order], instant[order]
    ladder = moods.mix[firm, session, window].cumsum(axis=1)
    emotion = np.minimum((rng.random((len(firm), 1)) > ladder).sum(axis=1), len(EMOTIONS) - 1)
    second = (firm + rng.integers(1, len(FIRMS), len(firm))) % len(FIRMS)
    form = _forms(emotion, rng)
    paired = (rng.random(len(firm)) < SECOND_TICKER) & (form == FORMS.index("words"))
    return Draws(firm, np.where(paired, second, -1), session, window, emotion, form, instant)


def _intensity(timeline: Timeline, rng: np.random.Generator) -> NDArray[np.float64]:
    """Return expected posts, shape (firms, sessions, windows): popular firms, busy days and long windows have more."""
    popularity = np.exp(rng.normal(0, 0.35, (len(FIRMS), 1, 1)))
    bustle = np.exp(rng.normal(0, 0.2, (1, len(timeline), 1)))
    hours = np.stack([timeline.open - timeline.previous_close, timeline.close - timeline.open], axis=1) / 3600
    length = (hours / [17.5, 6.5]) ** 0.35
    shape = popularity * bustle * length[None]
    return np.asarray(shape * (N_POSTS / shape.sum()))


def _instants(
    session: NDArray[np.int64], window: NDArray[np.int64], timeline: Timeline, rng: np.random.Generator
) -> NDArray[np.int64]:
    """Return seconds within the window, crowded at its two ends; a pre-open post comes after the close, not at it."""
    before = window == WINDOWS.index("pre_open")
    start = np.where(before, timeline.previous_close[session] + 1, timeline.open[session])
    end = np.where(before, timeline.open[session], timeline.close[session])
    position = np.where(before, rng.beta(0.6, 0.5, len(session)), rng.beta(0.7, 0.8, len(session)))
    return np.asarray(np.minimum(start + np.floor(position * (end - start)), end - 1), dtype=np.int64)


def _forms(emotion: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.int64]:
    draw = rng.random(len(emotion))
    neutral = emotion == EMOTIONS.index("neutral")
    emoji = (draw < EMOJI_ONLY) & ~neutral
    link = (draw < LINK_ONLY / BASE_MIX["neutral"]) & neutral
    return np.select([emoji, link], [FORMS.index("emoji_only"), FORMS.index("link_only")], FORMS.index("words"))

"""Who posts about which firm when, and in what mood: before offers, before announcements, and day by day."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from emtract.emotions import EMOTIONS
from emtract.synthetic.authors import user_object
from emtract.synthetic.phrases import Topic, write_words

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from emtract.synthetic.authors import Authors
    from emtract.synthetic.markets.stage import Stage

#: Sessions in which every seasoned firm is talked of, day by day, before the first offer.
DAILY: Final = (560, 700)
#: Expected posts of a seasoned firm in such a session: before the open, during market hours.
RATES: Final = (1.3, 0.7)
BEFORE_OFFER: Final = 30.0
AFTER_OFFER: Final = 28.0
BEFORE_EARNINGS: Final = 7.0
#: Days before the open of the first session in which an issuer is talked of, and sessions after it.
OFFER_DAYS: Final = 30
AFTER_SESSIONS: Final = 250
#: First and last session of the mood before an announcement.
EARNINGS_WINDOW: Final = (-10, -2)
#: Share of happy posts: usual, and about issuers that investors are enthusiastic about or not, before and after.
HAPPY: Final = 0.30
ENTHUSIASM: Final = {True: (0.62, 0.48), False: (0.22, 0.26)}
#: The rest of the posts, by emotion.
_REST: Final = {"neutral": 0.60, "sad": 0.07, "anger": 0.07, "disgust": 0.06, "surprise": 0.08, "fear": 0.12}
FIRST_ID: Final = 950_000_001
Message = dict[str, Any]


@dataclass(frozen=True)
class Posts:
    """Posts in order of time; one entry a post: place of its firm, instant in seconds, place of its emotion."""

    firm: NDArray[np.int64]
    instant: NDArray[np.int64]
    emotion: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.firm)


def draw_posts(
    stage: Stage, enthusiastic: NDArray[np.bool_], announced: NDArray[np.int64], rng: np.random.Generator
) -> Posts:
    """Draw all posts.

    Parameters
    ----------
    stage
        Gives firms and the instants of sessions.
    enthusiastic
        Whether investors are enthusiastic about each issuer, shape (issuers,).
    announced
        Firm and session of each announcement, shape (announcements, 2).
    rng
        Draws number, instant and emotion.
    """
    batches = [
        *_daily(stage, rng),
        *(_before_offer(stage, k, bool(high), rng) for k, high in zip(stage.issuers, enthusiastic, strict=True)),
        *(_after_offer(stage, k, bool(high), rng) for k, high in zip(stage.issuers, enthusiastic, strict=True)),
        *(_before_earnings(stage, k, t, rng) for k, t in announced.tolist()),
    ]
    firm, instant, emotion = (np.concatenate(column) for column in zip(*batches, strict=True))
    order = np.lexsort((firm, instant))
    return Posts(firm[order], instant[order], emotion[order])


def write_messages(
    stage: Stage, posts: Posts, opens: NDArray[np.float64], authors: Authors, rng: np.random.Generator
) -> list[Message]:
    """Write every post as a message of StockTwits' API, in order of time; ids rise with time.

    Parameters
    ----------
    stage
        Gives names of firms and the instants of sessions.
    posts
        What `draw_posts` drew.
    opens
        Opening prices in US dollars, shape (firms, sessions): posts talk of prices around them.
    authors
        Who posts; the more active ones more often.
    rng
        Draws ids, authors and words.
    """
    ids = (FIRST_ID + np.cumsum(rng.integers(1, 900, len(posts)))).tolist()
    author = rng.choice(len(authors.activity), len(posts), p=authors.activity).tolist()
    stamps = np.datetime_as_string(posts.instant.astype("datetime64[s]")).tolist()
    session = np.searchsorted(stage.close, posts.instant, side="right")
    return [
        {
            "id": ids[i],
            "body": _body(
                stage, int(posts.firm[i]), int(posts.emotion[i]), float(opens[posts.firm[i], session[i]]), rng
            ),
            "created_at": f"{stamps[i]}Z",
            "user": user_object(authors, author[i], i / len(posts)),
            "symbols": [_symbol(stage, int(posts.firm[i]))],
            "entities": {"sentiment": None},
        }
        for i in range(len(posts))
    ]


def _body(stage: Stage, firm: int, emotion: int, price: float, rng: np.random.Generator) -> str:
    known = stage.firms[firm]
    topic = Topic(f"${known.symbol}", known.short_name, price, f"https://news.example/{known.symbol.lower()}")
    text = write_words(EMOTIONS[emotion], topic, rng)
    return (
        text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("'", "&#39;")
        .replace('"', "&quot;")
    )


def _symbol(stage: Stage, firm: int) -> Message:
    known = stage.firms[firm]
    return {
        "id": 80_001 + firm,
        "symbol": known.symbol,
        "title": known.name,
        "aliases": [],
        "watchlist_count": 900 + firm,
    }


_Batch = tuple["NDArray[np.int64]", "NDArray[np.int64]", "NDArray[np.int64]"]


def _daily(stage: Stage, rng: np.random.Generator) -> list[_Batch]:
    """Posts about seasoned firms, window by window, each with a mood of its own."""
    batches = []
    for firm in stage.seasoned.tolist():
        for t in range(*DAILY):
            spans = ((stage.previous_close[t] + 1, stage.open[t]), (stage.open[t], stage.close[t]))
            for (start, end), rate in zip(spans, RATES, strict=True):
                mix = _mix(1 / (1 + np.exp(-(np.log(HAPPY / (1 - HAPPY)) + rng.normal(0, 0.9)))))
                batches.append(_batch(firm, rng.poisson(rate), (int(start), int(end)), mix, rng))
    return batches


def _before_offer(stage: Stage, firm: int, high: bool, rng: np.random.Generator) -> _Batch:
    opens = int(stage.open[stage.listed[firm]])
    mix = _mix(float(np.clip(ENTHUSIASM[high][0] + rng.normal(0, 0.08), 0.05, 0.95)))
    return _batch(firm, 8 + rng.poisson(BEFORE_OFFER - 8), (opens - OFFER_DAYS * 86_400, opens), mix, rng)


def _after_offer(stage: Stage, firm: int, high: bool, rng: np.random.Generator) -> _Batch:
    first = int(stage.listed[firm])
    span = (int(stage.open[first]), int(stage.close[first + AFTER_SESSIONS]))
    return _batch(firm, rng.poisson(AFTER_OFFER), span, _mix(ENTHUSIASM[high][1]), rng)


def _before_earnings(stage: Stage, firm: int, t: int, rng: np.random.Generator) -> _Batch:
    first, last = EARNINGS_WINDOW
    span = (int(stage.previous_close[t + first]) + 1, int(stage.close[t + last]))
    return _batch(firm, 3 + rng.poisson(BEFORE_EARNINGS - 3), span, _mix(float(rng.beta(1.5, 3.5))), rng)


def _batch(firm: int, n: int, span: tuple[int, int], mix: NDArray[np.float64], rng: np.random.Generator) -> _Batch:
    instants = rng.integers(span[0], span[1], n)
    emotions = np.minimum(np.searchsorted(mix.cumsum(), rng.random(n)), len(EMOTIONS) - 1)
    return np.full(n, firm, dtype=np.int64), instants, emotions.astype(np.int64)


def _mix(happy: float) -> NDArray[np.float64]:
    return np.array([happy if emotion == "happy" else (1 - happy) * _REST[emotion] for emotion in EMOTIONS])

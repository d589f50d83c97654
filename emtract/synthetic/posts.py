"""Posts as messages of StockTwits' API: nested objects, escaped bodies, sentiment in its three spellings."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from emtract.emotions import EMOTIONS, Emotion
from emtract.synthetic.authors import Authors, user_object
from emtract.synthetic.moods import FORMS, Draws
from emtract.synthetic.phrases import Topic, write_emojis, write_words
from emtract.synthetic.world import FIRMS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from emtract.synthetic.prices import Bars

FIRST_ID: Final = 900_000_001
RESHARES: Final = 0.01
REPLIES: Final = 0.06
#: Emotion -> how often its author tags the post bullish, and bearish.
TAGS: Final[dict[Emotion, tuple[float, float]]] = {
    "neutral": (0.08, 0.03),
    "happy": (0.45, 0.01),
    "sad": (0.04, 0.15),
    "anger": (0.10, 0.12),
    "disgust": (0.02, 0.25),
    "surprise": (0.12, 0.06),
    "fear": (0.03, 0.30),
}
Message = dict[str, Any]


class _Cast(NamedTuple):
    """Per post: id, author, how much of the year has passed, the stamp of the instant, and the firm's price."""

    ids: NDArray[np.int64]
    author: NDArray[np.int64]
    year: NDArray[np.float64]
    stamp: list[str]
    price: NDArray[np.float64]


def write_messages(draws: Draws, bars: Bars, authors: Authors, rng: np.random.Generator) -> list[Message]:
    """Write every post as a message, in order of time; ids rise with time.

    A post talks of prices around its session's open. One in a hundred reshares the last post of its firm and emotion,
    body and all.

    Parameters
    ----------
    draws
        Firm, instant, emotion and form of each post.
    bars
        Prices of the same firms and sessions; only the opens are used.
    authors
        Who posts; the more active ones more often.
    rng
        Draws ids, authors, words, tags and replies.
    """
    cast = _draw_cast(draws, bars, authors, rng)
    last: dict[tuple[int, int], Message] = {}
    messages = []
    for i in range(len(draws)):
        message = _write_message(i, draws, authors, cast, rng)
        key = (int(draws.firm[i]), int(draws.emotion[i]))
        words = draws.form[i] == FORMS.index("words") and draws.second[i] < 0
        if words and key in last and rng.random() < RESHARES:
            _reshare(message, last[key])
        elif words:
            last[key] = message
        messages.append(message)
    return messages


def _draw_cast(draws: Draws, bars: Bars, authors: Authors, rng: np.random.Generator) -> _Cast:
    count = len(draws)
    year = (draws.instant - draws.instant[0]) / max(int(draws.instant[-1] - draws.instant[0]), 1)
    stamps = np.datetime_as_string(draws.instant.astype("datetime64[s]")).tolist()
    return _Cast(
        ids=FIRST_ID + np.cumsum(rng.integers(1, 900, count)),
        author=rng.choice(len(authors.activity), count, p=authors.activity),
        year=np.asarray(year, dtype=np.float64),
        stamp=[f"{stamp}Z" for stamp in stamps],
        price=bars.open[draws.firm, draws.session],
    )


def _write_message(i: int, draws: Draws, authors: Authors, cast: _Cast, rng: np.random.Generator) -> Message:
    firms = [int(draws.firm[i]), *([int(draws.second[i])] if draws.second[i] >= 0 else [])]
    emotion = EMOTIONS[draws.emotion[i]]
    url = f"https://news.example/{FIRMS[firms[0]].symbol.lower()}/{int(rng.integers(16**6)):06x}"
    topic = Topic(" ".join(f"${FIRMS[f].symbol}" for f in firms), FIRMS[firms[0]].short_name, float(cast.price[i]), url)
    body = _write_body(draws, i, emotion, topic, rng)
    replied = draws.form[i] == FORMS.index("words") and rng.random() < REPLIES
    friend = authors.username[int(rng.integers(len(authors.username)))]
    message: Message = {
        "id": int(cast.ids[i]),
        "body": _escape(f"@{friend} {body}" if replied else body),
        "created_at": cast.stamp[i],
        "user": user_object(authors, int(cast.author[i]), float(cast.year[i])),
        "source": {"id": 1149, "title": "StockTwits for iOS", "url": "https://app.example/ios"},
        "symbols": [_symbol_object(f) for f in firms],
        "likes": {"total": int(rng.geometric(0.45)) - 1},
        "mentioned_users": [f"@{friend}"] if replied else [],
        "entities": {"sentiment": _sentiment(emotion, rng)},
    }
    if replied:
        parent = int(cast.ids[max(i - 1 - int(40 * rng.random()), 0)])
        message["conversation"] = {
            "parent_message_id": parent,
            "in_reply_to_message_id": parent,
            "parent": False,
            "replies": 1,
        }
    if url in body:
        message["links"] = [{"title": None, "url": url, "shortened_url": url, "source": {"name": "news.example"}}]
    return message


def _write_body(draws: Draws, i: int, emotion: Emotion, topic: Topic, rng: np.random.Generator) -> str:
    form = FORMS[draws.form[i]]
    if form == "link_only":
        return f"{topic.cashtags} {topic.url}"
    return write_emojis(emotion, topic, rng) if form == "emoji_only" else write_words(emotion, topic, rng)


def _reshare(message: Message, original: Message) -> None:
    """Turn a message into a reshare: the body of the original, and the original beneath it."""
    message["body"] = original["body"]
    message["mentioned_users"] = original["mentioned_users"]
    message["reshare_message"] = {"message": original, "parent_id": original["id"], "reshared_deleted": False}
    for key in ("conversation", "links"):
        message.pop(key, None)


def _symbol_object(firm: int) -> Message:
    return {
        "id": 70_001 + firm,
        "symbol": FIRMS[firm].symbol,
        "title": FIRMS[firm].name,
        "aliases": [],
        "is_following": False,
        "watchlist_count": 1_000 + 137 * firm,
    }


def _sentiment(emotion: Emotion, rng: np.random.Generator) -> dict[str, str] | None:
    bullish, bearish = TAGS[emotion]
    draw = rng.random()
    if draw < bullish + bearish:
        return {"basic": "Bullish" if draw < bullish else "Bearish"}
    return {} if draw > 0.97 else None


def _escape(body: str) -> str:
    """Escape as the API does, whose apostrophe is decimal."""
    return escape(body).replace("&#x27;", "&#39;")

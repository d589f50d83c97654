"""Posts as messages of StockTwits' API, and the invented people who write them: nested objects, escaped bodies."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from html import escape
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from emtract.emotions import EMOTIONS, Emotion
from emtract.synthetic.moods import FORMS, Draws
from emtract.synthetic.phrases import Topic, write_emojis, write_words
from emtract.synthetic.world import FIRMS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from emtract.synthetic.world import Bars

FIRST_ID: Final = 900_000_001
N_AUTHORS: Final = 1_500
FIRST_AUTHOR: Final = 9_100_001
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


@dataclass(frozen=True)
class Authors:
    """One entry an author; `followers` at the start of the year, `growth` of them over it, `activity` sums to one."""

    username: tuple[str, ...]
    followers: NDArray[np.int64]
    growth: NDArray[np.float64]
    following: NDArray[np.int64]
    ideas: NDArray[np.int64]
    official: NDArray[np.bool_]
    joined: tuple[str, ...]
    activity: NDArray[np.float64]


def draw_authors(rng: np.random.Generator) -> Authors:
    """Draw authors: a few loud, most quiet; a few followed by thousands, most by dozens."""
    names = _draw_names(rng)
    followers = np.exp(rng.normal(np.log(35), 1.7, N_AUTHORS)).astype(np.int64)
    days = rng.integers(0, 3_650, N_AUTHORS)
    joined = (np.datetime64("2010-06-01") + days.astype("timedelta64[D]")).astype(str).tolist()
    loudness = rng.permutation(1.0 / np.arange(1, N_AUTHORS + 1) ** 0.6)
    return Authors(
        username=names,
        followers=followers,
        growth=np.abs(rng.normal(0, 0.3, N_AUTHORS)),
        following=rng.integers(0, 400, N_AUTHORS),
        ideas=np.exp(rng.normal(5, 1.3, N_AUTHORS)).astype(np.int64),
        official=followers > np.quantile(followers, 0.995),
        joined=tuple(joined),
        activity=loudness / loudness.sum(),
    )


def _draw_names(rng: np.random.Generator) -> tuple[str, ...]:
    parts = tomllib.loads((files("emtract.synthetic") / "phrases" / "authors.toml").read_text(encoding="utf-8"))
    every = [f"{manner}_{noun}" for manner in parts["manners"] for noun in parts["nouns"]]
    codes = rng.permutation(len(every) * 90)[:N_AUTHORS].tolist()
    return tuple(f"{every[code // 90]}{10 + code % 90}" for code in codes)


def user_object(authors: Authors, author: int, year: float) -> dict[str, Any]:
    """Return an author as a message carries them.

    Parameters
    ----------
    authors, author
        All authors, and the position of one.
    year
        How much of the year has passed, in [0, 1]: followers and ideas are the moment's.
    """
    grown = 1 + float(authors.growth[author]) * year
    username = authors.username[author]
    return {
        "id": FIRST_AUTHOR + author,
        "username": username,
        "name": username.replace("_", " ").title(),
        "join_date": authors.joined[author],
        "official": bool(authors.official[author]),
        "identity": "Official" if authors.official[author] else "User",
        "classification": [],
        "followers": int(authors.followers[author] * grown),
        "following": int(authors.following[author]),
        "ideas": int(authors.ideas[author] * grown),
        "watchlist_stocks_count": int(authors.following[author]) % 60,
        "like_count": int(authors.ideas[author]) * 2,
    }


class Senders(NamedTuple):
    """Per post: id, author as a message carries them, the stamp of its instant."""

    ids: list[int]
    user: list[Message]
    stamp: list[str]


def draw_senders(
    instant: NDArray[np.int64],
    years: NDArray[np.float64],
    authors: Authors,
    rng: np.random.Generator,
    *,
    first_id: int = FIRST_ID,
) -> Senders:
    """Draw ids, which rise with time, and authors.

    Parameters
    ----------
    instant
        Seconds since 1970 UTC, rising.
    years
        How much of the year has passed, see `user_object`.
    authors
        The more active ones post more often.
    rng
        Draws both.
    first_id
        No id is smaller.
    """
    ids = first_id + np.cumsum(rng.integers(1, 900, len(instant)))
    author = rng.choice(len(authors.activity), len(instant), p=authors.activity).tolist()
    users = [user_object(authors, one, year) for one, year in zip(author, years.tolist(), strict=True)]
    stamps = np.datetime_as_string(instant.astype("datetime64[s]")).tolist()
    return Senders(ids.tolist(), users, [f"{stamp}Z" for stamp in stamps])


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
    years = (draws.instant - draws.instant[0]) / max(int(draws.instant[-1] - draws.instant[0]), 1)
    senders = draw_senders(draws.instant, years, authors, rng)
    prices = bars.open[draws.firm, draws.session].tolist()
    last: dict[tuple[int, int], Message] = {}
    messages = []
    for i in range(len(draws)):
        message = _write_message(i, draws, prices[i], senders, authors, rng)
        key = (int(draws.firm[i]), int(draws.emotion[i]))
        words = draws.form[i] == FORMS.index("words") and draws.second[i] < 0
        if words and key in last and rng.random() < RESHARES:
            _reshare(message, last[key])
        elif words:
            last[key] = message
        messages.append(message)
    return messages


def _write_message(
    i: int, draws: Draws, price: float, senders: Senders, authors: Authors, rng: np.random.Generator
) -> Message:
    firms = [int(draws.firm[i]), *([int(draws.second[i])] if draws.second[i] >= 0 else [])]
    emotion = EMOTIONS[draws.emotion[i]]
    url = f"https://news.example/{FIRMS[firms[0]].symbol.lower()}/{int(rng.integers(16**6)):06x}"
    topic = Topic(" ".join(f"${FIRMS[f].symbol}" for f in firms), FIRMS[firms[0]].short_name, price, url)
    body = _write_body(draws, i, emotion, topic, rng)
    replied = draws.form[i] == FORMS.index("words") and rng.random() < REPLIES
    friend = authors.username[int(rng.integers(len(authors.username)))]
    message: Message = {
        "id": senders.ids[i],
        "body": escape_body(f"@{friend} {body}" if replied else body),
        "created_at": senders.stamp[i],
        "user": senders.user[i],
        "source": {"id": 1149, "title": "StockTwits for iOS", "url": "https://app.example/ios"},
        "symbols": [_symbol_object(f) for f in firms],
        "likes": {"total": int(rng.geometric(0.45)) - 1},
        "mentioned_users": [f"@{friend}"] if replied else [],
        "entities": {"sentiment": _sentiment(emotion, rng)},
    }
    if replied:
        parent = senders.ids[max(i - 1 - int(40 * rng.random()), 0)]
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


def escape_body(body: str) -> str:
    """Escape as the API does, whose apostrophe is decimal."""
    return escape(body).replace("&#x27;", "&#39;")

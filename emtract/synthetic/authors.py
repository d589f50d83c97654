"""The people who post: invented user names, followers and activity."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

N_AUTHORS: Final = 1_500
FIRST_ID: Final = 9_100_001


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
        How much of the year has passed, in [0, 1]: followers and ideas are those of the moment.
    """
    grown = 1 + float(authors.growth[author]) * year
    username = authors.username[author]
    return {
        "id": FIRST_ID + author,
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

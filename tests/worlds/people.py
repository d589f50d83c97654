"""People whose moods move from post to post by written-down rules: pairs of posts as `Transitions` gives them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from emtract.emotions import EMOTIONS
from emtract.ledger import Ledger
from emtract.panel.frame import Sample

if TYPE_CHECKING:
    from numpy.typing import NDArray

FIRST_SESSION: Final = dt.date(2019, 1, 2)
#: Standard deviations: of the mood of one post, of people's usual moods, of a session's return, of the mood of others.
NOISE: Final = 0.10
RETURN: Final = 0.03
OTHERS: Final = 0.15


@dataclass(frozen=True, kw_only=True)
class MoodTruth:
    """By what rules people move.

    Attributes
    ----------
    persistence
        Slope of a mood on the mood before, both less the person's usual mood.
    gain, loss
        Valence per unit by which the price rose, and fell, between two posts.
    others
        Valence per unit of the mean valence of what others wrote in between.
    tag
        Valence that a bullish tag adds and a bearish one takes away.
    flip
        Chance that a person's tag turns from one post to the next.
    spread
        Standard deviation of people's usual moods.
    """

    persistence: float = 0.3
    gain: float = 0.4
    loss: float = -0.8
    others: float = 0.0
    tag: float = 0.0
    flip: float = 0.02
    spread: float = 0.10


def simulate_people(
    rng: np.random.Generator, n_people: int = 200, *, n_posts: int = 12, truth: MoodTruth | None = None
) -> Sample:
    r"""Draw pairs of consecutive posts of people who each write on one firm.

    Parameters
    ----------
    rng
        The random generator.
    n_people, n_posts
        People, and posts of each: ``n_people * (n_posts - 1)`` pairs.
    truth
        The rules; None for the rules of `MoodTruth`.

    Returns
    -------
    Sample
        The columns of `emtract.panel.transitions.Transitions`.

    Notes
    -----
    With usual mood m of a person, tag s (1 or -1), gain G, loss L and mood of others O,

    .. math:: v_t = m + \rho (v_{t-1} - m) + g G_t + l L_t + c O_t + \tau s_t + e_t

    where G and L are zero if no session closed in between. Posts before the first are drawn too, so that it is as any other.
    """
    rules = truth or MoodTruth()
    shape = (n_people, n_posts + 20)
    closes = rng.integers(0, 4, shape)
    moved = RETURN * np.sqrt(closes) * rng.standard_normal(shape)
    others = OTHERS * rng.standard_normal(shape)
    bullish = (np.cumsum(rng.random(shape) < rules.flip, axis=1) + rng.integers(0, 2, (n_people, 1))) % 2 == 1
    usual = rules.spread * rng.standard_normal(n_people)
    pushed = rules.gain * np.maximum(moved, 0) + rules.loss * np.maximum(-moved, 0) + rules.others * others
    pushed += rules.tag * np.where(bullish, 1, -1) + NOISE * rng.standard_normal(shape)
    mood = np.empty(shape)
    mood[:, 0] = usual + pushed[:, 0]
    for t in range(1, shape[1]):
        mood[:, t] = usual + rules.persistence * (mood[:, t - 1] - usual) + pushed[:, t]
    mood = np.clip(mood, -1, 1)[:, -n_posts:]
    kept = slice(shape[1] - n_posts + 1, None)
    return _sample(mood, bullish[:, -n_posts:], closes[:, kept], moved[:, kept], others[:, kept])


def simulate_replies(rng: np.random.Generator, n_answers: int = 1000, *, contagion: float = 0.2) -> Sample:
    """Draw answers whose mood takes over a part of the mood that they answer.

    Parameters
    ----------
    rng
        The random generator.
    n_answers
        Rows, five of each person.
    contagion
        Valence of an answer per unit of valence of the post that it answers.

    Returns
    -------
    Sample
        The columns of `emtract.panel.replies.Replies`; a mood lasts by 0.3 of its size from a person's post to the next.
    """
    before, replied, noise = (0.15 * rng.standard_normal(n_answers) for _ in range(3))
    data = pl.DataFrame(
        {
            "author": np.arange(n_answers) // 5,
            "session": [FIRST_SESSION + dt.timedelta(days=int(d)) for d in rng.integers(0, 250, n_answers)],
            "gap_hours": rng.exponential(2.0, n_answers),
            "valence_before": before,
            "valence_replied": replied,
            "valence_after": np.clip(0.3 * before + contagion * replied + noise, -1, 1),
        }
    )
    return Sample(data, Ledger().start("answers", "posts", data.height), {}, "answers")


def _sample(
    mood: NDArray[np.float64],
    bullish: NDArray[np.bool_],
    closes: NDArray[np.int64],
    moved: NDArray[np.float64],
    others: NDArray[np.float64],
) -> Sample:
    """Return the pairs: mood and tag of each post, closes, returns and others between a post and the one before."""
    n_people, n_pairs = closes.shape
    person = np.repeat(np.arange(1, n_people + 1), n_pairs)
    symbols = [f"S{i % 20:02d}" for i in person]
    days = np.cumsum(closes, axis=1).ravel()
    sides = {"before": mood[:, :-1].ravel(), "after": mood[:, 1:].ravel()}
    data = pl.DataFrame(
        {
            "author": person,
            "symbol": symbols,
            "session": [FIRST_SESSION + dt.timedelta(days=int(d)) for d in days],
            "chain": [f"{i} {symbol}" for i, symbol in zip(person, symbols, strict=True)],
            "nth": np.tile(np.arange(1, n_pairs + 1), n_people),
            "n_history": np.full(person.size, n_pairs + 1),
            "gap_hours": 24.0 * closes.ravel() + 1,
            "log_gap": np.log(24.0 * closes.ravel() + 2),
            "n_closes": closes.ravel(),
            "return_between": moved.ravel(),
        }
    )
    known = pl.when(pl.col("n_closes") > 0).then(pl.col("return_between"))
    data = data.with_columns(
        return_between=known,
        gain_between=known.clip(lower_bound=0),
        loss_between=(-known).clip(lower_bound=0),
        price_fell=(known < 0).cast(pl.Float64),
        n_others=pl.lit(5, pl.Int64),
        valence_others=pl.Series(others.ravel()),
        bullish_before=pl.Series(bullish[:, :-1].ravel().astype(np.float64)),
        bullish_after=pl.Series(bullish[:, 1:].ravel().astype(np.float64)),
        **{name: pl.Series(values) for side, v in sides.items() for name, values in _emotions(v, side).items()},
        **{f"dominant_{side}": pl.Series(_dominant(v)) for side, v in sides.items()},
    )
    return Sample(data, Ledger().start("pairs", "pairs of posts", data.height), {}, "pairs of posts")


def _emotions(valence: NDArray[np.float64], side: str) -> dict[str, NDArray[np.float64]]:
    """Return seven probabilities with this valence: happiness above zero, fear below it, the rest neutral."""
    told = {e: np.zeros(valence.shape) for e in EMOTIONS}
    told |= {"happy": np.maximum(valence, 0), "fear": np.maximum(-valence, 0), "neutral": 1 - np.abs(valence)}
    return {f"{e}_{side}": values for e, values in told.items()} | {f"valence_{side}": valence}


def _dominant(valence: NDArray[np.float64]) -> list[str]:
    return ["neutral" if abs(v) <= 0.5 else "happy" if v > 0 else "fear" for v in valence.tolist()]

"""Cells of few posts whose moods are known: what corrections of moods are checked against."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from emtract.emotions import EMOTIONS, NEGATIVE, NON_NEUTRAL, POSITIVE
from emtract.panel.frame import ENTITY, REQUIRED, TIME, Panel
from emtract.panel.noise import Noise, measure_cells
from emtract.synthetic.panels import BASE_SHARES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

#: Basis points of the return per unit of an emotion's share.
EFFECTS: Final[Mapping[str, float]] = {"happy_market": 60.0, "sad_market": -80.0, "anger_market": -40.0}
FIRST_SESSION: Final = dt.date(2019, 1, 2)
_SUFFIX: Final = "market"


@dataclass(frozen=True)
class CellWorld:
    """How moods, posts and returns come about.

    Attributes
    ----------
    n_firms, n_sessions
        Size of the panel.
    texts
        Mean number of texts a cell, which has at least one.
    keep
        Share of cells that exist, more of some firms than of others.
    spread
        Standard deviation of a cell's mood around firm and session, in the scale of logits.
    evidence
        How alike the texts of a cell are read: larger is less noise. 0 for hard labels, one emotion a text.
    shared
        Share of texts that name a second firm of the session, whose mood they show as much.
    tied
        Weight of a text that shows happiness above all, others have 1: weights go with emotions. The mood is weighted alike,
        exactly so with hard labels.
    reported
        What a text's reading of happiness takes from the return itself, per 100 basis points: error that is not apart from it.
    effects
        Term -> basis points per unit of share; terms not named are zero.
    noise
        Standard deviation of the return, in basis points, besides firm and session.
    """

    n_firms: int = 80
    n_sessions: int = 120
    texts: float = 4.0
    keep: float = 1.0
    spread: float = 0.5
    evidence: float = 2.0
    shared: float = 0.0
    tied: float = 1.0
    reported: float = 0.0
    effects: Mapping[str, float] = field(default_factory=lambda: EFFECTS)
    noise: float = 150.0


@dataclass(frozen=True)
class SimulatedCells:
    """A panel, the noise of its cells, and the effects that it was made with.

    Attributes
    ----------
    panel
        Emotions in market hours are weighted means of posts; `size` is an exact characteristic of a firm, `precision` a weight;
        with the noise of its cells, as measured from the posts.
    truth
        Effect of each non-neutral emotion of the mood that a cell's texts are a sample of.
    """

    panel: Panel
    truth: Mapping[str, float]


def simulate_cells(rng: np.random.Generator, world: CellWorld) -> SimulatedCells:
    r"""Draw moods, texts of cells, and returns.

    Parameters
    ----------
    rng
        The random generator.
    world
        How they come about.

    Notes
    -----
    Moods :math:`m_{it} = \operatorname{softmax}(b + a_i + d_t + s\, z_{it})`; a text of cell c is read as a draw from a Dirichlet
    distribution with mean :math:`m_c`, or, where it names a second firm too, :math:`(m_c + m_d)/2`; the mood of which a cell's
    texts are a sample is the mean of both kinds. Returns are :math:`\sum_j \beta_j m_{jit} + \alpha_i + \delta_t + u_{it}`.
    """
    shape = (world.n_firms, world.n_sessions)
    own = _moods(rng, shape, world.spread)
    there = _there(rng, shape, world.keep)
    partner = _partners(rng, there)
    paired = partner >= 0
    second = own[partner.clip(min=0), np.arange(world.n_sessions)]
    between = np.where(paired[..., None], (own + second) / 2, own)
    # A text of one firm of a pair that is shared is a text of both: each cell's texts are shared with this chance.
    chance = np.where(paired, world.shared, 0.0)
    tie = np.where(np.array(EMOTIONS) == "happy", world.tied, 1.0)
    mood = (own + chance[..., None] * (between - own)) * tie
    mood /= mood.sum(axis=2, keepdims=True)
    slopes = np.array([world.effects.get(f"{emotion}_{_SUFFIX}", 0.0) for emotion in EMOTIONS])
    returns = mood @ slopes + 80 * rng.standard_normal(shape[1]) + 20 * rng.standard_normal((shape[0], 1))
    returns = returns + world.noise * rng.standard_normal(shape)
    rows = _posts(rng, world, there, own, between, partner, returns)
    cells, pairs = measure_cells(rows)
    noise = Noise(cells, pairs)
    truth = {f"{emotion}_{_SUFFIX}": 0.0 for emotion in NON_NEUTRAL} | dict(world.effects)
    return SimulatedCells(replace(_panel(rng, world, rows, returns), noise=noise), truth)


def _moods(rng: np.random.Generator, shape: tuple[int, int], spread: float) -> NDArray[np.float64]:
    firms = 0.4 * rng.standard_normal((shape[0], 1, 7))
    sessions = 0.4 * rng.standard_normal((1, shape[1], 7))
    logits = np.log(BASE_SHARES) + firms + sessions + spread * rng.standard_normal((*shape, 7))
    shares = np.exp(logits)
    return np.asarray(shares / shares.sum(axis=2, keepdims=True))


def _there(rng: np.random.Generator, shape: tuple[int, int], keep: float) -> NDArray[np.bool_]:
    if keep >= 1:
        return np.ones(shape, dtype=bool)
    return np.asarray(rng.random(shape) < rng.beta(4 * keep, 4 * (1 - keep), (shape[0], 1)))


def _partners(rng: np.random.Generator, there: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Another firm of the session for each cell, mutually; -1 for none."""
    partner = np.full(there.shape, -1)
    for session in range(there.shape[1]):
        firms = rng.permutation(np.flatnonzero(there[:, session]))
        half = len(firms) // 2
        one, two = firms[:half], firms[half : 2 * half]
        partner[one, session], partner[two, session] = two, one
    return partner


def _posts(
    rng: np.random.Generator,
    world: CellWorld,
    there: NDArray[np.bool_],
    own: NDArray[np.float64],
    between: NDArray[np.float64],
    partner: NDArray[np.int64],
    returns: NDArray[np.float64],
) -> pl.DataFrame:
    """Posts by cells, as `emtract.panel.noise.measure_cells` takes them."""
    firm, session = np.nonzero(there)
    paired = partner[firm, session] >= 0
    # Shared texts are drawn once a pair, by the firm that comes first, and stand in both cells.
    first = paired & (firm < partner[firm, session])
    # With shared texts a cell may be left without any, and is then not there.
    least = int(world.shared == 0)
    alone = least + rng.poisson((world.texts - least) * np.where(paired, 1 - world.shared, 1.0))
    both = np.where(first, rng.poisson(world.texts * world.shared, len(firm)), 0)
    at = np.concatenate([np.repeat(np.arange(len(firm)), alone), np.repeat(np.arange(len(firm)), both)])
    is_shared = np.arange(len(at)) >= alone.sum()
    mean = np.where(is_shared[:, None], between[firm[at], session[at]], own[firm[at], session[at]])
    reading = _read(rng, mean, world.evidence)
    if world.reported:
        pull = world.reported * (returns[firm[at], session[at]] / 100)[:, None]
        shifted = reading * np.exp(pull * (np.array(EMOTIONS) == "happy"))
        reading = shifted / shifted.sum(axis=1, keepdims=True)
    post = np.arange(len(at))
    also = post[is_shared]
    where = np.concatenate([firm[at], partner[firm[at], session[at]][is_shared]])
    when = np.concatenate([session[at], session[at][is_shared]])
    post = np.concatenate([post, also])
    reading = np.concatenate([reading, reading[is_shared]])
    weight = np.where(reading.argmax(axis=1) == EMOTIONS.index("happy"), world.tied, 1.0)
    frame = pl.DataFrame(
        {
            ENTITY: [f"S{i:04d}" for i in where],
            TIME: [FIRST_SESSION + dt.timedelta(days=int(t)) for t in when],
            "suffix": [_SUFFIX] * len(post),
            "w": weight,
            "copy": post,
            "words": np.full(len(post), 12),
            "author": post,
            "post_key": post,
        }
        | {emotion: reading[:, j] for j, emotion in enumerate(EMOTIONS)}
    )
    return frame.sort(TIME, ENTITY, "post_key")


def _read(rng: np.random.Generator, mean: NDArray[np.float64], evidence: float) -> NDArray[np.float64]:
    if evidence > 0:
        drawn = rng.standard_gamma(evidence * mean)
        return np.asarray(drawn / drawn.sum(axis=1, keepdims=True))
    label = (rng.random((len(mean), 1)) > mean.cumsum(axis=1)).sum(axis=1).clip(max=6)
    return np.asarray(np.eye(7)[label], dtype=np.float64)


def _panel(rng: np.random.Generator, world: CellWorld, rows: pl.DataFrame, returns: NDArray[np.float64]) -> Panel:
    means = rows.group_by(ENTITY, TIME, maintain_order=True).agg(
        *(((pl.col(e) * pl.col("w")).sum() / pl.col("w").sum()).alias(f"{e}_{_SUFFIX}") for e in EMOTIONS),
        pl.len().alias(f"n_posts_{_SUFFIX}"),
    )
    firm = means[ENTITY].str.slice(1).cast(pl.Int64).to_numpy()
    session = np.array([(day - FIRST_SESSION).days for day in means[TIME]])
    valence = pl.sum_horizontal(f"{e}_{_SUFFIX}" for e in POSITIVE) - pl.sum_horizontal(
        f"{e}_{_SUFFIX}" for e in NEGATIVE
    )
    data = means.with_columns(
        valence.alias(f"valence_{_SUFFIX}"),
        pl.col(f"n_posts_{_SUFFIX}").log1p().alias(f"attention_{_SUFFIX}"),
        pl.Series("return_open_close", returns[firm, session] / 1e4),
        pl.Series("size", rng.standard_normal(world.n_firms)[firm]),
        pl.Series("precision", rng.uniform(0.5, 1.5, means.height)),
    )
    absent = [c for c in REQUIRED if c not in data.columns]
    return Panel(data.with_columns(pl.lit(0.0).alias(c) for c in absent))

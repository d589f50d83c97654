"""Cells of few posts whose moods are known: what corrections of moods are checked against."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field, replace
from functools import reduce
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
import polars as pl

from emtract.emotions import EMOTIONS, NEGATIVE, NON_NEUTRAL, POSITIVE
from emtract.panel.frame import ENTITY, REQUIRED, TIME, Panel
from emtract.panel.noise import Noise, measure_cells
from tests.worlds.panels import BASE_SHARES
from tests.worlds.readers import Reader, misread

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

#: Basis points of the return per unit of an emotion's share.
EFFECTS: Final[Mapping[str, float]] = {"happy_market": 60.0, "sad_market": -80.0, "anger_market": -40.0}
FIRST_SESSION: Final = dt.date(2019, 1, 2)


@dataclass(frozen=True)
class CellWorld:
    """How moods, posts and returns come about.

    Attributes
    ----------
    n_firms, n_sessions
        Size of the panel.
    texts
        Mean number of texts a cell and suffix, which has at least one; where `posts` is larger than 1, of authors.
    keep
        Share of cells that exist, more of some firms than of others.
    spread
        Standard deviation of a cell's mood around firm and session, in the scale of logits.
    evidence
        How alike the texts of a cell are read: larger is less noise. 0 for hard labels, one emotion a text.
    posts
        Mean number of posts of an author in a cell, who has a mood of his own around the cell's.
    shared
        Share of texts that name a second firm of the session, whose mood they show as much.
    tied
        Weight of a text that shows happiness above all, others have 1: weights go with emotions. The mood is weighted alike. A
        text shows one emotion, which its reading gives with its own chances.
    reporting
        Share of texts that report the return, happy of a rise and sad of a fall, and show no mood: error that is not apart from
        the return.
    suffixes
        Windows of the mood columns, the first of which is `market`; moods of two windows of a cell go together.
    effects
        Term -> basis points per unit of share; terms not named are zero. A term may be a product with `size`.
    noise
        Standard deviation of the return, in basis points, besides firm and session.
    moved_by
        What moves the return: the mood of a cell, or the emotions of its own texts, which the mood brought.
    reader
        Who reads the texts, each of which shows one emotion (`evidence` 0) and is of another author; None for nobody who errs.
    misled
        Share of texts whose reading follows the return as those do that report it, whatever they show: error that goes with the
        return.
    """

    n_firms: int = 80
    n_sessions: int = 120
    texts: float = 4.0
    keep: float = 1.0
    spread: float = 0.5
    evidence: float = 2.0
    posts: float = 1.0
    shared: float = 0.0
    tied: float = 1.0
    reporting: float = 0.0
    suffixes: tuple[str, ...] = ("market",)
    effects: Mapping[str, float] = field(default_factory=lambda: EFFECTS)
    noise: float = 150.0
    moved_by: Literal["mood", "posts"] = "mood"
    reader: Reader | None = None
    misled: float = 0.0


@dataclass(frozen=True)
class SimulatedCells:
    """A panel, the noise of its cells, and the effects that it was made with.

    Attributes
    ----------
    panel
        Emotions are weighted means of posts; `size` is an exact characteristic of a firm, `precision` a weight; with the noise of
        its cells, as measured from the posts.
    moods
        The mood that each cell's texts are a sample of, a row a row of the panel, named as its columns.
    truth
        Effect of each non-neutral emotion of that mood, and of products.
    posts
        A row a post and cell, with its readings, as `emtract.panel.noise.measure_cells` takes them.
    """

    panel: Panel
    moods: pl.DataFrame
    truth: Mapping[str, float]
    posts: pl.DataFrame


@dataclass(frozen=True, eq=False)
class _Cells:
    """Which cells there are, and what their texts are a sample of.

    Attributes
    ----------
    there
        Cells that exist, shape (firms, sessions).
    partner
        Firm that a cell shares texts with; -1 for none.
    own, between
        Mean reading of a text of the cell alone, and of one that is shared, shape (firms, sessions, 7).
    """

    there: NDArray[np.bool_]
    partner: NDArray[np.int64]
    own: NDArray[np.float64]
    between: NDArray[np.float64]

    def mood(self, world: CellWorld) -> NDArray[np.float64]:
        """What the weighted mean of ever more texts tends to."""
        # A text of one firm of a pair that is shared is a text of both: each cell's texts are shared with this chance.
        chance = np.where(self.partner >= 0, world.shared, 0.0)[..., None]
        readings, weights = (
            (1 - chance) * alone + chance * both
            for alone, both in zip(_weighted(self.own, world), _weighted(self.between, world), strict=True)
        )
        return np.asarray(readings / weights)


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
    size = rng.spawn(1)[0].standard_normal(world.n_firms)
    moods = dict(zip(world.suffixes, _moods(rng, shape, world.spread, len(world.suffixes)), strict=True))
    there = _there(rng, shape, world.keep)
    partner = _partners(rng, there)
    second = partner.clip(min=0), np.arange(world.n_sessions)
    cells = {
        suffix: _Cells(there, partner, own, np.where((partner >= 0)[..., None], (own + own[second]) / 2, own))
        for suffix, own in moods.items()
    }
    meant = {suffix: cell.mood(world) for suffix, cell in cells.items()}
    returns = sum(_effect(world, suffix, mood, size) for suffix, mood in meant.items())
    returns = returns + 80 * rng.standard_normal(shape[1]) + 20 * rng.standard_normal((shape[0], 1))
    returns = returns + world.noise * rng.standard_normal(shape)
    posts = {suffix: _posts(rng, world, cell, suffix, returns) for suffix, cell in cells.items()}
    if world.moved_by == "posts":
        returns = returns + sum(_effect(world, s, _shares(posts[s], mood) - mood, size) for s, mood in meant.items())
    if world.reader is not None:
        posts = {suffix: _misread(rng, world, world.reader, rows, returns) for suffix, rows in posts.items()}
    rows = pl.concat(posts.values()).sort(TIME, "suffix", ENTITY, "post_key")
    panel = replace(_panel(rng, posts, returns, size), noise=Noise(*measure_cells(rows)))
    firm, session = _places(panel.data)
    told = {f"{e}_{suffix}": mood[firm, session, j] for suffix, mood in meant.items() for j, e in enumerate(EMOTIONS)}
    truth = {f"{emotion}_{suffix}": 0.0 for suffix in world.suffixes for emotion in NON_NEUTRAL} | dict(world.effects)
    return SimulatedCells(panel, pl.DataFrame(told), truth, rows)


def _effect(world: CellWorld, suffix: str, mood: NDArray[np.float64], size: NDArray[np.float64]) -> NDArray[np.float64]:
    """What the moods of a window add to returns, products with `size` included."""
    plain, product = (
        np.array([world.effects.get(f"{emotion}_{suffix}{by}", 0.0) for emotion in EMOTIONS]) for by in ("", ":size")
    )
    return np.asarray(mood @ plain + (mood @ product) * size[:, None])


def _moods(rng: np.random.Generator, shape: tuple[int, int], spread: float, n: int) -> list[NDArray[np.float64]]:
    """Moods of n windows; a cell's moods correlate by about .7 with the moods of its first."""
    found: list[NDArray[np.float64]] = []
    first: NDArray[np.float64] | None = None
    for _ in range(n):
        firms = 0.4 * rng.standard_normal((shape[0], 1, 7))
        sessions = 0.4 * rng.standard_normal((1, shape[1], 7))
        own = rng.standard_normal((*shape, 7))
        cells = own if first is None else (first + own) / np.sqrt(2)
        first = own if first is None else first
        shares = np.exp(np.log(BASE_SHARES) + firms + sessions + spread * cells)
        found.append(np.asarray(shares / shares.sum(axis=2, keepdims=True)))
    return found


def _weighted(mean: NDArray[np.float64], world: CellWorld) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean of weight times reading, and of weight, of a text with a mean reading; the second moments of Dirichlet and label."""
    tilted = mean * np.where(np.array(EMOTIONS) == "happy", world.tied, 1.0)
    weight = tilted.sum(axis=-1, keepdims=True)
    return (world.evidence * mean * weight + tilted) / (world.evidence + 1), weight


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
    rng: np.random.Generator, world: CellWorld, cells: _Cells, suffix: str, returns: NDArray[np.float64]
) -> pl.DataFrame:
    """Posts by cells, as `emtract.panel.noise.measure_cells` takes them."""
    firm, session = np.nonzero(cells.there)
    partner = cells.partner[firm, session]
    # Shared texts are drawn once a pair, by the firm that comes first, and stand in both cells.
    first = (partner >= 0) & (firm < partner)
    # With shared texts a cell may be left without any, and is then not there.
    least = int(world.shared == 0)
    alone = least + rng.poisson((world.texts - least) * np.where(partner >= 0, 1 - world.shared, 1.0))
    both = np.where(first, rng.poisson(world.texts * world.shared, len(firm)), 0)
    at = np.concatenate([np.repeat(np.arange(len(firm)), alone), np.repeat(np.arange(len(firm)), both)])
    is_shared = np.arange(len(at)) >= alone.sum()
    mean = np.where(is_shared[:, None], cells.between[firm[at], session[at]], cells.own[firm[at], session[at]])
    if world.reporting:
        reports = rng.random(len(at)) < world.reporting
        mean = np.where(reports[:, None], _reported(returns[firm[at], session[at]]), mean)
    reading, author = _read(rng, mean, world.evidence), np.arange(len(at))
    if world.posts > 1:
        author = np.repeat(author, 1 + rng.poisson(world.posts - 1, len(at)))
        at, is_shared, reading = at[author], is_shared[author], _read(rng, reading[author], world.evidence)
    weight = np.ones(len(at))
    if world.tied != 1:
        weight[_labels(rng, reading) == EMOTIONS.index("happy")] = world.tied
    post = np.concatenate([np.arange(len(at)), np.flatnonzero(is_shared)])
    where = np.concatenate([firm[at], partner[at][is_shared]])
    symbols = pl.Series([f"S{i:04d}" for i in range(world.n_firms)])
    days = pl.Series([FIRST_SESSION + dt.timedelta(days=t) for t in range(world.n_sessions)])
    return (
        pl.DataFrame(
            {
                ENTITY: symbols.gather(where),
                TIME: days.gather(session[at][post]),
                "w": weight[post],
                "copy": post,
                "words": np.full(len(post), 12),
                "author": author[post],
                "post_key": post,
            }
            | {emotion: reading[post, j] for j, emotion in enumerate(EMOTIONS)}
        )
        .with_columns(pl.lit(suffix).alias("suffix"))
        .sort(TIME, ENTITY, "post_key")
    )


def _shares(rows: pl.DataFrame, mood: NDArray[np.float64]) -> NDArray[np.float64]:
    """Weighted share of each emotion among the texts of each cell, shape (firms, sessions, 7); the mood where there are none."""
    firm, session = _places(rows)
    weight = rows["w"].to_numpy()
    found, total = np.zeros(mood.shape), np.zeros(mood.shape[:2])
    np.add.at(found, (firm, session), weight[:, None] * rows.select(EMOTIONS).to_numpy())
    np.add.at(total, (firm, session), weight)
    return np.where(total[..., None] > 0, found / np.where(total > 0, total, 1.0)[..., None], mood)


def _misread(
    rng: np.random.Generator, world: CellWorld, reader: Reader, rows: pl.DataFrame, returns: NDArray[np.float64]
) -> pl.DataFrame:
    """Rows with readings in the place of tags; a text of two cells is read once."""
    _, first, place = np.unique(rows["post_key"].to_numpy(), return_index=True, return_inverse=True)
    reading = misread(rng, rows.select(EMOTIONS).to_numpy()[first].argmax(axis=1), reader)
    if world.misled:
        firm, session = _places(rows)
        follows = np.flatnonzero(rng.random(len(first)) < world.misled)
        reading[follows] = _reported(returns[firm, session][first[follows]])
    return rows.with_columns(pl.Series(e, reading[place, j]) for j, e in enumerate(EMOTIONS))


def _reported(returns: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean reading of texts that report returns of shape (n,), in basis points."""
    direction = np.array([(emotion == "happy") - float(emotion == "sad") for emotion in EMOTIONS])
    shares = BASE_SHARES * np.exp(returns[:, None] / 100 * direction)
    return np.asarray(shares / shares.sum(axis=1, keepdims=True))


def _read(rng: np.random.Generator, mean: NDArray[np.float64], evidence: float) -> NDArray[np.float64]:
    if evidence > 0:
        drawn = rng.standard_gamma(evidence * mean)
        return np.asarray(drawn / drawn.sum(axis=1, keepdims=True))
    return np.asarray(np.eye(7)[_labels(rng, mean)], dtype=np.float64)


def _labels(rng: np.random.Generator, shares: NDArray[np.float64]) -> NDArray[np.int64]:
    return np.asarray((rng.random((len(shares), 1)) > shares.cumsum(axis=1)).sum(axis=1).clip(max=6))


def _places(data: pl.DataFrame) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Number of the firm and of the session of each row."""
    firm = data[ENTITY].str.slice(1).cast(pl.Int64).to_numpy()
    return firm, (data[TIME] - FIRST_SESSION).dt.total_days().to_numpy()


def _panel(
    rng: np.random.Generator,
    posts: Mapping[str, pl.DataFrame],
    returns: NDArray[np.float64],
    size: NDArray[np.float64],
) -> Panel:
    windows = []
    for suffix, rows in posts.items():
        means = rows.group_by(ENTITY, TIME, maintain_order=True).agg(
            *(((pl.col(e) * pl.col("w")).sum() / pl.col("w").sum()).alias(f"{e}_{suffix}") for e in EMOTIONS),
            pl.len().alias(f"n_posts_{suffix}"),
        )
        shares = [sum((pl.col(f"{e}_{suffix}") for e in of), pl.lit(0.0)) for of in (POSITIVE, NEGATIVE)]
        windows.append(
            means.with_columns(
                (shares[0] - shares[1]).alias(f"valence_{suffix}"),
                pl.col(f"n_posts_{suffix}").log1p().alias(f"attention_{suffix}"),
            )
        )
    data = reduce(lambda one, two: one.join(two, on=[ENTITY, TIME], how="inner", maintain_order="left"), windows)
    firm, session = _places(data)
    data = data.with_columns(
        pl.Series("return_open_close", returns[firm, session] / 1e4),
        pl.Series("size", size[firm]),
        pl.Series("precision", rng.uniform(0.5, 1.5, data.height)),
    )
    absent = [c for c in REQUIRED if c not in data.columns]
    return Panel(data.with_columns(pl.lit(0.0).alias(c) for c in absent))

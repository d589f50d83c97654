r"""Whether a tagged sample speaks for an archive: can its readings, mixed in some shares of emotions, be those of the archive?

Notes
-----
Where text given emotion is the same in both, and a share :math:`\theta_j` of the archive's texts is of emotion j,

.. math:: E[p] = P'\theta, \qquad E[pp'] = \sum_j \theta_j (S_j + P_j P_j') = \sum_j \theta_j E[pp' \mid j]

The second holds the first, since probabilities sum to one. With m the archive's means of the 28 products of two readings and
:math:`f_j` those of the posts tagged j, the statistic is the least distance over the simplex,

.. math:: T = \min_{\theta \ge 0,\ \sum \theta = 1} \sum_k \frac{(m - \sum_j \theta_j f_j)_k^2}{C_{kk}}, \qquad
          C = C_m + \sum_j \hat\theta_j^2 C_{f_j}

Divided by the diagonal alone, so that no near-singular C is inverted. :math:`C_m` is clustered, in two dimensions as firm plus
session less both; tags of an emotion are draws of their own.

At the true shares the distance is of draws e from N(0, C), and T is the least of the quadratic form over the directions that the
simplex leaves open there. Which are open cannot be known of shares near zero: drawn around the estimate alone, a bootstrap rejects
too often where a share is zero (Andrews 2000). So shares below :math:`\sqrt{\log n}` standard errors are set to zero before the
distribution is drawn, n being clusters (the moment selection of Andrews and Soares 2010; Kitamura and Stoye 2018 tighten a cone to the
same end). That closes directions that may be open, which makes the drawn T larger and never smaller: size is at most nominal.
Where clusters are few, the archive's part of e is drawn from a t distribution with as many degrees of freedom as the smaller
dimension has clusters, less one.

Of hard labels products of two different emotions are zero, and only shares outside the simplex could be seen. That readings do not
go with an outcome given emotion is another assumption, which no archive without tags can show.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.optimize import nnls

from emtract.econometrics.regression.covariance import clustered, robust
from emtract.econometrics.regression.design import codes, count
from emtract.emotions import EMOTIONS, probability_fault
from emtract.errors import EstimationError, SpecError
from emtract.panel.frame import ENTITY, TIME

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import polars as pl

    from emtract.econometrics.estimates import Floats

_K: Final = len(EMOTIONS)
_ONE, _TWO = np.triu_indices(_K)
#: Weight of the sum of shares beside the moments: far beyond what any moment could gain.
_SUM: Final = 1e4
#: Variance of a product, beside the largest, below which it says nothing.
_NOTHING: Final = 1e-12
_LEAST: Final = 2


@dataclass(frozen=True)
class Transport:
    """Whether readings of tagged posts can be mixed to those of an archive.

    Attributes
    ----------
    shares
        Emotion -> its share of the archive's texts, as fits best.
    statistic, p_value
        Distance, and the share of draws under the hypothesis that are as far.
    deviation
        Of the product that deviates most, in standard errors; positive where the archive has more.
    deviates
        The same in words.
    n_texts, n_tags
        Texts of the archive, and tagged posts.
    n_clusters
        Clusters of the smaller dimension; texts where there is none.
    """

    shares: Mapping[str, float]
    statistic: float
    p_value: float
    deviation: float
    deviates: str
    n_texts: int
    n_tags: int
    n_clusters: int

    def __str__(self) -> str:
        found = "can be those of the archive" if self.p_value >= 0.05 else "are not those of the archive"
        return f"Readings of the tagged posts, mixed in the shares that fit best, {found} (p = {self.p_value:.3f}): {self.deviates}."


def transport(
    texts: pl.DataFrame,
    tagged: pl.DataFrame,
    *,
    clusters: Sequence[str] = (ENTITY, TIME),
    draws: int = 999,
    seed: int = 0,
) -> Transport:
    """Test whether posts of each emotion are read in an archive as in a tagged sample.

    Parameters
    ----------
    texts
        A row a text of the archive: seven emotions, the columns of `clusters`, and `w` where texts have weights.
    tagged
        A row a tagged post that the scorer never saw: seven emotions, `label`, and `w` where posts have weights.
    clusters
        One or two columns within which texts may go together; none where they are independent.
    draws, seed
        Of the distribution under the hypothesis.

    Raises
    ------
    SpecError
        When more than two columns of clusters are named.
    EstimationError
        When readings are no probabilities, or fewer than two posts are tagged with an emotion.
    """
    if len(clusters) > _LEAST:
        raise SpecError("at most two cluster dimensions: name firm and session, or one of them")
    mean, spread = _archive(texts, clusters)
    levels = [codes(texts, name) for name in clusters]
    n = min((count(level) for level in levels), default=texts.height)
    kinds, spreads = _kinds(tagged)
    kept = np.diag(spread) + np.einsum("jkk->k", spreads)
    at = np.flatnonzero(kept > _NOTHING * kept.max())
    mean, kinds, spread, spreads = mean[at], kinds[:, at], spread[np.ix_(at, at)], spreads[:, at][:, :, at]
    theta = np.full(_K, 1 / _K)
    for _ in range(2):
        by_tags = np.einsum("j,jkl->kl", theta**2, spreads)
        scale = np.sqrt(np.diag(spread + by_tags))
        theta = _nearest(mean, kinds, scale)
    apart = (mean - theta @ kinds) / scale
    statistic = float(apart @ apart)
    start = _selected(theta, kinds, scale, spread + by_tags, n) @ kinds
    errors = _errors(np.random.default_rng(seed), spread, by_tags, draws=draws, df=n - 1)
    found = np.array([_distance(start + error, kinds, scale) for error in errors])
    most = int(np.abs(apart).argmax())
    return Transport(
        shares=dict(zip(EMOTIONS, theta.tolist(), strict=True)),
        statistic=statistic,
        p_value=float((1 + (found >= statistic).sum()) / (1 + draws)),
        deviation=float(apart[most]),
        deviates=_words(int(at[most]), mean[most], (theta @ kinds)[most], apart[most]),
        n_texts=texts.height,
        n_tags=tagged.height,
        n_clusters=n,
    )


def _read(frame: pl.DataFrame, what: str) -> tuple[Floats, Floats]:
    """Products of two readings (n, 28), and weights that sum to one."""
    p = frame.select(EMOTIONS).to_numpy().astype(np.float64)
    if fault := probability_fault(p):
        raise EstimationError(f"the readings of {what} are no probabilities, {fault}: score them again")
    w = frame["w"].to_numpy().astype(np.float64) if "w" in frame.columns else np.ones(len(p))
    return p[:, _ONE] * p[:, _TWO], w / w.sum()


def _archive(texts: pl.DataFrame, clusters: Sequence[str]) -> tuple[Floats, Floats]:
    """Mean products of an archive and their covariance, which is one however few clusters there are."""
    products, w = _read(texts, "the archive")
    mean = w @ products
    scores = w[:, None] * (products - mean)
    levels = [codes(texts, name) for name in clusters]
    n = min((count(level) for level in levels), default=len(w))
    if n < _LEAST:
        raise EstimationError("all texts of the archive are of one cluster: name other clusters, or none")
    found = (clustered(scores, levels) if levels else robust(scores)) * n / (n - 1)
    values, vectors = np.linalg.eigh(found)
    return mean, np.asarray((vectors * values.clip(min=0)) @ vectors.T)


def _kinds(tagged: pl.DataFrame) -> tuple[Floats, Floats]:
    """Mean products of the posts of each tag (7, 28), and their covariances (7, 28, 28)."""
    products, w = _read(tagged, "the tagged posts")
    labels = tagged["label"].to_numpy()
    kinds, spreads = np.empty((_K, len(_ONE))), np.empty((_K, len(_ONE), len(_ONE)))
    for j, emotion in enumerate(EMOTIONS):
        own = labels == emotion
        if own.sum() < _LEAST:
            raise EstimationError(f"fewer than {_LEAST} posts are tagged {emotion}: tag some, or the test cannot be made")
        share = w[own] / w[own].sum()
        kinds[j] = share @ products[own]
        scores = share[:, None] * (products[own] - kinds[j])
        spreads[j] = scores.T @ scores / (1 - (share**2).sum())
    return kinds, spreads


def _nearest(mean: Floats, kinds: Floats, scale: Floats) -> Floats:
    """Shares in the simplex whose mixture is nearest."""
    columns = kinds.T / scale[:, None]
    heavy = _SUM * np.abs(columns).max()
    found, _ = nnls(np.vstack([columns, np.full(_K, heavy)]), np.append(mean / scale, heavy))
    return np.asarray(found / found.sum())


def _distance(mean: Floats, kinds: Floats, scale: Floats) -> float:
    apart = (mean - _nearest(mean, kinds, scale) @ kinds) / scale
    return float(apart @ apart)


def _selected(theta: Floats, kinds: Floats, scale: Floats, covariance: Floats, n: int) -> Floats:
    """Shares with those that cannot be told from zero set to it."""
    weights = np.linalg.pinv(kinds.T / scale[:, None]) / scale
    errors = np.sqrt(np.einsum("jk,kl,jl->j", weights, covariance, weights))
    kept = np.where(theta > np.sqrt(np.log(n)) * errors, theta, 0.0)
    # The largest share stays, however little is known.
    kept[theta.argmax()] = theta.max()
    return np.asarray(kept / kept.sum())


def _errors(rng: np.random.Generator, spread: Floats, by_tags: Floats, *, draws: int, df: int) -> Floats:
    """Draws of what moves the distance, shape (draws, moments)."""
    total = np.zeros((draws, len(spread)))
    for covariance, factor in ((spread, np.sqrt(df / rng.chisquare(df, draws))), (by_tags, np.ones(draws))):
        values, vectors = np.linalg.eigh(covariance)
        root = vectors * np.sqrt(values.clip(min=0))
        total += factor[:, None] * (rng.standard_normal((draws, len(spread))) @ root.T)
    return total


def _words(place: int, has: float, wanted: float, apart: float) -> str:
    """Say what deviates most."""
    one, two = EMOTIONS[_ONE[place]], EMOTIONS[_TWO[place]]
    what = f"{one} squared" if one == two else f"{one} times {two}"
    more = "more" if apart > 0 else "less"
    return (
        f"{what} is {has:.4f} on average in the archive and {wanted:.4f} in the mixture that is nearest, "
        f"{abs(apart):.1f} standard errors {more}"
    )

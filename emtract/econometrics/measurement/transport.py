r"""Whether a tagged sample speaks for an archive: whether its readings, mixed in some shares of emotions, can be the archive's.

Notes
-----
Where text given emotion is the same in both, and a share :math:`\theta_j` of the archive's texts is of emotion j,

.. math:: E[p] = P'\theta, \qquad E[pp'] = \sum_j \theta_j (S_j + P_j P_j') = \sum_j \theta_j E[pp' \mid j]

The second holds the first, since probabilities sum to one. With m the archive's means of the 28 products of two readings and
:math:`f_j` those of the posts tagged j, the statistic is the least distance over the simplex,

.. math:: T = \min_{\theta \ge 0,\ \sum \theta = 1} \sum_k \frac{(m - \sum_j \theta_j f_j)_k^2}{\sigma_k^2}

with :math:`\sigma_k` the standard deviation of a product over the archive's texts: a scale, and no estimate of an error.
Divided by estimated errors the test rejected too often with 30 posts of a tag, where means and errors of products near zero go
together.

T under the hypothesis is drawn. Around a mixture of the :math:`f_j` the archive's means move by their covariance, clustered by
firm and session as the sum of both less that of cells, in draws of a t distribution with as many degrees of freedom as the
smaller dimension has clusters, less one; the tagged posts of each emotion are drawn anew with replacement; and the shares are
fitted again.

Which mixture it is drawn around matters. T is the least of a quadratic form over the directions that the simplex leaves open at
the true shares, and which are open cannot be known of shares near zero: around the estimate alone, a bootstrap rejects too
often where a share is zero (Andrews 2000). So shares below :math:`\sqrt{\log n}` standard errors are set to zero first, n being
clusters (the moment selection of Andrews and Soares 2010; Kitamura and Stoye 2018 tighten a cone to the same end). That closes
directions that may be open and makes the drawn T larger: the test errs on the side of not rejecting.

Of hard labels products of two different emotions are zero, and only shares outside the simplex could be seen. That readings do
not go with an outcome given emotion is another assumption, which no archive without tags can show.
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
#: Standard deviation of a product, beside the largest, below which it is none.
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
        The distance T, and the share of draws under the hypothesis that are as far.
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
        told = f"Readings of the tagged posts, mixed in the shares that fit best, {found}"
        return f"{told} (p = {self.p_value:.3f}): {self.deviates}."


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
    mean, scale, spread, n = _archive(texts, clusters)
    tags = _by_label(tagged)
    kinds = np.array([share @ products for products, share in tags])
    theta, distance = _nearest(mean, kinds, scale)
    rng = np.random.default_rng(seed)
    moved = _moved(rng, spread, draws, n - 1)
    again = np.stack([_drawn(rng, products, share, draws) for products, share in tags], axis=1)
    errors = moved - theta @ (again - kinds)
    start = _selected(theta, kinds / scale, errors / scale, n) @ kinds
    found = np.array([_nearest(start + error, kind, scale)[1] for error, kind in zip(moved, again, strict=True)])
    apart, sure = mean - theta @ kinds, errors.std(axis=0)
    in_errors = np.divide(apart, sure, out=np.zeros(len(sure)), where=sure > 0)
    most = int(np.abs(in_errors).argmax())
    return Transport(
        shares=dict(zip(EMOTIONS, theta.tolist(), strict=True)),
        statistic=distance,
        p_value=float((1 + (found >= distance).sum()) / (1 + draws)),
        deviation=float(in_errors[most]),
        deviates=_words(most, mean[most], (theta @ kinds)[most], in_errors[most]),
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


def _archive(texts: pl.DataFrame, clusters: Sequence[str]) -> tuple[Floats, Floats, Floats, int]:
    """Mean and standard deviation of each product, covariance of the means, and clusters of the smaller dimension."""
    products, w = _read(texts, "the archive")
    mean = w @ products
    apart = products - mean
    levels = [codes(texts, name) for name in clusters]
    n = min((count(level) for level in levels), default=len(w))
    if n < _LEAST:
        raise EstimationError("all texts of the archive are of one cluster: name other clusters, or none")
    scores = w[:, None] * apart
    found = (clustered(scores, levels) if levels else robust(scores)) * n / (n - 1)
    values, vectors = np.linalg.eigh(found)
    scale = np.sqrt(w @ apart**2)
    # A product that no text has, as of two emotions where labels are hard, counts in the units of the others.
    scale = np.where(scale > _NOTHING * scale.max(), scale, scale.max())
    return mean, scale, np.asarray((vectors * values.clip(min=0)) @ vectors.T), n


def _by_label(tagged: pl.DataFrame) -> list[tuple[Floats, Floats]]:
    """Products of the posts of each tag, and their weights, which sum to one."""
    products, w = _read(tagged, "the tagged posts")
    labels = tagged["label"].to_numpy()
    found = [(products[labels == emotion], w[labels == emotion]) for emotion in EMOTIONS]
    for emotion, (_, own) in zip(EMOTIONS, found, strict=True):
        if len(own) < _LEAST:
            raise EstimationError(
                f"fewer than {_LEAST} posts are tagged {emotion}: tag some, or the test cannot be made"
            )
    return [(products, own / own.sum()) for products, own in found]


def _drawn(rng: np.random.Generator, products: Floats, share: Floats, draws: int) -> Floats:
    """Means of posts drawn with replacement, spread as the mean of so many posts is, shape (draws, moments)."""
    n = len(share)
    counts = rng.multinomial(n, np.full(n, 1 / n), size=draws) * share
    means, mean = counts @ products / counts.sum(axis=1, keepdims=True), share @ products
    return np.asarray(mean + np.sqrt(n / (n - 1)) * (means - mean))


def _nearest(mean: Floats, kinds: Floats, scale: Floats) -> tuple[Floats, float]:
    """Shares in the simplex whose mixture is nearest, and its distance."""
    columns = kinds.T / scale[:, None]
    heavy = _SUM * np.abs(columns).max()
    found, _ = nnls(np.vstack([columns, np.full(_K, heavy)]), np.append(mean / scale, heavy))
    shares = found / found.sum()
    return shares, float((((mean - shares @ kinds) / scale) ** 2).sum())


def _selected(theta: Floats, kinds: Floats, errors: Floats, n: int) -> Floats:
    """Shares with those that cannot be told from zero set to it, by draws of what moves the moments (draws, moments)."""
    spread = (errors @ np.linalg.pinv(kinds)).std(axis=0)
    kept = np.where(theta > np.sqrt(np.log(n)) * spread, theta, 0.0)
    # The largest share stays, however little is known.
    kept[theta.argmax()] = theta.max()
    return np.asarray(kept / kept.sum())


def _moved(rng: np.random.Generator, spread: Floats, draws: int, df: int) -> Floats:
    """Draws of what the archive's sampling moves its means by, shape (draws, moments)."""
    values, vectors = np.linalg.eigh(spread)
    normal = rng.standard_normal((draws, len(spread))) @ (vectors * np.sqrt(values.clip(min=0))).T
    return np.asarray(np.sqrt(df / rng.chisquare(df, draws))[:, None] * normal)


def _words(place: int, has: float, wanted: float, apart: float) -> str:
    """Say what deviates most."""
    one, two = EMOTIONS[_ONE[place]], EMOTIONS[_TWO[place]]
    what = f"{one} squared" if one == two else f"{one} times {two}"
    more = "more" if apart > 0 else "less"
    return (
        f"{what} is {has:.4f} on average in the archive and {wanted:.4f} in the mixture that is nearest, "
        f"{abs(apart):.1f} standard errors {more}"
    )

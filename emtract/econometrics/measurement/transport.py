r"""Whether a tagged sample speaks for an archive: whether its readings, mixed in some shares of emotions, can be the archive's.

Notes
-----
Where text given emotion is the same in both, and a share :math:`\theta_j` of the archive's texts is of emotion j,

.. math:: E[p] = P'\theta, \qquad E[pp'] = \sum_j \theta_j (S_j + P_j P_j') = \sum_j \theta_j E[pp' \mid j]

The second holds the first, since probabilities sum to one. With m the archive's means of the 28 products of two readings and
:math:`f_j` the readings of the posts tagged j, the statistic is the least distance over the simplex,

.. math:: T = \min_{\theta \ge 0,\ \sum \theta = 1} \sum_k \frac{(m - \sum_j \theta_j f_j)_k^2}{\sigma_k^2}

with :math:`\sigma_k` the standard deviation of a product over the archive's texts: a scale, and no estimate of an error.
Divided by estimated errors the test rejected too often with 30 posts of a tag, where means and errors of products near zero go
together.

T under the hypothesis is drawn. Around a mixture of the :math:`f_j` the archive's means move by their covariance, clustered by
firm and session as the sum of both less the sum by cells, in draws of a t distribution with as many degrees of freedom as the
smaller dimension has clusters, less one; the tagged posts of each emotion are drawn anew with replacement; and the shares are
fitted again.

Which mixture it is drawn around matters. T is the least of a quadratic form over the directions that the simplex leaves open at
the true shares, and which are open cannot be known of shares near zero: around the estimate alone, a bootstrap rejects too
often where a share is zero (Andrews 2000). So shares below :math:`\sqrt{\log n}` standard errors are set to zero first, n being
clusters (the moment selection of Andrews and Soares 2010; Kitamura and Stoye 2018 tighten a cone to the same end). That closes
directions that may be open and makes the drawn T larger: the test errs on the side of not rejecting.

Of a misreading that tells valence alone readings are first summed to its three classes, of which there are six products.

Of hard labels products of two different emotions are zero, and only shares outside the simplex could be seen. That readings do
not go with an outcome given emotion is another assumption, which no archive without tags can show.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl
from scipy.optimize import nnls

from emtract.econometrics.regression.covariance import clustered, robust
from emtract.econometrics.regression.design import codes, count
from emtract.emotions import EMOTIONS, probability_fault
from emtract.errors import EstimationError, SpecError
from emtract.misreading import Misreading
from emtract.panel.frame import ENTITY, TIME
from emtract.panel.noise import PRODUCTS, SQUARES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from emtract.econometrics.estimates import Codes, Floats
    from emtract.panel.frame import Sample

_ONE, _TWO = np.triu_indices(len(EMOTIONS))
#: Weight of the sum of shares beside the moments: far beyond what any moment could gain.
_SUM: Final = 1e4
#: Standard deviation of a product, beside the largest, below which it is none.
_NOTHING: Final = 1e-12
_LEAST: Final = 2
#: Power that is asked of a shift, how finely it is searched, and the draws that it is judged by.
_POWER: Final = 0.8
_FINE: Final = 0.002
_POWER_DRAWS: Final = 200
#: Least probability, and least strength, of a Dirichlet distribution that can be drawn from.
_RARE: Final = 1e-6
_WEAK: Final = 0.05


@dataclass(frozen=True)
class Transport:
    """Whether readings of tagged posts can be mixed to the readings of an archive.

    Attributes
    ----------
    shares
        Emotion, or class of valence -> its share of the archive's texts, as fits best.
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
    seen
        The least part of every neutral text that could be read as happy, beyond how tagged ones are, and that 80 of 100 such
        tests would see; 1 where they would see none, nan where that was not asked.
    """

    shares: Mapping[str, float]
    statistic: float
    p_value: float
    deviation: float
    deviates: str
    n_texts: int
    n_tags: int
    n_clusters: int
    seen: float

    def __str__(self) -> str:
        found = "can be from the archive" if self.p_value >= 0.05 else "are not from the archive"
        told = f"Readings of the tagged posts, mixed in the shares that fit best, {found}"
        return f"{told} (T = {self.statistic:.3g}, p = {self.p_value:.3f}): {self.deviates}. {self.power}"

    @property
    def power(self) -> str:
        """What such a test would see, in a sentence."""
        if self.seen >= 1:
            return "Such a test would not see neutral texts read as happy, however much of them."
        return (
            f"80 of 100 such tests would see that neutral texts are read as happy by {100 * self.seen:.1f} points more than the "
            "tagged ones."
        )


def transport(
    texts: pl.DataFrame,
    tagged: pl.DataFrame | Misreading,
    *,
    clusters: Sequence[str] = (ENTITY, TIME),
    draws: int = 999,
    seed: int = 0,
    power: bool = True,
) -> Transport:
    """Test whether posts of each emotion are read in an archive as in a tagged sample.

    Parameters
    ----------
    texts
        A row a text of the archive: seven emotions, the columns of `clusters`, and `w` where texts have weights.
    tagged
        A row a tagged post that the scorer never saw: seven emotions, `label`, and `w` where posts have weights. Or the
        misreading of such posts, whose place `stand_ins` take.
    clusters
        One or two columns within which texts may go together; none where they are independent.
    draws, seed
        Of the distribution under the hypothesis.
    power
        Whether `Transport.seen` is looked for, which takes as long as the test.

    Raises
    ------
    SpecError
        When more than two columns of clusters are named.
    EstimationError
        When readings are no probabilities, weights are not positive, or fewer than two posts are tagged with an emotion.
    """
    if len(clusters) > _LEAST:
        raise SpecError("at most two cluster dimensions: name firm and session, or one of them")
    products, w = _read(texts, "the archive")
    levels = [codes(texts, name) for name in clusters]
    asked: dict[str, Any] = {"n_texts": texts.height, "draws": draws, "seed": seed, "power": power}
    if isinstance(tagged, Misreading):
        return _of_misreading(products, w, levels, tagged, **asked)
    return nearest_mixture(products, w, levels, _by_label(tagged), **asked)


def transport_of(sample: Sample, misreading: Misreading, suffixes: Sequence[str], *, draws: int = 999) -> Transport:
    """Test whether the posts behind a misreading speak for the texts of a sample.

    Parameters
    ----------
    sample
        Built with the noise of its moods.
    misreading
        Of the scorer that read its posts.
    suffixes
        Windows whose texts count.
    draws
        As in `transport`.

    Raises
    ------
    EstimationError
        When the sample does not tell readings of its texts, or the misreading lacks an emotion.
    """
    cells = pl.DataFrame() if sample.noise is None else sample.noise.cells
    if lacking := [name for name in (*SQUARES, *PRODUCTS) if name not in cells.columns]:
        raise EstimationError(f"the noise of this sample has no {lacking[0]}: build the sample again")
    cells = cells.filter(pl.col("suffix").is_in(list(suffixes)))
    if cells.is_empty():
        raise EstimationError("no text lies in these windows: name others")
    total, texts = cells.select(pl.sum_horizontal(SQUARES)).to_numpy(), cells["n_texts"].to_numpy().astype(np.float64)
    products = cells.select(PRODUCTS).to_numpy() / total
    levels = [codes(cells, name) for name in (ENTITY, TIME) if cells[name].n_unique() > 1]
    n = int(texts.sum())
    return _of_misreading(products, texts / n, levels, misreading, n_texts=n, draws=draws)


def _of_misreading(
    products: Floats, w: Floats, levels: Sequence[Codes], misreading: Misreading, **asked: Any
) -> Transport:
    """The test with stand-ins for the tagged posts, among what the misreading tells apart."""
    names = tuple(misreading.rows.values())
    if misreading.grain == "valence":
        products = products @ _merged(misreading.merge)
    return nearest_mixture(products, w, levels, stand_ins(misreading), names=names, **asked)


def _merged(merge: Floats) -> Floats:
    """What makes products of summed readings of products of readings, shape (28, products of the sums)."""
    one, two = np.triu_indices(merge.shape[1])
    both = merge[_ONE][:, one] * merge[_TWO][:, two] + merge[_TWO][:, one] * merge[_ONE][:, two]
    # A product of two different readings stands once, for both orders; a square is counted in both.
    return np.asarray(np.where((_ONE == _TWO)[:, None], both / 2, both))


def nearest_mixture(
    products: Floats,
    w: Floats,
    levels: Sequence[Codes],
    tags: Sequence[tuple[Floats, Floats]],
    *,
    n_texts: int,
    draws: int,
    seed: int = 0,
    power: bool = True,
    names: Sequence[str] = EMOTIONS,
) -> Transport:
    """Find the shares of emotions that fit an archive best, and how far off they are.

    Parameters
    ----------
    products
        Of two readings, a row a text or cell, shape (n, k (k + 1) / 2).
    w
        Weights that sum to one, shape (n,).
    levels
        One or two clusters of the rows; none where they are independent.
    tags
        By emotion: products of the tagged posts, and weights that sum to one.
    n_texts
        Texts behind the rows.
    draws, seed, power
        As in `transport`.
    names
        Of the k readings whose products the moments are, and of the kinds of posts, in that order.
    """
    mean, scale, spread, n = _archive(products, w, levels)
    kinds = np.array([share @ own for own, share in tags])
    theta, distance = _nearest(mean, kinds, scale)
    rng = np.random.default_rng(seed)
    moved = _moved(rng, spread, draws, n - 1)
    again = np.stack([_drawn(rng, own, share, draws) for own, share in tags], axis=1)
    errors = moved - theta @ (again - kinds)
    start = _selected(theta, kinds / scale, errors / scale, n) @ kinds
    found = np.array([_nearest(start + error, kind, scale)[1] for error, kind in zip(moved, again, strict=True)])
    apart, sure = mean - theta @ kinds, errors.std(axis=0)
    in_errors = np.divide(apart, sure, out=np.zeros(len(sure)), where=sure > 0)
    most = int(np.abs(in_errors).argmax())
    critical = float(np.quantile(found, 0.95))
    return Transport(
        shares=dict(zip(names, theta.tolist(), strict=True)),
        statistic=distance,
        p_value=float((1 + (found >= distance).sum()) / (1 + draws)),
        deviation=float(in_errors[most]),
        deviates=_words(names, most, mean[most], (theta @ kinds)[most], in_errors[most]),
        n_texts=n_texts,
        n_tags=sum(len(share) for _, share in tags),
        n_clusters=n,
        seen=_seen(names, theta, kinds, scale, start + moved, again, critical) if power else float("nan"),
    )


def _seen(
    names: Sequence[str],
    theta: Floats,
    kinds: Floats,
    scale: Floats,
    moved: Floats,
    again: Floats,
    critical: float,
) -> float:
    """Least shift of neutral readings to happy that the test sees in 80 of 100 draws, by halving.

    Readings of one emotion are taken for draws from a Dirichlet distribution, whose mean is moved and whose strength is not.
    """
    neutral, happy = (names.index(name) for name in ("neutral", "happy" if "happy" in names else "positive"))
    one, two = np.triu_indices(len(names))
    whole = np.zeros((len(names), len(names)))
    whole[one, two] = whole[two, one] = kinds[neutral]
    # Probabilities sum to one: the products of a reading with all seven sum to its mean.
    mean, squares = whole.sum(axis=1), float(np.trace(whole))
    strength = (1 - squares) / max(squares - float(mean @ mean), _NOTHING)
    step = np.eye(len(names))[happy] - np.eye(len(names))[neutral]
    pairs = list(zip(moved, again, strict=True))[:_POWER_DRAWS]

    def seen(shift: float) -> bool:
        other = mean + shift * step
        both = strength * (np.outer(other, other) - np.outer(mean, mean)) + np.diag(other - mean)
        by = theta[neutral] * both[one, two] / (1 + strength)
        return bool(np.mean([_nearest(row + by, kind, scale)[1] > critical for row, kind in pairs]) >= _POWER)

    low, high = 0.0, float(mean[neutral])
    if not seen(high):
        return 1.0
    while high - low > _FINE:
        middle = (low + high) / 2
        low, high = (low, middle) if seen(middle) else (middle, high)
    return high


def stand_ins(misreading: Misreading) -> list[tuple[Floats, Floats]]:
    """Return products of as many posts a tag as a misreading rests on, whose means are exactly its own.

    They are drawn from the Dirichlet distribution of the same mean and total variance, and moved to the means of products that
    the misreading states: only how much those means would vary from sample to sample rests on the distribution.

    Raises
    ------
    EstimationError
        When the misreading lacks an emotion.
    """
    if misreading.missing:
        raise EstimationError(f"how posts of {misreading.missing[0]} are read is not known: the test cannot be made")
    rng, made = np.random.default_rng(0), []
    merge = misreading.merge
    one, two = np.triu_indices(merge.shape[1])
    for row in misreading.rows:
        mean, spread = misreading.means[row] @ merge, merge.T @ misreading.covariances[row] @ merge
        total = max(float(np.trace(spread)), _NOTHING)
        strength = max((1 - float(mean @ mean)) / total - 1, _WEAK)
        n = max(round(float(misreading.tags[row])), _LEAST)
        p = rng.dirichlet(np.maximum(mean, _RARE) * strength, n)
        products = p[:, one] * p[:, two]
        stated = (spread + np.outer(mean, mean))[one, two]
        made.append((products - products.mean(axis=0) + stated, np.full(n, 1 / n)))
    return made


def _read(frame: pl.DataFrame, what: str) -> tuple[Floats, Floats]:
    """Products of two readings (n, 28), and weights that sum to one."""
    p = frame.select(EMOTIONS).to_numpy().astype(np.float64)
    if fault := probability_fault(p):
        raise EstimationError(f"the readings of {what} are no probabilities, {fault}: score them again")
    w = frame["w"].to_numpy().astype(np.float64) if "w" in frame.columns else np.ones(len(p))
    if not (np.isfinite(w) & (w > 0)).all():
        raise EstimationError(f"weights of {what} are one positive number each: leave out texts that do not count")
    return p[:, _ONE] * p[:, _TWO], w / w.sum()


def _archive(products: Floats, w: Floats, levels: Sequence[Codes]) -> tuple[Floats, Floats, Floats, int]:
    """Mean and standard deviation of each product, covariance of the means, and clusters of the smaller dimension."""
    mean = w @ products
    apart = products - mean
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
    # Multinomial counts; of thousands of posts numpy's own take three times as long.
    counts = np.stack([np.bincount(rng.integers(n, size=n), minlength=n) for _ in range(draws)]) * share
    means, mean = counts @ products / counts.sum(axis=1, keepdims=True), share @ products
    return np.asarray(mean + np.sqrt(n / (n - 1)) * (means - mean))


def _nearest(mean: Floats, kinds: Floats, scale: Floats) -> tuple[Floats, float]:
    """Shares in the simplex whose mixture is nearest, and its distance."""
    columns = kinds.T / scale[:, None]
    heavy = _SUM * np.abs(columns).max()
    found, _ = nnls(np.vstack([columns, np.full(len(kinds), heavy)]), np.append(mean / scale, heavy))
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


def _words(names: Sequence[str], place: int, has: float, wanted: float, apart: float) -> str:
    """Say what deviates most."""
    one, two = (names[of[place]] for of in np.triu_indices(len(names)))
    what = f"{one} squared" if one == two else f"{one} times {two}"
    more = "more" if apart > 0 else "less"
    return (
        f"{what} is {has:.4f} on average in the archive and {wanted:.4f} in the mixture that is nearest, "
        f"{abs(apart):.1f} standard errors {more}"
    )

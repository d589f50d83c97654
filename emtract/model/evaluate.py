"""How good probabilities are: accuracy, macro-F1, log loss, calibration; for seven emotions and three-class valence."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from emtract.emotions import EMOTIONS, STANCES, TAGS, VALENCE_CLASSES
from emtract.model.calibration import calibration_error, wilson
from emtract.model.scorer import VALENCE_PLACES, valence_probabilities

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

Probabilities = NDArray[np.floating]
Labels = NDArray[np.intp]
_LEAST: Final = 1e-12


@dataclass(frozen=True)
class Metrics:
    """Quality of n predictions.

    Attributes
    ----------
    n
        Number of texts.
    accuracy
        Share whose likeliest emotion is the tagged one.
    macro_f1
        Mean of the emotions' F1; an emotion that is neither tagged nor predicted counts as zero.
    log_loss
        Mean negative log-probability of the tagged emotion, in nats.
    ece
        Expected calibration error over 15 equal bins of the likeliest emotion's probability (Guo et al. 2017).
    valence_accuracy, valence_macro_f1, valence_log_loss
        The same for negative, neutral and positive, whose probabilities are sums over their emotions.
    brier
        Mean squared distance between the probabilities and the tag, summed over emotions (Brier 1950), in [0, 2].
    ece_equal_mass
        As `ece`, over 15 bins of equally many texts.
    """

    n: int
    accuracy: float
    macro_f1: float
    log_loss: float
    ece: float
    valence_accuracy: float
    valence_macro_f1: float
    valence_log_loss: float
    brier: float
    ece_equal_mass: float


#: Names of the fields of `Metrics` that measure quality, in order.
MEASURES: Final[tuple[str, ...]] = tuple(item.name for item in fields(Metrics) if item.name != "n")


def evaluate(probabilities: Probabilities, labels: Labels) -> Metrics:
    """Measure probabilities of shape (n, 7) against indices in `EMOTIONS` of shape (n,)."""
    groups, three = np.array(VALENCE_PLACES), valence_probabilities(probabilities)
    emotion, signed = probabilities.argmax(axis=1), three.argmax(axis=1)
    confidence, hit = probabilities.max(axis=1), emotion == labels
    return Metrics(
        n=len(labels),
        accuracy=float(np.mean(hit)),
        macro_f1=macro_f1(emotion, labels, len(EMOTIONS)),
        log_loss=log_loss(probabilities, labels),
        ece=calibration_error(confidence, hit),
        valence_accuracy=float(np.mean(signed == groups[labels])),
        valence_macro_f1=macro_f1(signed, groups[labels], len(VALENCE_CLASSES)),
        valence_log_loss=log_loss(three, groups[labels]),
        brier=brier(probabilities, labels),
        ece_equal_mass=calibration_error(confidence, hit, bins="mass"),
    )


def confusion(predicted: Labels, labels: Labels, classes: int) -> NDArray[np.intp]:
    """Count texts by label (rows) and prediction (columns), shape (classes, classes).

    Parameters
    ----------
    predicted, labels
        Class of each text, from 0 to ``classes - 1``, shape (n,).
    classes
        Number of classes.
    """
    flat = np.bincount(labels * classes + predicted, minlength=classes * classes)
    return np.asarray(flat.reshape(classes, classes), dtype=np.intp)


def macro_f1(predicted: Labels, labels: Labels, classes: int) -> float:
    """Mean over classes of ``2 hits / (predicted + tagged)``.

    Parameters
    ----------
    predicted, labels, classes
        See `confusion`; a class that is neither predicted nor tagged counts as zero.
    """
    counts = confusion(predicted, labels, classes)
    totals = counts.sum(axis=0) + counts.sum(axis=1)
    return float(np.mean(2 * np.diag(counts) / np.maximum(totals, 1)))


def log_loss(probabilities: Probabilities, labels: Labels) -> float:
    """Mean negative log-probability of the label, in nats; probabilities are bounded below by 1e-12."""
    return float(-np.log(np.maximum(probabilities[np.arange(len(labels)), labels], _LEAST)).mean())


def brier(probabilities: Probabilities, labels: Labels) -> float:
    """Mean over texts of the squared distance between the probabilities and the tag's indicator."""
    tags = np.eye(probabilities.shape[1])[labels]
    return float(((probabilities - tags) ** 2).sum(axis=1).mean())


def per_class(probabilities: Probabilities, labels: Labels) -> pl.DataFrame:
    """One row an emotion: precision and recall with 95 % Wilson intervals, F1, times tagged and times predicted.

    An emotion that is never predicted has no precision: null.
    """
    counts = confusion(probabilities.argmax(axis=1), labels, len(EMOTIONS))
    rows = [_class_row(name, counts[i, i], counts[i].sum(), counts[:, i].sum()) for i, name in enumerate(EMOTIONS)]
    return pl.DataFrame(rows, infer_schema_length=None)


def _class_row(name: str, hits: int, tagged: int, predicted: int) -> dict[str, Any]:
    shares: dict[str, float | None] = {}
    for measure, total in (("precision", predicted), ("recall", tagged)):
        low, high = wilson(hits, total)
        known = total > 0
        shares |= {measure: hits / total if known else None, f"{measure}_low": low, f"{measure}_high": high}
    f1 = 2 * hits / (tagged + predicted) if tagged + predicted else 0.0
    return {"emotion": name, **shares, "f1": float(f1), "tagged": int(tagged), "predicted": int(predicted)}


def mean_by_label(probabilities: Probabilities, labels: Labels) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    """Mean probabilities of the texts of each label, E[p | label]: how a scorer misreads, hard labels or soft.

    Returns
    -------
    tuple
        Means, row j for label j, shape (7, 7), zero where no text has the label; and texts of each label, shape (7,).
    """
    counts = np.bincount(labels, minlength=len(EMOTIONS))
    sums = np.eye(len(EMOTIONS))[labels].T @ probabilities.astype(np.float64)
    return np.asarray(sums / np.maximum(counts, 1)[:, None]), counts


def auc(scores: NDArray[np.floating], positive: NDArray[np.bool_]) -> float:
    """Probability that a positive scores above a negative, ties counting half (Mann & Whitney 1947); NaN without both."""
    order = pl.Series(scores).rank("average").to_numpy()
    n_positive, n_negative = int(positive.sum()), int((~positive).sum())
    if not n_positive or not n_negative:
        return float("nan")
    above = order[positive].sum() - n_positive * (n_positive + 1) / 2
    return float(above / (n_positive * n_negative))


def stance_auc(stance: Probabilities, tags: Labels) -> float:
    """Probability that a post tagged bullish leans further that way than one tagged bearish; NaN without both.

    Parameters
    ----------
    stance
        Shape (n, 3), columns in the order of `STANCES`.
    tags
        Index in `STANCES` of each writer's own tag, shape (n,); posts without one do not count.

    Notes
    -----
    A post leans by ``bullish / (bullish + bearish)``: what is left of the reading where the writer is known to have tagged it.
    """
    places = [STANCES.index(tag) for tag in TAGS]
    tagged = np.isin(tags, places)
    bearish, bullish = stance[tagged][:, places].astype(np.float64).T
    total = bearish + bullish
    lean = np.divide(bullish, total, out=np.full(len(total), 0.5), where=total > 0)
    return auc(lean, tags[tagged] == places[1])


def bootstrap(
    statistic: Callable[[NDArray[np.intp]], Sequence[float]],
    n: int,
    rng: np.random.Generator,
    *,
    draws: int = 200,
    posts: NDArray[np.intp] | None = None,
) -> NDArray[np.float64]:
    """Return the standard errors of statistics of n texts over samples drawn with replacement (Efron 1979).

    Parameters
    ----------
    statistic
        Called with the row numbers of a sample, shape (n,); returns the statistics, shape (k,).
    n
        Number of texts, and size of each sample.
    rng
        Draws the samples.
    draws
        Number of samples, at least 2.
    posts
        Number of the post of each text, shape (n,), where one post has several labels: its labels are drawn together. None
        where each text is a post of its own.

    Returns
    -------
    NDArray
        Standard deviation of each statistic over the samples (ddof 1), shape (k,).
    """
    members = _rows_by_post(posts)
    if len(members) in {0, n}:
        found = np.array([statistic(rng.integers(0, n, n)) for _ in range(draws)])
    else:
        size = len(members)
        samples = (rng.integers(0, size, size) for _ in range(draws))
        found = np.array([statistic(np.concatenate([members[post] for post in sample])) for sample in samples])
    return np.asarray(np.std(found, axis=0, ddof=1), dtype=np.float64)


def _rows_by_post(posts: NDArray[np.intp] | None) -> list[NDArray[np.intp]]:
    """Rows of each post; none where no posts are told."""
    if posts is None:
        return []
    _, sizes = np.unique(posts, return_counts=True)
    return np.split(np.argsort(posts, kind="stable"), np.cumsum(sizes)[:-1])


def share_interval(value: float, error: float, posts: NDArray[np.intp]) -> tuple[float, float]:
    """Wilson's interval of a share of labels, 95 %.

    Parameters
    ----------
    value, error
        The share, and its bootstrap standard error over posts.
    posts
        Number of the post of each label, shape (n,). Where a post has several, they tell as much as the independent labels that
        would have the same error (Kott and Carr 1997), and as one label a post where there is no error.
    """
    n, texts = len(posts), len(np.unique(posts))
    if n == texts:
        return wilson(round(value * n), n)
    alike = min(float(n), value * (1 - value) / error**2) if error else float(texts)
    return wilson(value * alike, alike)


def standard_errors(
    probabilities: Probabilities,
    labels: Labels,
    rng: np.random.Generator,
    *,
    draws: int = 200,
    posts: NDArray[np.intp] | None = None,
) -> dict[str, float]:
    """Bootstrap standard error of each of `MEASURES`.

    Parameters
    ----------
    probabilities, labels
        See `evaluate`: shapes (n, 7) and (n,).
    rng, draws, posts
        Source and number of the samples, and the post of each text; see `bootstrap`.

    Returns
    -------
    dict
        Measure -> its standard error.
    """

    def measured(rows: NDArray[np.intp]) -> list[float]:
        found = evaluate(probabilities[rows], labels[rows])
        return [getattr(found, name) for name in MEASURES]

    return dict(zip(MEASURES, bootstrap(measured, len(labels), rng, draws=draws, posts=posts).tolist(), strict=True))


def by_fold(probabilities: Probabilities, labels: Labels, folds: NDArray[np.integer[Any]]) -> dict[int, Metrics]:
    """Metrics of each fold, in the order of the folds.

    Parameters
    ----------
    probabilities, labels
        See `evaluate`: shapes (n, 7) and (n,).
    folds
        Fold of each text, shape (n,).
    """
    own = {int(fold): folds == fold for fold in np.unique(folds)}
    return {fold: evaluate(probabilities[rows], labels[rows]) for fold, rows in own.items()}


def spread(parts: Sequence[Metrics]) -> dict[str, dict[str, float]]:
    """Mean and sample standard deviation over folds of each metric; the deviation of one fold is zero."""
    out = {}
    for item in fields(Metrics):
        values = np.array([getattr(part, item.name) for part in parts], dtype=float)
        out[item.name] = {"mean": float(values.mean()), "sd": float(values.std(ddof=1)) if len(values) > 1 else 0.0}
    return out


def metrics_table(metrics: Mapping[str, Mapping[str, Mapping[str, float]]]) -> str:
    """Markdown table of the spreads of several variants: a row a metric, a column a variant."""
    names = [name for name in MEASURES if all(name in variant for variant in metrics.values())]
    lines = [f"| metric | {' | '.join(metrics)} |", f"|---|{'---|' * len(metrics)}"]
    for name in names:
        cells = [f"{variant[name]['mean']:.4f} ± {variant[name]['sd']:.4f}" for variant in metrics.values()]
        lines.append(f"| {name.replace('_', ' ')} | {' | '.join(cells)} |")
    return "\n".join(lines)


def as_dict(metrics: Metrics) -> dict[str, float]:
    """Metrics as plain numbers, for JSON."""
    return dict(asdict(metrics))

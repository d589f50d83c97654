"""How good probabilities are: accuracy, macro-F1, log loss, calibration; for seven emotions and three-class valence."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from emtract.emotions import EMOTIONS, VALENCE_CLASSES, valence_class

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Probabilities = NDArray[np.floating]
Labels = NDArray[np.intp]
_BINS: Final = 15
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
    """

    n: int
    accuracy: float
    macro_f1: float
    log_loss: float
    ece: float
    valence_accuracy: float
    valence_macro_f1: float
    valence_log_loss: float


def evaluate(probabilities: Probabilities, labels: Labels) -> Metrics:
    """Measure probabilities of shape (n, 7) against indices in `EMOTIONS` of shape (n,)."""
    groups = np.array([VALENCE_CLASSES.index(valence_class(emotion)) for emotion in EMOTIONS])
    three = probabilities @ np.eye(len(VALENCE_CLASSES))[groups]
    emotion, signed = probabilities.argmax(axis=1), three.argmax(axis=1)
    return Metrics(
        n=len(labels),
        accuracy=float(np.mean(emotion == labels)),
        macro_f1=macro_f1(emotion, labels, len(EMOTIONS)),
        log_loss=log_loss(probabilities, labels),
        ece=calibration_error(probabilities, labels),
        valence_accuracy=float(np.mean(signed == groups[labels])),
        valence_macro_f1=macro_f1(signed, groups[labels], len(VALENCE_CLASSES)),
        valence_log_loss=log_loss(three, groups[labels]),
    )


def macro_f1(predicted: Labels, labels: Labels, classes: int) -> float:
    """Mean over classes of ``2 hits / (predicted + tagged)``."""
    scores = []
    for label in range(classes):
        hits = int(np.sum((predicted == label) & (labels == label)))
        total = int(np.sum(predicted == label) + np.sum(labels == label))
        scores.append(2 * hits / total if total else 0.0)
    return float(np.mean(scores))


def log_loss(probabilities: Probabilities, labels: Labels) -> float:
    """Mean negative log-probability of the label, in nats; probabilities are bounded below by 1e-12."""
    return float(-np.log(np.maximum(probabilities[np.arange(len(labels)), labels], _LEAST)).mean())


def calibration_error(probabilities: Probabilities, labels: Labels) -> float:
    """Mean distance between confidence and accuracy over equal bins of confidence, weighted by their size."""
    confidence, hit = probabilities.max(axis=1), probabilities.argmax(axis=1) == labels
    bins = np.minimum((confidence * _BINS).astype(int), _BINS - 1)
    gaps = [abs(float(np.sum(confidence[bins == b])) - float(np.sum(hit[bins == b]))) for b in range(_BINS)]
    return float(sum(gaps) / len(labels))


def temper(probabilities: Probabilities, temperature: float) -> Probabilities:
    """Probabilities whose logits were divided by the temperature; one leaves them as they are."""
    logits = np.log(np.maximum(probabilities.astype(np.float64), _LEAST)) / temperature
    exponents = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(exponents / exponents.sum(axis=1, keepdims=True))


def fit_temperature(probabilities: Probabilities, labels: Labels) -> float:
    """Return the temperature in [0.25, 4] that minimises the log loss (Guo et al. 2017)."""
    from scipy.optimize import minimize_scalar

    found = minimize_scalar(
        lambda log_t: log_loss(temper(probabilities, float(np.exp(log_t))), labels),
        bounds=(np.log(0.25), np.log(4.0)),
        method="bounded",
    )
    return float(np.exp(found.x))


def temper_by_fold(probabilities: Probabilities, labels: Labels, folds: NDArray[np.int64]) -> Probabilities:
    """Temper each fold with the temperature of the other folds, so that no label calibrates its own prediction."""
    out = np.empty_like(probabilities, dtype=np.float64)
    for fold in np.unique(folds):
        own = folds == fold
        temperature = fit_temperature(probabilities[~own], labels[~own]) if np.any(~own) else 1.0
        out[own] = temper(probabilities[own], temperature)
    return out


def spread(parts: Sequence[Metrics]) -> dict[str, dict[str, float]]:
    """Mean and sample standard deviation over folds of each metric; the deviation of one fold is zero."""
    out = {}
    for item in fields(Metrics):
        values = np.array([getattr(part, item.name) for part in parts], dtype=float)
        out[item.name] = {"mean": float(values.mean()), "sd": float(values.std(ddof=1)) if len(values) > 1 else 0.0}
    return out


def metrics_table(metrics: Mapping[str, Mapping[str, Mapping[str, float]]]) -> str:
    """Markdown table of the spreads of several variants: a row a metric, a column a variant."""
    names = [item.name for item in fields(Metrics) if item.name != "n"]
    lines = [f"| metric | {' | '.join(metrics)} |", f"|---|{'---|' * len(metrics)}"]
    for name in names:
        cells = [f"{variant[name]['mean']:.4f} ± {variant[name]['sd']:.4f}" for variant in metrics.values()]
        lines.append(f"| {name.replace('_', ' ')} | {' | '.join(cells)} |")
    return "\n".join(lines)


def as_dict(metrics: Metrics) -> dict[str, float]:
    """Metrics as plain numbers, for JSON."""
    return dict(asdict(metrics))

"""Temperature, fitted so that no label calibrates its own prediction; the metrics are those of `emtract.model.evaluate`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from emtract.model.evaluate import Metrics, as_dict, evaluate, log_loss, metrics_table, spread

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from emtract.model.evaluate import Labels, Probabilities

__all__ = [
    "Metrics",
    "as_dict",
    "evaluate",
    "fit_temperature",
    "metrics_table",
    "spread",
    "temper",
    "temper_by_fold",
]

_LEAST: Final = 1e-12


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

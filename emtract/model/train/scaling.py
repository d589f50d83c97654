"""Scaling of probabilities, fitted so that no label calibrates its own prediction, and what they measure fold by fold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from emtract.model.evaluate import as_dict, by_fold, log_loss, spread

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from emtract.model.evaluate import Labels, Probabilities

_LEAST: Final = 1e-12


@dataclass(frozen=True)
class Scaling:
    """Vector scaling (Guo et al. 2017): what each label's log-probability is multiplied by, and then raised by.

    Attributes
    ----------
    slopes, shifts
        One a label; the first shift is zero, since adding one number to all changes nothing.
    """

    slopes: tuple[float, ...]
    shifts: tuple[float, ...]


def temper(probabilities: Probabilities, temperature: float) -> Probabilities:
    """Probabilities whose logits were divided by the temperature; one leaves them as they are."""
    return _normalise(_logs(probabilities) / temperature)


def scale(probabilities: Probabilities, scaling: Scaling) -> Probabilities:
    """Probabilities whose logarithms were scaled and shifted by label, normalised again."""
    return _normalise(_logs(probabilities) * np.array(scaling.slopes) + np.array(scaling.shifts))


def fit_temperature(probabilities: Probabilities, labels: Labels) -> float:
    """Return the temperature in [0.25, 4] that minimises the log loss (Guo et al. 2017)."""
    from scipy.optimize import minimize_scalar

    found = minimize_scalar(
        lambda log_t: log_loss(temper(probabilities, float(np.exp(log_t))), labels),
        bounds=(np.log(0.25), np.log(4.0)),
        method="bounded",
    )
    return float(np.exp(found.x))


def fit_scaling(probabilities: Probabilities, labels: Labels) -> Scaling:
    """Return the slopes in [0.25, 4] and shifts in [-2, 2] that minimise the log loss."""
    from scipy.optimize import minimize

    count = probabilities.shape[1]

    def read(parameters: NDArray[np.float64]) -> Scaling:
        return Scaling(tuple(parameters[:count].tolist()), (0.0, *parameters[count:].tolist()))

    found = minimize(
        lambda parameters: log_loss(scale(probabilities, read(parameters)), labels),
        np.concatenate([np.ones(count), np.zeros(count - 1)]),
        bounds=[(0.25, 4.0)] * count + [(-2.0, 2.0)] * (count - 1),
        method="L-BFGS-B",
    )
    return read(found.x)


def match_scaling(probabilities: Probabilities, wanted: Sequence[Probabilities], scaling: Scaling) -> Scaling:
    """Return the scaling that makes one model as sure as others of the same procedure are, on posts that none learned from.

    A model of all folds is not measured by any tag, and its confidence may differ from the confidence of the models which
    were; so its
    slopes are multiplied by one number in [0.5, 2] and its shifts moved, until the mean of each label and the mean of the
    largest probability match the others'.

    Parameters
    ----------
    probabilities
        The model's, before scaling, shape (n, k).
    wanted
        What the other models give the same posts, scaled, each of shape (n, k).
    scaling
        What the search starts from: the scaling of the other models.
    """
    from scipy.optimize import least_squares

    def read(parameters: NDArray[np.float64]) -> Scaling:
        slopes = np.array(scaling.slopes) * np.exp(parameters[0])
        shifts = np.array(scaling.shifts) + np.concatenate([[0.0], parameters[1:]])
        return Scaling(tuple(slopes.tolist()), tuple(shifts.tolist()))

    told = np.mean([_summary(others) for others in wanted], axis=0)
    found = least_squares(
        lambda parameters: _summary(scale(probabilities, read(parameters))) - told,
        np.zeros(probabilities.shape[1]),
        bounds=(
            [-np.log(2)] + [-2.0] * (probabilities.shape[1] - 1),
            [np.log(2)] + [2.0] * (probabilities.shape[1] - 1),
        ),
    )
    return read(found.x)


def _summary(probabilities: Probabilities) -> NDArray[np.float64]:
    """Mean of each label, and mean of the largest."""
    return np.append(probabilities.mean(axis=0), probabilities.max(axis=1).mean())


def temper_by_fold(probabilities: Probabilities, labels: Labels, folds: NDArray[np.int64]) -> Probabilities:
    """Temper each fold with the temperature of the other folds, so that no label calibrates its own prediction.

    Parameters
    ----------
    probabilities
        Out-of-fold predictions before calibration, shape (n, k).
    labels
        Column of the true label of each text, shape (n,).
    folds
        Fold of each text, shape (n,); a fold without others stays as it is.

    Returns
    -------
    NDArray
        Shape (n, k), rows in the same order.
    """
    return _each_fold(lambda told, own, tags: temper(told, fit_temperature(own, tags)), probabilities, labels, folds)


def scale_by_fold(probabilities: Probabilities, labels: Labels, folds: NDArray[np.int64]) -> Probabilities:
    """Scale each fold with what the other folds give, so that no label calibrates its own prediction.

    Parameters
    ----------
    probabilities, labels, folds
        See `temper_by_fold`.

    Returns
    -------
    NDArray
        Shape (n, k), rows in the same order.
    """
    return _each_fold(lambda told, own, tags: scale(told, fit_scaling(own, tags)), probabilities, labels, folds)


def measure_folds(
    probabilities: Probabilities, labels: Labels, folds: NDArray[np.int64]
) -> tuple[dict[str, dict[str, float]], dict[str, dict[str, float]]]:
    """Mean and standard deviation of each metric over folds, and fold -> its metrics, as plain values for a card.

    Parameters
    ----------
    probabilities
        Out-of-fold predictions, calibrated by fold, shape (n, 7).
    labels
        Index of the tagged emotion in `EMOTIONS`, shape (n,).
    folds
        Fold of each text, shape (n,).
    """
    parts = by_fold(probabilities, labels, folds)
    return spread(list(parts.values())), {str(fold): as_dict(part) for fold, part in parts.items()}


def _each_fold(
    calibrate: Callable[[Probabilities, Probabilities, Labels], Probabilities],
    probabilities: Probabilities,
    labels: Labels,
    folds: NDArray[np.int64],
) -> Probabilities:
    out = np.asarray(probabilities, dtype=np.float64).copy()
    for fold in np.unique(folds):
        own = folds == fold
        if not own.all():
            out[own] = calibrate(probabilities[own], probabilities[~own], labels[~own])
    return out


def _logs(probabilities: Probabilities) -> NDArray[np.float64]:
    return np.asarray(np.log(np.maximum(probabilities.astype(np.float64), _LEAST)))


def _normalise(logits: NDArray[np.float64]) -> Probabilities:
    exponents = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(exponents / exponents.sum(axis=1, keepdims=True))

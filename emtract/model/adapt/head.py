"""A head that labels adapt: the shipped logits, and what a ridge of the states adds to the logits of the labels' emotions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from emtract.emotions import EMOTIONS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Array = NDArray[np.float64]

_TOLERANCE: Final = {"maxiter": 500, "maxcor": 20, "ftol": 1e-10, "gtol": 1e-5}


@dataclass(frozen=True)
class Sample:
    """What a model makes of n labelled texts.

    Attributes
    ----------
    states
        What its head reads, shape (n, width).
    logits
        What its head says, shape (n, 7).
    labels
        Index in `EMOTIONS` of each text's label, shape (n,).
    known
        Indices of the emotions that the labels tell apart, ascending.
    """

    states: Array
    logits: Array
    labels: NDArray[np.intp]
    known: NDArray[np.intp]

    @property
    def places(self) -> NDArray[np.intp]:
        """Place of each label among the known emotions."""
        return np.searchsorted(self.known, self.labels)

    def rows(self, own: NDArray[np.bool_]) -> Sample:
        """Return some of the texts, of the same emotions."""
        return Sample(self.states[own], self.logits[own], self.labels[own], self.known)

    def probabilities(self, head: Head | None = None) -> Array:
        """Probabilities among the known emotions by a head, None for the shipped one, shape (n, known)."""
        from scipy.special import softmax

        logits = self.logits if head is None else head.apply(self.states, self.logits)
        return np.asarray(softmax(logits[:, self.known], axis=1))


@dataclass(frozen=True)
class Head:
    """Logits of a model and its states -> other logits.

    Attributes
    ----------
    mix
        What the model's own logits are multiplied by, shape (7, 7).
    weight
        What its states are multiplied by, shape (7, width).
    bias
        What is added, shape (7,).
    """

    mix: Array
    weight: Array
    bias: Array

    def apply(self, states: Array, logits: Array) -> Array:
        """Return the logits of n texts, shape (n, 7)."""
        return np.asarray(logits @ self.mix.T + states @ self.weight.T + self.bias)

    def temper(self, temperature: float, known: NDArray[np.intp]) -> Head:
        """Return the head whose known logits lie nearer to their mean: their differences are divided by the temperature."""
        factor = np.eye(len(EMOTIONS))
        factor[np.ix_(known, known)] += (1 / temperature - 1) * (np.eye(len(known)) - 1 / len(known))
        return Head(factor @ self.mix, factor @ self.weight, factor @ self.bias)


def fit_path(sample: Sample, penalties: Sequence[float]) -> list[Head]:
    r"""Fit a head for each penalty, largest first.

    Parameters
    ----------
    sample
        Labelled texts.
    penalties
        The inverse of the variance, in squared units of logits, of what a text's states may add before a label is seen.

    Returns
    -------
    list
        A head a penalty; an infinite one would be the shipped head.

    Notes
    -----
    With :math:`z` the shipped logits, :math:`S` the labels' emotions and :math:`x` a text's states, centred, divided by the root
    mean square of their length, and followed by a one, the likelihood of a label :math:`k` is that among the emotions of the
    scheme, :math:`\exp(z_k + w_k x) / \sum_{j \in S} \exp(z_j + w_j x)`, and :math:`w` is the mode under independent normal
    priors around zero (a ridge around the shipped head). Emotions outside :math:`S` keep their logits; since the mode has
    :math:`\sum_{k \in S} w_k = 0`, so does the mean of those within.
    """
    from scipy.optimize import minimize

    center = sample.states.mean(axis=0)
    length = float(np.sqrt(((sample.states - center) ** 2).sum(axis=1).mean())) or 1.0
    x = np.column_stack([(sample.states - center) / length, np.ones(len(sample.labels))])
    z, tags = sample.logits[:, sample.known], np.eye(len(sample.known))[sample.places]
    heads, found = [], np.zeros(x.shape[1] * z.shape[1])
    for penalty in penalties:
        fitted = minimize(_loss, found, (x, z, tags, penalty), jac=True, method="L-BFGS-B", options=_TOLERANCE)
        found = fitted.x
        heads.append(_head(found.reshape(x.shape[1], -1), sample.known, center, length))
    return heads


def _loss(flat: Array, x: Array, z: Array, tags: Array, penalty: float) -> tuple[float, Array]:
    w = flat.reshape(x.shape[1], -1)
    logits = z + x @ w
    logits -= logits.max(axis=1, keepdims=True)
    logs = np.log(np.exp(logits).sum(axis=1, keepdims=True))
    loss = (logs[:, 0] - (logits * tags).sum(axis=1)).sum() + penalty / 2 * (flat @ flat)
    return float(loss), (x.T @ (np.exp(logits - logs) - tags) + penalty * w).ravel()


def _head(w: Array, known: NDArray[np.intp], center: Array, length: float) -> Head:
    weight, bias = np.zeros((len(EMOTIONS), len(center))), np.zeros(len(EMOTIONS))
    weight[known] = w[:-1].T / length
    bias[known] = w[-1] - weight[known] @ center
    return Head(np.eye(len(EMOTIONS)), weight, bias)

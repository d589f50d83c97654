"""What a writer's own tag says of the emotion of a post, beside what its text says."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from emtract.emotions import EMOTIONS, NO_STANCE, STANCES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from emtract.model.train.data import FloatArray


def tag_likelihood(labels: NDArray[np.intp], stances: NDArray[np.intp]) -> FloatArray:
    """Chance of each tag given the emotion, among messages that carry one; shape (stances, emotions).

    Parameters
    ----------
    labels
        Index in `EMOTIONS` of each message, shape (n,).
    stances
        Place of its writer's tag in `STANCES`, shape (n,).

    Returns
    -------
    NDArray
        Rows of `STANCES`; the row of no tag is of ones, since a tag that is missing says nothing. Every count is raised by
        one (Laplace's rule), so that no tag excludes an emotion.
    """
    counts = np.ones((len(STANCES), len(EMOTIONS)), np.float32)
    np.add.at(counts, (stances, labels), 1)
    silent = STANCES.index(NO_STANCE)
    counts[silent] = 0
    chances = np.asarray(counts / counts.sum(axis=0), np.float32)
    chances[silent] = 1
    return chances


def with_evidence(told: FloatArray, stances: NDArray[np.intp], likelihood: FloatArray, weight: float) -> FloatArray:
    """Take writers' tags as evidence of the emotion, by Bayes' rule.

    Parameters
    ----------
    told
        Probabilities of the emotions given the text, shape (n, 7).
    stances
        Place of each post's tag in `STANCES`, shape (n,).
    likelihood
        As `tag_likelihood` returns it.
    weight
        Power of the likelihood: 1 holds where text and tag are independent given the emotion. They are not, since the text
        gives away the stance, and a weight below 1 counts what both say only in part.

    Returns
    -------
    NDArray
        Probabilities given text and tag, shape (n, 7); unchanged where a post carries no tag.
    """
    product = told * likelihood[stances] ** np.float32(weight)
    return np.asarray(product / product.sum(axis=1, keepdims=True), np.float32)

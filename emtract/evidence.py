"""A writer's own tag, bullish or bearish, as evidence of the emotion of a post beside its text, by Bayes' rule.

The chance of each tag given the emotion is counted in the messages of EmTract's tagged sample (Vamossy and Skog) that carry their
writer's tag. A post without a tag stays as its text reads: who tags at all is no evidence here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from emtract.emotions import EMOTIONS, NO_STANCE, STANCES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from emtract.emotions import Stance

    Chances = NDArray[np.float32]

#: Messages of the tagged sample, folds 1 to 4, by their writer's tag and their emotion, in the order of `EMOTIONS`.
COUNTED: Final[Mapping[Stance, tuple[int, ...]]] = {
    "bearish": (49, 8, 27, 9, 37, 17, 57),
    "bullish": (213, 534, 2, 0, 1, 57, 0),
}
#: Power of the likelihood: 1 holds where text and tag are independent given the emotion. They are not, since a text gives away
#: the stance, and a power below 1 counts what both say only in part.
POWER: Final = 0.5


def count_tags(labels: NDArray[np.intp], stances: NDArray[np.intp]) -> NDArray[np.int64]:
    """Return how many messages have each tag and emotion, shape (stances, emotions).

    Parameters
    ----------
    labels
        Place in `EMOTIONS` of each message's emotion, shape (n,).
    stances
        Place in `STANCES` of its writer's tag, shape (n,).
    """
    counts = np.zeros((len(STANCES), len(EMOTIONS)), np.int64)
    np.add.at(counts, (stances, labels), 1)
    return counts


def tag_likelihood(counts: NDArray[np.int64]) -> Chances:
    """Return the chance of each tag given the emotion, among messages that carry one, shape (stances, emotions).

    Parameters
    ----------
    counts
        As `count_tags` returns them; those without a tag do not matter.

    Returns
    -------
    NDArray
        The row of no tag is of ones, since a tag that is missing says nothing. Every count is raised by one (Laplace's rule),
        so that no tag excludes an emotion.
    """
    silent = STANCES.index(NO_STANCE)
    raised = counts.astype(np.float32) + 1
    raised[silent] = 0
    chances = np.asarray(raised / raised.sum(axis=0), np.float32)
    chances[silent] = 1
    return chances


def counted_likelihood() -> Chances:
    """Return `tag_likelihood` of the messages in `COUNTED`.

    Examples
    --------
    >>> from emtract.emotions import EMOTIONS, STANCES
    >>> chances = counted_likelihood()
    >>> round(float(chances[STANCES.index("bearish"), EMOTIONS.index("fear")]), 3)
    0.983
    """
    silent = (0,) * len(EMOTIONS)
    return tag_likelihood(np.array([COUNTED.get(stance, silent) for stance in STANCES]))


def with_evidence(told: Chances, stances: NDArray[np.intp], likelihood: Chances, power: float = POWER) -> Chances:
    """Return probabilities given text and tag, shape (n, 7); unchanged where a post carries no tag.

    Parameters
    ----------
    told
        Probabilities of the emotions given the text, shape (n, 7).
    stances
        Place in `STANCES` of each post's tag, shape (n,).
    likelihood
        As `tag_likelihood` returns it.
    power
        Of the likelihood; see `POWER`.
    """
    product = told * likelihood[stances] ** np.float32(power)
    return np.asarray(product / product.sum(axis=1, keepdims=True), np.float32)

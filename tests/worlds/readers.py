"""Readers who misread in a known way: what corrections for misreading are checked against."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from emtract.emotions import EMOTIONS
from emtract.misreading import misreading_of
from tests.worlds.panels import BASE_SHARES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from emtract.misreading import Grain, Misreading

#: Emotions that are taken for each other.
_ALIKE: Final = (("sad", "fear"), ("anger", "disgust"))


@dataclass(frozen=True)
class Reader:
    r"""Who reads a text of emotion j as a draw from a Dirichlet distribution with mean :math:`P_j`.

    Attributes
    ----------
    hits
        Mean probability that the emotion of a text is given, besides its part of the rest.
    alike
        The same of the emotion that it is taken for, of those that have one.
    sharpness
        How alike texts of one emotion are read: the sum of the distribution's parameters. At 1 the reader is surer than right, so
        that what was read has too small an effect; at 2 nearly as sure as right, and the plain regression is nearly right.
    happier
        What is taken of neutral texts' mean probability of neutral, and given to happy.
    """

    hits: float = 0.4
    alike: float = 0.15
    sharpness: float = 1.0
    happier: float = 0.0

    @property
    def means(self) -> NDArray[np.float64]:
        """P, shape (7, 7); the rest is spread as emotions are in all posts."""
        found = self.hits * np.eye(len(EMOTIONS))
        for pair in _ALIKE:
            one, two = (EMOTIONS.index(name) for name in pair)
            found[one, two] = found[two, one] = self.alike
        found += (1 - found.sum(axis=1, keepdims=True)) * BASE_SHARES / np.sum(BASE_SHARES)
        neutral, happy = EMOTIONS.index("neutral"), EMOTIONS.index("happy")
        found[neutral, [neutral, happy]] += np.array([-self.happier, self.happier])
        return found


def misread(rng: np.random.Generator, tags: NDArray[np.integer], reader: Reader) -> NDArray[np.float64]:
    """Read texts.

    Parameters
    ----------
    rng
        The random generator.
    tags
        Index in `EMOTIONS` of what each text shows, shape (n,).
    reader
        Who reads.

    Returns
    -------
    NDArray
        Probabilities, shape (n, 7).
    """
    drawn = rng.standard_gamma(reader.sharpness * reader.means[tags]) + np.finfo(float).tiny
    return np.asarray(drawn / drawn.sum(axis=1, keepdims=True))


def tagged_sample(rng: np.random.Generator, reader: Reader, n: int) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Read n texts that people tagged, among which emotions are as in all posts: probabilities (n, 7) and tags (n,).

    Parameters
    ----------
    rng
        The random generator.
    reader
        Who reads.
    n
        Number of texts.
    """
    tags = rng.choice(len(EMOTIONS), n, p=BASE_SHARES / np.sum(BASE_SHARES))
    return misread(rng, tags, reader), tags


def misreading_by(probabilities: NDArray[np.float64], tags: NDArray[np.int64], grain: Grain = "emotion") -> Misreading:
    """Return the misreading of a reader, as its tagged sample shows it.

    Parameters
    ----------
    probabilities
        What it read, (n, 7), rows that sum to 1.
    tags
        Place of each text's tag among the emotions, (n,).
    grain
        Whether emotions are told apart, or classes of valence alone.
    """
    how = "on a simulated tagged sample"
    return misreading_of(probabilities, tags, scorer="reader", revision="1", how=how, grain=grain)

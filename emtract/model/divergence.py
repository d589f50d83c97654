"""Writer against reader: how a writer would tag a post, read off its text alone, and how likely that goes against its mood.

`reports/benchmarks/divergence.csv` says how well, on later posts and on other firms, beside simpler rules;
`tests/benchmarks/divergence.py` makes it and the detector.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from emtract.emotions import EMOTIONS, NEGATIVE, POSITIVE
from emtract.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from emtract.model.adapt.head import Array

#: The model whose states are read.
MODEL: Final = "default"
HEAD: Final = Path(__file__).parent / "weights" / "divergence" / "head.json"
#: A sign with more of the probability is a clear reading.
CLEAR: Final = 0.5
#: Marks of cleaned texts that may tell irony, doubt or a quotation from plain mood.
MARKS: Final[Mapping[str, re.Pattern[str]]] = {
    "question": re.compile(r"\?"),
    "exclamation": re.compile(r"!"),
    "quotation": re.compile('["\u201c\u201d]'),
    "dots": re.compile(r"\. \.|\u2026"),
    "emoji": re.compile(r"[\u2600-\u27bf\U0001f300-\U0001faff]"),
    "laughter": re.compile(r"\b(?:lol|lmao|rofl|haha\w*)\b|[\U0001f602\U0001f923]"),
    "negation": re.compile(r"\b(?:not|no|never|nothing|nobody|none|without)\b"),
    "turn": re.compile(r"\b(?:but|however|though|although|still|yet)\b"),
}
_DIGITS: Final = 6


@dataclass(frozen=True, eq=False)
class Detector:
    """A logistic regression of tags on what a model reads in texts.

    Attributes
    ----------
    weight, bias
        Of `features`, shape (features,), and the constant.
    model
        Name and revision of the model, `name@revision`.
    """

    weight: Array
    bias: float
    model: str

    def bullish(self, states: Array, logits: Array, texts: Sequence[str]) -> Array:
        """Return how likely each text's writer would tag it bullish, if at all, shape (n,).

        Parameters
        ----------
        states, logits
            What `emtract.model.adapt.bases.Base.read` gives of the texts, shapes (n, width) and (n, 7).
        texts
            Cleaned texts.
        """
        score = features(states, logits, texts) @ self.weight + self.bias
        return np.asarray(0.5 * (1 + np.tanh(score / 2)))

    def rounded(self) -> Detector:
        """Return the detector with the digits that `write` keeps."""
        return Detector(np.round(self.weight, _DIGITS), round(self.bias, _DIGITS), self.model)

    def write(self, path: Path) -> None:
        """Write it as JSON."""
        told = {"model": self.model, "bias": self.bias, "weight": self.weight.tolist()}
        path.write_text(json.dumps(told) + "\n", encoding="utf-8")


def features(states: Array, logits: Array, texts: Sequence[str]) -> Array:
    """Return what a detector reads: states, logits and `marks`, shape (n, width + 7 + marks + 1).

    Parameters
    ----------
    states, logits, texts
        As for `Detector.bullish`.
    """
    return np.column_stack([states, logits, marks(texts)])


def marks(texts: Sequence[str]) -> Array:
    """Return which of `MARKS` cleaned texts have, 0 or 1, and the logarithm of one plus their words, shape (n, marks + 1).

    Examples
    --------
    >>> marks(["lol , not again ?"])[0].round(1).tolist()
    [1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 0.0, 1.8]
    """
    rows = [[*(float(bool(mark.search(t))) for mark in MARKS.values()), np.log1p(len(t.split()))] for t in texts]
    return np.array(rows, dtype=np.float64).reshape(len(texts), len(MARKS) + 1)


def signs(probabilities: Array) -> tuple[Array, Array]:
    """Return how likely emotions of each sign are, positive and negative, each of shape (n,), of probabilities (n, 7)."""
    positive, negative = (
        probabilities[:, [EMOTIONS.index(e) for e in side]].sum(axis=1) for side in (POSITIVE, NEGATIVE)
    )
    return positive, negative


def against(bullish: Array, probabilities: Array) -> Array:
    """Return how likely the writer's tag goes against the sign of the reading, shape (n,).

    Parameters
    ----------
    bullish
        Probability that the writer would tag the post bullish, shape (n,).
    probabilities
        Of the seven emotions, shape (n, 7).

    Examples
    --------
    >>> against(np.array([0.9]), np.array([[0.1, 0, 0, 0, 0, 0, 0.9]]))
    array([0.9])
    """
    positive, negative = signs(probabilities)
    return np.where(positive > negative, 1 - bullish, bullish)


def softmax(logits: Array) -> Array:
    """Return probabilities of logits, shape (n, k)."""
    told = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(told / told.sum(axis=1, keepdims=True))


def load_detector(path: Path = HEAD) -> Detector:
    """Return a detector from its file: the one that ships, unless another is named."""
    told = json.loads(path.read_text(encoding="utf-8"))
    return Detector(np.array(told["weight"]), float(told["bias"]), str(told["model"]))


def read_divergence(posts: Sequence[str]) -> pl.DataFrame:
    """Say of raw posts how likely their writers would tag them bullish, and how likely the tag goes against the mood.

    Parameters
    ----------
    posts
        As they were written.

    Returns
    -------
    pl.DataFrame
        One row a post, in order: valence, bullish (the probability that the writer would tag it so, if at all), against (that the
        tag goes against the sign of valence) and is_clear (whether one sign has more than half of the probability). Where it is
        not clear, `against` says little.

    Raises
    ------
    ModelError
        When the model is another revision than the detector was made for.
    """
    from emtract.model.adapt.bases import find_base
    from emtract.text import clean_posts

    detector, base = load_detector(), find_base(MODEL)
    if detector.model != f"{MODEL}@{base.card.revision}":
        raise ModelError(
            f"the detector of divergence was made for {detector.model}, and the model is {MODEL}@{base.card.revision}: make it "
            "anew by python -m tests.benchmarks.divergence"
        )
    texts = [post.text for post in clean_posts(posts)]
    states, logits = base.read(texts)
    probabilities = softmax(logits)
    positive, negative = signs(probabilities)
    bullish = detector.bullish(states, logits, texts)
    columns = {
        "valence": positive - negative,
        "bullish": bullish,
        "against": against(bullish, probabilities),
        "is_clear": np.maximum(positive, negative) > CLEAR,
    }
    return pl.DataFrame(columns)

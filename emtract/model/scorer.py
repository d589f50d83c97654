"""What a scorer is, and what every scorer shares: posts in, one row of predictions each out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol, runtime_checkable

import numpy as np
import polars as pl

from emtract.emotions import EMOTIONS, valence
from emtract.text import Cleaner, clean_posts

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

#: Columns of `Scorer.predict`, in order.
PREDICTION_COLUMNS: Final[tuple[str, ...]] = (
    "text",
    "kind",
    *EMOTIONS,
    "label",
    "valence",
    "n_tokens",
    "truncated",
)


@dataclass(frozen=True)
class Scores:
    """Scores of n texts, in the order in which they were given.

    Attributes
    ----------
    probabilities
        Shape (n, 7), float32, columns in the order of `EMOTIONS`; each row sums to one.
    n_tokens
        Shape (n,), int32: the model's tokens of each text before any cut, without [CLS] and [SEP].
    truncated
        Shape (n,), bool: whether the model read less than the whole text.
    """

    probabilities: NDArray[np.float32]
    n_tokens: NDArray[np.int32]
    truncated: NDArray[np.bool_]


@runtime_checkable
class Scorer(Protocol):
    """A model of the seven emotions; `name`, `revision` and the cleaner's version together identify a score."""

    @property
    def name(self) -> str:
        """Name of the model."""

    @property
    def revision(self) -> str:
        """Digest or version that changes whenever a score may."""

    @property
    def cleaner(self) -> Cleaner:
        """The cleaner whose texts the model was made for."""

    def score(self, texts: Sequence[str]) -> Scores:
        """Score cleaned texts; total: every string has a score, the empty one too."""

    def predict(self, posts: Sequence[str]) -> pl.DataFrame:
        """Clean and score raw posts; see `predict_posts`."""


def predict_posts(scorer: Scorer, posts: Sequence[str]) -> pl.DataFrame:
    """Clean posts, score each distinct cleaned text once, and return one row a post in the order given.

    Returns
    -------
    pl.DataFrame
        `text` (cleaned), `kind` (see `TextKind`), the seven probabilities (Float32, sum to one), `label` (the likeliest
        emotion), `valence` (Float32, see `emotions.valence`), `n_tokens` (Int32, before any cut) and `truncated`. An
        empty post has a score like any other; filter by `kind` to leave it out.
    """
    cleaned = clean_posts(posts, scorer.cleaner)
    places = {text: place for place, text in enumerate(dict.fromkeys(clean.text for clean in cleaned))}
    scores = scorer.score(list(places))
    rows = np.array([places[clean.text] for clean in cleaned], dtype=np.intp)
    probabilities = scores.probabilities[rows]
    labels = np.array(EMOTIONS, dtype=object)[probabilities.argmax(axis=1)]
    columns: dict[str, Any] = {
        "text": pl.Series([clean.text for clean in cleaned], dtype=pl.String),
        "kind": pl.Series([clean.kind for clean in cleaned], dtype=pl.String),
        **{emotion: probabilities[:, column] for column, emotion in enumerate(EMOTIONS)},
        "label": pl.Series(labels.tolist(), dtype=pl.String),
        "valence": valence(probabilities),
        "n_tokens": scores.n_tokens[rows],
        "truncated": scores.truncated[rows],
    }
    return pl.DataFrame(columns)


def softmax(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    """Probabilities of logits of shape (n, k), computed in float64."""
    wide = logits.astype(np.float64)
    exponents = np.exp(wide - wide.max(axis=1, keepdims=True, initial=-np.inf))
    return np.asarray(exponents / exponents.sum(axis=1, keepdims=True), dtype=np.float32)


def sendable(text: str) -> str:
    """Return the text with lone surrogates, which no tokenizer takes, as question marks."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


def token_batches(lengths: NDArray[np.int32], budget: int) -> Iterator[NDArray[np.intp]]:
    """Batches of row numbers, longest texts first: texts of one length, one row or at most `budget` tokens.

    Without padding a text is computed alike whatever stands beside it, and no product is spent on filling.
    """
    order = np.argsort(-lengths, kind="stable")
    for group in np.split(order, np.flatnonzero(np.diff(lengths[order])) + 1):
        rows = max(1, budget // int(lengths[group[0]])) if len(group) else 1
        for start in range(0, len(group), rows):
            yield group[start : start + rows]

"""What a scorer is, and what every scorer shares: posts in, one row of predictions each out."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol, runtime_checkable

import numpy as np
import polars as pl

from emtract.emotions import EMOTIONS, STANCES, TAGS, VALENCE_CLASSES, probability_fault, valence, valence_class
from emtract.errors import ModelError, SourceError
from emtract.text import Cleaner, clean_posts
from emtract.words.shown import html_table, text_table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    #: Probabilities of shape (n, 7) -> a label each.
    Labeller = Callable[[NDArray[np.floating]], list[str]]

#: Columns of `Scorer.predict`, in order.
PREDICTION_COLUMNS: Final[tuple[str, ...]] = (
    "text",
    "kind",
    *EMOTIONS,
    "label",
    "valence",
    *TAGS,
    "n_tokens",
    "truncated",
)

#: Texts that scores print of themselves.
_SHOWN: Final = 6
#: Position in `VALENCE_CLASSES` of each emotion.
VALENCE_PLACES: Final = tuple(VALENCE_CLASSES.index(valence_class(emotion)) for emotion in EMOTIONS)


@dataclass(frozen=True, repr=False)
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
    stance
        Shape (n, 3), float32, columns in the order of `STANCES`: how likely the writer would tag the post bearish, not at
        all, or bullish; each row sums to one. None where the model reads no stance.
    reasons
        Why a text has no score, n of them; its probabilities are NaN. None of a text that has one, and None in all where the
        model gives every text a score.
    """

    probabilities: NDArray[np.float32]
    n_tokens: NDArray[np.int32]
    truncated: NDArray[np.bool_]
    stance: NDArray[np.float32] | None = None
    reasons: tuple[str | None, ...] | None = None

    @property
    def scored(self) -> NDArray[np.bool_]:
        """Which texts have a score, shape (n,)."""
        if self.reasons is None:
            return np.ones(len(self.probabilities), dtype=np.bool_)
        return np.array([reason is None for reason in self.reasons], dtype=np.bool_)

    def __repr__(self) -> str:
        return "\n".join((f"Scores of {len(self.n_tokens):,} texts", *text_table(*self._table(), most=_SHOWN)))

    def _repr_html_(self) -> str:
        """Show the first texts, a row each."""
        headings, rows = self._table()
        return html_table(headings, rows, caption=f"Scores of {len(self.n_tokens):,} texts")

    def _table(self) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
        told = zip(self.probabilities[:_SHOWN].tolist(), self.n_tokens[:_SHOWN].tolist(), strict=True)
        rows = [(str(i), *(f"{p:.3f}" for p in row), str(n)) for i, (row, n) in enumerate(told)]
        return ("text", *EMOTIONS, "tokens"), rows


@runtime_checkable
class Scorer(Protocol):
    """A model of the seven emotions, some of stances too; `name`, `revision` and the cleaner's version identify a score."""

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
        """Score cleaned texts; total: every string has a score, the empty one too, or a reason why it has none."""

    def predict(self, posts: Sequence[str]) -> pl.DataFrame:
        """Clean and score raw posts; see `predict_posts`."""


def predict_posts(scorer: Scorer, posts: Sequence[str | None], *, labels: Labeller | None = None) -> pl.DataFrame:
    """Clean posts, score each distinct cleaned text once, and return one row a post in the order given.

    Parameters
    ----------
    scorer
        The instrument.
    posts
        Raw posts; a missing one (None, NaN, or the NA of pandas) is an empty post, as a null is in a file.
    labels
        Probabilities -> a label each; None takes the likeliest emotion.

    Returns
    -------
    pl.DataFrame
        `text` (cleaned), `kind` (see `TextKind`), the seven probabilities (Float32, sum to one), `label` (the likeliest
        emotion, or what `labels` says), `valence` (Float32, see `emotions.valence`), `bearish` and `bullish` (Float32: how
        likely the writer would tag the post so, no tag being the rest; null where the scorer reads no stance), `n_tokens`
        (Int32, before any cut) and `truncated`. An empty post has a score like any other; filter by `kind` to leave it out.
        Where a scorer may fail to read a text, `reason` says why it did, and score and label are null.

    Raises
    ------
    SourceError
        The posts are one string, or one of them is neither text nor missing.
    """
    cleaned = clean_posts(as_texts(posts), scorer.cleaner)
    places = {text: place for place, text in enumerate(dict.fromkeys(clean.text for clean in cleaned))}
    scores = score_texts(scorer, list(places))
    rows = np.array([places[clean.text] for clean in cleaned], dtype=np.intp)
    probabilities = scores.probabilities[rows]
    columns: dict[str, Any] = {
        "text": pl.Series([clean.text for clean in cleaned], dtype=pl.String),
        "kind": pl.Series([clean.kind for clean in cleaned], dtype=pl.String),
        **{emotion: probabilities[:, column] for column, emotion in enumerate(EMOTIONS)},
        "label": pl.Series((labels or emotion_labels)(probabilities), dtype=pl.String),
        "valence": valence(probabilities),
        **tag_columns(scores, rows),
        "n_tokens": scores.n_tokens[rows],
        "truncated": scores.truncated[rows],
    }
    frame = pl.DataFrame(columns)
    if scores.reasons is None:
        return frame
    reason = pl.Series("reason", [scores.reasons[row] for row in rows], dtype=pl.String)
    told = pl.when(reason.is_null())
    return frame.with_columns(
        told.then(pl.col(name)).alias(name) for name in (*EMOTIONS, "label", "valence")
    ).with_columns(reason)


def tag_columns(scores: Scores, rows: NDArray[np.intp] | slice = slice(None)) -> dict[str, pl.Series]:
    """Return the probability of each of `TAGS` for the rows asked, null where the scorer reads no stance."""
    if scores.stance is None:
        return {tag: pl.Series([None] * len(scores.n_tokens[rows]), dtype=pl.Float32) for tag in TAGS}
    return {tag: pl.Series(scores.stance[rows, STANCES.index(tag)], dtype=pl.Float32) for tag in TAGS}


def score_texts(scorer: Scorer, texts: Sequence[str]) -> Scores:
    """Score cleaned texts, and make sure that probabilities came of it.

    Raises
    ------
    ModelError
        The scorer gave no row of seven probabilities, or of three where it reads stances, for each text: its weights are
        damaged, or it computes wrongly.
    """
    scores = scorer.score(texts)
    fault = probability_fault(scores.probabilities[scores.scored])
    if fault is None and scores.stance is not None:
        fault = probability_fault(scores.stance, STANCES)
    parts = (scores.probabilities, scores.n_tokens, scores.truncated, scores.stance, scores.reasons)
    if fault is None and (wrong := [len(p) for p in parts if p is not None and len(p) != len(texts)]):
        fault = f"{wrong[0]:,} rows came of {len(texts):,} texts"
    if fault is None and (scores.n_tokens < 0).any():
        fault = "it counts fewer than no tokens"
    if fault is not None:
        raise ModelError(
            f"{scorer.name}@{scorer.revision} gives no probabilities ({fault}), so none of these scores is kept: put the model's "
            "files back as its maker ships them, or name another model"
        )
    return scores


def is_nothing(value: object) -> bool:
    """Whether a value stands for none: None, a NaN of any width, or the NA or NaT of pandas."""
    if isinstance(value, float | np.floating):
        return math.isnan(value)
    return value is None or type(value).__name__ in {"NAType", "NaTType"}


def told_by(scorer: Scorer) -> tuple[str, ...]:
    """What a scorer tells of its own work in this process, such as its price; nothing of those that only compute."""
    told: tuple[str, ...] = scorer.told() if hasattr(scorer, "told") else ()
    return told


def as_texts(posts: Iterable[object]) -> list[str]:
    """Return posts as strings, a missing one as the empty string; raises `SourceError` at anything else."""
    if isinstance(posts, str | bytes):
        raise SourceError("posts are given as one string; give a list of them, as in predict([text])")
    if isinstance(posts, Mapping) or hasattr(posts, "columns"):
        raise SourceError('posts are given as a table; give the column that holds them, as in predict(frame["text"])')
    texts = []
    for place, post in enumerate(posts):
        missing = is_nothing(post)
        if not (missing or isinstance(post, str)):
            raise SourceError(
                f"post {place} is {type(post).__name__}, not text; convert it with str(), or give None where there is none"
            )
        texts.append("" if missing else str(post))
    return texts


def emotion_labels(probabilities: NDArray[np.floating]) -> list[str]:
    """Likeliest emotion of each row of shape (n, 7)."""
    return [EMOTIONS[column] for column in probabilities.argmax(axis=1)]


def valence_labels(probabilities: NDArray[np.floating], *, neutral_below: float | None = None) -> list[str]:
    """Valence class of each row of shape (n, 7).

    Parameters
    ----------
    probabilities
        Columns in the order of `EMOTIONS`.
    neutral_below
        Size of valence from which its sign is the class; None takes the likeliest class, each the sum of its emotions.
    """
    if neutral_below is not None:
        signed = valence(probabilities)
        columns = 1 + (signed >= neutral_below).astype(int) - (signed <= -neutral_below)
    else:
        columns = valence_probabilities(probabilities).argmax(axis=1)
    return [VALENCE_CLASSES[column] for column in columns]


def valence_probabilities(probabilities: NDArray[np.floating]) -> NDArray[np.floating]:
    """Sum probabilities of shape (n, 7) over the emotions of each of `VALENCE_CLASSES`, shape (n, 3)."""
    return np.asarray(probabilities @ np.eye(len(VALENCE_CLASSES))[np.array(VALENCE_PLACES)])


def softmax(logits: NDArray[np.floating]) -> NDArray[np.float32]:
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

"""The seven emotions, their order and valence; no other module spells a label.

The index order is that of EmTract (Vamossy & Skog, "EmTract: Investor Emotions and Market Behavior"): 0 neutral, 1 happy,
2 sad, 3 anger, 4 disgust, 5 surprise, 6 fear.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Emotion = Literal["neutral", "happy", "sad", "anger", "disgust", "surprise", "fear"]

EMOTIONS: Final[tuple[Emotion, ...]] = ("neutral", "happy", "sad", "anger", "disgust", "surprise", "fear")
#: Regressors of a joint specification: the seven sum to one, so neutral is the omitted category.
NON_NEUTRAL: Final[tuple[Emotion, ...]] = EMOTIONS[1:]
POSITIVE: Final[tuple[Emotion, ...]] = ("happy",)
NEGATIVE: Final[tuple[Emotion, ...]] = ("sad", "anger", "disgust", "fear")

ValenceClass = Literal["negative", "neutral", "positive"]
VALENCE_CLASSES: Final[tuple[ValenceClass, ...]] = ("negative", "neutral", "positive")


def valence(probabilities: NDArray[np.floating]) -> NDArray[np.floating]:
    """Valence of each row: happy minus the sum of the negative emotions.

    Parameters
    ----------
    probabilities
        Array of shape (n, 7), columns in the order of `EMOTIONS`.

    Returns
    -------
    NDArray
        Shape (n,), in [-1, 1].

    Notes
    -----
    ``valence = happy - (sad + anger + disgust + fear)``; surprise and neutral carry no sign.
    """
    positive = probabilities[:, [EMOTIONS.index(e) for e in POSITIVE]].sum(axis=1)
    negative = probabilities[:, [EMOTIONS.index(e) for e in NEGATIVE]].sum(axis=1)
    signed: NDArray[np.floating] = positive - negative
    return signed


def valence_class(emotion: Emotion) -> ValenceClass:
    """Three-class valence of a label; surprise and neutral are neutral."""
    if emotion in POSITIVE:
        return "positive"
    return "negative" if emotion in NEGATIVE else "neutral"

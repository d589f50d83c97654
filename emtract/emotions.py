"""The seven emotions, their order and valence, and the writer's stance; the sets of others are in `emtract.words.taxonomies`.

The index order is that of EmTract (Vamossy & Skog, "EmTract: Investor Emotions and Market Behavior"): 0 neutral, 1 happy,
2 sad, 3 anger, 4 disgust, 5 surprise, 6 fear.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

#: How far the seven may be from summing to one: float32 leaves about 1e-6.
SUM_TOLERANCE: Final = 1e-4

Emotion = Literal["neutral", "happy", "sad", "anger", "disgust", "surprise", "fear"]

EMOTIONS: Final[tuple[Emotion, ...]] = ("neutral", "happy", "sad", "anger", "disgust", "surprise", "fear")
#: Regressors of a joint specification: the seven sum to one, so neutral is the omitted category.
NON_NEUTRAL: Final[tuple[Emotion, ...]] = EMOTIONS[1:]
POSITIVE: Final[tuple[Emotion, ...]] = ("happy",)
NEGATIVE: Final[tuple[Emotion, ...]] = ("sad", "anger", "disgust", "fear")

ValenceClass = Literal["negative", "neutral", "positive"]
VALENCE_CLASSES: Final[tuple[ValenceClass, ...]] = ("negative", "neutral", "positive")

#: How the writer would tag the post on StockTwits; none is no tag.
Stance = Literal["bearish", "none", "bullish"]
NO_STANCE: Final = "none"
STANCES: Final[tuple[Stance, ...]] = ("bearish", NO_STANCE, "bullish")
#: Stances that are stored and averaged: none is what both leave of one.
TAGS: Final[tuple[Stance, ...]] = ("bearish", "bullish")
#: Bullish less bearish; also the head of a network that reads stances.
STANCE: Final = "stance"

#: What emotions differ in (Mehrabian and Russell 1974): pleasure, which EmoBank calls valence, arousal and dominance; each is
#: rated from 1 to 5, and 3 is neutral.
DIMENSIONS: Final = ("pleasure", "arousal", "dominance")
NEUTRAL_RATING: Final = 3.0
#: What a panel has of them: their means, and the shares of posts above neutral pleasure and above neutral arousal (excitement),
#: and above neutral pleasure and not above neutral arousal (calm).
DIMENSION_MEASURES: Final = (*DIMENSIONS, "excitement", "calm")

#: The twelve emotions of StockEmotions (Lee et al. 2023) read as the seven, stated before anything was measured: anticipation
#: of gains is happy, both fears are fear, confusion is surprise as in GoEmotions' grouping, ambiguous is neutral.
STOCKEMOTIONS: Final[dict[str, Emotion]] = {
    "ambiguous": "neutral",
    "amusement": "happy",
    "anger": "anger",
    "anxiety": "fear",
    "belief": "happy",
    "confusion": "surprise",
    "depression": "sad",
    "disgust": "disgust",
    "excitement": "happy",
    "optimism": "happy",
    "panic": "fear",
    "surprise": "surprise",
}

#: The 27 emotions of GoEmotions and neutral read as the seven: the authors' own grouping by Ekman's six (Demszky et al. 2020).
GOEMOTIONS: Final[dict[str, Emotion]] = {
    "admiration": "happy",
    "amusement": "happy",
    "anger": "anger",
    "annoyance": "anger",
    "approval": "happy",
    "caring": "happy",
    "confusion": "surprise",
    "curiosity": "surprise",
    "desire": "happy",
    "disappointment": "sad",
    "disapproval": "anger",
    "disgust": "disgust",
    "embarrassment": "sad",
    "excitement": "happy",
    "fear": "fear",
    "gratitude": "happy",
    "grief": "sad",
    "joy": "happy",
    "love": "happy",
    "nervousness": "fear",
    "neutral": "neutral",
    "optimism": "happy",
    "pride": "happy",
    "realization": "surprise",
    "relief": "happy",
    "remorse": "sad",
    "sadness": "sad",
    "surprise": "surprise",
}

#: Where a label of another taxonomy goes: an emotion, or a valence class where the taxonomy knows no emotions.
Target = Emotion | ValenceClass
#: What an instrument tells apart: the seven emotions, or only positive from negative.
Reads = Literal["emotions", "valence"]
#: Ekman's six and, last, neutral, by the names that most corpora and models give them.
EKMAN: Final[dict[str, Target]] = {
    "joy": "happy",
    "sadness": "sad",
    "anger": "anger",
    "disgust": "disgust",
    "surprise": "surprise",
    "fear": "fear",
    "neutral": "neutral",
}
#: Of Plutchik's eight, those without a counterpart among the seven; they say nothing of mood.
UNFELT: Final = ("anticipation", "trust")
#: Plutchik's eight as an instrument that gives every text some of each is read: `UNFELT` stand for neutral.
PLUTCHIK: Final[dict[str, Target]] = {
    **{label: target for label, target in EKMAN.items() if label != "neutral"},
    **dict.fromkeys(UNFELT, "neutral"),
}
#: Three-class sentiment.
SENTIMENT: Final[dict[str, Target]] = {"positive": "positive", "neutral": "neutral", "negative": "negative"}


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

    Examples
    --------
    >>> import numpy as np
    >>> valence(np.array([[0.2, 0.5, 0.1, 0.1, 0.0, 0.1, 0.0]])).round(2)
    array([0.3])
    """
    positive = probabilities[:, [EMOTIONS.index(e) for e in POSITIVE]].sum(axis=1)
    negative = probabilities[:, [EMOTIONS.index(e) for e in NEGATIVE]].sum(axis=1)
    signed: NDArray[np.floating] = positive - negative
    return signed


def probability_fault(probabilities: NDArray[np.floating], labels: Sequence[str] = EMOTIONS) -> str | None:
    """Say what keeps rows of shape (n, labels) from being probabilities, and of how many of them; None where nothing does."""
    import numpy as np

    if probabilities.ndim != 2 or probabilities.shape[1] != len(labels):
        return f"it has the shape {probabilities.shape}, not a row of {len(labels)} for each text"
    wide = probabilities.astype(np.float64)
    return _first_fault(wide, {"do not sum to 1": np.abs(wide.sum(axis=1) - 1) >= SUM_TOLERANCE})


def tag_fault(tags: NDArray[np.floating]) -> str | None:
    """Say what keeps rows of shape (n, 2) from being probabilities of `TAGS`; None where nothing does."""
    wide = tags.astype("float64")
    return _first_fault(wide, {"leave less than 0 to no stance": wide.sum(axis=1) > 1 + SUM_TOLERANCE})


def _first_fault(wide: NDArray[np.float64], of_rows: Mapping[str, NDArray[np.bool_]]) -> str | None:
    """Say what is wrong first, with single probabilities or with whole rows, and of how many rows."""
    import numpy as np

    kinds = {
        "hold a probability that is missing, NaN or infinite": ~np.isfinite(wide).all(axis=1),
        "hold a probability below 0 or above 1": ((wide < 0) | (wide > 1 + SUM_TOLERANCE)).any(axis=1),
        **of_rows,
    }
    return next((f"{bad.sum():,} of {len(wide):,} rows {what}" for what, bad in kinds.items() if bad.any()), None)


def valence_class(emotion: Emotion) -> ValenceClass:
    """Three-class valence of a label; surprise and neutral are neutral.

    Examples
    --------
    >>> valence_class("fear"), valence_class("surprise")
    ('negative', 'neutral')
    """
    if emotion in POSITIVE:
        return "positive"
    return "negative" if emotion in NEGATIVE else "neutral"


def target_weights(targets: Sequence[Target | None]) -> NDArray[np.floating]:
    """Weights that carry the labels of another taxonomy to the seven emotions.

    Returns
    -------
    NDArray
        Shape (len(targets), 7), columns in the order of `EMOTIONS`; each row sums to one, that of None to zero.

    Notes
    -----
    Positive is happy; negative is spread evenly over sad, anger, disgust and fear, so that `valence` is positive less
    negative, as it was, while none of the four says anything by itself.

    Examples
    --------
    >>> target_weights(["positive", "negative"])
    array([[0.  , 1.  , 0.  , 0.  , 0.  , 0.  , 0.  ],
           [0.  , 0.  , 0.25, 0.25, 0.25, 0.  , 0.25]])
    """
    import numpy as np

    groups: dict[str, tuple[Emotion, ...]] = {"positive": POSITIVE, "negative": NEGATIVE}
    weights = np.zeros((len(targets), len(EMOTIONS)))
    for row, target in enumerate(targets):
        if target is None:
            continue
        members = groups.get(target, (target,))
        weights[row, [EMOTIONS.index(emotion) for emotion in members]] = 1 / len(members)
    return weights


def reads(targets: Iterable[Target | None]) -> Reads:
    """What an instrument whose labels go to these targets tells apart.

    Examples
    --------
    >>> reads(["happy", "fear"]), reads(["positive", "negative"])
    ('emotions', 'valence')
    """
    return "valence" if {"positive", "negative"} & set(targets) else "emotions"

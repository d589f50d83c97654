"""Sets of emotions that others use, as data, and the maps between them: what a map carries over, and what it loses.

A label without a counterpart has no image. The probability on it is lost, counted and told; it is never spread over others.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from emtract.emotions import (
    EKMAN,
    EMOTIONS,
    GOEMOTIONS,
    NEGATIVE,
    PLUTCHIK,
    POSITIVE,
    SENTIMENT,
    STOCKEMOTIONS,
    UNFELT,
    reads,
    target_weights,
)
from emtract.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import numpy as np
    from numpy.typing import NDArray

    from emtract.emotions import Reads

#: Parrott's tree (Parrott 2001), whose 135 leaves Shaver et al. (1987) sorted: primary emotion -> secondary -> tertiary.
PARROTT: Final[dict[str, dict[str, tuple[str, ...]]]] = {
    "love": {
        "affection": (
            *("adoration", "affection", "love", "fondness", "liking", "attraction", "caring", "tenderness"),
            *("compassion", "sentimentality"),
        ),
        "lust": ("arousal", "desire", "lust", "passion", "infatuation"),
        "longing": ("longing",),
    },
    "joy": {
        "cheerfulness": (
            *("amusement", "bliss", "cheerfulness", "gaiety", "glee", "jolliness", "joviality", "joy", "delight"),
            *("enjoyment", "gladness", "happiness", "jubilation", "elation", "satisfaction", "ecstasy", "euphoria"),
        ),
        "zest": ("enthusiasm", "zeal", "zest", "excitement", "thrill", "exhilaration"),
        "contentment": ("contentment", "pleasure"),
        "pride": ("pride", "triumph"),
        "optimism": ("eagerness", "hope", "optimism"),
        "enthrallment": ("enthrallment", "rapture"),
        "relief": ("relief",),
    },
    "surprise": {"surprise": ("amazement", "surprise", "astonishment")},
    "anger": {
        "irritation": ("aggravation", "irritation", "agitation", "annoyance", "grouchiness", "grumpiness"),
        "exasperation": ("exasperation", "frustration"),
        "rage": (
            *("anger", "rage", "outrage", "fury", "wrath", "hostility", "ferocity", "bitterness", "hate", "loathing"),
            *("scorn", "spite", "vengefulness", "dislike", "resentment"),
        ),
        "disgust": ("disgust", "revulsion", "contempt"),
        "envy": ("envy", "jealousy"),
        "torment": ("torment",),
    },
    "sadness": {
        "suffering": ("agony", "suffering", "hurt", "anguish"),
        "sadness": (
            *("depression", "despair", "hopelessness", "gloom", "glumness", "sadness", "unhappiness", "grief", "sorrow"),
            *("woe", "misery", "melancholy"),
        ),
        "disappointment": ("dismay", "disappointment", "displeasure"),
        "shame": ("guilt", "shame", "regret", "remorse"),
        "neglect": (
            *("alienation", "isolation", "neglect", "loneliness", "rejection", "homesickness", "defeat", "dejection"),
            *("insecurity", "embarrassment", "humiliation", "insult"),
        ),
        "sympathy": ("pity", "sympathy"),
    },
    "fear": {
        "horror": (
            *("alarm", "shock", "fear", "fright", "horror", "terror", "panic", "hysteria", "mortification"),
        ),
        "nervousness": (
            *("anxiety", "nervousness", "tenseness", "uneasiness", "apprehension", "worry", "distress", "dread"),
        ),
    },
}  # fmt: skip
#: Parrott's primary emotions read as the seven; disgust stands one tier lower, beneath anger.
_PRIMARY: Final = {
    "love": "happy",
    "joy": "happy",
    "surprise": "surprise",
    "anger": "anger",
    "sadness": "sad",
    "fear": "fear",
}
#: Stances as platforms and corpora spell them, read as valence: who bets on a rise speaks well of the stock.
_STANCE: Final = {
    **dict.fromkeys(("bullish", "bull"), "positive"),
    "neutral": "neutral",
    **dict.fromkeys(("bearish", "bear"), "negative"),
}
#: The emotion that stands for a class where valence alone is measured.
STAND_IN: Final = {"positive": POSITIVE[0], "negative": NEGATIVE[0]}
_SECONDARY: Final = {
    second: "disgust" if second == "disgust" else _PRIMARY[first]
    for first, below in PARROTT.items()
    for second in below
}
_TERTIARY: Final = {
    third: _SECONDARY[second] for below in PARROTT.values() for second, thirds in below.items() for third in thirds
}


@dataclass(frozen=True)
class Taxonomy:
    """A set of emotions.

    Attributes
    ----------
    name
        As `--taxonomy` takes it.
    source
        Who made it.
    emotions
        Its labels in order -> the emotion of the seven that each is read as, or the class of valence where the set knows no
        emotions; None where there is none.
    """

    name: str
    source: str
    emotions: Mapping[str, str | None]

    @property
    def labels(self) -> tuple[str, ...]:
        """Its labels, in order."""
        return tuple(self.emotions)

    @property
    def reads(self) -> Reads:
        """What its labels tell apart: emotions, or valence alone."""
        return reads(self.emotions.values())  # type: ignore[arg-type]


TAXONOMIES: Final[Mapping[str, Taxonomy]] = {
    found.name: found
    for found in (
        Taxonomy("emtract", "Vamossy and Skog, EmTract", {emotion: emotion for emotion in EMOTIONS}),
        Taxonomy("ekman", "Ekman 1992: six, and neutral as corpora add it", EKMAN),
        Taxonomy("plutchik", "Plutchik 1980", {k: None if k in UNFELT else v for k, v in PLUTCHIK.items()}),
        Taxonomy("goemotions", "Demszky et al. 2020: 27, and neutral", GOEMOTIONS),
        Taxonomy("stockemotions", "Lee et al. 2023", STOCKEMOTIONS),
        Taxonomy(
            "tweeteval",
            "Barbieri et al. 2020, emotion",
            {"anger": "anger", "joy": "happy", "optimism": "happy", "sadness": "sad"},
        ),
        Taxonomy("sentiment", "three classes of sentiment", SENTIMENT),
        Taxonomy("stance", "tags of StockTwits: which way the writer bets", _STANCE),
        Taxonomy("parrott_primary", "Parrott 2001, first tier", _PRIMARY),
        Taxonomy("parrott_secondary", "Parrott 2001, second tier", _SECONDARY),
        Taxonomy("parrott_tertiary", "Parrott 2001, third tier", _TERTIARY),
    )
}  # fmt: skip


def taxonomy(name: str) -> Taxonomy:
    """Return a taxonomy by its name; raises `ModelError` naming them where there is none."""
    if name not in TAXONOMIES:
        raise ModelError(f"no taxonomy is called {name!r}; known are {', '.join(TAXONOMIES)}")
    return TAXONOMIES[name]


def fitting(labels: Iterable[str]) -> tuple[str, ...]:
    """Names of the taxonomies that hold all of some labels, in any case; the smallest first."""
    wanted = {label.casefold() for label in labels}
    found = [known for known in TAXONOMIES.values() if wanted and wanted <= known.emotions.keys()]
    return tuple(known.name for known in sorted(found, key=lambda known: len(known.emotions)))


@dataclass(frozen=True)
class EmotionMap:
    """A map from one set of labels to another.

    Attributes
    ----------
    images
        Label -> its image; None where it has none.
    targets
        Labels of the other set, in order.
    """

    images: Mapping[str, str | None]
    targets: tuple[str, ...]

    @property
    def lost(self) -> tuple[str, ...]:
        """Labels without an image."""
        return tuple(label for label, image in self.images.items() if image is None)

    @property
    def unreached(self) -> tuple[str, ...]:
        """Labels of the other set that are no image: their probability is 0, which says nothing of the text."""
        return tuple(
            label
            for label, reached in zip(self.targets, self.matrix().sum(axis=0).tolist(), strict=True)
            if not reached
        )

    def matrix(self) -> NDArray[np.float64]:
        """Return the map as shares of each label, shape (labels, targets); the row of a label without an image is zero.

        A class of valence is shared as `emotions.target_weights` does; any other image has the whole of its label.
        """
        import numpy as np

        if self.targets == EMOTIONS:
            weights = target_weights([*self.images.values()])  # type: ignore[list-item]
            return np.asarray(weights, dtype=np.float64)
        return np.array([[float(image == target) for target in self.targets] for image in self.images.values()])

    def carry(self, probabilities: NDArray[np.floating]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Carry rows of probabilities over.

        Returns
        -------
        tuple
            What is kept, shape (n, targets), and what is lost, shape (n,); the two of a row sum to what the row had.
        """
        import numpy as np

        matrix = self.matrix()
        wide = np.asarray(probabilities, dtype=np.float64)
        return wide @ matrix, wide @ (1 - matrix.sum(axis=1))

    def then(self, other: EmotionMap) -> EmotionMap:
        """Return the map that first takes this one and then another, which must start from this one's targets."""
        if set(self.targets) != set(other.images):
            raise ModelError(
                "two maps follow each other only where the second starts from the labels that the first reaches"
            )
        if set(self.images.values()) - {None, *other.images}:
            raise ModelError("a class of valence is no emotion: a map to such classes has no map after it")
        images = {label: None if image is None else other.images[image] for label, image in self.images.items()}
        return EmotionMap(images, other.targets)


def to_seven(name: str) -> EmotionMap:
    """Return the map of a taxonomy to the seven emotions."""
    return EmotionMap(taxonomy(name).emotions, EMOTIONS)


def up_parrott(tier: str) -> EmotionMap:
    """Return the map from Parrott's `parrott_tertiary` or `parrott_secondary` to the tier above."""
    if tier == "parrott_tertiary":
        images = {third: second for below in PARROTT.values() for second, thirds in below.items() for third in thirds}
        return EmotionMap(images, taxonomy("parrott_secondary").labels)
    if tier == "parrott_secondary":
        return EmotionMap(
            {second: first for first, below in PARROTT.items() for second in below}, taxonomy("parrott_primary").labels
        )
    raise ModelError(f"{tier} has no tier above it; parrott_tertiary and parrott_secondary have")

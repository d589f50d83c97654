"""Robustness baselines by name: published lexicons and small tools behind the same `Scorer`.

What they read. The cleaned text, like every other scorer, so that one cleaner and one table of texts serve them all, but
without its placeholders: `unknown` and `number` are words to a lexicon. Case is lost with it; VADER gives
.56 of the tagged posts the right valence class on these texts and on the raw ones.

What they tell apart. VADER and TextBlob place a text between negative and positive, and no more. Such an instrument has
`reads == "valence"`: its positive part is happy, its negative part stands in equal quarters under sad, anger, disgust and
fear, so that `valence` is the instrument's own number (to 1e-6) while none of the four says anything by itself.

Of Plutchik's eight emotions, anticipation and trust have no counterpart. NRCLex counts words, so a text without a word of
the other six is neutral; nade gives every text some of all eight, and those two stand for neutral.

Nothing is downloaded, and nothing pickled is read: lexicons are text, nade's models fastText binaries and LightGBM text.
"""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from emtract.atomic import write_whole
from emtract.characters import MAX_CHARACTERS
from emtract.emotions import EKMAN, PLUTCHIK, SENTIMENT, reads, target_weights
from emtract.errors import ModelError
from emtract.extras import bring, demand, unusable
from emtract.model.scorer import Scores, emotion_labels, predict_posts, sendable, valence_labels
from emtract.text import Cleaner
from emtract.text.clean import MAX_TOKENS
from emtract.text.lexicon import PLACEHOLDERS

if TYPE_CHECKING:
    from collections.abc import Mapping

    import polars as pl

    from emtract.emotions import Reads, Target

Floats = NDArray[np.float64]
#: Texts -> what the instrument says of each: shape (n, targets), rows that sum to one.
Reader = Callable[[list[str]], Floats]

#: VADER's published cut: a compound of at least this size is positive or negative. TextBlob publishes none and takes it over.
NEUTRAL_BELOW: Final = 0.05
_PLACEHOLDERS: Final = frozenset(PLACEHOLDERS)


@dataclass(frozen=True)
class Instrument:
    """A published instrument, and how it speaks of the seven emotions.

    Attributes
    ----------
    package, module
        What is installed, and what is imported.
    targets
        Its outputs, in the order in which its reader gives them -> where they go.
    rule
        How its numbers become shares of the targets, in words; part of the revision, so change it with the code.
    open
        Loads the instrument.
    """

    package: str
    module: str
    targets: Mapping[str, Target]
    rule: str
    open: Callable[[], Reader]

    @property
    def reads(self) -> Reads:
        """Whether it tells emotions apart, or only positive from negative."""
        return reads(self.targets.values())

    @property
    def digest(self) -> str:
        """Eight digits of the map and its rule."""
        parts = [*map(str, self.targets.items()), self.rule]
        return hashlib.sha256("|".join(parts).encode()).hexdigest()[:8]


class LexicalScorer:
    """Scores texts with a published instrument; `load_scorer` finds it by name.

    Parameters
    ----------
    name
        A name of `INSTRUMENTS`.
    cleaner
        The cleaner that `predict` applies.

    Raises
    ------
    ModelError
        The instrument's package is not installed, or cannot be loaded.

    Notes
    -----
    The revision is the version of the instrument's package and the digest of the map, so that a new version of either is
    scored anew.
    """

    def __init__(self, name: str, *, cleaner: Cleaner | None = None) -> None:
        instrument, self.revision = INSTRUMENTS[name], instrument_revision(name)
        self.name, self.reads = name, instrument.reads
        self.cleaner = cleaner or Cleaner()
        self._weights = target_weights(list(instrument.targets.values()))
        try:
            self._read = instrument.open()
        except (ImportError, OSError) as failure:
            raise unusable(name, instrument.package, failure, error=ModelError) from failure

    def score(self, texts: Sequence[str]) -> Scores:
        """Score cleaned texts; `n_tokens` counts the cleaner's tokens, of which the first 512 are read."""
        tokens = [sendable(text[:MAX_CHARACTERS]).split() for text in texts]
        n_tokens = np.array([len(row) for row in tokens], dtype=np.int32)
        cut = np.array([len(text) > MAX_CHARACTERS for text in texts], dtype=np.bool_) | (n_tokens > MAX_TOKENS)
        read = [" ".join(token for token in row[:MAX_TOKENS] if token not in _PLACEHOLDERS) for row in tokens]
        shares = self._read(read) if read else np.empty((0, len(self._weights)))
        return Scores((shares @ self._weights).astype(np.float32), n_tokens, cut)

    def predict(self, posts: Sequence[str]) -> pl.DataFrame:
        """Clean and score raw posts; see `predict_posts`. The label of an instrument of valence is a valence class."""
        by_sign = partial(valence_labels, neutral_below=NEUTRAL_BELOW)
        return predict_posts(self, posts, labels=by_sign if self.reads == "valence" else emotion_labels)


def instrument_revision(name: str) -> str:
    """Return the version of an instrument's package and the digest of its map; raises `ModelError` where it is missing."""
    instrument = INSTRUMENTS[name]
    demand("baselines", name, instrument.module, error=ModelError)
    return f"{version(instrument.package)}+{instrument.digest}"


def polarity_shares(polarity: Floats) -> Floats:
    """Shares of positive, neutral and negative of a polarity in [-1, 1]: its size and its sign, the rest neutral."""
    return np.column_stack([np.maximum(polarity, 0), 1 - np.abs(polarity), np.maximum(-polarity, 0)])


def shares(weights: Floats) -> Floats:
    """Shares of k targets, the last of them neutral, which has all of a row without any weight."""
    total = weights.sum(axis=1, keepdims=True)
    out = weights / np.where(total > 0, total, 1)
    out[total[:, 0] <= 0, -1] = 1
    return np.asarray(out)


def _bring(name: str, module: str) -> Any:
    return bring("baselines", name, module, error=ModelError)


def _open_vader() -> Reader:
    analyzer = _bring("vader", "vaderSentiment.vaderSentiment").SentimentIntensityAnalyzer()
    return lambda texts: polarity_shares(np.array([analyzer.polarity_scores(text)["compound"] for text in texts]))


def _open_textblob() -> Reader:
    analyzer = _bring("textblob", "textblob.sentiments").PatternAnalyzer()
    return lambda texts: polarity_shares(np.clip([analyzer.analyze(text).polarity for text in texts], -1.0, 1.0))


def _open_nrclex() -> Reader:
    lexicon = _bring("nrclex", "nrclex").NRCLex()

    def count(text: str) -> list[int]:
        # Its own splitting of raw text needs corpora that nltk downloads; lists of tokens need none.
        lexicon.load_token_list(text.split())
        return [lexicon.raw_emotion_scores.get(label, 0) for label in EKMAN]

    return lambda texts: shares(np.array([count(text) for text in texts], dtype=np.float64))


def _open_nade() -> Reader:
    nade = _bring("nade", "nade")
    _unpack(Path(nade.__path__[0]) / "data" / "socialmedia_en")
    model = nade.Nade()

    def read(texts: list[str]) -> Floats:
        found = model.predict(texts)
        return shares(np.column_stack([np.asarray(found[label], dtype=np.float64) for label in PLUTCHIK]))

    return read


def _unpack(folder: Path) -> None:
    """Unpack nade's regressions beside themselves, as it would at its first use, but each whole or not at all."""
    for packed in folder.glob("*.txt.gz"):
        path, text = packed.with_suffix(""), gzip.decompress(packed.read_bytes())
        if not (path.is_file() and path.stat().st_size == len(text)):
            write_whole(path, text)


_POLARITY: Final = "positive = max({0}, 0), negative = max(-{0}, 0), neutral the rest"

#: Name -> instrument. VADER: Hutto & Gilbert 2014. TextBlob: pattern's English polarities. NRCLex: word counts of the NRC
#: emotion lexicon, Mohammad & Turney 2013. nade: text -> emojis -> emotions, Hotz-Behofsits et al.
INSTRUMENTS: Final[Mapping[str, Instrument]] = {
    "vader": Instrument(
        "vaderSentiment", "vaderSentiment", SENTIMENT, _POLARITY.format("compound"), _open_vader
    ),
    "textblob": Instrument("textblob", "textblob", SENTIMENT, _POLARITY.format("polarity"), _open_textblob),
    "nrclex": Instrument(
        "NRCLex", "nrclex", EKMAN, "shares of the six emotions' word counts, neutral where all are zero", _open_nrclex
    ),
    "nade": Instrument("nade", "nade", PLUTCHIK, "shares of the eight intensities", _open_nade),
}  # fmt: skip

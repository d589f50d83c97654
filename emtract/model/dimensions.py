"""Pleasure, arousal and dominance of a text: a linear head on the states of the default encoder's layers."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final, Protocol
from zipfile import BadZipFile

import numpy as np

from emtract.emotions import DIMENSIONS
from emtract.errors import ModelError
from emtract.model.adapt.graph import LAYERS, with_layers
from emtract.model.card import GRAPH, TOKENIZER, read_card
from emtract.model.onnx import Encoder, load_graph
from emtract.model.registry import BATCH_TOKENS, model_folder
from emtract.model.scorer import as_texts
from emtract.text import Cleaner, clean_posts

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl
    from numpy.typing import NDArray

    from emtract.model.scorer import Scorer, Scores

#: The reader that is shipped: a head that learned from the ratings of EmoBank (Buechel and Hahn 2017).
EMOBANK: Final = "emobank"
_BASE: Final = "default"
#: Texts whose states are held at a time.
_STEP: Final = 1_024


class DimensionReader(Protocol):
    """Who reads dimensions of texts; `name`, `revision` and the cleaner's version identify what it reads."""

    @property
    def name(self) -> str:
        """Name of the reader."""

    @property
    def revision(self) -> str:
        """Digest that changes whenever a number may."""

    @property
    def cleaner(self) -> Cleaner:
        """The cleaner whose texts it reads."""

    def read(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Read cleaned texts: shape (n, 3), columns in the order of `DIMENSIONS`, on a scale from 1 to 5 with 3 as neutral."""


@dataclass(frozen=True)
class LinearHead:
    """Weights on the states of an encoder's layers.

    Attributes
    ----------
    base
        Name and revision of the encoder, as `default@f3f1b8bb961a`: the weights mean nothing on another.
    weight, bias
        Shapes (3, width) and (3,), float32.
    """

    base: str
    weight: NDArray[np.float32]
    bias: NDArray[np.float32]

    @cached_property
    def revision(self) -> str:
        """Twelve hexadecimal digits of all that a number depends on."""
        parts = (self.base.encode(), self.weight.astype("<f4").tobytes(), self.bias.astype("<f4").tobytes())
        return hashlib.sha256(b"".join(parts)).hexdigest()[:12]

    def apply(self, states: NDArray[np.float32]) -> NDArray[np.float32]:
        """Dimensions of states, shape (n, 3)."""
        return np.asarray(states.astype(np.float64) @ self.weight.T.astype(np.float64) + self.bias, dtype=np.float32)


def head_path() -> Path:
    """File of the shipped head."""
    return Path(str(files("emtract.model"))) / "weights" / "dimensions" / f"{EMOBANK}.npz"


def read_head(path: Path) -> LinearHead:
    """Read a head that `write_head` wrote; raises `ModelError` where there is none, or it is damaged."""
    try:
        with np.load(path) as held:
            return LinearHead(str(held["base"]), held["weight"], held["bias"])
    except (OSError, EOFError, ValueError, KeyError, BadZipFile) as error:
        raise ModelError(f"{path} holds no head of dimensions ({str(error)[:100]}): reinstall emtract") from error


def write_head(head: LinearHead, path: Path) -> None:
    """Write a head; equal heads give equal bytes."""
    np.savez(path, base=np.array(head.base), weight=head.weight, bias=head.bias)


def read_states(folder: Path, texts: Sequence[str], *, threads: int | None = None) -> NDArray[np.float32]:
    """Read what a head multiplies with its weights: mean and largest states of cleaned texts after each layer.

    Parameters
    ----------
    folder
        An encoder that `emtract model train` wrote.
    texts
        Cleaned texts; all their states are held at once.
    threads
        Threads of the matrix products; None for one a core.
    """
    return _encoder(folder, threads).read(texts)[0]


class EncodedReader:
    """Reads dimensions with the default encoder and a head; `load_dimensions` finds both.

    Parameters
    ----------
    folder
        The encoder.
    head
        Its head.
    threads
        Threads of the matrix products; None for one a core.

    Raises
    ------
    ModelError
        The head was made for another revision of the encoder.
    """

    def __init__(self, folder: Path, head: LinearHead, *, threads: int | None = None) -> None:
        card = read_card(folder)
        if head.base != f"{card.name}@{card.revision}":
            raise ModelError(
                f"the dimensions of {EMOBANK} were learned on {head.base} and say nothing on {card.name}@{card.revision}: "
                f"install the emtract that ships {head.base}"
            )
        self.name, self.head, self.cleaner = EMOBANK, head, Cleaner()
        self._folder, self._threads = folder, threads

    @property
    def revision(self) -> str:
        """Digest of the head and its encoder."""
        return self.head.revision

    def read(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Read cleaned texts; see `DimensionReader`."""
        steps = [texts[start : start + _STEP] for start in range(0, len(texts), _STEP)]
        parts = [self.head.apply(self._loaded.read(step)[0]) for step in steps]
        return np.concatenate([np.empty((0, len(DIMENSIONS)), np.float32), *parts])

    def predict(self, posts: Sequence[str | None]) -> pl.DataFrame:
        """Clean and read raw posts: a row a post, the columns `DIMENSIONS` (Float32)."""
        return _frame(self.read([clean.text for clean in clean_posts(as_texts(posts), self.cleaner)]))

    @cached_property
    def _loaded(self) -> Encoder:
        return _encoder(self._folder, self._threads)


@dataclass(frozen=True)
class WithDimensions:
    """A scorer whose predictions have the columns `DIMENSIONS` of a reader too; its scores are what they are."""

    scorer: Scorer
    reader: DimensionReader

    @property
    def name(self) -> str:
        """Name of the scorer."""
        return self.scorer.name

    @property
    def revision(self) -> str:
        """Revision of the scorer."""
        return self.scorer.revision

    @property
    def cleaner(self) -> Cleaner:
        """Cleaner of the scorer."""
        return self.scorer.cleaner

    def score(self, texts: Sequence[str]) -> Scores:
        """Score cleaned texts."""
        return self.scorer.score(texts)

    def predict(self, posts: Sequence[str]) -> pl.DataFrame:
        """Clean and score raw posts, and read the dimensions of what the cleaner left."""
        scored = self.scorer.predict(posts)
        return scored.hstack(_frame(self.reader.read(scored["text"].to_list())))


def load_dimensions(*, threads: int | None = None) -> EncodedReader:
    """Load the shipped reader of dimensions.

    Parameters
    ----------
    threads
        Threads of the matrix products; None for one a core.

    Raises
    ------
    ModelError
        Its files are damaged, or its encoder has another revision.

    Examples
    --------
    >>> from emtract.model.dimensions import load_dimensions
    >>> load_dimensions().predict(["We won, I am thrilled!"]).columns
    ['pleasure', 'arousal', 'dominance']
    """
    return EncodedReader(model_folder(_BASE), read_head(head_path()), threads=threads)


def _frame(read: NDArray[np.float32]) -> pl.DataFrame:
    import polars as pl

    return pl.DataFrame({name: read[:, column] for column, name in enumerate(DIMENSIONS)})


def _encoder(folder: Path, threads: int | None) -> Encoder:
    with TemporaryDirectory(ignore_cleanup_errors=True) as name:
        path = Path(name) / GRAPH
        path.write_bytes(with_layers((folder / GRAPH).read_bytes()))
        graph = load_graph(path, runtime="auto", arithmetic="int8", threads=threads, outputs=(LAYERS,))
    return Encoder(folder / TOKENIZER, graph, max_length=read_card(folder).max_length, batch_tokens=BATCH_TOKENS)

"""The fast scorer: a bag of words, word pairs and letter groups, pooled and read by two small layers; numpy alone."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from itertools import chain, repeat
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from emtract.emotions import EMOTIONS
from emtract.errors import ModelError
from emtract.model.card import TENSORS, ModelCard, read_card
from emtract.model.scorer import Scores, predict_posts, softmax
from emtract.text import Cleaner
from emtract.text.rules import TRAINED_ON

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import polars as pl
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float32]

#: Texts that are read together: bounds memory, and keeps what is gathered in the processor's cache.
_CHUNK: Final = 1024
#: Lengths of the letter groups that stand for a word outside the vocabulary, its two ends marked.
_GROUPS: Final = (3, 4, 5)
#: Letters of such a word that are read: the cleaner leaves no longer word.
_LETTERS: Final = 64
#: Spreads keys over slots and buckets (Knuth's multiplicative hashing, 64 bits).
_SPREAD: Final = np.uint64(0x9E3779B97F4A7C15)
_DTYPES: Final = {"U8": "<u1", "I8": "<i1", "I32": "<i4", "F16": "<f2", "F32": "<f4"}


@dataclass(frozen=True)
class Vocabulary:
    """Which rows of the table a text adds up: its words, its pairs of neighbours, letter groups of unknown words.

    Attributes
    ----------
    words
        Known words; word i has row i.
    pairs
        Indices of the two words of each known pair, shape (pairs, 2); `len(words)` stands for either end of a text.
    buckets
        Rows that letter groups share by their hash.
    """

    words: tuple[str, ...]
    pairs: NDArray[np.int32]
    buckets: int
    _places: dict[str, int] = field(init=False, repr=False, compare=False)
    _slots: tuple[NDArray[np.int64], NDArray[np.int32]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_places", {word: place for place, word in enumerate(self.words)})
        object.__setattr__(self, "_slots", self._fill_slots())

    @property
    def rows(self) -> int:
        """Rows of the table: words, pairs and buckets, in this order."""
        return len(self.words) + len(self.pairs) + self.buckets

    def read(self, texts: Sequence[str]) -> tuple[list[Any], NDArray[np.int32]]:
        """Return sparse matrices of shape (n, rows), whose sum counts what each text holds, and each text's words.

        Notes
        -----
        A matrix each for words, pairs and unknown words: every one is built in the order of the text, so nothing is
        sorted, and a text's sums do not depend on the texts beside it. The letter groups of a word share one count.
        """
        split = [text.split() for text in texts]
        lengths = np.fromiter(map(len, split), np.int32, len(split))
        flat = list(chain.from_iterable(split))
        places = np.fromiter(map(self._places.get, flat, repeat(-1)), np.int64, len(flat))
        owners = np.repeat(np.arange(len(split)), lengths)
        known = places >= 0
        found = (
            (owners[known], places[known], np.ones(int(known.sum()), np.float32)),
            self._find_pairs(places, lengths),
            self._spell(flat, np.flatnonzero(~known), owners),
        )
        return [self._matrix(len(split), *parts) for parts in found], lengths

    def _matrix(self, n: int, owners: NDArray[Any], rows: NDArray[Any], weights: FloatArray) -> Any:
        from scipy.sparse import csr_array

        ends = np.concatenate([[0], np.cumsum(np.bincount(owners, minlength=n))])
        return csr_array((weights, rows, ends), shape=(n, self.rows))

    def _keys(self, first: NDArray[Any], second: NDArray[Any]) -> NDArray[np.int64]:
        return np.asarray(first * np.int64(len(self.words) + 2) + second, dtype=np.int64)

    def _slot(self, keys: NDArray[np.int64], size: int) -> NDArray[np.intp]:
        spread = keys.astype(np.uint64) * _SPREAD
        return np.asarray(spread >> np.uint64(64 - (size.bit_length() - 1)), dtype=np.intp)

    def _fill_slots(self) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
        """Keys and rows by slot, where the first pair of a slot keeps it; `place_pairs` leaves no second one."""
        size = 1 << max(4, (8 * len(self.pairs)).bit_length())
        keys, rows = np.full(size, -1, np.int64), np.zeros(size, np.int32)
        own = self._keys(self.pairs[:, 0].astype(np.int64), self.pairs[:, 1].astype(np.int64))
        slots = self._slot(own, size)[::-1]
        keys[slots] = own[::-1]
        rows[slots] = len(self.words) + np.arange(len(self.pairs), dtype=np.int32)[::-1]
        return keys, rows

    def _find_pairs(self, places: NDArray[np.int64], lengths: NDArray[np.int32]) -> tuple[NDArray[Any], ...]:
        """Known pairs of neighbours; texts are laid end to end with an end mark on either side of each."""
        texts = np.arange(len(lengths))
        owners = np.repeat(texts, lengths + 2)
        line = np.full(len(owners), len(self.words), np.int64)
        line[np.arange(len(places)) + np.repeat(2 * texts + 1, lengths)] = np.where(
            places < 0, len(self.words) + 1, places
        )
        keys, rows = self._slots
        wanted = self._keys(line[:-1], line[1:])
        slots = self._slot(wanted, len(keys))
        found = np.flatnonzero(keys[slots] == wanted)
        return owners[found], rows[slots[found]], np.ones(len(found), np.float32)

    def _spell(self, flat: Sequence[str], unknown: NDArray[np.intp], owners: NDArray[Any]) -> tuple[NDArray[Any], ...]:
        found, sizes = letter_groups([flat[place] for place in unknown], self.buckets)
        weights = np.repeat(1 / np.maximum(sizes, 1), sizes).astype(np.float32)
        return np.repeat(owners[unknown], sizes), found + (self.rows - self.buckets), weights


def letter_groups(words: Sequence[str], buckets: int) -> tuple[NDArray[np.int64], NDArray[np.intp]]:
    """Buckets of the groups of three to five letters of each word, its ends marked, and how many groups each word has.

    Notes
    -----
    The groups of all words stand in one array, word by word. A group's bucket follows from its letters' code points by
    polynomial hashing; without buckets there are no groups.
    """
    if not (words and buckets):
        return np.empty(0, np.int64), np.zeros(len(words), np.intp)
    marked = [f"\x02{word[:_LETTERS]}\x03" for word in words]
    lengths = np.fromiter(map(len, marked), np.intp, len(marked))
    owners = np.repeat(np.arange(len(marked)), lengths)
    letters = np.frombuffer("".join(marked).encode("utf-32-le", "surrogatepass"), "<u4").astype(np.uint64)
    room = np.cumsum(lengths)[owners] - np.arange(len(letters))
    padded = np.concatenate([letters, np.zeros(_GROUPS[-1], np.uint64)])
    code, codes = np.zeros(len(letters), np.uint64), []
    for place in range(_GROUPS[-1]):
        code = (code + padded[place : place + len(letters)] + np.uint64(1)) * _SPREAD
        codes.append(code)
    hashed = np.stack([codes[size - 1] for size in _GROUPS], axis=1) >> np.uint64(32)
    whole = room[:, None] >= np.array(_GROUPS)
    return (hashed % np.uint64(buckets)).astype(np.int64)[whole], np.bincount(owners, whole.sum(axis=1)).astype(np.intp)


@dataclass(frozen=True)
class StaticModel:
    """Vocabulary, table and layers.

    Attributes
    ----------
    vocabulary
        What the rows of the table stand for.
    table
        Shape (rows, width).
    layers
        `hidden.weight` (hidden, width + 1), `hidden.bias`, `output.weight` (7, hidden + width + 1), `output.bias`.
    """

    vocabulary: Vocabulary
    table: FloatArray
    layers: Mapping[str, FloatArray]

    def states(self, texts: Sequence[str]) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
        r"""What the output layer reads of each text, shape (n, hidden + width + 1), and words of each text.

        Notes
        -----
        With :math:`s` the sum of a text's :math:`n` words' rows, its input is :math:`x = (s / \sqrt{n + 1}, \log(1 +
        n))` and its states are :math:`(\max(0, W_h x + b_h), x)`.
        """
        matrices, lengths = self.vocabulary.read(texts)
        pooled = sum(
            (matrix @ self.table for matrix in matrices), np.zeros((len(texts), self.table.shape[1]), np.float32)
        )
        size = lengths.astype(np.float64)[:, None]
        inputs = np.hstack([pooled / np.sqrt(size + 1), np.log1p(size)])
        hidden = np.maximum(0, inputs @ self.layers["hidden.weight"].T.astype(np.float64) + self.layers["hidden.bias"])
        return np.hstack([hidden, inputs]), lengths

    def say(self, states: NDArray[np.float64]) -> NDArray[np.float64]:
        r"""Logits of states, shape (n, 7): :math:`W_o h + b_o`; without the hidden layer a linear classifier of n-grams."""
        return states @ self.layers["output.weight"].T.astype(np.float64) + self.layers["output.bias"]

    def logits(self, texts: Sequence[str]) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
        """Logits of shape (n, 7) and words of each text; in float64, so that a text's float32 scores are those it has alone."""
        states, lengths = self.states(texts)
        return self.say(states), lengths


class StaticScorer:
    """Scores texts with the static model of a folder; `load_scorer` finds the folder.

    Use it where speed matters more than the last points of accuracy: archives of hundreds of millions of posts.

    Parameters
    ----------
    folder
        Folder with `model.safetensors` and `model.json`.
    cleaner
        The cleaner that `predict` applies; a list of known symbols is the one thing about it that may vary.

    Raises
    ------
    ModelError
        The folder is no model, is damaged, or was made for another cleaner.
    """

    def __init__(self, folder: Path, *, cleaner: Cleaner | None = None) -> None:
        self.card: ModelCard = read_card(folder)
        self.cleaner = cleaner or Cleaner()
        self._model = read_model(folder / TENSORS)

    @property
    def name(self) -> str:
        """Name of the model."""
        return self.card.name

    @property
    def revision(self) -> str:
        """Digest of vocabulary, table and layers."""
        return self.card.revision

    def score(self, texts: Sequence[str]) -> Scores:
        """Score cleaned texts.

        Parameters
        ----------
        texts
            Texts as `cleaner` leaves them; any other string has a score too, but the model was not measured on it.

        Returns
        -------
        Scores
            In the order of `texts`, each as it would be alone. Tokens are words, and no text is cut.
        """
        probabilities = np.empty((len(texts), len(EMOTIONS)), dtype=np.float32)
        n_tokens = np.empty(len(texts), dtype=np.int32)
        for start in range(0, len(texts), _CHUNK):
            rows = slice(start, start + _CHUNK)
            logits, n_tokens[rows] = self._model.logits(texts[rows])
            probabilities[rows] = softmax(logits)
        return Scores(probabilities, n_tokens, np.zeros(len(texts), dtype=np.bool_))

    def predict(self, posts: Sequence[str]) -> pl.DataFrame:
        """Clean and score raw posts: one row a post, in order; see `predict_posts` for the columns."""
        return predict_posts(self, posts)


def read_model(path: Path) -> StaticModel:
    """Read a static model; raises `ModelError` where it is none, or was made for other labels or another cleaner."""
    try:
        tensors, notes = read_tensors(path)
        words = tuple(tensors["words"].tobytes().decode("utf-8").split("\n"))
        vocabulary = Vocabulary(words, tensors["pairs"].astype(np.int32), int(notes["buckets"]))
        table = tensors["table"].astype(np.float32) * tensors["scales"].astype(np.float32)[:, None]
        layers = {name: values for name, values in tensors.items() if name.startswith(("hidden.", "output."))}
        labels, cleaner = notes["labels"].split(","), notes["cleaner"]
        if len(table) != vocabulary.rows:
            raise ValueError(f"{len(table)} rows for {vocabulary.rows} entries")
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(f"{path} is no static model ({error}); reinstall emtract or train the model again") from error
    if labels != list(EMOTIONS) or cleaner not in TRAINED_ON:
        raise ModelError(f"{path} was made for labels {labels} and cleaner {cleaner}; train the model again")
    return StaticModel(vocabulary, table, layers)


# Not safetensors, which only the extras for training bring: a few lines spare the default installation a package.
def read_tensors(path: Path) -> tuple[dict[str, NDArray[Any]], dict[str, str]]:
    """Tensors and notes of a safetensors file: length of the header, header in JSON, bytes."""
    data = path.read_bytes()
    header, start = _header(data)
    notes: dict[str, str] = header.pop("__metadata__", {})
    tensors = {}
    for name, entry in header.items():
        first, last = entry["data_offsets"]
        values = np.frombuffer(data[start + first : start + last], _DTYPES[entry["dtype"]])
        tensors[name] = values.reshape(entry["shape"])
    return tensors, notes


def replace_tensors(data: bytes, tensors: Mapping[str, NDArray[Any]]) -> bytes:
    """Return the bytes of a safetensors file with other values of tensors that it has, of the same shapes and types."""
    header, start = _header(data)
    changed = bytearray(data)
    for name, values in tensors.items():
        first, last = (start + offset for offset in header[name]["data_offsets"])
        own = np.ascontiguousarray(values, _DTYPES[header[name]["dtype"]]).tobytes()
        if len(own) != last - first:
            raise ValueError(f"{name} has the shape {header[name]['shape']}, not {list(values.shape)}")
        changed[first:last] = own
    return bytes(changed)


def _header(data: bytes) -> tuple[dict[str, Any], int]:
    start = 8 + int.from_bytes(data[:8], "little")
    header: dict[str, Any] = json.loads(data[8:start])
    return header, start

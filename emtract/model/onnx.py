"""The default scorer: an ONNX graph and `tokenizers`, no training library."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from emtract.emotions import EMOTIONS
from emtract.errors import ModelError
from emtract.model.card import GRAPH, TOKENIZER, ModelCard, read_card
from emtract.model.runtime import load_graph
from emtract.model.scorer import Scores, predict_posts, sendable, softmax, token_batches
from emtract.text import Cleaner

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import polars as pl

    from emtract.model.runtime import Arithmetic, Runtime

#: Texts that are tokenised and sorted together; bounds the memory of a call of any size.
_CHUNK: Final = 16_384
_SPECIAL: Final = 2


class OnnxScorer:
    """Scores texts with the ONNX model of a folder; `load_scorer` finds the folder.

    Parameters
    ----------
    folder
        Folder with `model.onnx`, `tokenizer.json` and `model.json`.
    threads
        Threads of the matrix products; None takes one for each core that this process may use.
    batch_tokens
        Tokens in one batch. Decides speed and memory, never a score.
    cleaner
        The cleaner that `predict` applies; a list of known symbols is the one thing about it that may vary.
    runtime
        What computes the graph: `auto` is OpenVINO where it is installed, else ONNX Runtime.
    arithmetic
        `int8` rounds activations as it goes; `fp32` rounds nothing, at half the speed.
    name
        Name that the scores carry; None takes the card's. Give one with an arithmetic that is not the default.

    Raises
    ------
    ModelError
        The folder is no model, is damaged, or was made for another cleaner.
    """

    def __init__(
        self,
        folder: Path,
        *,
        threads: int | None = None,
        batch_tokens: int = 512,
        cleaner: Cleaner | None = None,
        runtime: Runtime = "auto",
        arithmetic: Arithmetic = "int8",
        name: str | None = None,
    ) -> None:
        self.card: ModelCard = read_card(folder)
        self.cleaner = cleaner or Cleaner()
        self.batch_tokens = batch_tokens
        self._tokenizer = _tokenizer(folder / TOKENIZER)
        self._ends = [self._tokenizer.token_to_id(token) for token in ("[CLS]", "[SEP]")]
        self._graph = load_graph(folder / GRAPH, runtime=runtime, arithmetic=arithmetic, threads=threads)
        self._name = name or self.card.name
        labels = self._graph(np.array([self._ends], dtype=np.int64)).shape[1]
        if labels != len(EMOTIONS):
            raise ModelError(f"{folder / GRAPH} has {labels} outputs, not {len(EMOTIONS)}; export the model again")

    @property
    def name(self) -> str:
        """Name of the model."""
        return self._name

    @property
    def revision(self) -> str:
        """Digest of weights, vocabulary and cut."""
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
            In the order of `texts`. A text's scores do not depend on the texts beside it beyond float rounding (1e-6).
        """
        parts = [self._score_chunk(texts[start : start + _CHUNK]) for start in range(0, len(texts), _CHUNK)]
        return Scores(
            np.concatenate([np.empty((0, len(EMOTIONS)), np.float32), *(part.probabilities for part in parts)]),
            np.concatenate([np.empty(0, np.int32), *(part.n_tokens for part in parts)]),
            np.concatenate([np.empty(0, np.bool_), *(part.truncated for part in parts)]),
        )

    def predict(self, posts: Sequence[str]) -> pl.DataFrame:
        """Clean and score raw posts: one row a post, in order; see `predict_posts` for the columns."""
        return predict_posts(self, posts)

    def _score_chunk(self, texts: Sequence[str]) -> Scores:
        found = self._tokenizer.encode_batch_fast([sendable(text) for text in texts], add_special_tokens=False)
        ids = [encoding.ids for encoding in found]
        n_tokens = np.array([len(row) for row in ids], dtype=np.int32)
        room = self.card.max_length - _SPECIAL
        first, last = self._ends
        inputs = [[first, *row[:room], last] for row in ids]
        logits = np.empty((len(inputs), len(EMOTIONS)), dtype=np.float32)
        batches = list(token_batches(np.minimum(n_tokens, room) + _SPECIAL, self.batch_tokens))
        answers = self._graph.map([np.array([inputs[row] for row in rows], dtype=np.int64) for rows in batches])
        for rows, part in zip(batches, answers, strict=True):
            logits[rows] = part
        return Scores(softmax(logits), n_tokens, n_tokens > room)


def _tokenizer(path: Path) -> Any:
    from tokenizers import Tokenizer

    try:
        tokenizer = Tokenizer.from_file(str(path))
    except Exception as error:  # tokenizers raises nothing narrower
        raise ModelError(f"{path} cannot be loaded ({str(error)[:200]}); reinstall emtract") from error
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer

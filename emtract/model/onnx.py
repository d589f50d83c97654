"""The default scorer: ONNX Runtime and `tokenizers`, no training library."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from emtract.emotions import EMOTIONS
from emtract.errors import ModelError
from emtract.model.card import GRAPH, TOKENIZER, ModelCard, read_card
from emtract.model.scorer import Scores, predict_posts, sendable, softmax, token_batches
from emtract.text import Cleaner

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import polars as pl
    from numpy.typing import NDArray

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
        Tokens in one batch, padding included. Decides speed and memory, never a score.
    cleaner
        The cleaner that `predict` applies; a list of known symbols is the one thing about it that may vary.

    Raises
    ------
    ModelError
        The folder is no model, is damaged, or was made for another cleaner.
    """

    def __init__(
        self, folder: Path, *, threads: int | None = None, batch_tokens: int = 1024, cleaner: Cleaner | None = None
    ) -> None:
        self.card: ModelCard = read_card(folder)
        self.cleaner = cleaner or Cleaner()
        self.batch_tokens = batch_tokens
        self._tokenizer = _tokenizer(folder / TOKENIZER)
        self._ends = [self._tokenizer.token_to_id(token) for token in ("[CLS]", "[SEP]")]
        self._session = _session(folder / GRAPH, threads)

    @property
    def name(self) -> str:
        """Name of the model."""
        return self.card.name

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
        for rows in token_batches(np.minimum(n_tokens, room) + _SPECIAL, self.batch_tokens):
            logits[rows] = self._run([inputs[row] for row in rows])
        return Scores(softmax(logits), n_tokens, n_tokens > room)

    def _run(self, inputs: Sequence[Sequence[int]]) -> NDArray[np.float32]:
        ids = np.zeros((len(inputs), max(map(len, inputs))), dtype=np.int64)
        mask = np.zeros_like(ids)
        for row, values in enumerate(inputs):
            ids[row, : len(values)] = values
            mask[row, : len(values)] = 1
        logits: NDArray[np.float32] = self._session.run(["logits"], {"input_ids": ids, "attention_mask": mask})[0]
        return logits


def _tokenizer(path: Path) -> Any:
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(path))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def _session(path: Path, threads: int | None) -> Any:
    import onnxruntime as ort
    from onnxruntime.capi import onnxruntime_pybind11_state as failures

    options = ort.SessionOptions()
    options.intra_op_num_threads = threads or 0
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    try:
        return ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except (failures.Fail, failures.InvalidGraph, failures.InvalidProtobuf, failures.NotImplemented) as error:
        raise ModelError(f"{path} cannot be loaded; install onnxruntime>=1.22 ({str(error)[:200]})") from error

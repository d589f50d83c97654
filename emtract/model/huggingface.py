"""Any transformers classifier as a scorer: for comparisons, and for models that the package does not ship."""

from __future__ import annotations

import hashlib
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from emtract.emotions import EMOTIONS, Emotion
from emtract.errors import ModelError
from emtract.model.card import file_digest
from emtract.model.scorer import Scores, predict_posts, sendable, softmax, token_batches
from emtract.text import Cleaner

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import polars as pl
    from numpy.typing import NDArray


class HuggingFaceScorer:
    """Scores texts with a transformers model for text classification.

    Parameters
    ----------
    name_or_path
        A local folder, or a name on the hub; weights in safetensors only, and no code of the model's own is run.
    label_map
        The model's labels -> emotions; labels of one emotion are added up. None: its labels are the emotions.
    device
        Device of torch.
    max_length
        Longest input in tokens, special ones included.
    batch_tokens
        Tokens in one batch, padding included.
    cleaner
        The cleaner that `predict` applies.

    Raises
    ------
    ModelError
        torch or transformers is missing, the model cannot be loaded, or a label has no emotion.
    """

    def __init__(
        self,
        name_or_path: str,
        *,
        label_map: Mapping[str, Emotion] | None = None,
        device: str = "cpu",
        max_length: int = 128,
        batch_tokens: int = 2048,
        cleaner: Cleaner | None = None,
    ) -> None:
        if find_spec("torch") is None or find_spec("transformers") is None:
            raise ModelError('hf: models need torch and transformers; run: pip install "emtract[hf]"')
        self.name = f"hf:{name_or_path}"
        self.cleaner = cleaner or Cleaner()
        self.max_length, self.batch_tokens, self._device = max_length, batch_tokens, device
        self._tokenizer, self._model = _load(name_or_path)
        self._model.to(device).eval()
        self._columns = _columns(self._model.config.id2label, label_map)
        self.revision = _revision(name_or_path, self._model, self._columns, max_length)

    def score(self, texts: Sequence[str]) -> Scores:
        """Score cleaned texts; see `Scores`."""
        sent = [sendable(text) for text in texts]
        whole = self._tokenizer(sent, add_special_tokens=False, verbose=False)["input_ids"] if sent else []
        n_tokens = np.array([len(ids) for ids in whole], dtype=np.int32)
        added = self._tokenizer.num_special_tokens_to_add()
        logits = np.empty((len(sent), len(self._columns)), dtype=np.float32)
        for rows in token_batches(np.minimum(n_tokens + added, self.max_length), self.batch_tokens):
            logits[rows] = self._run([sent[row] for row in rows])
        merged = softmax(logits) @ np.eye(len(EMOTIONS), dtype=np.float32)[self._columns]
        return Scores(merged, n_tokens, n_tokens + added > self.max_length)

    def predict(self, posts: Sequence[str]) -> pl.DataFrame:
        """Clean and score raw posts: one row a post, in order; see `predict_posts` for the columns."""
        return predict_posts(self, posts)

    def _run(self, texts: list[str]) -> NDArray[np.float32]:
        import torch

        inputs = self._tokenizer(
            texts, padding=True, truncation=True, max_length=self.max_length, return_tensors="pt"
        ).to(self._device)
        with torch.inference_mode():
            logits: NDArray[np.float32] = self._model(**inputs).logits.float().cpu().numpy()
        return logits


def _load(name_or_path: str) -> tuple[Any, Any]:
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    try:
        tokenizer = AutoTokenizer.from_pretrained(name_or_path)
        model = AutoModelForSequenceClassification.from_pretrained(name_or_path, use_safetensors=True)
    except (OSError, ValueError) as error:
        reason = str(error).strip().splitlines()[0][:200]
        raise ModelError(f"hf:{name_or_path} cannot be loaded ({reason}); check name and network") from error
    return tokenizer, model


def _columns(labels: Mapping[int, str], label_map: Mapping[str, Emotion] | None) -> NDArray[np.intp]:
    """Index in `EMOTIONS` of each output of the model."""
    known: dict[str, str] = {emotion: emotion for emotion in EMOTIONS}
    mapping = known if label_map is None else dict(label_map)
    names = [labels[index] for index in range(len(labels))]
    if missing := [name for name in names if mapping.get(name) not in EMOTIONS]:
        raise ModelError(f"labels {', '.join(missing)} have no emotion; give label_map, label -> {', '.join(EMOTIONS)}")
    return np.array([EMOTIONS.index(mapping[name]) for name in names], dtype=np.intp)


def _revision(name_or_path: str, model: Any, columns: NDArray[np.intp], max_length: int) -> str:
    """Twelve digits of the hub's commit, or of a folder's files, and of all else that a score depends on."""
    folder = Path(name_or_path)
    parts = [file_digest(path) for path in sorted(folder.iterdir()) if path.is_file()] if folder.is_dir() else []
    parts += [str(getattr(model.config, "_commit_hash", None)), str(columns.tolist()), str(max_length)]
    return hashlib.sha256("|".join(parts).encode()).hexdigest()[:12]

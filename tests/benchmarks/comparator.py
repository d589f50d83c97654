"""The comparator: a DistilBERT of EmTract's shape, built from a config with random weights; speed does not depend on them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from emtract.emotions import EMOTIONS
from emtract.errors import ModelError
from emtract.extras import bring

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

#: DistilBERT's vocabulary and the emoji tokens that EmTract added to it.
VOCABULARY: Final = 30_522 + 4_861
LENGTH: Final = 64
BATCH: Final = 64
#: Posts a second and core of EmTract's own cleaning code, measured elsewhere; only ever added in arithmetic.
PUBLISHED_CLEANING: Final = 210.0
_BLANKS = re.compile(r"\s+")
_WHO: Final = "the comparator"


def _torch() -> Any:
    return bring("train", _WHO, "torch", error=ModelError)


def normalise(post: str) -> str:
    """Lower case and single blanks: the least that a cleaner can do."""
    return _BLANKS.sub(" ", post).strip().lower()


class Comparator:
    """DistilBERT in fp32 on all cores, padded to 64 tokens, in batches of 64.

    Parameters
    ----------
    tokenizer
        A `tokenizer.json` whose vocabulary is no larger than the comparator's: a fast tokenizer, which favours it.
    config
        Options of `DistilBertConfig` other than the vocabulary and the labels; none is EmTract's shape.

    Raises
    ------
    ModelError
        The training extra is not installed.
    """

    def __init__(self, tokenizer: Path, **config: Any) -> None:
        from tokenizers import Tokenizer

        transformers = bring("train", _WHO, "transformers", error=ModelError)
        _torch().manual_seed(0)
        shape = transformers.DistilBertConfig(vocab_size=VOCABULARY, num_labels=len(EMOTIONS), **config)
        self._model: Any = transformers.DistilBertForSequenceClassification(shape).float().eval()
        self._tokenizer: Any = Tokenizer.from_file(str(tokenizer))
        self._tokenizer.enable_truncation(LENGTH)
        self._tokenizer.enable_padding(length=LENGTH)

    @property
    def parameters(self) -> int:
        """Number of the model's parameters."""
        return sum(parameter.numel() for parameter in self._model.parameters())

    def encode(self, texts: Sequence[str]) -> list[Any]:
        """Pairs of ids and mask, each of shape (64, 64), the last batch shorter."""
        torch = _torch()
        batches = []
        for start in range(0, len(texts), BATCH):
            found = self._tokenizer.encode_batch_fast([_sendable(text) for text in texts[start : start + BATCH]])
            ids, mask = ([getattr(row, part) for row in found] for part in ("ids", "attention_mask"))
            batches.append((torch.tensor(ids), torch.tensor(mask)))
        return batches

    def forward(self, batches: Sequence[Any]) -> Any:
        """Logits, shape (n, 7)."""
        torch = _torch()
        with torch.inference_mode():
            return torch.cat([self._model(input_ids=ids, attention_mask=mask).logits for ids, mask in batches])

    def score(self, texts: Sequence[str]) -> Any:
        """Tokenise and score texts."""
        return self.forward(self.encode(texts))

    def predict(self, posts: Sequence[str]) -> Any:
        """Normalise, tokenise and score raw posts."""
        return self.score([normalise(post) for post in posts])


def with_cleaning(rate: float, cleaning: float) -> float:
    """Posts a second of a model after a cleaner, from the posts a second of each."""
    return 1 / (1 / rate + 1 / cleaning)


def _sendable(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8")

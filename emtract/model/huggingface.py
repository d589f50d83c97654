"""Any transformers classifier as a scorer: for comparisons, and for models that the package does not ship."""

from __future__ import annotations

import hashlib
import logging
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, cast

import numpy as np

from emtract.emotions import EKMAN, EMOTIONS, SENTIMENT, VALENCE_CLASSES, Target, reads, target_weights
from emtract.errors import ModelError, first_line
from emtract.extras import bring, demand
from emtract.model.card import file_digest
from emtract.model.scorer import (
    Scores,
    emotion_labels,
    predict_posts,
    sendable,
    softmax,
    token_batches,
    valence_labels,
)
from emtract.text import Cleaner
from emtract.words.taxonomies import fitting
from emtract.words.taxonomies import taxonomy as find_taxonomy
from emtract.workers import available_cores

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import polars as pl
    from numpy.typing import NDArray

#: Models whose labels are known -> where those go; any other model needs a label_map where its labels are not the emotions.
LABEL_MAPS: Final[Mapping[str, Mapping[str, Target]]] = {
    "j-hartmann/emotion-english-distilroberta-base": EKMAN,
    "j-hartmann/emotion-english-roberta-large": EKMAN,
    "ProsusAI/finbert": SENTIMENT,
    "yiyanghkust/finbert-tone": SENTIMENT,
}


#: Longest input in tokens, special ones included.
MAX_LENGTH: Final = 128
#: Share of a text's probability that labels with an emotion must have; with less the text has no score.
LEAST_KEPT: Final = 0.5
SEVERAL: Final = "the model's labels do not exclude each other: their chances are divided by their sum"
NO_IMAGE: Final = "most of its probability is on labels without an emotion"
_WHO: Final = "a model named hf:NAME"


class HuggingFaceScorer:
    """Scores texts with a transformers model for text classification.

    Parameters
    ----------
    name_or_path
        A local folder, or a name on the hub; weights in safetensors only, and no code of the model's own is run.
    label_map
        The model's labels -> emotions, labels of one emotion being added up, or -> positive, neutral and negative (see
        `target_weights`). None takes the map of `LABEL_MAPS`, and where it has none, the labels are the emotions.
    device
        Device of torch.
    threads
        Threads of torch, in this whole process; None takes one for each core.
    batch_tokens
        Tokens in one batch, padding included.
    cleaner
        The cleaner that `predict` applies.
    taxonomy
        Name of the set of emotions that the labels are of, in place of a label_map; see `emtract.words.taxonomies`.

    Raises
    ------
    ModelError
        torch or transformers is missing, torch sees no such device, the model cannot be loaded or is no classifier, or a label
        has no emotion.

    Notes
    -----
    Under a taxonomy a label may have no emotion. The probability on it is left out and told, and the rest is divided by its sum;
    a text with less than `LEAST_KEPT` of its probability left has no score.

    A model whose labels do not exclude each other (`problem_type` "multi_label_classification") gives each a chance of its own,
    the logistic function of its logit; these are divided by their sum, which is told.
    """

    def __init__(
        self,
        name_or_path: str,
        *,
        label_map: Mapping[str, Target] | None = None,
        device: str = "cpu",
        threads: int | None = None,
        batch_tokens: int = 2048,
        cleaner: Cleaner | None = None,
        taxonomy: str | None = None,
    ) -> None:
        _prepare(device, threads)
        self.name = f"hf:{name_or_path}"
        self.cleaner = cleaner or Cleaner()
        self.batch_tokens, self._device = batch_tokens, device
        self._tokenizer, self._model = _load(name_or_path)
        self._model.to(device).eval()
        self._several = _has_several(self._model.config)
        labels = self._model.config.id2label
        targets = (
            _targets(labels, LABEL_MAPS.get(name_or_path) if label_map is None else label_map)
            if taxonomy is None
            else targets_of(labels, taxonomy)
        )
        self._lost = LostMass(tuple(labels[place] for place, target in enumerate(targets) if target is None))
        self._without = [place for place, target in enumerate(targets) if target is None]
        self.reads = reads(targets)
        self._weights = target_weights(targets).astype(np.float32)
        self.revision = _revision(name_or_path, self._model.config, targets)

    def score(self, texts: Sequence[str]) -> Scores:
        """Score cleaned texts; see `Scores`."""
        sent = [sendable(text) for text in texts]
        whole = self._tokenizer(sent, add_special_tokens=False, verbose=False)["input_ids"] if sent else []
        n_tokens = np.array([len(ids) for ids in whole], dtype=np.int32)
        added = self._tokenizer.num_special_tokens_to_add()
        logits = np.empty((len(sent), len(self._weights)), dtype=np.float32)
        for rows in token_batches(np.minimum(n_tokens + added, MAX_LENGTH), self.batch_tokens):
            logits[rows] = self._run([sent[row] for row in rows])
        shares, cut = _shares(logits) if self._several else softmax(logits), n_tokens + added > MAX_LENGTH
        if not self._without:
            return Scores(shares @ self._weights, n_tokens, cut)
        kept, reasons = self._lost.leave_out(shares @ self._weights, shares[:, self._without])
        return Scores(kept, n_tokens, cut, reasons=reasons)

    def told(self) -> tuple[str, ...]:
        """Say what was made of the model's outputs: of labels that do not exclude each other, and of those without an emotion."""
        return (*((SEVERAL,) if self._several else ()), *self._lost.told())

    def predict(self, posts: Sequence[str]) -> pl.DataFrame:
        """Clean and score raw posts; see `predict_posts`. The label of a model of valence is a valence class."""
        return predict_posts(self, posts, labels=valence_labels if self.reads == "valence" else emotion_labels)

    def _run(self, texts: list[str]) -> NDArray[np.float32]:
        torch = _bring("torch")
        inputs = self._tokenizer(texts, padding=True, truncation=True, max_length=MAX_LENGTH, return_tensors="pt").to(
            self._device
        )
        with torch.inference_mode():
            logits: NDArray[np.float32] = self._model(**inputs).logits.float().cpu().numpy()
        return logits


def published_revision(name_or_path: str) -> str:
    """Return the revision that `HuggingFaceScorer(name_or_path)` has, from its configuration alone.

    Raises
    ------
    ModelError
        torch or transformers is missing, there is no such model, or a label has no emotion.
    """
    transformers = _bring("transformers")
    try:
        with _quiet_hub():
            config = transformers.AutoConfig.from_pretrained(name_or_path)
    except (OSError, ValueError) as error:
        raise _cannot_load(name_or_path, error) from error
    return _revision(name_or_path, config, _targets(config.id2label, LABEL_MAPS.get(name_or_path)))


def _bring(module: Literal["torch", "transformers"]) -> Any:
    demand("hf", _WHO, error=ModelError)
    return bring("hf", _WHO, module, error=ModelError)


@contextmanager
def _quiet_hub() -> Iterator[None]:
    """Keep the hub's client from printing each of its many tries: what fails is told once, by the error."""
    loggers = [logging.getLogger(name) for name in ("huggingface_hub", "transformers")]
    levels = [logger.level for logger in loggers]
    try:
        for logger in loggers:
            logger.setLevel(logging.ERROR)
        yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)


def _cannot_load(name_or_path: str, error: Exception) -> ModelError:
    reason = first_line(error, most=200)
    return ModelError(f"hf:{name_or_path} cannot be loaded ({reason}); check name and network")


def _prepare(device: str, threads: int | None) -> None:
    torch = _bring("torch")
    if device.startswith("cuda") and not torch.cuda.is_available():
        raise ModelError("torch sees no GPU here: take --device cpu, or install a torch that is built for this GPU")
    torch.set_num_threads(threads or available_cores())


def _load(name_or_path: str) -> tuple[Any, Any]:
    transformers = _bring("transformers")
    try:
        with _quiet_hub():
            tokenizer = transformers.AutoTokenizer.from_pretrained(name_or_path)
            model = transformers.AutoModelForSequenceClassification.from_pretrained(name_or_path, use_safetensors=True)
    except (OSError, ValueError) as error:
        raise _cannot_load(name_or_path, error) from error
    return tokenizer, model


def _has_several(config: Any) -> bool:
    """Whether a text may have several labels of a model at once; a model that gives numbers and no labels is refused."""
    problem = getattr(config, "problem_type", None)
    if problem == "regression":
        raise ModelError("the model gives numbers and no labels (problem_type regression): name a classifier")
    return bool(problem == "multi_label_classification")


def _shares(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    """Chances of labels that do not exclude each other, divided by their sum, shape (n, labels)."""
    # Beyond 80 the exponential nears the end of the numbers, and a text whose labels all have no chance would divide by zero.
    chances = 1 / (1 + np.exp(-np.clip(logits.astype(np.float64), -80, 80)))
    return np.asarray(chances / chances.sum(axis=1, keepdims=True), np.float32)


def _targets(labels: Mapping[int, str], label_map: Mapping[str, Target] | None) -> list[Target | None]:
    """Where each output of the model goes; a label is looked up as it stands, then in lower case."""
    known: dict[str, Target] = {emotion: emotion for emotion in EMOTIONS}
    mapping = known if label_map is None else label_map
    names = [labels[index] for index in range(len(labels))]
    found = {name: mapping.get(name, mapping.get(name.lower())) for name in names}
    if missing := [name for name in names if found[name] not in (*EMOTIONS, *VALENCE_CLASSES)]:
        known_as = fitting(names)
        better = f", or name their taxonomy: {' or '.join(known_as)}" if known_as else ""
        raise ModelError(
            f"labels {', '.join(missing)} have no emotion; give label_map, label -> {', '.join(EMOTIONS)}{better}"
        )
    return [found[name] for name in names]


def targets_of(labels: Mapping[int, str], taxonomy: str) -> list[Target | None]:
    """Where each output of a model goes under a taxonomy, by its name in any case; None where it has no emotion.

    Raises
    ------
    ModelError
        There is no such taxonomy, or none of the labels has an emotion in it.
    """
    known = find_taxonomy(taxonomy).emotions
    names = [labels[index] for index in range(len(labels))]
    found = [known.get(name.casefold()) for name in names]
    if not any(found):
        raise ModelError(f"no label of the model ({', '.join(names)[:200]}) has an emotion in the taxonomy {taxonomy}")
    return [cast("Target | None", target) for target in found]


@dataclass
class LostMass:
    """Probability on labels without an emotion, as texts are read.

    Attributes
    ----------
    labels
        The labels.
    texts, unread
        Texts read, and how many have no score.
    """

    labels: tuple[str, ...]
    texts: int = 0
    unread: int = 0
    total: NDArray[np.float64] | None = None

    def leave_out(
        self, kept: NDArray[np.float32], lost: NDArray[np.float32]
    ) -> tuple[NDArray[np.float32], tuple[str | None, ...]]:
        """Divide what is kept by its sum, and give texts that keep too little a reason instead.

        Parameters
        ----------
        kept
            Shape (n, 7).
        lost
            Probability of each label without an emotion, shape (n, labels).
        """
        left = kept.sum(axis=1, keepdims=True, dtype=np.float64)
        enough = left[:, 0] >= LEAST_KEPT
        self.texts += len(kept)
        self.unread += int((~enough).sum())
        self.total = lost.sum(axis=0, dtype=np.float64) + (0 if self.total is None else self.total)
        out = np.where(enough[:, None], kept / np.where(left > 0, left, 1), np.nan).astype(np.float32)
        return out, tuple(None if read else NO_IMAGE for read in enough)

    def told(self) -> tuple[str, ...]:
        """One sentence; none before a text was read."""
        if self.total is None or not self.texts:
            return ()
        means = self.total / self.texts
        each = ", ".join(f"{label} {mean:.1%}" for label, mean in zip(self.labels, means, strict=True))
        without = f"; {self.unread:,} of {self.texts:,} texts have no score" if self.unread else ""
        return (
            f"{means.sum():.1%} of the probability was on labels without an emotion here and is left out ({each}){without}",
        )


def _revision(name_or_path: str, config: Any, targets: Sequence[Target | None]) -> str:
    """Twelve digits of the hub's commit, or of a folder's files, and of all else that a score depends on."""
    folder = Path(name_or_path)
    parts = [file_digest(path) for path in sorted(folder.iterdir()) if path.is_file()] if folder.is_dir() else []
    parts += [
        str(getattr(config, "_commit_hash", None)),
        ",".join(target or "-" for target in targets),
        str(MAX_LENGTH),
        *(["several"] if _has_several(config) else []),
    ]
    return hashlib.sha256("|".join(parts).encode()).hexdigest()[:12]

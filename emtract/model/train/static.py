"""The fast model: its vocabulary, the training of its table and layers on soft targets, and its folder."""

from __future__ import annotations

from collections import Counter
from itertools import chain, pairwise
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import torch
from safetensors.numpy import save_file
from torch import Tensor, nn

from emtract.emotions import EMOTIONS
from emtract.model.card import TENSORS, ModelCard, write_card
from emtract.model.static import StaticModel, Vocabulary
from emtract.text import CLEANER_VERSION

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from emtract.model.train.corpora import FloatArray
    from emtract.model.train.recipe import FastRecipe

_LEVELS: Final = 127


def build_vocabulary(texts: Sequence[str], recipe: FastRecipe) -> Vocabulary:
    """Return the words and pairs of neighbours that enough texts hold, the commonest first, ties by alphabet."""
    split = [text.split() for text in texts]
    counted = Counter(chain.from_iterable(map(set, split)))
    words = _commonest(counted, recipe.least_words, recipe.words)
    places = {word: place for place, word in enumerate(words)}
    end = len(words)
    lines = ([end, *(places.get(word, -1) for word in line), end] for line in split if line)
    both = Counter(chain.from_iterable({pair for pair in pairwise(line) if min(pair) >= 0} for line in lines))
    pairs = _commonest(both, recipe.least_pairs, recipe.pairs)
    return Vocabulary(words, np.array(pairs, dtype=np.int32).reshape(-1, 2), recipe.buckets)


def _commonest(counts: Counter[Any], least: int, most: int) -> tuple[Any, ...]:
    kept = [key for key, count in counts.items() if count >= least]
    return tuple(sorted(kept, key=lambda key: (-counts[key], key))[:most])


class StaticNetwork(nn.Module):  # type: ignore[misc]
    """The trainable twin of `StaticModel`: sparse counts of a batch in, logits out."""

    def __init__(self, rows: int, recipe: FastRecipe) -> None:
        super().__init__()
        self.table = nn.Parameter(recipe.spread * torch.randn(rows, recipe.width))
        self.hidden = nn.Linear(recipe.width + 1, recipe.hidden)
        self.output = nn.Linear(recipe.hidden + recipe.width + 1, len(EMOTIONS))
        self.dropout = nn.Dropout(recipe.dropout)
        self.kept = nn.Dropout(recipe.feature_dropout)

    def forward(self, counts: Any, lengths: NDArray[np.int32]) -> Tensor:
        """Logits of shape (n, 7) of a `csr_array` of shape (n, rows); single counts are dropped in training."""
        rows, starts = torch.from_numpy(counts.indices).long(), torch.from_numpy(counts.indptr[:-1]).long()
        weights = self.kept(torch.from_numpy(counts.data))
        pooled = nn.functional.embedding_bag(
            rows, self.table, starts, mode="sum", sparse=True, per_sample_weights=weights
        )
        size = torch.from_numpy(lengths).float()[:, None]
        inputs = self.dropout(torch.hstack([pooled / torch.sqrt(size + 1), torch.log1p(size)]))
        return self.output(torch.hstack([self.dropout(torch.relu(self.hidden(inputs))), inputs]))


def fit_static(
    texts: Sequence[str],
    targets: FloatArray,
    weights: FloatArray,
    recipe: FastRecipe,
    *,
    progress: Callable[[int, int], None] | None = None,
) -> StaticModel:
    """Train a static model.

    Parameters
    ----------
    texts
        Cleaned texts.
    targets
        Probabilities that the model is to give, shape (n, 7).
    weights
        Weight of each text in the loss, shape (n,).
    recipe
        Hyper-parameters.
    progress
        Called with the steps done and the steps in all.

    Notes
    -----
    Minimises the weighted mean cross-entropy against the targets with Adam, its rate rising and falling linearly; a row
    of the table moves only in the steps that see it. The same seed, texts and number of threads give the same model.
    """
    vocabulary = build_vocabulary(texts, recipe)
    matrices, lengths = vocabulary.read(texts)
    counts = sum(matrices[1:], matrices[0])
    torch.manual_seed(recipe.seed)
    network = StaticNetwork(vocabulary.rows, recipe).train()
    rng = np.random.default_rng(recipe.seed)
    steps = recipe.epochs * -(-len(texts) // recipe.batch_size)
    optimizers = _optimizers(network, recipe, steps)
    for step, batch in enumerate(_batches(len(texts), recipe, rng), start=1):
        logs = network(counts[batch], lengths[batch]).log_softmax(dim=1)
        losses = -(torch.from_numpy(targets[batch]) * logs).sum(dim=1)
        weight = torch.from_numpy(weights[batch])
        network.zero_grad(set_to_none=True)
        ((losses * weight).sum() / weight.sum()).backward()
        for optimizer, schedule in optimizers:
            optimizer.step()
            schedule.step()
        if progress:
            progress(step, steps)
    return _freeze(network, vocabulary)


def _optimizers(network: StaticNetwork, recipe: FastRecipe, steps: int) -> list[tuple[Any, Any]]:
    """Optimisers of table and layers, each with its schedule."""
    rate = recipe.learning_rate
    layers = [parameter for name, parameter in network.named_parameters() if name != "table"]
    pairs = []
    for optimizer in (torch.optim.SparseAdam([network.table], lr=rate), torch.optim.Adam(layers, lr=rate)):
        schedule = torch.optim.lr_scheduler.OneCycleLR(
            optimizer, rate, total_steps=max(2, steps), pct_start=0.1, anneal_strategy="linear"
        )
        pairs.append((optimizer, schedule))
    return pairs


def _batches(n: int, recipe: FastRecipe, rng: np.random.Generator) -> list[NDArray[np.intp]]:
    orders = [rng.permutation(n) for _ in range(recipe.epochs)]
    return [order[start : start + recipe.batch_size] for order in orders for start in range(0, n, recipe.batch_size)]


def _freeze(network: StaticNetwork, vocabulary: Vocabulary) -> StaticModel:
    parameters = {name: np.array(value.detach().numpy()) for name, value in network.state_dict().items()}
    return StaticModel(vocabulary, parameters.pop("table"), parameters)


def write_static(
    model: StaticModel,
    folder: Path,
    *,
    name: str,
    temperature: float = 1.0,
    notes: Mapping[str, Mapping[str, Any]] | None = None,
) -> ModelCard:
    """Write `model.safetensors` and `model.json` to a folder that `load_scorer` takes.

    Parameters
    ----------
    model
        What `fit_static` returned.
    folder
        Created where it is missing.
    name
        Name of the model.
    temperature
        The logits are divided by it: the output layer is.
    notes
        `metrics`, `recipe` and `data` of the card.

    Notes
    -----
    Each row of the table is kept as int8 with a scale of its own in float16.
    """
    folder.mkdir(parents=True, exist_ok=True)
    scales = (np.abs(model.table).max(axis=1, initial=0) / _LEVELS).astype(np.float16)
    steps = np.maximum(scales.astype(np.float32), np.finfo(np.float16).tiny)[:, None]
    layers = {key: value / (temperature if key.startswith("output.") else 1) for key, value in model.layers.items()}
    tensors = {
        "words": np.frombuffer("\n".join(model.vocabulary.words).encode(), np.uint8),
        "pairs": model.vocabulary.pairs,
        "table": np.clip(np.rint(model.table / steps), -_LEVELS, _LEVELS).astype(np.int8),
        "scales": scales,
        **{key: np.ascontiguousarray(value, dtype=np.float32) for key, value in layers.items()},
    }
    header = {"cleaner": CLEANER_VERSION, "labels": ",".join(EMOTIONS), "buckets": str(model.vocabulary.buckets)}
    save_file(tensors, folder / TENSORS, metadata=header)
    return write_card(folder, name, temperature=temperature, kind="static", notes=notes)

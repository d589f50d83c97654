"""The network (an encoder, the mean of its token states, a linear head a task), its file, and what a finished one says."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any, Final, Protocol

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from emtract.errors import ModelError
from emtract.model.train.tokens import widen_embeddings

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from emtract.model.scorer import Scores
    from emtract.model.train.corpora import FloatArray


class Network(nn.Module):  # type: ignore[misc]
    """Encoder, mean pooling, dropout and linear heads.

    Parameters
    ----------
    encoder
        An encoder such as BERT or MPNet: called with ids and attention mask; returns `last_hidden_state`.
    heads
        Head -> number of its labels.
    dropout
        Dropout between pooling and heads.
    """

    def __init__(self, encoder: nn.Module, heads: Mapping[str, int], *, dropout: float) -> None:
        super().__init__()
        self.encoder = encoder
        self.dropout = nn.Dropout(dropout)
        width = encoder.config.hidden_size
        self.heads = nn.ModuleDict({head: nn.Linear(width, size) for head, size in heads.items()})

    @property
    def filler(self) -> int:
        """Id of the encoder's padding token."""
        return int(self.encoder.config.pad_token_id or 0)

    def freeze(self, layers: int) -> None:
        """Keep the embeddings and the lowest layers of the encoder as they are in what follows; zero frees them all."""
        self.requires_grad_(True)
        if layers:
            for part in (self.encoder.embeddings, *self.encoder.encoder.layer[:layers]):
                part.requires_grad_(False)

    def keep_layers(self, layers: Sequence[int]) -> None:
        """Drop all layers of the encoder but these, given from below.

        Raises
        ------
        ModelError
            The encoder has no such layer.
        """
        every = self.encoder.encoder.layer
        if strange := [layer for layer in layers if not 0 <= layer < len(every)]:
            raise ModelError(f"the encoder has layers 0 to {len(every) - 1}, and no layer {strange[0]}")
        self.encoder.encoder.layer = nn.ModuleList([every[layer] for layer in layers])
        self.encoder.config.num_hidden_layers = len(layers)

    def keep_units(self, count: int) -> None:
        """Drop all units of each layer's feed-forward part but those whose weights are largest, in and out together.

        Raises
        ------
        ModelError
            The encoder has fewer.
        """
        for layer in self.encoder.encoder.layer:
            inner, outer = layer.intermediate.dense, layer.output.dense
            if count > inner.out_features:
                raise ModelError(f"the encoder's feed-forward parts have {inner.out_features} units, and not {count}")
            size = inner.weight.norm(dim=1) * outer.weight.norm(dim=0)
            kept = size.topk(count).indices.sort().values
            layer.intermediate.dense = _linear(inner.weight[kept], inner.bias[kept])
            layer.output.dense = _linear(outer.weight[:, kept], outer.bias)
        self.encoder.config.intermediate_size = count

    def pooled(self, ids: Tensor, mask: Tensor) -> Tensor:
        """Mean of the last states over real tokens: (n, length) -> (n, width), fp32."""
        states = self.encoder(input_ids=ids, attention_mask=mask).last_hidden_state.float()
        weight = mask.unsqueeze(-1).float()
        return (states * weight).sum(dim=1) / weight.sum(dim=1)

    def forward(self, ids: Tensor, mask: Tensor) -> dict[str, Tensor]:
        """Logits of every head: head -> (n, labels)."""
        pooled = self.dropout(self.pooled(ids, mask))
        with torch.autocast(ids.device.type, enabled=False):
            return {head: layer(pooled) for head, layer in self.heads.items()}


def _linear(weight: Tensor, bias: Tensor) -> nn.Linear:
    layer = nn.Linear(weight.shape[1], weight.shape[0])
    layer.weight, layer.bias = (nn.Parameter(part.detach().clone()) for part in (weight, bias))
    return layer


def build_network(encoder: Path, heads: Mapping[str, int], *, dropout: float, seed: int) -> Network:
    """Return the pretrained encoder with widened embeddings and fresh heads.

    Parameters
    ----------
    encoder
        Folder of the encoder, as `find_encoder` returns it.
    heads
        Head -> number of its labels.
    dropout
        Share of pooled units that a training step does not see, in [0, 1).
    seed
        Decides the first parameters of the heads.
    """
    from transformers import AutoModel

    torch.manual_seed(seed)
    model: Any = AutoModel.from_pretrained(encoder, local_files_only=True, use_safetensors=True, dtype=torch.float32)
    model.pooler = None
    words = model.embeddings.word_embeddings
    rows = torch.from_numpy(widen_embeddings(words.weight.detach().numpy(), encoder))
    model.embeddings.word_embeddings = nn.Embedding.from_pretrained(rows, freeze=False, padding_idx=words.padding_idx)
    model.config.vocab_size = len(rows)
    return Network(model, heads, dropout=dropout)


def with_heads(network: Network, heads: Mapping[str, int], *, seed: int) -> Network:
    """Replace the heads by fresh ones; the encoder is shared, not copied.

    Parameters
    ----------
    network
        Gives the encoder and the dropout.
    heads
        Head -> number of its labels.
    seed
        Decides the first parameters of the heads.
    """
    torch.manual_seed(seed)
    return Network(network.encoder, heads, dropout=network.dropout.p)


def group_rows(target: nn.Linear, sources: Sequence[nn.Linear], owners: Sequence[int | None]) -> None:
    """Set rows of a head to the means of other heads' rows, and its biases to zero, in place.

    Parameters
    ----------
    target
        The head that is set; a row that owns nothing stays as it is.
    sources
        The other heads.
    owners
        For each row of the other heads, one after another, the row of `target` that it belongs to; None belongs to none.
    """
    weights = torch.cat([source.weight for source in sources])
    with torch.no_grad():
        for row in {owner for owner in owners if owner is not None}:
            target.weight[row] = weights[torch.tensor([owner == row for owner in owners])].mean(dim=0)
        target.bias.zero_()


def save_network(network: Network, path: Path, notes: Mapping[str, Any]) -> None:
    """Write the parameters as safetensors; the file appears whole or not at all.

    Parameters
    ----------
    network
        On any device.
    path
        Where to write; a file there is replaced.
    notes
        Plain values for JSON, kept in the header; see `read_notes`.
    """
    part = path.with_suffix(".part")
    tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in network.state_dict().items()}
    save_file(tensors, part, metadata={"notes": json.dumps(dict(notes))})
    part.replace(path)


def load_network(network: Network, path: Path) -> Network:
    """Load parameters written by `save_network` into a network of the same shape."""
    network.load_state_dict(load_file(path))
    return network


def read_notes(path: Path) -> dict[str, Any]:
    """Return the notes of a file written by `save_network`."""
    from safetensors import safe_open

    with safe_open(path, framework="pt") as file:
        notes: dict[str, Any] = json.loads(file.metadata()["notes"])
    return notes


#: Texts that are scored between two reports of progress.
_PART: Final = 2048


class Reader(Protocol):
    """What a model needs to teach: an identity, and probabilities."""

    @property
    def revision(self) -> str:
        """Changes whenever a probability may."""

    def score(self, texts: Sequence[str]) -> Scores:
        """Score cleaned texts."""


def read_by_teacher(
    teacher: Reader, texts: Sequence[str], path: Path, *, progress: Callable[[int, int], None] | None = None
) -> FloatArray:
    """Return the teacher's probabilities of shape (n, 7), kept in a file for the same texts and teacher.

    Parameters
    ----------
    teacher
        Asked only where the file lacks the answer.
    texts
        n cleaned texts.
    path
        A safetensors file that holds one answer: read where it is of these texts and this revision, else replaced.
    progress
        Called with texts read and texts in all; not at all where the file has the answer.
    """
    from safetensors.numpy import load_file, save_file

    key = hashlib.sha256("\n".join([teacher.revision, *texts]).encode()).hexdigest()[:32]
    if path.is_file() and key in (kept := load_file(path)):
        return np.asarray(kept[key])
    parts = []
    for start in range(0, len(texts), _PART):
        parts.append(teacher.score(texts[start : start + _PART]).probabilities)
        if progress:
            progress(min(start + _PART, len(texts)), len(texts))
    soft = np.concatenate(parts)
    save_file({key: soft}, path)
    return soft

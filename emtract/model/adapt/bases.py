"""Models whose head can be adapted: what their head reads and says, and a folder of the model with another head."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from emtract.emotions import EMOTIONS
from emtract.errors import ModelError
from emtract.model.adapt.graph import STATES, with_head, with_states
from emtract.model.card import CARD, GRAPH, TENSORS, TOKENIZER, file_digest, read_card
from emtract.model.onnx import Encoder, load_graph
from emtract.model.registry import BASELINES, BATCH_TOKENS, EXACT, HUGGINGFACE, model_folder
from emtract.model.static import read_model, replace_tensors

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from emtract.model.adapt.head import Array, Head
    from emtract.model.card import ModelCard


class Base(Protocol):
    """A model whose head can be adapted."""

    @property
    def card(self) -> ModelCard:
        """Its card."""

    def read(self, texts: Sequence[str]) -> tuple[Array, Array]:
        """What its head reads in cleaned texts, shape (n, width), and the logits that it says, shape (n, 7)."""

    def write(self, folder: Path, head: Head) -> None:
        """Write the files of the model with another head to a folder that is there, all but the card."""


class EncoderBase:
    """An encoder: its states are means over a text's tokens.

    Parameters
    ----------
    folder
        A folder that `emtract model train` or `emtract model adapt` wrote.
    """

    def __init__(self, folder: Path) -> None:
        self.card = read_card(folder)
        self._folder = folder

    def read(self, texts: Sequence[str]) -> tuple[Array, Array]:
        """Read cleaned texts with the arithmetic in which the model scores."""
        with TemporaryDirectory(ignore_cleanup_errors=True) as name:
            path = Path(name) / GRAPH
            path.write_bytes(with_states((self._folder / GRAPH).read_bytes()))
            graph = load_graph(path, runtime="auto", arithmetic="int8", threads=None, outputs=(STATES,))
        encoder = Encoder(self._folder / TOKENIZER, graph, max_length=self.card.max_length, batch_tokens=BATCH_TOKENS)
        found = encoder.read(texts)[0].astype(np.float64)
        return found[:, : -len(EMOTIONS)], found[:, -len(EMOTIONS) :]

    def write(self, folder: Path, head: Head) -> None:
        """Write the graph with the head at its end."""
        graph = with_head((self._folder / GRAPH).read_bytes(), head, base=self.card.revision)
        (folder / GRAPH).write_bytes(graph)
        shutil.copyfile(self._folder / TOKENIZER, folder / TOKENIZER)


class StaticBase:
    """A static model: its states are its hidden layer and what that reads, and the head is its output layer.

    Parameters
    ----------
    folder
        A folder as for `EncoderBase`.
    """

    def __init__(self, folder: Path) -> None:
        self.card = read_card(folder)
        self._path = folder / TENSORS
        self._model = read_model(self._path)

    def read(self, texts: Sequence[str]) -> tuple[Array, Array]:
        """Read cleaned texts."""
        states, _ = self._model.states(texts)
        return states, self._model.say(states)

    def write(self, folder: Path, head: Head) -> None:
        """Write the tensors with another output layer."""
        weight, bias = (self._model.layers[f"output.{part}"].astype(np.float64) for part in ("weight", "bias"))
        layer = {"output.weight": head.mix @ weight + head.weight, "output.bias": head.mix @ bias + head.bias}
        (folder / TENSORS).write_bytes(replace_tensors(self._path.read_bytes(), layer))


def find_base(name: str) -> Base:
    """Return the model of a name or folder; raises `ModelError` where there is none, or its head cannot be adapted."""
    if name == EXACT or name in BASELINES or name.startswith(HUGGINGFACE):
        raise ModelError(f"{name} cannot be adapted: take default, fast, or a folder that `emtract model train` wrote")
    folder = model_folder(name)
    return StaticBase(folder) if read_card(folder).kind == "static" else EncoderBase(folder)


def write_adapted(
    base: Base, head: Head, folder: Path, *, name: str, notes: Mapping[str, Mapping[str, Any]]
) -> ModelCard:
    """Write the folder of an adapted model, for `load_scorer`.

    Parameters
    ----------
    base
        The model that was adapted; what its card says of its training is kept.
    head
        The other head.
    folder
        An empty folder.
    name
        Name of the model.
    notes
        `metrics` and `recipe` of the card, and what is added to its `data`.
    """
    base.write(folder, head)
    digests = {file: file_digest(folder / file) for file in base.card.files}
    data = {**base.card.data, **notes["data"]}
    # How the base misreads posts says nothing of how the adapted model does.
    recipe = {**notes["recipe"], "base": dict(base.card.recipe)}
    card = replace(base.card, name=name, files=digests, metrics=notes["metrics"], recipe=recipe, misreading={})
    card = replace(card, data=data)
    (folder / CARD).write_text(card.to_json(), encoding="utf-8")
    return card

"""A trained network as a model folder: graph, tokenizer, card."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np
import onnx

from emtract.emotions import EMOTIONS
from emtract.model.card import CARD, GRAPH, TOKENIZER, ModelCard, file_digest
from emtract.model.train.data import TAGGED
from emtract.model.train.graph import EncoderShape, Weights, build_graph
from emtract.text import CLEANER_VERSION

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from emtract.model.train.evaluate import Scaling
    from emtract.model.train.network import Network


def export_model(
    network: Network,
    tokenizer: Any,
    folder: Path,
    *,
    name: str,
    max_length: int,
    scaling: Scaling | None = None,
    weights: Weights = "int8",
    notes: Mapping[str, Mapping[str, Any]] | None = None,
) -> ModelCard:
    """Write `model.onnx`, `tokenizer.json` and `model.json` to a folder that `load_scorer` takes.

    Parameters
    ----------
    network
        A network with the head `tagged`.
    tokenizer
        What `build_tokenizer` returned.
    folder
        Created where it is missing.
    name
        Name of the model.
    max_length
        Longest input in tokens.
    scaling
        Calibration inside the graph; None leaves the network as it is.
    weights
        Storage of the matrices and embeddings.
    notes
        `metrics`, `recipe` and `data` of the card.
    """
    folder.mkdir(parents=True, exist_ok=True)
    parameters = {key: np.asarray(value.detach().cpu().numpy()) for key, value in network.state_dict().items()}
    graph = build_graph(parameters, _shape(network), head=TAGGED, scaling=scaling, weights=weights)
    onnx.save(graph, folder / GRAPH)
    (folder / TOKENIZER).write_text(tokenizer.to_str(), encoding="utf-8")
    said: dict[str, Any] = {key: dict(value) for key, value in (notes or {}).items()}
    card = ModelCard(
        name=name,
        cleaner=CLEANER_VERSION,
        labels=EMOTIONS,
        max_length=max_length,
        files={file: file_digest(folder / file) for file in (GRAPH, TOKENIZER)},
        scaling=asdict(scaling) if scaling else {},
        **said,
    )
    (folder / CARD).write_text(card.to_json(), encoding="utf-8")
    return card


def _shape(network: Network) -> EncoderShape:
    config = network.encoder.config
    return EncoderShape(config.num_hidden_layers, config.num_attention_heads, config.layer_norm_eps)

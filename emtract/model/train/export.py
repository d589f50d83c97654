"""A trained network as a model folder: tokenizer, card, and the graph: a BERT encoder, mean pooling, its heads, fp32 or int8.

The graph is written by hand rather than traced, because the traced graph carries the training library's mask arithmetic and
changes with that library's version. Only operations of the ONNX standard, so that any runtime reads it.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import ModelProto, NodeProto, TensorProto, checker, helper, numpy_helper

from emtract.emotions import STANCE, STANCES
from emtract.errors import ModelError
from emtract.model.card import GRAPH, LOGITS, TOKENIZER, ModelCard, write_card
from emtract.model.train.corpora import TAGGED

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from emtract.model.train.network import Network
    from emtract.model.train.scaling import Scaling

Weights = Literal["fp32", "int8"]
_OPSET: Final = 20
Array = NDArray[np.float32]


@dataclass(frozen=True)
class EncoderShape:
    """What the parameters' shapes do not tell."""

    layers: int
    attention_heads: int
    epsilon: float


@dataclass(frozen=True)
class Output:
    """What one output of the graph gives.

    Attributes
    ----------
    head
        Head of the network whose logits are given.
    scaling
        Calibration of the head's log-probabilities, which are then the logits given; None leaves the head as it is.
    """

    head: str
    scaling: Scaling | None = None


@dataclass
class _Builder:
    """Nodes and constants so far; each method adds one operation and returns the name of its output."""

    parameters: Mapping[str, Array]
    weights: Weights
    nodes: list[NodeProto] = field(default_factory=list)
    constants: dict[str, TensorProto] = field(default_factory=dict)

    def constant(self, name: str, value: NDArray[Any]) -> str:
        self.constants.setdefault(name, numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def integers(self, *values: int) -> str:
        return self.constant(f"integers {values}", np.array(values, dtype=np.int64))

    def add(self, op: str, inputs: Sequence[str], **attributes: Any) -> str:
        name = f"{op}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(op, inputs, [name], name=name, **attributes))
        return name

    def linear(self, x: str, name: str, weight: Array, bias: Array) -> str:
        """`x @ weight.T + bias`, with weight of shape (out, in)."""
        return self.add(
            "Add", [self.add("MatMul", [x, self._matrix(name, weight)]), self.constant(f"{name}.bias", bias)]
        )

    def _matrix(self, name: str, weight: Array) -> str:
        if self.weights == "fp32":
            return self.constant(f"{name}.weight", weight.T)
        codes, scales = quantize_rows(weight)
        inputs = [self.constant(f"{name}.codes", codes.T), self.constant(f"{name}.scales", scales)]
        return self.add("DequantizeLinear", inputs, axis=1)

    def dense(self, x: str, name: str) -> str:
        return self.linear(x, name, self.parameters[f"{name}.weight"], self.parameters[f"{name}.bias"])

    def look_up(self, ids: str, name: str) -> str:
        """Rows of an embedding, kept as int8 with one scale a row."""
        table = self.parameters[name]
        if self.weights == "fp32":
            return self.add("Gather", [self.constant(name, table), ids])
        codes, scales = quantize_rows(table)
        rows = self.add("Gather", [self.constant(f"{name}.codes", codes), ids])
        scale = self.add("Gather", [self.constant(f"{name}.scales", scales[:, None]), ids])
        return self.add("Mul", [self.add("Cast", [rows], to=TensorProto.FLOAT), scale])

    def norm(self, x: str, skip: str, name: str, epsilon: float) -> str:
        """Layer norm of `x + skip`."""
        parts = [self.constant(f"{name}.{part}", self.parameters[f"{name}.{part}"]) for part in ("weight", "bias")]
        return self.add("LayerNormalization", [self.add("Add", [x, skip]), *parts], axis=-1, epsilon=epsilon)


def quantize_rows(table: Array) -> tuple[NDArray[np.int8], Array]:
    """Signed eight-bit codes and a scale for each row: ``table = codes * scale[:, None]`` to within half a scale.

    Parameters
    ----------
    table
        Shape (rows, columns).

    Returns
    -------
    tuple
        Codes of the same shape, and scales of shape (rows,).
    """
    scales = (np.maximum(np.abs(table).max(axis=1), 1e-12) / 127).astype(np.float32)
    return np.round(table / scales[:, None]).astype(np.int8), scales


def build_graph(
    parameters: Mapping[str, Array], shape: EncoderShape, *, outputs: Mapping[str, Output], weights: Weights
) -> ModelProto:
    """Return the graph from `input_ids`, (n, length) int64, to logits, each output (n, labels) fp32.

    Parameters
    ----------
    parameters
        State of a `Network` over a BERT encoder.
    shape
        The encoder's shape.
    outputs
        Name -> what is given under it.
    weights
        `int8`: codes and a scale for each row of the embeddings and each output of a matrix.

    Notes
    -----
    There is no attention mask: the texts of one call have one length, so every token counts.

    Nothing in the graph rounds activations. A runtime that multiplies in int8 recognises a matrix that comes out of
    `DequantizeLinear`, keeps its codes, and rounds the activations itself; any other restores the matrix in fp32.
    """
    b = _Builder(parameters, weights)
    x = _embed(b, shape)
    for layer in range(shape.layers):
        x = _layer(b, x, f"encoder.encoder.layer.{layer}", shape)
    pooled = b.add("ReduceMean", [x, b.integers(1)], keepdims=0)
    return _model(b, {name: _give(b, pooled, name, output) for name, output in outputs.items()})


def _give(b: _Builder, pooled: str, name: str, output: Output) -> int:
    """Add the logits of a head as an output, and return how many labels it has."""
    of = "" if name == LOGITS else f"{name}."
    weight, bias = (b.parameters[f"heads.{output.head}.{part}"] for part in ("weight", "bias"))
    product = b.add("MatMul", [pooled, b.constant(f"{of}head.weight", weight.T)])
    last = b.constant(f"{of}head.bias", bias)
    if (scaling := output.scaling) is not None:
        logs = b.add("LogSoftmax", [b.add("Add", [product, last])], axis=1)
        slopes, shifts = (np.array(part, np.float32) for part in (scaling.slopes, scaling.shifts))
        product = b.add("Mul", [logs, b.constant(f"{of}scaling.slopes", slopes)])
        last = b.constant(f"{of}scaling.shifts", shifts)
    b.nodes.append(helper.make_node("Add", [product, last], [name], name=name))
    return len(bias)


def _embed(b: _Builder, shape: EncoderShape) -> str:
    name = "encoder.embeddings"
    table = b.parameters[f"{name}.position_embeddings.weight"] + b.parameters[f"{name}.token_type_embeddings.weight"][0]
    length = b.add("Shape", ["input_ids"], start=1, end=2)
    places = b.add("Slice", [b.constant("positions", table), b.integers(0), length, b.integers(0)])
    words = b.look_up("input_ids", f"{name}.word_embeddings.weight")
    return b.norm(words, places, f"{name}.LayerNorm", shape.epsilon)


def _layer(b: _Builder, x: str, name: str, shape: EncoderShape) -> str:
    states = _attend(b, x, f"{name}.attention.self", shape.attention_heads)
    output = f"{name}.attention.output"
    x = b.norm(b.dense(states, f"{output}.dense"), x, f"{output}.LayerNorm", shape.epsilon)
    inner = b.add("Gelu", [b.dense(x, f"{name}.intermediate.dense")])
    return b.norm(b.dense(inner, f"{name}.output.dense"), x, f"{name}.output.LayerNorm", shape.epsilon)


def _attend(b: _Builder, x: str, name: str, heads: int) -> str:
    """Attention of every token to every token; the scores' scale is part of the queries' weights.

    Three products take less time in OpenVINO than one whose output is split.
    """
    width = len(b.parameters[f"{name}.query.bias"])
    scale = np.float32((width // heads) ** -0.5)
    by_head = b.integers(0, 0, heads, width // heads)
    states = {}
    for part, factor, order in (
        ("query", scale, [0, 2, 1, 3]),
        ("key", np.float32(1), [0, 2, 3, 1]),
        ("value", np.float32(1), [0, 2, 1, 3]),
    ):
        weight, bias = (b.parameters[f"{name}.{part}.{kind}"] * factor for kind in ("weight", "bias"))
        rows = b.add("Reshape", [b.linear(x, f"{name}.{part}", weight, bias), by_head])
        states[part] = b.add("Transpose", [rows], perm=order)
    shares = b.add("Softmax", [b.add("MatMul", [states["query"], states["key"]])], axis=-1)
    found = b.add("MatMul", [shares, states["value"]])
    return b.add("Reshape", [b.add("Transpose", [found], perm=[0, 2, 1, 3]), b.integers(0, 0, width)])


def _model(b: _Builder, labels: Mapping[str, int]) -> ModelProto:
    ids = helper.make_tensor_value_info("input_ids", TensorProto.INT64, ["batch", "length"])
    told = [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", n]) for name, n in labels.items()]
    graph = helper.make_graph(b.nodes, "emtract", [ids], told, list(b.constants.values()))
    opsets = [helper.make_opsetid("", _OPSET)]
    model = helper.make_model(graph, opset_imports=opsets, ir_version=10, producer_name="emtract")
    checker.check_model(model)
    return model


def export_model(
    network: Network,
    tokenizer: Any,
    folder: Path,
    *,
    name: str,
    max_length: int,
    scaling: Scaling | None = None,
    stance_scaling: Scaling | None = None,
    weights: Weights = "int8",
    notes: Mapping[str, Mapping[str, Any]] | None = None,
) -> ModelCard:
    """Write `model.onnx`, `tokenizer.json` and `model.json` to a folder that `load_scorer` takes.

    Parameters
    ----------
    network
        A network with the head `tagged`; where it has a head `stance` too, the model reads stances.
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
    stance_scaling
        The same of the stances; where the emotions have a calibration, the stances need theirs.
    weights
        Storage of the matrices and embeddings.
    notes
        `metrics`, `recipe` and `data` of the card.

    Raises
    ------
    ModelError
        A calibration of stances is missing, or there is nothing that it could be of.
    """
    if STANCE in network.heads and scaling is not None and stance_scaling is None:
        raise ModelError(
            "the emotions are calibrated and the stances are not: fit a scaling of theirs, as stance_scaling"
        )
    if STANCE not in network.heads and stance_scaling is not None:
        raise ModelError(f"the network has no head {STANCE!r} that stance_scaling could calibrate: leave it out")
    folder.mkdir(parents=True, exist_ok=True)
    parameters = {key: np.asarray(value.detach().cpu().numpy()) for key, value in network.state_dict().items()}
    outputs = {LOGITS: Output(TAGGED, scaling)}
    if STANCE in network.heads:
        outputs[STANCE] = Output(STANCE, stance_scaling)
    graph = build_graph(parameters, _shape(network), outputs=outputs, weights=weights)
    onnx.save(graph, folder / GRAPH)
    (folder / TOKENIZER).write_text(tokenizer.to_str(), encoding="utf-8")
    return write_card(
        folder,
        name,
        max_length=max_length,
        scaling=asdict(scaling) if scaling else None,
        stances=STANCES if STANCE in outputs else (),
        stance_scaling=asdict(stance_scaling) if stance_scaling else None,
        notes=notes,
    )


def _shape(network: Network) -> EncoderShape:
    config = network.encoder.config
    return EncoderShape(config.num_hidden_layers, config.num_attention_heads, config.layer_norm_eps)

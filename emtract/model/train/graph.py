"""The inference graph, written node by node: a BERT encoder, mean pooling and one head, with weights in fp32 or int8.

Written by hand rather than traced, because the traced graph carries the training library's mask arithmetic, hides the
attention from the runtime's fused kernel, and changes with that library's version.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np
from numpy.typing import NDArray
from onnx import ModelProto, NodeProto, TensorProto, checker, helper, numpy_helper

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Weights = Literal["fp32", "int8"]
_OPSET: Final = 20
_MICROSOFT: Final = "com.microsoft"
#: Code of a zero activation; codes span 1 to 127.
_CENTRE: Final = 64
Array = NDArray[np.float32]


@dataclass(frozen=True)
class EncoderShape:
    """What the parameters' shapes do not tell."""

    layers: int
    attention_heads: int
    epsilon: float


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

    def add(self, op: str, inputs: Sequence[str], *, domain: str = "", outputs: int = 1, **attributes: Any) -> str:
        name = f"{op}_{len(self.nodes)}"
        names = [name, *(f"{name}_{i}" for i in range(1, outputs))]
        self.nodes.append(helper.make_node(op, inputs, names, name=name, domain=domain, **attributes))
        return name

    def matmul(self, x: str, name: str, weight: Array) -> str:
        """`x @ weight.T`, with weight of shape (out, in)."""
        if self.weights == "fp32":
            return self.add("MatMul", [x, self.constant(f"{name}.weight", weight.T)])
        codes, scales = quantize_rows(weight)
        rounded, scale = self._quantize(x)
        inputs = [
            rounded,
            self.constant(f"{name}.codes", codes.T),
            self.constant("unit", np.array(1, dtype=np.float32)),
            self.constant(f"{name}.scales", scales),
            self.constant("centre", np.array(_CENTRE, dtype=np.uint8)),
        ]
        return self.add("Mul", [self.add("MatMulIntegerToFloat", inputs, domain=_MICROSOFT), scale])

    def _quantize(self, x: str) -> tuple[str, str]:
        """Codes of the activations and the scale of each token."""
        last = self.constant("axis -1", np.array([-1], dtype=np.int64))
        levels, least = (np.array(value, dtype=np.float32) for value in (_CENTRE - 1, 1e-12))
        largest = self.add("ReduceMax", [self.add("Abs", [x]), last], keepdims=1)
        bounded = self.add("Max", [largest, self.constant("least", least)])
        scale = self.add("Div", [bounded, self.constant("levels", levels)])
        # Casts truncate, so half a code is added to round.
        shift = self.constant("shift", np.array(_CENTRE + 0.5, dtype=np.float32))
        scaled = self.add("Mul", [x, self.add("Reciprocal", [scale])])
        return self.add("Cast", [self.add("Add", [scaled, shift])], to=TensorProto.UINT8), scale

    def parameter(self, name: str) -> str:
        return self.constant(name, self.parameters[name])

    def dense(self, x: str, name: str) -> str:
        """A linear layer less its bias, which the next operation takes."""
        return self.matmul(x, name, self.parameters[f"{name}.weight"])

    def look_up(self, ids: str, name: str) -> str:
        """Rows of an embedding, kept as int8 with one scale a row."""
        table = self.parameters[name]
        if self.weights == "fp32":
            return self.add("Gather", [self.constant(name, table), ids])
        codes, scales = quantize_rows(table)
        rows = self.add("Gather", [self.constant(f"{name}.codes", codes), ids])
        scale = self.add("Gather", [self.constant(f"{name}.scales", scales[:, None]), ids])
        return self.add("Mul", [self.add("Cast", [rows], to=TensorProto.FLOAT), scale])

    def add_norm(self, x: str, skip: str, bias: str, name: str, epsilon: float) -> str:
        """Layer norm of `x + bias + skip`."""
        inputs = [x, skip, self.parameter(f"{name}.weight"), self.parameter(f"{name}.bias"), self.parameter(bias)]
        return self.add("SkipLayerNormalization", inputs, domain=_MICROSOFT, epsilon=epsilon)


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
    parameters: Mapping[str, Array], shape: EncoderShape, *, head: str, temperature: float, weights: Weights
) -> ModelProto:
    """Return the graph from `input_ids` and `attention_mask`, (n, length) int64, to `logits`, (n, labels) fp32.

    Parameters
    ----------
    parameters
        State of a `Network` over a BERT encoder.
    shape
        The encoder's shape.
    head
        Head whose logits are given.
    temperature
        The logits are divided by it, folded into the head's parameters (Guo et al. 2017).
    weights
        `int8`: a scale for each row of the embeddings and each output of a matrix.

    Notes
    -----
    In int8, activations are rounded at run time with a scale for each token, where the runtime's own dynamic
    quantisation has one for the whole batch: so a post's scores do not depend on the posts beside it. The codes of
    activations lie in 1-127: a pair of products then fits 16 bits, and processors without eight-bit dot products, whose
    instructions saturate there, give the same sums as those that have them.
    """
    b = _Builder(parameters, weights)
    mask = b.add("Cast", ["attention_mask"], to=TensorProto.INT32)
    x = _embed(b, shape)
    for layer in range(shape.layers):
        x = _layer(b, x, mask, layer, shape)
    pooled = _mean(b, x)
    scaled = [parameters[f"heads.{head}.{part}"] / np.float32(temperature) for part in ("weight", "bias")]
    matrix = b.constant("head.weight", scaled[0].T)
    logits = b.add("Add", [b.add("MatMul", [pooled, matrix]), b.constant("head.bias", scaled[1])])
    b.nodes.append(helper.make_node("Identity", [logits], ["logits"], name="logits"))
    return _model(b, len(scaled[1]))


def _embed(b: _Builder, shape: EncoderShape) -> str:
    start, end = (b.constant(f"axis {i}", np.array([i], dtype=np.int64)) for i in (0, 1))
    name = "encoder.embeddings"
    table = b.parameters[f"{name}.position_embeddings.weight"] + b.parameters[f"{name}.token_type_embeddings.weight"][0]
    length = b.add("Shape", ["input_ids"], start=1, end=2)
    places = b.add("Slice", [b.constant("positions", table), start, length, start, end])
    words = b.look_up("input_ids", f"{name}.word_embeddings.weight")
    norm = [b.parameter(f"{name}.LayerNorm.{part}") for part in ("weight", "bias")]
    return b.add("LayerNormalization", [b.add("Add", [words, places]), *norm], axis=-1, epsilon=shape.epsilon)


def _layer(b: _Builder, x: str, mask: str, layer: int, shape: EncoderShape) -> str:
    base = f"encoder.encoder.layer.{layer}."
    states = _attend(b, x, mask, f"{base}attention.self", shape.attention_heads)
    output = f"{base}attention.output"
    x = b.add_norm(b.dense(states, f"{output}.dense"), x, f"{output}.dense.bias", f"{output}.LayerNorm", shape.epsilon)
    inner = b.dense(x, f"{base}intermediate.dense")
    inner = b.add("BiasGelu", [inner, b.parameter(f"{base}intermediate.dense.bias")], domain=_MICROSOFT)
    output = f"{base}output"
    return b.add_norm(
        b.dense(inner, f"{output}.dense"), x, f"{output}.dense.bias", f"{output}.LayerNorm", shape.epsilon
    )


def _attend(b: _Builder, x: str, mask: str, name: str, heads: int) -> str:
    parts = [f"{name}.{part}" for part in ("query", "key", "value")]
    weight = np.vstack([b.parameters[f"{part}.weight"] for part in parts])
    bias = np.concatenate([b.parameters[f"{part}.bias"] for part in parts])
    first = b.add("Split", [b.matmul(x, name, weight)], outputs=3, axis=-1, num_outputs=3)
    inputs = [first, f"{first}_1", f"{first}_2", b.constant(f"{name}.bias", bias), mask]
    return b.add("MultiHeadAttention", inputs, domain=_MICROSOFT, num_heads=heads)


def _mean(b: _Builder, x: str) -> str:
    length, last = (b.constant(f"axis {i}", np.array([i], dtype=np.int64)) for i in (1, 2))
    weight = b.add("Unsqueeze", [b.add("Cast", ["attention_mask"], to=TensorProto.FLOAT), last])
    total = b.add("ReduceSum", [b.add("Mul", [x, weight]), length], keepdims=0)
    return b.add("Div", [total, b.add("ReduceSum", [weight, length], keepdims=0)])


def _model(b: _Builder, labels: int) -> ModelProto:
    inputs = [
        helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", "length"])
        for name in ("input_ids", "attention_mask")
    ]
    output = helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch", labels])
    graph = helper.make_graph(b.nodes, "emtract", inputs, [output], list(b.constants.values()))
    opsets = [helper.make_opsetid("", _OPSET), helper.make_opsetid(_MICROSOFT, 1)]
    model = helper.make_model(graph, opset_imports=opsets, ir_version=10, producer_name="emtract")
    checker.check_model(model)
    return model

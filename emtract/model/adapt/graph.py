"""The graph of a shipped encoder with more at its end: its states beside its logits, those of its layers, or an adapted head."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from emtract.errors import ModelError
from emtract.model.adapt.protobuf import Field, fields, integer, joined, message, text
from emtract.model.card import LOGITS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from emtract.model.adapt.head import Head

#: Output that `with_states` adds.
STATES: Final = "states"
#: Output that `with_layers` adds.
LAYERS: Final = "layers"
_WEIGHT: Final = "head.weight"
#: Numbers of fields in onnx.proto.
_GRAPH: Final = 7
_NODE, _INITIALIZER, _OUTPUT = 1, 5, 12
_IN, _OUT, _NAME, _OP, _ATTRIBUTE = 1, 2, 3, 4, 5
_FLOAT: Final = 1


def with_states(model: bytes) -> bytes:
    """Return a model that has one more output, `STATES`: the pooled states, and after them the logits, (n, width + 7).

    Parameters
    ----------
    model
        An ONNX file that `emtract model train` or `emtract model adapt` wrote.

    Raises
    ------
    ModelError
        It is no such file.
    """
    graph = _graph_of(model)
    return _with_graph(model, [*graph, *_side_by_side([_pooled(graph), LOGITS], STATES)])


def with_layers(model: bytes) -> bytes:
    """Return a model that has one more output, `LAYERS`: mean and largest state over the tokens after each of its layers.

    Parameters
    ----------
    model
        As for `with_states`. Of each layer normalisation, in their order, the output has ``width`` means and then ``width``
        largest values.

    Raises
    ------
    ModelError
        It is no such file.
    """
    graph = _graph_of(model)
    pooled, nodes = _pooled(graph), [part for part in graph if part.number == _NODE]
    tokens = next(_names(part, _IN)[1] for part in nodes if pooled in _names(part, _OUT))
    layers = [_names(part, _OUT)[0] for part in nodes if _names(part, _OP) == ["LayerNormalization"]]
    flat = message(_ATTRIBUTE, text(1, "keepdims"), integer(3, 0), integer(20, 2))
    found = [(op, layer, f"{op} of {layer}") for layer in layers for op in ("ReduceMean", "ReduceMax")]
    added = [_node(op, [layer, tokens], name, flat) for op, layer, name in found]
    return _with_graph(model, [*graph, *added, *_side_by_side([name for *_, name in found], LAYERS)])


def with_head(model: bytes, head: Head, *, base: str) -> bytes:
    """Return a model whose logits are those of an adapted head.

    Parameters
    ----------
    model
        As for `with_states`.
    head
        What is done to states and logits.
    base
        Revision of the model, after which its own logits are named.
    """
    graph, own = _graph_of(model), f"{LOGITS} of {base}"
    names = {part: f"{part} after {base}" for part in ("mix", "weight", "bias", "mixed", "product", "sum")}
    arrays = {"mix": head.mix.T, "weight": head.weight.T, "bias": head.bias}
    return _with_graph(
        model,
        [
            *(_renamed(part, own) for part in graph),
            *(_array(names[name], values) for name, values in arrays.items()),
            _node("MatMul", [own, names["mix"]], names["mixed"]),
            _node("MatMul", [_pooled(graph), names["weight"]], names["product"]),
            _node("Add", [names["mixed"], names["product"]], names["sum"]),
            _node("Add", [names["sum"], names["bias"]], LOGITS),
        ],
    )


def _graph_of(model: bytes) -> list[Field]:
    found = [part for part in fields(model) if part.number == _GRAPH and isinstance(part.value, bytes)]
    if len(found) != 1:
        raise ModelError("the file holds no graph: put the model's files back as its maker ships them")
    return list(fields(found[0].value))  # type: ignore[arg-type]


def _with_graph(model: bytes, graph: Iterable[Field]) -> bytes:
    return joined(message(_GRAPH, *graph) if part.number == _GRAPH else part for part in fields(model))


def _names(node: Field, number: int) -> list[str]:
    return [bytes(part.value).decode() for part in fields(bytes(node.value)) if part.number == number]


def _pooled(graph: Iterable[Field]) -> str:
    """Name of what the first head multiplies with its weights."""
    for part in graph:
        if part.number == _NODE and _WEIGHT in (inputs := _names(part, _IN)):
            return next(name for name in inputs if name != _WEIGHT)
    raise ModelError("the graph has no head of emtract's: adapt a model that `emtract model train` wrote")


def _renamed(part: Field, name: str) -> Field:
    """Return a node under whose name the logits go; anything else as it is."""
    if part.number != _NODE or LOGITS not in _names(part, _OUT):
        return part
    inner = fields(bytes(part.value))
    return message(_NODE, *(text(told.number, name) if told.number in {_OUT, _NAME} else told for told in inner))


def _node(op: str, inputs: Sequence[str], output: str, *attributes: Field) -> Field:
    named = (*(text(_IN, name) for name in inputs), text(_OUT, output), text(_NAME, output), text(_OP, op))
    return message(_NODE, *named, *attributes)


def _side_by_side(inputs: Sequence[str], output: str) -> tuple[Field, Field]:
    """Return a node that puts rows side by side, and the output that shows them."""
    attribute = (text(1, "axis"), integer(3, 1), integer(20, 2))
    node = _node("Concat", inputs, output, message(_ATTRIBUTE, *attribute))
    tensor = message(1, integer(1, _FLOAT), message(2, message(1, text(2, "batch")), message(1, text(2, "state"))))
    return node, message(_OUTPUT, text(1, output), message(2, tensor))


def _array(name: str, values: NDArray[np.floating]) -> Field:
    dims = (integer(1, size) for size in values.shape)
    raw = Field(9, np.ascontiguousarray(values, dtype="<f4").tobytes())
    return message(_INITIALIZER, *dims, integer(2, _FLOAT), text(8, name), raw)

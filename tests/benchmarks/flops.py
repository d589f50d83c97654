"""How many multiply-adds an encoder needs, from the matrices in its graph."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from emtract.emotions import EMOTIONS
from emtract.errors import ModelError
from emtract.extras import bring

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

#: Operations between a stored matrix and the product that uses it.
_DECODING: Final = frozenset({"DequantizeLinear", "Cast", "Mul", "Transpose", "Identity"})


@dataclass(frozen=True)
class Encoder:
    """Shape of a transformer encoder.

    Attributes
    ----------
    projections
        Sides of each matrix that every token is multiplied by.
    layers
        Attention layers.
    width
        Width of the states: the smallest side of a projection.
    """

    projections: tuple[tuple[int, int], ...]
    layers: int
    width: int

    def multiply_adds(self, lengths: Iterable[int]) -> int:
        """Multiply-adds for texts of these lengths in tokens, [CLS] and [SEP] included, without padding.

        Notes
        -----
        A text of T tokens takes T times the products of the matrices' sides, and 2 T² width a layer for attention:
        scores, and the weighted sum of values. Layer norms, activations and the head are not counted.
        """
        each = sum(rows * columns for rows, columns in self.projections)
        return sum(each * length + 2 * self.layers * self.width * length * length for length in lengths)


def read_encoder(path: Path) -> Encoder:
    """Find the shape of an encoder in its ONNX graph.

    Raises
    ------
    ModelError
        The graph multiplies by no matrix of two dimensions.
    """
    graph: Any = bring("train", "the benchmark", "onnx", error=ModelError).load(str(path)).graph
    sides = {constant.name: tuple(constant.dims) for constant in graph.initializer}
    makers = {output: node for node in graph.node for output in node.output}
    products = [node for node in graph.node if "MatMul" in node.op_type or node.op_type == "Gemm"]
    found = [_weight(name, sides, makers) for node in products for name in node.input]
    projections = [shape for shape in found if shape is not None and len(EMOTIONS) not in shape]
    if not projections:
        raise ModelError(f"{path} has no matrix products to count; give the graph that `emtract model train` writes")
    layers = sum(node.op_type in {"Softmax", "MultiHeadAttention", "Attention"} for node in graph.node)
    return Encoder(tuple(projections), layers, min(map(min, projections)))


def _weight(name: str, sides: Mapping[str, tuple[int, ...]], makers: Mapping[str, Any]) -> tuple[int, int] | None:
    """Shape of the constant matrix behind an input, through what only decodes or turns it; None for activations."""
    while name not in sides:
        if name not in makers or makers[name].op_type not in _DECODING:
            return None
        name = makers[name].input[0]
    return sides[name] if len(sides[name]) == 2 else None  # type: ignore[return-value]

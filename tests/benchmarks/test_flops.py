import numpy as np
import pytest

from emtract.errors import ModelError
from emtract.model.registry import shipped_folder
from tests.benchmarks.flops import Encoder, read_encoder

onnx = pytest.importorskip("onnx", reason='needs pip install "emtract[train]"')


def test_multiply_adds_of_a_tiny_encoder_are_those_counted_by_hand():
    # Width 4, one layer: query, key, value, output 4 x 4 each, feed-forward 4 x 8 and 8 x 4: 64 + 64 = 128 a token.
    encoder = Encoder(((4, 4), (4, 4), (4, 4), (4, 4), (4, 8), (8, 4)), layers=1, width=4)
    # Three tokens: 3 x 128; scores 3 x 3 x 4, weighted values 3 x 3 x 4.
    assert encoder.multiply_adds([3]) == 384 + 36 + 36
    assert encoder.multiply_adds([3, 1]) == 456 + 128 + 8


def graph(path, nodes, constants):
    inputs = [onnx.helper.make_tensor_value_info("x", onnx.TensorProto.FLOAT, ["n", 4])]
    outputs = [onnx.helper.make_tensor_value_info("y", onnx.TensorProto.FLOAT, ["n", 7])]
    arrays = [
        onnx.numpy_helper.from_array(np.zeros(shape, dtype=np.float32), name) for name, shape in constants.items()
    ]
    onnx.save(onnx.helper.make_model(onnx.helper.make_graph(nodes, "g", inputs, outputs, arrays)), str(path))
    return path


def test_matrices_are_found_behind_what_decodes_them_and_the_head_is_left_out(tmp_path):
    nodes = [
        onnx.helper.make_node("Cast", ["codes"], ["cast"], to=onnx.TensorProto.FLOAT),
        onnx.helper.make_node("Mul", ["cast", "scales"], ["weight"]),
        onnx.helper.make_node("MatMul", ["x", "weight"], ["a"]),
        onnx.helper.make_node("Softmax", ["a"], ["b"]),
        onnx.helper.make_node("MatMul", ["b", "down"], ["c"]),
        onnx.helper.make_node("MatMul", ["b", "b"], ["states"]),
        onnx.helper.make_node("MatMul", ["c", "head"], ["y"]),
    ]
    path = graph(tmp_path / "g.onnx", nodes, {"codes": (4, 8), "scales": (8,), "down": (8, 4), "head": (4, 7)})
    assert read_encoder(path) == Encoder(((4, 8), (8, 4)), layers=1, width=4)


def test_a_graph_without_products_is_refused(tmp_path):
    path = graph(tmp_path / "g.onnx", [onnx.helper.make_node("Identity", ["x"], ["y"])], {})
    with pytest.raises(ModelError, match="no matrix products"):
        read_encoder(path)


def test_the_shipped_encoder_has_the_shape_of_its_architecture():
    encoder = read_encoder(shipped_folder("default") / "model.onnx")
    assert encoder.multiply_adds([1]) == encoder.layers * (12 * encoder.width**2 + 2 * encoder.width)

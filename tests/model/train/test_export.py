import numpy as np
import pytest

pytest.importorskip("torch", reason='needs pip install "emtract[train]"')
pytest.importorskip("onnx", reason='needs pip install "emtract[train]"')

import onnx
import torch

from emtract.errors import ModelError
from emtract.model.card import GRAPH
from emtract.model.onnx import OnnxScorer
from emtract.model.train.data import TAGGED
from emtract.model.train.export import export_model, quantize_rows
from emtract.model.train.loop import encode, infer
from emtract.model.train.network import build_network
from emtract.model.train.scaling import Scaling, scale
from emtract.model.train.tokens import build_tokenizer

TEXTS = ["<ticker> love this moon 🚀", "", "lost it all :( " * 3, "sell", "é ünï ツ", "a b c d e f g h"]
RUNTIMES = ["openvino", "onnxruntime"]


@pytest.fixture(scope="module")
def network(encoder):
    return build_network(encoder, {TAGGED: 7, "other": 3}, dropout=0.1, seed=1)


@pytest.fixture(scope="module")
def tokenizer(encoder):
    return build_tokenizer(encoder)


@pytest.fixture(scope="module")
def folder(network, tokenizer, tmp_path_factory):
    folder = tmp_path_factory.mktemp("int8")
    export_model(network, tokenizer, folder, name="tiny", max_length=48)
    return folder


def torch_probabilities(network, tokenizer, texts=TEXTS):
    logits = infer(network, encode(texts, tokenizer, max_length=48), TAGGED, device="cpu")
    return torch.from_numpy(logits).softmax(dim=1).numpy()


@pytest.mark.parametrize("runtime", RUNTIMES)
@pytest.mark.parametrize("scaling", [None, Scaling((2.5, 1, 1, 0.5, 1, 1, 1), (0, 1, -1, 0, 0, 0.5, 0))])
def test_the_graph_is_the_network(network, tokenizer, tmp_path, scaling, runtime):
    card = export_model(network, tokenizer, tmp_path, name="tiny", max_length=48, weights="fp32", scaling=scaling)
    scorer = OnnxScorer(tmp_path, threads=1, runtime=runtime)
    texts = [*TEXTS, "moon " * 100]
    expected = torch_probabilities(network, tokenizer, texts)
    if scaling:
        expected = scale(expected, scaling)
        assert card.scaling == {"slopes": scaling.slopes, "shifts": scaling.shifts}
    assert np.abs(scorer.score(texts).probabilities - expected).max() < 1e-5


@pytest.mark.parametrize("runtime", RUNTIMES)
@pytest.mark.parametrize("arithmetic", ["int8", "fp32"])
def test_int8_is_close_and_independent_of_the_batch(network, tokenizer, folder, runtime, arithmetic):
    scorer = OnnxScorer(folder, threads=1, runtime=runtime, arithmetic=arithmetic)
    scores = scorer.score(TEXTS).probabilities
    assert np.abs(scores - torch_probabilities(network, tokenizer)).max() < 0.05
    alone = np.vstack([scorer.score([text]).probabilities for text in TEXTS])
    assert np.abs(scores - alone).max() < 1e-5


def test_the_runtimes_agree_in_fp32(folder):
    first, second = (
        OnnxScorer(folder, threads=1, runtime=runtime, arithmetic="fp32").score(TEXTS).probabilities
        for runtime in RUNTIMES
    )
    assert np.abs(first - second).max() < 1e-5


def test_the_graph_is_standard_and_small(folder, network):
    model = onnx.load(folder / GRAPH)
    assert [item.domain for item in model.opset_import] == [""]
    assert {node.domain for node in model.graph.node} == {""}
    wide = sum(np.prod(item.dims) for item in model.graph.initializer if item.data_type == onnx.TensorProto.FLOAT)
    assert wide < 0.2 * sum(value.numel() for value in network.parameters())


def test_openvino_multiplies_with_the_codes(folder):
    import openvino

    model = openvino.Core().compile_model(folder / GRAPH, "CPU", {"DYNAMIC_QUANTIZATION_GROUP_SIZE": "32"})
    nodes = [node.get_rt_info() for node in model.get_runtime_model().get_ordered_ops()]
    kinds = [node["runtimePrecision"] for node in nodes if node["layerType"] == "FullyConnected"]
    assert kinds.count("i8") == 2 * 6


def test_a_graph_of_other_labels_is_refused(encoder, tokenizer, tmp_path):
    network = build_network(encoder, {TAGGED: 3}, dropout=0.1, seed=1)
    export_model(network, tokenizer, tmp_path, name="tiny", max_length=48)
    with pytest.raises(ModelError, match="has 3 outputs, not 7; export the model again"):
        OnnxScorer(tmp_path, threads=1)


def test_codes_and_scales_give_the_rows_back():
    table = np.random.default_rng(0).normal(size=(5, 8)).astype(np.float32)
    table[2] = 0
    codes, scales = quantize_rows(table)
    assert codes.dtype == np.int8
    assert np.abs(codes * scales[:, None] - table).max() <= scales.max() / 2 + 1e-7

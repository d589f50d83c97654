"""The graph of the shipped encoder with more at its end, as both runtimes and the package onnx read it."""

import numpy as np
import pytest

from emtract.emotions import EMOTIONS
from emtract.errors import ModelError
from emtract.model.adapt.graph import LAYERS, STATES, with_head, with_layers, with_states
from emtract.model.adapt.head import Head
from emtract.model.adapt.protobuf import integer, joined, message, text
from emtract.model.card import GRAPH
from emtract.model.onnx import load_graph
from emtract.model.registry import shipped_folder

IDS = np.array([[101, 2000, 2031, 102], [101, 5000, 1012, 102]], dtype=np.int64)
RUNTIMES = ["openvino", "onnxruntime"]
WIDTH = 384


@pytest.fixture(scope="module")
def model():
    return (shipped_folder("default") / GRAPH).read_bytes()


def some_head(seed):
    rng = np.random.default_rng(seed)
    return Head(np.eye(7) + rng.normal(0, 0.1, (7, 7)), rng.normal(0, 0.3, (7, WIDTH)), rng.normal(0, 1, 7))


def read(folder, model, runtime, output="logits"):
    path = folder / GRAPH
    path.write_bytes(model)
    return load_graph(path, runtime=runtime, arithmetic="fp32", threads=1, outputs=(output,))(IDS).astype(np.float64)


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_states_stand_beside_the_logits_and_a_head_does_what_it_says(model, tmp_path, runtime):
    logits = read(tmp_path, model, runtime)
    found = read(tmp_path, with_states(model), runtime, STATES)
    assert found.shape == (2, WIDTH + len(EMOTIONS))
    assert np.abs(found[:, WIDTH:] - logits).max() < 1e-6
    states, head = found[:, :WIDTH], some_head(0)
    assert np.abs(read(tmp_path, with_head(model, head, base="a"), runtime) - head.apply(states, logits)).max() < 1e-4


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_an_adapted_graph_can_be_adapted_again(model, tmp_path, runtime):
    first, second = some_head(0), some_head(1)
    once = with_head(model, first, base="a")
    states = read(tmp_path, with_states(once), runtime, STATES)
    assert np.abs(states[:, :WIDTH] - read(tmp_path, with_states(model), runtime, STATES)[:, :WIDTH]).max() < 1e-6
    twice = read(tmp_path, with_head(once, second, base="b"), runtime)
    assert np.abs(twice - second.apply(states[:, :WIDTH], states[:, WIDTH:])).max() < 1e-4


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_the_last_mean_of_the_layers_is_what_the_head_reads(model, tmp_path, runtime):
    layers = read(tmp_path, with_layers(model), runtime, LAYERS)
    states = read(tmp_path, with_states(model), runtime, STATES)[:, :WIDTH]
    assert layers.shape == (2, 7 * 2 * WIDTH)
    assert np.abs(layers[:, -2 * WIDTH : -WIDTH] - states).max() < 1e-6


def test_the_standard_holds(model):
    onnx = pytest.importorskip("onnx", reason='needs pip install "emtract[train]"')
    adapted = with_head(with_head(model, some_head(0), base="a"), some_head(1), base="b")
    for data in (with_states(adapted), with_layers(adapted), adapted):
        found = onnx.load_model_from_string(data)
        onnx.checker.check_model(found, full_check=True)
        names = [node.name for node in found.graph.node]
        assert len(set(names)) == len(names)
    assert len(adapted) - len(model) < 30_000


@pytest.mark.parametrize("data", [b"", joined([integer(1, 10)]), joined([message(7, message(1, text(2, "logits")))])])
def test_a_file_without_a_head_is_one_line(data):
    with pytest.raises(ModelError, match=r"put the model's files back|adapt a model that"):
        with_states(data)

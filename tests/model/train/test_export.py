import shutil
from datetime import date

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("torch", reason='needs pip install "emtract[train]"')
pytest.importorskip("onnx", reason='needs pip install "emtract[train]"')

import onnx
import torch

from emtract.emotions import STANCE, STANCES
from emtract.errors import ModelError
from emtract.model.adapt.bases import find_base, write_adapted
from emtract.model.adapt.head import Head
from emtract.model.card import GRAPH, write_card
from emtract.model.onnx import OnnxScorer
from emtract.model.scorer import softmax
from emtract.model.train.corpora import TAGGED
from emtract.model.train.export import export_model, quantize_rows
from emtract.model.train.loop import encode, infer
from emtract.model.train.network import build_network
from emtract.model.train.scaling import Scaling, scale
from emtract.model.train.tokens import build_tokenizer
from emtract.panel.firm_sessions import build_panel
from emtract.scoring import score_store
from emtract.scoring.folder import list_shards, load_shards, write_shards
from emtract.scoring.pending import ScoreKey
from emtract.scoring.shards import score_shard
from emtract.store import Store
from emtract.store.loading import load_market
from tests.conftest import batch, load_posts, post, prices, source

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


def torch_probabilities(network, tokenizer, texts=TEXTS, head=TAGGED):
    logits = infer(network, encode(texts, tokenizer, max_length=48), head, device="cpu")
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


@pytest.fixture(scope="module")
def of_two(encoder):
    return build_network(encoder, {TAGGED: 7, STANCE: 3, "other": 3}, dropout=0.1, seed=1)


@pytest.fixture(scope="module")
def reader(of_two, tokenizer, tmp_path_factory):
    """A scorer that reads stances."""
    folder = tmp_path_factory.mktemp("stance")
    export_model(of_two, tokenizer, folder, name="tiny", max_length=48)
    return OnnxScorer(folder, threads=1)


@pytest.mark.parametrize("runtime", RUNTIMES)
@pytest.mark.parametrize("scaling", [None, Scaling((2.5, 1, 0.5), (0, 1, -1))])
def test_a_head_of_stances_is_a_second_output_with_a_calibration_of_its_own(
    of_two, tokenizer, tmp_path, scaling, runtime
):
    card = export_model(of_two, tokenizer, tmp_path, name="tiny", max_length=48, weights="fp32", stance_scaling=scaling)
    assert card.stances == STANCES and card.scaling == {}
    assert bool(card.stance_scaling) == bool(scaling)
    scores = OnnxScorer(tmp_path, threads=1, runtime=runtime).score(TEXTS)
    expected = torch_probabilities(of_two, tokenizer, head=STANCE)
    assert np.abs(scores.probabilities - torch_probabilities(of_two, tokenizer)).max() < 1e-5
    assert np.abs(scores.stance - (scale(expected, scaling) if scaling else expected)).max() < 1e-5


def test_a_network_without_the_head_gives_the_graph_that_it_gave(folder, reader, of_two):
    scorer = OnnxScorer(folder, threads=1)
    assert scorer.card.stances == () and scorer.score(TEXTS).stance is None
    assert [item.name for item in onnx.load(folder / GRAPH).graph.output] == ["logits"]
    assert scorer.revision != reader.revision
    assert scorer.predict(["up"]).columns == reader.predict(["up"]).columns


def test_no_model_is_calibrated_in_one_head_alone(network, of_two, tokenizer, tmp_path):
    seven, three = Scaling((1,) * 7, (0,) * 7), Scaling((1, 1, 1), (0, 0, 0))
    asked = {"name": "tiny", "max_length": 48}
    with pytest.raises(ModelError, match="the stances are not: fit a scaling of theirs"):
        export_model(of_two, tokenizer, tmp_path, scaling=seven, **asked)
    with pytest.raises(ModelError, match="no head 'stance' that stance_scaling could calibrate"):
        export_model(network, tokenizer, tmp_path, scaling=seven, stance_scaling=three, **asked)
    assert export_model(of_two, tokenizer, tmp_path, scaling=seven, stance_scaling=three, **asked).stances == STANCES


def test_a_head_of_ones_own_leaves_the_stances_as_they_are(reader, of_two, tokenizer, tmp_path):
    export_model(of_two, tokenizer, tmp_path / "base", name="tiny", max_length=48)
    base, rng = find_base(str(tmp_path / "base")), np.random.default_rng(0)
    head = Head(np.eye(7), rng.normal(0, 0.5, (7, 32)), rng.normal(0, 1, 7))
    (tmp_path / "own").mkdir()
    notes = {"metrics": {}, "recipe": {}, "data": {}}
    card = write_adapted(base, head, tmp_path / "own", name="own", notes=notes)
    own, told = OnnxScorer(tmp_path / "own", threads=1).score(TEXTS), reader.score(TEXTS)
    assert card.stances == STANCES
    assert np.abs(own.stance - told.stance).max() < 1e-6
    assert np.abs(own.probabilities - softmax(head.apply(*base.read(TEXTS)))).max() < 1e-5
    assert np.abs(own.probabilities - told.probabilities).max() > 0.1


@settings(max_examples=25)
@given(st.lists(st.text(st.characters(), max_size=60), max_size=8))
def test_bearish_none_and_bullish_are_chances_of_one_tag(reader, texts):
    scores = reader.score(texts)
    assert scores.stance.shape == (len(texts), 3) and scores.stance.dtype == np.float32
    assert (scores.stance >= 0).all() and np.allclose(scores.stance.sum(axis=1), 1, atol=1e-6)
    told = reader.predict(texts).select("bearish", "bullish").to_numpy()
    assert (told >= 0).all() and (told.sum(axis=1) <= 1 + 1e-6).all()


def test_a_model_of_stances_goes_through_store_and_panel_beside_one_without(reader, folder, tmp_path):
    days = [date(2014, 11, 24), date(2014, 11, 25)]
    times = ["2014-11-24T12:00", "2014-11-24T16:00", "2014-11-24T17:00", "2014-11-25T12:00"]
    bodies = ["love this moon", "it will crash", "sell", "so sad"]
    posts = [
        post(i, f"$A {body}", at, symbols=["A"]) for i, (body, at) in enumerate(zip(bodies, times, strict=True), 1)
    ]
    plain = OnnxScorer(folder, threads=1, name="plain")
    with Store.open(tmp_path / "s.duckdb") as store:
        load_posts(store, source(), [batch(*posts)])
        load_market(store, source("a.csv", "prices"), prices("A", [(d, 10.0, 11.0) for d in days]))
        score_store(store, plain)
        alone = build_panel(store)
        write_shards(store, tmp_path / "shards", ScoreKey.of(reader), size=2)
        for shard in list_shards(tmp_path / "shards"):
            score_shard(shard.source, shard.target, reader)
        assert load_shards(store, tmp_path / "shards").texts == len(bodies)
        store.check()
        told = build_panel(store, scorer=reader.name).data.sort("session")
        again = build_panel(store, scorer=plain.name)
    predicted = reader.predict([row["body"] for row, _ in posts])
    lean = (predicted["bullish"] - predicted["bearish"]).cast(pl.Float64)
    assert told["stance_pre_open"].to_list() == pytest.approx([lean[0], lean[3]], abs=1e-6)
    assert told["stance_market"][0] == pytest.approx(lean[1:3].mean(), abs=1e-6) and told["stance_market"][1] is None
    assert told["bullish_market"][0] == pytest.approx(predicted["bullish"].cast(pl.Float64)[1:3].mean(), abs=1e-6)
    assert again.data.equals(alone.data) and "stance_market" not in again.data.columns


def test_a_card_that_promises_stances_of_a_graph_without_is_refused(folder, tmp_path):
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    write_card(tmp_path, "tiny", max_length=48, stances=STANCES)
    with pytest.raises(ModelError, match="has no output 'stance'"):
        OnnxScorer(tmp_path, threads=1)


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

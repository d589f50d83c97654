import numpy as np
import pytest

pytest.importorskip("torch", reason='needs pip install "emtract[train]"')
pytest.importorskip("onnx", reason='needs pip install "emtract[train]"')

import torch

from emtract.model.onnx import OnnxScorer
from emtract.model.train.data import TAGGED
from emtract.model.train.export import export_model
from emtract.model.train.graph import quantize_rows
from emtract.model.train.loop import encode, infer
from emtract.model.train.network import build_network
from emtract.model.train.tokens import build_tokenizer

TEXTS = ["<ticker> love this moon 🚀", "", "lost it all :( " * 3, "sell", "é ünï ツ", "a b c d e f g h"]


@pytest.fixture(scope="module")
def network(encoder):
    return build_network(encoder, {TAGGED: 7, "other": 3}, dropout=0.1, seed=1)


@pytest.fixture(scope="module")
def tokenizer(encoder):
    return build_tokenizer(encoder)


def scorer_of(network, tokenizer, folder, **options):
    export_model(network, tokenizer, folder, name="tiny", max_length=48, **options)
    return OnnxScorer(folder, threads=1)


def torch_probabilities(network, tokenizer, temperature=1.0):
    logits = infer(network, encode(TEXTS, tokenizer, max_length=48), TAGGED, device="cpu")
    return torch.from_numpy(logits / temperature).softmax(dim=1).numpy()


@pytest.mark.parametrize("temperature", [1.0, 2.5])
def test_the_graph_is_the_network(network, tokenizer, tmp_path, temperature):
    scorer = scorer_of(network, tokenizer, tmp_path, weights="fp32", temperature=temperature)
    expected = torch_probabilities(network, tokenizer, temperature)
    assert np.abs(scorer.score(TEXTS).probabilities - expected).max() < 1e-5


def test_int8_is_close_and_independent_of_the_batch(network, tokenizer, tmp_path):
    scorer = scorer_of(network, tokenizer, tmp_path)
    scores = scorer.score(TEXTS).probabilities
    assert np.abs(scores - torch_probabilities(network, tokenizer)).max() < 0.05
    alone = np.vstack([scorer.score([text]).probabilities for text in TEXTS])
    assert np.abs(scores - alone).max() < 1e-5


def test_the_scorer_cuts_as_training_does(network, tokenizer, tmp_path):
    long = ["moon " * 100]
    scorer = scorer_of(network, tokenizer, tmp_path, weights="fp32")
    logits = infer(network, encode(long, tokenizer, max_length=48), TAGGED, device="cpu")
    expected = torch.from_numpy(logits).softmax(dim=1).numpy()
    assert np.abs(scorer.score(long).probabilities - expected).max() < 1e-5


def test_codes_and_scales_give_the_rows_back():
    table = np.random.default_rng(0).normal(size=(5, 8)).astype(np.float32)
    table[2] = 0
    codes, scales = quantize_rows(table)
    assert codes.dtype == np.int8
    assert np.abs(codes * scales[:, None] - table).max() <= scales.max() / 2 + 1e-7

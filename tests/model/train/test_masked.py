"""Domain-adaptive pre-training: which tokens are masked, and that the encoder learns to fill them in."""

import numpy as np
import pytest

pytest.importorskip("torch", reason='needs pip install "emtract[train]"')
pytest.importorskip("transformers", reason='needs pip install "emtract[train]"')

import torch

from emtract.model.train.corpora import Corpus
from emtract.model.train.loop import encode
from emtract.model.train.masked import EMPHASIS, emotional_words, fit_masked, mask_tokens, token_weights
from emtract.model.train.network import build_network
from emtract.model.train.recipe import Stage
from emtract.model.train.tokens import build_tokenizer


def test_words_that_tell_the_label_come_first():
    texts = tuple(f"the {'love' if i % 2 else 'hate'} post {'today' if i % 3 else 'now'}" for i in range(240))
    targets = np.eye(2, dtype=np.float32)[[i % 2 for i in range(240)]]
    corpus = Corpus("x", texts, {"x": ("a", "b")}, {"x": targets})
    assert emotional_words([corpus], size=2) == {"love", "hate"}


def test_a_heavy_token_is_masked_as_much_more_often_as_it_weighs():
    ids = torch.tensor([[1, 2, 2, 3]] * 20_000)
    weights = torch.tensor([1.0, 0.0, 1.0, EMPHASIS])
    masked, chosen = mask_tokens(ids, weights, torch.Generator().manual_seed(0), mask_id=0, share=0.15)
    share = chosen.double().mean(dim=0)
    assert share[0] == 0
    assert share[3] / share[1:3].mean() == pytest.approx(EMPHASIS, rel=0.05)
    assert share[1:].mean() == pytest.approx(0.15, rel=0.05)
    assert (masked[chosen] == 0).double().mean() == pytest.approx(0.8 + 0.1 / 4, abs=0.02)
    assert torch.equal(masked[~chosen], ids[~chosen])


def test_placeholders_and_special_tokens_are_never_masked(encoder):
    tokenizer = build_tokenizer(encoder)
    weights = token_weights(tokenizer, frozenset({"the"}))
    place = tokenizer.token_to_id
    assert [weights[place(t)] for t in ("[CLS]", "[SEP]", "<ticker>", "the", "🚀", "a")] == [
        0.0, 0.0, 0.0, EMPHASIS, EMPHASIS, 1.0,
    ]  # fmt: skip


def test_the_loss_falls_and_the_encoder_itself_is_trained(encoder):
    tokenizer = build_tokenizer(encoder)
    network = build_network(encoder, {"tagged": 7}, dropout=0.1, seed=1)
    before = network.encoder.embeddings.word_embeddings.weight.detach().clone()
    ids = encode(["<ticker> to the moon 🚀", "sold it all :( ouch"] * 40, tokenizer, max_length=32)
    stage = Stage(epochs=6, batch_size=16, learning_rate=3e-3, head_rate=1e-3)
    weights = token_weights(tokenizer, frozenset())
    losses = fit_masked(network, ids, weights, stage, mask_id=3, seed=1, device="cpu", precision="fp32")
    assert losses[-1] < 0.7 * losses[0]
    assert not torch.equal(before, network.encoder.embeddings.word_embeddings.weight)

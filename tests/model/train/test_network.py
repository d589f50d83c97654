"""What may be taken from a network, and what it leaves."""

import pytest

pytest.importorskip("torch", reason='needs pip install "emtract[train]"')
pytest.importorskip("transformers", reason='needs pip install "emtract[train]"')

import torch

from emtract.errors import ModelError
from emtract.model.train.network import build_network


@pytest.fixture
def network(encoder):
    return build_network(encoder, {"tagged": 7}, dropout=0.1, seed=0).eval()


def test_units_that_say_nothing_are_dropped_first(network):
    ids = torch.arange(5, 25).reshape(2, 10)
    kept = torch.randperm(64, generator=torch.Generator().manual_seed(1))[:40]
    silent = torch.tensor([unit for unit in range(64) if unit not in kept.tolist()])
    with torch.no_grad():
        for layer in network.encoder.encoder.layer:
            layer.output.dense.weight[:, silent] = 0
    before = network(ids, torch.ones_like(ids))["tagged"]
    network.keep_units(40)
    assert [tuple(layer.intermediate.dense.weight.shape) for layer in network.encoder.encoder.layer] == [(40, 32)] * 2
    assert torch.allclose(network(ids, torch.ones_like(ids))["tagged"], before, atol=1e-6)
    network.keep_units(20)
    assert not torch.allclose(network(ids, torch.ones_like(ids))["tagged"], before, atol=1e-4)


def test_more_units_than_there_are_cannot_be_kept(network):
    with pytest.raises(ModelError, match="have 64 units, and not 65"):
        network.keep_units(65)

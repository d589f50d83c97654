"""A stage that was stopped and taken up ends where one that ran through does, to the last bit."""

import numpy as np
import pytest

pytest.importorskip("torch", reason='needs pip install "emtract[train]"')

import torch

from emtract.model.train.halfway import Halfway
from emtract.model.train.loop import optimise
from emtract.model.train.recipe import Stage

STAGE = Stage(epochs=3, batch_size=4, learning_rate=1e-2, head_rate=1e-1)
TEXTS = 22  # six batches an epoch


class StoppedError(Exception):
    pass


def trained(halfway=None, stop=None, seed=3):
    torch.manual_seed(0)
    network = torch.nn.ModuleDict({"heads": torch.nn.Linear(5, 2), "body": torch.nn.Linear(5, 5)})
    data = torch.from_numpy(np.random.default_rng(1).normal(size=(TEXTS, 5)).astype(np.float32))

    def loss(rows):
        states = torch.nn.functional.dropout(network["body"](data[rows]), 0.3)
        return network["heads"](states).log_softmax(1)[:, 0].neg().mean()

    def progress(done, _):
        if done == stop:
            raise StoppedError

    lengths = np.arange(1, TEXTS + 1)
    losses = optimise(network, loss, lengths, STAGE, seed=seed, device="cpu", progress=progress, halfway=halfway)
    return network.state_dict(), losses


@pytest.mark.parametrize("every", [1, 4, 6])
@pytest.mark.parametrize("stop", [1, 5, 6, 7, 12, 17, 18])
def test_a_stage_that_was_stopped_ends_where_one_that_ran_through_does(stop, every, tmp_path):
    whole, losses = trained()
    halfway = Halfway(tmp_path / "stage.halfway", "key", every=every)
    with pytest.raises(StoppedError):
        trained(halfway, stop)
    assert halfway.path.is_file() == (stop >= every)
    found, again = trained(halfway)
    assert again == losses
    assert all(torch.equal(found[name], whole[name]) for name in whole)


def test_batches_that_are_done_are_not_done_again(tmp_path):
    halfway = Halfway(tmp_path / "stage.halfway", "key", every=5)
    with pytest.raises(StoppedError):
        trained(halfway, 12)
    with pytest.raises(StoppedError):
        trained(halfway, 11)  # the first batch after the ten that are kept
    trained(halfway, 10)  # never reached


def test_a_file_of_another_recipe_is_not_taken_up(tmp_path):
    with pytest.raises(StoppedError):
        trained(Halfway(tmp_path / "stage.halfway", "old", every=2), 7)
    found, _ = trained(Halfway(tmp_path / "stage.halfway", "new", every=50))
    whole, _ = trained()
    assert all(torch.equal(found[name], whole[name]) for name in whole)


def test_nothing_is_left_of_a_stage_that_is_done(tmp_path):
    halfway = Halfway(tmp_path / "stage.halfway", "key", every=2)
    trained(halfway)
    halfway.leave()
    halfway.leave()
    assert list(tmp_path.iterdir()) == []

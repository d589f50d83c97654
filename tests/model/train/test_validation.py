"""How stances are calibrated, and what is said of them."""

import numpy as np
import pytest

pytest.importorskip("torch", reason='needs pip install "emtract[train]"')
pytest.importorskip("transformers", reason='needs pip install "emtract[train]"')
pytest.importorskip("onnx", reason='needs pip install "emtract[train]"')

from emtract.model.train.scaling import Scaling, scale
from emtract.model.train.validation import calibrate_stance


def test_stances_of_a_balanced_lesson_take_the_shares_of_the_messages():
    rng = np.random.default_rng(0)
    logits = rng.normal(size=(6000, 3)) + np.array([-1.0, 1.0, 0.0])
    true = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    tags = (true.cumsum(axis=1) < rng.uniform(size=(6000, 1))).sum(axis=1)
    read = scale(true, Scaling((1.7,) * 3, (0.0, -1.7, -0.8)))
    scaling, told = calibrate_stance(read, tags)
    found = scale(read, scaling)
    assert np.abs(found - true).mean() < 0.02 < np.abs(read - true).mean()
    assert np.allclose(found.mean(axis=0), np.bincount(tags) / len(tags), atol=5e-3)
    assert told["log_loss"] < told["log_loss_of_shares"] - 0.1
    assert told["ece"] < 0.03
    assert 0.6 < told["auc"] < 1
    assert told["tagged"] == (tags != 1).sum()

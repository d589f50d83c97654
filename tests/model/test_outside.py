import numpy as np
import polars as pl
import pytest

from emtract.emotions import EMOTIONS
from emtract.model.outside import balanced_accuracy, outside_metrics

EYE = np.eye(7)


def test_a_perfect_reader():
    labels = np.tile(np.array([1, 6]), 20)
    posts = pl.DataFrame({"emotion": [EMOTIONS[i] for i in labels], "bullish": labels == 1})
    found = outside_metrics(EYE[labels], posts, np.random.default_rng(0))
    assert (found["n"], found["accuracy"], found["auc"], found["balanced_accuracy"]) == (40, 1, 1, 1)
    assert found["auc_se"] == 0


def test_errors_shrink_with_the_sample():
    rng = np.random.default_rng(1)
    found = []
    for n in (100, 1600):
        p = rng.dirichlet(np.ones(7), n)
        posts = pl.DataFrame({"emotion": rng.choice(EMOTIONS, n), "bullish": rng.random(n) < 0.5})
        found.append(outside_metrics(p, posts, np.random.default_rng(2))["auc_se"])
    assert found[0] / found[1] == pytest.approx(4, rel=0.4)


def test_balanced_accuracy_by_hand():
    signed = np.array([0.5, -0.2, 0.0, -0.1])
    assert balanced_accuracy(signed, np.array([True, True, True, False])) == pytest.approx((0.5 + 1) / 2)

import numpy as np
import polars as pl
import pytest
from scipy.special import softmax

from emtract.model.adapt.gain import measure, paired_gain
from emtract.model.evaluate import log_loss

RNG = np.random.default_rng(0)
LABELS = RNG.integers(0, 3, 400)
LOUD = softmax(2 * np.eye(3)[LABELS] + RNG.normal(0, 2, (400, 3)), axis=1)
BEST = softmax(np.log(LOUD) + np.eye(3)[LABELS], axis=1)


def row(frame, name):
    return frame.row(by_predicate=pl.col("measure") == name, named=True)


def test_a_reading_gains_nothing_over_itself():
    found = paired_gain(LOUD, LOUD, LABELS, np.arange(400))
    assert found.select("gain", "low", "high").rows() == [(0, 0, 0)] * 3 + [(0, None, None)]


def test_gains_are_differences_and_above_zero_where_the_second_is_better():
    found = paired_gain(LOUD, BEST, LABELS, np.arange(400))
    told = row(found, "log_loss")
    assert told["gain"] == pytest.approx(log_loss(LOUD, LABELS) - log_loss(BEST, LABELS))
    assert 0 < told["low"] < told["gain"] < told["high"]
    assert row(found, "accuracy")["gain"] == pytest.approx(
        measure(BEST, LABELS)["accuracy"] - measure(LOUD, LABELS)["accuracy"]
    )
    back = paired_gain(BEST, LOUD, LABELS, np.arange(400))
    for name in ("log_loss", "accuracy", "macro_f1"):
        forth, mirror = row(found, name), row(back, name)
        assert (mirror["gain"], mirror["low"]) == pytest.approx((-forth["gain"], -forth["high"]))


def test_the_interval_is_that_of_a_mean_of_differences():
    found = row(paired_gain(LOUD, BEST, LABELS, np.arange(400)), "log_loss")
    rows = np.arange(400)
    each = np.log(BEST[rows, LABELS]) - np.log(LOUD[rows, LABELS])
    error = each.std(ddof=1) / 20
    assert (found["high"] - found["low"]) / (2 * 1.96) == pytest.approx(error, rel=0.1)


def test_copies_make_no_interval_narrower():
    alone = row(paired_gain(LOUD, BEST, LABELS, np.arange(400)), "log_loss")
    four = [np.repeat(part, 4, axis=0) for part in (LOUD, BEST, LABELS)]
    told = row(paired_gain(*four, np.repeat(np.arange(400), 4)), "log_loss")
    assert (told["low"], told["high"]) == pytest.approx((alone["low"], alone["high"]))
    blind = row(paired_gain(*four, np.arange(1600)), "log_loss")
    assert blind["high"] - blind["low"] < 0.6 * (told["high"] - told["low"])

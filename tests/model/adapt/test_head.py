import numpy as np
import pytest
from scipy.optimize import check_grad
from scipy.special import softmax

from emtract.model.adapt import head as module
from emtract.model.adapt.head import Head, Sample, fit_path
from emtract.model.evaluate import log_loss
from emtract.model.train.scaling import temper

KNOWN = np.array([1, 2, 6])


def make_sample(n=400, *, width=12, known=KNOWN, truth=None, seed=0):
    """Texts whose labels follow the shipped logits, or those that `truth` makes of them."""
    rng = np.random.default_rng(seed)
    states, logits = rng.normal(3, [1] * (width - 1) + [4], (n, width)), rng.normal(0, 2, (n, 7))
    p = softmax((logits if truth is None else truth.apply(states, logits))[:, known], axis=1)
    labels = known[(p.cumsum(axis=1) > rng.random((n, 1))).argmax(axis=1)]
    return Sample(states, logits, labels, known)


def shifted(width=12):
    weight = np.zeros((7, width))
    weight[1, 0], weight[6, 0] = 1, -1
    return Head(np.eye(7), weight, np.zeros(7))


def test_a_huge_penalty_leaves_the_shipped_head():
    sample = make_sample(truth=shifted())
    (head,) = fit_path(sample, [1e9])
    shipped = softmax(sample.logits, axis=1)
    assert np.abs(softmax(head.apply(sample.states, sample.logits), axis=1) - shipped).max() < 1e-6


def test_a_small_penalty_finds_what_the_labels_say():
    sample, other = make_sample(20_000, truth=shifted()), make_sample(5_000, truth=shifted(), seed=1)
    (head,) = fit_path(sample, [0.1])
    wanted = shifted().weight
    assert np.abs(head.weight - wanted).max() < 0.1
    best = log_loss(softmax(shifted().apply(other.states, other.logits)[:, KNOWN], axis=1), other.places)
    assert log_loss(other.probabilities(head), other.places) == pytest.approx(best, abs=0.003)
    assert log_loss(other.probabilities(), other.places) > best + 0.3


def test_emotions_without_labels_keep_their_logits_and_the_others_their_mean():
    sample = make_sample(truth=shifted())
    for head in fit_path(sample, [10, 0.1]):
        found = head.temper(1.7, KNOWN).apply(sample.states, sample.logits)
        others = np.setdiff1d(np.arange(7), KNOWN)
        assert np.abs(found[:, others] - sample.logits[:, others]).max() < 1e-12
        assert np.abs((found - sample.logits)[:, KNOWN].mean(axis=1)).max() < 1e-6
        assert np.abs((found - sample.logits)[:, KNOWN]).max() > 0.1


def test_units_and_origin_of_the_states_do_not_matter():
    sample = make_sample(truth=shifted())
    moved = Sample(sample.states * 50 - 7, sample.logits, sample.labels, sample.known)
    for one, other in zip(fit_path(sample, [3, 0.3]), fit_path(moved, [3, 0.3]), strict=True):
        assert np.abs(sample.probabilities(one) - moved.probabilities(other)).max() < 1e-4


def test_a_path_is_that_of_its_penalties_one_by_one():
    sample = make_sample(truth=shifted())
    for penalty, head in zip([10, 1, 0.1], fit_path(sample, [10, 1, 0.1]), strict=True):
        (alone,) = fit_path(sample, [penalty])
        assert np.abs(head.weight - alone.weight).max() < 1e-3


def test_the_slope_of_the_loss_is_that_of_the_loss():
    rng = np.random.default_rng(0)
    x, z, tags = rng.normal(size=(9, 4)), rng.normal(size=(9, 3)), np.eye(3)[rng.integers(0, 3, 9)]
    point = rng.normal(size=12)
    arguments = (x, z, tags, 0.7)
    error = check_grad(lambda w: module._loss(w, *arguments)[0], lambda w: module._loss(w, *arguments)[1], point)
    assert error < 1e-5


@pytest.mark.parametrize("temperature", [0.4, 1, 3])
def test_temperature_is_that_of_probabilities_among_the_known(temperature):
    sample = make_sample(truth=shifted())
    (head,) = fit_path(sample, [1])
    found = sample.probabilities(head.temper(temperature, KNOWN))
    assert np.abs(found - temper(sample.probabilities(head), temperature)).max() < 1e-9


def test_states_that_never_vary_leave_shares_to_learn():
    sample = make_sample()
    still = Sample(np.ones_like(sample.states), np.zeros_like(sample.logits), sample.labels, KNOWN)
    (head,) = fit_path(still, [1e-6])
    shares = np.bincount(sample.places) / len(sample.labels)
    assert np.abs(still.probabilities(head) - shares).max() < 1e-3

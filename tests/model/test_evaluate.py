"""Metrics against scikit-learn where it is installed, against hand-computed values, and against laws."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emtract.emotions import EMOTIONS
from emtract.model.calibration import wilson
from emtract.model.evaluate import (
    MEASURES,
    auc,
    bootstrap,
    brier,
    by_fold,
    confusion,
    evaluate,
    macro_f1,
    mean_by_label,
    metrics_table,
    per_class,
    share_interval,
    spread,
    stance_auc,
    standard_errors,
)

EYE = np.eye(7)


def calibrated(n, seed=0, steepness=1.5):
    """Probabilities, and labels drawn from them: a forecaster that is right about how often it is right."""
    rng = np.random.default_rng(seed)
    logits = steepness * rng.normal(size=(n, 7))
    probabilities = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    return probabilities, (probabilities.cumsum(axis=1) < rng.random((n, 1))).sum(axis=1).clip(max=6)


def test_a_perfect_model():
    found = evaluate(EYE, np.arange(7))
    assert (found.accuracy, found.macro_f1, found.valence_accuracy, found.valence_macro_f1) == (1, 1, 1, 1)
    assert (found.log_loss, found.ece, found.ece_equal_mass, found.valence_log_loss, found.brier) == (0, 0, 0, 0, 0)


def test_valence_forgives_a_wrong_negative_emotion():
    found = evaluate(EYE[[3]], np.array([6]))
    assert (found.accuracy, found.valence_accuracy) == (0, 1)
    assert found.log_loss == pytest.approx(-np.log(1e-12))
    assert found.brier == 2


def test_macro_f1_by_hand():
    predicted, labels = np.array([0, 0, 1, 2, 2, 2]), np.array([0, 1, 1, 2, 0, 2])
    assert macro_f1(predicted, labels, 3) == pytest.approx((0.5 + 2 / 3 + 0.8) / 3)


def test_confusion_has_tags_in_rows():
    assert confusion(np.array([1, 1, 0]), np.array([0, 1, 1]), 2).tolist() == [[0, 1], [1, 1]]


@pytest.mark.parametrize("seed", [0, 1])
def test_scikit_learn_says_the_same(seed):
    sk = pytest.importorskip("sklearn.metrics", reason="pip install scikit-learn compares the metrics")
    p, y = calibrated(3000, seed)
    predicted, found = p.argmax(axis=1), evaluate(p, y)
    assert found.accuracy == pytest.approx(sk.accuracy_score(y, predicted))
    assert found.macro_f1 == pytest.approx(sk.f1_score(y, predicted, average="macro"))
    assert found.log_loss == pytest.approx(sk.log_loss(y, p, labels=range(7)))
    assert (confusion(predicted, y, 7) == sk.confusion_matrix(y, predicted)).all()
    table = per_class(p, y)
    precision, recall, f1, support = sk.precision_recall_fscore_support(y, predicted)
    for name, wanted in (("precision", precision), ("recall", recall), ("f1", f1), ("tagged", support)):
        assert np.allclose(table[name].to_numpy(), wanted), name
    assert auc(p[:, 1].round(1), y == 1) == pytest.approx(sk.roc_auc_score(y == 1, p[:, 1].round(1)))
    binary = sum(np.mean((p[:, k] - (y == k)) ** 2) for k in range(7))
    assert brier(p, y) == pytest.approx(binary)


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 1000), st.integers(1, 60))
def test_the_order_of_the_rows_changes_nothing(seed, n):
    p, y = calibrated(n, seed)
    order = np.random.default_rng(seed).permutation(n)
    a, b = evaluate(p, y), evaluate(p[order], y[order])
    for name in MEASURES:
        assert getattr(a, name) == pytest.approx(getattr(b, name)), name


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 1000), st.integers(1, 60))
def test_shares_are_shares_and_bounds_hold(seed, n):
    found = evaluate(*calibrated(n, seed))
    assert 0 <= found.macro_f1 <= 1 and 0 <= found.brier <= 2 and found.log_loss >= 0
    assert 0 <= found.ece <= 1 and 0 <= found.ece_equal_mass <= 1
    # Summing probabilities can only raise the one of the tag's class.
    assert found.valence_log_loss <= found.log_loss + 1e-12


def test_true_probabilities_are_calibrated_and_steep_ones_are_not():
    p, y = calibrated(60_000)
    assert evaluate(p, y).ece < 0.01 and evaluate(p, y).ece_equal_mass < 0.01
    steep = p**3 / (p**3).sum(axis=1, keepdims=True)
    assert evaluate(steep, y).ece > 0.15


def test_precision_is_unknown_where_nothing_is_predicted():
    table = per_class(EYE[[0, 0]], np.array([0, 1]))
    assert table["emotion"].to_list() == list(EMOTIONS)
    assert table["precision"].to_list()[:2] == [0.5, None]
    assert table["recall"].to_list() == [1.0, 0.0, None, None, None, None, None]
    assert (table["precision_low"][0], table["precision_high"][1]) == (pytest.approx(0.0945, abs=1e-4), 1.0)


def test_auc_by_hand():
    assert auc(np.array([0.1, 0.4, 0.4, 0.9]), np.array([False, True, False, True])) == 0.875
    assert np.isnan(auc(np.array([1.0]), np.array([True])))


def test_the_auc_of_stances_is_that_of_tagged_posts_by_what_they_lean_to():
    stance = np.array(
        [[0.1, 0.6, 0.3], [0.02, 0.9, 0.08], [0.3, 0.3, 0.4], [0.6, 0.2, 0.2], [0.0, 0.0, 1.0], [0.0, 1.0, 0.0]]
    )
    # Leans: .75, .8, .571, .25, 1, .5 where nothing is said.
    tags = np.array([2, 2, 0, 0, 1, 1])
    assert stance_auc(stance, tags) == 1
    assert stance_auc(stance, np.array([2, 0, 2, 0, 1, 1])) == 0.5
    assert stance_auc(stance, np.array([1, 1, 2, 1, 1, 0])) == 1
    assert np.isnan(stance_auc(stance, np.array([2, 2, 1, 1, 1, 1])))


@given(st.integers(0, 2**32 - 1))
def test_the_auc_of_stances_asks_nothing_of_how_likely_a_tag_is(seed):
    rng = np.random.default_rng(seed)
    stance, tags = rng.dirichlet([1, 1, 1], 40), rng.integers(0, 3, 40)
    shy = np.column_stack([stance[:, 0], stance[:, 1] + 9, stance[:, 2]]) / 10
    found = stance_auc(stance, tags)
    assert stance_auc(shy, tags) == pytest.approx(found, nan_ok=True)
    assert stance_auc(stance[:, ::-1], 2 - tags) == pytest.approx(found, nan_ok=True)


def test_the_bootstrap_knows_the_error_of_a_mean():
    values = np.random.default_rng(0).normal(size=2000)
    (error,) = bootstrap(lambda rows: [values[rows].mean()], 2000, np.random.default_rng(1), draws=400)
    assert error == pytest.approx(values.std() / np.sqrt(2000), rel=0.12)


def test_standard_errors_of_accuracy_are_binomial():
    p, y = calibrated(2000)
    errors = standard_errors(p, y, np.random.default_rng(2), draws=200)
    share = evaluate(p, y).accuracy
    assert set(errors) == set(MEASURES)
    assert errors["accuracy"] == pytest.approx(np.sqrt(share * (1 - share) / 2000), rel=0.2)


def test_the_spread_over_folds_and_its_table():
    p, y = np.vstack([EYE, EYE[::-1]]), np.tile(np.arange(7), 2)
    parts = by_fold(p, y, np.repeat([2, 1], 7))
    assert list(parts) == [1, 2] and parts[2].accuracy == 1
    found = spread(list(parts.values()))
    assert found["accuracy"]["mean"] == pytest.approx(4 / 7)
    assert found["accuracy"]["sd"] == pytest.approx(np.std([1, 1 / 7], ddof=1))
    assert spread([parts[1]])["accuracy"]["sd"] == 0
    assert "| accuracy | 0.5714 ± 0.6061 |" in metrics_table({"fp32": found})
    old = {name: value for name, value in found.items() if name != "brier"}
    assert "brier" not in metrics_table({"old card": old})


def test_mean_probabilities_by_label_are_those_of_each_label_alone():
    rng = np.random.default_rng(5)
    p, labels = rng.dirichlet(np.ones(7), size=60), rng.integers(0, 6, 60)
    means, n = mean_by_label(p, labels)
    assert n.tolist() == np.bincount(labels, minlength=7).tolist() and n[6] == 0
    for emotion in range(6):
        assert means[emotion] == pytest.approx(p[labels == emotion].mean(axis=0))
    assert means[6].tolist() == [0.0] * 7
    hard = np.eye(7)[p.argmax(axis=1)]
    counts = confusion(p.argmax(axis=1), labels, 7)
    assert mean_by_label(hard, labels)[0][:6] == pytest.approx((counts / np.maximum(n, 1)[:, None])[:6])


def test_labels_of_one_post_are_drawn_together_and_tell_no_more_than_the_post():
    """Each post labelled five times alike: as much is known as of the posts, not of five times as many."""
    rng = np.random.default_rng(0)
    p, labels = rng.dirichlet(np.ones(7), 200), rng.integers(0, 7, 200)
    posts = np.repeat(np.arange(200), 5)
    once = standard_errors(p, labels, np.random.default_rng(1))
    often = standard_errors(p[posts], labels[posts], np.random.default_rng(1), posts=posts)
    naive = standard_errors(p[posts], labels[posts], np.random.default_rng(1))
    for name, error in once.items():
        if not name.startswith("ece"):
            assert often[name] == pytest.approx(error, rel=1e-9)
    assert naive["accuracy"] < 0.6 * once["accuracy"]
    hits = int((p.argmax(axis=1) == labels).sum())
    share = hits / 200
    assert share_interval(share, once["accuracy"], np.arange(200)) == wilson(hits, 200)
    exact = (share * (1 - share) / 200) ** 0.5
    assert share_interval(share, exact, posts) == pytest.approx(wilson(hits, 200))
    assert share_interval(1.0, 0.0, posts) == wilson(200, 200)

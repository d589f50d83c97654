"""Slices of posts, pairs of scorers, and the corpus outside the tagged sample, against arithmetic by hand."""

import numpy as np
import polars as pl
import pytest

from emtract.emotions import EMOTIONS
from emtract.model.comparisons import agreement, balanced_accuracy, outside_metrics, slice_metrics, traits

EYE = np.eye(7)


def test_traits_of_posts():
    table = traits(["$TSLA 🚀", "x" * 81, "$A $B", "$A $B $C " + "y" * 140, "it costs $5"])
    assert table["emoji"].to_list() == ["with an emoji", *["without an emoji"] * 4]
    assert table["cashtags"].to_list() == [
        f"{count} cashtag{'s' * (count != 'at most one')}"
        for count in ("at most one", "at most one", "two", "three or more", "at most one")
    ]
    assert table["length"].to_list() == [
        "up to 40 characters", "81-140 characters", "up to 40 characters", "over 140 characters", "up to 40 characters",
    ]  # fmt: skip


def test_a_slice_counts_its_own_rows_only():
    groups = pl.DataFrame({"kind": ["a", "a", "b", None]})
    table = slice_metrics(EYE[[0, 1, 2, 3]], np.array([0, 0, 2, 0]), groups)
    assert table.select("level", "n", "accuracy").rows() == [("a", 2, 0.5), ("b", 1, 1.0)]
    assert table["macro_f1"].to_list() == [None, None]
    assert table["low"][0] == pytest.approx(0.0945, abs=1e-4)


def test_levels_come_in_order_and_add_up():
    bodies = ["x" * n for n in (200, 100, 50, 10)] * 60
    table = slice_metrics(EYE[[0] * 240], np.zeros(240, dtype=int), traits(bodies))
    lengths = table.filter(pl.col("slice") == "length")
    assert lengths["level"].to_list()[0] == "up to 40 characters" and lengths["n"].to_list() == [60] * 4
    assert table.filter(pl.col("slice") == "emoji")["macro_f1"].to_list() == [pytest.approx(1 / 7)]


def test_every_pair_once_and_oneself_agrees():
    p = np.random.default_rng(0).dirichlet(np.ones(7), 50)
    table = agreement({"a": p, "b": p, "c": np.roll(p, 1, axis=1)})
    assert table.select("first", "second").rows() == [("a", "b"), ("a", "c"), ("b", "c")]
    same = table.row(0, named=True)
    assert (same["n"], same["same_label"], same["mean_difference"]) == (50, 1, 0)
    assert same["valence_correlation"] == pytest.approx(1)
    assert table["same_label"][1] == 0


def test_by_hand():
    row = agreement({"a": EYE[[1, 2, 0]], "b": EYE[[1, 1, 0]]}).row(0, named=True)
    assert (row["same_label"], row["mean_difference"]) == (pytest.approx(2 / 3), pytest.approx(2 / 21))
    assert row["valence_correlation"] == pytest.approx(np.corrcoef([1, -1, 0], [1, 1, 0])[0, 1])


def test_an_instrument_of_valence_is_compared_by_valence_only():
    table = agreement({"a": EYE[[1, 2]], "b": EYE[[1, 6]], "vader": EYE[[1, 3]]}, valence_only=["vader"])
    assert table["same_label"].to_list() == [0.5, None, None]
    assert table["mean_difference"].is_null().to_list() == [False, True, True]
    assert table["same_valence"].to_list() == [1, 1, 1]


def test_a_constant_valence_correlates_with_nothing():
    assert agreement({"a": EYE[[0, 0]], "b": EYE[[0, 1]]})["valence_correlation"].to_list() == [None]
    assert agreement({"alone": EYE}).height == 0


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


def test_texts_that_one_of_two_scorers_left_unread_are_no_neutral_ones():
    rng = np.random.default_rng(0)
    a, b = rng.dirichlet(np.ones(7), 60), rng.dirichlet(np.ones(7), 60)
    holes = b.copy()
    holes[:20] = np.nan
    assert agreement({"a": a, "b": holes}).equals(agreement({"a": a[20:], "b": b[20:]}))
    assert agreement({"a": a, "b": b * np.nan}).row(0) == ("a", "b", 0, None, None, None, None)

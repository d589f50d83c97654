import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emtract.emotions import EMOTIONS, valence
from emtract.model.changes import LEAST, beside_placebo, change_row, changes_by


def readings(n, seed):
    raw = np.random.default_rng(seed).random((n, len(EMOTIONS)))
    return raw / raw.sum(axis=1, keepdims=True)


@given(st.integers(2, 60), st.integers(0, 5))
def test_nothing_changes_where_readings_are_the_same_and_labels_count_once(n, seed):
    plain, other = readings(n, seed), readings(n, seed + 100)
    same = change_row(plain, plain, 2 * n)
    assert (same["labels"], same["abs_valence"], same["mean_valence"], same["share"]) == (0, 0, 0, 0.5)
    told = change_row(plain, other, 2 * n)
    assert told["labels"] == np.mean([a.argmax() != b.argmax() for a, b in zip(plain, other, strict=True)])
    assert told["labels_of_all"] == pytest.approx(told["labels"] / 2)
    assert told["low"] - 1e-9 <= told["labels"] <= told["high"] + 1e-9
    assert told["mean_valence"] == pytest.approx(np.mean(valence(other) - valence(plain)))
    assert abs(told["mean_valence"]) <= told["abs_valence"] <= 2


def test_no_text_is_no_share():
    empty = np.empty((0, len(EMOTIONS)))
    assert change_row(empty, empty, 10) == {"texts": 0, "share": 0.0, "labels_of_all": 0.0}


@given(st.integers(30, 80), st.integers(0, 5))
def test_an_edit_that_does_what_the_placebo_does_is_not_told_apart(n, seed):
    plain, other = readings(n, seed), readings(n, seed + 100)
    same = beside_placebo(plain, other, other)
    assert same["labels"] == same["labels_low"] == same["labels_high"] == 0
    more = beside_placebo(plain, other, plain)
    assert more["labels"] == change_row(plain, other, n)["labels"]
    assert more["labels_low"] <= more["labels"] <= more["labels_high"]


def test_groups_add_up_and_small_ones_stand_together():
    n = 2 * LEAST + 5
    names = ["a"] * LEAST + ["b"] * LEAST + ["c"] * 3 + ["d"] * 2
    plain, other, flags = readings(n, 1), readings(n, 2), np.arange(n) % 2 == 0
    told = changes_by(names, plain, other, flags)
    assert told["group"].to_list() == ["a", "b", "others"]
    assert told["audited"].to_list() == [LEAST, LEAST, 5]
    assert told["texts"].sum() == flags.sum()

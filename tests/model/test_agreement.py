import numpy as np
import pytest

from emtract.model.agreement import agreement

EYE = np.eye(7)


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

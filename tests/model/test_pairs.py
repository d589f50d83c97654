"""Pairs of scorers: agreement by hand, laws of kappa and its interval, and what scorers of valence leave out."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from emtract.emotions import EMOTIONS, valence
from emtract.model.pairs import ALL, LEAST, compare_pairs, confusions

EYE = np.eye(7)


def drawn(seed, n=300):
    return np.random.default_rng(seed).dirichlet(np.ones(7), n)


def pair(a, b, **options):
    return compare_pairs({"a": a, "b": b}, **options).row(0, named=True)


def test_by_hand():
    # Of four texts three agree; by chance (2 * 1 + 2 * 3) / 16 would.
    row = pair(EYE[[1, 1, 2, 2]], EYE[[1, 2, 2, 2]])
    assert (row["slice"], row["level"], row["n"], row["same_label"]) == (*ALL, 4, 0.75)
    assert row["kappa"] == pytest.approx((0.75 - 0.5) / 0.5)
    assert row["pearson"] == pytest.approx(np.corrcoef([1, 1, -1, -1], [1, -1, -1, -1])[0, 1])


@given(arrays(np.int8, 60, elements=st.integers(0, 6)), arrays(np.int8, 60, elements=st.integers(0, 6)))
def test_kappa_is_symmetric_and_lies_within_its_interval(one, two):
    row, other = pair(EYE[one], EYE[two]), pair(EYE[two], EYE[one])
    if row["kappa"] is None:
        assert len({*one, *two}) == 1
        return
    assert row["kappa"] == pytest.approx(other["kappa"])
    assert row["kappa_low"] - 1e-9 <= row["kappa"] <= min(1, row["kappa_high"] + 1e-9)


def test_the_interval_of_kappa_is_that_of_a_bootstrap():
    rng = np.random.default_rng(4)
    one = rng.integers(0, 7, 800)
    two = np.where(rng.random(800) < 0.6, one, rng.integers(0, 7, 800))
    row = pair(EYE[one], EYE[two])
    again = []
    for _ in range(200):
        own = rng.integers(0, 800, 800)
        again.append(pair(EYE[one[own]], EYE[two[own]])["kappa"])
    assert (row["kappa_high"] - row["kappa_low"]) / 3.92 == pytest.approx(np.std(again), rel=0.2)


def test_scorers_that_know_nothing_of_each_other_agree_by_chance():
    row = pair(drawn(0, 5000), drawn(1, 5000))
    assert row["kappa_low"] < 0 < row["kappa_high"]
    assert abs(row["pearson"]) < 0.05 and abs(row["spearman"]) < 0.05 and abs(row["confidence"]) < 0.05


def test_one_beside_itself():
    row = pair(drawn(2), drawn(2))
    numbers = ("same_label", "kappa", "same_valence", "valence_kappa", "pearson", "spearman", "confidence")
    assert [row[name] for name in numbers] == pytest.approx([1] * 7)


def test_a_monotone_change_moves_pearson_and_not_spearman():
    p = np.zeros((50, 7))
    p[:, 1] = np.linspace(0, 0.99, 50)
    p[:, 0] = 1 - p[:, 1]
    bent = p.copy()
    bent[:, 1] = p[:, 1] ** 4
    bent[:, 0] = 1 - bent[:, 1]
    row = pair(p, bent)
    assert row["spearman"] == pytest.approx(1) and row["pearson"] < 0.95


def test_a_scorer_of_valence_has_no_labels():
    row = pair(drawn(0), drawn(1), valence_only=["b"])
    assert [row[name] for name in ("same_label", "same_low", "kappa", "kappa_high")] == [None] * 4
    assert row["valence_kappa"] is not None and row["pearson"] is not None
    counted = confusions({"a": drawn(0), "b": drawn(1)}, valence_only=["b"])
    assert counted["of_first"].unique().sort().to_list() == ["negative", "neutral", "positive"]


def test_levels_are_slices_of_all_and_small_ones_are_left_out():
    groups = pl.DataFrame({"kind": ["x"] * 200 + ["y"] * (LEAST - 1) + [None] * (300 - 199 - LEAST)})
    table = compare_pairs({"a": drawn(0), "b": drawn(1)}, groups)
    assert table.select("slice", "level", "n").rows() == [(*ALL, 300), ("kind", "x", 200)]
    assert table.row(1, named=True)["pearson"] == pytest.approx(
        np.corrcoef(valence(drawn(0)[:200]), valence(drawn(1)[:200]))[0, 1]
    )


def test_texts_that_one_did_not_read_are_left_out_of_its_pairs_alone():
    gap = drawn(1).copy()
    gap[:100] = np.nan
    table = compare_pairs({"a": drawn(0), "b": gap, "c": drawn(2)})
    assert table["n"].to_list() == [200, 300, 200]
    assert compare_pairs({"a": drawn(0), "b": np.full((300, 7), np.nan)})["same_label"].to_list() == [None]


def test_confusions_are_the_texts():
    a, b = drawn(5), drawn(6)
    counted = confusions({"a": a, "b": b})
    assert counted["n"].sum() == 300 and counted.height == 49
    joy = counted.filter(of_first="happy", of_second="fear").row(0, named=True)
    rows = a.argmax(axis=1) == EMOTIONS.index("happy")
    n = (rows & (b.argmax(axis=1) == EMOTIONS.index("fear"))).sum()
    assert (joy["n"], joy["share"]) == (n, pytest.approx(n / rows.sum()))
    assert compare_pairs({"alone": a}).height == confusions({"alone": a}).height == 0

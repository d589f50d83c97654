"""Agreement against another program's figures, by hand, and its interval."""

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from emtract.emotions import EMOTIONS
from emtract.tagging.agreement import agreement

REFERENCE = json.loads((Path(__file__).parent.parent / "reference/krippendorff.json").read_text())


def tags(rows):
    """Tags from a list a tagger of indices in `EMOTIONS`, None for no answer or one that cannot be told."""
    flat = [
        (f"t{text:04d}", f"p{person}", None if tag is None else EMOTIONS[tag])
        for person, given in enumerate(rows)
        for text, tag in enumerate(given)
    ]
    schema = dict.fromkeys(("text_key", "tagger", "label"), pl.String)
    return pl.DataFrame(flat, schema=schema, orient="row")


@pytest.mark.parametrize("case", REFERENCE)
def test_alpha_is_that_of_another_program(case):
    assert agreement(tags(case["tags"])).alpha == pytest.approx(case["alpha"], abs=1e-12)


def test_figures_by_hand():
    found = agreement(tags([[0, 0, 1, 1, None], [0, 1, 1, 1, 2]]))
    assert (found.texts, found.tags, found.same) == (4, 8, 0.75)
    # 3 of 8 neutral, 5 happy: two of eight coincidences are apart, 30 of 56 pairs would be.
    assert found.alpha == pytest.approx(1 - 7 * 2 / 30)
    happy = found.by_emotion.row(by_predicate=pl.col("emotion") == "happy", named=True)
    assert happy["tags"] == 5 and happy["same"] == pytest.approx(4 / 5) and happy["alpha"] == pytest.approx(found.alpha)
    assert found.by_emotion.row(by_predicate=pl.col("emotion") == "sad")[1:] == (0, None, None)


def test_pairs_of_taggers_are_told_apart():
    rng = np.random.default_rng(2)
    truth = rng.integers(0, 7, 60)
    found = agreement(tags([truth.tolist(), truth.tolist(), rng.permutation(truth).tolist()]))
    told = {row["taggers"]: row for row in found.by_pair.iter_rows(named=True)}
    assert told["p0, p1"]["alpha"] == 1 and told["p0, p2"]["alpha"] == pytest.approx(told["p1, p2"]["alpha"])
    assert abs(told["p0, p2"]["alpha"]) < 0.2


def test_nothing_is_told_of_one_tagger_nor_of_one_emotion():
    assert agreement(tags([[0, 1, 2]])) is None
    assert agreement(tags([[0, None, 2], [None, 1, None]])) is None
    found = agreement(tags([[3, 3], [3, 3]]))
    assert found.same == 1 and np.isnan([found.alpha, found.low, found.high]).all()


def test_the_interval_holds_the_truth_as_often_as_it_says():
    """Two taggers who tag the truth with probability .8, else any emotion: .64 of pairs meet, and chance."""
    rng, hits, draws = np.random.default_rng(5), 0, 60
    shares = np.array([0.4, 0.2, 0.1, 0.1, 0.1, 0.05, 0.05])
    marginal = 0.8 * shares + 0.2 / 7
    same = 0.64 + 2 * 0.16 / 7 + 0.04 / 7
    chance = (marginal**2).sum()
    truth = (same - chance) / (1 - chance)
    for _ in range(draws):
        label = rng.choice(7, 150, p=shares)
        rows = np.where(rng.random((2, 150)) < 0.8, label, rng.integers(0, 7, (2, 150)))
        found = agreement(tags(rows.tolist()))
        hits += found.low <= truth <= found.high
    assert 0.85 < hits / draws < 1

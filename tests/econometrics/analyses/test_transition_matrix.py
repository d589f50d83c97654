"""The matrix of emotions against counts by hand; rows add up, independence is a ratio of one, errors are of authors."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emtract.econometrics.analyses.transition_matrix import STAYS, TransitionMatrix
from emtract.emotions import EMOTIONS
from emtract.panel.frame import Sample

ASKED = TransitionMatrix(label="M")


def sample(pairs, authors=None):
    before, after = zip(*pairs, strict=True)
    authors = range(len(pairs)) if authors is None else authors
    data = pl.DataFrame({"dominant_before": before, "dominant_after": after, "author": list(authors)})
    return {"transitions": Sample(data, unit="pairs of posts")}


def cells(found, group):
    return found.charts[0].frame.filter(pl.col("group") == group)


def test_shares_and_ratios_by_hand():
    pairs = [("happy", "happy")] * 3 + [("happy", "fear")] + [("fear", "fear")] * 2 + [("fear", "happy")] * 2
    found = ASKED.run(sample(pairs))
    share = cells(found, "Shares of a row, per cent").filter(pl.col("row") == "happy (4)")
    assert dict(share.select("column", "value").rows()) == {
        e: {"happy": 75.0, "fear": 25.0}.get(e, 0.0) for e in EMOTIONS
    }
    ratio = cells(found, "Ratio to independence").filter((pl.col("row") == "fear (4)") & (pl.col("column") == "fear"))
    assert ratio["value"].item() == pytest.approx(0.5 / (3 / 8))
    assert found.row(STAYS)["estimate"] == pytest.approx(100 * (5 / 8 - (4 / 8) * (5 / 8) - (4 / 8) * (3 / 8)))
    assert found.row("happy stays, less chance")["estimate"] == pytest.approx(100 * (3 / 4 - 5 / 8))
    # An emotion that no post had has no row to add up.
    assert cells(found, "Shares of a row, per cent").filter(pl.col("row") == "sad (0)")["value"].null_count() == 7


@given(st.lists(st.tuples(*[st.sampled_from(EMOTIONS)] * 2), min_size=3, max_size=60))
def test_rows_add_up_and_counts_are_all_pairs(pairs):
    pairs = [*pairs, ("happy", "happy"), ("happy", "fear"), ("fear", "happy")]
    found = ASKED.run(sample(pairs))
    sums = cells(found, "Shares of a row, per cent").drop_nulls().group_by("row").agg(pl.col("value").sum())
    assert sums["value"].to_list() == pytest.approx([100.0] * sums.height)
    assert cells(found, "Pairs")["value"].sum() == len(pairs) == found.n_obs


def test_independent_emotions_stay_no_more_than_by_chance_and_errors_are_of_authors():
    rng = np.random.default_rng(1)
    drawn = rng.choice(EMOTIONS, (4000, 2), p=[0.4, 0.2, 0.1, 0.1, 0.05, 0.05, 0.1])
    found = ASKED.run(sample(drawn.tolist()))
    assert abs(found.row(STAYS)["statistic"]) < 3
    twice = ASKED.run(sample(drawn.tolist() * 2, [*range(4000)] * 2))
    assert twice.row(STAYS)["std_error"] == pytest.approx(found.row(STAYS)["std_error"])
    scatter = [ASKED.run(sample(rng.permutation(drawn).tolist()[:400])).row(STAYS)["estimate"] for _ in range(150)]
    small = ASKED.run(sample(drawn.tolist()[:400])).row(STAYS)["std_error"]
    assert small == pytest.approx(np.std(scatter), rel=0.25)

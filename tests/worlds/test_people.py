"""People drawn by written-down rules follow them."""

import numpy as np
import polars as pl
import pytest

from tests.worlds.people import NOISE, MoodTruth, simulate_people


def test_moods_follow_their_rules():
    rules = MoodTruth(persistence=0.4, gain=0.5, loss=-1.0, others=0.2, spread=0.0)
    data = simulate_people(np.random.default_rng(1), 2000, truth=rules).data
    x = data.select(
        "valence_before", pl.col("gain_between").fill_null(0), pl.col("loss_between").fill_null(0), "valence_others"
    ).to_numpy()
    y = data["valence_after"].to_numpy()
    slopes, left, *_ = np.linalg.lstsq(np.column_stack([x, np.ones(len(y))]), y, rcond=None)
    assert slopes[:4] == pytest.approx([0.4, 0.5, -1.0, 0.2], abs=0.03)
    assert np.sqrt(left[0] / len(y)) == pytest.approx(NOISE, rel=0.02)


def test_a_pair_s_first_post_is_the_last_pair_s_second_and_returns_need_a_close():
    data = simulate_people(np.random.default_rng(2), 30).data.sort("chain", "nth")
    following = data.with_columns(pl.col("valence_after").shift(1).over("chain").alias("told"))
    assert following.drop_nulls("told").select((pl.col("told") - pl.col("valence_before")).abs().max()).item() == 0
    assert (
        data.filter(pl.col("n_closes") == 0)["return_between"].null_count()
        == data.filter(pl.col("n_closes") == 0).height
    )
    assert data.filter(pl.col("n_closes") > 0)["return_between"].null_count() == 0


def test_one_seed_gives_one_world():
    one, two = (simulate_people(np.random.default_rng(3), 10).data for _ in range(2))
    assert one.equals(two)

"""Hours of the week: shares and contrasts against ratios by hand and a simulated truth."""

import datetime as dt

import numpy as np
import polars as pl
import pytest

from emtract.econometrics.analyses.hourly_mood import CONTRASTS, OPEN_SHARE, HourlyMood
from emtract.econometrics.sentences import finding_sentence
from emtract.emotions import EMOTIONS
from emtract.panel.frame import Sample

MOOD = HourlyMood(label="When", min_posts=5)


def hours(rng, *, days=200, effect=0.0):
    """Rows of a sample: two hours a day, the exchange open in one of them on weekdays, moods that last from day to day."""
    rows = []
    level = 0.0
    for k in range(days):
        day = dt.date(2020, 1, 1) + dt.timedelta(days=k)
        level = 0.5 * level + rng.normal(0, 0.05)
        for hour in (3, 11):
            is_open = hour == 11 and day.isoweekday() < 6
            n = int(rng.integers(1, 20))
            valence = level + effect * is_open + rng.normal(0, 0.3) / np.sqrt(n)
            rows.append((day, day.isoweekday(), hour, is_open, n, float(valence)))
    names = ["day", "weekday", "hour", "is_open", "n_posts", "valence"]
    data = pl.DataFrame(rows, schema=names, orient="row").with_columns(pl.lit(1 / 7).alias(e) for e in EMOTIONS)
    return {"posting_hours": Sample(data, unit="hours")}


def test_shares_and_contrasts_are_ratios_of_posts():
    samples = hours(np.random.default_rng(1))
    data = samples["posting_hours"].data
    found = MOOD.run(samples)
    share = 100 * data.filter("is_open")["n_posts"].sum() / data["n_posts"].sum()
    assert found.row(OPEN_SHARE)["estimate"] == pytest.approx(share)
    assert found.row(OPEN_SHARE)["p_value"] is None
    for name, parts in CONTRASTS.items():
        means = [
            (own := data.filter(part))
            .select((pl.col("valence") * pl.col("n_posts")).sum() / own["n_posts"].sum())
            .item()
            for part in parts
        ]
        assert found.row(name)["estimate"] == pytest.approx(means[0] - means[1])
    assert found.n_obs == data["n_posts"].sum()
    assert " % (95 % interval" in finding_sentence(found, OPEN_SHARE)


def test_intervals_hold_the_truth_where_moods_last():
    rng, inside = np.random.default_rng(2), 0
    for _ in range(100):
        row = MOOD.run(hours(rng, effect=0.1)).row("open less closed")
        inside += row["conf_low"] <= 0.1 <= row["conf_high"]
    assert 88 <= inside <= 100


def test_the_grid_has_every_hour_of_the_week():
    samples = hours(np.random.default_rng(3))
    frame = MOOD.run(samples).charts[0].frame
    assert frame.group_by("group").len()["len"].unique().to_list() == [168]
    shares = frame.filter(pl.col("group") == "Posts, per cent")["value"]
    assert shares.sum() == pytest.approx(100)
    valence = frame.filter(pl.col("group") == "Valence")
    assert valence["value"].count() == 14
    sparse = HourlyMood(label="When", min_posts=10**6).run(samples).charts[0].frame
    assert sparse.filter(pl.col("group") == "Valence")["value"].count() == 0


def test_a_part_of_the_week_without_posts_has_no_row():
    samples = hours(np.random.default_rng(4))
    weekdays = samples["posting_hours"].data.filter(pl.col("weekday") < 6)
    found = MOOD.run({"posting_hours": Sample(weekdays, unit="hours")})
    assert "weekend less weekdays" not in found.estimates["term"]
    assert "Monday less Friday" in found.estimates["term"]

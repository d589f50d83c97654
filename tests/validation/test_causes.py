"""Precision and recall of kinds are weighted by stratum; the committed table is the one that the committed tags give."""

import numpy as np
import polars as pl
import pytest

from emtract.text.causes import CAUSES
from tests.validation.causes import FOLDER, draw_sample, measure_tags, strata


def flagged(*kinds):
    return {kind: kind in kinds for kind in CAUSES}


def test_a_text_belongs_to_the_rarest_kind_found_in_it():
    found = pl.DataFrame([flagged("price"), flagged("price", "macro"), flagged()])
    assert strata(found).to_list() == ["price", "macro", "none"]


def test_drawn_texts_stand_for_all_texts():
    rng = np.random.default_rng(0)
    found = pl.DataFrame([flagged(*rng.choice(CAUSES, rng.integers(0, 3), replace=False)) for _ in range(2_000)])
    drawn = draw_sample(found, seed=0)
    assert drawn["weight"].sum() == pytest.approx(2_000)
    assert drawn.height == 200
    assert drawn["row"].is_unique().all()
    assert drawn.equals(draw_sample(found, seed=0))


def test_precision_and_recall_weigh_texts_by_what_they_stand_for():
    """Of price, found stands for 30 texts and 10 are wrong; of all that are about it, 20 of 60 are found."""
    tags = pl.DataFrame(
        {
            "stratum": ["price", "price", "none"],
            "weight": [20.0, 10.0, 40.0],
            "found": ["price", "price", ""],
            "tagged": ["price", "macro", "price"],
        }
    )
    row = measure_tags(tags, seed=0).filter(kind="price").row(0, named=True)
    assert (row["precision"], row["recall"]) == pytest.approx((2 / 3, 1 / 3))
    assert row["precision_low"] <= row["precision"] <= row["precision_high"]


def test_the_committed_precision_is_made_of_the_committed_tags():
    told = {"post_id": pl.String, "found": pl.String, "tagged": pl.String}
    sample, tags = (pl.read_csv(FOLDER / f"{name}.csv", schema_overrides=told) for name in ("sample", "tags"))
    assert sample.height == tags.height == 200
    assert {kind for row in tags["tagged"].fill_null("") for kind in row.split()} <= set(CAUSES)
    made = measure_tags(sample.join(tags, on="post_id", validate="1:1"), seed=0)
    held = pl.read_csv(FOLDER / "precision.csv")
    assert made.with_columns(pl.selectors.float().round(3)).equals(held)

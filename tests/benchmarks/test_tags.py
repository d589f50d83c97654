"""What writers' tags add: the committed table is whole, and a gain that stands in the data is seen."""

import numpy as np
import polars as pl
import pytest

from emtract.emotions import EMOTIONS, STANCES
from emtract.evidence import counted_likelihood, with_evidence
from emtract.model.samples import out_of_fold_frame
from tests.benchmarks.tags import OUTPUT, SPECS, compare, hand_tags, held_out
from tests.docs.cells import ROOT

HAPPY, FEAR = EMOTIONS.index("happy"), EMOTIONS.index("fear")


def test_every_mood_and_measure_is_told_with_and_without_tags():
    told = pl.read_csv(ROOT / OUTPUT)
    assert {*SPECS.values(), "texts tagged by hand"} <= set(told["of"])
    for _, rows in told.group_by("of", "measure"):
        assert rows["tags"].to_list()[:2] == ["ignore", "evidence"]
    assert (told["low"] <= told["value"]).all() and (told["value"] <= told["high"]).all()


def weighed(told, stances, ours):
    return compare("posts", told, with_evidence(told, stances, counted_likelihood()), ours)


def test_tags_that_tell_the_emotion_are_a_gain_and_others_none():
    ours = np.eye(7)[[HAPPY] * 40 + [FEAR] * 40]
    unsure = np.full((80, 7), 0.02, np.float32)
    unsure[:, HAPPY] = unsure[:, FEAR] = 0.45
    right = np.repeat([STANCES.index("bullish"), STANCES.index("bearish")], 40)
    gains = {row["measure"]: row["value"] for row in weighed(unsure, right, ours) if row["tags"] == "gain"}
    assert gains["accuracy"] == pytest.approx(0.5) and gains["log loss"] < -0.3
    wrong = {row["measure"]: row["value"] for row in weighed(unsure, right[::-1], ours) if row["tags"] == "gain"}
    assert wrong["accuracy"] == pytest.approx(-0.5)


def test_two_taggers_share_a_text_and_one_who_cannot_tell_has_no_say():
    given = pl.DataFrame({"text_key": ["a", "a", "b"], "label": ["happy", "fear", None]})
    found = hand_tags(given, ["a", "b"])
    assert found[0, [HAPPY, FEAR]].tolist() == [0.5, 0.5] and not found[1].any()


@pytest.mark.real_data
def test_messages_out_of_fold_are_weighed_by_the_other_folds(data, tmp_path):
    from emtract.model.train.corpora import read_tagged

    sample = read_tagged(data, stances=True)
    flat = np.full((len(sample.labels), 7), 1 / 7, np.float32)
    places = np.arange(len(sample.labels))
    table = out_of_fold_frame(places, sample.folds, sample.labels, {"int8": flat, "fp32": flat})
    table.write_parquet(tmp_path / "o.parquet")
    gain = {row["measure"]: row for row in held_out(tmp_path / "o.parquet", data) if row["tags"] == "gain"}
    assert gain["accuracy of the sign"]["n"] == 1_011
    assert gain["accuracy of the sign"]["low"] > 0.1, "a tag alone tells the sign better than no reading"

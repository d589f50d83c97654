"""How a writer would tag a post, and how likely that goes against its reading."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emtract.emotions import EMOTIONS
from emtract.errors import ModelError
from emtract.model import divergence
from emtract.model.adapt.bases import find_base
from emtract.model.divergence import MARKS, MODEL, Detector, against, load_detector, marks, read_divergence, signs

LIKELY = st.floats(0, 1)


def test_the_detector_that_ships_is_of_the_model_that_ships():
    assert load_detector().model == f"{MODEL}@{find_base(MODEL).card.revision}", "python -m tests.benchmarks.divergence"


def test_a_detector_is_what_was_written(tmp_path):
    made = Detector(np.array([0.25, -1.5]), 0.125, "default@x")
    made.write(tmp_path / "head.json")
    read = load_detector(tmp_path / "head.json")
    assert (read.weight.tolist(), read.bias, read.model) == (made.weight.tolist(), made.bias, made.model)


def test_a_detector_of_another_model_is_refused(tmp_path, monkeypatch):
    told = json.loads(divergence.HEAD.read_text()) | {"model": "default@other"}
    (tmp_path / "head.json").write_text(json.dumps(told))
    monkeypatch.setattr(divergence, "load_detector", lambda: load_detector(tmp_path / "head.json"))
    with pytest.raises(ModelError, match=r"made for default@other.*make it anew"):
        read_divergence(["up"])


def test_posts_are_told_apart_whose_mood_and_stance_differ():
    read = read_divergence(
        ["so happy i bought puts , this is going to crash", "so happy i bought calls , to the moon 🚀"]
    )
    assert read["valence"].min() > 0
    assert read["against"][0] > read["against"][1]
    assert read["bullish"][0] < 0.5 < read["bullish"][1]


@given(LIKELY, LIKELY)
def test_against_is_the_tag_of_the_other_sign(bullish, negative):
    row = np.zeros((1, len(EMOTIONS)))
    row[0, EMOTIONS.index("fear")], row[0, EMOTIONS.index("happy")] = negative, 1 - negative
    positive, found = signs(row)
    told = against(np.array([bullish]), row)[0]
    assert told == (1 - bullish if positive[0] > found[0] else bullish)


@given(st.lists(st.text(max_size=40), max_size=5))
def test_marks_are_of_any_text(texts):
    found = marks(texts)
    assert found.shape == (len(texts), len(MARKS) + 1)
    assert np.isfinite(found).all()


@pytest.mark.parametrize(
    ("text", "mark"),
    [("is it ?", "question"), ("wow !", "exclamation"), ('" buy "', "quotation"), ("hmm . . .", "dots"), ("🚀", "emoji"),
     ("haha", "laughter"), ("do not sell", "negation"), ("red but fine", "turn")],
)  # fmt: skip
def test_each_mark_is_seen(text, mark):
    assert [name for name, has in zip(MARKS, marks([text])[0], strict=False) if has] == [mark]

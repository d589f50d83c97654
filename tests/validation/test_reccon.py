"""RECCON is read and judged as its authors do."""

import json
import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.validation.reccon import Question, Utterance, best_span, figures, interval, read_questions, word_f1

WORDS = st.lists(st.sampled_from(["the", "cat", "sat", "a", "mat", "!"]), max_size=6).map(" ".join)


def question(span, said="the cat sat", back=0):
    return Question("d", Utterance(3, "A", "so sad", "sadness"), Utterance(3 - back, "B", said, "neutral"), span)


def test_a_question_for_each_cause_and_for_each_utterance_without_one(tmp_path):
    told = [
        {"turn": 1, "speaker": "A", "utterance": "hello", "emotion": "neutral"},
        {"turn": 2, "speaker": "B", "utterance": "it rains", "emotion": "neutral"},
        {
            "turn": 3, "speaker": "A", "utterance": "so sad", "emotion": "sadness",
            "expanded emotion cause evidence": [2, "b", 4], "expanded emotion cause span": ["rains", "b", "later"],
        },
    ]  # fmt: skip
    path = tmp_path / "dialogues.json"
    path.write_text(json.dumps({"d": [told]}), encoding="utf-8")
    assert [(q.back, q.span) for q in read_questions(path)] == [(1, "rains"), (2, ""), (0, "")]


@pytest.mark.parametrize(
    ("truth", "said", "f1"),
    [
        pytest.param("the cat sat", "Cat", 2 / 3, id="articles and case"),
        pytest.param("", "", 1.0, id="both nothing"),
        pytest.param("", "cat", 0.0, id="something for nothing"),
        pytest.param("cat", "", 0.0, id="nothing for something"),
        pytest.param("cat cat", "cat", 2 / 3, id="a word twice"),
    ],
)
def test_f1_is_over_words_as_squad_has_it(truth, said, f1):
    assert word_f1(truth, said) == pytest.approx(f1)


@given(WORDS, WORDS)
def test_f1_is_symmetric_and_one_for_the_same(one, other):
    assert word_f1(one, other) == word_f1(other, one)
    assert word_f1(one, one) == 1.0


def test_figures_are_of_questions_with_a_cause_without_and_of_all():
    asked = [question("cat"), question("the cat sat"), question(""), question("")]
    found = figures(asked, ["cat", "", "", "the cat sat"])
    assert found == pytest.approx(
        {"positive_f1": 0.5, "negative_f1": 0.5, "all_f1": 0.5, "exact": 0.5, "answered": 0.5}
    )


def test_no_gap_to_itself():
    asked = [question("cat"), question("")]
    assert set(interval(asked, ["cat", ""], ["cat", ""]).values()) == {0.0}


def test_the_best_span_overlaps_the_likely_ones():
    """Two likely spans that share their first two tokens: the shared part beats the likelier."""
    scores = np.log(np.array([[0.97, 0.01], [0.01, 0.33], [0.01, 0.33], [0.01, 0.33]]))
    assert best_span(scores) == (0, 2)


@pytest.mark.real_data
@pytest.mark.skipif("EMTRACT_DATA" not in os.environ, reason="EMTRACT_DATA is unset")
@pytest.mark.parametrize(("name", "positive", "negative"), [("train", 7_269, 20_646), ("valid", 347, 838)])
def test_questions_are_as_many_as_published(name, positive, negative):
    asked = read_questions(Path(os.environ["EMTRACT_DATA"]) / "reccon" / f"dailydialog_{name}.json")
    assert sum(bool(q.span) for q in asked) == positive
    assert sum(not q.span for q in asked) == negative

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emtract.emotions import EMOTIONS, STANCES
from emtract.errors import ModelError
from emtract.model import PREDICTION_COLUMNS, Scorer
from emtract.model.scorer import predict_posts, sendable, softmax, token_batches
from emtract.text import clean_post
from tests.model.fakes import FakeScorer, StanceScorer

POSTS = ["$TSLA to the moon 🚀🚀", "", "$AAPL", "🚀", "$tsla to the moon 🚀🚀", "i can't watch this bleed"]


def test_a_prediction_is_one_row_a_post_in_order(fake):
    frame = fake.predict(POSTS)
    assert frame.columns == list(PREDICTION_COLUMNS)
    assert frame["text"].to_list() == [clean_post(post).text for post in POSTS]
    assert frame["kind"].to_list() == ["words", "empty", "placeholder_only", "emoji_only", "words", "words"]
    assert frame["label"].to_list() == [EMOTIONS[i] for i in frame.select(EMOTIONS).to_numpy().argmax(axis=1)]


def test_each_distinct_text_is_scored_once(fake):
    frame = fake.predict(POSTS * 3)
    assert len(fake.asked) == len(set(fake.asked)) == 5
    assert frame[0].equals(frame[4])
    assert frame[: len(POSTS)].equals(frame[len(POSTS) : 2 * len(POSTS)])


def test_no_posts_give_no_rows_with_the_same_types(fake):
    assert fake.predict([]).schema == fake.predict(POSTS).schema
    assert fake.predict([]).height == 0
    assert dict(fake.predict(POSTS).schema)["happy"] == pl.Float32


def test_valence_is_happy_less_the_negative_emotions(fake):
    frame = fake.predict(POSTS)
    expected = frame["happy"] - frame["sad"] - frame["anger"] - frame["disgust"] - frame["fear"]
    assert frame["valence"].to_list() == pytest.approx(expected.to_list(), abs=1e-6)


def test_stances_are_null_where_the_scorer_reads_none_and_chances_where_it_does(fake):
    before, told = fake.predict(POSTS), StanceScorer().predict(POSTS)
    assert before.schema == told.schema and before.schema["bullish"] == pl.Float32
    assert before["bearish"].null_count() == before["bullish"].null_count() == len(POSTS)
    assert before.drop("bearish", "bullish").equals(told.drop("bearish", "bullish"))
    expected = StanceScorer().score([clean_post(post).text for post in POSTS]).stance
    assert np.array_equal(told.select("bearish", "bullish").to_numpy(), expected[:, [0, 2]])
    assert (1 - told["bearish"] - told["bullish"]).to_numpy() == pytest.approx(
        expected[:, STANCES.index("none")], abs=1e-6
    )
    assert StanceScorer().predict([]).schema == told.schema


class Wrong(FakeScorer):
    """A scorer whose head of stances is damaged."""

    def __init__(self, stance):
        super().__init__()
        self.stance = np.array(stance, dtype=np.float32)

    def score(self, texts):
        return replace(super().score(texts), stance=self.stance)


@pytest.mark.parametrize(
    ("stance", "told"),
    [
        ([[0.5, 0.5, 0.5]], "do not sum to 1"),
        ([[float("nan"), 0.5, 0.5]], "NaN or infinite"),
        ([[-0.5, 1, 0.5]], "below 0"),
        ([[0.5, 0.5]], "not a row of 3"),
        ([[0.2, 0.3, 0.5]] * 2, "2 rows came of 1 texts"),
    ],
)
def test_stances_that_are_no_probabilities_are_refused(stance, told):
    with pytest.raises(ModelError, match=told):
        predict_posts(Wrong(stance), ["up"])


def test_a_fake_is_a_scorer_and_predict_posts_is_its_predict(fake):
    assert isinstance(fake, Scorer)
    assert predict_posts(fake, POSTS).equals(fake.predict(POSTS))


@settings(deadline=None)
@given(st.lists(st.lists(st.floats(-1e4, 1e4, width=32), min_size=7, max_size=7), max_size=20))
def test_softmax_rows_sum_to_one_and_keep_the_order(rows):
    logits = np.array(rows, dtype=np.float32).reshape(-1, 7)
    out = softmax(logits)
    assert out.dtype == np.float32
    assert np.allclose(out.sum(axis=1), 1, atol=1e-6)
    assert all(out[i, logits[i].argmax()] == out[i].max() for i in range(len(out)))


@settings(deadline=None)
@given(st.lists(st.integers(1, 128), max_size=200), st.integers(1, 4096))
def test_batches_hold_every_row_once_within_the_budget(lengths, budget):
    sizes = np.array(lengths, dtype=np.int32)
    batches = list(token_batches(sizes, budget))
    assert sorted(row for batch in batches for row in batch) == list(range(len(lengths)))
    assert all(len(batch) == 1 or len(batch) * sizes[batch].max() <= budget for batch in batches)


def test_lone_surrogates_become_question_marks():
    assert sendable("a\ud800b🚀") == "a?b🚀"

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emtract.emotions import EMOTIONS
from emtract.model.onnx import OnnxScorer
from emtract.model.registry import shipped_folder
from emtract.model.train.tokens import added_tokens
from emtract.text import clean_post
from emtract.text.rules import TRAINED_ON

#: Any string at all: NUL, controls and lone surrogates included.
ANYTHING = st.text(st.characters(), max_size=60)
few = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
POSTS = [
    "$TSLA to the moon 🚀🚀🚀 love this stock",
    "i can't watch this bleed, lost everything :(",
    "$SPY closed at 450.2 today",
    "this boss is a lying crook, disgusting company",
    "so scared it will crash tomorrow",
    "wow did not expect that!!",
    "",
    "sell " * 300,
]


@few
@given(st.lists(ANYTHING, max_size=8))
def test_every_string_has_a_score(shipped, texts):
    scores = shipped.score(texts)
    assert scores.probabilities.shape == (len(texts), 7)
    assert scores.probabilities.dtype == np.float32
    assert np.isfinite(scores.probabilities).all()
    assert np.allclose(scores.probabilities.sum(axis=1), 1, atol=1e-6)
    assert scores.n_tokens.dtype == np.int32
    assert (scores.truncated == (scores.n_tokens > 126)).all()


@few
@given(st.permutations(range(len(POSTS))))
def test_the_order_of_the_texts_is_kept(shipped, order):
    texts = [clean_post(post).text for post in POSTS]
    base, moved = shipped.score(texts), shipped.score([texts[place] for place in order])
    assert np.allclose(moved.probabilities, base.probabilities[list(order)], atol=1e-5)
    assert (moved.n_tokens == base.n_tokens[list(order)]).all()


@pytest.mark.parametrize("batch_tokens", [1, 64, 100_000])
def test_a_score_does_not_depend_on_its_batch(shipped, batch_tokens):
    texts = [clean_post(post).text for post in POSTS] * 3
    other = OnnxScorer(shipped_folder("default"), threads=2, batch_tokens=batch_tokens)
    alone = np.vstack([shipped.score([text]).probabilities for text in texts])
    assert np.abs(other.score(texts).probabilities - alone).max() < 1e-4


def test_chunks_do_not_show(shipped, monkeypatch):
    texts = [clean_post(post).text for post in POSTS]
    whole = shipped.score(texts)
    monkeypatch.setattr("emtract.model.onnx._CHUNK", 3)
    parts = shipped.score(texts)
    assert np.allclose(parts.probabilities, whole.probabilities, atol=1e-5)
    assert (parts.n_tokens == whole.n_tokens).all()


def test_nothing_and_the_empty_text(shipped):
    assert shipped.score([]).probabilities.shape == (0, 7)
    scores = shipped.score([""])
    assert scores.n_tokens.tolist() == [0]
    assert not scores.truncated[0]


def test_tokens_are_counted_before_the_cut(shipped):
    scores = shipped.score(["sell " * 126, "sell " * 127, "sell " * 400])
    assert scores.n_tokens.tolist() == [126, 127, 400]
    assert scores.truncated.tolist() == [False, True, True]
    assert np.allclose(scores.probabilities[1], scores.probabilities[2], atol=1e-5)


def test_each_token_of_the_cleaner_is_one_token_of_the_model(shipped):
    tokens = list(added_tokens())
    assert "🚀" in tokens
    assert "<ticker>" in tokens
    assert (shipped.score(tokens).n_tokens == 1).all()
    unknown = shipped._tokenizer.token_to_id("[UNK]")
    ids = [encoding.ids for encoding in shipped._tokenizer.encode_batch(tokens, add_special_tokens=False)]
    assert [unknown] not in ids
    assert len({tuple(row) for row in ids}) == len(tokens)


@pytest.mark.parametrize(
    ("post", "emotion"),
    [
        ("$TSLA to the moon 🚀🚀🚀 love this stock, so happy", "happy"),
        ("so scared this will crash, very worried and nervous", "fear"),
        ("$SPY opens at 9:30", "neutral"),
        ("heartbroken, lost all my money 😢", "sad"),
    ],
)
def test_plain_posts_have_plain_labels(shipped, post, emotion):
    assert shipped.predict([post])["label"].item() == emotion


def test_the_scorer_tells_what_it_is(shipped):
    assert shipped.name == "default"
    assert len(shipped.revision) == 12
    assert tuple(shipped.card.labels) == EMOTIONS
    assert shipped.card.cleaner in TRAINED_ON
    assert shipped.cleaner.version == TRAINED_ON[-1]

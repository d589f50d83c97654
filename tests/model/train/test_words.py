"""A linear reader of words: what it learns, that no text is read by what learned from it, and what it needs."""

import numpy as np
import pytest

pytest.importorskip("sklearn", reason='needs pip install "emtract[train]"')

from emtract.emotions import EMOTIONS
from emtract.model.train.words import read_by_words

HAPPY, FEAR = EMOTIONS.index("happy"), EMOTIONS.index("fear")


def sample(n=60):
    texts = [f"{'moon 🚀' if row % 2 else 'scared 😱'} today {row % 7}" for row in range(n)]
    return texts, np.array([HAPPY if row % 2 else FEAR for row in range(n)])


def test_words_and_emojis_tell_the_emotion_of_tagged_texts_and_of_posts():
    texts, labels = sample()
    told = read_by_words(texts, labels, ["🚀", "😱 scared", "to the moon"])
    assert told.shape == (len(texts) + 3, 7)
    assert told.sum(axis=1) == pytest.approx(np.ones(len(told)), abs=1e-5)
    assert (told[: len(texts)].argmax(axis=1) == labels).all()
    assert told[len(texts) :].argmax(axis=1).tolist() == [HAPPY, FEAR, HAPPY]


def test_a_text_is_read_by_what_did_not_learn_from_it():
    texts, labels = sample()
    odd = labels.copy()
    odd[10] = HAPPY
    before, after = (read_by_words(texts, tags, [])[10] for tags in (labels, odd))
    assert np.array_equal(before, after), "its own tag does not reach its reading"
    assert not np.array_equal(read_by_words(texts, labels, [])[11], read_by_words(texts, odd, [])[11])


def test_an_emotion_that_was_never_seen_has_no_probability():
    told = read_by_words(*sample(), ["moon"])
    assert not told[:, [EMOTIONS.index(e) for e in EMOTIONS if e not in ("happy", "fear")]].any()

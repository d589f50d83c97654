import re
import tomllib
from importlib.resources import files

import numpy as np
import pytest

from emtract.emotions import EMOTIONS
from emtract.model.train.contrast import contrast_corpus
from emtract.model.train.corpora import TAGGED
from emtract.text import clean_posts

RULES = tomllib.loads((files("emtract.model.train") / "contrast.toml").read_text(encoding="utf-8"))
CORPUS = contrast_corpus()
TOLD = dict(zip(CORPUS.texts, CORPUS.targets[TAGGED], strict=True))


def test_every_post_is_clean_stands_once_and_its_target_sums_to_one():
    assert len(TOLD) == len(CORPUS.texts) > 2000
    assert np.allclose(CORPUS.targets[TAGGED].sum(axis=1), 1)
    assert [clean.text for clean in clean_posts(CORPUS.texts)] == [*CORPUS.texts]
    assert not any(re.search(r"[{}]", text) for text in CORPUS.texts)


def test_the_posts_do_not_change_from_call_to_call():
    again = contrast_corpus()
    assert again.texts == CORPUS.texts
    assert np.array_equal(again.targets[TAGGED], CORPUS.targets[TAGGED])


@pytest.mark.parametrize("emotion", ["fear", "anger", "disgust", "sad"])
def test_a_denied_feeling_is_not_what_a_post_says(emotion):
    feelings = "|".join(re.escape(word) for word in RULES["emotions"][emotion]["feeling"])
    denied = [text for text in TOLD if re.search(rf"no reason to be ({feelings})\b", text)]
    assert denied
    assert all(TOLD[text][EMOTIONS.index(emotion)] == 0 for text in denied)


def test_of_two_feelings_the_present_one_is_told():
    feelings = {word: name for name, part in RULES["emotions"].items() for word in part["feeling"]}
    words = "|".join(sorted(map(re.escape, feelings), key=len, reverse=True))
    turned = [re.search(rf"went from ({words}) to ({words})\b", text) for text in TOLD]
    found = [(match.string, feelings[match[1]], feelings[match[2]]) for match in turned if match]
    assert len(found) > 5
    for text, then, now in found:
        assert then != now
        assert EMOTIONS[TOLD[text].argmax()] == now


def test_every_sign_and_word_of_the_trade_stands_in_a_post():
    for kind in ("trade", "signs"):
        for emotion, words in RULES[kind].items():
            for word in words:
                (clean,) = clean_posts([word])
                own = [text for text in TOLD if clean.text in text]
                assert own, word
                assert any(EMOTIONS[TOLD[text].argmax()] == emotion for text in own), word

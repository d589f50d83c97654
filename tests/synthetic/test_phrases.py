"""The banks of phrases: rich, well formed, and varied once cleaned."""

from __future__ import annotations

import re

import numpy as np
import pytest

from emtract.emotions import EMOTIONS
from emtract.synthetic import true_labels
from emtract.synthetic.phrases import _SLOTS, Topic, load_phrases, write_emojis, write_words
from emtract.text import clean_post

TOPIC = Topic("$ZQLM", "Zaqlumen", 20.0, "https://news.example/zqlm/0a1b2c")


@pytest.mark.parametrize("emotion", EMOTIONS)
def test_a_bank_is_rich_and_well_formed(emotion):
    bank = load_phrases()[emotion]
    assert len(set(bank.cores)) == len(bank.cores) >= 60
    assert min(len(bank.openers), len(bank.closers)) >= 10
    for template in (*bank.cores, *bank.openers, *bank.closers, *bank.emoji_only):
        assert set(re.findall(r"\{(\w+)\}", template)) <= _SLOTS.keys(), template
        assert "" not in re.split(r"<|>|\|", template.replace(">:(", ""))[1:-1], template
        assert all("|" in choice for choice in re.findall(r"<([^>]*)>", template)), template


@pytest.mark.parametrize("emotion", EMOTIONS)
def test_no_core_stands_under_two_emotions(emotion):
    banks = load_phrases()
    others = {core for other in EMOTIONS if other != emotion for core in banks[other].cores}
    assert not others & set(banks[emotion].cores)


@pytest.mark.parametrize("emotion", EMOTIONS)
def test_posts_are_words_or_emojis(emotion):
    rng = np.random.default_rng(1)
    written = [write_words(emotion, TOPIC, rng) for _ in range(300)]
    assert all(clean_post(text).kind == "words" for text in written)
    assert not any(set("\x01\x02{}|") & set(text) for text in written)
    assert sum(text.startswith("$ZQLM ") for text in written) > 150
    assert all(clean_post(write_emojis(emotion, TOPIC, rng)).kind == "emoji_only" for _ in range(30))


def test_most_texts_are_distinct_once_cleaned(archive, messages):
    label = dict(true_labels(archive).iter_rows())
    cleaned = {post_id: clean_post(message["body"]).text for post_id, message in messages.items()}
    assert len(set(cleaned.values())) / len(cleaned) > 0.6
    for emotion in EMOTIONS:
        texts = [text for post_id, text in cleaned.items() if label[post_id] == emotion]
        assert len(set(texts)) / len(texts) > 0.6, emotion

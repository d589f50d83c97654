from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("torch", reason='needs pip install "emtract[train]"')

from emtract.emotions import EMOTIONS
from emtract.errors import ModelError
from emtract.model import load_scorer
from emtract.model.static import StaticScorer
from emtract.model.train.recipe import read_fast_recipe
from emtract.model.train.static import build_vocabulary, fit_static, write_static

WORDS = ("closed", "love", "lost", "hate", "gross", "wow", "scared")


@pytest.fixture(scope="module")
def recipe():
    small = {"words": 50, "least_words": 2, "pairs": 20, "least_pairs": 2, "buckets": 32, "width": 8, "hidden": 8}
    return replace(read_fast_recipe(), **small, epochs=30, batch_size=16, learning_rate=2e-2)


@pytest.fixture(scope="module")
def texts():
    return [f"<ticker> i {word} it {'🚀' * (i % 3)}" for i in range(8) for word in WORDS]


@pytest.fixture(scope="module")
def model(one_thread, recipe, texts):
    targets = np.eye(len(EMOTIONS), dtype=np.float32)[[WORDS.index(text.split()[2]) for text in texts]]
    return fit_static(texts, targets, np.ones(len(texts), np.float32), recipe)


def test_a_vocabulary_holds_what_is_common(recipe):
    vocabulary = build_vocabulary(["a b", "a b c", "b d d", ""], recipe)
    assert vocabulary.words == ("b", "a")
    end = 2
    assert {tuple(pair) for pair in vocabulary.pairs.tolist()} == {(1, 0), (end, 1)}
    assert build_vocabulary(["a b", "a b c"], replace(recipe, words=1, pairs=1)).words == ("a",)


def test_it_learns_what_it_is_told(model, texts):
    logits, _ = model.logits(texts)
    assert [WORDS[place] for place in logits.argmax(axis=1)] == [text.split()[2] for text in texts]


def test_the_seed_decides_the_model(model, recipe, texts):
    targets = np.eye(len(EMOTIONS), dtype=np.float32)[[WORDS.index(text.split()[2]) for text in texts]]
    ones = np.ones(len(texts), np.float32)
    again, other = fit_static(texts, targets, ones, recipe), fit_static(texts, targets, ones, replace(recipe, seed=1))
    assert np.array_equal(again.table, model.table)
    assert not np.array_equal(other.table, model.table)


def test_a_text_without_weight_teaches_nothing(recipe, texts, one_thread):
    targets = np.eye(len(EMOTIONS), dtype=np.float32)[[0] * len(texts) + [1] * len(texts)]
    weights = np.repeat(np.array([1, 0], np.float32), len(texts))
    found = fit_static([*texts, *texts], targets, weights, recipe).logits(texts)[0].argmax(axis=1)
    assert (found == 0).all()


def test_progress_reaches_its_end(recipe, texts, one_thread):
    calls = []
    targets = np.eye(len(EMOTIONS), dtype=np.float32)[[0] * len(texts)]
    fit_static(
        texts, targets, np.ones(len(texts), np.float32), replace(recipe, epochs=2), progress=lambda *c: calls.append(c)
    )
    assert calls == [(step, 8) for step in range(1, 9)]


def test_int8_and_temperature_are_inside_the_file(model, texts, tmp_path):
    plain = write_static(model, tmp_path / "a", name="a")
    warm = write_static(model, tmp_path / "b", name="b", temperature=2.0)
    logits = model.logits(texts)[0]
    first, second = (load_scorer(tmp_path / name) for name in "ab")
    assert isinstance(first, StaticScorer)
    exact = np.exp(logits - logits.max(axis=1, keepdims=True))
    assert np.abs(first.score(texts).probabilities - exact / exact.sum(axis=1, keepdims=True)).max() < 0.05
    expected = np.sqrt(first.score(texts).probabilities.astype(float))
    assert np.allclose(second.score(texts).probabilities, expected / expected.sum(axis=1, keepdims=True), atol=1e-4)
    assert plain.revision != warm.revision
    assert (warm.temperature, warm.kind, warm.max_length) == (2.0, "static", 0)


def test_a_table_of_zeros_is_written(model, tmp_path):
    write_static(replace(model, table=np.zeros_like(model.table)), tmp_path / "z", name="z")
    assert np.isfinite(load_scorer(tmp_path / "z").score(["love"]).probabilities).all()


@pytest.mark.parametrize("text", ['name = "x"', "nonsense = 1"])
def test_a_recipe_with_other_keys_is_refused(tmp_path, text):
    (tmp_path / "r.toml").write_text(text, encoding="utf-8")
    with pytest.raises(ModelError, match=r"compare it with fast\.toml"):
        read_fast_recipe(tmp_path / "r.toml")

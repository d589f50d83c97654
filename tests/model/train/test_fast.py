"""One whole run of the fast model, tiny, with teachers made by hand."""

import json
from dataclasses import replace
from typing import ClassVar

import numpy as np
import pytest

pytest.importorskip("torch", reason='needs pip install "emtract[train]"')

from emtract.emotions import EMOTIONS
from emtract.model import load_scorer
from emtract.model.train import fast
from emtract.model.train.corpora import read_tagged
from emtract.model.train.fast import draw_posts, train_fast
from emtract.model.train.network import read_by_teacher
from emtract.model.train.recipe import read_fast_recipe
from tests.model.fakes import FakeScorer


@pytest.fixture(scope="module")
def recipe():
    small = {"words": 60, "least_words": 1, "pairs": 40, "least_pairs": 2, "buckets": 16, "width": 8, "hidden": 8}
    posts = {"tweeteval": 3, "stockemotions": 2}
    return replace(read_fast_recipe(), **small, posts=posts, epochs=20, batch_size=8, learning_rate=2e-2, trust=0.2)


class Teachers:
    """Stands for `OnnxScorer`: remembers who was asked what."""

    asked: ClassVar[dict[str, list[str]]] = {}

    def __new__(cls, folder):
        scorer = FakeScorer()
        scorer.asked = cls.asked.setdefault(folder.name, [])
        return scorer


@pytest.fixture(scope="module")
def posts():
    """Unlabelled posts, in the place of an archive."""
    return {"stockemotions": ("up we go 🚀", "down it goes", "who knows")}


@pytest.fixture
def run(recipe, corpora, tmp_path, monkeypatch, one_thread, posts):
    Teachers.asked = {}
    monkeypatch.setattr("emtract.model.train.fast.OnnxScorer", Teachers)
    monkeypatch.setattr(fast, "read_unlabelled", lambda folder, names: posts)
    calls = []
    report = train_fast(recipe, corpora, tmp_path / "t", tmp_path / "o", progress=lambda *call: calls.append(call))
    return report, calls, dict(Teachers.asked)


def test_a_whole_run(run, corpora):
    report, calls, asked = run
    sample = read_tagged(corpora)
    assert {stage for stage, _, _ in calls} >= {"fold-1", "teacher fold-1", "model", "teacher model"}
    assert report.card.metrics["int8"]["accuracy"]["mean"] > 0.5
    assert set(report.card.metrics["int8_by_fold"]) == {"1", "2", "3", "4"}
    assert report.probabilities.shape == (42, 7)
    for fold in (1, 2, 3, 4):
        others = [text for text, place in zip(sample.corpus.texts, sample.folds, strict=True) if place != fold]
        assert asked[f"fold-{fold}"][: len(others)] == others
        assert len(asked[f"fold-{fold}"]) == len(others) + 4
    scorer = load_scorer(report.folder)
    assert scorer.revision == report.card.revision
    assert scorer.predict(["$TSLA love this moon 🚀"]).select(EMOTIONS).to_numpy().sum() == pytest.approx(1)
    card = json.loads((report.folder / "model.json").read_text(encoding="utf-8"))
    assert card["data"]["tagged_rows"] == 42
    assert card["misreading"]["revision"] == card["revision"] and sum(card["misreading"]["tags"]) == 42
    page = (report.folder / "README.md").read_text(encoding="utf-8")
    assert f"{card['metrics']['int8']['accuracy']['mean']:.4f}" in page


def test_a_teacher_is_asked_once(tmp_path):
    teacher, path = FakeScorer(), tmp_path / "kept.safetensors"
    first = read_by_teacher(teacher, ["a", "b"], path)
    assert np.array_equal(read_by_teacher(teacher, ["a", "b"], path), first)
    assert teacher.asked == ["a", "b"]
    read_by_teacher(teacher, ["a", "c"], path)
    teacher.revision = "2"
    read_by_teacher(teacher, ["a", "c"], path)
    assert teacher.asked == ["a", "b", "a", "c", "a", "c"]


def test_drawn_posts_are_distinct_and_not_tagged(recipe, corpora, monkeypatch, posts):
    sample = read_tagged(corpora)
    tagged = sample.corpus.texts[0]
    pool = {"stockemotions": (*posts["stockemotions"], tagged, "love it", "")}
    monkeypatch.setattr(fast, "read_unlabelled", lambda folder, names: pool)
    drawn = draw_posts(replace(recipe, posts={"tweeteval": 9, "stockemotions": 9}), corpora, sample)
    assert sorted(drawn) == sorted({*posts["stockemotions"], "love it", "i hate it"})
    assert len(draw_posts(replace(recipe, posts={"stockemotions": 2}), corpora, sample)) == 2

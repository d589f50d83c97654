import numpy as np
import pytest

from emtract.scoring import cleaning, engine, score_store
from emtract.store import Store
from emtract.store.loading import load_posts
from tests.conftest import FakeScorer, batch, post, source

BODIES = ["$A up", "$B up", "down 🚀", "", "http://x.co", "c", "d", "e"]


@pytest.fixture
def store(tmp_path):
    with Store.open(tmp_path / "s.duckdb") as opened:
        rows = [post(i + 1, body, "2014-01-02T15:00", symbols=["A"]) for i, body in enumerate(BODIES)]
        load_posts(opened, source(), [batch(*rows)])
        yield opened


def scores(store):
    return store.sql("SELECT * FROM scores ORDER BY post_key")


def test_each_distinct_text_is_scored_once_and_joined_back_to_every_post(store, scorer):
    report = score_store(store, scorer)
    assert sorted(scorer.read) == sorted({"<ticker> up", "down 🚀", "", "<url>", "c", "d", "e"})
    assert (report.cleaned, report.scored, report.posts, report.distinct_texts) == (8, 7, 8, 7)
    assert report.duplicate_share == pytest.approx(1 / 8)
    rows = scores(store)
    assert rows.height == len(BODIES)
    assert rows["happy"][0] == rows["happy"][1] != rows["happy"][2]
    assert rows["kind"].to_list() == ["words", "words", "words", "empty", "placeholder_only", "words", "words", "words"]


def test_what_is_scored_is_what_the_scorer_said(store, scorer):
    score_store(store, scorer)
    expected = FakeScorer().score(["<ticker> up"]).probabilities[0]
    columns = ["neutral", "happy", "sad", "anger", "disgust", "surprise", "fear"]
    assert np.array_equal(scores(store).select(columns).to_numpy()[0], expected)


def test_a_second_run_finds_nothing_to_do(store, scorer):
    score_store(store, scorer)
    again = FakeScorer()
    report = score_store(store, again)
    assert (report.cleaned, report.scored, again.read) == (0, 0, [])


def test_interrupted_scoring_resumes_where_it_stopped(store, scorer, monkeypatch):
    monkeypatch.setattr(engine, "SCORE_SLICE", 2)
    monkeypatch.setattr(cleaning, "CLEAN_SLICE", 3)
    failing = FakeScorer(fail_after=4)
    with pytest.raises(KeyboardInterrupt):
        score_store(store, failing)
    assert store.count("text_scores") == 4
    score_store(store, scorer)
    assert sorted(failing.read + scorer.read) == sorted(set(failing.read + scorer.read))
    assert scores(store).height == len(BODIES)


def test_another_revision_is_kept_beside_the_first(store, scorer):
    score_store(store, scorer)
    newer = FakeScorer()
    newer.revision = "2"
    assert score_store(store, newer).scored == 7
    assert scores(store).height == 2 * len(BODIES)


def test_progress_begins_at_nothing_and_reaches_its_total(store, scorer, monkeypatch):
    monkeypatch.setattr(engine, "SCORE_STEP", 3)
    seen = []
    score_store(store, scorer, progress=lambda *call: seen.append(call))
    assert seen == [("clean", 0, 8), ("clean", 8, 8), *(("score", done, 7) for done in (0, 3, 6, 7))]
    seen.clear()
    score_store(store, scorer, progress=lambda *call: seen.append(call))
    assert seen == [], "a bar is drawn for work only"


def test_an_empty_store_has_nothing_to_score(tmp_path, scorer):
    with Store.open(tmp_path / "e.duckdb") as store:
        report = score_store(store, scorer)
    assert (report.posts, report.duplicate_share) == (0, 0.0)

from datetime import date

import numpy as np
import pytest

from emtract.errors import StoreError
from emtract.scoring import Scope, cleaning, engine, score_store
from emtract.store import Store
from tests.conftest import FakeScorer, batch, load_posts, post, source

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
    assert seen == [("clean", 0, 8), ("clean", 8, 8), *(("score (12% duplicates)", n, 8) for n in (0, 3, 6, 8))]
    seen.clear()
    score_store(store, scorer, progress=lambda *call: seen.append(call))
    assert seen == [], "a bar is drawn for work only"


def test_an_empty_store_has_nothing_to_score(tmp_path, scorer):
    with Store.open(tmp_path / "e.duckdb") as store:
        report = score_store(store, scorer)
    assert (report.posts, report.duplicate_share) == (0, 0.0)


def at(number, body, when):
    return post(number, body, when, symbols=["A"])


DAYS = [
    at(1, "early", "2014-01-01T23:59:59.999999"),
    at(2, "first", "2014-01-02T00:00"),
    at(3, "both", "2014-01-02T12:00"),
    at(4, "both", "2014-01-05T12:00"),
    at(5, "last", "2014-01-03T23:59:59.999999"),
    at(6, "after", "2014-01-04T00:00"),
]


@pytest.mark.parametrize(
    ("scope", "read", "left"),
    [
        (Scope(since=date(2014, 1, 2), until=date(2014, 1, 3)), {"first", "both", "last"}, 2),
        (Scope(since=date(2014, 1, 4)), {"both", "after"}, 3),
        (Scope(until=date(2014, 1, 1)), {"early"}, 4),
        (Scope(until=date.max), {"early", "first", "both", "last", "after"}, 0),
        (Scope(since=date(2020, 1, 1)), set(), 5),
    ],
)
def test_dates_choose_posts_by_their_day_in_utc(tmp_path, scorer, scope, read, left):
    with Store.open(tmp_path / "d.duckdb") as opened:
        load_posts(opened, source(), [batch(*DAYS)])
        report = score_store(opened, scorer, scope=scope)
        assert (set(scorer.read), report.scored, report.left) == (read, len(read), left)
        assert score_store(opened, FakeScorer()).scored == left


def test_a_limit_leaves_the_rest_for_the_next_run(store, scorer):
    first = score_store(store, scorer, scope=Scope(limit=3))
    assert (first.scored, first.left, len(scorer.read)) == (3, 4, 3)
    assert score_store(store, scorer, scope=Scope(limit=99)).scored == 4
    assert sorted(scorer.read) == sorted(set(scorer.read))


def test_posts_covered_are_counted_with_their_duplicates(store, scorer):
    report = score_store(store, scorer)
    assert report.covered == 8 and report.posts_per_second > 0
    assert score_store(store, scorer).covered == 0


def test_a_read_only_store_is_one_clear_line(tmp_path, scorer):
    Store.open(tmp_path / "r.duckdb").close()
    with (
        Store.open(tmp_path / "r.duckdb", read_only=True) as opened,
        pytest.raises(StoreError, match="read only: open it to write"),
    ):
        score_store(opened, scorer)

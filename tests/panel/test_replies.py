"""Answers by hand: which post is answered, by whom, after what; and too few of them are counted, not estimated."""

from datetime import date

import numpy as np
import pytest

from emtract.errors import PanelError
from emtract.options import PanelOptions
from emtract.panel.replies import Replies
from emtract.posts import PostFilter
from emtract.scoring import score_store
from emtract.store import Store
from emtract.store.loading import load_market
from tests.conftest import FakeScorer, batch, load_posts, post, prices, source
from tests.worlds.people import simulate_replies

POSTS = [
    post(1, "the first word", "2014-11-24T15:00:00", symbols=["A"]),
    post(2, "an answer of another", "2014-11-24T16:00:00", author="u2", in_reply_to="1"),
    post(3, "an answer to oneself", "2014-11-24T17:00:00", in_reply_to="1"),
    post(4, "an answer to nobody here", "2014-11-24T18:00:00", author="u2", in_reply_to="99"),
    post(5, "one more answer", "2014-11-24T21:30:00", author="u2", in_reply_to="3", symbols=["A"]),
    post(6, "an answer before its time", "2014-11-24T14:00:00", author="u3", in_reply_to="5"),
    post(7, "an answer by who knows", "2014-11-24T22:00:00", author=None, in_reply_to="5"),
]


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    with Store.open(tmp_path_factory.mktemp("replies") / "s.duckdb") as opened:
        load_posts(opened, source(), [batch(*POSTS)])
        days = [(date(2014, 11, d), 10.0, 10.0) for d in (21, 24, 25)]
        load_market(opened, source("A.csv", "prices"), prices("A", days))
        score_store(opened, FakeScorer())
        yield opened


def test_an_answer_stands_beside_the_post_that_it_answers(store):
    told = store.sql("SELECT p.post_id, s.valence::DOUBLE AS v FROM posts AS p JOIN scores AS s USING (post_key)")
    moods = dict(told.rows())
    sample = Replies(least=2, posts=PostFilter()).build(store, PanelOptions())
    data = sample.data
    assert data["valence_after"].to_list() == pytest.approx([moods["2"], moods["5"]], abs=1e-6)
    assert data["valence_replied"].to_list() == pytest.approx([moods["1"], moods["3"]], abs=1e-6)
    assert data["valence_before"].to_list() == pytest.approx([None, moods["4"]], abs=1e-6)
    assert data["session"].to_list() == [date(2014, 11, 24), date(2014, 11, 25)]
    assert data["gap_hours"].to_list() == pytest.approx([1.0, 4.5])
    assert data["author"].n_unique() == 1
    assert [s.rows_out for s in sample.ledger.steps[-2:]] == [6, 2]
    assert data.columns == simulate_replies(np.random.default_rng(1), 10).data.columns


def test_too_few_answers_are_counted_and_nothing_is_estimated(store):
    with pytest.raises(PanelError, match="6 posts answer another, and of these 2 one of another author"):
        Replies(posts=PostFilter()).build(store, PanelOptions())
    with pytest.raises(PanelError, match="at least 2"):
        Replies(least=1)

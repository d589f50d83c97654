"""Answers by hand: which post is answered, by whom, after what; and too few of them are counted, not estimated."""

from datetime import date

import numpy as np
import pytest

from emtract.errors import PanelError
from emtract.ingest.batches import read_posts
from emtract.ingest.posts.tabular import ColumnMapping
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


def test_where_no_post_tells_what_it_answers_the_remedy_is_named(tmp_path):
    with Store.open(tmp_path / "s.duckdb") as opened:
        load_posts(opened, source(), [batch(POSTS[0])])
        load_market(
            opened, source("A.csv", "prices"), prices("A", [(date(2014, 11, d), 10.0, 10.0) for d in (21, 24, 25)])
        )
        score_store(opened, FakeScorer())
        with pytest.raises(PanelError, match=r"in_reply_to in \[posts.columns\]"):
            Replies().build(opened, PanelOptions())


def test_a_table_that_names_the_post_answered_carries_it_to_the_sample(tmp_path):
    rows = ["id,time,user,text,parent", "1,2014-11-24T15:00:00Z,u1,the first word of $A,"]
    rows += [f"{n},2014-11-24T1{n}:00:00Z,u{n},an answer of number {n},1" for n in (6, 7)]
    (tmp_path / "p.csv").write_text("\n".join(rows))
    columns = {"post_id": "id", "created_at": "time", "author_id": "user", "body": "text", "in_reply_to": "parent"}
    with Store.open(tmp_path / "s.duckdb") as store:
        (read,) = read_posts(tmp_path / "p.csv", format="csv", mapping=ColumnMapping(**columns))
        load_posts(store, source(), [{"posts": read.posts, "symbols": read.symbols}])
        days = [(date(2014, 11, d), 10.0, 10.0) for d in (21, 24, 25)]
        load_market(store, source("A.csv", "prices"), prices("A", days))
        score_store(store, FakeScorer())
        sample = Replies(least=2, posts=PostFilter()).build(store, PanelOptions())
    assert sample.data["gap_hours"].to_list() == pytest.approx([1.0, 2.0])


def test_of_two_posts_at_one_instant_the_last_does_not_depend_on_the_order_of_files(tmp_path):
    days = [(date(2014, 11, d), 10.0, 10.0) for d in (21, 24, 25)]
    asked = post(1, "a question", "2014-11-24T15:00:00")
    twins = [post(n, f"twin {n}", "2014-11-24T16:00:00", author="u2") for n in (2, 3)]
    answers = [post(n, f"answer {n}", f"2014-11-24T1{n}:30:00", author="u2", in_reply_to="1") for n in (6, 7)]
    before = []
    for name, order in (("a", 1), ("b", -1)):
        with Store.open(tmp_path / f"{name}.duckdb") as store:
            load_posts(store, source(), [batch(asked, *twins[::order], *answers)])
            load_market(store, source("A.csv", "prices"), prices("A", days))
            score_store(store, FakeScorer())
            before.append(Replies(least=2, posts=PostFilter()).build(store, PanelOptions()).data["valence_before"][0])
    assert before[0] == before[1]

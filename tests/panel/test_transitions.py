"""Pairs of an author's posts by hand: who follows whom, which close was known, what others wrote, and what nobody may learn."""

import math
from datetime import date

import polars as pl
import pytest

from emtract.emotions import DIMENSIONS, EMOTIONS
from emtract.errors import PanelError
from emtract.options import PanelOptions
from emtract.panel.frame import Sample
from emtract.panel.transitions import Transitions
from emtract.posts import PostFilter
from emtract.scoring import score_store
from emtract.store import Store
from emtract.store.loading import load_market
from tests.conftest import FakeScorer, batch, load_posts, post, prices, source
from tests.worlds.people import simulate_people

# New York closes at 21:00 UTC in winter. Closes of A: 10, 11, 9.9 on Monday, Tuesday, Wednesday.
CLOSES = [(date(2014, 11, 24), 10.0, 10.0), (date(2014, 11, 25), 10.0, 11.0), (date(2014, 11, 26), 10.0, 9.9)]
POSTS = [
    post(1, "Monday before the close", "2014-11-24T20:59:59", symbols=["A"]),
    post(2, "Monday at the close", "2014-11-24T21:00:00", symbols=["A"], sentiment="bullish"),
    post(3, "another at noon", "2014-11-25T17:00:00", symbols=["A"], author="u2"),
    post(4, "somebody unknown", "2014-11-25T18:00:00", symbols=["A"], author=None),
    post(5, "Tuesday after hours", "2014-11-25T22:00:00", symbols=["A"]),
    post(6, "Monday before the close!", "2014-11-25T23:00:00", symbols=["A"]),
    post(7, "what another said", "2014-11-25T23:30:00", symbols=["A"], repost_of="3"),
    post(8, "Wednesday at the close", "2014-11-26T20:00:00", symbols=["A"], sentiment="bearish"),
    post(9, "another once more", "2014-11-26T20:30:00", symbols=["A"], author="u2"),
    post(10, "on a firm without prices", "2014-11-26T20:40:00", symbols=["B"]),
    post(11, "on it once more", "2014-11-26T20:45:00", symbols=["B"]),
]
ALL = Transitions(min_history=2, posts=PostFilter())


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    with Store.open(tmp_path_factory.mktemp("transitions") / "s.duckdb") as opened:
        load_posts(opened, source(), [batch(*POSTS)])
        load_market(opened, source("A.csv", "prices"), prices("A", CLOSES))
        score_store(opened, FakeScorer())
        yield opened


@pytest.fixture(scope="module")
def sample(store):
    return ALL.build(store, PanelOptions())


@pytest.fixture(scope="module")
def moods(store):
    told = store.sql(
        "SELECT p.post_id, s.valence::DOUBLE AS valence FROM posts AS p JOIN scores AS s USING (post_key) ORDER BY p.post_key"
    )
    return dict(told.rows())


def own(sample):
    """The pairs of the author with most of them on A: posts 1-2, 2-5, 5-8."""
    rows = sample.data.filter(pl.col("symbol") == "A")
    first = rows.group_by("author").len().sort("len", descending=True)["author"][0]
    return rows.filter(pl.col("author") == first).sort("nth")


def test_an_author_s_next_post_is_neither_a_repost_nor_a_text_used_before(sample, moods):
    rows = own(sample)
    assert rows["nth"].to_list() == [1, 2, 3]
    assert rows["valence_before"].to_list() == pytest.approx([moods[i] for i in "125"], abs=1e-6)
    assert rows["valence_after"].to_list() == pytest.approx([moods[i] for i in "258"], abs=1e-6)
    assert rows["gap_hours"].to_list() == pytest.approx([1 / 3600, 25.0, 22.0], abs=1e-9)
    assert rows["session"].to_list() == [date(2014, 11, 25), date(2014, 11, 26), date(2014, 11, 26)]
    assert sample.data.height == 5


def test_a_close_is_known_from_its_instant_on_and_not_before(sample):
    rows = own(sample)
    # Before Monday's close no close is known; Wednesday's is not known at 20:00.
    assert rows["n_closes"].to_list() == [None, 1, 0]
    returns = rows["return_between"].to_list()
    assert returns[0] is None and returns[2] is None
    assert returns[1] == pytest.approx(0.1)
    assert rows["gain_between"].to_list()[1] == pytest.approx(0.1)
    assert rows["loss_between"].to_list()[1] == 0
    last = sample.ledger.steps[-1]
    assert last.rows_out == sample.data["return_between"].count() == 2
    assert "no session closed: 1; no price at one end: 2" in last.reason


def test_a_loss_is_how_far_the_price_fell(store):
    late = [*POSTS, post(12, "after the fall", "2014-11-26T21:30:00", symbols=["A"], author="u2")]
    with Store.open(store.path.parent / "late.duckdb") as opened:
        load_posts(opened, source(), [batch(*late)])
        longer = [*CLOSES, (date(2014, 11, 28), 10.0, 10.0)]
        load_market(opened, source("A.csv", "prices"), prices("A", longer))
        score_store(opened, FakeScorer())
        data = ALL.build(opened, PanelOptions()).data
    row = data.filter(pl.col("loss_between") > 0).row(0, named=True)
    assert row["return_between"] == pytest.approx(9.9 / 11 - 1)
    assert row["loss_between"] == pytest.approx(1 - 9.9 / 11)
    assert row["gain_between"] == 0


def test_the_mood_of_others_is_of_posts_strictly_between_and_never_one_s_own(sample, moods):
    rows = own(sample)
    assert rows["n_others"].to_list() == [0, 2, 0]
    assert rows["valence_others"].to_list()[1] == pytest.approx((moods["3"] + moods["4"]) / 2, abs=1e-6)
    assert rows["valence_others"].null_count() == 2
    other = sample.data.filter((pl.col("symbol") == "A") & (pl.col("nth") == 1) & (pl.col("gap_hours") > 26))
    # Between 3 and 9: 4, 5, 6, 7 and 8, the author of 3 apart.
    assert other["n_others"].to_list() == [5]
    assert other["valence_others"].item() == pytest.approx(sum(moods[i] for i in "45678") / 5, abs=1e-6)


def test_a_tag_holds_until_the_next_one(sample):
    rows = own(sample)
    assert rows["bullish_before"].to_list() == [None, 1.0, 1.0]
    assert rows["bullish_after"].to_list() == [1.0, None, 0.0]


def test_the_ledger_counts_every_post_and_pair(sample):
    told = {s.name: s.rows_out for s in sample.ledger.steps}
    assert [told[n] for n in ("posts by firm", "with an author", "in the author's own words", "new texts", "pairs")] == [
        11, 10, 9, 8, 5,
    ]  # fmt: skip
    assert told["long histories"] == told["close in time"] == 5


def test_short_histories_and_long_gaps_are_left_out_and_counted(store):
    sample = Transitions(min_history=4, max_gap_days=1, posts=PostFilter()).build(store, PanelOptions())
    assert sample.data["n_history"].to_list() == [4, 4]
    told = {s.name: s.dropped for s in sample.ledger.steps}
    assert (told["long histories"], told["close in time"]) == (2, 1)


def test_no_author_is_named_and_numbers_do_not_follow_the_order_of_ids(sample):
    assert sample.data["author"].dtype == pl.Int64
    assert not [c for c in sample.data.columns if "id" in c.split("_")]
    assert not any("u1" in str(v) or "u2" in str(v) for row in sample.data.rows() for v in row)


def test_the_dominant_emotion_is_the_most_probable(sample):
    for row in sample.data.iter_rows(named=True):
        for side in ("before", "after"):
            told = {e: row[f"{e}_{side}"] for e in EMOTIONS}
            assert told[row[f"dominant_{side}"]] == max(told.values())
            assert math.isclose(sum(told.values()), 1, abs_tol=1e-5)


def test_dimensions_stand_beside_emotions_where_the_store_holds_them(sample, tmp_path):
    assert not {f"{name}_before" for name in DIMENSIONS} & set(sample.data.columns)
    with Store.open(tmp_path / "rated.duckdb") as opened:
        load_posts(opened, source(), [batch(*POSTS)])
        load_market(opened, source("A.csv", "prices"), prices("A", CLOSES))
        score_store(opened, FakeScorer())
        opened.execute(
            "INSERT INTO text_dimensions "
            "SELECT text_key, cleaner, 'r', '1', 2, row_number() OVER (ORDER BY text_key), 4 FROM texts"
        )
        data = ALL.build(opened, PanelOptions()).data
        told = dict(
            opened.sql("SELECT p.post_id, d.arousal FROM posts AS p JOIN dimensions AS d USING (post_key)").rows()
        )
    rows = own(Sample(data))
    assert rows["arousal_before"].to_list() == [told[i] for i in "125"]
    assert rows["arousal_after"].to_list() == [told[i] for i in "258"]
    assert data["pleasure_after"].unique().to_list() == [2.0]
    assert data["dominance_before"].unique().to_list() == [4.0]
    assert data.drop(c for c in data.columns if c.partition("_")[0] in DIMENSIONS).columns == sample.data.columns


def test_the_synthetic_people_have_the_same_columns(sample):
    import numpy as np

    drawn = simulate_people(np.random.default_rng(1), 5)
    assert drawn.data.columns == sample.data.columns
    assert drawn.unit == sample.unit


def test_nobody_with_a_history_is_an_error_that_says_so(store):
    with pytest.raises(PanelError, match="fewer than 100 posts of the author"):
        Transitions(min_history=100, posts=PostFilter()).build(store, PanelOptions())


@pytest.mark.parametrize("wrong", [{"min_history": 1}, {"max_gap_days": 0}])
def test_impossible_requests_are_refused(wrong):
    with pytest.raises(PanelError, match="at least"):
        Transitions(**wrong)


def test_posts_that_the_configuration_leaves_out_are_no_pairs(store):
    told = PanelOptions(posts=PostFilter(until=date(2014, 11, 25)))
    sample = Transitions(min_history=2).build(store, told)
    assert sample.data["session"].max() <= date(2014, 11, 26)
    asked = {name: value for name, value in sample.settings.items() if name.startswith("posts_")}
    assert asked["posts_until"] == "2014-11-25" and asked["posts_max_posts_per_author_day"] == 50
    own = PostFilter(max_posts_per_author_day=7)
    settings = Transitions(min_history=2).build(store, PanelOptions(posts=own)).settings
    assert (settings["posts_max_posts_per_author_day"], settings["posts_bots_min_posts"]) == (7, 20)

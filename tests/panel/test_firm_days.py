"""Unusual days by hand: what is usual, how far a day is from it, and shifts of posts that add up to the day's."""

import math
from datetime import date
from typing import get_args

import numpy as np
import polars as pl
import pytest

from emtract.errors import PanelError
from emtract.ingest.batches import read_posts
from emtract.ingest.market.prices import read_prices
from emtract.options import PanelOptions, Weights
from emtract.panel.firm_days import FirmDays, MovingPosts, most_unusual
from emtract.scoring import score_store
from emtract.store import Store
from emtract.store.loading import load_market
from tests.conftest import FakeScorer, batch, load_posts, post, prices, source

DAYS = [date(2014, 11, 24), date(2014, 11, 25), date(2014, 11, 26)]
TEXTS = ["up we go", "down it falls", "what a day", "up we go", "I am afraid", "so happy with this", "up we go"]
POSTS = [
    post(
        10 * d + i,
        text,
        f"{day}T{15 + i % 5}:00:00",
        symbols=["A"],
        author=f"u{i % 3}",
        followers=10**i,
        line=10 * d + i,
    )
    for d, day in enumerate(DAYS, 1)
    for i, text in enumerate(TEXTS[: 3 + 2 * (d - 1)])
] + [post(90, "alone", "2014-11-24T16:00:00", symbols=["B"]), post(91, "nobody", "2014-11-24T16:00:00")]


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    with Store.open(tmp_path_factory.mktemp("days") / "s.duckdb") as opened:
        load_posts(opened, source(), [batch(*POSTS)])
        for symbol in "AB":
            load_market(opened, source(f"{symbol}.csv", "prices"), prices(symbol, [(d, 10.0, 11.0) for d in DAYS]))
        score_store(opened, FakeScorer())
        yield opened


@pytest.fixture(scope="module")
def posts(store):
    return store.sql(
        "SELECT p.post_id, p.created_at::DATE AS day, p.author_id, p.body, p.followers, s.valence::DOUBLE AS valence "
        "FROM posts AS p JOIN scores AS s USING (post_key) JOIN post_symbols AS y USING (post_key) "
        "WHERE y.symbol = 'A' ORDER BY p.post_key"
    )


def test_departures_by_hand(store, posts):
    data = FirmDays(min_posts=4).build(store, PanelOptions()).data.filter(pl.col("symbol") == "A")
    usual, spread = posts["valence"].mean(), posts["valence"].std()
    assert data["departure"].null_count() not in (0, data.height)
    for row in data.iter_rows(named=True):
        own = posts.filter(pl.col("day") == row["session"])["valence"]
        assert row["n_posts"] == len(own)
        assert row["usual"] == pytest.approx(usual, abs=1e-6)
        assert row["valence"] == pytest.approx(own.mean(), abs=1e-6)
        if len(own) < 4:
            assert row["departure"] is None
        else:
            assert row["departure"] == pytest.approx(math.sqrt(len(own)) * (own.mean() - usual) / spread, rel=1e-5)


def weights(rows: pl.DataFrame, rule: str) -> pl.Series:
    if rule == "log_followers":
        return 1 + (1 + rows["followers"]).log()
    if rule == "one_vote":
        return 1 / rows.select(pl.len().over("author_id")).to_series()
    if rule == "distinct_text":  # all are short, so those of one author alone are alike
        return 1 / rows.select(pl.len().over("author_id", "body")).to_series()
    return pl.Series([1.0] * rows.height)


@pytest.mark.parametrize("rule", get_args(Weights))
def test_shifts_of_posts_add_up_to_the_days_departure(store, posts, rule):
    options = PanelOptions(weights=rule)
    days = FirmDays(min_posts=2).build(store, options).data.filter(pl.col("symbol") == "A")
    told = MovingPosts(of=FirmDays(min_posts=2), days=6, posts=50).build(store, options).data
    for day, rows in posts.group_by("day"):
        w = weights(rows, rule)
        expected = (w * rows["valence"]).sum() / w.sum()
        row = days.row(by_predicate=pl.col("session") == day[0], named=True)
        assert row["valence"] == pytest.approx(expected, abs=1e-6)
        moved = told.filter(pl.col("session") == day[0])["moved"].sum()
        assert moved == pytest.approx(row["valence"] - row["usual"], abs=1e-6)


def test_ranked_by_texts_a_day_counts_its_texts_and_no_post(store, posts):
    """Of the last day's seven posts three are one text of one author: five votes, and a spread over eleven of the firm."""
    options = PanelOptions(weights="distinct_text")
    given = FirmDays(min_posts=5).build(store, options).data.filter(pl.col("symbol") == "A")
    asked = FirmDays(min_posts=5, weights="distinct_text").build(store, PanelOptions())
    assert asked.data.filter(pl.col("symbol") == "A").equals(given)
    assert asked.settings["weights"] == "distinct_text"
    assert given["n_texts"].to_list() == [3, 4, 5]
    assert given["share_texts"].to_list() == [1, 4 / 5, 5 / 7]
    w = np.concatenate([weights(own, "distinct_text") for _, own in posts.group_by("day", maintain_order=True)])
    v = posts["valence"].to_numpy()
    usual = (w * v).sum() / w.sum()
    spread = np.sqrt((w * (v - usual) ** 2).sum() / (w.sum() - 1))
    last, own = posts["day"].to_numpy() == np.datetime64(DAYS[2]), given.row(2, named=True)
    assert (own["n_posts"], given["departure"].null_count()) == (7, 2)
    expected = np.sqrt(5) * ((w[last] * v[last]).sum() / 5 - usual) / spread
    assert own["departure"] == pytest.approx(expected, rel=1e-5)


def test_promotion_and_bots_are_counted_where_they_stay_in(tmp_path):
    form = [
        post(k, "Join our free Discord $A", f"2014-11-24T15:{k:02d}:00", symbols=["A"], author=f"u{k}")
        for k in range(1, 4)
    ]
    bot = [
        post(k, f"watching this one {k}", f"2014-11-25T15:{k:02d}:00", symbols=["A"], author="bot")
        for k in range(10, 40)
    ]
    person = [post(90, "what a day", "2014-11-24T16:00:00", symbols=["A"])]
    with Store.open(tmp_path / "s.duckdb") as opened:
        load_posts(opened, source(), [batch(*form, *bot, *person)])
        load_market(opened, source("A.csv", "prices"), prices("A", [(d, 10.0, 11.0) for d in DAYS]))
        score_store(opened, FakeScorer())
        days = FirmDays().build(opened, PanelOptions()).data
        # 20 earlier posts make a bot, all but the first of them repetitions.
        assert days["share_promoted"].to_list() == pytest.approx([3 / 4, 10 / 30])
        assert days["n_texts"].to_list() == [2, 1]
        without = FirmDays().build(opened, PanelOptions(spam="leave out")).data
        assert without["n_posts"].to_list() == [1, 30]
        assert without["share_promoted"].to_list() == pytest.approx([0, 10 / 30])


def test_one_text_is_told_once_with_its_copies(store):
    told = MovingPosts(of=FirmDays(min_posts=2), posts=50).build(store, PanelOptions(texts=True)).data
    last = told.filter(pl.col("session") == DAYS[2])
    assert last["n_posts"].sum() == 7
    assert last.filter(pl.col("body") == "up we go")["n_posts"].to_list() == [3]
    assert last.filter(pl.col("body") == "up we go")["post_id"].to_list() == ["30"]
    moved = last["moved"].abs().to_list()
    assert moved == sorted(moved, reverse=True)


def test_texts_stay_out_unless_asked_for(store):
    told = MovingPosts(of=FirmDays(min_posts=2)).build(store, PanelOptions()).data
    assert told["body"].null_count() == told.height
    assert told.group_by("symbol", "session").len()["len"].max() == 5


def test_bright_days_lie_above_the_usual_mood_and_dark_ones_below():
    days = pl.DataFrame(
        {
            "symbol": ["A"] * 6 + ["B"] * 2,
            "session": [date(2020, 1, d) for d in (*range(1, 7), 1, 2)],
            "departure": [3.0, -1.0, None, 2.0, 1.0, -4.0, 0.5, 0.7],
        }
    )
    told = most_unusual(days, 4).select("symbol", "departure").rows()
    assert told == [("A", 3.0), ("A", -1.0), ("A", 2.0), ("A", -4.0), ("B", 0.5), ("B", 0.7)]
    assert most_unusual(days, 2).filter(pl.col("symbol") == "A")["departure"].to_list() == [3.0, -4.0]


def test_only_the_firms_most_named(store):
    sample = FirmDays(firms=1).build(store, PanelOptions())
    assert sample.data["symbol"].unique().to_list() == ["A"]
    assert [s.rows_out for s in sample.ledger.steps[-3:]] == [16, 15, 3]


@pytest.mark.parametrize("options", [{"firms": 0}, {"min_posts": 1}])
def test_impossible_requests(options):
    with pytest.raises(PanelError, match="at least"):
        FirmDays(**options)


def test_no_day_with_enough_posts(store):
    with pytest.raises(PanelError, match="lower min_posts"):
        MovingPosts(of=FirmDays(min_posts=50)).build(store, PanelOptions())


@pytest.mark.real_data
def test_a_day_of_one_text_is_seen_as_such_and_is_no_day_of_five_texts(data, tmp_path):
    """By 27 October 2014 39 accounts had posted one advertisement that names JPM, and nothing else that names it and AAPL."""
    files = data / "stocknet"
    with Store.open(tmp_path / "s.duckdb") as opened:
        tables = [
            {"posts": b.posts, "symbols": b.symbols, "rejected": b.rejected}
            for b in read_posts(files / "tweets" / "AAPL.jsonl.zst", format="twitter_v1")
        ]
        load_posts(opened, source(), tables)
        read = read_prices(files / "prices" / "JPM.csv")
        load_market(opened, source("JPM.csv", "prices"), {"prices": read.prices, "rejected": read.rejected})
        score_store(opened, FakeScorer())
        day = pl.col("session") == date(2014, 10, 27)
        told = FirmDays(firms=1).build(opened, PanelOptions()).data.row(by_predicate=day, named=True)
        texts = FirmDays(firms=1, weights="distinct_text").build(opened, PanelOptions()).data
    assert (told["n_posts"], told["n_authors"], told["n_texts"], told["share_promoted"]) == (39, 39, 1, 1)
    assert told["departure"] is not None
    assert texts.row(by_predicate=day, named=True)["departure"] is None
    assert texts["n_texts"].sum() < 0.9 * texts["n_posts"].sum()

"""The market's sessions, by hand: each post once or each firm once, before and after the open, and where returns come from."""

import math
from datetime import date

import polars as pl
import pytest

from emtract.emotions import EMOTIONS
from emtract.errors import PanelError
from emtract.options import PanelOptions
from emtract.panel.market import MARKET_COLUMNS, MARKET_WINDOWS, MarketSessions
from emtract.scoring import score_store
from emtract.store import Store
from emtract.store.loading import load_market
from tests.conftest import FakeScorer, batch, load_posts, post, prices, source

WEEK = [date(2014, 11, 24), date(2014, 11, 25), date(2014, 11, 26), date(2014, 11, 28), date(2014, 12, 1)]
CLOSES = [10.0, 11.0, 12.0, 12.5, 12.0]
POSTS = [
    post(1, "monday before the open", "2014-11-24T14:29:59", symbols=["A"], author="u1"),
    post(2, "at the open", "2014-11-24T14:30:00", symbols=["A", "B"], author="u1"),
    post(3, "last second", "2014-11-24T20:59:59", symbols=["B"], author="u2"),
    post(4, "at the close", "2014-11-24T21:00:00", symbols=["A"], author="u2"),
    post(5, "on the holiday, names nobody", "2014-11-27T16:00:00", author="u3"),
    post(6, "$A http://t.co/x", "2014-11-24T15:00:00", symbols=["A"], author="u6"),
    post(7, "before the archive", "2010-11-24T15:00:00", symbols=["A"], author="u6"),
    post(8, "on monday", "2014-12-01T16:00:00", symbols=["B"], author="u3"),
]
TEXTS = {int(row["post_id"]): row["body"] for row, _ in POSTS}


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    with Store.open(tmp_path_factory.mktemp("market") / "s.duckdb") as opened:
        load_posts(opened, source(), [batch(*POSTS)])
        series = [(d, c * 0.99, c) for d, c in zip(WEEK, CLOSES, strict=True)]
        load_market(opened, source("a.csv", "prices"), prices("A", series))
        load_market(opened, source("b.csv", "prices"), prices("B", [(d, c, 2 * c) for d, _, c in series]))
        index = [(d, 100.0, 100.0 + i) for i, d in enumerate(WEEK)]
        load_market(opened, source("i.csv", "prices"), prices("^GSPC", index))
        score_store(opened, FakeScorer())
        yield opened


def read(store, *posts):
    """Mean scores of posts, as the store holds them."""
    found = store.sql(
        "SELECT post_id, " + ", ".join(f"s.{e}" for e in EMOTIONS) + " FROM posts JOIN scores AS s USING (post_key)"
    )
    return (
        found.filter(pl.col("post_id").is_in([str(p) for p in posts]))
        .select(pl.col(EMOTIONS).cast(pl.Float64).mean())
        .row(0, named=True)
    )


def session(sample, day):
    return sample.data.row(by_predicate=pl.col("session") == day, named=True)


def build(store, **options):
    return MarketSessions(**options).build(store, PanelOptions())


def test_each_post_counts_once_in_its_window(store):
    monday = session(build(store), WEEK[0])
    assert monday["n_posts_pre_open"] == 1
    assert monday["n_posts_market"] == 2
    assert monday["n_posts_day"] == 3
    for window, posts in (("pre_open", [1]), ("market", [2, 3]), ("day", [1, 2, 3])):
        for emotion, mean in read(store, *posts).items():
            assert monday[f"{emotion}_{window}"] == pytest.approx(mean, abs=1e-9)
    assert monday["attention_day"] == math.log1p(3)


def test_firms_weigh_the_same_whatever_their_posts(store):
    monday = session(build(store, pooling="firms"), WEEK[0])
    a, b = read(store, 1, 2)["happy"], read(store, 2, 3)["happy"]
    assert monday["happy_day"] == pytest.approx((a + b) / 2, abs=1e-9)
    assert monday["n_posts_day"] == 4


def test_a_post_that_names_nobody_counts_for_the_market_and_for_no_firm(store):
    friday = WEEK[3]
    assert session(build(store), friday)["n_posts_pre_open"] == 1
    assert session(build(store, pooling="firms"), friday)["n_posts_day"] == 0


def test_sessions_without_posts_stay_and_have_no_mood(store):
    sample = build(store)
    assert sample.data["session"].to_list() == WEEK
    wednesday = session(sample, WEEK[2])
    assert wednesday["n_posts_day"] == 0
    assert wednesday["happy_day"] is None
    assert wednesday["valence_day"] is None
    assert wednesday["attention_day"] == 0
    assert sample.unit == "sessions"


def test_few_posts_make_no_mood(store):
    monday = session(build(store, min_posts=2), WEEK[0])
    assert monday["happy_pre_open"] is None
    assert monday["happy_day"] is not None
    assert monday["n_posts_pre_open"] == 1


def test_shares_sum_to_one_and_valence_is_their_signed_sum(store):
    data = build(store).data.drop_nulls("happy_day")
    for window in MARKET_WINDOWS:
        rows = data.drop_nulls(f"happy_{window}")
        total = rows.select(pl.sum_horizontal(f"{e}_{window}" for e in EMOTIONS)).to_series()
        assert all(total.is_between(1 - 1e-6, 1 + 1e-6))
        signed = rows[f"happy_{window}"] - sum(rows[f"{e}_{window}"] for e in ("sad", "anger", "disgust", "fear"))
        assert (signed - rows[f"valence_{window}"]).abs().max() < 1e-12


def test_auto_takes_the_index_and_says_so(store):
    sample = build(store)
    assert sample.settings["market_return"] == "index ^GSPC"
    tuesday = session(sample, WEEK[1])
    assert tuesday["market_return"] == pytest.approx(1.0 / 100)
    assert tuesday["market_return_open_close"] == pytest.approx(0.01)
    assert tuesday["n_firms"] == 2
    legs = (1 + tuesday["market_return_overnight"]) * (1 + tuesday["market_return_open_close"])
    assert legs == pytest.approx(1 + tuesday["market_return"])


def test_the_mean_of_firms_leaves_indices_out(store):
    tuesday = session(build(store, market="firms"), WEEK[1])
    assert tuesday["market_return"] == pytest.approx(11 / 10 - 1)
    assert tuesday["market_return_open_close"] == pytest.approx((1 / 0.99 - 1 + 1.0) / 2)
    ranges = [math.log(math.log(ratio) / (2 * math.sqrt(math.log(2)))) for ratio in (1 / 0.99, 2.0)]
    assert tuesday["market_range"] == pytest.approx(sum(ranges) / 2)


def test_a_published_series_is_market_less_riskless_plus_riskless(store):
    values = ", ".join(f"(9, 1, '{n}', DATE '{d}', {v})" for d in WEEK for n, v in (("mkt_rf", 0.02), ("rf", 0.001)))
    older = "(3, 1, 'mkt_rf', DATE '2014-11-24', 0.5)"
    store.execute(f"INSERT INTO series (source_id, line, name, session, value) VALUES {values}, {older}")
    sample = build(store, market="series")
    assert session(sample, WEEK[0])["market_return"] == pytest.approx(0.021)
    assert sample.settings["market_return"] == "series mkt_rf + rf"
    assert sample.settings["market_return_open_close"] == "index ^GSPC"
    store.execute("DELETE FROM series")


def test_a_source_that_is_not_there_is_named(store):
    with pytest.raises(PanelError, match="mkt_rf"):
        build(store, market="series")
    with pytest.raises(PanelError, match="unknown option"):
        MarketSessions(pooling="authors")


def test_the_ledger_counts_every_post(store):
    sample = build(store)
    steps = {step.name: step.rows_out for step in sample.ledger.steps}
    assert steps["distinct posts"] == 8
    assert steps["readable posts"] == 7
    assert steps["posts of the market"] == 6
    assert steps["sessions with posts"] == 4
    assert set(MARKET_COLUMNS) <= set(sample.data.columns)


def test_building_twice_gives_the_same_digits(store):
    assert build(store, weights="one_vote").data.equals(build(store, weights="one_vote").data)


def test_the_noise_of_a_session_is_that_of_its_posts_each_once(store):
    """Monday's market hours hold two posts of two authors, one of which names two firms; a mean over firms has no such noise."""
    sample = build(store)
    cells = sample.noise.cells.filter(pl.col("session") == WEEK[0])
    counts = dict(cells.select("suffix", "n_posts").iter_rows())
    assert counts == {w: session(sample, WEEK[0])[f"n_posts_{w}"] for w in MARKET_WINDOWS}
    happy = store.sql("SELECT s.happy FROM posts JOIN scores AS s USING (post_key) WHERE post_id IN ('2', '3')")[
        "happy"
    ]
    found = cells.filter(pl.col("suffix") == "market").row(0, named=True)
    assert (found["n_units"], found["n_authors"]) == (2, 2)
    both = cells.filter(pl.col("suffix") == "day").row(0, named=True)
    assert both["n_units"] == 2, "two of the day's three posts are of one author"
    assert sample.noise.pairs.is_empty()
    assert build(store, pooling="firms").noise is None
    means = sample.data.filter(pl.col("session") == WEEK[0])["happy_market"][0]
    assert means == pytest.approx(happy.cast(pl.Float64).mean(), rel=1e-6)

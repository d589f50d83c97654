"""When posts were written, on the exchange's clock, by hand: daylight saving, half days, weekends, posts that name nobody."""

from datetime import date

import polars as pl
import pytest

from emtract.errors import PanelError
from emtract.options import PanelOptions
from emtract.panel.hours import PostingHours
from emtract.scoring import score_store
from emtract.store import Store
from tests.conftest import FakeScorer, batch, load_posts, post, source

# New York is five hours behind UTC in winter and four in summer; 28 November 2014 closes at 13:00.
POSTS = [
    post(1, "before the open", "2014-11-24T14:29:59", symbols=["A"]),
    post(2, "at the open", "2014-11-24T14:30:00"),
    post(3, "the same hour", "2014-11-24T14:59:59"),
    post(4, "half day, still open", "2014-11-28T17:59:59"),
    post(5, "half day, closed", "2014-11-28T18:00:00"),
    post(6, "summer", "2014-07-07T13:30:00"),
    post(7, "past midnight in UTC only", "2014-11-23T03:00:00"),
    post(8, "$A http://t.co/x", "2014-11-24T14:45:00", symbols=["A"]),
]


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    with Store.open(tmp_path_factory.mktemp("hours") / "s.duckdb") as opened:
        load_posts(opened, source(), [batch(*POSTS)])
        score_store(opened, FakeScorer())
        yield opened


def test_posts_stand_in_the_hour_of_the_exchange(store):
    sample = PostingHours().build(store, PanelOptions())
    told = sample.data.select("day", "weekday", "hour", "is_open", "n_posts").rows()
    assert told == [
        (date(2014, 7, 7), 1, 9, True, 1),
        (date(2014, 11, 22), 6, 22, False, 1),
        (date(2014, 11, 24), 1, 9, False, 1),
        (date(2014, 11, 24), 1, 9, True, 2),
        (date(2014, 11, 28), 5, 12, True, 1),
        (date(2014, 11, 28), 5, 13, False, 1),
    ]
    assert sample.settings["time_zone"] == "America/New_York"
    assert [s.rows_out for s in sample.ledger.steps] == [8, 8, 8, 8, 7, 6]


def test_emotions_are_means_over_posts(store):
    row = PostingHours().build(store, PanelOptions()).data.filter(pl.col("n_posts") == 2).row(0, named=True)
    texts = "SELECT avg(s.happy) AS happy, avg(s.valence) AS valence FROM posts JOIN scores AS s USING (post_key)"
    happy, valence = store.sql(f"{texts} WHERE post_id IN ('2', '3')").row(0)
    assert row["happy"] == pytest.approx(happy, abs=1e-7)
    assert row["valence"] == pytest.approx(valence, abs=1e-6)


def test_another_exchange_has_another_clock(store):
    sample = PostingHours().build(store, PanelOptions(calendar="XBOM"))
    told = {(row["day"], row["hour"]) for row in sample.data.iter_rows(named=True)}
    # Half an hour past the hour: 14:29:59 UTC is 19:59:59 in Mumbai, and 14:30 is 20:00.
    assert (date(2014, 11, 24), 19) in told and (date(2014, 11, 24), 20) in told


def test_nothing_readable_is_an_error(tmp_path):
    with Store.open(tmp_path / "s.duckdb") as opened:
        load_posts(opened, source(), [batch(post(1, "http://t.co/x", "2014-11-24T14:30:00"))])
        score_store(opened, FakeScorer())
        with pytest.raises(PanelError, match="no post is readable"):
            PostingHours().build(opened, PanelOptions())


def test_an_unknown_calendar_is_named(store):
    with pytest.raises(PanelError, match="calendar 'NOWHERE'"):
        PostingHours().build(store, PanelOptions(calendar="NOWHERE"))

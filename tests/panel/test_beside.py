"""Tags that writers gave their posts, and the sessions in which earnings are first traded on."""

from datetime import date

import polars as pl
import pytest

from emtract.econometrics.columns import check_columns
from emtract.econometrics.regression.spec import Spec
from emtract.errors import MissingDataError, PanelError
from emtract.options import PanelOptions
from emtract.panel.firm_sessions import FirmSessions, build_panel
from emtract.posts import Split
from emtract.scoring import score_store
from emtract.store import Store
from emtract.store.loading import load_market
from tests.conftest import FakeScorer, batch, load_posts, post, prices, source
from tests.panel.events_store import calendar, load, series

DAYS = calendar(date(2014, 11, 24), date(2014, 12, 12))
FIRST, LAST = DAYS[0], DAYS[-1]
#: Trading opens at 14:30 UTC. Wednesday's session holds three tags of market hours and one of before the open.
POSTS = [
    post(1, "one", f"{FIRST}T15:00:00", symbols=["A", "B"]),
    post(2, "two", "2014-11-26T12:00:00", symbols=["A"], sentiment="bearish"),
    post(3, "three", "2014-11-26T15:00:00", symbols=["A"], sentiment="bullish"),
    post(4, "four", "2014-11-26T16:00:00", symbols=["A"], sentiment="bullish"),
    post(5, "five", "2014-11-26T17:00:00", symbols=["A", "B"], sentiment="bearish"),
    post(6, "six", "2014-11-26T18:00:00", symbols=["A"]),
    post(7, "seven", f"{LAST}T15:00:00", symbols=["A"]),
]


@pytest.fixture
def store(tmp_path):
    with Store.open(tmp_path / "s.duckdb") as opened:
        for symbol in "AB":
            load_market(opened, source(symbol, "prices"), prices(symbol, [(d, 10.0, 11.0) for d in DAYS]))
        yield opened


def panel(store, posts):
    load_posts(store, source(), [batch(*posts)])
    score_store(store, FakeScorer())
    return build_panel(store).data


def told(data, symbol, *columns):
    return data.filter(pl.col("symbol") == symbol).select("session", *columns)


def test_tags_are_counted_by_firm_session_and_window(store):
    data = panel(store, POSTS)
    wednesday = data.filter(pl.col("session") == date(2014, 11, 26)).to_dicts()
    names = ("declared_pre_open", "n_tagged_pre_open", "declared_market", "n_tagged_market")
    assert [[row[name] for name in names] for row in wednesday] == [
        [-1.0, 1, pytest.approx(1 / 3), 3],
        [None, 0, -1.0, 1],
    ]
    others = data.filter(pl.col("session") != date(2014, 11, 26))
    assert others["declared_market"].null_count() == others.height
    assert others["n_tagged_market"].sum() == 0


def test_divergence_is_the_mean_reading_against_the_tag_over_tagged_posts(store):
    data = panel(store, POSTS)
    reading = store.sql("SELECT p.post_id, p.sentiment, s.* FROM posts p JOIN scores s USING (post_key)").to_dicts()
    against = {
        int(row["post_id"]): row["happy"]
        if row["sentiment"] == "bearish"
        else row["sad"] + row["anger"] + row["disgust"] + row["fear"]
        for row in reading
    }
    wednesday = data.filter(pl.col("session") == date(2014, 11, 26)).to_dicts()
    assert [[row[f"divergence_{window}"] for window in ("pre_open", "market")] for row in wednesday] == [
        [pytest.approx(against[2]), pytest.approx((against[3] + against[4] + against[5]) / 3)],
        [None, pytest.approx(against[5])],
    ]


def test_posts_with_and_without_a_tag_are_two_groups(store):
    load_posts(store, source(), [batch(*POSTS)])
    score_store(store, FakeScorer())
    data = build_panel(store, split=Split("tag"), noise=True).data
    assert sum(data[f"n_posts_{window}_tagged"].sum() for window in ("pre_open", "market")) == 5
    assert data["n_posts_market_untagged"].sum() == 4
    assert data["n_tagged_market"].to_list() == data["n_posts_market_tagged"].to_list()


def test_an_archive_without_tags_or_announcements_has_no_such_columns_and_is_what_it_was(store):
    untagged = [({**row, "sentiment": None}, symbols) for row, symbols in POSTS]
    plain = panel(store, untagged)
    assert not [c for c in plain.columns if c.startswith(("declared", "divergence", "n_tagged", "earnings"))]
    spec = Spec(
        y="return_open_close", x=("valence_market",), controls=("declared_market",), effects=("symbol",),
        covariance="robust", clusters=(), small_sample="fixest",
    )  # fmt: skip
    with pytest.raises(MissingDataError, match="no writer tagged a post"):
        check_columns(spec, build_panel(store))


@pytest.mark.parametrize(
    ("timing", "flagged"),
    [
        ("before_open", [date(2014, 12, 3)]),
        ("market", [date(2014, 12, 3)]),
        ("after_close", [date(2014, 12, 4)]),
        (None, [date(2014, 12, 3), date(2014, 12, 4)]),
    ],
)
def test_an_announcement_belongs_to_the_session_that_first_trades_on_it(store, timing, flagged):
    load(store, "earnings", announcements=[{"symbol": "A", "announced_on": date(2014, 12, 3), "timing": timing}])
    data = panel(store, POSTS)
    own = told(data, "A", "earnings_session")
    assert own.filter(pl.col("earnings_session") == 1)["session"].to_list() == flagged
    assert own["earnings_session"].null_count() == 0
    assert told(data, "B", "earnings_session")["earnings_session"].null_count() == data.filter(symbol="B").height


def test_a_holiday_and_the_time_before_and_after_a_file(store):
    days = [date(2014, 11, 27), date(2014, 8, 20)]
    load(store, "earnings", announcements=[{"symbol": "A", "announced_on": d, "timing": "market"} for d in days])
    own = told(panel(store, POSTS), "A", "earnings_session")
    assert own.filter(pl.col("earnings_session") == 1)["session"].to_list() == [date(2014, 11, 28)], "Thanksgiving"
    load(store, "old", announcements=[{"symbol": "B", "announced_on": date(2014, 8, 20), "timing": "market"}])
    other = told(build_panel(store).data, "B", "earnings_session")
    known = other.filter(pl.col("earnings_session").is_not_null())["session"].to_list()
    assert known == [d for d in DAYS if d <= date(2014, 11, 28)], "a hundred days after its last announcement"


def test_factors_of_the_session_itself_stand_beside_its_return(store):
    load(store, "factors", series=series("mkt_rf", DAYS[:-1], [i / 100 for i in range(len(DAYS) - 1)]))
    panel(store, POSTS)
    data = FirmSessions(factors=("mkt_rf",)).build(store, PanelOptions()).data
    for symbol in "AB":
        own = dict(told(data, symbol, "mkt_rf").iter_rows())
        assert own == {d: i / 100 for i, d in enumerate(DAYS[:-1])} | {LAST: None}
    with pytest.raises(PanelError, match="holds no series smb"):
        FirmSessions(factors=("mkt_rf", "smb")).build(store, PanelOptions())

"""Shares of emotions by kind of cause, by hand, and the split of posts by cause."""

from datetime import date

import polars as pl
import pytest

from emtract.emotions import EMOTIONS, NON_NEUTRAL
from emtract.options import PanelOptions
from emtract.panel.causes import NO_CAUSE, CauseShares, mean_shares
from emtract.panel.firm_sessions import build_panel
from emtract.posts import GROUPS, Split
from emtract.scoring import score_store
from emtract.store import Store
from emtract.store.loading import import_scores, load_market
from emtract.text.causes import CAUSES
from tests.conftest import FakeScorer, batch, load_posts, post, prices, source

DAYS = [date(2014, 11, 24), date(2014, 11, 25), date(2014, 11, 26)]
A = {"symbols": ["A"]}
POSTS = [
    post(1, "afraid it falls", "2014-11-24T15:00:00", author="u1", **A),
    post(2, "earnings scare me", "2014-11-24T15:01:00", author="u2", **A),
    post(3, "earnings and the fed", "2014-11-24T15:02:00", author="u3", **A),
    post(4, "what a day", "2014-11-24T15:03:00", author="u4", **A),
    post(5, "crash after earnings", "2014-11-24T15:04:00", author="u5", **A),
    post(6, "what a day", "2014-11-25T12:00:00", author="u6", **A),
]


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    with Store.open(tmp_path_factory.mktemp("causes") / "s.duckdb") as opened:
        load_posts(opened, source(), [batch(*POSTS)])
        load_market(opened, source("a.csv", "prices"), prices("A", [(d, 10.0, 11.0) for d in DAYS]))
        score_store(opened, FakeScorer())
        yield opened


def test_shares_by_hand(store):
    data = CauseShares().build(store, PanelOptions()).data.filter(session=DAYS[0])
    assert dict(data.select("kind", "n_posts").rows()) == {"price": 2, "earnings": 3, "macro": 1, NO_CAUSE: 1}
    fear = dict(store.sql("SELECT post_id, fear::DOUBLE FROM posts JOIN scores USING (post_key)").rows())
    whole = sum(fear[str(n)] for n in range(1, 6))
    expected = {
        "price": fear["1"] + fear["5"] / 2,
        "earnings": fear["2"] + fear["3"] / 2 + fear["5"] / 2,
        "macro": fear["3"] / 2,
        NO_CAUSE: fear["4"],
    }
    assert dict(data.select("kind", "fear").rows()) == pytest.approx({k: v / whole for k, v in expected.items()})


def test_the_shares_of_a_session_sum_to_one(store):
    data = CauseShares().build(store, PanelOptions()).data
    sums = data.group_by("symbol", "session").agg(pl.col(NON_NEUTRAL).sum())
    assert sums.height == 2
    assert all(value == pytest.approx(1) for row in sums.select(NON_NEUTRAL).rows() for value in row)


def test_means_are_over_sessions_in_the_order_of_kinds(store):
    sample = CauseShares().build(store, PanelOptions())
    means = mean_shares(sample)
    assert means["kind"].to_list() == [k for k in (*CAUSES, NO_CAUSE) if k in set(sample.data["kind"])]
    none = sample.data.filter(kind=NO_CAUSE)["fear"].sum() / 2
    assert means.filter(kind=NO_CAUSE)["fear"].item() == pytest.approx(none)


def test_a_split_by_cause_leaves_out_posts_on_both_sides_and_on_none(store):
    panel = build_panel(store, split=Split("cause"))
    first, second = (f"n_posts_market_{group}" for group in GROUPS["cause"])
    row = panel.data.filter(session=DAYS[0]).row(0, named=True)
    assert (row["n_posts_market"], row[first], row[second]) == (5, 1, 2)
    assert panel.settings["split_by"] == "cause"


def test_the_whole_is_what_it_was_without_the_split(store):
    whole = build_panel(store).data
    assert build_panel(store, split=Split("cause")).data.select(whole.columns).equals(whole)


def test_an_emotion_that_no_post_has_is_shared_by_no_kind(tmp_path):
    """Instruments that name one emotion a post give the others nothing."""
    with Store.open(tmp_path / "s.duckdb") as opened:
        load_posts(opened, source(), [batch(*POSTS)])
        load_market(opened, source("a.csv", "prices"), prices("A", [(d, 10.0, 11.0) for d in DAYS]))
        score_store(opened, FakeScorer())
        rows = opened.sql("SELECT platform, post_id FROM posts ORDER BY post_key")
        named = rows.with_columns(
            **{e: pl.lit(0.0) for e in EMOTIONS if e != "fear"}, fear=pl.Series([1.0] * 5 + [0.0])
        ).with_columns(neutral=1 - pl.col("fear"))
        import_scores(opened, named, scorer="named", revision="1", cleaner=FakeScorer.cleaner.version)
        sample = CauseShares().build(opened, PanelOptions(scorer="named"))
    assert sample.data["anger"].null_count() == sample.data.height
    assert sample.data.filter(session=DAYS[1])["fear"].to_list() == [None]
    means = mean_shares(sample)
    assert means["fear"].sum() == pytest.approx(1)
    assert means["anger"].null_count() == means.height

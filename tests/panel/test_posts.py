"""Which posts count: filters, splits and cut-offs against a count by hand; the whole panel is what it was without them."""

from dataclasses import replace
from datetime import date

import numpy as np
import polars as pl
import pytest

from emtract.emotions import EMOTIONS
from emtract.errors import PanelError
from emtract.options import PanelOptions
from emtract.panel.firm_sessions import FirmSessions, build_panel, group_columns
from emtract.panel.frame import stance_columns
from emtract.posts import GROUPS, BotRule, PostFilter, Split
from emtract.scoring import score_store
from emtract.store import Store
from emtract.store.loading import load_market
from tests.conftest import FakeScorer, batch, load_posts, post, prices, source
from tests.model.fakes import StanceScorer

DAYS = [date(2014, 11, 24), date(2014, 11, 25), date(2014, 11, 26)]
A = {"symbols": ["A"]}
POSTS = [
    post(1, "earnings look good", "2014-11-24T12:00:00", author="u1", followers=10, verified=True, language="en", **A),
    post(2, "earnings http://t.co/a", "2014-11-24T14:15:00", author="u1", followers=20, verified=False, **A),
    post(3, "good morning", "2014-11-24T14:00:00", author="u2", followers=None, language="en", **A),
    post(4, "RT @x what a day", "2014-11-24T15:00:00", author="u2", followers=500, verified=False, **A),
    post(5, "what a day", "2014-11-24T15:01:00", author="u3", followers=900, repost_of="9", **A),
    post(6, "art is 5% long", "2014-11-24T16:00:00", author="u1", followers=30, verified=True, language="de", **A),
    post(7, "stock up on milk", "2014-11-25T12:00:00", author=None, followers=40, language="en", **A),
    post(8, "hello again at 12.50", "2014-11-25T15:00:00", author="u1", followers=50, verified=True, **A),
]


def opened(path, posts):
    store = Store.open(path)
    load_posts(store, source(), [batch(*posts)])
    load_market(store, source("a.csv", "prices"), prices("A", [(d, 10.0 + i, 11.0 + i) for i, d in enumerate(DAYS)]))
    score_store(store, FakeScorer())
    return store


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    with opened(tmp_path_factory.mktemp("posts") / "s.duckdb", POSTS) as store:
        yield store


@pytest.fixture(scope="module")
def whole(store):
    return build_panel(store)


def counted(panel):
    return int(panel.data.select(pl.sum_horizontal(pl.col("n_posts_pre_open", "n_posts_market").sum())).item())


def steps(panel):
    return {s["step"]: (s["dropped"], s["rows_out"]) for s in panel.ledger.frame().iter_rows(named=True)}


@pytest.mark.parametrize(
    ("asked", "left"),
    [
        (PostFilter(), 8),
        (PostFilter(language="en"), 3),
        (PostFilter(since=date(2014, 11, 25)), 2),
        (PostFilter(until=date(2014, 11, 24)), 6),
        (PostFilter(content="finance"), 3),
        (PostFilter(content="chat"), 5),
        (PostFilter(figures="figures"), 2),
        (PostFilter(figures="plain"), 6),
        (PostFilter(origin="disseminating"), 3),
        (PostFilter(origin="original"), 5),
        (PostFilter(verified=True), 3),
        (PostFilter(verified=False), 2),
        (PostFilter(min_followers=30), 5),
        (PostFilter(max_followers=30), 3),
        (PostFilter(min_followers=20, max_followers=40), 3),
        (PostFilter(max_posts_per_author_day=2), 6),
        (PostFilter(language="en", content="finance"), 2),
    ],
)
def test_a_filter_keeps_what_a_count_by_hand_keeps_and_the_ledger_says_what_it_left_out(store, asked, left):
    panel = build_panel(store, posts=asked)
    assert counted(panel) == left
    assert panel.ledger.frame().filter(pl.col("unit") == "lines")["dropped"].sum() == 8 - left
    assert set(asked.settings) <= set(panel.settings)


def test_an_author_is_prolific_from_the_first_post_too_many_on(store):
    """u1 writes three posts on Monday: the third and the one of Tuesday go, the two before stay."""
    panel = build_panel(store, posts=PostFilter(max_posts_per_author_day=2))
    assert panel.data["n_posts_pre_open"].to_list()[:2] == [3, 1]
    assert steps(panel)["without prolific authors"] == (2, 6)


def test_bots_are_known_by_what_they_wrote_before(tmp_path):
    form = [post(i, f"buy now {i}", f"2014-11-24T12:{i:02d}:00", author="bot", **A) for i in range(10, 16)]
    person = [
        post(i, f"text {'abcdef'[i - 20] * 3}", f"2014-11-24T13:{i:02d}:00", author="man", **A) for i in range(20, 26)
    ]
    with opened(tmp_path / "s.duckdb", [*form, *person]) as store:
        rule = BotRule(min_posts=3, repeated=0.5, posts_per_day=50)
        panel = build_panel(store, posts=PostFilter(drop_bots=rule))
        # Two of the first three repeat the form, so the fourth to sixth go; nobody is judged on fewer than three.
        assert steps(panel)["without likely bots"] == (3, 9)
        fast = build_panel(store, posts=PostFilter(drop_bots=BotRule(min_posts=3, repeated=1.0, posts_per_day=4)))
        assert steps(fast)["without likely bots"] == (2, 10), "five earlier posts on one day are more than four a day"
        assert panel.settings["posts_bots_repeated"] == 0.5


@pytest.mark.parametrize(
    ("split", "first", "second"),
    [
        (Split("content"), 3, 5),
        (Split("figures"), 2, 6),
        (Split("origin"), 5, 3),
        (Split("verified"), 3, 2),
        (Split("followers"), 3, 4),
        (Split("followers", 100), 2, 5),
        (Split("history", 1), 2, 5),
        (Split("clock"), 3, 1),
    ],
)
def test_a_split_counts_as_by_hand_and_leaves_the_whole_as_it_is(store, whole, split, first, second):
    panel = build_panel(store, split=split)
    assert panel.data.select(whole.data.columns).equals(whole.data, null_equal=True)
    sums = [sum(panel.data[f"n_posts_{w}_{g}"].sum() for w in ("pre_open", "market")) for g in GROUPS[split.by]]
    assert sums == [first, second]
    extra = [c for c in panel.data.columns if c not in whole.data.columns]
    assert extra == [c for w in ("pre_open", "market") for g in GROUPS[split.by] for c in group_columns(w, g)]
    assert panel.settings["split_by"] == split.by


def test_the_groups_of_a_split_have_stances_where_the_scorer_reads_them(tmp_path):
    with opened(tmp_path / "s.duckdb", POSTS) as store:
        score_store(store, StanceScorer())
        panel = build_panel(store, scorer="stance", split=Split("content"))
        without = build_panel(store, scorer="fake", split=Split("content"))
    added = [c for c in panel.data.columns if c not in without.data.columns]
    pairs = [(w, g) for w in ("pre_open", "market") for g in ("", "finance", "chat")]
    assert sorted(added) == sorted(c for pair in pairs for c in stance_columns(*pair))
    row = panel.data.row(0, named=True)
    for name in ("bearish", "bullish", "stance"):
        parts = [row[f"{name}_pre_open_{g}"] * row[f"share_pre_open_{g}"] for g in ("finance", "chat")]
        assert sum(parts) == pytest.approx(row[f"{name}_pre_open"], abs=1e-9)


def test_the_whole_is_the_mean_of_its_groups_over_posts(store):
    row = build_panel(store, split=Split("content")).data.row(0, named=True)
    for emotion in (*EMOTIONS, "valence"):
        parts = [row[f"{emotion}_pre_open_{g}"] * row[f"share_pre_open_{g}"] for g in ("finance", "chat")]
        assert sum(parts) == pytest.approx(row[f"{emotion}_pre_open"], abs=1e-9)
    assert row["attention_pre_open_finance"] == pytest.approx(np.log(3))


def test_the_median_of_followers_divides_posts_as_they_carried_them(store):
    panel = build_panel(store, split=Split("followers"))
    assert panel.settings["split_threshold"] == np.median([10, 20, 500, 900, 30, 40, 50])


def test_history_counts_earlier_posts_only(store):
    """u1's third post has two behind it, its first none: the same author is a newcomer, then a regular."""
    data = build_panel(store, split=Split("history", 1)).data
    assert data["n_posts_market_regulars"].to_list()[:2] == [1, 1]
    assert data["n_posts_pre_open_newcomers"].to_list()[:2] == [3, 0]


def test_the_first_hour_is_that_of_the_session_on_half_days_too_and_posts_before_the_open_have_none(tmp_path):
    """The Friday after Thanksgiving closes at 18:00 UTC; a session's first hour ends at 15:30."""
    instants = ["14:29:59", "14:30:00", "15:29:59", "15:30:00", "17:59:59", "18:00:00", "20:59:59"]
    half = date(2014, 11, 28)
    told = [
        post(10 * d + k, f"text {k}", f"{day}T{at}", **A)
        for d, day in enumerate((DAYS[2], half))
        for k, at in enumerate(instants, 1)
    ]
    with Store.open(tmp_path / "s.duckdb") as store:
        load_posts(store, source(), [batch(*told)])
        days = [(d, 10.0, 11.0) for d in (*DAYS, half, date(2014, 12, 1))]
        load_market(store, source("a.csv", "prices"), prices("A", days))
        score_store(store, FakeScorer())
        panel = build_panel(store, split=Split("clock"), noise=True)
    counts = panel.data.filter(pl.col("n_posts_pre_open") > 0).select(
        f"n_posts_{name}" for name in ("pre_open", "market_first_hour", "market_later")
    )
    assert counts.rows() == [(1, 2, 4), (1, 2, 2), (2, 0, 0)]
    assert panel.data["n_posts_pre_open_first_hour"].sum() == panel.data["n_posts_pre_open_later"].sum() == 0
    assert steps(panel)["first_hour or later"] == (0, 10)
    assert {"market_first_hour", "market_later"} < set(panel.noise.cells["suffix"])


def test_posts_too_near_the_open_or_too_far_from_it_are_in_no_window(store):
    """The open of 24 November is at 14:30 UTC: posts 2 (14:15) and 3 (14:00) are near it, 1 (12:00) far."""
    assert build_panel(store, cutoff_minutes=15).data["n_posts_pre_open"][0] == 2, (
        "15 minutes before is too late by then"
    )
    cut = build_panel(store, cutoff_minutes=30)
    assert cut.data["n_posts_pre_open"][0] == 1
    assert steps(cut)["in a window"] == (2, 6)
    late = build_panel(store, pre_open_minutes=60, cutoff_minutes=15)
    assert late.data["n_posts_pre_open"][0] == 1
    assert late.data["n_posts_market"].equals(cut.data["n_posts_market"])


def test_without_options_the_panel_is_what_it_was(store, whole):
    asked = FirmSessions().build(store, PanelOptions())
    assert asked.data.equals(whole.data, null_equal=True)
    assert asked.settings == whole.settings
    assert not {"split_by", "cutoff_minutes", "pre_open_minutes"} & set(whole.settings)
    assert not [name for name in whole.settings if name.startswith("posts_")]
    assert "in a window" not in steps(whole)


def test_order_of_files_does_not_move_a_group(store, tmp_path):
    with opened(tmp_path / "t.duckdb", POSTS[::-1]) as other:
        for by in ("content", "history"):
            assert build_panel(other, split=Split(by)).data.equals(build_panel(store, split=Split(by)).data)


def test_requests_are_values(store):
    asked = FirmSessions(posts=PostFilter(drop_bots=BotRule()), split=Split("content"))
    assert hash(asked) == hash(replace(asked))
    panel = FirmSessions(posts=PostFilter(content="finance"), cutoff_minutes=20).build(store, PanelOptions())
    assert (panel.settings["posts_content"], panel.settings["cutoff_minutes"]) == ("finance", 20)


def test_sessions_around_earnings_are_left_out(store, tmp_path):
    with pytest.raises(PanelError, match=r"\[\[market\]\]"):
        FirmSessions(earnings_sessions=1).build(store, PanelOptions())
    with opened(tmp_path / "e.duckdb", POSTS) as other:
        other.execute(
            "INSERT INTO announcements BY NAME SELECT 1 AS source_id, 1 AS line, 'A' AS symbol, "
            "DATE '2014-11-23' AS announced_on"
        )
        panel = FirmSessions(earnings_sessions=0).build(other, PanelOptions())
        assert panel.data["session"].to_list() == DAYS[1:2], "Sunday's announcement meets Monday's session"
        assert steps(panel)["away from earnings"] == (1, 1)


def test_announcements_before_the_prices_leave_out_none_of_them(tmp_path):
    with opened(tmp_path / "e.duckdb", POSTS) as other:
        other.execute(
            "INSERT INTO announcements BY NAME SELECT 1 AS source_id, 1 AS line, 'A' AS symbol, DATE '2012-01-05' AS announced_on"
        )
        with pytest.raises(PanelError, match="no earnings announcement falls into the panel"):
            FirmSessions(earnings_sessions=1).build(other, PanelOptions())


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: PostFilter(content="jokes"), "finance, chat"),
        (lambda: PostFilter(figures="all"), "figures, plain"),
        (lambda: PostFilter(since=date(2015, 1, 2), until=date(2015, 1, 1)), "no post can count"),
        (lambda: PostFilter(min_followers=5, max_followers=4), "no post can count"),
        (lambda: PostFilter(max_posts_per_author_day=0), "at least 1"),
        (lambda: BotRule(repeated=0), "bot rule"),
        (lambda: Split("mood"), "a split is by one of"),
        (lambda: Split("content", 3), "no threshold"),
    ],
)
def test_impossible_requests_are_refused(make, message):
    with pytest.raises(PanelError, match=message):
        make()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"cutoff_minutes": -1}, "cutoff_minutes"),
        ({"cutoff_minutes": 30, "pre_open_minutes": 30}, "pre_open_minutes above it"),
        ({"posts": PostFilter(language="fr")}, "filter of posts leaves some"),
        ({"split": Split("followers", 1e9)}, "no post is followed"),
        ({"split": Split("content"), "posts": PostFilter(content="chat")}, "no post is finance"),
        ({"split": Split("content"), "min_posts": 4}, "both finance and chat"),
    ],
)
def test_what_a_store_cannot_give_is_an_error_that_names_the_remedy(store, options, message):
    with pytest.raises(PanelError, match=message):
        build_panel(store, **options)

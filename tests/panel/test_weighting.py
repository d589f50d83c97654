"""Weights that no post can tell are refused, those that some cannot are counted: in every sample of posts."""

from datetime import date, timedelta

import pytest

from emtract.errors import PanelError
from emtract.ledger import Ledger
from emtract.options import PanelOptions
from emtract.panel.firm_days import FirmDays, MovingPosts
from emtract.panel.firm_sessions import build_panel
from emtract.panel.market import MarketSessions
from emtract.panel.posts import BotRule, PostFilter
from emtract.panel.reading import Reading
from emtract.scoring import score_store
from emtract.store import Store
from emtract.store.loading import load_market
from tests.conftest import FakeScorer, batch, load_posts, post, prices, source

DAYS = [date(2014, 11, 3) + timedelta(days=k) for k in range(5)]


def stored(folder, lacking):
    """A store of 15 posts, the first so many of which have neither author nor followers."""
    store = Store.open(folder / "s.duckdb")
    told = [
        post(
            k, "up " * k, f"{DAYS[k % 5]}T12:{k:02d}:00", symbols=["A"],
            author=None if k <= lacking else f"u{k}", followers=None if k <= lacking else k,
        )
        for k in range(1, 16)
    ]  # fmt: skip
    load_posts(store, source(), [batch(*told)])
    load_market(store, source("a.csv", "prices"), prices("A", [(d, 10.0, 10.0 + i) for i, d in enumerate(DAYS)]))
    score_store(store, FakeScorer())
    return store


SAMPLES = {
    "panel": lambda store, weights: build_panel(store, weights=weights),
    "market": lambda store, weights: MarketSessions(weights=weights).build(store, PanelOptions()),
    "market by firms": lambda store, weights: MarketSessions(weights=weights, pooling="firms").build(
        store, PanelOptions()
    ),
    "firm days": lambda store, weights: FirmDays(min_posts=2).build(store, PanelOptions(weights=weights)),
    "moving posts": lambda store, weights: MovingPosts(of=FirmDays(min_posts=2)).build(
        store, PanelOptions(weights=weights)
    ),
}
LACK = {"log_followers": "a follower count", "one_vote": "an author"}


@pytest.mark.parametrize("weights", LACK)
@pytest.mark.parametrize("sample", SAMPLES)
def test_weights_that_no_post_tells_are_refused_with_the_remedy(tmp_path, sample, weights):
    with stored(tmp_path, 15) as store:
        with pytest.raises(PanelError, match=rf"none of 15 posts has {LACK[weights]}.*set weights = 'equal'"):
            SAMPLES[sample](store, weights)
        assert SAMPLES[sample](store, "equal").data.height > 0


@pytest.mark.parametrize("weights", LACK)
@pytest.mark.parametrize("sample", SAMPLES)
def test_posts_without_are_counted_in_the_ledger(tmp_path, sample, weights):
    with stored(tmp_path, 3) as store:
        steps = {step.name: step for step in SAMPLES[sample](store, weights).ledger.steps}
        assert steps["weighted"].reason.startswith(f"3 of 15 posts (20.0%) without {LACK[weights]}")
        assert steps["weighted"].dropped == 0
        assert "weighted" not in {step.name for step in SAMPLES[sample](store, "equal").ledger.steps}


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (PostFilter(max_posts_per_author_day=3), "tells its author, so max_posts_per_author_day"),
        (PostFilter(drop_bots=BotRule()), "tells its author, so drop_bots"),
        (PostFilter(min_followers=3), "tells its followers, so min_followers"),
        (PostFilter(verified=True), "tells its verified, so verified"),
        (PostFilter(language="en"), "tells its language, so language"),
    ],
)
def test_a_filter_that_reads_what_no_post_tells_is_refused(tmp_path, asked, words):
    with stored(tmp_path, 15) as store, pytest.raises(PanelError, match=words):
        build_panel(store, posts=asked)


def test_posts_without_an_author_stay_and_are_counted(tmp_path):
    with stored(tmp_path, 3) as store:
        panel = build_panel(store, posts=PostFilter(max_posts_per_author_day=1))
    step = next(s for s in panel.ledger.steps if s.name == "without prolific authors")
    assert step.reason.endswith("3 posts without an author stay")


def test_no_posts_at_all_are_no_reason_to_refuse():
    ledger = Ledger().start("posts", "posts", 0)
    read = Reading(options=PanelOptions(weights="one_vote"), cleaner="1", kinds=[])
    assert "0 of 0" in read.weighed(ledger, posts=0, lacking=0).steps[-1].reason

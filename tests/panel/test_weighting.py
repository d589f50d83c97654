"""Weights in every sample of posts: refused where no post can tell, counted where some cannot, and one vote a text by hand."""

import re
from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from emtract.emotions import EMOTIONS
from emtract.errors import PanelError
from emtract.ledger import Ledger
from emtract.options import PanelOptions
from emtract.panel.events import event_reading, moods
from emtract.panel.firm_days import FirmDays, MovingPosts
from emtract.panel.firm_sessions import build_panel
from emtract.panel.ipos import Ipos
from emtract.panel.market import MarketSessions
from emtract.panel.noise import VARIANCES
from emtract.panel.reading import Reading, choose_scores, read_posts
from emtract.posts import BotRule, PostFilter, Split
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


LONG = (
    "the whole market is waiting for the report of this company",
    "nobody knows where this stock will end the week",
    "our members were told of earnings long before the others",
)


def many(k):
    """A post of a long text in some spelling, or of a short one, by one of four authors or by nobody, in one of four windows."""
    spelling = ("{}", "{} 5%", "{}!!", "$B {}")[k % 4].format
    body = spelling(LONG[k % 3]) if k % 7 < 4 else ("to the moon", "so sad", "🚀")[k % 3]
    hour, author = ("12", "16")[k // 2 % 2], (None, "u1", "u2", "u3", "u4")[k * k % 5]
    return post(k, body, f"{DAYS[k % 2]}T{hour}:{k % 60:02d}:00", symbols=["A", "B"][: 1 + k % 2], author=author)


@pytest.fixture(scope="module")
def texts(tmp_path_factory):
    """A store of 240 posts of few texts, in the files' order."""
    with Store.open(tmp_path_factory.mktemp("texts") / "s.duckdb", threads=3) as opened:
        load_texts(opened, [many(k) for k in range(1, 241)])
        yield opened


def load_texts(store, posts):
    load_posts(store, source(), [batch(*posts)])
    for symbol in "AB":
        load_market(store, source(f"{symbol}.csv", "prices"), prices(symbol, [(d, 10.0, 11.0) for d in DAYS]))
    score_store(store, FakeScorer())


def by_hand(store, *cell):
    """Means over the distinct texts of each cell; a cell is columns of symbol, session, window and group."""
    rows = store.sql(
        "SELECT y.symbol, p.created_at::DATE AS session, hour(p.created_at::TIMESTAMP) < 14 AS early, p.post_key, p.author_id, "
        f"regexp_matches(p.body, 'earnings|stock') AS finance, t.text, {', '.join(f's.{e}::DOUBLE AS {e}' for e in EMOTIONS)} "
        "FROM posts AS p JOIN scores AS s USING (post_key) JOIN post_symbols AS y USING (post_key) "
        "JOIN cleaned AS c USING (post_key) JOIN texts AS t USING (text_key)"
    )
    voters = []
    for row in rows.iter_rows(named=True):
        letters = " ".join(re.findall(r"[^\W\d_]+", row["text"])) or row["text"]
        nobody = len(letters.split()) >= 5
        voters.append((letters, "" if nobody else row["author_id"] or str(row["post_key"])))
    rows = rows.with_columns(voter=pl.Series(["/".join(v) for v in voters]))
    each = rows.group_by(*cell, "voter").agg(pl.col(EMOTIONS).mean())
    return each.group_by(*cell).agg(pl.col(EMOTIONS).mean(), n_texts=pl.len()).sort(cell)


def same(found, expected):
    np.testing.assert_allclose(found.select(EMOTIONS), expected.select(EMOTIONS), atol=1e-7)


def test_one_text_has_one_vote_in_a_window_and_in_the_groups_of_a_split(texts):
    data = build_panel(texts, weights="distinct_text", split=Split("content")).data.sort("symbol", "session")
    cells = by_hand(texts, "symbol", "session", "early")
    groups = by_hand(texts, "symbol", "session", "early", "finance")
    for early, window in ((True, "pre_open"), (False, "market")):
        whole = data.filter(pl.col(f"n_posts_{window}") > 0).select(pl.col(f"{e}_{window}").alias(e) for e in EMOTIONS)
        same(whole, cells.filter(early=early))
        for finance, group in ((True, "finance"), (False, "chat")):
            part = data.filter(pl.col(f"n_posts_{window}_{group}") > 0)
            part = part.select(pl.col(f"{e}_{window}_{group}").alias(e) for e in EMOTIONS)
            same(part, groups.filter(early=early, finance=finance))
    assert cells["n_texts"].max() < 30 < data["n_posts_market"].max()


def test_one_text_has_one_vote_on_a_day_in_the_market_and_before_an_event(texts):
    options = PanelOptions(weights="distinct_text")
    days, told = FirmDays().build(texts, options).data, by_hand(texts, "symbol", "session")
    same(days.sort("symbol", "session"), told)
    assert days.sort("symbol", "session")["n_texts"].to_list() == told["n_texts"].to_list()
    market = MarketSessions(pooling="firms").build(texts, options).data.sort("session")
    firms = told.group_by("session").agg(pl.col(EMOTIONS).mean()).sort("session")
    same(market.select(pl.col(f"{e}_day").alias(e) for e in EMOTIONS), firms)
    instants = [pl.datetime(2014, 11, d, time_zone="UTC") for d in (3, 5)]
    windows = pl.select(event=0, symbol=pl.lit("B"), since=instants[0], until=instants[1])
    with event_reading(texts, options, Ipos()) as read:
        found = moods(texts, windows, "distinct_text")
        with texts.registered({"event_windows": windows.with_columns(number=0)}):
            asked = {"kinds": read.kinds, "weights": "distinct_text", "mood": "happy"}
            each = texts.query("panel/events/days", **asked)
    same(found, by_hand(texts, "symbol").filter(symbol="B"))
    expected = told.filter(symbol="B").sort("session")["happy"].to_list()
    assert each.sort("event_day")["mood"].to_list() == pytest.approx(expected, abs=1e-7)


def test_a_text_posted_38_times_counts_once_and_is_as_noisy_as_one(tmp_path):
    copies = [
        post(k, f"{LONG[0]} {k}%", f"{DAYS[0]}T15:{k:02d}:00", symbols=["A"], author=f"u{k}") for k in range(1, 39)
    ]
    others = [
        post(40 + k, body, f"{DAYS[0]}T16:00:00", symbols=["A"], author=f"v{k}") for k, body in enumerate(LONG[1:])
    ]
    elsewhere = [post(90, f"{LONG[0]} 5%", f"{DAYS[1]}T15:00:00", symbols=["A"], author="u1")]
    with Store.open(tmp_path / "s.duckdb") as store:
        load_texts(store, [*copies, *others, *elsewhere])
        panel = build_panel(store, weights="distinct_text", noise=True)
        read = store.sql("SELECT COLUMNS(emotions())::DOUBLE FROM scores JOIN posts USING (post_key) WHERE post_key IN "
                         "(SELECT min(post_key) FROM cleaned GROUP BY text_key) ORDER BY post_key")  # fmt: skip
        p = read.to_numpy()
        assert build_panel(store, weights="equal").data["happy_market"][0] != pytest.approx(p[:, 1].mean(), abs=1e-3)
    assert panel.data["n_posts_market"].to_list() == [40, 1, 0, 0]
    assert panel.data.select(f"{e}_market" for e in EMOTIONS).row(0) == pytest.approx(p.mean(axis=0), abs=1e-7)
    assert panel.data["happy_market"][1] == pytest.approx(p[0, 1], abs=1e-7)
    cell = panel.noise.cells.sort("session").row(0, named=True)
    assert (cell["n_texts"], cell["n_units"]) == (3, 3)
    assert cell["concentration"] == pytest.approx(1 / 3)
    centred = p - p.mean(axis=0)
    assert [cell[v] for v in VARIANCES] == pytest.approx(
        # The centre is the mean over both cells; it falls out where weights are equal.
        (centred.T @ centred / 6)[np.triu_indices(7)],
        abs=1e-9,
    )


def test_short_texts_of_several_authors_are_no_copies_and_those_of_one_are(tmp_path):
    moon, sad = "to the moon", "so sad"
    told = [(moon, "u1"), (moon, "u1"), (moon, "u2"), (sad, "u2"), (sad, None), (sad, None)]
    posts = [
        post(k, body, f"{DAYS[0]}T15:{k:02d}:00", symbols=["A"], author=author)
        for k, (body, author) in enumerate(told, 1)
    ]
    with Store.open(tmp_path / "s.duckdb") as store:
        load_texts(store, posts)
        happy = dict(store.sql("SELECT body, happy::DOUBLE FROM scores JOIN posts USING (post_key)").rows())
        found = build_panel(store, weights="distinct_text").data["happy_market"][0]
    assert found == pytest.approx((2 * happy[moon] + 3 * happy[sad]) / 5, abs=1e-7)


@pytest.mark.parametrize("order", [1, -1])
def test_threads_and_order_of_files_move_no_digit_of_votes_of_texts(texts, tmp_path, order):
    with Store.open(tmp_path / "t.duckdb", threads=1) as other:
        load_texts(other, [many(k) for k in range(1, 241)][::order])
        one, two = (build_panel(s, weights="distinct_text", noise=True) for s in (texts, other))
    assert one.data.equals(two.data)
    assert order < 0 or one.noise.cells.equals(two.noise.cells)


def test_nobody_pays_for_texts_who_does_not_count_them(texts):
    for weights, rows in (("equal", 0), ("one_vote", 0), ("distinct_text", 240)):
        read_posts(texts, *choose_scores(texts, PanelOptions(weights=weights)))
        assert texts.sql("SELECT count(distinct_text) FROM readings").item() == rows
        assert (texts.sql("SELECT count(*) FROM text_copies").item() > 0) == (rows > 0)

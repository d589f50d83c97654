import math
from datetime import date
from typing import get_args

import numpy as np
import polars as pl
import pytest

from emtract.econometrics.columns import check_columns
from emtract.econometrics.regression.spec import Spec
from emtract.errors import MissingDataError, PanelError
from emtract.options import Weights
from emtract.panel.firm_sessions import build_panel
from emtract.panel.frame import WINDOWS, dimension_columns, stance_columns
from emtract.posts import PostFilter
from emtract.scoring import score_store
from emtract.scoring.dimensions import read_dimensions
from emtract.store import Store
from emtract.store.loading import load_market
from tests.conftest import FakeScorer, batch, load_posts, post, prices, source
from tests.model.fakes import StanceScorer
from tests.scoring.fakes import FakeReader

# Thanksgiving week of 2014: Thursday 27 November is a holiday, Friday 28 closes at 13:00 New York (18:00 UTC).
WEEK = [
    date(2014, 11, 24),
    date(2014, 11, 25),
    date(2014, 11, 26),
    date(2014, 11, 28),
    date(2014, 12, 1),
    date(2014, 12, 2),
]
CLOSES = [10.0, 11.0, 12.0, 12.5, 12.0, 13.0]
POSTS = [
    post(1, "monday before the open", "2014-11-24T14:29:59", symbols=["A"], author="u1", followers=0),
    post(2, "at the open", "2014-11-24T14:30:00", symbols=["A"], author="u1", followers=100),
    post(3, "last second", "2014-11-24T20:59:59", symbols=["A", "B"], author="u2", followers=None),
    post(4, "at the close", "2014-11-24T21:00:00", symbols=["A"], author="u2"),
    post(5, "on the holiday", "2014-11-27T16:00:00", symbols=["A"], author="u3"),
    post(6, "half day, before its close", "2014-11-28T17:59:59", symbols=["A"], author="u3"),
    post(7, "half day, after its close", "2014-11-28T18:00:00", symbols=["A"], author="u3"),
    post(8, "on sunday", "2014-11-30T12:00:00", symbols=["A"], author="u4"),
    post(9, "on sunday again", "2014-11-30T13:00:00", symbols=["A"], author="u4", followers=1000),
    post(10, "on sunday by another", "2014-11-30T14:00:00", symbols=["A"], author="u5", followers=5),
    post(11, "$A http://t.co/x", "2014-11-30T14:00:00", symbols=["A"], author="u6"),
    post(12, "names nobody", "2014-11-30T14:00:00"),
    post(13, "names a stranger", "2014-11-30T14:00:00", symbols=["ZZZ"]),
    post(14, "years later", "2016-11-30T14:00:00", symbols=["A"]),
    post(15, "years before", "2010-11-30T14:00:00", symbols=["A"]),
    post(16, "b on a day without its price", "2014-11-26T16:00:00", symbols=["B"]),
]


@pytest.fixture
def store(tmp_path):
    with Store.open(tmp_path / "s.duckdb") as opened:
        load_posts(opened, source(), [batch(*POSTS, rejected=[{"line": 99, "reason": "not JSON", "detail": "{"}])])
        load_posts(opened, source("again"), [batch(POSTS[0])])
        series = [(d, c * 0.99, c) for d, c in zip(WEEK, CLOSES, strict=True)]
        load_market(opened, source("a.csv", "prices"), prices("A", series))
        load_market(opened, source("b.csv", "prices"), prices("B", series, skip=[WEEK[2]]))
        score_store(opened, FakeScorer())
        yield opened


def row(panel, symbol, day):
    return panel.data.row(by_predicate=(pl.col("symbol") == symbol) & (pl.col("session") == day), named=True)


def reading(*bodies):
    from emtract.text import clean_post

    return FakeScorer().score([clean_post(b).text for b in bodies]).probabilities.astype(float)


def test_posts_fall_in_the_session_whose_return_starts_after_them(store):
    panel = build_panel(store)
    counts = {d: (row(panel, "A", d)["n_posts_pre_open"], row(panel, "A", d)["n_posts_market"]) for d in WEEK[:5]}
    assert counts == {WEEK[0]: (1, 2), WEEK[1]: (1, 0), WEEK[2]: (0, 0), WEEK[3]: (1, 1), WEEK[4]: (4, 0)}
    assert panel.data["session"].max() == WEEK[4], "the panel ends with the last session that has posts"


def stances(*bodies):
    from emtract.text import clean_post

    return StanceScorer().score([clean_post(b).text for b in bodies]).stance.astype(float)


SUNDAY = ("on sunday", "on sunday again", "on sunday by another", "half day, after its close")


def test_a_panel_has_stances_where_its_scorer_reads_them_and_else_is_what_it_was(store):
    before = build_panel(store)
    score_store(store, StanceScorer())
    again, told = build_panel(store, scorer="fake"), build_panel(store, scorer="stance")
    assert again.data.equals(before.data)
    added = [c for w in WINDOWS for c in stance_columns(w)]
    assert [c for c in told.data.columns if c not in before.data.columns] == added
    assert told.data.select(pl.exclude(added)).columns == before.data.columns
    bearish, _, bullish = stances(*SUNDAY).mean(axis=0)
    found = row(told, "A", WEEK[4])
    assert found["bearish_pre_open"] == pytest.approx(bearish, abs=1e-9)
    assert found["bullish_pre_open"] == pytest.approx(bullish, abs=1e-9)
    assert found["stance_pre_open"] == pytest.approx(bullish - bearish, abs=1e-9)
    assert found["stance_market"] is None, "nobody posted"


def test_stances_have_the_weights_filters_and_least_posts_of_the_emotions(store):
    score_store(store, StanceScorer())
    weights = np.array([1 + np.log(1 + n) for n in (10, 1000, 5, 10)])
    found = row(build_panel(store, scorer="stance", weights="log_followers"), "A", WEEK[4])
    expected = weights @ stances(*SUNDAY) / weights.sum()
    assert found["stance_pre_open"] == pytest.approx(expected[2] - expected[0], abs=1e-9)
    few = build_panel(store, scorer="stance", min_posts=2).data
    for window in WINDOWS:
        for column in stance_columns(window):
            assert few[column].is_null().equals(few[f"valence_{window}"].is_null())
    bounded = few.drop_nulls("stance_pre_open")
    assert (bounded["bearish_pre_open"] + bounded["bullish_pre_open"] <= 1 + 1e-6).all()
    filtered = build_panel(store, scorer="stance", posts=PostFilter(max_followers=100))
    expected = stances("on sunday", "on sunday by another", "half day, after its close").mean(axis=0)
    assert row(filtered, "A", WEEK[4])["bullish_pre_open"] == pytest.approx(expected[2], abs=1e-9)


def test_a_mean_of_stances_is_over_the_posts_that_have_one(store):
    score_store(store, StanceScorer())
    store.execute(
        "UPDATE text_scores SET bearish = NULL, bullish = NULL WHERE scorer = 'stance' AND text_key IN "
        "(SELECT text_key FROM texts WHERE text = 'on sunday again')"
    )
    found = row(build_panel(store, scorer="stance"), "A", WEEK[4])
    bearish, _, bullish = stances(SUNDAY[0], *SUNDAY[2:]).mean(axis=0)
    assert (found["bearish_pre_open"], found["bullish_pre_open"]) == pytest.approx((bearish, bullish), abs=1e-9)
    assert found["stance_pre_open"] == pytest.approx(bullish - bearish, abs=1e-9)


def dimensions(*bodies):
    from emtract.text import clean_post

    return FakeReader().read([clean_post(b).text for b in bodies]).astype(float)


def test_a_panel_has_dimensions_where_somebody_read_them_and_else_is_what_it_was(store):
    before = build_panel(store)
    read_dimensions(store, FakeReader())
    told = build_panel(store)
    added = [c for w in WINDOWS for c in dimension_columns(w)]
    assert sorted(c for c in told.data.columns if c not in before.data.columns) == sorted(added)
    assert told.data.select(pl.exclude(added)).equals(before.data)
    assert told.settings == {**before.settings, "dimensions": "ratings@1"}
    found, posts = row(told, "A", WEEK[4]), dimensions(*SUNDAY)
    excited, calm = ((posts[:, 0] > 3) & aroused for aroused in (posts[:, 1] > 3, posts[:, 1] <= 3))
    expected = [*posts.mean(axis=0), excited.mean(), calm.mean()]
    assert [found[c] for c in dimension_columns("pre_open")] == pytest.approx(expected, abs=1e-9)
    assert found["arousal_market"] is None, "nobody posted"


def test_posts_without_dimensions_are_told_and_enter_no_mean(store):
    read_dimensions(store, FakeReader())
    store.execute(
        "DELETE FROM text_dimensions WHERE text_key IN (SELECT text_key FROM texts WHERE text LIKE 'on sunday again')"
    )
    panel = build_panel(store)
    assert panel.settings["posts_without_dimensions"] == 1
    expected = dimensions(SUNDAY[0], *SUNDAY[2:]).mean(axis=0)[1]
    assert row(panel, "A", WEEK[4])["arousal_pre_open"] == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("column", ["excitement_market", "arousal_pre_open", "calm_market"])
def test_a_study_that_asks_for_dimensions_says_how_a_panel_comes_by_them(store, column):
    spec = Spec(y="return_open_close", x=(column,), effects=(), covariance="robust", clusters=(), small_sample="fixest")
    with pytest.raises(MissingDataError, match=f"no {column} in this sample: read the posts' dimensions with"):
        check_columns(spec, build_panel(store))
    read_dimensions(store, FakeReader())
    check_columns(spec, build_panel(store))


def test_a_study_that_asks_for_a_stance_says_what_a_scorer_without_one_lacks(store):
    spec = Spec(
        y="return_open_close", x=("stance_market",), effects=(), covariance="robust", clusters=(), small_sample="fixest"
    )
    with pytest.raises(
        MissingDataError, match="no stance_market in this sample: score the posts with a model that reads stances"
    ):
        check_columns(spec, build_panel(store))
    score_store(store, StanceScorer())
    check_columns(spec, build_panel(store, scorer="stance"))


def test_equal_weights_are_the_plain_mean(store):
    happy = reading("on sunday", "on sunday again", "on sunday by another", "half day, after its close")[:, 1]
    assert row(build_panel(store), "A", WEEK[4])["happy_pre_open"] == pytest.approx(happy.mean(), abs=1e-9)


def test_log_follower_weights_use_followers_as_posted_and_one_without_them_weighs_one(store):
    p = reading("at the open", "last second")[:, 2]
    w = np.array([1 + math.log(101), 1.0])
    panel = build_panel(store, weights="log_followers")
    assert row(panel, "A", WEEK[0])["sad_market"] == pytest.approx((w * p).sum() / w.sum(), abs=1e-9)
    weighted = panel.ledger.frame().row(by_predicate=pl.col("step") == "weighted", named=True)
    assert weighted["reason"] == "2 of 11 posts (18.2%) without a follower count have weight 1"


def test_one_vote_an_author(store):
    p = reading("half day, after its close", "on sunday", "on sunday again", "on sunday by another")[:, 6]
    w = np.array([1, 0.5, 0.5, 1])
    panel = build_panel(store, weights="one_vote")
    assert row(panel, "A", WEEK[4])["fear_pre_open"] == pytest.approx((w * p).sum() / w.sum(), abs=1e-9)
    assert row(panel, "A", WEEK[4])["n_authors_pre_open"] == 3


def test_emotions_sum_to_one_and_valence_is_theirs(store):
    r = row(build_panel(store, weights="log_followers"), "A", WEEK[4])
    e = {k: r[f"{k}_pre_open"] for k in ("neutral", "happy", "sad", "anger", "disgust", "surprise", "fear")}
    assert sum(e.values()) == pytest.approx(1, abs=1e-6)
    assert r["valence_pre_open"] == pytest.approx(e["happy"] - e["sad"] - e["anger"] - e["disgust"] - e["fear"])
    assert r["attention_pre_open"] == pytest.approx(math.log(5))


def test_windows_with_fewer_posts_than_asked_are_null_but_attention_is_not(store):
    r = row(build_panel(store, min_posts=2), "A", WEEK[0])
    assert r["happy_pre_open"] is None
    assert r["valence_pre_open"] is None
    assert r["happy_market"] is not None
    assert r["attention_pre_open"] == pytest.approx(math.log(2))


def test_returns_and_their_neighbours(store):
    r = row(build_panel(store), "A", WEEK[1])
    assert r["return_open_close"] == pytest.approx(1 / 0.99 - 1)
    assert r["return_close_close"] == pytest.approx(11 / 10 - 1)
    assert (1 + r["return_overnight"]) * (1 + r["return_open_close"]) == pytest.approx(1 + r["return_close_close"])
    assert r["return_close_close_next"] == pytest.approx(12 / 11 - 1)
    assert r["lagged_return"] is None, "the first return needs a close before it"
    assert row(build_panel(store), "A", WEEK[2])["lagged_return"] == pytest.approx(11 / 10 - 1)


def test_a_gap_in_the_prices_leaves_nulls_beside_it_never_a_return_across_it(store):
    panel = build_panel(store)
    before, after = row(panel, "B", WEEK[1]), row(panel, "B", WEEK[3])
    assert before["return_open_close_next"] is before["return_close_close_next"] is None
    assert after["return_close_close"] is after["lagged_return"] is after["return_overnight"] is None
    assert after["return_open_close"] is not None


def test_lagged_volatility_is_that_of_the_sessions_before(store):
    panel = build_panel(store, volatility_sessions=3)
    past = np.diff(CLOSES[:4]) / np.array(CLOSES[:3])
    assert row(panel, "A", WEEK[4])["lagged_volatility"] == pytest.approx(past.std(ddof=1))
    assert row(panel, "A", WEEK[1])["lagged_volatility"] is None


def test_the_ledger_accounts_for_every_line(store):
    steps = {s["step"]: (s["dropped"], s["rows_out"]) for s in build_panel(store).ledger.frame().iter_rows(named=True)}
    assert steps == {
        "lines read": (0, 18),
        "parsed": (1, 17),
        "distinct posts": (1, 16),
        "scored posts": (0, 16),
        "readable posts": (1, 15),
        "posts that name a symbol": (1, 14),
        "posts by symbol": (0, 15),
        "symbol has prices": (1, 14),
        "inside the calendar": (2, 12),
        "session has a price": (1, 11),
        "firm-sessions with a price": (0, 9),
        "firm-sessions with posts": (4, 5),
        "with a return from the close before": (0, 6),
    }


def test_order_of_files_and_threads_do_not_move_a_digit(store, tmp_path):
    with Store.open(tmp_path / "t.duckdb", threads=1) as other:
        load_posts(other, source(), [batch(*reversed(POSTS))])
        series = [(d, c * 0.99, c) for d, c in zip(WEEK, CLOSES, strict=True)]
        load_market(other, source("b.csv", "prices"), prices("B", series, skip=[WEEK[2]]))
        load_market(other, source("a.csv", "prices"), prices("A", series))
        score_store(other, FakeScorer())
        for weights in get_args(Weights):
            assert build_panel(store, weights=weights).data.equals(build_panel(other, weights=weights).data)


def test_a_reader_can_build_a_panel(store, tmp_path):
    path = store.path
    store.close()
    with Store.open(path, read_only=True) as reader:
        assert build_panel(reader).settings["scorer"] == "fake"


def test_impossible_requests_are_refused(store, tmp_path):
    newer = FakeScorer()
    newer.revision = "2"
    score_store(store, newer)
    with pytest.raises(PanelError, match=r"fake@1 .*fake@2"):
        build_panel(store)
    assert build_panel(store, revision="2").settings["revision"] == "2"
    with pytest.raises(PanelError, match="weights must be one of"):
        build_panel(store, revision="2", weights="likes")
    with pytest.raises(PanelError, match="min_posts"):
        build_panel(store, revision="2", min_posts=0)
    with (
        Store.open(tmp_path / "empty.duckdb") as empty,
        pytest.raises(PanelError, match="holds no posts: run `emtract ingest`"),
    ):
        build_panel(empty)


def test_scores_over_texts_of_an_older_cleaner_give_way_to_those_of_the_latest(store):
    for table in ("cleaned", "texts", "text_scores"):
        store.execute(f"UPDATE {table} SET cleaner = '1'")
    assert build_panel(store).settings["cleaner"] == "1"
    score_store(store, FakeScorer())
    assert build_panel(store).settings["cleaner"] == FakeScorer.cleaner.version


def test_the_ledger_says_how_many_posts_were_mended(store):
    load_posts(store, source("c"), [batch(post(77, "itâ€™s up", "2014-11-25T16:00:00", symbols=["A"]))])
    score_store(store, FakeScorer())
    (step,) = build_panel(store).ledger.frame().filter(pl.col("step") == "readable posts").iter_rows(named=True)
    assert "damaged characters of 1 readable posts were mended" in step["reason"]

"""The codebook: every column of the panel says what it means and when it is known; derived ones follow from their parts."""

from datetime import date

import polars as pl
import pytest

from emtract.panel.firm_sessions import build_panel
from emtract.panel.frame import BUILT, WINDOWS, stance_columns
from emtract.panel.market import MARKET_COLUMNS
from emtract.scoring import score_store
from emtract.store import Store
from emtract.store.loading import load_market
from emtract.words.clock import CLOSE, NEXT_CLOSE, NEXT_OPEN, OPEN, PREVIOUS_CLOSE, words_of
from emtract.words.codebook import codebook, entry, known, spans
from tests.conftest import FakeScorer, batch, load_posts, post, prices, source


@pytest.mark.parametrize("column", [*BUILT, *MARKET_COLUMNS])
def test_every_column_of_the_panel_says_when_it_is_known(column):
    assert known(column) is not None


@pytest.mark.parametrize(
    ("column", "at"),
    [
        ("happy_pre_open", OPEN),
        ("happy_market_finance", CLOSE),
        ("bearish_pre_open", OPEN),
        ("stance_market_finance", CLOSE),
        ("standardised_bullish_day", CLOSE),
        ("stance_market_lag_1", PREVIOUS_CLOSE),
        ("valence_day", CLOSE),
        ("happy_pre_open_x_fear_market", CLOSE),
        ("lagged_anything", PREVIOUS_CLOSE),
        ("return_open_close_lag_1", PREVIOUS_CLOSE),
        ("return_open_close_lead_1", NEXT_CLOSE),
        ("return_close_close_cumulated_5", 11),
        ("return_close_close_between_5_and_20", 41),
        ("happy_pre_open_lead_1", NEXT_OPEN),
        ("high_return_open_close_next", NEXT_CLOSE),
        ("log_lagged_amihud", PREVIOUS_CLOSE),
        ("absolute_valence_pre_open", OPEN),
        ("log_range_parkinson_lag_1", PREVIOUS_CLOSE),
        ("car_market", 3),
        ("prior_market", -3),
        ("prior_market_return", PREVIOUS_CLOSE),
        ("bhar_12_industry", 1 + 12 * 42),
        ("bhar_5_12_size_bm", 1 + 12 * 42),
        ("enthusiasm", None),
        ("anything_x_else", None),
    ],
)
def test_a_name_says_when_its_column_is_known(column, at):
    assert known(column) == at


def test_spans_overlap_only_where_both_measure_the_same_at_the_same_time():
    (day,), (whole,), (night,) = spans("return_open_close"), spans("return_close_close"), spans("return_overnight")
    assert day.overlaps(whole)
    assert night.overlaps(whole)
    assert not day.overlaps(night)
    assert not day.overlaps(spans("valence_market")[0])
    assert spans("attention_market")[0].overlaps(spans("n_posts_market_finance")[0])


def test_words_of_instants():
    assert [words_of(k) for k in (-1, 0, 1, 2, 3)] == [
        "the previous close", "the open", "the close", "the next open", "the next close",
    ]  # fmt: skip
    assert words_of(11) == "the close 5 sessions later"
    assert words_of(-3) == "the close 2 sessions before"


def test_a_lead_of_any_column_is_of_the_future_and_a_placebo_is_known_no_earlier_than_its_own():
    assert known("tone_of_mine") is None
    assert known("tone_of_mine_lag_1") is None
    assert known("tone_of_mine_lead_2") == 3
    assert known("tone_of_mine_cumulated_3") == 5
    assert known("high_tone_of_mine_lead_2") == 3
    assert known("return_close_close_next_shuffled") == known("return_close_close_next")
    assert known("happy_market_other_firm") == known("happy_market")


#: Columns of the panel that have no unit: labels.
LABELS = {"symbol", "session", "number", "month", "ticker", "industry"}


@pytest.fixture(scope="module")
def panel(tmp_path_factory):
    """A panel of one firm and one post, built from a store."""
    with Store.open(tmp_path_factory.mktemp("codebook") / "s.duckdb") as store:
        load_posts(store, source(), [batch(post(1, "monday", "2014-11-24T14:29:59", symbols=["A"]))])
        load_market(store, source("a.csv", "prices"), prices("A", [(date(2014, 11, d), 10.0, 11.0) for d in (24, 25)]))
        score_store(store, FakeScorer())
        return build_panel(store)


def test_every_column_of_a_built_panel_is_in_the_codebook(panel):
    told = codebook(panel.data.columns)
    assert told.columns == ["name", "meaning", "unit", "known"]
    assert told["name"].to_list() == panel.data.columns
    assert told.null_count().sum_horizontal().item() == 0
    assert told["meaning"].str.len_chars().min() > 0
    assert set(told.filter(pl.col("unit") == "")["name"]) == LABELS


def test_the_whole_codebook_holds_each_column_of_the_panel_and_the_market_once(panel):
    names = codebook()["name"].to_list()
    assert len(names) == len(set(names))
    stances = {column for window in WINDOWS for column in stance_columns(window)}
    assert {*panel.data.columns, *stances, *MARKET_COLUMNS} <= set(names)
    assert not stances & {*panel.data.columns}, "this scorer reads none"


@pytest.mark.parametrize(
    ("column", "meaning", "unit", "at"),
    [
        ("happy_pre_open", "mean probability of happy: posts from the previous close to the open", "probability", "the open"),
        ("bullish_market", "mean probability that the writer would tag the post bullish: posts from the open to the close",
         "probability", "the close"),
        ("stance_pre_open", "bullish minus bearish: posts from the previous close to the open",
         "probability, \u22121 to 1", "the open"),
        ("n_posts_market_finance", "number of posts: posts from the open to the close, finance language", "posts", "the close"),
        ("return_open_close_lead_2", "close over open, minus one, 2 sessions later", "fraction", "the close 2 sessions later"),
        ("standardised_volume", "shares traded in the session, minus the mean, over the standard deviation",
         "standard deviations", "the close"),
        ("return_open_close_lead_1", "close over open, minus one, 1 session later", "fraction", "the next close"),
        ("volume_shuffled", "shares traded in the session, of another row", "shares", "the close"),
        ("tone_of_mine", None, None, None),
    ],
)  # fmt: skip
def test_a_column_is_described_by_the_parts_of_its_name(column, meaning, unit, at):
    assert codebook([column]).row(0) == (column, meaning, unit, at)
    assert (entry(column) is None) == (meaning is None)

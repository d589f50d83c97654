"""When columns are known: every column of the panel says so, and derived ones follow from what they are made of."""

import pytest

from emtract.panel.frame import BUILT
from emtract.panel.market import MARKET_COLUMNS
from emtract.words.known import CLOSE, NEXT_CLOSE, NEXT_OPEN, OPEN, PREVIOUS_CLOSE, known, spans, words_of


@pytest.mark.parametrize("column", [*BUILT, *MARKET_COLUMNS])
def test_every_column_of_the_panel_says_when_it_is_known(column):
    assert known(column) is not None


@pytest.mark.parametrize(
    ("column", "at"),
    [
        ("happy_pre_open", OPEN),
        ("happy_market_finance", CLOSE),
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

"""No portfolio trades on what it cannot know."""

import pytest

from emtract.econometrics.portfolio.sort import PortfolioSort
from emtract.econometrics.portfolio.timing import check_timing, known_at
from emtract.errors import SpecError


@pytest.mark.parametrize(
    ("signal", "returns", "allowed"),
    [
        ("valence_pre_open", "return_open_close", True),
        ("valence_pre_open", "return_close_close", False),
        ("valence_pre_open", "return_close_close_next", True),
        ("valence_pre_open", "return_open_close_next", True),
        ("happy_market", "return_open_close", False),
        ("happy_market", "return_close_close", False),
        ("happy_market", "return_close_close_next", True),
        ("happy_market", "return_open_close_next", True),
        ("happy_market_finance", "return_open_close", False),
        ("happy_pre_open_finance", "return_open_close", True),
        ("happy_pre_open_x_fear_market", "return_open_close", False),
        ("lagged_return", "return_close_close", True),
    ],
)
def test_the_signal_comes_before_the_position(signal, returns, allowed):
    if allowed:
        PortfolioSort(signal=signal, returns=returns)
    else:
        with pytest.raises(SpecError, match=f"{signal} is known at the (open|close), after a position in {returns}"):
            PortfolioSort(signal=signal, returns=returns)


def test_the_remedy_names_what_can_be_held():
    with pytest.raises(SpecError, match=r"hold return_close_close_next or return_open_close_next$"):
        check_timing("happy_market", "close", "return_open_close")


@pytest.mark.parametrize("signal", ["happy_pre_open_lead_1", "return_open_close_next", "x_cumulated_5"])
def test_columns_of_the_future_are_refused(signal):
    with pytest.raises(SpecError, match="column of the future"):
        known_at(signal, None)
    with pytest.raises(SpecError, match="column of the future"):
        known_at(signal, "open")


def test_a_name_that_says_nothing_needs_a_statement():
    with pytest.raises(SpecError, match="nothing says when enthusiasm is known"):
        PortfolioSort(signal="enthusiasm")
    assert known_at("enthusiasm", "open") == "open"
    assert known_at("valence_pre_open", "close") == "close", "later than its name says is allowed"
    with pytest.raises(SpecError, match="known at the close, not at the open"):
        known_at("valence_market", "open")

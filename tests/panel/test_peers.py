"""Earnings of others: who is a peer, what is far, and whose own earnings keep a session out."""

from datetime import date, timedelta

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emtract.errors import PanelError
from emtract.panel.peers import PeerEarnings


def frame(returns, earnings, industry, *, days=1):
    """One row a firm and session; lists of firms within sessions."""
    n = len(industry)
    return pl.DataFrame(
        {
            "symbol": [f"F{k}" for k in range(n)] * days,
            "number": [d for d in range(days) for _ in range(n)],
            "session": [date(2015, 1, 1) + timedelta(days=d) for d in range(days) for _ in range(n)],
            "industry": industry * days,
            "return_close_close": returns,
            "earnings_session": earnings,
        },
        schema_overrides={"return_close_close": pl.Float64, "earnings_session": pl.Float64},
    )


def test_a_shock_is_the_mean_of_those_of_the_group_that_announced():
    data = frame(
        [-0.08, -0.02, 0.0, 0.0, -0.09, 0.0, 0.0, None],
        [1, 1, 0, None, 1, 0, 0, 1],
        ["X", "X", "X", "X", "Y", "Y", "Z", "Z"],
    )
    down = PeerEarnings("down", beyond=0.05).apply(data)["peers_down"].to_list()
    assert down == [None, None, 1.0, None, None, 1.0, 0.0, None], (
        "own earnings, and those that no file tells of, are null"
    )
    assert PeerEarnings("down", beyond=0.051).apply(data)["peers_down"].to_list()[2] == 0.0
    assert PeerEarnings("up").apply(data)["peers_up"].to_list()[2:6:3] == [0.0, 0.0]


def test_sessions_near_ones_own_earnings_are_null():
    days = 9
    data = frame([0.05, 0.0] * days, [1, 0] * 4 + [1, 1] + [1, 0] * 4, ["X", "X"], days=days)
    made = PeerEarnings("up", apart=2).apply(data).filter(symbol="F1")["peers_up"].to_list()
    assert made == [1.0, 1.0, None, None, None, None, None, 1.0, 1.0]
    own = PeerEarnings("up", apart=0).apply(data).filter(symbol="F1")["peers_up"].to_list()
    assert own == [1.0] * 4 + [None] + [1.0] * 4


@given(st.data())
def test_a_firms_own_return_is_no_part_of_its_shock(data):
    n = data.draw(st.integers(3, 8))
    returns = data.draw(st.lists(st.floats(-0.2, 0.2), min_size=n, max_size=n))
    earnings = data.draw(st.lists(st.sampled_from([0, 1]), min_size=n, max_size=n))
    industry = data.draw(st.lists(st.sampled_from(["X", "Y"]), min_size=n, max_size=n))
    k = data.draw(st.integers(0, n - 1))
    before = PeerEarnings("up").apply(frame(returns, earnings, industry))["peers_up"].to_list()
    moved = [data.draw(st.floats(-0.2, 0.2)) if i == k else r for i, r in enumerate(returns)]
    after = PeerEarnings("up").apply(frame(moved, earnings, industry))["peers_up"].to_list()
    assert before[k] == after[k]
    if not earnings[k]:
        assert before == after


def test_what_it_needs_is_named():
    data = frame([0.0], [0], ["X"])
    with pytest.raises(PanelError, match="earnings_session"):
        PeerEarnings("up").apply(data.drop("earnings_session"))
    for wrong in ({"beyond": 0.0}, {"apart": -1}):
        with pytest.raises(PanelError, match="at least 0"):
            PeerEarnings("up", **wrong).apply(data)

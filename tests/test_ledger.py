import pytest

from emtract.ledger import Ledger, Step


def test_a_ledger_counts_what_each_step_drops():
    ledger = Ledger().start("read", "posts", 10).keep("parsed", 8, "broken").start("by symbol", "post x symbol", 12)
    assert ledger.frame()["dropped"].to_list() == [0, 2, 0]
    assert ledger.frame()["rows_in"].to_list() == [None, 10, None]


def test_a_ledger_that_does_not_add_up_raises():
    with pytest.raises(ValueError, match="is not"):
        Step("x", "posts", 10, 1, 8, "")


def test_ledgers_chain():
    assert len((Ledger().start("a", "x", 1) + Ledger().start("b", "y", 2)).steps) == 2

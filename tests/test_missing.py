"""One vocabulary of words for missing."""

import pytest

from emtract.missing import WRITTEN, is_missing, is_unwritten


@pytest.mark.parametrize("word", sorted(WRITTEN))
def test_what_software_writes_is_missing_everywhere(word):
    assert is_missing(word)
    assert is_unwritten(f" {word} ")


@pytest.mark.parametrize("ticker", ["NA", "NAN", "NAT", "nat", "NONE", "AAPL", "N"])
def test_tickers_are_spared(ticker):
    assert not is_unwritten(ticker)


@pytest.mark.parametrize("word", ["NA", "na", "-", "--", ".", "NAN", "NONE", "Null", "n/a"])
def test_a_number_or_an_id_is_missing_in_any_case(word):
    assert is_missing(word)


@pytest.mark.parametrize("cell", ["0", "False", "nano", "-1", "1", "en", "nullius"])
def test_values_are_no_words_for_missing(cell):
    assert not is_missing(cell)
    assert not is_unwritten(cell)

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emtract.symbols import canonical_symbol, extract_cashtags, is_plausible_ticker


@pytest.mark.parametrize("raw", ["BRK.B", "brk_b", "BRK/B", "$BRK-B", " brk-b ", "$ BRK.B", " $ $brk_b"])
def test_share_classes_have_one_spelling(raw):
    assert canonical_symbol(raw) == "BRK-B"


@given(st.text(max_size=12))
def test_canonical_is_idempotent(raw):
    assert canonical_symbol(canonical_symbol(raw)) == canonical_symbol(raw)


@pytest.mark.parametrize(
    ("body", "symbols"),
    [
        ("$AAPL and $goog, then $AAPL", ("AAPL", "GOOG")),
        ("paid $5 and $5k, US$TSLA", ()),
        ("$BTC.X $BRK.B.", ("BTC.X", "BRK-B")),
        ("($AAPL)", ("AAPL",)),
        ("an $AAPL-led rally.$PHM.lol $WEED.CA", ("AAPL", "PHM", "WEED.CA")),
        ("", ()),
    ],
)
def test_cashtags(body, symbols):
    assert extract_cashtags(body) == symbols


def test_plausible_tickers():
    assert all(map(is_plausible_ticker, ["A", "GOOGL", "BRK-B", "BTC.X"]))
    assert not any(map(is_plausible_ticker, ["", "TOOLONG", "ES_F", "5"]))

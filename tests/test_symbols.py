import pytest
from hypothesis import given
from hypothesis import strategies as st

from emtract.symbols import FORMS, canonical_symbol, extract_cashtags, is_plausible_ticker


@pytest.mark.parametrize("raw", ["BRK.B", "brk_b", "BRK/B", "$BRK-B", " brk-b ", "$ BRK.B", " $ $brk_b"])
def test_share_classes_have_one_spelling(raw):
    assert canonical_symbol(raw) == "BRK-B"


@given(st.text(max_size=12))
def test_canonical_is_idempotent(raw):
    assert canonical_symbol(canonical_symbol(raw)) == canonical_symbol(raw)


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.name)
def test_posts_and_tables_write_each_form_the_same(form):
    assert canonical_symbol(form.example) == form.canonical == canonical_symbol(form.canonical)
    assert extract_cashtags(f"long ${form.example}, $QQQ") == (form.canonical, "QQQ")
    assert extract_cashtags(f"${form.canonical}") == (form.canonical,)
    assert is_plausible_ticker(form.canonical)


@given(
    st.lists(
        st.sampled_from(["A", "b", "TSLA", "0700", ".", "-", "/", "_", "=", "^", "L", "TO", "X", "F", "PR", "UN"]),
        max_size=6,
    )
)
def test_every_mix_of_the_parts_of_symbols_has_one_spelling(parts):
    once = canonical_symbol("".join(parts))
    assert canonical_symbol(once) == once == canonical_symbol(once.lower())


@pytest.mark.parametrize(
    ("body", "symbols"),
    [
        ("$TSLA$AAPL$NVDA", ("TSLA", "AAPL", "NVDA")),
        ("$TSLA.It was, $TSLA.I was, $TSLA.to go, $TSLA.a", ("TSLA",)),
        ("$BRK/B and $BRK.B, $brk.a", ("BRK-B", "BRK-A")),
        ("$ES_F rips, $es_f and $ES=F too", ("ES_F",)),
        ("$VOD.L $ILC.v $CCZ.ca $IMG.TO $NIFTY50.NSE", ("VOD.L", "ILC.V", "CCZ.CA", "IMG.TO", "NIFTY50.NSE")),
        ("$0700.HK $^VIX $005930.KS $100.T $1.2B", ("0700.HK", "^VIX", "005930.KS")),
        ("$BBD/B.TO $REI.UN.TO $AAC/U $PBR-A", ("BBD-B.TO", "REI-UN.TO", "AAC-U", "PBR-A")),
        ("A$AP and FM$C, $A/S, $$AAPL", ("A",)),
        ("https://a.co/?q=$AAPL www.b.co/$AAPL", ()),
        ("&#36;AAPL ＄TSLA \\u0024GME b\\ud83d\\ude80$F", ("AAPL", "TSLA", "GME", "F")),
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
    assert all(map(is_plausible_ticker, ["A", "GOOGL", "BRK-B", "BTC.X", "ES_F", "VOD.L", "0700.HK", "^VIX"]))
    assert not any(map(is_plausible_ticker, ["", "TOOLONG", "TOOLONG.L", "5", "0700", "A B"]))

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emtract.ingest.posts.tickers import NOT_SYMBOLS, bare_symbols

KNOWN = frozenset(
    {"GME", "AMC", "TSLA", "NVDA", "ALL", "ARE", "CAR", "DASH", "FAT", "F", "BRK-B", "GOOGL", "SPY", "BANKX"}
)


@pytest.mark.parametrize(
    ("text", "symbols"),
    [
        ("I like GME and nothing else", ["GME"]),
        ("GME", ["GME"]),
        ("GME 🚀🚀🚀", ["GME"]),
        ("buy GME, AMC; then GME (and TSLA).", ["GME", "AMC", "TSLA"]),
        ('GME\'s earnings, *GME*, [GME](x) "GME" …GME…', ["GME"]),
        ("NASDAQ:NVDA is up", ["NVDA"]),
        ("YOLO GME, my DD", ["GME"]),
        ("BUY GME NOW", ["GME"]),
        ("GOOGL is five letters", ["GOOGL"]),
        ("ALL of us ARE in a CAR that will DASH to FAT people", []),
        ("gme and Gme are no symbols here", []),
        ("$GME is a cashtag, #GME a hashtag", []),
        ("r/GME u/GME @GME /GME/ https://x.com/GME?s=GME&t=GME", []),
        ("www.GME.com and end.GME and GME.AX", []),
        ("GME-led, non-GME, AT&GME, GME&T, GME2, 2GME, _GME_, GME's'll GME'd", ["GME"]),
        ("F and SP500 and EGME and GMEX", []),
        ("UNKN is not known", []),
        ("WHY DOES EVERYBODY TALK ABOUT GME TODAY", []),
        ("THEY TOOK my GME and left me with some more", ["GME"]),
        ("", []),
    ],
)
def test_bare_names(text, symbols):
    assert list(bare_symbols(text, KNOWN)) == symbols


def test_nothing_is_known_by_default():
    assert bare_symbols("GME", frozenset()) == ()


@pytest.mark.parametrize(
    "word",
    [
        "ALL",
        "ARE",
        "NOW",
        "YOLO",
        "CTO",
        "IPO",
        "ETF",
        "USA",
        "EPS",
        "GDP",
        "FOMC",
        "DTE",
        "EOD",
        "ATH",
        "EDIT",
        "TLDR",
        "SEC",
        "IMO",
    ],
)
def test_words_that_people_write_in_capitals_are_no_symbols(word):
    assert word in NOT_SYMBOLS
    assert bare_symbols(f"what about {word} then", frozenset({word})) == ()


def test_words_of_the_list_have_the_length_of_bare_names():
    assert {len(word) for word in NOT_SYMBOLS} == {3, 4, 5}
    assert all(word.isupper() and word.isalpha() for word in NOT_SYMBOLS)
    assert len(NOT_SYMBOLS) < 800


@given(st.text(st.sampled_from("GMEAC $#/&.-'a🚀\n"), max_size=40))
def test_only_known_names_come_out_once_and_in_order(text):
    found = bare_symbols(text, KNOWN)
    assert len(set(found)) == len(found)
    assert set(found) <= KNOWN - NOT_SYMBOLS
    assert [text.index(symbol) for symbol in found] == sorted(text.index(symbol) for symbol in found)

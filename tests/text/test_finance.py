"""The language of finance: a list that is what it says, and a pattern that finds whole terms and nothing else."""

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emtract.text import clean_post
from emtract.text.finance import FINANCE_TERMS, finance_pattern, finance_terms, is_finance
from emtract.text.lexicon import URL


@pytest.mark.parametrize(
    "body",
    [
        "$AAPL Earnings beat expectations",
        "new Price Target on $TSLA",
        "cheap at this P/E!",
        "buying more $AMD calls",
        "the year-over-year numbers",
        "dividends are back",
        "#StockMarket",
        "golden cross on the 200 day",
    ],
)
def test_finance_is_found_in_any_spelling(body):
    assert is_finance(clean_post(body).text)


@pytest.mark.parametrize(
    "body",
    ["what a beautiful morning", "i love my new phone $AAPL", "rally", "", "call me later", "restocking shelves"],
)
def test_chat_is_not(body):
    assert is_finance(clean_post(body).text) == (body == "rally")


def test_the_list_has_no_term_twice_and_none_that_only_placeholders_make():
    listed = [t.strip() for terms in FINANCE_TERMS.values() for t in " ".join(terms.split()).split(",")]
    assert len(listed) == len(set(listed))
    assert 250 <= len(finance_terms()) <= 360
    assert not [term for term in finance_terms() if not any(c.isalpha() for c in term.replace("<number>", ""))]
    assert {clean_post(term).text for term in finance_terms()} == set(finance_terms()), "terms are spelt as model text"


@given(st.lists(st.sampled_from(["stock", "sto", "ck", "price", "target", "hello", "s", "calls", "<url>"]), max_size=6))
def test_the_store_and_python_read_the_pattern_alike(words):
    text = " ".join(words)
    found = duckdb.connect().execute("SELECT regexp_matches($t, $p)", {"t": text, "p": finance_pattern()}).fetchone()[0]
    tokens = f" {text} "
    by_hand = any(f" {t}{s} " in tokens for t in ("stock", "price target", "target price", "calls") for s in ("", "s"))
    assert found == is_finance(text) == by_hand


def test_links_are_seen():
    assert URL in clean_post("read this http://t.co/x").text
    assert URL not in clean_post("read this").text

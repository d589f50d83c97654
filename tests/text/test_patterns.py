"""Patterns over model text: each is what it says, and finds whole terms and nothing else."""

import re

import duckdb
import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emtract.ingest.batches import read_posts
from emtract.text import clean_post
from emtract.text.lexicon import URL
from emtract.text.patterns import (
    FIGURES,
    FINANCE_TERMS,
    PROMOTION,
    figures_pattern,
    finance_pattern,
    finance_terms,
    promotion_pattern,
)


def matches(pattern, text):
    return re.search(pattern, text) is not None


@pytest.fixture(scope="module")
def duck():
    with duckdb.connect() as connection:
        yield connection


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
    assert matches(finance_pattern(), clean_post(body).text)


@pytest.mark.parametrize(
    "body",
    ["what a beautiful morning", "i love my new phone $AAPL", "rally", "", "call me later", "restocking shelves"],
)
def test_chat_is_not(body):
    assert matches(finance_pattern(), clean_post(body).text) == (body == "rally")


def test_the_list_has_no_term_twice_and_none_that_only_placeholders_make():
    listed = [t.strip() for terms in FINANCE_TERMS.values() for t in " ".join(terms.split()).split(",")]
    assert len(listed) == len(set(listed))
    assert 250 <= len(finance_terms()) <= 360
    assert not [term for term in finance_terms() if not any(c.isalpha() for c in term.replace("<number>", ""))]
    assert {clean_post(term).text for term in finance_terms()} == set(finance_terms()), "terms are spelt as model text"


@given(st.lists(st.sampled_from(["stock", "sto", "ck", "price", "target", "hello", "s", "calls", "<url>"]), max_size=6))
def test_the_store_and_python_read_the_pattern_alike(duck, words):
    text = " ".join(words)
    found = duck.execute("SELECT regexp_matches($t, $p)", {"t": text, "p": finance_pattern()}).fetchone()[0]
    tokens = f" {text} "
    by_hand = any(f" {t}{s} " in tokens for t in ("stock", "price target", "target price", "calls") for s in ("", "s"))
    assert found == matches(finance_pattern(), text) == by_hand


def test_links_are_seen():
    assert URL in clean_post("read this http://t.co/x").text
    assert URL not in clean_post("read this").text


EXAMPLES = {
    "invites to a group": "Join our free Discord for alerts $TSLA",
    "asks for messages": "DM me for signals, WhatsApp +1 (555) 010-9999",
    "offers": "Start your free trial today https://a.co",
    "advertises signals": "We alerted the BUY signal at $5.13",
    "a form that programs fill in": "SEC Form 4 filed by A. Person https://a.co/1",
}


@pytest.mark.parametrize("rule", PROMOTION)
def test_each_rule_finds_its_kind(rule):
    assert re.search(PROMOTION[rule], clean_post(EXAMPLES[rule]).text)
    assert matches(promotion_pattern(), clean_post(EXAMPLES[rule]).text)


@pytest.mark.parametrize(
    "body",
    [
        "$TSLA to the moon, I am holding 🚀",
        "they sent me a message about the price target",
        "our company reported results today, read https://a.co",
        "joined the call, telegram from the board",
        "$A $B $C $D $E look good",
    ],
)
def test_ordinary_posts_are_no_promotion(body):
    assert not matches(promotion_pattern(), clean_post(body).text)


def test_duckdb_reads_the_pattern_as_python_does(duck):
    for body in (*EXAMPLES.values(), "$A up"):
        text = clean_post(body).text
        (found,) = duck.execute("SELECT regexp_matches($1, $2)", [text, promotion_pattern()]).fetchone()
        assert found == matches(promotion_pattern(), text)


NAMED = {
    "an amount of money": [
        "$AAPL at $12.40",
        "worth $ 5bn",
        "\u20ac3",
        "down $.50",
        "287.55$",
        "loses 27 cents",
        "8 bucks",
        "656.44USD",
    ],
    "a percentage": [
        "+5 %",
        "5%",
        "up 3.2 percent",
        "off 5%off",
        "40 bps",
        "a 10 per cent move",
        "6 pct",
        "25 basis points",
    ],
    "a price without its currency": [
        "bought at 98.50",
        "$AAPL 1,098.50",
        "out at 1.06.",
        "sold (.69)",
        "High=38.82 and on",
        "37.5000",
    ],
    "the size of a move": [
        "$AAPL +4.75 since",
        "$SNY (-3.4)",
        "down 0.8 pre-market",
        "lost 158 Points",
        "\u22121.5 now",
        "240 pts",
    ],
}
NOT_NAMED = [
    "$AAPL", "$AAPL $TSLA 3 reasons", "iPhone 6 and Windows 8.1", "http://t.co/a%20b/1.25/5%2B", "at 9:30", "the 10-K of 2014",
    "52-week high", "4Q 2014", "28.11.2014", "version 1.10.3", "F-150 and AR-15", "up 14 of 17 days", "2pm", "A$AP",
    "100,000 shares", "@61point8 thanks", "top 10", "",
]  # fmt: skip


@pytest.mark.parametrize(("kind", "body"), [(kind, body) for kind, bodies in NAMED.items() for body in bodies])
def test_each_kind_of_figure_is_found(kind, body):
    assert matches(f"(?i:{FIGURES[kind]})", body)
    assert matches(figures_pattern(), body.upper())


@pytest.mark.parametrize("body", NOT_NAMED)
def test_other_numbers_are_no_figures(body):
    assert not matches(figures_pattern(), body)


PIECES = [*"$%5.-+ (x/\n\u20ac\u2212\u00a0\u00e9", "98.50", "up", "pts", "percent", "USD"]


@given(st.lists(st.sampled_from(PIECES), max_size=8).map("".join))
def test_the_store_and_python_read_figures_alike(duck, body):
    found = duck.execute("SELECT regexp_matches($1, $2)", [body, figures_pattern()]).fetchone()[0]
    assert found == matches(figures_pattern(), body)


@pytest.mark.real_data
def test_figures_are_as_common_as_the_docstring_says(data):
    bodies = {}
    for path in sorted((data / "stocknet" / "tweets").glob("*.jsonl.zst")):
        for found in read_posts(path, format="twitter_v1"):
            bodies |= zip(*(found.posts[name].to_pylist() for name in ("post_id", "body")), strict=True)
    assert len(bodies) == 96_826
    pattern = figures_pattern()
    share = sum(matches(pattern, body) for body in bodies.values()) / len(bodies)
    assert share == pytest.approx(0.153, abs=5e-4)


@pytest.mark.real_data
def test_the_rules_are_as_good_as_their_docstring_says(data):
    labelled = pl.read_csv(data / "labelled" / "stocktwits_smallcap_spam.csv", infer_schema=False)
    marked = (labelled["sentiment"] == "spam").to_numpy()
    pattern = promotion_pattern()
    found = np.array([matches(pattern, clean_post(body or "").text) for body in labelled["body"]])
    assert (found & marked).sum() / found.sum() == pytest.approx(0.905, abs=0.001)
    assert (found & marked).sum() / marked.sum() == pytest.approx(0.379, abs=0.001)

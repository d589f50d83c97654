"""Kinds of cause are found in the part of a post that shows an emotion, as whole words."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emtract.text import clean_posts
from emtract.text.causes import CAUSE_WORDS, CAUSES, NEWS, find_causes, side


def kinds(post):
    row = find_causes([clean.text for clean in clean_posts([post])]).row(0, named=True)
    return {kind for kind in CAUSES if row[kind]}


@pytest.mark.parametrize(
    ("post", "expected"),
    [
        pytest.param("$AAPL is down again", {"price"}, id="price"),
        pytest.param("scared of their earnings", {"earnings"}, id="earnings"),
        pytest.param("love the new iPhone!", {"product"}, id="product"),
        pytest.param("the board must resign", {"management"}, id="management"),
        pytest.param("worried about inflation", {"macro"}, id="macro"),
        pytest.param("the SEC sued them", {"regulation"}, id="regulation"),
        pytest.param("shorts are panicking", {"shorts"}, id="shorts"),
        pytest.param("my account is dead", {"position"}, id="position"),
        pytest.param("the analysts are clowns", {"people"}, id="people"),
        pytest.param("what a day", set(), id="none"),
        pytest.param("afraid of the earnings and the fed", {"earnings", "macro"}, id="two"),
    ],
)
def test_each_kind_is_found_by_its_words(post, expected):
    assert kinds(post) == expected


@pytest.mark.parametrize(
    ("post", "expected"),
    [
        pytest.param("Price is flat. So scared of the earnings", {"earnings"}, id="the clause with a sign"),
        pytest.param("Price is flat. So scared of this", {"price"}, id="a clause that names nothing widens to all"),
        pytest.param("I love the earnings but the market fell", {"earnings"}, id="but divides"),
        pytest.param("only a short term view", set(), id="a phrase aside"),
        pytest.param("shortlisted downtown", set(), id="part of a word"),
    ],
)
def test_the_part_that_shows_the_emotion_is_searched_first(post, expected):
    assert kinds(post) == expected


def test_price_and_news_are_two_sides_and_posts_on_both_or_neither_on_none():
    texts = ["price is up big", "earnings soon", "price before earnings", "what a day"]
    assert find_causes(texts).select(told=side())["told"].to_list() == [1.0, 0.0, None, None]


@given(st.lists(st.text(max_size=60), max_size=5))
def test_any_text_has_one_row_and_only_its_own_words_are_searched(texts):
    found = find_causes(texts)
    assert found.columns == ["near", *CAUSES]
    assert found.height == len(texts)
    assert all(set(near.split()) <= set(text.split()) for near, text in zip(found["near"], texts, strict=True))


@given(
    st.lists(st.sampled_from(["scared", "of", "earnings", ".", "price", "down", "!", "fed"]), max_size=8).map(" ".join)
)
def test_a_text_is_read_alike_alone_and_among_others(text):
    assert find_causes([text]).equals(find_causes(["price", text, "fed"])[1:2])


def test_every_kind_has_words_for_a_reader_and_news_are_kinds():
    assert tuple(CAUSE_WORDS) == CAUSES
    assert set(NEWS) < set(CAUSES)
    assert find_causes(pl.Series([], dtype=pl.String)).height == 0

"""Entities are undone whatever they hold."""

import html

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emtract.ingest.posts.post import name_symbols
from emtract.markup import unescape
from emtract.text import clean_post


@given(st.lists(st.sampled_from(["&", "amp;", "#", "x", "36", "38;", "&#36;TSLA", "lt", " ", "&#0;", "&#x110000;"])))
def test_it_is_the_standard_librarys(parts):
    assert unescape("".join(parts)) == html.unescape("".join(parts))


@pytest.mark.parametrize("digits", [4_300, 4_301, 15_000])
def test_an_entity_of_thousands_of_digits_is_no_character(digits):
    """Found by fuzzing: Python refuses to read a number of more than 4,300 digits."""
    text = f"$TSLA &#{'9' * digits}; up"
    assert unescape(text) == "$TSLA \ufffd up"
    assert clean_post(text).text == "<ticker> up"
    assert name_symbols(text, ()) == {"TSLA": "cashtag"}

"""Cases are drawn alike each time, differ to a model, and give every word and template its turn."""

import re
from collections import Counter
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emtract.model.behaviour.expand import CHANGES, expand
from emtract.text import clean_post

LISTS = {
    "ticker": [f"${a}{b}" for a in "ABC" for b in "DEF"],
    "mood": ["glad", "sad", "mad", "scared"],
    "day": ["monday", "friday"],
    "when": ["on {day}", "today", "this week"],
}
TEMPLATES = ["{ticker} {mood} {when}", "so {mood} {when} {ticker}", "{mood}, {ticker} {ticker.2} {when}"]
PAIRS = [("{ticker} {mood} {when}", "{ticker.2} {mood|upper} {when}"), ("{mood} {when}", "very {mood} {when}")]

templates = st.lists(st.sampled_from(TEMPLATES), min_size=1, max_size=3, unique=True)
pairs = st.lists(st.sampled_from(PAIRS), min_size=1, max_size=2, unique=True)


@given(templates | pairs, st.integers(1, 12), st.text(max_size=8))
def test_the_same_seed_gives_the_same_cases_and_no_two_are_alike_to_a_model(asked, n, seed):
    cases = expand(asked, LISTS, n=n, seed=seed)
    assert cases == expand(asked, LISTS, n=n, seed=seed)
    assert len(cases) == n == len({tuple(clean_post(text).text for text in case) for case in cases})
    assert all(len(set(case)) == len(case) for case in cases)
    assert not any(re.search(r"[{}|]", text) for case in cases for text in case)


def test_another_seed_gives_others_and_fewer_are_the_first_of_more():
    first = expand(TEMPLATES, LISTS, n=20, seed="a")
    assert first != expand(TEMPLATES, LISTS, n=20, seed="b")
    assert first[:7] == expand(TEMPLATES, LISTS, n=7, seed="a")


def test_words_and_templates_take_their_turns():
    words = {"word": ["".join(letters) for letters in product("abcd", repeat=3)]}
    cases = [text for (text,) in expand(["so {word}", "{word} it is"], words, n=96, seed="a")]
    assert Counter(text.startswith("so") for text in cases) == {True: 48, False: 48}
    turns = Counter(re.sub("so | it is", "", text) for text in cases)
    assert set(turns) == set(words["word"]) and set(turns.values()) == {1, 2}


def test_a_slot_stands_for_one_word_in_both_texts_and_a_numbered_one_for_another():
    for first, second in expand(PAIRS[:1], LISTS, n=12, seed="a"):
        ticker, mood, *when = first.split(" ")
        other, loud, *then = second.split(" ")
        assert ticker != other and loud == mood.upper() and when == then


@pytest.mark.parametrize(
    ("change", "text", "expected"),
    [
        ("swap", "so thrilled today", "so thrliled today"),
        ("drop", "so thrilled today", "so thriled today"),
        ("swap", "so sad", "so sad"),
        ("stretch", "so sad", "so saaaaad"),
        ("stretch", "gross", "groooooss"),
        ("stretch", "brr", "brr"),
        ("upper", "so sad", "SO SAD"),
        ("lower", "So SAD", "so sad"),
    ],
)
def test_a_change_is_what_it_says(change, text, expected):
    assert CHANGES[change](text) == expected


@given(st.text(max_size=40))
def test_a_slip_of_the_keyboard_keeps_the_other_letters(text):
    assert sorted(CHANGES["swap"](text)) == sorted(text)
    assert len(text) - len(CHANGES["drop"](text)) in {0, 1}


def test_a_change_that_changes_nothing_is_no_case():
    words = {"w": ["sad", "miserable"]}
    assert len(expand([("so {w}", "so {w|drop}")], words, n=1, seed="a")) == 1
    with pytest.raises(ValueError, match="only 1 cases differ"):
        expand([("so {w}", "so {w|drop}")], words, n=2, seed="a")


@pytest.mark.parametrize(
    ("template", "what"),
    [
        ("{none}", "none.* has no list; lists are day, mood, ticker, when"),
        ("{day} {day.2} {day.3}", "the list day needs more than 2 different words"),
        ("{mood|shout}", "unknown change; known are swap, drop"),
        ("{loop}", "the list loop holds a slot of itself"),
        ("{mood}", "only 4 cases differ once cleaned, not 5"),
        ("{ticker} up", "only 1 cases differ once cleaned"),
    ],
)
def test_what_cannot_be_drawn_is_said(template, what):
    lists = LISTS | ({"loop": ["a {loop}"]} if "loop" in template else {})
    with pytest.raises(ValueError, match=what):
        expand([template], lists, n=5, seed="a")

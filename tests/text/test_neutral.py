"""What tells firm and date gives way, and nothing else does, whatever a post holds."""

import random

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from emtract.errors import SourceError
from emtract.text import clean_post
from emtract.text.clean import MAX_RUN
from emtract.text.identities import CHANNELS, ORDINARY, STAND_INS, TERMS
from emtract.text.lexicon import EMOTICONS, emoji_names
from emtract.text.neutral import (
    MAX_TERM,
    Edit,
    Neutraliser,
    distinctive,
    firm_terms,
    own_terms,
    placebo,
    replaced,
    short_names,
)

OWN = own_terms()
#: What must stay: words of feeling, of trading, and of every day.
FELT = """
    afraid amazing angry anxious awful bad beautiful bleeding boring bullish bearish crash crazy crying dead depressed disappointed
    disgusting doomed excited fear fearful frustrated fun furious garbage good great greedy happy hate hope horrible hurt insane joy
    laughing lol lost love mad moon nervous nice painful panic pathetic pissed please relieved rip sad scared scary shocked shocking
    sick sorry stupid surprised surprising terrible terrified thank tired trash ugly unbelievable upset worried worst wow wtf
""".split()  # noqa: SIM905
WORDS = [
    *{word for term in OWN.terms for word in term}, *FELT[:20], *STAND_INS.values(), *EMOTICONS, "<number>", "<unknown>", "🚀", "😭", "<url>",
    "bank", "of", "new", "year", ".", ",", "-", "&", "the", "will", "may",
]  # fmt: skip
model_text = st.one_of(
    st.lists(st.sampled_from(sorted(WORDS)), max_size=40).map(" ".join),
    st.text(max_size=60),
).map(lambda body: clean_post(body).text)


@given(model_text)
@example("apple apple apple apple apple")
@example("<ticker> <ticker> apple <ticker>")
@example("may q1 <number> may <number>")
def test_neutral_text_is_model_text_and_stays_as_it_is(text):
    once = OWN.neutral(text)
    assert OWN.neutral(once) == once
    assert clean_post(once).text == once
    assert not OWN.find(once.split())


@given(model_text, st.sets(st.sampled_from(CHANNELS)))
def test_it_is_never_longer_and_all_other_words_stay_in_order(text, channels):
    words, out = text.split(), OWN.neutral(text, channels).split()
    assert len(out) <= len(words)
    taken = {i for e in OWN.find(words) if e.channel in channels for i in range(e.start, e.stop)}
    stand_ins = set(STAND_INS.values())
    left = [w for i, w in enumerate(words) if i not in taken and w not in stand_ins]
    assert [w for w in out if w not in stand_ins] == left


@given(model_text)
def test_emojis_and_words_of_feeling_stay(text):
    out = OWN.neutral(text).split()
    for word in {w for w in text.split() if w in FELT or w in EMOTICONS or w in emoji_names()}:
        assert out.count(word) == text.split().count(word)


def test_no_term_of_the_list_is_a_word_of_feeling():
    alone = {term[0] for term in OWN.terms if len(term) == 1}
    assert not alone & (set(FELT) | ORDINARY)
    assert not {term[0] for term in firm_terms({word.upper(): [word] for word in ORDINARY})}


@pytest.mark.parametrize("channel", [c for c in CHANNELS if TERMS[c]])
def test_each_kind_gives_way_alone(channel):
    own = own_terms((channel,))
    text = " ".join(word for term in own.terms for word in (*term, "and"))
    assert own.neutral(text) == " and ".join([STAND_INS[channel]] * len(own.terms)) + " and"
    others = [c for c in CHANNELS if c != channel]
    assert own.neutral(text, others) == text


def test_the_longest_term_wins_and_a_part_of_a_word_does_not():
    assert OWN.neutral("goldman sachs and goldman") == "<ticker> and <ticker>"
    assert OWN.neutral("pineapple googled teslas") == "pineapple googled teslas"


def test_what_a_person_wrote_is_read_after_the_cleaner():
    text = clean_post("Apple's iPhone and #Tesla in Q2 2015: covid-19, McDonald's, J&J, coca-cola 😱 may 3").text
    assert OWN.neutral(text).split() == [
        "<ticker>",
        "product",
        "and",
        "<ticker>",
        "in",
        "date",
        "<number>",
        ":",
        "event",
        ",",
        "<ticker>",
        ",",
        "<ticker>",
        ",",
        "<ticker>",
        "😱",
        "date",
    ]


@pytest.mark.parametrize("term", [(), ("a",) * (MAX_TERM + 1), ("date",), ("x", "<ticker>")], ids=repr)
def test_a_term_that_could_not_be_found_again_is_refused(term):
    with pytest.raises(SourceError, match="cannot be made neutral"):
        Neutraliser({term: "names"})


class Counted(list):
    """Words that count how often they are looked at."""

    looks = 0

    def __getitem__(self, key):
        Counted.looks += 1
        return super().__getitem__(key)


@pytest.mark.parametrize("word", ["bank of", "goldman", "<number>", "new year", "q1", "x"])
def test_work_grows_in_proportion_to_length(word):
    def looks(n):
        Counted.looks = 0
        OWN.find(Counted((f"{word} " * n).split()))
        return Counted.looks

    assert looks(2_000) <= 11 * looks(200) + 50


def test_names_of_firms_lose_their_legal_ending():
    assert short_names("The Goldman Sachs Group, Inc.") == [("goldman", "sachs"), ("goldman",)]
    assert short_names("BANK OF AMERICA CORP /DE/") == [("bank", "of", "america"), ("bank",)]
    assert short_names("Inc.") == short_names("") == []
    assert ("bank",) not in firm_terms({"BAC": ["Bank of America"]})
    assert firm_terms({"A": ["Agilent"], "ALL": [], "CAT": []}) == {("agilent",): ("A", "names")}
    assert ("delta",) not in firm_terms({"DAL": ["Delta Air Lines"], "DLA": ["Delta Apparel"]})


@given(st.dictionaries(st.text(max_size=5), st.lists(st.text(max_size=20), max_size=2), max_size=4))
def test_any_name_makes_terms_that_can_be_found_again(names):
    terms = firm_terms(names)
    finder = Neutraliser({term: channel for term, (_, channel) in terms.items()})
    for term in terms:
        assert finder.find(term) == [Edit(0, len(term), terms[term][1])]


def test_a_word_tells_a_firm_where_most_texts_with_it_are_about_the_firm():
    candidates = firm_terms({"AAPL": ["Apple Inc"], "PAGE": ["Page Corp"], "RARA": []})
    texts = ["apple up", "buy apple", "apple down", "next page", "page two", "page three", "rara"]
    symbols = [{"AAPL"}, {"AAPL"}, {"X"}, {"PAGE"}, {"X"}, {"Y"}, {"RARA"}]
    assert distinctive(candidates, texts, [frozenset(s) for s in symbols]) == {("apple",): "names"}


@given(model_text, st.integers(0, 9))
def test_the_placebo_puts_as_many_stand_ins_elsewhere_and_keeps_the_terms(text, seed):
    words = text.split()
    edits = OWN.find(words)
    out = placebo(words, edits, {}, random.Random(seed))
    assert out == placebo(words, edits, {}, random.Random(seed))
    taken = {i for edit in edits for i in range(edit.start, edit.stop)}
    free = sum(word.isalpha() for i, word in enumerate(words) if i not in taken)
    marked = [word if i in taken else "" for i, word in enumerate(words)]
    kept = [word for word in out.split() if word in set(marked)]
    assert len(out.split()) <= len(words)
    if edits and free >= len(edits) and not any(w in STAND_INS.values() for w in words):
        added = sum(out.split().count(s) for s in set(STAND_INS.values()))
        assert min(len(edits), MAX_RUN) <= added <= len(edits)
    assert len(kept) >= min(1, len([w for w in marked if w]))


def test_the_placebo_takes_words_as_common_as_the_term():
    frequency = {"apple": 100, "rare": 1, "common": 10_000, "near": 90, "close": 120, "nigh": 80}
    words = ["apple", "rare", "common", "near", "close", "nigh"]
    out = {placebo(words, OWN.find(words), frequency, random.Random(seed)) for seed in range(30)}
    assert len(out) == 3
    assert all("rare" in text and "common" in text and "apple" in text for text in out)


def test_stretches_give_way_from_left_to_right():
    assert replaced(["a", "b", "c", "d"], [(0, 1, "x"), (2, 4, "y")]) == "x b y"
    assert replaced(["a"], []) == "a"

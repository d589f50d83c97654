import html
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emtract.characters import is_damaged, mend, unescape
from emtract.ingest.posts.post import name_symbols
from emtract.text import clean_post

ROCKETS = "$GME 🚀🚀"


@pytest.mark.parametrize(
    ("damaged", "meant"),
    [
        ("$GME ðŸš€ðŸš€", ROCKETS),
        ("$GME ð\x9f\x9a\x80ð\x9f\x9a\x80", ROCKETS),
        ("$GME Ã°Å¸Å¡â‚¬Ã°Å¸Å¡â‚¬", ROCKETS),
        ("$GME <U+0001F680><U+1F680>", ROCKETS),
        ("$GME <U+D83D><U+DE80> <f0><9f><9a><80>", ROCKETS),
        ("$GME <ed><a0><bd><ed><ba><80> \\U0001F680", ROCKETS),
        ("$GME \\ud83d\\ude80\\\\ud83d\\\\ude80", ROCKETS),
        ("$GME \\u{1F680} \\xf0\\x9f\\x9a\\x80", ROCKETS),
        ("b'$GME \\xf0\\x9f\\x9a\\x80\\xf0\\x9f\\x9a\\x80'", ROCKETS),
        ("$GME :rocket::rocket:", ROCKETS),
        ("$GME <Emoji: Rocket> &lt;U+0001F680&gt;", ROCKETS),
        ("I donâ€™t trust &acirc;&euro;&oelig;this&acirc;&euro;", 'I don\'t trust "this"'),
        ("I don\x92t", "I don't"),
        ("don\\u2019t AT\\u0026T", "don't AT&T"),
        ("ðŸ˜¡ 😡", "😡😡"),
        ("naÃ¯ve Ñ‚ÐµÑ\x81Ð»Ð°", "naïve те\u0441ла"),
        ('b"it\'s up"', "it's up"),
    ],
)
def test_damage_reads_as_what_was_meant(damaged, meant):
    assert is_damaged(damaged)
    assert clean_post(damaged).text == clean_post(meant).text


def test_characters_beyond_the_first_plane_may_come_as_two_entities():
    assert clean_post("&#55357;&#56960; &#xD83D;&#xDE80;").text == "🚀 🚀"


@pytest.mark.parametrize(
    "intact",
    [
        "L’Oréal à Paris, naïve… “Çà et là” – 5 €",
        "São Paulo: ÇA VA? MÜNCHEN™ Ñandú® Â",
        "12:30:45 1:100:5 Re:up: :notanemoji: :)",
        "C:\\users\\ude \\new \\x41 <b> <ad> <U+> \\ud83d",
        "b'ok' said he, b'no'",
        "ツ ¯\\_(ツ)_/¯ жизнь 株 Ω™ ±5° ©L",
        "🚀❤️👩‍👩‍👧 1️⃣ 🇺🇸",
    ],
)
def test_intact_text_stays(intact):
    assert mend(intact) == intact
    assert not is_damaged(intact)


@given(
    st.text(alphabet=string.printable.replace("\\", "").replace("<", "").replace(":", "")).map(lambda text: f"x{text}")
)
def test_plain_ascii_stays(text):
    assert mend(text) == text


@given(st.text(max_size=40))
def test_mending_ends_and_is_done_once(text):
    assert mend(mend(text)) == mend(text)


@given(st.text(alphabet="🚀😡👍🤣é’“ñ", min_size=1, max_size=8))
def test_what_python_spelt_out_comes_back(text):
    spelt = text.encode("unicode_escape").decode()
    assert mend(spelt.replace("\\xe9", "é").replace("\\xf1", "ñ")) == text
    assert mend(str(text.encode())) == text


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

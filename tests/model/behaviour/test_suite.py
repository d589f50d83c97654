"""The shipped suite covers what it claims, no training reads it, and a file of one's own is graded or refused in one sentence."""

import re
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import pytest

from emtract.emotions import EMOTIONS
from emtract.errors import SourceError
from emtract.model.behaviour.suite import load_suite
from emtract.model.behaviour.table import texts_of
from emtract.text import clean_post

DOCS = Path(__file__).parents[3] / "docs" / "behaviour.md"
HEAD = '[[check]]\ncapability = "c"\nname = "n"\n'
MFT = HEAD + 'kind = "MFT"\nn = 1\nallowed = ["happy"]\n'


@pytest.fixture(scope="module")
def suite():
    return load_suite()


def test_every_capability_has_cases_enough_and_all_three_kinds_are_asked(suite):
    cases = {}
    for sheet in suite:
        assert len(sheet.cases) == sheet.check.n
        cases.setdefault((sheet.check.kind, sheet.check.capability), []).extend(sheet.cases)
    assert {kind for kind, _ in cases} == {"MFT", "INV", "DIR"}
    assert len(cases) >= 18
    assert all(40 <= len(found) <= 210 for found in cases.values()), {name: len(found) for name, found in cases.items()}


def test_plain_posts_and_added_emojis_ask_for_each_emotion(suite):
    plain = {sheet.check.allowed for sheet in suite if sheet.check.capability == "Plain posts"}
    assert plain == {(emotion,) for emotion in EMOTIONS}
    added = {sheet.check.raises for sheet in suite if sheet.check.capability == "Emoji added"}
    assert added == set(EMOTIONS) - {"neutral"}


def test_posts_are_written_as_users_type_them(suite):
    texts = "\n".join(texts_of(suite))
    for written in ("&gt; ", "&lt;3", "$BTC.X", "🚀", "!!!", "https://", "@JennyB", "#stocks", "LFG", "\\o/"):
        assert written in texts, written
    assert re.search(r"\{\w+", texts) is None


def test_a_reader_that_always_says_the_same_fails_something_of_every_kind_of_mood(suite):
    """Whoever says neutral to everything passes all that only forbids; a suite of such checks would praise it."""
    right = {label for sheet in suite if sheet.check.kind == "MFT" for label in sheet.check.allowed}
    assert right == set(EMOTIONS)
    for label in EMOTIONS:
        missed = [s for s in suite if s.check.kind == "MFT" and label not in s.check.accepted]
        assert len({sheet.check.capability for sheet in missed}) >= 5, label


#: Posts that training makes by rule, until a corpus of such ships.
LOCAL = ("<ticker> is no scam", "not worried about <ticker>")


def written_by_rule():
    module = "emtract.model.train.contrast"
    return import_module(module).contrast_corpus().texts if find_spec(module) else LOCAL


def test_no_text_of_the_suite_teaches_a_model(suite):
    taught = {clean_post(text).text for text in written_by_rule()}
    assert len(taught) > 1
    held = sorted({clean_post(text).text for text in texts_of(suite)} & taught)
    assert not held, f"training must leave out {len(held)} texts of the suite, such as {held[:5]}"


def test_the_example_of_the_documentation_is_a_file_of_checks(suite, tmp_path):
    (example,) = re.findall(r"```toml\n(.*?)```", DOCS.read_text(encoding="utf-8"), flags=re.DOTALL)
    path = tmp_path / "my.toml"
    path.write_text(example, encoding="utf-8")
    found = load_suite(path)
    assert found[: len(suite)] == suite
    assert [sheet.check.kind for sheet in found[len(suite) :]] == ["MFT", "INV", "DIR"]


def test_lists_of_ones_own_stand_before_the_shared_ones(tmp_path):
    path = tmp_path / "my.toml"
    path.write_text('[lists]\nticker = ["ACME"]\n' + MFT + 'templates = ["{ticker} up on {day}"]\n', encoding="utf-8")
    ((text,),) = load_suite(path)[-1].cases
    assert re.fullmatch(r"ACME up on \w+day", text)


BAD = {
    "[[check": "is not valid TOML",
    "": "holds no [[check]]; docs/behaviour.md",
    'title = "x"\n': "unknown field `title`",
    MFT + 'templates = ["a"]\ncolour = 1\n': "check 1: Object contains unknown field `colour`",
    HEAD + 'kind = "ABC"\ntemplates = ["a"]\n': "check 1, kind: Invalid value 'ABC'",
    HEAD + 'templates = ["a"]\n': "required field `kind`",
    HEAD + 'kind = "MFT"\ntemplates = ["a"]\nallowed = ["joy"]\n': "check 1, allowed[0]: Invalid enum value 'joy'",
    HEAD + 'kind = "MFT"\ntemplates = ["a"]\n': "names labels that are right (allowed) or wrong (forbidden)",
    MFT + 'templates = [["a", "b"]]\n': "check 1, templates[0]: Expected `str`",
    HEAD + 'kind = "INV"\ntemplates = ["a"]\nbound = 0.1\n': "check 1, templates[0]: Expected `array`",
    HEAD + 'kind = "INV"\ntemplates = [["a", "b"]]\n': "required field `bound`",
    HEAD + 'kind = "DIR"\ntemplates = [["a", "b"]]\nby = 0.1\n': "raises or lowers",
    MFT + 'templates = ["{none}"]\n': "check 'n' of 'c': {none} has no list",
    HEAD + 'kind = "MFT"\ntemplates = ["a"]\nallowed = ["sad"]\n': "only 1 cases differ once cleaned, not 40; lower n",
    MFT.replace('"c"', '"Gains"').replace('"n"', '"of one\'s own"') + 'templates = ["a"]\n': "is the name of an earlier check",
    MFT + 'templates = ["a"]\n' + MFT + 'templates = ["b"]\n': "check 'n' of 'c' is the name of an earlier check",
}  # fmt: skip


@pytest.mark.parametrize("text", BAD, ids=BAD.values())
def test_a_bad_file_is_refused_in_one_sentence_that_says_where(text, tmp_path):
    path = tmp_path / "my.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SourceError) as refused:
        load_suite(path)
    assert str(refused.value).startswith(str(path)) and BAD[text] in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_file_that_is_none_is_named(tmp_path):
    for path in (tmp_path / "none.toml", tmp_path):
        with pytest.raises(SourceError, match="cannot be read"):
            load_suite(path)

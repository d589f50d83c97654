"""`emtract explain` at the prompt, with a scorer that needs no model."""

import json
import sys

import pytest

from emtract import cli
from emtract.emotions import EMOTIONS
from tests.model.fakes import FakeScorer


@pytest.fixture
def explain(monkeypatch, capsys):
    monkeypatch.setattr("emtract.model.registry.load_scorer", lambda name: FakeScorer())

    def call(*arguments):
        monkeypatch.setattr(sys, "argv", ["emtract", "explain", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        out, err = capsys.readouterr()
        return ended.value.code or 0, out, err

    return call


def test_every_word_has_a_row_and_a_pipe_gets_plain_text(explain):
    code, out, _ = explain("$TSLA to the moon 🚀 שלום")
    assert code == 0 and "\x1b" not in out
    rows = [line.split() for line in out.splitlines()]
    words = [row[0].strip("\u2068\u2069") for row in rows if row and "│" in row[-1]]
    assert words == ["<ticker>", "to", "the", "moon", "🚀", "שלום"]
    assert set(EMOTIONS) <= set(rows[0])


def test_the_bar_lies_on_the_side_of_the_sign(explain):
    signs = set()
    for emotion in EMOTIONS:
        _, out, _ = explain("to the moon 🚀", "--emotion", emotion)
        assert f"\n{emotion}: " in out
        for left, _, right in (line.partition("│") for line in out.splitlines() if "│" in line):
            signs.add(("-" in left, "█" in left, "█" in right))
    assert (True, True, False) in signs and (False, False, True) in signs
    assert not {(True, False, True), (False, True, False), (True, True, True)} & signs


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("[bold red]x[/] [link=file:///etc]y", ("\nbold ", "\nlink ", "\n[ ")),
        ("\x1b[31mred\x1b]0;title\x07", ("red", "title")),
        ("<script>alert(1)</script>", ("script", "alert")),
    ],
)
def test_a_hostile_post_is_inert(explain, text, shown, tmp_path):
    page = tmp_path / "x.html"
    code, out, _ = explain(text, "--html", page)
    assert code == 0 and "\x1b" not in out and "\x07" not in out
    assert all(word in out for word in shown)
    html = page.read_text(encoding="utf-8")
    assert "<script" not in html and "\x1b" not in html


def test_json_holds_every_word_and_emotion_and_is_plain_ascii(explain):
    code, out, _ = explain("\x1b[31m to the moon 🚀", "--json")
    assert code == 0 and out.isascii() and "\x1b" not in out
    made = json.loads(out)
    assert [row["token"] for row in made["tokens"]][-1] == "🚀"
    assert set(made["tokens"][0]) == {"token", *EMOTIONS}


def test_an_empty_post_and_a_post_of_a_megabyte(explain):
    code, out, _ = explain("  ")
    assert code == 0 and "no word to explain" in out
    code, out, _ = explain("moon " * 200_000, "--method", "occlusion")
    assert code == 0 and "cut: only the first" in out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), ("nothing to explain",)),
        (("x", "--emotion", "joy"), ("'joy'", "surprise")),
        (("x", "--method", "magic"), ("'magic'", "shapley")),
        (("x", "--html", "/proc/none/x.html"), ("/proc/none",)),
        (("x", "--html", "/"), ("emtract: ",)),
    ],
)
def test_bad_requests_end_in_one_clear_line(explain, arguments, words):
    code, out, err = explain(*arguments)
    assert code == 1 and out == ""
    assert err.count("\n") == 1 and err.startswith("emtract: ")
    for word in words:
        assert word in err

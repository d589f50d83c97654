"""`emtract causes` at the prompt: posts need no configuration, a mistake is one line."""

import json
import sys

import pytest

from emtract import cli


@pytest.fixture
def causes(monkeypatch, capsys):
    def call(*arguments):
        monkeypatch.setattr(sys, "argv", ["emtract", "causes", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        out, err = capsys.readouterr()
        return ended.value.code or 0, out, err

    return call


def test_each_post_has_its_kinds_and_the_part_that_was_searched(causes):
    code, out, _ = causes("Chart is flat. Scared of earnings!", "what a day", "--json")
    assert code == 0
    assert json.loads(out) == [
        {"post": "Chart is flat. Scared of earnings!", "causes": "earnings", "searched": "scared of earnings !"},
        {"post": "what a day", "causes": "", "searched": "what a day"},
    ]


def test_a_hostile_post_is_inert(causes):
    code, out, _ = causes("\x1b[31mearnings\x07 [bold]x[/]")
    assert code == 0 and "\x1b" not in out and "\x07" not in out and "[bold]" in out


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        pytest.param(("scared", "-o", "x.csv"), "--output is for the posts of a store", id="output with posts"),
        pytest.param(("-c", "nowhere.toml"), "cannot read nowhere.toml", id="no configuration"),
    ],
)
def test_a_mistake_is_one_line(causes, arguments, told):
    code, out, err = causes(*arguments)
    assert code == 1 and not out
    assert told in err and err.count("\n") == 1

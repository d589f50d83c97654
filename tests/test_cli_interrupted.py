"""Ctrl-C at the prompt: one line and status 130, whatever a library makes of it."""

import duckdb
import pytest

from emtract import pipeline
from emtract.errors import EmtractError
from tests.prompt import emtract


def wrapped():
    try:
        raise KeyboardInterrupt
    except KeyboardInterrupt as error:
        raise EmtractError("stopped: 3 scores are kept") from error


def raising(error):
    def stand_in(*_, **__):
        raise error

    return stand_in


@pytest.mark.parametrize(
    "stand_in",
    [
        raising(KeyboardInterrupt()),
        raising(RuntimeError("Query interrupted")),
        raising(duckdb.InterruptException("INTERRUPT Error: Interrupted!")),
        lambda *_, **__: wrapped(),
    ],
)
@pytest.mark.parametrize(
    "verb", [["ingest"], ["score"], ["run"], ["panel"], ["report", "build"], ["shards", "write", "x"]]
)
def test_every_verb_says_one_line_and_ends_with_130(tmp_path, monkeypatch, verb, stand_in):
    (tmp_path / "emtract.toml").write_text('[store]\npath = "s.duckdb"\n')
    assert emtract("ingest", cwd=tmp_path).returncode == 0
    for name in ("ingest", "score", "run", "build_panel", "build_pages", "write_shards"):
        monkeypatch.setattr(pipeline, name, stand_in)
    done = emtract(*verb, cwd=tmp_path)
    lines = [line for line in done.stderr.splitlines() if line.strip()]
    assert done.returncode == 130 and len(lines) == 1 and lines[0].startswith("emtract: stopped: ")


def test_an_error_that_nobody_foresaw_is_not_taken_for_ctrl_c(tmp_path, monkeypatch):
    (tmp_path / "emtract.toml").write_text('[store]\npath = "s.duckdb"\n')
    monkeypatch.setattr(pipeline, "ingest", raising(RuntimeError("another")))
    with pytest.raises(RuntimeError, match="another"):
        emtract("ingest", cwd=tmp_path)

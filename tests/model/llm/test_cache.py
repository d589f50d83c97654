import os
import subprocess
import sys

import pytest

from emtract.annotator import CACHE_VARIABLE
from emtract.errors import ModelError
from emtract.model.llm.answers import Answer
from emtract.model.llm.cache import Cache, cache_folder

READ = Answer((0.5, 0.5, 0.0, 0.0, 0.0, 0.0, 0.0), None, 10, 5, 1.5)
UNREAD = Answer(None, "the model refused", 10, 1, 0.5)


def test_answers_and_refusals_are_found_again_by_revision_and_text(tmp_path):
    cache = Cache(tmp_path / "new" / "folder", "llm:a", "1")
    cache.keep("to the moon", READ)
    cache.keep("\ud800", UNREAD)
    asked = ["to the moon", "\ud800", "another"]
    assert Cache(tmp_path / "new" / "folder", "llm:a", "1").find(asked) == {"to the moon": READ, "\ud800": UNREAD}
    for scorer, revision in (("llm:a", "2"), ("llm:b", "1")):
        assert Cache(tmp_path / "new" / "folder", scorer, revision).find(asked) == {}


def test_a_first_answer_stays(tmp_path):
    cache = Cache(tmp_path, "llm:a", "1")
    cache.keep("a", READ)
    cache.keep("a", UNREAD)
    assert cache.find(["a"]) == {"a": READ}


def test_no_text_is_kept(tmp_path):
    Cache(tmp_path, "llm:a", "1").keep("to the moon", READ)
    assert b"moon" not in (tmp_path / "answers.sqlite").read_bytes()


def test_means_of_tokens_and_seconds(tmp_path):
    cache = Cache(tmp_path, "llm:a", "1")
    assert cache.usual() is None
    cache.keep("a", READ)
    cache.keep("b", UNREAD)
    assert cache.usual() == (10, 3, 1)


def test_what_another_process_wrote_before_it_was_killed_is_there(tmp_path):
    code = (
        "import os, pathlib, sys; from emtract.model.llm.cache import Cache; from emtract.model.llm.answers import Answer\n"
        "cache = Cache(pathlib.Path(sys.argv[1]), 'llm:a', '1')\n"
        "cache.keep('a', Answer((1.0, 0, 0, 0, 0, 0, 0), None)); os.kill(os.getpid(), 9)"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=False)
    assert done.returncode == -9
    assert Cache(tmp_path, "llm:a", "1").find(["a"])["a"].probabilities[0] == 1


def test_a_damaged_file_is_one_line(tmp_path):
    (tmp_path / "answers.sqlite").write_bytes(os.urandom(5_000))
    with pytest.raises(ModelError, match="remove the file, or name another folder"):
        Cache(tmp_path, "llm:a", "1")


def test_the_folder_follows_the_environment(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.delenv(CACHE_VARIABLE, raising=False)
    assert cache_folder() == tmp_path / "emtract" / "llm"
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path / "mine"))
    assert cache_folder() == tmp_path / "mine"

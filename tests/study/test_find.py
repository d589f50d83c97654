"""A study file is code: looking at it never runs it, and whatever it does when it is run ends in one line."""

import os
import sys

import pytest

from emtract.errors import StudyError
from emtract.study import load_study
from emtract.study.find import list_studies, look_at_study, stated_name, study_digests, study_file

FAILING = {
    "STUDY = (": "is not Python at line 1",
    "STUDY = 1\n\0": "is not Python",
    "import zq_absent\nSTUDY = 1": "at line 1 fails .ModuleNotFoundError",
    "from emtract.study import Nothing as STUDY": "fails .ImportError",
    "x = 1\nSTUDY = 1 / 0": "at line 2 fails .ZeroDivisionError",
    "import sys\nSTUDY = sys.exit(3)": "fails .SystemExit",
    "x = 1": "defines no study",
    "STUDY = 1": "defines no study",
    "from emtract.study import Study\nSTUDY = Study(name='a')": "fails .TypeError",
}


@pytest.mark.parametrize("text", FAILING, ids=range(len(FAILING)))
def test_a_file_that_is_no_study_is_one_line(tmp_path, text):
    path = tmp_path / "mine.py"
    path.write_text(text)
    with pytest.raises(StudyError, match=FAILING[text]) as caught:
        load_study(path)
    assert "\n" not in str(caught.value)


def test_looking_runs_nothing(tmp_path):
    path, made = tmp_path / "mine.py", tmp_path / "made"
    path.write_text(f"open({str(made)!r}, 'w').close()\nSTUDY = Study(name='mine')\n")
    assert stated_name(look_at_study(path)) == "mine"
    study_digests(path)
    assert not made.exists()


@pytest.mark.parametrize("data", [b"\xff\xfe", b"STUDY = (" * 2000, b"", b"# coding: nothing\nSTUDY = 1"])
def test_bytes_that_are_no_study_are_refused(tmp_path, data):
    path = tmp_path / "mine.py"
    path.write_bytes(data)
    with pytest.raises(StudyError):
        look_at_study(path)


@pytest.mark.parametrize("name", list_studies())
def test_every_shipped_study_looks_like_one_and_stands_alone(name):
    assert stated_name(look_at_study(name)) in (name, None)
    assert list(study_digests(name)) == [""]
    assert study_file(name).is_file()


def test_modules_of_ones_own_count_and_theirs(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "zq_one.py").write_text("import zq_two, math, polars, emtract\n")
    (tmp_path / "zq_two.py").write_text("import zq_one\n")
    (tmp_path / "mine.py").write_text("from zq_one import zq_two\nimport zq_missing\nSTUDY = 1\n")
    before = study_digests(tmp_path / "mine.py")
    assert sorted(before) == ["", "zq_one.py", "zq_two.py"]
    (tmp_path / "zq_two.py").write_text("WORD = 2\n")
    assert study_digests(tmp_path / "mine.py")["zq_two.py"] != before["zq_two.py"]


def test_a_study_that_was_just_changed_is_read_anew_and_nothing_is_left_beside_it(tmp_path, monkeypatch):
    """Python's own loader keeps compiled files, and takes two versions of one second and one size for the same."""
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    path, shipped = tmp_path / "mine.py", study_file("daily_returns").read_text()
    for question in ("Is it A?", "Is it B?"):
        path.write_text(f'{shipped}\nfrom dataclasses import replace\nSTUDY = replace(STUDY, question="{question}")\n')
        os.utime(path, (1e9, 1e9))
        assert load_study(path).question == question
    assert list(tmp_path.iterdir()) == [path]

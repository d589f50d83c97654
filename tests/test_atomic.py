"""Nothing is met half written, and what a killed process left is cleared."""

import os
import subprocess
import sys

import pytest

from emtract.atomic import (
    clear_all_litter,
    clear_litter,
    replaced_file,
    replaced_folder,
    write_if_changed,
    write_new,
    write_whole,
)


@pytest.fixture(scope="module")
def gone():
    """Return the number of a process that has ended."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_file_that_fails_leaves_the_old_one_and_nothing_beside_it(tmp_path):
    target = tmp_path / "a.csv"
    write_whole(target, "old")
    with pytest.raises(RuntimeError), replaced_file(target) as fresh:
        fresh.write_text("half")
        raise RuntimeError
    assert (target.read_text(), names(tmp_path)) == ("old", ["a.csv"])


def test_a_folder_that_fails_leaves_the_old_one_and_nothing_beside_it(tmp_path):
    target = tmp_path / "page"
    with replaced_folder(target) as fresh:
        (fresh / "x").write_text("old")
    with pytest.raises(RuntimeError), replaced_folder(target) as fresh:
        (fresh / "x").write_text("half")
        raise RuntimeError
    assert ((target / "x").read_text(), names(tmp_path)) == ("old", ["page"])


def test_what_a_killed_process_left_goes_at_the_next_writing(tmp_path, gone):
    (tmp_path / f".a.csv.new-{gone}").write_text("half")
    (tmp_path / f".a.csv.new-{os.getpid()}").write_text("half, of a process that had this number in another container")
    write_whole(tmp_path / "a.csv", "whole")
    assert names(tmp_path) == ["a.csv"]
    for process in (gone, os.getpid()):
        (tmp_path / f".page.new-{process}").mkdir()
    with replaced_folder(tmp_path / "page"):
        pass
    assert names(tmp_path) == ["a.csv", "page"]


def test_what_a_living_process_writes_stays(tmp_path):
    other = f".a.csv.new-{os.getppid()}"
    (tmp_path / other).write_text("not yet")
    write_whole(tmp_path / "a.csv", "whole")
    assert names(tmp_path) == [other, "a.csv"]


def test_a_folder_that_was_moved_aside_comes_back(tmp_path, gone):
    old = tmp_path / f".rep.old-{gone}"
    old.mkdir()
    (old / "run.py").write_text("kept")
    (tmp_path / f".rep.new-{gone}").mkdir()
    clear_litter(tmp_path / "rep")
    assert names(tmp_path) == ["rep"]
    assert (tmp_path / "rep" / "run.py").read_text() == "kept"


def test_a_folder_of_output_is_cleared_of_litter_alone(tmp_path, gone):
    for name in (
        f".one.new-{gone}",
        f".two.html.new-{gone}",
        f".two.html.new-{os.getppid()}",
        ".hidden",
        "new-1",
        ".x.part",
    ):
        (tmp_path / name).write_text("")
    clear_all_litter(tmp_path)
    assert names(tmp_path) == sorted([f".two.html.new-{os.getppid()}", ".hidden", "new-1", ".x.part"])


def test_links_modes_and_pipes_are_kept(tmp_path):
    target = tmp_path / "real.txt"
    target.write_text("old")
    target.chmod(0o600)
    (tmp_path / "link.txt").symlink_to(target)
    write_whole(tmp_path / "link.txt", "new")
    assert (tmp_path / "link.txt").is_symlink()
    assert (target.read_text(), target.stat().st_mode & 0o777) == ("new", 0o600)
    write_whole(type(tmp_path)("/dev/null"), "into nothing")
    assert not type(tmp_path)("/dev/null").is_file()
    (tmp_path / "linked").symlink_to(tmp_path / "folder")
    for told in ("old", "new"):
        with replaced_folder(tmp_path / "linked") as fresh:
            (fresh / "x").write_text(told)
    assert (tmp_path / "linked").is_symlink() and (tmp_path / "folder" / "x").read_text() == "new"
    assert names(tmp_path) == ["folder", "link.txt", "linked", "real.txt"]


def test_a_file_that_is_the_same_is_not_written_again(tmp_path):
    target = tmp_path / "made" / "a.html"
    write_if_changed(target, "ä")
    before = target.stat().st_ino
    write_if_changed(target, "ä")
    assert (target.read_text("utf-8"), target.stat().st_ino) == ("ä", before)


@pytest.mark.parametrize("renames", [1, 2])
def test_ctrl_c_while_a_folder_changes_places_loses_neither(tmp_path, monkeypatch, renames):
    """Python raises it when a rename returns: the old folder is aside then, and the new one has its place or not yet."""
    target = tmp_path / "model"
    with replaced_folder(target) as fresh:
        (fresh / "x").write_text("old")
    real, calls = type(target).rename, []

    def rename(path, to):
        real(path, to)
        calls.append(to)
        if len(calls) == renames:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), replaced_folder(target) as fresh:
        (fresh / "x").write_text("new")
        monkeypatch.setattr(type(target), "rename", rename)
    assert ((target / "x").read_text(), names(tmp_path)) == (("old", "new")[renames - 1], ["model"])


def test_what_was_there_before_a_new_file_stays(tmp_path, gone):
    target = tmp_path / "key"
    (tmp_path / f".key.new-{gone}").write_text("half")
    write_new(target, b"first", mode=0o600)
    with pytest.raises(FileExistsError):
        write_new(target, b"second")
    assert (target.read_text(), target.stat().st_mode & 0o777, names(tmp_path)) == ("first", 0o600, ["key"])


def test_a_new_file_on_a_disk_without_links_is_whole_too(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "link", lambda *_: (_ for _ in ()).throw(PermissionError))
    write_new(tmp_path / "key", b"first")
    with pytest.raises(FileExistsError):
        write_new(tmp_path / "key", b"second")
    assert ((tmp_path / "key").read_text(), names(tmp_path)) == ("first", ["key"])


KILLED = """
import os, signal, sys
from pathlib import Path
from emtract.atomic import replaced_folder
real, left = Path.rename, int(sys.argv[1])
def rename(path, to):
    global left
    if not left:
        os.kill(os.getpid(), signal.SIGKILL)
    left -= 1
    return real(path, to)
Path.rename = rename
with replaced_folder(Path("model")) as fresh:
    (fresh / "x").write_text("new")
"""


@pytest.mark.parametrize(("renames", "found"), [(0, "old"), (1, "old"), (2, "new")])
def test_a_process_that_is_killed_between_its_renames_leaves_one_folder_or_the_other(tmp_path, renames, found):
    with replaced_folder(tmp_path / "model") as fresh:
        (fresh / "x").write_text("old")
    done = subprocess.run([sys.executable, "-c", KILLED, str(renames)], cwd=tmp_path, check=False)
    assert done.returncode == (0 if renames == 2 else -9)
    clear_litter(tmp_path / "model")
    assert ((tmp_path / "model" / "x").read_text(), names(tmp_path)) == (found, ["model"])

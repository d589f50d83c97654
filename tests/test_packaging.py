"""The wheel holds what the code reads, and nothing of a checkout is needed beside it."""

import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
pytest.importorskip("hatchling", reason="the test extra builds the wheel")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (path,) = folder.glob("*.whl")
    return path


def test_the_wheel_carries_sql_studies_templates_phrases_and_weights(wheel):
    names = set(zipfile.ZipFile(wheel).namelist())
    for folder, inside in (("sql", "emtract/sql"), ("studies", "emtract/studies")):
        for path in (ROOT / folder).rglob("*.*"):
            if "__pycache__" not in path.parts:
                assert f"{inside}/{path.relative_to(ROOT / folder).as_posix()}" in names
    for path in (ROOT / "emtract").rglob("*.*"):
        if path.is_file() and "__pycache__" not in path.parts:
            assert path.relative_to(ROOT).as_posix() in names
    assert wheel.stat().st_size < 40e6


def test_an_unpacked_wheel_works_away_from_the_checkout(wheel, tmp_path):
    zipfile.ZipFile(wheel).extractall(tmp_path / "site")
    code = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "import emtract\n"
        "from emtract.store.sql import sql_folder\n"
        "from emtract.study import load_study\n"
        "assert emtract.__file__.startswith(sys.argv[1]), emtract.__file__\n"
        "assert str(sql_folder()).startswith(sys.argv[1])\n"
        "emtract.Store.open('s.duckdb').close()\n"
        "assert all(load_study(name).specs for name in emtract.list_studies())\n"
        "assert emtract.run_study.__module__ == 'emtract.api'\n"
        "print(emtract.load_scorer('default').predict(['to the moon'])['label'].item())\n"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "site")]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.stdout.strip(), done.returncode) == ("happy", 0), done.stderr


def test_the_source_archive_carries_what_the_wheel_is_built_of(wheel, tmp_path):
    command = [sys.executable, "-m", "hatchling", "build", "--target", "sdist", "--directory", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (path,) = tmp_path.glob("*.tar.gz")
    with tarfile.open(path) as archive:
        held = {name.partition("/")[2] for name in archive.getnames()}
    for name in zipfile.ZipFile(wheel).namelist():
        if name.startswith("emtract/"):
            at_top = name.startswith(("emtract/sql/", "emtract/studies/"))
            assert (name.removeprefix("emtract/") if at_top else name) in held
    assert {"pyproject.toml", "README.md", "LICENSE"} <= held

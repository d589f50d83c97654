"""Each benchmark of the Makefile in its short form: as a command, in an empty folder, with relative paths."""

import json
import os
import subprocess
import sys

import pytest

from tests.benchmarks.test_grown import tweets as _tweets

tweets = _tweets


def run(folder, module, *arguments):
    command = [sys.executable, "-m", module, *map(str, arguments)]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, env={**os.environ})
    assert done.returncode == 0, done.stderr
    return done.stdout


def names(path):
    return [row["name"] for row in json.loads(path.read_text(encoding="utf-8"))]


@pytest.fixture
def data(tweets, tmp_path, monkeypatch):
    """A folder of data as seen from the working directory, of which the small archive is StockNet's."""
    target = tmp_path / "data" / "stocknet" / "tweets"
    target.parent.mkdir(parents=True)
    target.symlink_to(tweets, target_is_directory=True)
    monkeypatch.setenv("EMTRACT_DATA", "data")
    return tmp_path


def test_bench_archive_makes_its_folder_and_takes_a_relative_one(data):
    pytest.importorskip("torch", reason="the comparator needs the train extra")
    run(data, "tests.benchmarks.scale", "compare", "runs/archive", "--copies", 2, "--compared", 4)
    assert not (data / "reports").exists()
    assert (data / "runs" / "archive" / "stocknet.duckdb").is_file()
    assert {"ratio, default", "growth", "memory"} <= set(names(data / "runs/benchmarks/archive.json"))


def test_bench_measures_every_section(data):
    pytest.importorskip("torch", reason="the comparator needs the train extra")
    sizes = "--posts", 8, "--compared", 4, "--repeats", 1, "--side", 64
    run(data, "tests.benchmarks", *sizes)
    found = names(data / "runs/benchmarks/model.json")
    assert not (data / "reports").exists()
    assert {"matrix rate, fp32", "ratio: model only", "hostile: emojis"} <= set(found)


def test_bench_panel_measures_every_fit(tmp_path):
    pytest.importorskip("pyfixest", reason='needs pip install "emtract[large]"')
    run(tmp_path, "tests.benchmarks.panel", "--scale", 0.0005)
    assert sum("estimate" in name for name in names(tmp_path / "runs/benchmarks/panel.json")) == 5
    assert not (tmp_path / "reports").exists()  # a short form never takes the place of the published report


def test_validation_writes_its_table(tmp_path):
    run(tmp_path, "tests.validation", "--draws", 2, "--only", "authors")
    assert not (tmp_path / "reports").exists()
    assert (tmp_path / "runs/validation/coverage.csv").is_file()
    assert "authors" in (tmp_path / "runs/validation/README.md").read_text(encoding="utf-8")

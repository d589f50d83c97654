"""Each benchmark of the Makefile in its short form: as a command, in an empty folder, with relative paths."""

import io
import json
import runpy
import subprocess
import sys
from contextlib import chdir, redirect_stdout
from time import perf_counter, process_time
from unittest.mock import patch

import pytest

from emtract.config import load_settings
from tests.benchmarks import scale, tiers
from tests.benchmarks.test_grown import tweets as _tweets

tweets = _tweets


def run(folder, module, *arguments):
    """What `python -m module` does, in this process: most of a short form is the start of one."""
    with chdir(folder), patch.object(sys, "argv", [module, *map(str, arguments)]):
        try:
            runpy.run_module(module, run_name="__main__", alter_sys=False)
        except SystemExit as ended:
            assert not ended.code, ended.code


def take_step(config, step):
    """A step of an archive without a process of its own, which `test_scale` gives it."""
    start = perf_counter()
    scale.take_step(load_settings(config), step)
    return scale.Cost(perf_counter() - start, process_time(), 100, 200)


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


def test_bench_archive_makes_its_folder_and_takes_a_relative_one(data, monkeypatch):
    pytest.importorskip("torch", reason="the comparator needs the train extra")
    monkeypatch.setattr(scale, "_in_process", take_step)
    with chdir(data):
        scale.app(["compare", "runs/archive", "--copies", "2", "--compared", "4"], standalone_mode=False)
    assert not (data / "reports").exists()
    assert (data / "runs" / "archive" / "stocknet.duckdb").is_file()
    assert {"ratio, default", "growth", "memory"} <= set(names(data / "runs/benchmarks/archive.json"))


def test_bench_measures_every_section(data, monkeypatch):
    pytest.importorskip("torch", reason="the comparator needs the train extra")
    seconds = tiers.loading_seconds
    # A process of its own for one tier: the others would only take their time to start.
    monkeypatch.setattr(tiers, "loading_seconds", lambda name: seconds(name) if name == "fast" else 0.5)
    sizes = "--posts", 8, "--compared", 4, "--repeats", 1, "--side", 64
    run(data, "tests.benchmarks", *sizes)
    found = names(data / "runs/benchmarks/model.json")
    assert not (data / "reports").exists()
    assert {"matrix rate, fp32", "ratio: model only", "hostile: emojis"} <= set(found)


def test_bench_panel_measures_every_fit(tmp_path, monkeypatch):
    pytest.importorskip("pyfixest", reason='needs pip install "emtract[large]"')
    apart, asked = subprocess.run, []

    def take(command, **options):
        """A process of its own for the first fit: the others would only take their time to start."""
        asked.append(command)
        if len(asked) == 1:
            return apart(command, **options)
        with redirect_stdout(io.StringIO()) as said:
            exec(command[-1], {})
        return subprocess.CompletedProcess(command, 0, said.getvalue(), "")

    monkeypatch.setattr(subprocess, "run", take)
    run(tmp_path, "tests.benchmarks.panel", "--scale", 0.0005)
    assert sum("estimate" in name for name in names(tmp_path / "runs/benchmarks/panel.json")) == len(asked) == 5
    assert not (tmp_path / "reports").exists()  # a short form never takes the place of the published report


def test_validation_writes_its_table(tmp_path):
    run(tmp_path, "tests.validation", "--draws", 2, "--only", "authors")
    assert not (tmp_path / "reports").exists()
    assert (tmp_path / "runs/validation/coverage.csv").is_file()
    assert "authors" in (tmp_path / "runs/validation/README.md").read_text(encoding="utf-8")

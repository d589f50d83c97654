"""`emtract tag`: from a scored store to figures of it, each verb twice."""

import json

import polars as pl
import pytest

from emtract.emotions import EMOTIONS
from emtract.store import Store
from tests.prompt import emtract
from tests.tagging.conftest import open_archive, posts

CONFIG = '[store]\npath = "s.duckdb"\n[model]\nname = "mine"\n'


@pytest.fixture
def project(tmp_path):
    with open_archive(tmp_path / "s.duckdb", posts()):
        pass
    (tmp_path / "emtract.toml").write_text(CONFIG)
    return tmp_path


def test_a_sample_is_drawn_tagged_read_and_measured(project):
    for _ in range(2):
        drawn = emtract("tag", "draw", "-n", "80", "--scorer", "fake", cwd=project)
        assert drawn.returncode == 0, drawn.stderr
        assert "next: emtract tag page tags --tagger NAME" in drawn.stdout
    sample = json.loads((project / "tags/sample.json").read_text())
    assert len(sample["readings"]) >= 50
    for name, label in (("anna", "happy"), ("ben", "sad")):
        page = emtract("tag", "page", "tags", "--tagger", name, cwd=project)
        assert page.returncode == 0 and f"tags/{name}.html: give it to {name}" in page.stdout
        answers = [[key, label if place % 2 else "fear"] for place, key in enumerate(sample["readings"])]
        told = {"format": "emtract tags", "version": 1, "digest": sample["digest"], "tagger": name}
        (project / f"{name}.json").write_text(json.dumps({**told, "count": len(answers), "answers": answers}))
    read = emtract("tag", "read", "tags", "anna.json", "ben.json", cwd=project)
    assert read.returncode == 0, read.stderr
    assert "% of pairs agree" in read.stdout and "Krippendorff's alpha 0." in read.stdout
    labels = emtract("tag", "labels", "tags", "-o", "labels.csv", cwd=project)
    assert labels.returncode == 0 and "next: emtract model evaluate labels.csv --text text" in labels.stdout
    rows = pl.read_csv(project / "labels.csv")
    assert rows.columns == ["text", "label", "tagger", "weight"] and rows.height == 2 * len(sample["readings"])
    assert set(rows["text"]) == set(json.loads((project / "tags/texts.json").read_text()).values())
    graded = emtract("model", "evaluate", "labels.csv", "--text", "text", "--model", "fast", cwd=project)
    assert graded.returncode == 0, graded.stderr
    measured = emtract("tag", "accuracy", "tags", cwd=project)
    assert measured.returncode == 0, measured.stderr
    assert (
        measured.stdout.startswith("fake@1 on ") and "(taggers: 2)" in measured.stdout and "macro f1" in measured.stdout
    )


def test_errors_are_set_beside_the_outcome_of_the_panel(project):
    drawn = emtract("tag", "draw", "-n", "120", "--scorer", "fake", cwd=project)
    assert drawn.returncode == 0, drawn.stderr
    sample = json.loads((project / "tags/sample.json").read_text())
    answers = [[key, EMOTIONS[place % 7]] for place, key in enumerate(sample["readings"])]
    told = {"format": "emtract tags", "version": 1, "digest": sample["digest"], "tagger": "anna"}
    (project / "anna.json").write_text(json.dumps({**told, "count": len(answers), "answers": answers}))
    assert emtract("tag", "read", "tags", "anna.json", cwd=project).returncode == 0
    flat = emtract("tag", "errors", "tags", cwd=project)
    assert flat.returncode == 1 and "does not vary" in flat.stderr
    with Store.open(project / "s.duckdb") as store:
        store.execute("UPDATE prices SET close = open * (1 + hash(symbol, session) % 100 / 1000.0), high = 2 * open")
    found = emtract("tag", "errors", "tags", cwd=project)
    assert found.returncode == 0, found.stderr
    assert "shares for a standard deviation of return_open_close" in found.stdout and "valence" in found.stdout
    wrong = emtract("tag", "errors", "tags", "--y", "retrun_open_close", cwd=project)
    assert wrong.returncode == 1 and "retrun_open_close" in wrong.stderr and wrong.stderr.count("\n") == 1


def test_what_is_wrong_is_a_line(project):
    few = emtract("tag", "draw", "-n", "3", "--scorer", "fake", cwd=project)
    assert few.returncode == 1 and "3 texts are too few for" in few.stderr and few.stderr.count("\n") == 1
    assert not (project / "tags").exists()
    none = emtract("tag", "page", "tags", "--tagger", "anna", cwd=project)
    assert (
        none.returncode == 1 and "there is no sample in tags: draw one with `emtract tag draw -o tags`" in none.stderr
    )

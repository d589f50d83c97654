"""The guided tours run from top to bottom on the demonstration, and stay what they say they are."""

import re
import runpy
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent.parent / "notebooks"
TOURS = sorted(FOLDER.glob("*.py"))


def cells(tour):
    """Kind and text of each cell."""
    text = tour.read_text(encoding="utf-8")
    found = re.split(r"^# %%(?: \[(markdown)\])?\n", text, flags=re.MULTILINE)
    assert found[0] == "", "a tour begins with a cell"
    return list(zip(found[1::2], found[2::2], strict=True))


@pytest.mark.parametrize("tour", TOURS, ids=lambda t: t.stem)
def test_a_tour_runs_from_top_to_bottom(tour, demo, monkeypatch, tmp_path):
    monkeypatch.setenv("EMTRACT_DEMO", str(demo[0]))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    runpy.run_path(str(tour), run_name="__main__")


@pytest.mark.parametrize("tour", TOURS, ids=lambda t: t.stem)
def test_a_tour_is_cells_of_prose_and_code_that_end_with_exercises(tour):
    kinds = [kind for kind, _ in cells(tour)]
    assert kinds.count("markdown") >= 5
    assert kinds.count(None) >= 5
    for kind, text in cells(tour):
        if kind == "markdown":
            assert all(line.startswith("#") for line in text.strip().splitlines()), text
        else:
            compile(text, tour.name, "exec")
    assert "## Exercises" in cells(tour)[-1][1]


def test_the_tours_are_three_and_the_page_beside_them_links_each():
    page = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert len(TOURS) == 3
    assert re.findall(r"\]\((\w+\.py)\)", page) == [tour.name for tour in TOURS]

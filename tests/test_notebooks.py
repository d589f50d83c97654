"""The guided tours run from top to bottom on the demonstration, and their notebooks are what the scripts give."""

import json
import re

import pytest

from tests.notebooks import FOLDER, MOST_BYTES, TOURS, cells, notebook

EACH = pytest.mark.parametrize("tour", TOURS, ids=lambda t: t.stem)


def held(tour):
    """The notebook beside a script."""
    return json.loads(tour.with_suffix(".ipynb").read_text(encoding="utf-8"))


def shape(made):
    """Kind and source of each cell, and the media of its outputs."""
    return [
        (
            cell["cell_type"],
            "".join(cell["source"]),
            [(out["output_type"], sorted(out.get("data", ()))) for out in cell.get("outputs", ())],
        )
        for cell in made["cells"]
    ]


@EACH
def test_a_tour_runs_from_top_to_bottom_and_its_notebook_has_the_same_outputs(tour, demo, monkeypatch, tmp_path):
    monkeypatch.setenv("EMTRACT_DEMO", str(demo[0]))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert shape(held(tour)) == shape(notebook(tour)), "make the notebooks anew: python -m tests.notebooks"


@EACH
def test_a_notebook_is_its_script(tour):
    told = [(kind, source) for kind, source, _ in shape(held(tour))]
    assert told == cells(tour), "make the notebooks anew: python -m tests.notebooks"


@EACH
def test_a_notebook_stands_alone(tour):
    """It asks nothing of the network, runs no script, names no machine, and is small."""
    text = tour.with_suffix(".ipynb").read_text(encoding="utf-8")
    assert len(text.encode()) < MOST_BYTES
    assert "<script" not in text and "plotly.min.js" not in re.sub(r"'[^']*plotly\.min\.js'", "", text)
    assert not re.search(r"/(home|root|tmp|work|Users)/", text)
    outputs = [out for cell in held(tour)["cells"] for out in cell.get("outputs", ())]
    assert outputs and {out["output_type"] for out in outputs} <= {"stream", "execute_result"}


def test_figures_are_pictures_in_the_notebook():
    pictures = [
        "".join(out["data"]["image/svg+xml"])
        for tour in TOURS
        for cell in held(tour)["cells"]
        for out in cell.get("outputs", ())
        if "image/svg+xml" in out.get("data", ())
    ]
    assert pictures and all(svg.startswith("<svg") and svg.rstrip().endswith("</svg>") for svg in pictures)


@EACH
def test_a_tour_is_cells_of_prose_and_code_that_end_with_exercises(tour):
    kinds = [kind for kind, _ in cells(tour)]
    assert kinds.count("markdown") >= 5
    assert kinds.count("code") >= 5
    prose = re.findall(
        r"^# %% \[markdown\]\n(.*?)(?=^# %%|\Z)", tour.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    )
    assert all(line.startswith("#") for text in prose for line in text.strip().splitlines())
    assert "## Exercises" in cells(tour)[-1][1]


def test_the_tours_are_three_and_the_page_beside_them_links_each():
    page = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert len(TOURS) == 3
    assert re.findall(r"\]\((\w+\.py)\)", page) == [tour.name for tour in TOURS]
    assert re.findall(r"\]\((\w+\.ipynb)\)", page) == [tour.with_suffix(".ipynb").name for tour in TOURS]

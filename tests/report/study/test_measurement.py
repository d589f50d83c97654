"""What a page says of how well moods were measured."""

from dataclasses import replace

import numpy as np
import pytest

from emtract.econometrics.regression.spec import Spec
from emtract.report.study.content import spec_labels
from emtract.report.study.measurement import measurement_section
from emtract.report.study.page import write_study
from emtract.study import Study
from emtract.study.run import run_study
from emtract.synthetic.cells import CellWorld, simulate_cells
from tests.report.conftest import make_provenance

SPEC = Spec(
    y="return_open_close",
    x=("happy_market",),
    controls=("attention_market",),
    effects=("symbol", "session"),
    covariance="clustered",
    clusters=("symbol", "session"),
    small_sample="fixest",
    standardise=("happy_market",),
    y_scale=1e4,
    label="Same session",
    correct="mood",
)
STUDY = Study(
    name="measured",
    question="Is it?",
    design="One regression.",
    papers=(),
    specs={"same": SPEC, "plain": replace(SPEC, correct="none", label="Plain")},
    headline=(("same", "happy_market"),),
)


@pytest.fixture(scope="module")
def world():
    return simulate_cells(np.random.default_rng(6), CellWorld(n_firms=45, n_sessions=50, texts=6, effects={}))


def test_the_section_has_a_row_a_mood_and_a_line_for_the_headline(world):
    result = run_study(STUDY, world.panel)
    section = measurement_section(result, spec_labels(result))
    assert [row.cells[0] for row in section.precision.rows] == ["Happy, market"]
    (row,) = section.corrected.rows
    assert row.cells[:2] == ("Same session", "Happy, market")
    kept = result.measured["same"].frame["set"].item()
    assert kept in row.cells
    assert "happiness during market hours" in section.line
    assert "basis points per standard deviation" in section.line
    assert section.unmeasured == ()


def test_the_page_shows_it_and_a_file_holds_its_numbers(world, tmp_path):
    result = run_study(STUDY, world.panel)
    page = write_study(result, make_provenance(), tmp_path)
    html = page.index.read_text(encoding="utf-8")
    assert '<section id="measurement">' in html
    assert '<a href="#measurement">Precision</a>' in html
    assert (page.folder / "measurement.csv").read_text().splitlines()[0].startswith("spec,label,y,term,texts")


def test_a_panel_without_noise_gives_the_reason(world, tmp_path):
    result = run_study(STUDY, replace(world.panel, noise=None))
    section = measurement_section(result, spec_labels(result))
    assert section.unmeasured == (
        (
            "Same session",
            "these firm-sessions were built without the noise of their moods: of firm-sessions, build it with "
            "noise=True",
        ),
    )
    assert section.line == ""
    html = write_study(result, make_provenance(), tmp_path).index.read_text(encoding="utf-8")
    assert "build it with noise=True" in html
    assert not (tmp_path / "measured" / "measurement.csv").exists()


def test_a_study_that_asks_for_none_has_no_section(world, tmp_path):
    result = run_study(replace(STUDY, specs={"same": replace(SPEC, correct="none")}), world.panel)
    assert measurement_section(result, spec_labels(result)) is None
    assert result.measurement() is None
    assert 'id="measurement"' not in write_study(result, make_provenance(), tmp_path).index.read_text(encoding="utf-8")

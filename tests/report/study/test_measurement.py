"""What a page says of how well moods were measured."""

from dataclasses import replace

import numpy as np
import pytest

from emtract.econometrics.analyses.contrast import Contrast
from emtract.econometrics.regression.spec import Spec
from emtract.report.study.measurement import measurement_section
from emtract.report.study.page import write_study
from emtract.report.study.result import StudyReport
from emtract.study import Study
from emtract.study.run import run_study
from tests.report.conftest import make_provenance
from tests.worlds.cells import CellWorld, simulate_cells

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
    primary=("same", "happy_market"),
    headline=(("same", "happy_market"),),
)
PLAIN = replace(STUDY, specs={"same": replace(SPEC, correct="none")})


@pytest.fixture(scope="module")
def world():
    return simulate_cells(np.random.default_rng(6), CellWorld(n_firms=45, n_sessions=50, texts=6, effects={}))


@pytest.fixture(scope="module")
def result(world):
    return run_study(STUDY, world.panel)


def test_the_section_has_a_row_a_mood_and_a_line_for_the_headline(result):
    section = measurement_section(result)
    of_regressions, of_samples, curve = (part.table for part in section.precision)
    assert [row.cells[0] for row in curve.rows][:2] == ["Valence, market", "2"]
    assert [row.cells[0] for row in of_regressions.rows if row.kind == "plain"] == ["Happy"]
    assert [row.cells[0] for row in of_samples.rows if row.kind == "plain"][:2] == ["Valence", "Sad"]
    (corrected,) = section.corrected
    assert [row.cells[0] for row in corrected.table.rows] == ["Same session", "Happy, market", ""]
    assert "happiness during market hours" in section.line
    assert section.line.count("happiness") == 1
    assert section.unmeasured == ()


def test_the_page_shows_it_and_files_hold_its_numbers(result, tmp_path):
    page = write_study(result, make_provenance(), tmp_path)
    html = page.index.read_text(encoding="utf-8")
    assert '<section id="measurement"' in html
    assert '<a href="#measurement">Precision</a>' in html
    for name, head in (
        ("measurement.csv", "spec,label,y,term,texts"),
        ("precision.csv", "sample,term,cells,posts,texts"),
    ):
        assert f'<a href="{name}">' in html
        assert (page.folder / name).read_text().startswith(head)


def test_a_saved_report_holds_its_tables_and_numbers(result, tmp_path):
    report = StudyReport.of(result)
    report.save(tmp_path, formats=())
    latex, html = ((tmp_path / f"tables.{kind}").read_text() for kind in ("tex", "html"))
    for title in (
        "Reliability after effects and controls",
        "As reported, and corrected for the few texts behind each mood",
    ):
        assert title in report.tables()
        assert title in latex
        assert title in html
    assert (tmp_path / "measurement.csv").read_text() == result.measurement().write_csv()
    assert (tmp_path / "precision.csv").read_text() == result.sample_precision().write_csv()


def test_a_regression_on_a_panel_without_noise_gives_the_reason(world, tmp_path):
    result = run_study(STUDY, replace(world.panel, noise=None))
    section = measurement_section(result)
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


def test_a_study_that_measures_no_regression_shows_the_precision_of_its_sample(world, tmp_path):
    result = run_study(PLAIN, world.panel)
    section = measurement_section(result)
    part, _ = section.precision
    assert section.corrected == ()
    assert [row.cells[0] for row in part.table.rows if row.kind == "plain"][:2] == ["Valence", "Happy"]
    assert "after firm and session effects" in part.table.notes[0]
    assert section.line.startswith("Share of the variance within firm and session effects that is mood")
    assert "valence during market hours" in section.line
    write_study(result, make_provenance(), tmp_path)
    assert (tmp_path / "measured" / "precision.csv").exists()
    assert not (tmp_path / "measured" / "measurement.csv").exists()


def test_a_sample_of_which_nothing_can_be_said_gives_the_reason(world):
    panel = replace(world.panel, noise=replace(world.panel.noise, cells=world.panel.noise.cells.clear()))
    section = measurement_section(run_study(PLAIN, panel))
    assert section.precision == ()
    ((name, reason),) = section.unmeasured
    assert name == "Panel"
    assert reason


def test_a_study_without_noise_has_no_section(world, tmp_path):
    result = run_study(PLAIN, replace(world.panel, noise=None))
    assert measurement_section(result) is None
    assert result.measurement() is None
    assert result.sample_precision() is None
    assert 'id="measurement"' not in write_study(result, make_provenance(), tmp_path).index.read_text(encoding="utf-8")


def test_a_difference_stands_among_estimates_and_has_no_reliability(world, tmp_path):
    pair = ("happy_market", "sad_market")
    spec = replace(STUDY.specs["same"], x=pair, standardise=())
    gap = Contrast(label="Gap", spec=spec, pairs=(pair,))
    study = replace(
        STUDY,
        specs={"gap": gap},
        primary=("gap", "happy_market - sad_market"),
        headline=(("gap", "happy_market - sad_market"),),
    )
    result = run_study(study, world.panel)
    section = measurement_section(result)
    ((part,), (precision, _)) = section.corrected, section.precision
    assert [row.cells[0] for row in part.table.rows if row.kind == "estimate"] == ["Happy, market minus sad, market"]
    assert "Happy" in [row.cells[0] for row in precision.table.rows], "that of the sample stands alone"
    assert section.line.startswith("Share of the variance within firm and session effects")
    assert "Gap" in write_study(result, make_provenance(), tmp_path).index.read_text(encoding="utf-8")


def test_a_mood_of_several_regressions_stands_once_or_with_the_name_of_each(world):
    number = "happy_market"
    early = replace(SPEC, label="Early", where="session < DATE '2019-01-22'")
    study = replace(STUDY, specs=STUDY.specs | {"again": SPEC}, headline=(("same", number), ("again", number)))
    assert measurement_section(run_study(study, world.panel)).line.count("happiness during market hours") == 1
    study = replace(study, specs=STUDY.specs | {"again": early})
    line = measurement_section(run_study(study, world.panel)).line
    assert "happiness during market hours (Same session) " in line
    assert "happiness during market hours (Early) " in line

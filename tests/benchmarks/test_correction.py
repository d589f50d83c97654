"""The benchmark of the correction: cells whose noise is the noise that they have, and two studies of the same rows."""

import numpy as np
import polars as pl
import pytest

from emtract.panel.noise import HALVES
from emtract.study.run import run_study
from tests.benchmarks import correction
from tests.benchmarks.measure import Measure

pytest.importorskip("pyfixest")


@pytest.fixture(scope="module")
def panel():
    return correction.draw_panel(9_000)


def test_the_noise_that_is_given_is_that_of_the_means(panel):
    cells = panel.noise.cells
    assert cells.height == panel.data.height
    halves = cells.select(name for name in HALVES if name.endswith("_happy")).to_numpy()
    # Half the difference of two halves has the variance of the mean.
    assert (np.diff(halves).ravel() / 2).var() == pytest.approx(cells["v_happy_happy"].mean(), rel=0.06)
    assert panel.noise.pairs.height > 100
    keys = panel.data.select("symbol", "session")
    for side in ("one", "two"):
        named = panel.noise.pairs.select(pl.col(side).alias("symbol"), "session")
        assert named.join(keys, on=["symbol", "session"], how="semi").height == named.height


def test_only_the_corrected_study_corrects(panel):
    plain, corrected = (run_study(correction.build_study(corrected=each), panel) for each in (False, True))
    assert not plain.measured
    assert not corrected.unmeasured
    assert corrected.measured["emotions"].frame.height == 6
    np.testing.assert_allclose(plain.results["emotions"].coefficients, corrected.results["emotions"].coefficients)


def test_every_figure_has_its_row(monkeypatch):
    monkeypatch.setattr(correction, "draw_panel", lambda cells: cells)
    monkeypatch.setattr(correction, "run", lambda panel, *, corrected: panel)
    rows = correction.measure_correction(100, 2)
    assert [row.name for row in rows[:3]] == ["plain: seconds", "corrected: seconds", "corrected / plain, seconds"]
    assert len(rows) == 6
    assert all("100 cells" in row.note for row in rows)


def test_a_short_form_is_written_where_it_is_told(monkeypatch, tmp_path):
    monkeypatch.setattr(correction, "measure_correction", lambda *_: [Measure("plain: seconds", 1.5, "s", "how")])
    correction.bench(tmp_path, 100, 1)
    page = (tmp_path / "correction.md").read_text(encoding="utf-8")
    assert "`make bench-correction`" in page
    assert "| plain: seconds | 1.5 | s | how |" in page

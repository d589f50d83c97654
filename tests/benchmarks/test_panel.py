"""The benchmark of panels: an unbalanced draw, one row a figure, and no figure without a fit."""

import pytest

from emtract.errors import EstimationError
from tests.benchmarks import panel

pytest.importorskip("pyfixest")


def test_drawn_panels_are_unbalanced_and_about_as_large_as_asked():
    data = panel.draw_sample(20_000).data
    assert abs(data.height / 20_000 - 1) < 0.05
    assert data.select("symbol", "session").is_unique().all()
    assert data.select(panel.regressors()).null_count().sum_horizontal().item() == 0


def test_both_libraries_fit_the_same_rows():
    found = {engine: panel.fit(10_000, engine) for engine in ("linearmodels", "pyfixest")}
    assert found["linearmodels"][-1] == found["pyfixest"][-1] > 9_000
    assert all(seconds > 0 and peak >= before > 0 for seconds, _, peak, before, _ in found.values())


def test_every_fit_has_its_rows_and_a_failure_is_told(monkeypatch):
    monkeypatch.setattr(panel, "_measure_apart", lambda rows, engine: (1.5, 2.0, 300.0, 200.0, rows))
    rows = panel.measure_panel(scale=0.001)
    assert [row.name for row in rows[:2]] == ["100 rows, pyfixest: estimate", "100 rows, pyfixest: memory"]
    assert len(rows) == 2 * len(panel.FITS)
    monkeypatch.undo()
    with pytest.raises(EstimationError, match="rows by stata failed"):
        panel._measure_apart(5000, "stata")

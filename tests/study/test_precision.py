"""Samples are measured once, whichever studies share them, and say why where they cannot be."""

import gc
from dataclasses import replace

import numpy as np
import pytest

from emtract.econometrics.measurement.reliability import panel_reliability
from emtract.panel.frame import Sample
from emtract.study import precision
from emtract.study.precision import measure_samples
from emtract.study.run import run_study
from emtract.synthetic.cells import CellWorld, simulate_cells
from tests.study.test_study import SAME
from tests.study.test_study import STUDY as TWO

STUDY = replace(
    TWO,
    specs={"same": replace(SAME, x=("happy_market",))},
    exhibits=(),
    headline=(("same", "happy_market"),),
    expectations=(),
)


@pytest.fixture(scope="module")
def panel():
    return simulate_cells(np.random.default_rng(8), CellWorld(n_firms=30, n_sessions=30, texts=5, effects={})).panel


def test_samples_with_noise_are_measured_under_their_names(panel):
    silent = replace(panel, noise=None)
    events = Sample(panel.data, unit="IPOs", noise=panel.noise)
    found, refused = measure_samples({"main": panel, "silent": silent, "rows": Sample(panel.data), "events": events})
    assert list(found) == ["main", "events"]
    assert found["main"].equals(panel_reliability(panel))
    assert found["events"]["term"].to_list() == ["valence_market"], "of further samples a page tells valence alone"
    assert refused == {}


def test_a_panel_is_measured_once_for_all_studies_and_forgotten_with_it(panel, monkeypatch):
    calls = []
    monkeypatch.setattr(precision, "panel_reliability", lambda p, m: calls.append(m) or panel_reliability(p, m))
    other, twin = replace(panel), replace(panel)
    told = [run_study(STUDY, one).precision["firm_sessions"] for one in (other, other, twin)]
    assert len(calls) == 2
    assert told[0].equals(told[1])
    assert told[0].equals(told[2])
    kept = (id(other), calls[0])
    assert kept in precision._KNOWN
    del other
    gc.collect()
    assert kept not in precision._KNOWN


def test_why_a_sample_cannot_be_measured_is_kept(panel):
    cells = panel.noise.cells
    empty = replace(panel, noise=replace(panel.noise, cells=cells.clear()))
    single = replace(panel, noise=replace(panel.noise, cells=cells.with_columns(n_units=1)))
    result = run_study(STUDY, empty)
    assert result.precision == {}
    assert "no post lies in a window" in result.unmeasured_samples["firm_sessions"]
    assert (
        "none of the firm-sessions has 2 distinct texts" in run_study(STUDY, single).unmeasured_samples["firm_sessions"]
    )

"""Samples are measured once, whichever studies share them, and say why where they cannot be."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from emtract.econometrics.measurement.reliability import panel_reliability
from emtract.panel.frame import Sample
from emtract.study import precision
from emtract.study.precision import measure_curve, measure_samples
from emtract.study.run import run_study
from tests.econometrics.measurement.stances import simulate_stances
from tests.study.test_study import SAME
from tests.study.test_study import STUDY as TWO
from tests.worlds.cells import CellWorld, simulate_cells

STUDY = replace(
    TWO,
    specs={"same": replace(SAME, x=("happy_market",))},
    exhibits=(),
    headline=(("same", "happy_market"),),
    primary=("same", "happy_market"),
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


def test_a_stance_is_measured_where_the_scorer_reads_it():
    told = measure_samples({"main": simulate_stances(8)})[0]["main"]
    assert told["term"].to_list()[:3] == ["valence_market", "stance_market", "happy_market"]
    valence, stance = (told.filter(term=term).drop("term") for term in ("valence_market", "stance_market"))
    np.testing.assert_allclose(stance.to_numpy(), valence.to_numpy(), rtol=1e-9)


def test_what_is_measured_once_holds_for_all_studies_and_samples_that_share_it(panel, monkeypatch):
    calls = []
    monkeypatch.setattr(precision, "_KNOWN", {})
    monkeypatch.setattr(precision, "panel_reliability", lambda p, m: calls.append(p) or panel_reliability(p, m))
    split = replace(panel, data=panel.data.with_columns(valence_market_chat=pl.lit(0.5)))
    first = run_study(STUDY, panel).precision["firm_sessions"]
    assert run_study(STUDY, split).precision["firm_sessions"] is first
    assert len(calls) == 1


def test_other_rows_moods_or_noise_are_measured_anew(panel, monkeypatch):
    monkeypatch.setattr(precision, "panel_reliability", lambda p, m: pl.DataFrame({"rows": [p.data.height]}))
    monkeypatch.setattr(precision, "_KNOWN", {})
    cells = panel.noise.cells.with_columns(pl.col("v_happy_happy") * 2)
    samples = {
        "all": panel,
        "fewer": replace(panel, data=panel.data.head(-1)),
        "brighter": replace(panel, data=panel.data.with_columns(pl.col("valence_market") + 0.01)),
        "noisier": replace(panel, noise=replace(panel.noise, cells=cells)),
    }
    measure_samples(samples)
    assert len(precision._KNOWN) == len(samples)
    measure_samples(samples)
    assert len(precision._KNOWN) == len(samples)


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


def test_the_curve_of_the_first_sample_begins_with_its_reliability(panel):
    curve = measure_curve({"rows": Sample(panel.data), "main": panel})
    assert curve["term"].unique().to_list() == ["valence_market"]
    assert curve["least"].is_sorted()
    assert curve["cells"].is_sorted(descending=True)
    told = panel_reliability(panel, ("valence",)).row(0, named=True)
    assert (curve["reliability"][0], curve["error"][0]) == (told["reliability"], told["error"])
    assert measure_curve({"rows": Sample(panel.data)}) is None
    single = replace(panel.noise, cells=panel.noise.cells.with_columns(n_units=1))
    assert measure_curve({"main": replace(panel, noise=single)}) is None

"""Reliability after effects: beside the truth of a world, beside halves, and what follows for power."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from emtract.econometrics.measurement.measured import measure
from emtract.econometrics.measurement.reliability import panel_reliability, reliability, smallest_effect
from emtract.econometrics.regression.estimate import estimate
from emtract.emotions import NON_NEUTRAL
from emtract.errors import EstimationError
from emtract.panel.frame import Sample
from emtract.panel.noise import VARIANCES, Noise
from tests.econometrics.measurement.test_correct import SPEC
from tests.worlds.cells import CellWorld, simulate_cells


@pytest.fixture(scope="module")
def world():
    return simulate_cells(np.random.default_rng(12), CellWorld(n_firms=60, n_sessions=120, texts=6))


def test_halves_and_noise_say_the_same(world):
    found = reliability(SPEC, world.panel)
    row = found.table.row(0, named=True)
    assert 0.3 < row["reliability"] < 0.7
    assert 2 * row["halves"] / (1 + row["halves"]) == pytest.approx(row["reliability"], abs=0.05)
    assert row["low"] < row["reliability"] < row["high"]
    assert row["posts"] == pytest.approx(6, abs=0.3)


def test_more_texts_a_cell_are_measured_better(world):
    curve = reliability(SPEC, world.panel, least=(2, 5, 8)).curve
    assert curve["least"].to_list() == [2, 5, 8]
    assert curve["reliability"].is_sorted()
    assert curve["cells"].is_sorted(descending=True)


def test_texts_that_say_all_are_measured_without_error():
    drawn = simulate_cells(np.random.default_rng(1), CellWorld(n_firms=20, n_sessions=40, evidence=1e7))
    row = reliability(SPEC, drawn.panel).table.row(0, named=True)
    assert row["reliability"] == pytest.approx(1, abs=1e-4)
    assert row["halves"] == pytest.approx(1, abs=1e-4)


def test_texts_without_a_mood_are_all_noise():
    drawn = simulate_cells(np.random.default_rng(1), CellWorld(n_firms=60, n_sessions=80, spread=0.0))
    row = reliability(SPEC, drawn.panel).table.row(0, named=True)
    assert abs(row["reliability"]) < 3 * row["error"]
    assert abs(row["halves"]) < 3 * row["halves_error"]


def test_an_emotion_that_nobody_shows_is_said(world):
    flat = [pl.lit(0.0).alias(f"half_{half}_happy") for half in (1, 2)]
    noise = Noise(world.panel.noise.cells.with_columns(flat), world.panel.noise.pairs)
    with pytest.raises(EstimationError, match="nobody shows this emotion"):
        reliability(SPEC, replace(world.panel, noise=noise))


def test_the_smallest_effect_is_seen_in_four_fifths_of_samples():
    rng = np.random.default_rng(0)
    effect = smallest_effect(np.array([2.0]), None)[0]
    assert effect == pytest.approx(2 * 2.8016, rel=1e-3)
    drawn = rng.normal(effect, 2.0, 50_000)
    assert np.mean(np.abs(drawn / 2) > 1.96) == pytest.approx(0.8, abs=0.01)
    assert smallest_effect(np.array([2.0]), 6)[0] > effect


def test_an_interval_below_zero_is_cut_at_zero_on_both_ends(world, monkeypatch):
    """An estimate far below zero says that the share is zero, not that it lies between 0 and less."""
    monkeypatch.setattr("emtract.econometrics.measurement.prepared.Rows.reliability", lambda self: ([-0.4], [0.1]))
    row = reliability(SPEC, world.panel, least=()).table.row(0, named=True)
    assert (row["reliability"], row["low"], row["high"]) == (-0.4, 0.0, 0.0)


def test_effects_read_per_measured_and_per_true_standard_deviation(world):
    found = reliability(SPEC, world.panel)
    plain, scaled = (
        measure(estimate(spec, world.panel), world.panel).frame.row(0, named=True)
        for spec in (SPEC, replace(SPEC, standardise=("happy_market",)))
    )
    assert plain["per_measured_sd"] == pytest.approx(scaled["per_measured_sd"])
    row = found.table.row(0, named=True)
    # Reliability is that of the cells with two texts, and so is the error: 59 degrees of freedom of 60 firms.
    same = smallest_effect(np.array(scaled["naive_error"]), 59)
    for name, share in (("per_true_sd", "reliability"), ("per_true_sd_least", "high")):
        assert plain[name] == pytest.approx(same * row["before"] ** 0.5 / row[share])
    # What the mood's own spread says, which only an invented world knows.
    moods, means = world.moods["happy_market"], world.panel.data["happy_market"]
    assert row["before"] == pytest.approx(moods.var() / means.var(), abs=0.03)


def test_a_panel_s_own_table_has_every_mood_of_the_windows_that_can_be_measured(world):
    table = panel_reliability(world.panel)
    assert table["term"].to_list() == [f"{name}_market" for name in ("valence", *NON_NEUTRAL)]
    one = reliability(replace(SPEC, controls=()), world.panel).table
    assert table.filter(pl.col("term") == "happy_market")["reliability"].item() == pytest.approx(
        one["reliability"].item()
    )


def test_a_panel_without_noise_says_how_to_build_one(world):
    with pytest.raises(EstimationError, match="build it with noise=True"):
        panel_reliability(replace(world.panel, noise=None))


def test_an_emotion_that_nobody_shows_costs_no_other(world):
    flat = replace(world.panel, data=world.panel.data.with_columns(fear_market=pl.lit(0.0)))
    terms = panel_reliability(flat)["term"].to_list()
    assert terms == [f"{name}_market" for name in ("valence", *NON_NEUTRAL) if name != "fear"]


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        (pl.col("symbol") == "S0001", "symbol"),
        (pl.col("symbol").is_null(), "none of the firm-sessions has 2 distinct texts"),
    ],
)
def test_one_firm_or_no_cell_is_a_sentence(world, cells, said):
    noise = Noise(
        world.panel.noise.cells.with_columns(n_units=pl.when(cells).then("n_units").otherwise(1)),
        world.panel.noise.pairs,
    )
    with pytest.raises(EstimationError, match=said):
        panel_reliability(replace(world.panel, noise=noise))


def test_rows_without_firms_are_measured_by_session_and_without_effects(world):
    """One firm's cells as those of the market: reliability of the raw mean, which equals that of a regression without effects."""
    one = pl.col("symbol") == "S0001"
    noise = Noise(world.panel.noise.cells.filter(one).with_columns(symbol=pl.lit("")), world.panel.noise.pairs.clear())
    market = Sample(world.panel.data.filter(one).drop("symbol"), unit="sessions", noise=noise)
    table = panel_reliability(market)
    assert table["term"].to_list() == [f"{name}_market" for name in ("valence", *NON_NEUTRAL)]
    cells = noise.cells.filter(pl.col("n_units") >= 2).join(market.data, on="session")
    variance = cells["happy_market"].var(ddof=1)
    told = table.filter(pl.col("term") == "happy_market")["reliability"].item()
    assert told == pytest.approx(1 - cells["v_happy_happy"].mean() / variance)


@pytest.mark.parametrize(("times", "end"), [(9.0, 0.0), (-1.0, 1.0)])
def test_an_interval_that_lies_beyond_what_a_share_can_be_is_its_end(times, end):
    """By chance reliability lies below 0, or above 1: its interval is not turned around there."""
    drawn = simulate_cells(np.random.default_rng(4), CellWorld(n_firms=12, n_sessions=40)).panel
    scaled = [frame.with_columns(pl.col(VARIANCES) * times) for frame in (drawn.noise.cells, drawn.noise.pairs)]
    row = reliability(SPEC, replace(drawn, noise=Noise(*scaled)), least=()).table.row(0, named=True)
    assert not 0 <= row["reliability"] <= 1
    assert (row["low"], row["high"]) == (end, end)

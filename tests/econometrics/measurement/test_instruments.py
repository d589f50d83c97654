"""Firm-sessions under two instruments: what few posts hide is found again, and shared posts are not taken for noise."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from emtract.econometrics.measurement.instruments import FROM_POSTS, compare_means
from emtract.panel.frame import WINDOWS
from emtract.panel.noise import Noise
from tests.worlds.cells import CellWorld, simulate_cells


@pytest.fixture(scope="module")
def world():
    return simulate_cells(np.random.default_rng(12), CellWorld(n_firms=40, n_sessions=100, texts=6)).panel


def row(found, **wanted):
    chosen = found.filter(**{"window": "market", "mood": "valence", "least": 1} | wanted)
    return chosen.filter(pl.col("most").is_null()).row(0, named=True)


def redrawn(panel, rng, share):
    """Another instrument: each half, and the mean, with noise of its own beside what it reads as the first does."""
    noise, n = panel.noise, panel.noise.cells.height
    halves = [c for c in noise.cells.columns if c.startswith("half_")]
    cells = noise.cells.with_columns(pl.col(c) + pl.Series(rng.normal(0, share, n)) for c in halves)
    return replace(panel, noise=Noise(cells, noise.pairs))


def test_one_instrument_beside_itself(world):
    found = row(compare_means({"a": world, "b": world}))
    assert found["correlation"] == pytest.approx(1)
    assert found["disattenuated"] == pytest.approx(1)
    assert found["cells"] >= found["units_cells"] > 1000


def test_noise_of_halves_is_taken_out(world):
    found = row(compare_means({"a": world, "b": redrawn(world, np.random.default_rng(0), 0.05)}))
    assert found["disattenuated"] == pytest.approx(1, abs=0.1)
    assert found["disattenuated_low"] < 1 < found["disattenuated_high"]


def test_intervals_of_unrelated_instruments_hold_zero():
    """The same posts, as the counts say, and moods of worlds that know nothing of each other."""
    counts = {f"n_posts_{window}": pl.lit(6) for window in WINDOWS}
    panels = {}
    for seed in range(8):
        panel = simulate_cells(np.random.default_rng(seed), CellWorld(n_firms=40, n_sessions=80, texts=6)).panel
        panels[str(seed)] = replace(panel, data=panel.data.with_columns(**counts))
    found = compare_means(panels, valence_only=list(panels)).filter(pl.col("least") == 1, pl.col("most").is_null())
    for low, high in (("conf_low", "conf_high"), ("disattenuated_low", "disattenuated_high")):
        held = found.select((pl.col(low) < 0) & (pl.col(high) > 0)).to_series()
        # Moods last for a firm: with errors of sessions alone fewer than 70 of 100 intervals would.
        assert len(held) == 56 and held.mean() > 0.8


def test_cells_of_other_posts_are_not_compared(world):
    more = replace(world, data=world.data.with_columns(n_posts_market=pl.col("n_posts_market") + 1))
    assert row(compare_means({"a": world, "b": more}))["cells"] == 0
    assert row(compare_means({"a": world, "b": more}))["correlation"] is None


def test_groups_of_posts_divide_all_cells(world):
    found = compare_means({"a": world, "b": world}).filter(window="market", mood="valence")
    assert found["least"].to_list() == [1, *FROM_POSTS] and found["most"].to_list() == [None, 4, 19, 99, None]
    assert found["cells"][0] == found["cells"][1:].sum()


def test_an_instrument_of_valence_is_compared_by_valence_alone(world):
    found = compare_means({"a": world, "b": world}, valence_only=["b"])
    assert found["mood"].unique().to_list() == ["valence"]
    assert compare_means({"a": world}).is_empty()


def test_the_interval_widens_where_sessions_move_together(world):
    rng = np.random.default_rng(3)
    days = world.data["session"].unique().sort()
    shock = pl.DataFrame({"session": days, "x": rng.normal(0, 1, len(days)), "y": rng.normal(0, 1, len(days))})
    data = world.data.join(shock, on="session", how="left", maintain_order="left")
    one, two = (replace(world, data=data.with_columns(valence_market=pl.col(c)).drop("x", "y")) for c in "xy")
    found = row(compare_means({"a": one, "b": two}))
    assert found["conf_high"] - found["conf_low"] > 0.2  # 100 sessions say 0.4, 4,000 cells would say 0.06

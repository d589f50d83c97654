"""The generator: a valid panel, shares that sum to one, one seed one panel, effects where it says."""

import numpy as np
import polars as pl
import pytest

from emtract.emotions import EMOTIONS, NON_NEUTRAL
from emtract.panel.frame import REQUIRED, WINDOWS
from tests.worlds.panels import EFFECTS, simulate_panel


@pytest.fixture(scope="module")
def simulated():
    return simulate_panel(np.random.default_rng(1), 20, n_sessions=40, mean_posts=8)


def test_the_panel_holds_every_required_column_and_row(simulated):
    assert set(REQUIRED) <= set(simulated.panel.data.columns)
    assert simulated.panel.data.height == 20 * 40
    assert simulated.panel.data["session"].dt.weekday().max() <= 5


@pytest.mark.parametrize("window", WINDOWS)
def test_shares_sum_to_one_and_are_null_together_below_min_posts(simulated, window):
    data = simulated.panel.data
    few = data[f"n_posts_{window}"] < 5
    assert 0 < few.sum() < data.height
    shares = data.select(f"{e}_{window}" for e in (*EMOTIONS, "valence"))
    assert (shares.filter(few).null_count() == few.sum()).row(0) == (True,) * 8
    np.testing.assert_allclose(shares.filter(~few).select(pl.sum_horizontal(pl.all().exclude("^valence.*$"))), 1)
    assert data[f"attention_{window}"].null_count() == 0


def test_leads_and_lags_stop_at_the_ends_of_a_symbol(simulated):
    first = simulated.panel.data.filter(pl.col("symbol") == "S003").sort("session")
    assert first["return_open_close_next"][:-1].equals(first["return_open_close"][1:].alias("return_open_close_next"))
    assert first["return_open_close_next"][-1] is None
    assert first["lagged_return"][0] is None
    assert first["lagged_return"][1] == first["return_close_close"][0]


def test_every_effect_is_written_down_zero_or_not(simulated):
    assert set(simulated.truth) == {f"{e}_{w}" for e in NON_NEUTRAL for w in WINDOWS}
    assert {term: effect for term, effect in simulated.truth.items() if effect} == EFFECTS


def test_one_seed_one_panel_and_effects_move_returns_alone():
    one, two, flat = (
        simulate_panel(np.random.default_rng(5), 8, n_sessions=12, effects=effects)
        for effects in (EFFECTS, EFFECTS, {})
    )
    assert one.panel.data.equals(two.panel.data)
    data = one.panel.data.with_columns(flat=flat.panel.data["return_open_close"]).drop_nulls("happy_market")
    moved = data.select(sum(effect * pl.col(term) for term, effect in EFFECTS.items())).to_series()
    np.testing.assert_allclose((data["return_open_close"] - data["flat"]) * 1e4, moved, atol=1e-9)


def test_an_unknown_term_is_refused():
    with pytest.raises(ValueError, match="no such term: joy_market"):
        simulate_panel(np.random.default_rng(0), 2, n_sessions=2, effects={"joy_market": 1.0})

"""Peers: what is planted after other firms' earnings comes back, on the side on which it was planted."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from emtract.econometrics.analyses.stacked import BEFORE, _quantities
from emtract.panel.derive import derive
from emtract.study import load_study
from emtract.words.clock import CLOSE
from emtract.words.codebook import known
from tests.worlds.panels import simulate_panel


@pytest.fixture(scope="module")
def study():
    return load_study("peers")


@pytest.fixture(scope="module")
def panel(study):
    """Five industries; a firm announces on one session in thirty, and moves by 5 per cent then, either way."""
    rng = np.random.default_rng(4)
    drawn = simulate_panel(rng, 60, n_sessions=240, mean_posts=8).panel
    rows = drawn.data.height
    own = pl.Series("own", np.where(rng.random(rows) < 0.5, -0.05, 0.05))
    data = drawn.data.with_columns(
        industry=pl.format("G{}", pl.col("symbol").str.slice(1).cast(pl.Int64) % 5),
        earnings_session=pl.Series((rng.random(rows) < 1 / 30).astype(float)),
        return_close_close=pl.Series(0.01 * rng.normal(size=rows)),
    ).with_columns(
        return_close_close=pl.when(pl.col("earnings_session") == 1).then(own).otherwise("return_close_close")
    )
    return derive(replace(drawn, data=data), study.derive)


def test_shocks_are_known_at_the_close_of_their_session(study):
    assert {known(request.shock) for request in study.specs.values()} == {CLOSE}


def test_what_peers_bring_comes_back_and_the_other_side_shows_nothing_of_it(study, panel):
    """The shocks stay those of the returns before anything is planted."""
    down = pl.col("peers_down").fill_null(0.0)
    moved = replace(panel, data=panel.data.with_columns(return_close_close=pl.col("return_close_close") - 0.02 * down))
    found, other = (study.specs[f"{side}_returns"].run({"firm_sessions": moved}) for side in ("down", "up"))
    row = found.row("session 0")
    assert abs(row["estimate"] + 200) < 3 * row["std_error"]
    assert row["p_value"] < 0.001 < found.row(BEFORE)["p_value"]
    assert other.row("session 0")["p_value"] > 0.001


def test_what_is_said_of_a_path_follows_its_shock_and_its_outcome(study):
    for name, request in study.specs.items():
        assert "read from few posts" not in request.describe(), "earnings are no mood"
        unit = {"returns": "basis points", "talk": "per cent", "mood": "percentage points"}[name.partition("_")[2]]
        assert {quantity.unit for quantity in _quantities(request).values()} == {unit}
    assert "read from few posts" in load_study("shocks").specs["slump"].describe()

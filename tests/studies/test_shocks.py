"""Shocks: a turn of mood that moves returns is followed by what was planted, one that does not by nothing."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from emtract.econometrics.analyses.stacked import AFTER, BEFORE
from emtract.panel.derive import derive
from emtract.study import load_study
from emtract.words.clock import OPEN
from emtract.words.codebook import known
from tests.worlds.panels import simulate_panel


@pytest.fixture(scope="module")
def study():
    return load_study("shocks")


@pytest.fixture(scope="module")
def panel(study):
    drawn = simulate_panel(np.random.default_rng(2), 40, n_sessions=200, mean_posts=8).panel
    return derive(drawn, study.derive)


def test_shocks_are_known_at_the_open_and_returns_begin_there(study):
    for name, request in study.specs.items():
        assert known(request.shock) == OPEN
        assert request.y == ("log_range_parkinson" if name.endswith("range") else "return_open_close")
        assert "n_posts_pre_open >= 3" in request.where
        assert {t.column for t in study.derive if hasattr(t, "side")} >= {request.shock.split("_", 1)[1]}


def test_what_is_planted_after_a_slump_comes_back_and_other_shocks_show_nothing_of_it(study, panel):
    slump, noise = (
        pl.col("slump_valence_pre_open").fill_null(0.0),
        np.random.default_rng(3).normal(size=panel.data.height),
    )
    moved = panel.data.with_columns(return_open_close=pl.Series(0.01 * noise) - 0.02 * slump)
    rows = {row["term"]: row for row in run(study, "slump", replace(panel, data=moved)).estimates.to_dicts()}
    assert abs(rows["session 0"]["estimate"] + 200) < 3 * rows["session 0"]["std_error"]
    assert rows["session 0"]["p_value"] < 0.001
    assert rows[AFTER]["p_value"] < 0.05 < rows[BEFORE]["p_value"]
    assert run(study, "joy", replace(panel, data=moved)).row("session 0")["p_value"] > 0.01


def run(study, name, panel):
    return study.specs[name].run({"firm_sessions": panel})

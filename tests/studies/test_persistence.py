"""The study of persistence on a simulated panel: what it declares is there, and it runs."""

from dataclasses import replace

import numpy as np

from emtract.panel.derive import Cumulated, Lead
from emtract.panel.frame import Panel
from emtract.study import load_study
from emtract.study.run import run_study
from tests.validation.coverage import one_draw
from tests.validation.persistence import DESIGNS, draw
from tests.worlds.panels import simulate_panel

STUDY = load_study("persistence")


def short(study):
    """The study with three horizons, so that a test is quick."""
    horizons, turn = (1, 2, 3), (1, 3)
    specs = {
        name: replace(request, horizons=horizons, reversal=turn if request.cumulated else None, draws=500)
        for name, request in study.specs.items()
    }
    made = (Cumulated("return_close_close", horizons), Lead("return_close_close", horizons))
    return replace(
        study,
        specs=specs,
        derive=made,
        headline=(("cumulated", "sad_pre_open, 3 sessions"),),
        primary=("cumulated", "sad_pre_open, 3 sessions"),
        expectations=(),
    )


def test_it_runs_on_a_panel_that_derives_its_outcomes():
    panel = simulate_panel(np.random.default_rng(0), 25, n_sessions=60).panel
    days = {day: i for i, day in enumerate(sorted(set(panel.data["session"])))}
    numbers = panel.data["session"].replace_strict(days).alias("number")
    panel = Panel(panel.data.with_columns(numbers), panel.ledger, panel.settings)
    result = run_study(short(STUDY), panel)
    assert set(result.findings) == {"cumulated", "leads", "valence", "market_hours"}
    assert result.answer()
    row = result.row("cumulated", "sad_pre_open, reversal 1 to 3")
    assert row["conf_low"] < row["estimate"] < row["conf_high"]
    assert result.findings["cumulated"].estimates["term"].to_list() == list(result.study.specs["cumulated"].terms)


def test_twenty_horizons_are_declared_with_their_outcomes():
    outcomes = {f"{kind}_{k}" for kind in ("cumulated", "lead") for k in range(1, 21)}
    wanted = {
        request.outcome(k).removeprefix("return_close_close_")
        for request in STUDY.specs.values()
        for k in request.horizons
    }
    assert wanted == outcomes


def test_a_draw_of_the_design_finds_the_large_effect_and_covers_the_null():
    design = DESIGNS[0]
    found = one_draw(design, draw(25, 120, 0.3)(np.random.default_rng(1)))
    assert found["cumulated", "happy_pre_open, 1 session"].rejected == 1
    assert found["leads", "fear_pre_open, 20 sessions"].covered == 1

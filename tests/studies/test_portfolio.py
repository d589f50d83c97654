"""The portfolio study: it trades on what is known, runs on any valid panel, and finds what was planted."""

import ast
from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from emtract.econometrics.portfolio.sort import SignalSorts
from emtract.econometrics.portfolio.summary import SPREAD
from emtract.econometrics.portfolio.timing import OPENS
from emtract.emotions import NON_NEUTRAL
from emtract.panel.firm_sessions import FIRM_SESSIONS
from emtract.panel.frame import REQUIRED
from emtract.study import load_study
from emtract.study.find import study_file
from emtract.study.run import run_study
from tests.worlds.panels import simulate_panel

EFFECTS = {"happy_pre_open": 400.0, "fear_pre_open": -300.0}


@pytest.fixture(scope="module")
def study():
    return load_study("portfolio")


@pytest.fixture(scope="module")
def panel():
    return simulate_panel(np.random.default_rng(8), 60, n_sessions=120, effects=EFFECTS, persistence=0.0).panel


@pytest.fixture(scope="module")
def result(study, panel):
    sized = replace(panel, data=panel.data.with_columns(size=pl.col("precision") + 20))
    return run_study(study, {FIRM_SESSIONS: sized})


def sorts(study):
    for spec in study.specs.values():
        yield from (spec.of(s) for s in spec.signals) if isinstance(spec, SignalSorts) else (spec,)


def test_every_sort_uses_columns_of_the_panel_and_opens_when_its_signal_is_known(study):
    for sort in sorts(study):
        assert {sort.signal, sort.returns} <= set(REQUIRED)
        late = sort.signal.endswith("_market")
        assert OPENS[sort.returns] in ({"close", "next_open"} if late else {"open", "close", "next_open"})
    assert {f"{e}_pre_open" for e in NON_NEUTRAL} < set(study.specs["signals"].signals)


def test_it_finds_what_was_planted(result):
    assert result.row("valence", SPREAD)["p_value"] < 0.01
    assert result.row("signals", "happy_pre_open")["estimate"] > 0
    assert result.row("signals", "fear_pre_open")["estimate"] < 0
    later = result.row("signals_overnight", "happy_pre_open")["estimate"]
    assert later < result.row("signals", "happy_pre_open")["estimate"] / 3, "only what lasts of a firm's mood is left"
    assert result.expectations()["verdict"].to_list() == ["as expected"] * 3
    assert "for firms in quintile 5 than for firms in quintile 1 by valence before the open" in result.answer()


def test_what_the_store_lacks_is_said(result, study, panel):
    assert not result.skipped
    assert result.row("valence_value", SPREAD)["estimate"] != result.row("valence", SPREAD)["estimate"]
    bare = run_study(study, {FIRM_SESSIONS: replace(panel, data=panel.data.drop("size", strict=False))})
    assert set(bare.skipped) == {"valence_value", "valence_overnight_value"}
    assert all("[[market]]" in why for why in bare.skipped.values())


def test_nothing_runs_at_import():
    tree = ast.parse(study_file("portfolio").read_text(encoding="utf-8"))
    assert not [node for node in tree.body if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)]
    assert ast.get_docstring(tree)

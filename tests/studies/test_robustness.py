"""The study of robustness: its axes, its placebos, and its answer on a panel where something is there."""

import ast
from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from emtract.econometrics.analyses.curve.analysis import SpecificationCurve
from emtract.econometrics.analyses.curve.grid import specification
from emtract.panel.frame import BUILT, Panel
from emtract.study import load_study
from emtract.study.find import study_file
from emtract.study.run import run_study
from tests.worlds.panels import simulate_panel


@pytest.fixture(scope="module")
def study():
    return load_study("robustness")


def test_every_sample_that_a_choice_names_is_requested(study):
    for curve in study.specs.values():
        assert isinstance(curve, SpecificationCurve)
        named = {choice.changes.get("sample") for axis in curve.axes for choice in axis.choices} - {None}
        assert named <= set(study.samples)
    used = {c.changes.get("sample") for s in study.specs.values() for a in s.axes for c in a.choices}
    assert used | {"firm_sessions"} == set(study.samples) | {None}


def test_choices_change_one_thing_and_read_columns_of_a_built_panel(study):
    assert len({request.weights for request in study.samples.values()}) == 4
    for curve in study.specs.values():
        for at, axis in enumerate(curve.axes):
            for place in range(len(axis.choices)):
                spec = specification(curve.base, curve.axes, tuple(place * (i == at) for i in range(len(curve.axes))))
                assert {spec.y, *spec.sources} <= set(BUILT)
                assert spec.x == curve.base.x


def test_single_emotions_are_not_read_from_word_lists_of_valence(study):
    labels = {c.label for axis in study.specs["next_sadness"].axes for c in axis.choices}
    assert not [label for label in labels if label.startswith("read by")]
    assert [c.label for c in study.specs["next"].axes[0].choices if c.label.startswith("read by")]


def test_placebos_of_the_future_are_far_from_the_return(study):
    """Emotions just after a return answer to it: a placebo of them would reject, and rightly so."""
    leads = [p.draw for curve in study.specs.values() for p in curve.placebos if p.label == "future emotions"]
    assert leads
    assert min(leads) > 10


def test_nothing_runs_at_import():
    tree = ast.parse(study_file("robustness").read_text(encoding="utf-8"))
    assert not [node for node in tree.body if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)]


def test_it_runs_with_the_main_sample_alone_and_says_what_is_absent(study):
    effects = {"happy_market": 300.0}
    panel = simulate_panel(np.random.default_rng(2), 20, n_sessions=80, effects=effects, mean_posts=20.0, min_posts=1)
    few = {
        name: replace(curve, cap=12, placebos=curve.placebos[::12], rotations=min(curve.rotations, 2), min_rows=100)
        for name, curve in study.specs.items()
    }
    data = panel.panel.data.with_columns(session=pl.col("session").dt.offset_by("2mo"))
    moved = Panel(data, panel.panel.ledger, panel.panel.settings)
    result = run_study(replace(study, specs=few), {"firm_sessions": moved})
    assert result.row("contemporaneous", "share_significant")["estimate"] > 0.5
    note = next(n for n in result.findings["contemporaneous"].notes if n.startswith("Not among"))
    assert "scored_by_vader" in note
    labels = {row["choice"] for row in result.findings["opens"].tables["Specifications by choice"].to_dicts()}
    assert {"before May 2019", "from May 2019", "industry, session"} <= labels
    assert "share their data" in result.answer()

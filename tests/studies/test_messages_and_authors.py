"""The studies of messages and of authors: what they declare, and that on a panel with a planted group they find it."""

import ast
from dataclasses import replace

import numpy as np
import pytest

from emtract.econometrics.analyses.contrast import Contrast
from emtract.econometrics.regression.spec import Spec
from emtract.panel.firm_sessions import group_columns
from emtract.panel.frame import WINDOWS, Panel
from emtract.posts import GROUPS
from emtract.study import load_study
from emtract.study.find import study_file
from emtract.study.run import run_study
from tests.validation.groups import Grouped, add_slopes, simulate_groups

NAMES = ("information", "authors")
SPLITS = {"information": ("content", "origin", "figures", "clock"), "authors": ("verified", "followers", "history")}


@pytest.mark.parametrize("name", NAMES)
def test_specs_read_columns_of_their_sample_with_both_groups_and_all_emotions_but_neutral(name):
    study = load_study(name)
    for label, found in study.specs.items():
        spec = found.spec if isinstance(found, Contrast) else found
        assert isinstance(spec, Spec)
        assert (spec.effects, spec.clusters) == (("symbol", "session"),) * 2
        assert set(spec.standardise) == set(spec.sources)
        assert not any(c.startswith("neutral") for c in spec.sources)
        by = study.samples[spec.sample].split
        if by is not None:
            windows = {w for w in ("market", "pre_open") if any(f"_{w}" in c for c in spec.x)}
            assert len(windows) == 1, label
            columns = {c for g in by.groups for c in group_columns(*windows, g)}
            grouped = [c for c in spec.sources if c.endswith(by.groups)]
            assert set(grouped) <= columns
            assert ("opens" in label) == (windows == {"pre_open"})


@pytest.mark.parametrize("name", NAMES)
def test_nothing_runs_at_import(name):
    tree = ast.parse(study_file(name).read_text(encoding="utf-8"))
    assert not [node for node in tree.body if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)]
    assert ast.get_docstring(tree)


@pytest.mark.parametrize("name", NAMES)
def test_every_split_is_requested_and_compared(name):
    study = load_study(name)
    for by in SPLITS[name]:
        assert study.samples[f"by_{by}"].split.by == by
        first, second = GROUPS[by]
        gap = study.specs[f"contemporaneous_{by}_valence_gap"]
        assert gap.terms == (f"valence_market_{first} - valence_market_{second}",)
    assert all(expectation.source for expectation in study.expectations)


def fast(study):
    """The study with another engine, which gives the same numbers."""
    return replace(study, specs=dict(Grouped(study.name, tuple(study.specs))))


def planted(by, term, slope):
    panel = simulate_groups(np.random.default_rng(4), 20, n_sessions=60, by=by, mean_posts=20.0)
    name = "information" if by == "content" else "authors"
    spec = Grouped(name, (f"contemporaneous_{by}_valence",))[f"contemporaneous_{by}_valence"]
    return add_slopes(spec, panel, {term: slope})


@pytest.fixture(scope="module")
def result():
    panel, truth = planted("content", "valence_market_finance", 250.0)
    study = load_study("information")
    samples = {f"by_{by}": renamed(panel, by) for by in SPLITS["information"]}
    return run_study(fast(study), samples), truth


def renamed(panel, by):
    """The panel of finance and chat as one of another split."""
    data = panel.data
    for window in WINDOWS:
        for old, new in zip(GROUPS["content"], GROUPS[by], strict=True):
            data = data.rename(dict(zip(group_columns(window, old), group_columns(window, new), strict=True)))
    return Panel(data, panel.ledger, panel.settings)


def test_the_group_that_moves_returns_is_found_and_so_is_the_difference(result):
    found, truth = result
    row = found.row("contemporaneous_content_valence", "valence_market_finance")
    assert abs(row["estimate"] - truth["valence_market_finance"]) < 3 * row["std_error"]
    # The least that 999 draws of a bootstrap can give.
    assert row["p_value"] <= 0.001
    gap = found.row("contemporaneous_content_valence_gap", "valence_market_finance - valence_market_chat")
    assert gap["conf_low"] > 0
    assert set(found.findings) == {name for name in found.study.specs if name.endswith("_gap")}
    assert "in posts in finance language than in posts without finance language" in found.answer()


def test_plain_posts_alone_stand_beside_all_posts_of_the_same_windows(result):
    found, truth = result
    whole = found.row("contemporaneous_figures_all", "valence_market")
    alone = found.row("contemporaneous_figures_alone", "valence_market_plain")
    both = found.row("contemporaneous_figures_valence", "valence_market_figures")
    assert both["n_obs"] <= whole["n_obs"] == alone["n_obs"]
    # All of the slope is in the posts with figures; what the moods share is left.
    assert alone["estimate"] < whole["estimate"] - 2 * whole["std_error"]
    assert abs(both["estimate"] - truth["valence_market_finance"]) < 3 * both["std_error"]


def test_hours_of_trading_are_asked_of_their_own_session_alone():
    study = load_study("information")
    assert [name for name in study.specs if "clock" in name] == [
        "contemporaneous_clock_valence",
        "contemporaneous_clock_valence_gap",
    ]
    shown = {spec for exhibit in study.exhibits for spec in exhibit.specs}
    assert shown == {name for name, spec in study.specs.items() if isinstance(spec, Spec)}


def test_a_store_without_a_split_skips_its_specs_and_says_so():
    panel, _ = planted("followers", "valence_market_followed", 0.0)
    study = load_study("authors")
    found = run_study(fast(study), {"firm_sessions": panel, "by_followers": panel})
    assert set(found.skipped) == {n for n, s in study.specs.items() if s.samples[0] not in found.samples}
    assert "contemporaneous_followers_emotions_gap" in found.findings

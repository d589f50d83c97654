"""What a page says first: the primary number, few clusters, and a number that one firm makes."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from emtract.econometrics.regression.spec import Spec
from emtract.panel.frame import Panel
from emtract.report.study.inference import inference_section, influence_files
from emtract.study import Contrast, Cumulated, HourlyMood, LocalProjection, Study
from emtract.study.influence import SCHEMA
from emtract.study.run import run_study
from tests.worlds.panels import simulate_panel

SPEC = Spec(
    y="return_open_close",
    x=("happy_market", "sad_market"),
    controls=("attention_market",),
    effects=("symbol", "session"),
    covariance="clustered",
    clusters=("symbol", "session"),
    small_sample="fixest",
    standardise=("happy_market", "sad_market", "attention_market"),
    y_scale=1e4,
    bootstrap="auto",
    draws=199,
    label="Same session",
)
GAP = Contrast(label="Gap", spec=SPEC, pairs=(("happy_market", "sad_market"),))
STUDY = Study(
    name="one",
    question="What goes with what?",
    design="A panel.",
    papers=(),
    specs={"same": SPEC, "gap": GAP},
    headline=(("same", "happy_market"), ("gap", "happy_market - sad_market")),
    primary=("same", "happy_market"),
)


def simulated(effects, seed=4):
    return simulate_panel(np.random.default_rng(seed), 12, n_sessions=60, effects=effects, mean_posts=12).panel


@pytest.fixture(scope="module")
def steady():
    return run_study(STUDY, simulated({"happy_market": 4000.0}))


@pytest.fixture(scope="module")
def lone():
    """Happiness moves the return of one firm alone, by so much that it makes the coefficient."""
    panel = simulated({}, seed=6)
    alone = pl.when(pl.col("symbol") == "S003").then(pl.col("happy_market").fill_null(0.0) * 0.5).otherwise(0.0)
    moved = panel.data.with_columns(pl.col("return_open_close") + alone)
    study = replace(STUDY, specs={"same": replace(SPEC, clusters=("session",)), "gap": GAP})
    return run_study(study, Panel(moved, panel.ledger, panel.settings))


def test_influence_has_a_row_a_number_and_kind_of_unit(steady):
    frame = steady.influence()
    assert dict(frame.schema) == SCHEMA
    assert frame.select("spec", "left_out").rows() == [
        ("same", "symbol"), ("same", "session"), ("gap", "symbol"), ("gap", "session"),
    ]  # fmt: skip
    assert frame["units"].to_list() == [12, 60, 12, 60]
    within = frame.select((pl.col("low") <= pl.col("estimate")) & (pl.col("estimate") <= pl.col("high")))
    assert within.to_series().all()
    assert set(frame["hangs_on"]) == {""}
    assert influence_files(steady) == {"influence.csv": frame}


def test_where_clusters_are_few_the_page_says_how_p_values_come_about(steady):
    section = inference_section(steady)
    assert section.clusters.startswith("12 firms: p-values and intervals from a wild cluster bootstrap; ")
    assert section.cautions == ()
    assert section.primary.startswith(
        "Primary number: the difference in the same-session open-to-close return that goes with one"
    )
    assert section.primary.endswith("All others are robustness.")
    assert [row.cells[0] for row in section.table.rows if row.kind == "plain"][:2] == [
        "one of 12 firms",
        "one of 60 sessions",
    ]


def test_a_difference_of_slopes_says_whose_bootstrap_it_has(steady):
    only = replace(steady, study=replace(steady.study, headline=STUDY.headline[1:], primary=STUDY.headline[1]))
    assert inference_section(only).clusters.startswith(
        "12 firms: p-values and intervals from a wild cluster bootstrap; "
    )


def test_a_number_that_one_firm_makes_is_told_first(lone):
    row = lone.influence().filter(pl.col("spec") == "same", pl.col("left_out") == "symbol").row(0, named=True)
    assert row["p_value"] < 0.05
    assert row["weakest"] == row["influential"] == "S003"
    assert row["hangs_on"] in {"significance", "sign"}
    told = inference_section(lone).cautions[0]
    assert told.startswith("Without one firm, S003, a headline number ")
    assert "): the difference in the same-session open-to-close return that goes with one standard" in told
    assert "is not distinguishable from zero" in told or "changes its sign" in told


def test_what_no_single_regression_gives_is_named():
    panel = simulated({})
    hours = HourlyMood(label="Hours", sample="firm_sessions")
    assert hours.behind("anything", {"firm_sessions": panel}) is None


def test_few_that_carry_are_told_before_any_number(steady):
    """A regressor that varies in two firms alone: not even the bootstrap can be relied on."""
    panel = simulated({})
    lone = pl.col("symbol").is_in(["S001", "S002"])
    data = panel.data.with_columns(happy_market=pl.when(lone).then(pl.col("happy_market")).otherwise(0.1))
    study = replace(STUDY, specs={"same": SPEC}, headline=STUDY.headline[:1])
    result = run_study(study, Panel(data, panel.ledger, panel.settings))
    section = inference_section(result)
    found = result.results["same"]
    assert found.untested == ("happy_market",)
    assert any("carry happiness during market hours: no stars" in note for note in found.notes)
    assert section.cautions[0].startswith("As few as ")
    assert "clusters of one size carry the difference in the same-session open-to-close return" in section.cautions[0]


def test_analyses_whose_clusters_are_few_and_who_draw_nothing_are_named():
    horizons = (1, 2)
    path = LocalProjection(
        spec=replace(SPEC, bootstrap="none"), horizons=horizons, reversal=horizons, draws=200, label="Path"
    )
    derived = (Cumulated("return_open_close", horizons),)
    headline = (("path", "happy_market, 2 sessions"), ("path", "happy_market, reversal 1 to 2"))
    study = replace(STUDY, specs={"path": path}, derive=derived, headline=headline, primary=headline[0])
    result = run_study(study, simulated({}))
    told = inference_section(result).cautions
    assert "12 firms: the p-values of Path rest on t, which rejects too often with fewer than 40 clusters." in told
    frame = result.influence()
    assert frame.select("term", "left_out").rows() == [(t, d) for _, t in headline for d in ("symbol", "session")]
    for row in frame.iter_rows(named=True):
        assert row["estimate"] == result.row("path", row["term"])["estimate"]
        assert row["low"] < row["estimate"] < row["high"]


def test_a_primary_number_that_could_not_be_estimated_is_said_to_be_missing(steady):
    skipped = {"same": "no prices"}
    bare = replace(steady, results={}, skipped=skipped, study=replace(STUDY, headline=STUDY.headline))
    assert "Same session, could not be estimated here" in inference_section(bare).primary

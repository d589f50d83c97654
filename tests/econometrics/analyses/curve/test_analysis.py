"""Specification curves: what is run is what was asked, each number is that of its regression, and the joint test has a size."""

from dataclasses import replace
from math import comb

import numpy as np
import polars as pl
import pytest

from emtract.econometrics.analyses.curve.analysis import Axis, Choice, Placebo, SpecificationCurve, rotate
from emtract.econometrics.analyses.curve.grid import cell_label, cells, specification
from emtract.econometrics.analyses.curve.summary import joint_test
from emtract.econometrics.estimates import Estimate
from emtract.econometrics.measurement.correct import correct
from emtract.econometrics.regression.estimate import estimate
from emtract.econometrics.regression.spec import Spec
from emtract.errors import MissingDataError, SpecError
from emtract.panel.frame import Panel
from emtract.panel.placebos import OtherFirms, Shuffled
from tests.worlds.cells import CellWorld, simulate_cells
from tests.worlds.panels import simulate_panel

BASE = Spec(
    y="return_open_close",
    x=("valence_market",),
    controls=("attention_market", "lagged_return"),
    effects=("symbol", "session"),
    covariance="clustered",
    clusters=("symbol", "session"),
    small_sample="fixest",
    y_scale=1e4,
)
AXES = (
    Axis("posts", (Choice("all"), Choice("votes", {"sample": "votes"}), Choice("vader", {"sample": "vader"}))),
    Axis("least", (Choice("1"), Choice("10", {"where": "n_posts_market >= 10"}))),
    Axis("controls", (Choice("both"), Choice("none", {"controls": ()}))),
    Axis("industry", (Choice("firm"), Choice("industry", {"clusters": ("sector", "session")}))),
    Axis("period", (Choice("all"), Choice("late", {"where": "session >= DATE '2030-01-01'"}))),
    Axis("past", (Choice("all"), Choice("early", {"where": "session >= DATE '2000-01-01'"}))),
)
PLACEBOS = tuple(
    p
    for seed in range(3)
    for p in (
        Placebo("shuffled", (Shuffled(("valence_market",), seed),), "_shuffled", seed),
        Placebo("others", (OtherFirms(("valence_market",), seed),), "_other_firm", seed),
    )
)
CURVE = SpecificationCurve(label="curve", base=BASE, axes=AXES, placebos=PLACEBOS, min_rows=200)


@pytest.fixture(scope="module")
def samples():
    panel = simulate_panel(np.random.default_rng(5), 25, n_sessions=60, effects={"happy_market": 300.0}).panel
    noisy = panel.data.with_columns(valence_market=0.5 * pl.col("valence_market") + 0.1 * pl.col("happy_pre_open"))
    return {"firm_sessions": panel, "votes": Panel(noisy, panel.ledger, panel.settings)}


@pytest.fixture(scope="module")
def found(samples):
    return CURVE.run(samples)


def test_every_combination_that_can_be_had_is_run_once(found):
    """votes x 10 x controls: eight; the scorer, the sector and both periods are not to be had, and are named."""
    steps = {s["step"]: s["rows_out"] for s in found.ledger.frame().iter_rows(named=True)}
    assert (steps["specifications possible"], steps["run"], steps["estimated"]) == (8, 8, 8)
    frame = found.charts[1].frame
    assert frame.height == 8
    assert frame.select("posts", "least", "controls").is_unique().all()
    assert frame["estimate"].is_sorted()
    assert frame.filter("preferred")["estimate"].to_list() == [found.row("base")["estimate"]]
    absent = next(note for note in found.notes if note.startswith("Not among"))
    for words in ("vader", "sector", "late", "early"):
        assert words in absent


def test_each_number_is_that_of_its_regression(samples, found):
    for label, changes, sample in (
        ("base", {}, "firm_sessions"),
        ("posts: votes; least: 10", {"where": "n_posts_market >= 10"}, "votes"),
        ("controls: none", {"controls": ()}, "firm_sessions"),
    ):
        spec = replace(BASE, **changes)
        row = estimate(replace(spec, standardise=spec.regressors), samples[sample]).tidy().row(0, named=True)
        mine = found.row(label)
        for name in ("estimate", "std_error", "p_value", "conf_low", "conf_high"):
            assert mine[name] == pytest.approx(row[name], rel=1e-6), (label, name)


def test_shares_are_those_of_the_rows(found):
    rows = found.charts[1].frame
    assert found.row("share_positive")["estimate"] == (rows["estimate"] > 0).mean()
    assert found.row("share_significant")["estimate"] == (rows["p_value"] < 0.05).mean()
    assert found.row("median_estimate")["estimate"] == rows["estimate"].median()
    table = found.tables["Specifications by choice"]
    assert table["specifications"].to_list() == [8, 4, 4, 4, 4, 4, 4]


def test_placebos_stand_apart(found):
    assert found.charts[2].frame.height == 6
    assert found.tables["Placebos"]["draws"].to_list() == [3, 3]
    rejecting = [found.row(f"others, {seed}")["p_value"] < 0.05 for seed in range(3)]
    assert found.row("placebo, others")["estimate"] == np.mean(rejecting)
    assert not set(found.charts[2].frame["estimate"]) & set(found.charts[1].frame["estimate"])


def test_terms_are_known_before_the_run(found):
    assert {"base", "controls: none", "posts: vader", "share_significant", "shuffled, 2"} <= set(CURVE.terms)
    assert CURVE.samples == ("firm_sessions",)
    assert "every combination" in CURVE.describe()


def test_without_its_columns_the_curve_is_not_run(samples):
    base = replace(BASE, x=("short_ratio",))
    lacking = samples["firm_sessions"]
    without = Panel(lacking.data.drop("short_ratio"), lacking.ledger, lacking.settings)
    with pytest.raises(MissingDataError):
        replace(CURVE, base=base, placebos=()).run({"firm_sessions": without})


@pytest.mark.parametrize(("cap", "n"), [(500, 72), (30, 30), (5, 9)])
def test_the_cap_draws_distinct_cells_and_keeps_the_base_and_its_neighbours(cap, n):
    axes = tuple(Axis(f"a{i}", tuple(Choice(str(j)) for j in range(k))) for i, k in enumerate((4, 3, 3, 2)))
    drawn = cells(axes, "product", cap, np.random.default_rng(0))
    assert len(drawn) == len(set(drawn)) == n
    near = cells(axes, "one_at_a_time", cap, np.random.default_rng(0))
    assert len(near) == 1 + 3 + 2 + 2 + 1
    assert drawn[: len(near)] == near
    assert drawn == cells(axes, "product", cap, np.random.default_rng(0)), "the same seed draws the same cells"


def test_conditions_are_joined_and_other_changes_may_not_meet():
    spec = specification(replace(BASE, where="a > 0"), AXES[1:2], (1,))
    assert spec.where == "(a > 0) AND (n_posts_market >= 10)"
    assert spec.standardise == spec.regressors
    twice = (AXES[2], Axis("again", (Choice("x"), Choice("y", {"controls": ("lagged_return",)}))))
    with pytest.raises(SpecError, match="two axes change controls"):
        specification(BASE, twice, (1, 1))
    assert cell_label(AXES, (0,) * 6) == "base"


@pytest.mark.parametrize(
    "make",
    [
        lambda: Choice("x", {"label": "y"}),
        lambda: Axis("x", (Choice("a", {"controls": ()}),)),
        lambda: Axis("x", (Choice("a"), Choice("a"))),
        lambda: replace(CURVE, axes=()),
        lambda: replace(CURVE, grid="some"),
        lambda: replace(CURVE, rotations=-1),
    ],
)
def test_impossible_curves_are_refused(make):
    with pytest.raises(SpecError):
        make()


def test_rotation_moves_every_firm_by_the_same_sessions(samples):
    panel = samples["firm_sessions"]
    sessions = panel.data["session"].unique().sort()
    moved = rotate(panel, ["valence_market"], sessions, 7)
    a = panel.data.filter(pl.col("symbol") == "S003")["valence_market"].to_list()
    b = moved.data.filter(pl.col("symbol") == "S003")["valence_market"].to_list()
    assert b == a[7:] + a[:7]
    assert moved.data.drop("valence_market").equals(panel.data.drop("valence_market"))


def row(estimate, p):
    return Estimate(estimate, 1.0, estimate, p, estimate - 1, estimate + 1, 10)


def test_the_joint_test_counts_by_hand():
    curve = [row(2.0, 0.01), row(3.0, 0.2), row(4.0, 0.03)]
    drawn = [[row(s * k, 0.01)] * 3 for s, k in zip((-1, 1) * 20, np.arange(1, 41) / 8, strict=True)]
    joint = joint_test(curve, drawn)
    assert joint.median == (1 + sum(k / 8 >= 3 for k in range(1, 41))) / 41
    assert joint.significant == 1.0, "all draws have all three significant in one direction"
    assert joint.half_width == 39 / 8
    assert joint_test(curve, drawn[:10]).half_width is None, "ten draws cannot give a p-value below 5 %"


def test_the_joint_test_of_a_curve_finds_what_is_there_and_has_its_size():
    """Of ten panels without effect no more reject than one binomial in a thousand would."""
    base = replace(BASE, clusters=("session",))
    small = replace(CURVE, base=base, axes=AXES[2:3], placebos=(), rotations=20, min_rows=50)
    rejected = 0
    for rng in np.random.default_rng(11).spawn(10):
        panel = simulate_panel(rng, 12, n_sessions=50, effects={}, mean_posts=30.0).panel
        rejected += small.run({"firm_sessions": panel}).row("median_estimate")["p_value"] < 0.05
    assert sum(comb(10, k) * 0.05**k * 0.95 ** (10 - k) for k in range(rejected, 11)) > 1e-3
    strong = simulate_panel(np.random.default_rng(1), 25, n_sessions=60, effects={"happy_market": 500.0}).panel
    joint = small.run({"firm_sessions": strong}).row("median_estimate")
    assert joint["p_value"] == pytest.approx(1 / 21)
    assert joint["conf_low"] > 0


CORRECTED = Axis("mood", (Choice("as measured"), Choice("corrected", {"correct": "mood"})))


def test_a_corrected_choice_is_the_corrected_regression_with_its_set():
    world = simulate_cells(np.random.default_rng(3), CellWorld(n_firms=30, n_sessions=60, texts=15))
    base = replace(BASE, controls=("attention_market",), x=("happy_market",))
    curve = SpecificationCurve(label="c", base=base, axes=(CORRECTED, AXES[2]), rotations=20, min_rows=50)
    samples = {"firm_sessions": world.panel}
    found = curve.run(samples)
    mine = found.row("mood: corrected")
    told = correct(replace(base, standardise=base.sources), world.panel)
    assert mine["estimate"] == pytest.approx(told.coefficients[0])
    assert (mine["conf_low"], mine["conf_high"]) == (told.sets[0].low, told.sets[0].high)
    assert (mine["p_value"] < 0.05) == (not told.holds("happy_market", 0.0))
    assert mine["estimate"] > 1.2 * found.row("base")["estimate"]
    plain = replace(curve, axes=AXES[2:3]).run(samples)
    assert found.row("median_estimate")["std_error"] == plain.row("median_estimate")["std_error"], (
        "rotations leave it out"
    )


def test_rotations_of_a_product_are_refused():
    with pytest.raises(SpecError, match="valence_market:size is a product"):
        SpecificationCurve(
            label="c", base=replace(BASE, x=("valence_market", "valence_market:size")), axes=AXES, rotations=9
        )


@pytest.mark.parametrize("correction", ["reading", "both"])
def test_a_curve_that_would_show_plain_numbers_as_corrected_for_misreading_is_refused(correction):
    axis = Axis("mood", (Choice("as measured"), Choice("as tagged", {"correct": correction})))
    with pytest.raises(SpecError, match=f"correct='{correction}' has no place"):
        SpecificationCurve(label="c", base=BASE, axes=(axis,))
    with pytest.raises(SpecError, match="a curve knows no misreading"):
        SpecificationCurve(label="c", base=replace(BASE, correct=correction), axes=(CORRECTED,))


def test_a_correction_without_bounds_falls_out_with_its_reason():
    weak = simulate_cells(np.random.default_rng(3), CellWorld(n_firms=30, n_sessions=40, texts=3, spread=0.05))
    base = replace(BASE, controls=("attention_market",))
    found = SpecificationCurve(label="c", base=base, axes=(CORRECTED, AXES[2]), min_rows=50).run(
        {"firm_sessions": weak.panel}
    )
    assert "mood: corrected" not in found.rows
    assert any("mood: corrected (cells hold too few texts" in note for note in found.notes)


def test_the_size_stands_first_with_the_preferred_specification(found):
    size, curve = found.charts[:2]
    sizes = curve.frame["estimate"]
    first, every = size.frame.rows(named=True)[:2]
    assert (first["bar"], every["bar"]) == ("preferred specification", "all specifications")
    assert every["estimate"] == pytest.approx(sizes.median())
    assert (every["conf_low"], every["conf_high"]) == (sizes.min(), sizes.max())
    assert "most sensitive to" in found.quantities["median_estimate"].words

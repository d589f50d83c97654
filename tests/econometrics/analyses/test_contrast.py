"""Differences of coefficients against the same regression written with sums and differences, and against hand computation."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from emtract.econometrics.analyses.contrast import Contrast, _sides
from emtract.econometrics.finding import difference_of
from emtract.econometrics.regression.estimate import estimate
from emtract.econometrics.regression.spec import Spec
from emtract.errors import SpecError
from emtract.panel.frame import Panel
from tests.econometrics.measurement.test_correct import silent
from tests.worlds.cells import CellWorld, simulate_cells
from tests.worlds.panels import simulate_panel

SPEC = Spec(
    y="return_open_close",
    x=("happy_market", "sad_market"),
    controls=("attention_market",),
    effects=("symbol", "session"),
    covariance="clustered",
    clusters=("symbol", "session"),
    small_sample="fixest",
    y_scale=1e4,
    standardise=("happy_market", "sad_market", "attention_market"),
)
PAIR = (("happy_market", "sad_market"),)


@pytest.fixture(scope="module")
def panel():
    return simulate_panel(np.random.default_rng(3), 25, n_sessions=60).panel


@pytest.fixture(scope="module")
def found(panel):
    return Contrast(label="gap", spec=SPEC, pairs=PAIR).run({"firm_sessions": panel})


def test_it_is_the_coefficient_of_half_the_difference_beside_half_the_sum(panel, found):
    """b1 x1 + b2 x2 = (b1 + b2)(x1 + x2)/2 + (b1 - b2)(x1 - x2)/2: the t-statistic must be the same to the last digit."""
    x1, x2 = pl.col("happy_market"), pl.col("sad_market")
    data = panel.data.with_columns(half_sum=(x1 + x2) / 2, half_gap=(x1 - x2) / 2)
    spec = replace(SPEC, x=("half_gap", "half_sum"), standardise=())
    row = estimate(spec, Panel(data, panel.ledger, panel.settings)).tidy().row(0, named=True)
    mine = found.row("happy_market - sad_market")
    assert mine["statistic"] == pytest.approx(row["statistic"], rel=1e-9)
    assert mine["p_value"] == pytest.approx(row["p_value"], rel=1e-8)
    scale = np.sqrt((data["happy_market"].var() + data["sad_market"].var()) / 2)
    assert mine["estimate"] == pytest.approx(row["estimate"] * scale, rel=0.05)


def test_standardising_what_is_compared_changes_nothing(panel, found):
    plain = Contrast(label="gap", spec=replace(SPEC, standardise=()), pairs=PAIR).run({"firm_sessions": panel})
    for name in ("estimate", "std_error", "conf_low"):
        assert plain.row(PAIR_TERM)[name] == pytest.approx(found.row(PAIR_TERM)[name], rel=1e-9)


PAIR_TERM = "happy_market - sad_market"


def test_p_values_over_pairs_are_adjusted(panel):
    emotions = ("happy", "sad", "anger", "fear")
    spec = replace(SPEC, x=tuple(f"{e}_market" for e in emotions), standardise=())
    pairs = tuple(("happy_market", f"{e}_market") for e in emotions[1:])
    frame = Contrast(label="gap", spec=spec, pairs=pairs).run({"firm_sessions": panel}).estimates
    p = np.sort(frame["p_value"].to_numpy())
    adjusted = np.minimum.accumulate((p * 3 / np.arange(1, 4))[::-1])[::-1]
    assert np.sort(frame["p_value_adjusted"].to_numpy()) == pytest.approx(np.minimum(adjusted, 1))
    assert (frame["p_value_adjusted"] >= frame["p_value"]).all()


def test_a_pair_must_stand_in_the_regression():
    with pytest.raises(SpecError, match="fear_market"):
        Contrast(label="gap", spec=SPEC, pairs=(("happy_market", "fear_market"),))
    with pytest.raises(SpecError, match="at least one pair"):
        Contrast(label="gap", spec=SPEC, pairs=())


def test_without_noise_a_corrected_difference_is_the_difference():
    world = simulate_cells(np.random.default_rng(4), CellWorld(n_firms=30, n_sessions=50, texts=6, shared=0.2))
    asked = Contrast(label="gap", spec=replace(SPEC, correct="mood", standardise=()), pairs=PAIR)
    kept = world.panel.noise.cells.filter(pl.col("n_units") >= 2).select("symbol", "session")
    data = world.panel.data.join(kept, on=["symbol", "session"], how="semi")
    samples = {"firm_sessions": replace(world.panel, data=data, noise=silent(world.panel.noise))}
    finding = asked.run(samples)
    ((part, measured),) = asked.measure(samples, finding)
    row, plain = measured.frame.row(0, named=True), finding.row(PAIR_TERM)
    assert (part, measured.frame["term"].to_list()) == ("", [PAIR_TERM])
    for corrected, reported in (("estimate", "estimate"), ("std_error", "std_error"), ("naive", "estimate")):
        assert row[corrected] == pytest.approx(plain[reported], rel=1e-6)
    assert row["reliability"] is None
    assert row["per_measured_sd"] > 2.8 * plain["std_error"]
    loud = replace(world.panel, data=data)
    ((_, apart),) = asked.measure({"firm_sessions": loud}, asked.run({"firm_sessions": loud}))
    assert apart.frame["set_high"][0] - apart.frame["set_low"][0] > row["set_high"] - row["set_low"]


def test_a_difference_whose_noise_is_unknown_gives_the_reason(panel):
    asked = Contrast(label="gap", spec=replace(SPEC, correct="mood"), pairs=PAIR)
    ((_, why),) = asked.measure({"firm_sessions": panel}, asked.run({"firm_sessions": panel}))
    assert "without the noise of their moods" in why
    assert not list(replace(asked, spec=SPEC).measure({"firm_sessions": panel}, asked.run({"firm_sessions": panel})))


def test_the_figure_shows_both_and_their_difference_in_one_unit(panel, found):
    """What stands beside one another adds up: the first less the second is the difference."""
    first, second, less = found.charts[0].frame["estimate"]
    assert less == pytest.approx(first - second)
    assert less == pytest.approx(found.estimates["estimate"][0])
    asked = Contrast(label="gap", spec=SPEC, pairs=PAIR, whole=("valence_market",))
    told = asked.run({"firm_sessions": panel}).charts[0].frame
    assert told["term"].to_list() == ["valence_market", *PAIR[0], found.estimates["term"][0]]
    assert told["estimate"][1:].to_list() == pytest.approx([first, second, less])
    with pytest.raises(SpecError, match="one column of both"):
        Contrast(label="gap", spec=SPEC, pairs=PAIR, whole=("valence_market", "valence_market"))


@pytest.mark.parametrize(
    ("pair", "said"),
    [
        (
            ("fear_market_followed", "fear_market_unfollowed"),
            "is higher in posts of followed authors than in posts of authors with few followers",
        ),
        (
            ("happy_pre_open", "sad_pre_open"),
            "is higher for happiness before the open than for sadness before the open",
        ),
    ],
)
def test_a_difference_of_slopes_is_said_in_words(pair, said):
    told = difference_of(*_sides("return", pair))
    assert told.claims.above.startswith("the slope of the return") and told.claims.above.endswith(said)

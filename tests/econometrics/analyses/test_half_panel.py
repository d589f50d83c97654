"""Persistence within short histories: the bias of effects is as Nickell says, and the jackknife takes it out."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from emtract.econometrics.analyses.half_panel import CORRECTED, POOLED, WITHIN, HalfPanel
from emtract.econometrics.regression.estimate import estimate
from emtract.errors import EstimationError, SpecError
from emtract.study import Spec
from tests.worlds.people import MoodTruth, simulate_people

SPEC = Spec(
    y="valence_after", x=("valence_before",), effects=("chain",), covariance="clustered", clusters=("author",),
    small_sample="fixest", sample="s",
)  # fmt: skip
ASKED = HalfPanel(label="P", spec=SPEC, unit="chain", order="nth")


def estimates(sample, asked=ASKED):
    found = asked.run({"s": sample})
    return {how: found.row(f"valence_before, {how}") for how in (POOLED, WITHIN, CORRECTED)}


def test_the_truth_lies_between_and_the_jackknife_finds_it():
    """With twelve pairs a person the bias of effects is about -(1 + rho) / 12; the jackknife's is under a quarter of it."""
    rho, n_posts = 0.3, 13
    rules = MoodTruth(persistence=rho, gain=0.0, loss=0.0)
    worlds = [
        estimates(simulate_people(np.random.default_rng(seed), 400, n_posts=n_posts, truth=rules)) for seed in range(12)
    ]
    mean = {how: float(np.mean([w[how]["estimate"] for w in worlds])) for how in worlds[0]}
    nickell = -(1 + rho) / (n_posts - 1)
    assert mean[POOLED] > rho + 0.15
    assert mean[WITHIN] - rho == pytest.approx(nickell, rel=0.2)
    assert abs(mean[CORRECTED] - rho) < abs(nickell) / 4
    # Errors are as large as the estimates scatter.
    scatter = np.std([w[CORRECTED]["estimate"] for w in worlds], ddof=1)
    assert np.mean([w[CORRECTED]["std_error"] for w in worlds]) == pytest.approx(scatter, rel=0.5)


def test_the_jackknife_is_twice_the_whole_less_the_mean_of_the_halves():
    sample = simulate_people(
        np.random.default_rng(5), 60, n_posts=10
    )  # nine pairs: the middle one is of the first half
    found = estimates(sample)
    halves = sample.data.with_columns(half=(pl.col("nth") > 5).cast(pl.Int64))
    parts = [
        estimate(replace(SPEC, where=f"half = {half}"), replace(sample, data=halves)).coefficients[0] for half in (0, 1)
    ]
    whole = estimate(SPEC, sample)
    assert found[WITHIN]["estimate"] == pytest.approx(whole.coefficients[0])
    assert found[WITHIN]["std_error"] == pytest.approx(whole.std_errors[0])
    assert found[CORRECTED]["estimate"] == pytest.approx(2 * whole.coefficients[0] - np.mean(parts))


def test_halves_are_of_the_rows_that_are_used_in_whatever_order_they_come():
    sample = simulate_people(np.random.default_rng(6), 40, n_posts=12)
    picked = replace(ASKED, spec=replace(SPEC, where="n_closes >= 1"))
    shuffled = replace(sample, data=sample.data.sample(fraction=1.0, shuffle=True, seed=1))
    kept = replace(sample, data=sample.data.filter(pl.col("n_closes") >= 1))
    one, two, three = estimates(sample, picked), estimates(shuffled, picked), estimates(kept)
    for how in one:
        for name in ("estimate", "std_error"):
            assert one[how][name] == pytest.approx(two[how][name]) == pytest.approx(three[how][name])


def test_it_needs_effects_of_its_unit():
    with pytest.raises(SpecError, match="name it in the effects"):
        HalfPanel(label="P", spec=SPEC, unit="author", order="nth")
    with pytest.raises(SpecError, match="bootstrap"):
        HalfPanel(label="P", spec=replace(SPEC, bootstrap="wild"), unit="chain", order="nth")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"covariance": "robust", "clusters": ()}, "adds up what a row does"),
        ({"covariance": "newey_west", "clusters": (), "time": "nth"}, "adds up what a row does"),
        ({"standardise": ("valence_before",)}, "leave out standardise"),
        ({"winsorise": ("valence_before",)}, "leave out standardise and winsorise"),
    ],
)
def test_three_slopes_in_different_units_or_without_their_covariance_are_refused(change, said):
    """A row is in the whole and in a half: summed as two rows, its errors were 2.2 times too large."""
    with pytest.raises(SpecError, match=said):
        HalfPanel(label="P", spec=replace(SPEC, **change), unit="chain", order="nth")


def test_a_row_without_a_place_in_its_history_is_refused():
    sample = simulate_people(np.random.default_rng(5), 20, n_posts=10)
    lost = sample.data.with_columns(nth=pl.when(pl.int_range(pl.len()) % 9 > 0).then("nth"))
    with pytest.raises(EstimationError, match="nth is missing on some rows"):
        estimates(replace(sample, data=lost))

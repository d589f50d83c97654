"""Moods measured and corrected beside what a study reports, and sets in words."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from emtract.econometrics.measurement.measured import line_in_words, measure
from emtract.econometrics.measurement.reliability import smallest_effect, smallest_seen
from emtract.econometrics.measurement.sets import ConfidenceSet
from emtract.econometrics.regression.estimate import estimate
from tests.econometrics.measurement.test_correct import SIX, SPEC
from tests.worlds.cells import CellWorld, simulate_cells


def test_every_mood_has_a_row_with_all_that_is_said_of_it():
    world = simulate_cells(np.random.default_rng(2), CellWorld(n_firms=45, n_sessions=60, texts=6))
    spec = replace(SPEC, x=SIX, standardise=SIX, correct="mood")
    reported = estimate(spec, world.panel)
    told = measure(reported, world.panel)
    found = told.frame
    assert found["term"].to_list() == list(SIX)
    assert found.drop("estimate", "std_error", "per_true_sd").null_count().sum_horizontal().item() == 0
    np.testing.assert_allclose(found["reported"], reported.coefficients[:6])
    assert (found["n_obs"] < reported.n_obs).all()
    known = found.drop_nulls("per_true_sd")
    assert (known["per_true_sd"] > known["per_measured_sd"]).all()
    # Reliability is known of some cells: so is the effect per standard deviation of what it is the reliability of.
    precision = told.precision.filter(pl.col("reliability") > 0)
    errors = smallest_effect(known["naive_error"].to_numpy(), told.correction.df)
    np.testing.assert_allclose(known["per_true_sd"], errors * precision["before"].sqrt() / precision["reliability"])
    np.testing.assert_allclose(found["per_measured_sd"], smallest_effect(reported.std_errors[:6], reported.critical_df))


def test_the_smallest_effect_is_the_headline_s_with_few_clusters_too():
    """A bootstrap makes the interval wider than t does; table and sentence tell one number."""
    world = simulate_cells(np.random.default_rng(2), CellWorld(n_firms=12, n_sessions=60, texts=6))
    reported = estimate(replace(SPEC, bootstrap="auto", draws=199), world.panel)
    assert reported.wild
    (row,) = measure(reported, world.panel).frame.to_dicts()
    assert row["per_measured_sd"] == smallest_seen(reported.row(row["term"])) * reported.sds[0]


@pytest.mark.parametrize(
    ("pieces", "said"),
    [
        (((-3.0, 12.0),), "-3.0 to 12.0"),
        (((-np.inf, -379.0), (147.0, np.inf)), "at most -379 or at least 147"),
        (((-np.inf, np.inf),), "any value"),
        (((-np.inf, 13.4), (150.0, 152.6)), "at most 13 or 150 to 153"),
    ],
)
def test_a_set_in_words(pieces, said):
    assert line_in_words(ConfidenceSet(pieces)).replace("\u2212", "-") == said


def test_an_end_far_from_what_was_measured_has_no_decimals():
    said = line_in_words(ConfidenceSet(((-109_019.46, -4.0), (3.456, np.inf))), (3.46, 1.21))
    assert said.replace("\u2212", "-") == "-109,019 to -4.00 or at least 3.46"

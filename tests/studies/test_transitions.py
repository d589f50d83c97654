"""Transitions: what was planted in people comes back, and nothing is read of the future."""

import numpy as np
import pytest

from emtract.emotions import DIMENSIONS
from emtract.study import load_study
from emtract.study.run import run_study
from emtract.words.codebook import known
from tests.worlds.people import MoodTruth, simulate_people, simulate_replies

RULES = MoodTruth(persistence=0.3, gain=0.4, loss=-0.8, others=0.3, tag=0.05)


@pytest.fixture(scope="module")
def study():
    return load_study("transitions")


@pytest.fixture(scope="module")
def result(study):
    rng = np.random.default_rng(4)
    people = simulate_people(rng, 1500, n_posts=16, truth=RULES)
    return run_study(study, {"transitions": people, "replies": simulate_replies(rng, 2000, contagion=0.2)})


@pytest.mark.parametrize(
    ("spec", "term", "truth"),
    [
        ("returns", "gain_between", 0.4),
        ("returns", "loss_between", -0.8),
        ("asymmetry", "return_between", 0.4),
        ("asymmetry", "return_between:price_fell", 0.4),
        ("others", "valence_others", 0.3),
        ("tags", "loss_between:bullish_before", 0.0),
        ("replies", "valence_replied", 0.2),
    ],
)
def test_what_was_planted_comes_back(result, spec, term, truth):
    row = result.results[spec].row(term)
    assert abs(row["estimate"] - truth) < 3 * row["std_error"]
    assert (row["p_value"] < 0.001) == (truth != 0)


def test_persistence_is_found_by_the_primary_number(study, result):
    name, term = study.primary
    row = result.findings[name].row(term)
    # A tag that lasts makes moods last a little longer than the rule alone.
    assert 0.25 < row["estimate"] < 0.42
    assert row["p_value"] < 1e-6


def test_every_spec_was_estimated(study, result):
    assert set(result.results) | set(result.findings) == set(study.specs) - set(DIMENSIONS)
    assert set(result.skipped) == set(DIMENSIONS)
    assert all("emtract score --dimensions" in reason for reason in result.skipped.values())


def test_too_few_answers_are_skipped_with_their_count(study):
    people = simulate_people(np.random.default_rng(5), 100)
    found = run_study(study, {"transitions": people}, absent={"replies": "7 posts answer another"})
    assert found.skipped["replies"] == "7 posts answer another"
    assert "returns" in found.results


def test_returns_are_known_before_the_post_that_they_explain(study):
    for name in ("return_between", "gain_between", "loss_between", "price_fell"):
        assert known(name) < known("valence_after")

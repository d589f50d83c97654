"""Writers' tags as evidence: what is counted, Bayes' rule, and that the counts are the data's."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emtract.emotions import EMOTIONS, STANCES
from emtract.evidence import COUNTED, count_tags, counted_likelihood, tag_likelihood, with_evidence

BEAR, NONE, BULL = (STANCES.index(stance) for stance in ("bearish", "none", "bullish"))
HAPPY, FEAR = EMOTIONS.index("happy"), EMOTIONS.index("fear")


def test_chances_are_counted_among_messages_with_a_tag():
    labels = np.array([HAPPY] * 10 + [FEAR] * 4)
    stances = np.array([BULL] * 7 + [BEAR] + [NONE] * 2 + [BEAR] * 4)
    chances = tag_likelihood(count_tags(labels, stances))
    assert chances[BULL, HAPPY] == pytest.approx(8 / 10) and chances[BEAR, HAPPY] == pytest.approx(2 / 10)
    assert chances[BEAR, FEAR] == pytest.approx(5 / 6)
    assert (chances[NONE] == 1).all()
    assert (chances[[BEAR, BULL]].sum(axis=0) == 1).all()
    assert chances[BULL, EMOTIONS.index("anger")] == 0.5, "of an emotion that no tag was seen with, a tag says nothing"


def test_a_tag_moves_a_post_by_bayes_rule():
    likelihood = np.ones((3, 7), np.float32)
    likelihood[BEAR, HAPPY], likelihood[BEAR, FEAR] = 0.1, 0.9
    told = np.zeros((2, 7), np.float32)
    told[:, HAPPY], told[:, FEAR] = 0.6, 0.4
    bear, silent = with_evidence(told, np.array([BEAR, NONE]), likelihood, 1.0)
    assert bear[HAPPY] == pytest.approx(0.06 / 0.42) and bear[FEAR] == pytest.approx(0.36 / 0.42)
    assert np.array_equal(silent, told[1])
    half = with_evidence(told[:1], np.array([BEAR]), likelihood, 0.5)[0]
    assert bear[HAPPY] < half[HAPPY] < 0.6


@given(st.integers(0, 2**32 - 1), st.floats(0, 1))
def test_probabilities_stay_probabilities_and_no_weight_changes_nothing(seed, weight):
    rng = np.random.default_rng(seed)
    told = rng.dirichlet(np.ones(7), 20).astype(np.float32)
    likelihood = tag_likelihood(count_tags(rng.integers(0, 7, 50), rng.integers(0, 3, 50)))
    stances = rng.integers(0, 3, 20)
    found = with_evidence(told, stances, likelihood, weight)
    assert found.sum(axis=1) == pytest.approx(np.ones(20), abs=1e-5)
    assert found[stances == NONE] == pytest.approx(told[stances == NONE], abs=1e-6)
    assert with_evidence(told, stances, likelihood, 0.0) == pytest.approx(told, abs=1e-6)


@pytest.mark.real_data
def test_the_counts_are_of_the_tagged_sample(data):
    from emtract.model.train.corpora import read_tagged

    sample = read_tagged(data, stances=True)
    counts = count_tags(sample.labels, sample.stances)
    assert {STANCES[row]: tuple(counts[row]) for row in (BEAR, BULL)} == COUNTED
    assert np.array_equal(counted_likelihood(), tag_likelihood(counts))

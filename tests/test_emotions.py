import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from emtract.emotions import (
    EKMAN,
    EMOTIONS,
    NEGATIVE,
    NO_STANCE,
    NON_NEUTRAL,
    PLUTCHIK,
    POSITIVE,
    SENTIMENT,
    STANCES,
    TAGS,
    VALENCE_CLASSES,
    probability_fault,
    reads,
    tag_fault,
    target_weights,
    valence,
    valence_class,
)


def test_the_order_is_that_of_emtract():
    assert EMOTIONS == ("neutral", "happy", "sad", "anger", "disgust", "surprise", "fear")
    assert set(NON_NEUTRAL) == set(EMOTIONS) - {"neutral"}
    assert set(POSITIVE).isdisjoint(NEGATIVE)


@given(st.lists(st.floats(0.01, 1), min_size=7, max_size=7))
def test_valence_is_happy_minus_the_negatives_and_bounded(weights):
    p = np.array([weights]) / sum(weights)
    named = dict(zip(EMOTIONS, p[0], strict=True))
    expected = named["happy"] - named["sad"] - named["anger"] - named["disgust"] - named["fear"]
    assert np.isclose(valence(p)[0], expected)
    assert -1 <= valence(p)[0] <= 1


def test_the_order_of_stances_puts_none_between_the_two_that_are_kept():
    assert STANCES == ("bearish", "none", "bullish")
    assert tuple(stance for stance in STANCES if stance != NO_STANCE) == TAGS


@given(st.lists(st.lists(st.floats(0.01, 1), min_size=3, max_size=3), min_size=1, max_size=5))
def test_what_is_kept_of_stances_leaves_the_rest_to_none(weights):
    p = np.array(weights) / np.sum(weights, axis=1, keepdims=True)
    assert probability_fault(p, STANCES) is None
    kept = p[:, [STANCES.index(tag) for tag in TAGS]].astype(np.float32)
    assert tag_fault(kept) is None
    assert "leave less than 0 to no stance" in str(tag_fault(kept + 0.5 * p[:, 1:2] + 0.01))
    assert "below 0" in str(tag_fault(kept - 1))


def test_valence_classes():
    assert {valence_class(e) for e in EMOTIONS} == set(VALENCE_CLASSES)
    assert valence_class("surprise") == "neutral"


def test_labels_of_other_taxonomies_go_where_the_maps_say():
    for targets in (EKMAN, PLUTCHIK, SENTIMENT):
        weights = target_weights(list(targets.values()))
        assert weights.shape == (len(targets), 7)
        assert np.array_equal(weights.sum(axis=1), np.ones(len(targets)))
    assert sorted(EKMAN.values()) == sorted(EMOTIONS)
    assert np.array_equal(valence(target_weights(["positive", "neutral", "negative"])), [1, 0, -1])
    quarters = dict(zip(EMOTIONS, target_weights(["negative"])[0].tolist(), strict=True))
    assert {emotion: share for emotion, share in quarters.items() if share} == dict.fromkeys(NEGATIVE, 0.25)


def test_only_labels_without_emotions_read_valence():
    assert [reads(targets.values()) for targets in (EKMAN, PLUTCHIK, SENTIMENT)] == ["emotions", "emotions", "valence"]

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from emtract.emotions import EMOTIONS, NEGATIVE, NON_NEUTRAL, POSITIVE, VALENCE_CLASSES, valence, valence_class


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


def test_valence_classes():
    assert {valence_class(e) for e in EMOTIONS} == set(VALENCE_CLASSES)
    assert valence_class("surprise") == "neutral"

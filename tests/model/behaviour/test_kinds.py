"""Each rule of grading passes and fails readers that are right or wrong by construction, and is monotone in what it asks."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from emtract.emotions import EMOTIONS, NEGATIVE, valence_class
from emtract.model.behaviour.kinds import Direction, Functionality, Invariance, accepted_classes
from emtract.model.scorer import emotion_labels, valence_labels

NAMED = {"capability": "c", "name": "n"}
PAIR = (("a", "b"),)


def read(*rows, valence=False):
    """What a reader says whose probabilities are these: emotion -> share, neutral the rest."""
    p = np.array([[row.get(emotion, 0.0) for emotion in EMOTIONS] for row in rows], dtype=np.float32)
    p[:, 0] += 1 - p.sum(axis=1)
    labels = valence_labels(p, neutral_below=0.05) if valence else emotion_labels(p)
    return pl.DataFrame({"label": labels, **dict(zip(EMOTIONS, p.T, strict=True))})


def negative(share):
    """An instrument of valence spreads what is negative evenly."""
    return dict.fromkeys(NEGATIVE, share / 4)


def mft(**asked):
    return Functionality(**NAMED, templates=("a",), **asked)


def test_a_functionality_wants_one_of_the_labels_that_are_right():
    said = read({"fear": 0.9}, {"surprise": 0.9}, {"happy": 0.9})
    found = mft(allowed=("fear", "surprise")).grade([said], "emotions")
    assert found.passed.tolist() == [True, True, False] and found.said[2] == "read as happy"
    assert mft(forbidden=("fear",)).grade([said], "emotions").passed.tolist() == [False, True, True]


def test_a_reader_of_valence_is_graded_by_class_where_the_labels_say_one():
    said = read({"happy": 0.9}, negative(0.9), {}, valence=True)
    assert mft(allowed=("fear",)).grade([said], "valence").passed.tolist() == [False, True, False]
    assert mft(allowed=("happy",)).grade([said], "valence").passed.tolist() == [True, False, False]
    assert mft(forbidden=NEGATIVE).grade([said], "valence").passed.tolist() == [True, False, True]
    assert mft(forbidden=("happy",)).grade([said], "valence").passed.tolist() == [False, True, True]
    for unasked in (mft(allowed=("fear", "surprise")), mft(forbidden=("fear",)), mft(allowed=("happy", "neutral"))):
        assert unasked.grade([said], "valence") is None


labels = st.sets(st.sampled_from(EMOTIONS), min_size=1, max_size=len(EMOTIONS) - 1)


@given(labels)
def test_classes_are_right_where_every_label_of_theirs_is_or_all_are_of_one(accepted):
    found = accepted_classes(accepted)
    classes = {valence_class(emotion) for emotion in accepted}
    if found is None:
        assert len(classes) > 1 and any(valence_class(e) in classes for e in set(EMOTIONS) - accepted)
    else:
        assert found == classes and len(found) < 3


@given(labels, labels)
def test_a_label_more_that_is_right_fails_nobody(some, more):
    both = some | more
    if len(both) == len(EMOTIONS):
        return
    said = read(*({emotion: 0.9} for emotion in EMOTIONS))
    few, many = (mft(allowed=tuple(asked)).grade([said], "emotions").passed for asked in (some, both))
    assert (few <= many).all() and few.sum() == len(some)
    wrong = mft(forbidden=tuple(both)).grade([said], "emotions").passed
    assert (wrong == ~many).all()


def test_an_invariance_wants_the_label_and_the_probabilities_to_stay():
    before = read({"happy": 0.6}, {"happy": 0.6}, {"happy": 0.52})
    after = read({"happy": 0.65}, {"happy": 0.9}, {"happy": 0.48})
    found = Invariance(**NAMED, templates=PAIR, bound=0.1).grade([before, after], "emotions")
    assert found.passed.tolist() == [True, False, False]
    assert found.said[1:] == ("happy, then happy, 0.30 apart", "happy, then neutral, 0.04 apart")


def test_an_invariance_sees_the_whole_of_what_is_spread_over_four():
    before = read(negative(0.4) | {"happy": 0.3}, valence=True)
    after = read(negative(0.7) | {"happy": 0.15}, valence=True)
    check = Invariance(**NAMED, templates=PAIR, bound=0.2)
    assert check.grade([before, after], "emotions").passed.all()
    assert not check.grade([before, after], "valence").passed.any()


def dir_(by, **asked):
    return Direction(**NAMED, templates=PAIR, by=by, **asked)


def test_a_direction_wants_what_is_named_to_move():
    before = read({"fear": 0.25}, {"fear": 0.25}, {"fear": 0.25})
    after = read({"fear": 0.5}, {"fear": 0.25}, {"fear": 0.125})
    assert dir_(0.25, raises="fear").grade([before, after], "emotions").passed.tolist() == [True, False, False]
    assert dir_(-0.125, raises="fear").grade([before, after], "emotions").passed.tolist() == [True, True, True]
    assert dir_(0.0, raises="fear").grade([before, after], "emotions").passed.tolist() == [True, True, False]
    assert dir_(0.125, lowers="fear").grade([before, after], "emotions").passed.tolist() == [False, False, True]
    assert dir_(0.125, lowers="valence").grade([before, after], "emotions").passed.tolist() == [True, False, False]
    assert dir_(0.25, raises="fear").grade([before, after], "emotions").said[0] == "fear 0.25, then 0.50"


def test_a_direction_of_a_reader_of_valence_is_that_of_the_class():
    before, after = read(negative(0.25), valence=True), read(negative(0.5), valence=True)
    assert dir_(0.25, raises="anger").grade([before, after], "valence").passed.all()
    assert not dir_(0.25, raises="anger").grade([before, after], "emotions").passed.any()
    assert dir_(0.25, lowers="valence").grade([before, after], "valence").passed.all()
    assert dir_(0.25, raises="surprise").grade([before, after], "valence") is None


shares = arrays(np.float64, (5, 7), elements=st.floats(0.01, 1)).map(lambda p: p / p.sum(axis=1, keepdims=True))


def told(p):
    return pl.DataFrame({"label": emotion_labels(p), **dict(zip(EMOTIONS, p.astype(np.float32).T, strict=True))})


@given(shares, shares, st.floats(0.01, 1), st.floats(0.01, 1), st.sampled_from(["emotions", "valence"]))
def test_a_wider_bound_fails_nobody_and_an_unchanged_reading_passes_any(p, q, one, other, reads):
    narrow, wide = (
        Invariance(**NAMED, templates=PAIR, bound=bound).grade([told(p), told(q)], reads).passed
        for bound in sorted((one, other))
    )
    assert (narrow <= wide).all()
    assert Invariance(**NAMED, templates=PAIR, bound=0.01).grade([told(p), told(p)], reads).passed.all()


@given(shares, shares, st.floats(-1, 1), st.floats(-1, 1), st.sampled_from([*EMOTIONS, "valence"]))
def test_a_larger_move_is_asked_of_fewer_and_raising_is_lowering_the_other_way(p, q, one, other, named):
    less, more = (dir_(by, raises=named).grade([told(p), told(q)], "emotions").passed for by in sorted((one, other)))
    assert (more <= less).all()
    back = dir_(one, lowers=named).grade([told(q), told(p)], "emotions").passed
    assert (back == dir_(one, raises=named).grade([told(p), told(q)], "emotions").passed).all()


@pytest.mark.parametrize("asked", [{}, {"allowed": ("happy",), "forbidden": ("sad",)}, {"allowed": EMOTIONS}])
def test_a_functionality_that_cannot_fail_or_cannot_pass_is_none(asked):
    with pytest.raises(ValueError, match="allowed"):
        mft(**asked)


@pytest.mark.parametrize("asked", [{}, {"raises": "sad", "lowers": "happy"}])
def test_a_direction_has_one_way(asked):
    with pytest.raises(ValueError, match="raises or lowers"):
        dir_(0.1, **asked)

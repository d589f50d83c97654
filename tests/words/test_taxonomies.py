from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emtract.emotions import EMOTIONS, PLUTCHIK, UNFELT, VALENCE_CLASSES, valence
from emtract.errors import ModelError
from emtract.words.taxonomies import PARROTT, TAXONOMIES, EmotionMap, fitting, taxonomy, to_seven, up_parrott

SIZES = {
    "emtract": 7, "ekman": 7, "plutchik": 8, "goemotions": 28, "stockemotions": 12, "tweeteval": 4, "sentiment": 3, "stance": 5,
    "parrott_primary": 6, "parrott_secondary": 25, "parrott_tertiary": 135,
}  # fmt: skip


def test_every_set_is_whole_and_reaches_the_seven_alone():
    assert {name: len(found.labels) for name, found in TAXONOMIES.items()} == SIZES
    for found in TAXONOMIES.values():
        known = VALENCE_CLASSES if found.reads == "valence" else EMOTIONS
        assert set(found.emotions.values()) - {None} <= set(known)
        assert (found.reads == "valence") == (found.name in {"sentiment", "stance"})
        assert all(label == label.casefold() for label in found.labels)


def test_a_label_of_the_tree_stands_in_one_place():
    thirds = [third for below in PARROTT.values() for group in below.values() for third in group]
    assert len(set(thirds)) == len(thirds)


def test_what_has_no_counterpart_has_no_image_and_what_is_not_reached_is_named():
    assert to_seven("plutchik").lost == UNFELT == tuple(label for label in PLUTCHIK if label in UNFELT)
    assert all(not to_seven(name).lost for name in TAXONOMIES if name != "plutchik")
    assert to_seven("tweeteval").unreached == ("neutral", "disgust", "surprise", "fear")
    assert to_seven("parrott_primary").unreached == ("neutral", "disgust")
    assert to_seven("parrott_secondary").unreached == ("neutral",)


def test_a_stance_is_carried_as_valence():
    kept, lost = to_seven("stance").carry(np.eye(5))
    assert valence(kept).tolist() == [1, 1, 0, -1, -1] and not lost.any()
    assert to_seven("stance").unreached == ("surprise",)
    assert fitting(["Bullish", "bearish"]) == ("stance",) and fitting(["negative", "Positive"]) == ("sentiment",)


def rows(n):
    weights = st.lists(st.lists(st.floats(0, 1), min_size=n, max_size=n), min_size=1, max_size=4)
    return weights.map(lambda drawn: (np.array(drawn) + 1e-9) / (np.array(drawn) + 1e-9).sum(axis=1, keepdims=True))


@st.composite
def chains(draw):
    """Two maps that follow each other, some labels of each without an image, and rows of probabilities of the first."""
    sizes = [draw(st.integers(1, 6)) for _ in range(3)]
    sets = [tuple(f"{'abc'[place]}{number}" for number in range(size)) for place, size in enumerate(sizes)]
    first, second = (
        EmotionMap({label: draw(st.sampled_from([None, *ends])) for label in starts}, ends)
        for starts, ends in pairwise(sets)
    )
    return first, second, draw(rows(sizes[0]))


@given(chains())
def test_what_is_kept_and_what_is_lost_sum_to_one(chain):
    first, _, p = chain
    kept, lost = first.carry(p)
    assert np.allclose(kept.sum(axis=1) + lost, 1) and (kept >= 0).all() and (lost >= -1e-12).all()
    assert np.allclose(lost, p[:, [label in first.lost for label in first.images]].sum(axis=1))


@given(chains())
def test_one_map_after_another_is_their_composition_and_losses_add_up(chain):
    first, second, p = chain
    middle, lost_first = first.carry(p)
    end, lost_second = second.carry(middle)
    kept, lost = first.then(second).carry(p)
    assert np.allclose(kept, end) and np.allclose(lost, lost_first + lost_second)
    assert np.allclose(first.matrix() @ second.matrix(), first.then(second).matrix())


@pytest.mark.parametrize("name", TAXONOMIES)
def test_the_identity_of_the_seven_changes_no_map(name):
    if taxonomy(name).reads == "valence":
        with pytest.raises(ModelError, match="class of valence"):
            to_seven(name).then(to_seven("emtract"))
        return
    assert to_seven(name).then(to_seven("emtract")) == to_seven(name)


@given(st.sampled_from(sorted(TAXONOMIES)).flatmap(lambda name: st.tuples(st.just(name), rows(SIZES[name]))))
def test_every_map_to_the_seven_keeps_or_tells_all_mass(drawn):
    name, p = drawn
    kept, lost = to_seven(name).carry(p)
    assert kept.shape == (len(p), 7) and np.allclose(kept.sum(axis=1) + lost, 1)


def test_parrotts_tiers_follow_each_other_and_only_disgust_is_lost_on_the_way_up():
    up = up_parrott("parrott_tertiary").then(up_parrott("parrott_secondary"))
    assert up.images["hope"] == "joy" and up.images["contempt"] == "anger" and not up.lost
    direct, over = to_seven("parrott_tertiary").images, up.then(to_seven("parrott_primary")).images
    assert {label for label in direct if direct[label] != over[label]} == set(PARROTT["anger"]["disgust"])
    with pytest.raises(ModelError, match="no tier above"):
        up_parrott("parrott_primary")


def test_maps_that_do_not_meet_are_refused():
    with pytest.raises(ModelError, match="starts from the labels"):
        to_seven("ekman").then(to_seven("ekman"))


def test_names():
    assert taxonomy("ekman").labels[:2] == ("joy", "sadness")
    with pytest.raises(ModelError, match=r"known are emtract, ekman"):
        taxonomy("eckman")
    assert fitting(["Joy", "optimism", "anger", "SADNESS"])[0] == "tweeteval"
    assert fitting(["joy", "sadness", "neutral"])[0] == "ekman"
    assert fitting(["happyish"]) == fitting([]) == ()


def test_a_label_of_several_sets_is_read_alike_in_all():
    images = {}
    for known in TAXONOMIES.values():
        for label, image in known.emotions.items():
            assert images.setdefault(label, image) == image, label

"""What a card of misreading is made of, what of it is refused, and that it comes back from JSON."""

import json
from dataclasses import replace

import numpy as np
import pytest

from emtract.emotions import EMOTIONS
from emtract.errors import EstimationError, ModelError
from emtract.misreading import FEW, KEY, from_plain, misreading_of, read_misreading

OF = {"scorer": "m", "revision": "abc", "how": "by a test"}


def tagged(counts, seed=0, sharp=6.0):
    rng = np.random.default_rng(seed)
    labels = np.repeat(np.arange(7), counts)
    return rng.dirichlet(np.ones(7), len(labels)) / sharp + (1 - 1 / sharp) * np.eye(7)[labels], labels


@pytest.fixture
def found():
    return misreading_of(*tagged([50, 40, 30, 31, 33, 60, 35]), **OF)


def test_rows_are_means_and_covariances_of_the_posts_of_a_tag(found):
    p, labels = tagged([50, 40, 30, 31, 33, 60, 35])
    for j in range(7):
        np.testing.assert_allclose(found.means[j], p[labels == j].mean(axis=0))
        np.testing.assert_allclose(found.covariances[j], np.cov(p[labels == j].T))
    assert found.tags.tolist() == [50, 40, 30, 31, 33, 60, 35]
    assert found.notes == ()
    np.testing.assert_allclose(found.inverse() @ found.means, np.eye(7), atol=1e-12)


def test_a_weight_of_two_is_a_post_that_stands_twice():
    p, labels = tagged([40] * 7)
    doubled = misreading_of(np.vstack([p, p]), np.concatenate([labels, labels]), **OF)
    even = misreading_of(p, labels, weights=np.full(len(p), 3.0), **OF)
    np.testing.assert_allclose(even.means, doubled.means)
    np.testing.assert_allclose(even.tags, 40)
    w = np.where(np.arange(len(p)) % 2 == 0, 1.0, 3.0)
    uneven = misreading_of(p, labels, weights=w, **OF)
    np.testing.assert_allclose(uneven.means[2], np.average(p[labels == 2], axis=0, weights=w[labels == 2]))
    np.testing.assert_allclose(uneven.tags, 32.0)
    np.testing.assert_allclose(uneven.covariances[2], np.cov(p[labels == 2].T, aweights=w[labels == 2]), atol=1e-15)
    with pytest.raises(ModelError, match="one positive number a post"):
        misreading_of(p, labels, weights=w - 1, **OF)


def test_few_tags_are_named_and_an_emotion_without_any_has_no_row():
    found = misreading_of(*tagged([50, 29, 30, 40, 0, 60, 1]), **OF)
    assert found.few == ("happy",) and found.missing == ("disgust", "fear")
    assert np.isnan(found.means[[4, 6]]).all() and np.isfinite(found.means[[0, 1, 2, 3, 5]]).all()
    assert "disgust and fear" in found.notes[0] and "happy" in found.notes[1]
    with pytest.raises(EstimationError, match=f"disgust and fear .* at least {FEW} posts"):
        found.inverse()
    again = from_plain(json.loads(json.dumps(found.to_plain())))
    np.testing.assert_array_equal(again.means, found.means)
    assert again.missing == found.missing


def test_it_comes_back_from_a_file(found, tmp_path):
    path = tmp_path / "m.json"
    path.write_text(json.dumps({"n": 3, KEY: found.to_plain()}))
    again = read_misreading(path)
    np.testing.assert_array_equal(again.means, found.means)
    np.testing.assert_allclose(again.covariances, found.covariances, atol=1e-17)
    assert (again.name, again.how, again.tags.tolist()) == ("m@abc", "by a test", found.tags.tolist())


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("[1]", "holds no misreading"),
        ('{"misreading": {}}', "holds no misreading"),
        ("{", "is cut off or was edited"),
        ("[" * 100_000, "is cut off or was edited"),
        ('{"misreading": {"emotions": ["joy"]}}', "is not one of neutral"),
        ('{"misreading": [1]}', "damaged"),
    ],
    ids=["list", "empty", "cut", "nested", "joy", "of_list"],
)
def test_a_file_without_one_says_what_to_do(tmp_path, content, said):
    (tmp_path / "m.json").write_text(content)
    with pytest.raises(ModelError, match=said):
        read_misreading(tmp_path / "m.json")
    with pytest.raises(
        ModelError, match=r"there is no misreading at .*none.json: write it with emtract model evaluate"
    ):
        read_misreading(tmp_path / "none.json")


@pytest.mark.parametrize(
    ("key", "change", "said"),
    [
        ("means", lambda rows: [[0.5] * 7, *rows[1:]], "do not sum to 1"),
        ("means", lambda rows: rows[:6], "damaged"),
        ("means", lambda rows: [[None, *rows[0][1:]], *rows[1:]], "missing, NaN"),
        ("covariances", lambda rows: [None, *rows[1:]], "missing where the means are known"),
        ("covariances", lambda rows: [[-v for v in row] for row in rows], "not positive semidefinite"),
        ("covariances", lambda rows: [[0.1] * 28, *rows[1:]], "do not sum to zero"),
        ("covariances", lambda rows: [row[:5] for row in rows], "damaged"),
        ("tags", lambda tags: [-1.0, *tags[1:]], "not counts"),
        ("tags", lambda tags: ["many", *tags[1:]], "damaged"),
    ],
)
def test_what_no_posts_can_have_given_is_refused(found, key, change, said):
    told = found.to_plain()
    with pytest.raises(ModelError, match=said):
        from_plain(told | {key: change(told[key])})
    lacking = {name: value for name, value in told.items() if name != key}
    with pytest.raises(ModelError, match=f"damaged .*{key}"):
        from_plain(lacking)


def test_a_covariance_that_is_not_symmetric_is_refused(found):
    spreads = found.covariances.copy()
    spreads[2, 0, 1] += 0.01
    with pytest.raises(ModelError, match="not symmetric"):
        replace(found, covariances=spreads)


def test_scores_of_another_revision_are_refused(found):
    found.check("m", "abc")
    found.check(None, None)
    with pytest.raises(ModelError, match=r"scores are of m@def and the misreading is of m@abc"):
        found.check("m", "def")
    with pytest.raises(ModelError, match=r"scores are of other@abc"):
        found.check("other", None)


def test_emotions_that_are_read_alike_are_named():
    p, labels = tagged([200] * 7)
    p[labels == 4] = p[labels == 3]
    with pytest.raises(EstimationError, match="anger and disgust alike"):
        misreading_of(p, labels, **OF).inverse()
    assert EMOTIONS[3:5] == ("anger", "disgust")


def test_a_card_of_valence_has_three_rows_and_takes_sums_of_readings_to_sums_of_tags():
    p, labels = tagged([5, 40, 6, 7, 8, 30, 9])
    found = misreading_of(p, labels, grain="valence", **OF)
    negative = np.isin(labels, [2, 3, 4, 6])
    assert found.rows == {0: "neutral", 1: "positive", 2: "negative"} and found.missing == ()
    np.testing.assert_allclose(found.means[2], p[negative].mean(axis=0))
    np.testing.assert_allclose(found.covariances[2], np.cov(p[negative].T))
    assert found.tags.tolist() == [35, 40, 30, 0, 0, 0, 0] and found.notes == ()
    # Of readings that are those of the classes' means, the shares of the classes come back.
    shares = np.array([0.5, 0.2, 0.3])
    back = shares @ found.means[:3] @ found.inverse()
    np.testing.assert_allclose(back, [*shares, 0, 0, 0, 0], atol=1e-12)
    assert np.isfinite(found.spreads).all() and np.isfinite(found.mean_spreads).all()
    np.testing.assert_allclose(found.mean_spreads[2], found.covariances[2] / 30)


def test_a_card_of_valence_comes_back_from_json_and_an_unknown_grain_does_not():
    found = misreading_of(*tagged([5, 40, 6, 7, 8, 30, 0]), grain="valence", **OF)
    told = json.loads(json.dumps(found.to_plain()))
    again = from_plain(told)
    assert again.grain == "valence" and again.few == ("negative",)
    np.testing.assert_array_equal(again.means, found.means)
    with pytest.raises(ModelError, match="its grain is 'word', none of emotion, valence"):
        from_plain(told | {"grain": "word"})
    assert "grain" not in misreading_of(*tagged([40] * 7), **OF).to_plain()
    with pytest.raises(EstimationError, match="how posts of positive are read is not known"):
        misreading_of(*tagged([5, 1, 6, 7, 8, 30, 0]), grain="valence", **OF).inverse()

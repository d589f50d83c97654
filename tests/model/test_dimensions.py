"""The head of dimensions: what it says, what it refuses, and that the shipped one fits the shipped encoder."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emtract.emotions import DIMENSIONS
from emtract.errors import ModelError
from emtract.model.dimensions import (
    EncodedReader,
    LinearHead,
    WithDimensions,
    head_path,
    load_dimensions,
    read_head,
    read_states,
    write_head,
)
from emtract.model.registry import shipped_folder
from tests.model.fakes import FakeScorer
from tests.ridge import choose_penalties, correlations, fit_ridge, interval

FOLDER = shipped_folder("default")
POSTS = ["We won, this is amazing!!!", "a quiet, pleasant afternoon", "", "I am terrified, it all burns", "🚀"]


@pytest.fixture(scope="module")
def reader():
    return load_dimensions(threads=1)


def test_what_is_read_is_the_head_on_the_states(reader):
    texts = [post.lower() for post in POSTS]
    expected = reader.head.apply(read_states(FOLDER, texts, threads=1))
    assert np.abs(reader.read(texts) - expected).max() < 1e-5
    assert reader.read([]).shape == (0, 3)
    assert reader.read(texts).dtype == np.float32


def test_states_are_means_and_largest_values_of_the_layers(reader):
    states = read_states(FOLDER, ["up and up"], threads=1)
    parts = states.reshape(-1, 2, 384)
    assert parts.shape[0] == 7
    assert (parts[:, 1] >= parts[:, 0]).all(), "the largest value is no less than the mean"


@settings(max_examples=15)
@given(order=st.permutations(POSTS))
def test_a_post_is_read_alike_whatever_stands_beside_it(reader, order):
    alone = reader.predict(POSTS).to_numpy()
    found = reader.predict(order).to_numpy()
    assert np.abs(found - alone[[POSTS.index(post) for post in order]]).max() < 1e-5


def test_it_tells_excited_from_calm_and_pleasant_from_not(reader):
    told = reader.predict(POSTS)
    assert told["arousal"][0] > told["arousal"][1]
    assert told["pleasure"][0] > 3 > told["pleasure"][3]
    assert told.columns == list(DIMENSIONS)


def test_predictions_of_a_scorer_gain_columns_and_keep_theirs(reader):
    scorer = FakeScorer()
    both = WithDimensions(scorer, reader).predict([*POSTS, None])
    assert both.drop(DIMENSIONS).equals(scorer.predict([*POSTS, None]))
    assert both.select(DIMENSIONS).equals(reader.predict([*POSTS, None]))


def test_another_revision_of_the_encoder_is_refused_in_one_sentence(reader):
    with pytest.raises(ModelError, match=r"learned on default@other and say nothing on default@") as error:
        EncodedReader(FOLDER, replace(reader.head, base="default@other"))
    assert "\n" not in str(error.value)


def test_a_head_comes_back_as_it_was_written_and_its_revision_is_of_its_numbers(reader, tmp_path):
    path = tmp_path / "h.npz"
    write_head(reader.head, path)
    assert read_head(path).revision == reader.head.revision == reader.revision
    write_head(reader.head, tmp_path / "again.npz")
    assert path.read_bytes() == (tmp_path / "again.npz").read_bytes()
    assert replace(reader.head, bias=reader.head.bias + 1).revision != reader.revision
    assert LinearHead("other@1", reader.head.weight, reader.head.bias).revision != reader.revision
    assert head_path().stat().st_size < 200_000


@pytest.mark.parametrize(
    "damage", [None, b"", b"PK\x03\x04 cut", b"no archive"], ids=["absent", "empty", "cut", "other"]
)
def test_a_damaged_head_is_one_line(tmp_path, damage):
    path = tmp_path / "h.npz"
    if damage is not None:
        path.write_bytes(damage)
    with pytest.raises(ModelError, match="holds no head of dimensions"):
        read_head(path)


@pytest.mark.parametrize("rows", [30, 300], ids=["fewer rows than states", "more rows than states"])
def test_ridge_is_that_of_scikit_learn_on_standardised_states(rows):
    from sklearn.linear_model import Ridge

    rng = np.random.default_rng(0)
    x, y = rng.normal(2, 3, (rows, 60)), rng.normal(size=(rows, 2))
    z = (x - x.mean(axis=0)) / x.std(axis=0)
    found = fit_ridge(x, y, (5.0, 50.0)).predict(x)
    for k, penalty in enumerate((5.0, 50.0)):
        assert found[:, k] == pytest.approx(Ridge(alpha=penalty).fit(z, y[:, k]).predict(z), abs=1e-8)


def test_the_penalty_of_noise_is_the_largest_and_of_a_plain_signal_the_smallest():
    rng = np.random.default_rng(1)
    x = rng.normal(size=(200, 10))
    y = np.column_stack([rng.normal(size=200), x[:, 0]])
    assert choose_penalties(x, y, penalties=(1e-3, 1e4)).tolist() == [1e4, 1e-3]
    assert correlations(y, y).tolist() == pytest.approx([1, 1])


@given(r=st.floats(-0.99, 0.99), n=st.integers(10, 10_000))
def test_an_interval_holds_its_correlation_and_narrows_with_rows(r, n):
    low, high = interval(r, n)
    assert -1 < low < r < high < 1
    assert interval(r, 4 * n)[1] - interval(r, 4 * n)[0] < high - low


def test_the_committed_figures_are_of_every_rater_and_dimension():
    rows = pl.read_csv("reports/model/dimensions.csv")
    head = rows.filter(pl.col("what") == "emtract head")
    assert sorted(head.select("ratings", "dimension").rows()) == sorted(
        (rater, name) for rater in ("writer", "reader", "both") for name in DIMENSIONS
    )
    words = rows.filter(pl.col("what") == "word counts")
    both = head.join(words, on=["ratings", "dimension"], suffix="_words")
    assert (both["r"] > both["r_words"]).all(), "an encoder that word counts beat is not worth a pass over the texts"

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emtract.emotions import EMOTIONS
from emtract.errors import ModelError
from emtract.model import Scorer, load_scorer
from emtract.model.card import TENSORS
from emtract.model.static import StaticScorer, Vocabulary, letter_groups, read_tensors
from tests.model.statics import BUCKETS, WORDS, small_model, write_folder

#: Any string at all: NUL, controls and lone surrogates included.
ANYTHING = st.text(st.characters(), max_size=60)
few = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
TEXTS = ["good 🚀", "not good", "so scared of zzyzx", "<ticker>", "", "good " * 3000, "<ticker> not scared good"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_folder(tmp_path_factory.mktemp("static") / "tiny", small_model())


@pytest.fixture(scope="module")
def scorer(folder):
    found = load_scorer(folder)
    assert isinstance(found, StaticScorer)
    return found


def test_a_folder_of_its_kind_loads_as_a_scorer(scorer):
    assert isinstance(scorer, Scorer)
    assert scorer.name == "tiny"
    assert len(scorer.revision) == 12
    assert scorer.cleaner.version == scorer.card.cleaner


@few
@given(st.lists(ANYTHING, max_size=8))
def test_every_string_has_a_score(scorer, texts):
    scores = scorer.score(texts)
    assert scores.probabilities.shape == (len(texts), 7)
    assert scores.probabilities.dtype == np.float32
    assert np.allclose(scores.probabilities.sum(axis=1), 1, atol=1e-6)
    assert scores.n_tokens.tolist() == [len(text.split()) for text in texts]
    assert not scores.truncated.any()


@few
@given(st.permutations(range(len(TEXTS))))
def test_a_score_is_the_same_alone_and_in_any_order(scorer, order):
    alone = np.vstack([scorer.score([TEXTS[place]]).probabilities for place in order])
    assert np.array_equal(scorer.score([TEXTS[place] for place in order]).probabilities, alone)


def test_chunks_do_not_show(scorer, monkeypatch):
    whole = scorer.score(TEXTS)
    monkeypatch.setattr("emtract.model.static._CHUNK", 2)
    parts = scorer.score(TEXTS)
    assert np.array_equal(parts.probabilities, whole.probabilities)
    assert (parts.n_tokens == whole.n_tokens).all()


def test_words_and_pairs_decide(scorer):
    found = scorer.score(["good", "not good", "scared", "🚀 🚀", "good not"]).probabilities.argmax(axis=1)
    assert [EMOTIONS[place] for place in found] == ["happy", "sad", "fear", "happy", "happy"]


def test_the_scores_are_those_of_the_formula(scorer):
    model, text = small_model(), "good scared"
    rows = model.table[[WORDS.index("good"), WORDS.index("scared")]].sum(axis=0) / np.sqrt(3)
    expected = np.exp(rows) / np.exp(rows).sum()
    assert scorer.score([text]).probabilities[0] == pytest.approx(expected, abs=0.02)


def test_a_vocabulary_counts_words_pairs_and_letter_groups():
    vocabulary = small_model().vocabulary
    matrices, lengths = vocabulary.read(["good good", "<ticker> not good", "zzyzx good", ""])
    counts = sum(matrices[1:], matrices[0]).toarray()
    assert lengths.tolist() == [2, 3, 2, 0]
    assert counts[0].nonzero()[0].tolist() == [0]
    assert counts[0, 0] == 2
    assert counts[1].nonzero()[0].tolist() == [0, 1, 4, 5, 6]
    spelled = len(WORDS) + 2 + np.array(letter_groups(["zzyzx"], BUCKETS)[0])
    assert set(counts[2].nonzero()[0]) == {0, *spelled.tolist()}
    assert counts[2, spelled.min() :].sum() == pytest.approx(counts[2].sum() - 1) == 1
    assert not counts[3].any()


def test_a_pair_does_not_reach_into_the_next_text():
    vocabulary = small_model().vocabulary
    assert not vocabulary.read(["not", "good"])[0][1].toarray().any()
    assert vocabulary.read(["good", "<ticker>", "good <ticker>"])[0][1].toarray()[:, len(WORDS) + 1].tolist() == [
        0,
        1,
        0,
    ]


def test_a_pair_with_an_unknown_word_is_never_found():
    words = tuple(f"w{i}" for i in range(40))
    pairs = np.array([(i, j) for i in range(41) for j in range(41) if i + j < 80], dtype=np.int32)
    vocabulary = Vocabulary(words, pairs, 0)
    found = vocabulary.read(["zz w0", "w3 zz w4", "zz"])[0][1]
    assert {tuple(pairs[row - 40]) for row in found.indices} <= {(0, 40), (40, 3), (4, 40)}


def test_most_pairs_are_found():
    rng = np.random.default_rng(0)
    pairs = np.unique(rng.integers(0, 2000, (3000, 2)), axis=0).astype(np.int32)
    words = tuple(f"w{i}" for i in range(2000))
    found = Vocabulary(words, pairs, 0).read([f"{words[a]} {words[b]}" for a, b in pairs])[0][1]
    assert found.sum() > 0.9 * len(pairs)


def test_long_words_and_texts_are_total(scorer):
    assert np.isfinite(scorer.score(["x" * 1_000_000, "\ud800" * 9, "a " * 100_000]).probabilities).all()


def test_letter_groups_are_those_of_each_word_alone():
    words = ["moon", "🚀", "x", "rekt", "moon", "y" * 70]
    found, sizes = letter_groups(words, 1000)
    assert sizes.tolist() == [9, 1, 1, 9, 9, 64 + 63 + 62]
    for word, part in zip(words, np.split(found, np.cumsum(sizes)[:-1]), strict=True):
        assert np.array_equal(letter_groups([word], 1000)[0], part)
    assert np.array_equal(letter_groups(["y" * 64], 1000)[0], found[-189:])
    assert set(letter_groups(["moons"], 1000)[0]) & set(found[:9])
    assert found.min() >= 0
    assert found.max() < 1000


def test_letter_groups_of_nothing():
    assert letter_groups([], 8)[0].tolist() == []
    assert letter_groups(["word", "two"], 0)[1].tolist() == [0, 0]


def test_letter_groups_spread_over_the_buckets():
    rng = np.random.default_rng(0)
    words = ["".join(map(chr, rng.integers(97, 123, 6))) for _ in range(2000)]
    counts = np.bincount(letter_groups(words, 64)[0], minlength=64)
    assert counts.max() < 2 * counts.mean()


def test_posts_are_cleaned(scorer):
    frame = scorer.predict(["$TSLA 🚀🚀🚀 good!", ""])
    assert frame["text"].to_list() == ["<ticker> 🚀 🚀 🚀 good !", ""]
    assert frame["n_tokens"].to_list() == [6, 0]
    assert frame["label"][0] == "happy"


@pytest.mark.parametrize("changes", [{"cleaner": "0"}, {"labels": "happy,sad"}])
def test_notes_inside_the_file_are_checked(tmp_path, changes):
    with pytest.raises(ModelError, match="train the model again"):
        StaticScorer(write_folder(tmp_path / "m", small_model(), **changes))


def test_a_damaged_file_is_refused(tmp_path):
    folder = write_folder(tmp_path / "m", small_model())
    data = bytearray((folder / TENSORS).read_bytes())
    data[-1] ^= 1
    (folder / TENSORS).write_bytes(data)
    with pytest.raises(ModelError, match="damaged; reinstall"):
        StaticScorer(folder)


@pytest.mark.parametrize("buckets", ["x", "-1"])
def test_a_file_that_is_no_model_is_one_line(tmp_path, buckets):
    with pytest.raises(ModelError, match="no static model") as caught:
        StaticScorer(write_folder(tmp_path / "m", small_model(), buckets=buckets))
    assert "\n" not in str(caught.value)


def test_the_reader_agrees_with_safetensors(folder):
    load_file = pytest.importorskip("safetensors.numpy", reason='needs pip install "emtract[train]"').load_file
    ours, _ = read_tensors(folder / TENSORS)
    theirs = load_file(folder / TENSORS)
    assert set(ours) == set(theirs)
    assert all(np.array_equal(ours[name], theirs[name]) for name in ours)


def test_scoring_needs_neither_torch_nor_a_runtime(folder):
    code = (
        "import sys; sys.modules.update(dict.fromkeys(('torch', 'transformers', 'onnxruntime', 'tokenizers', 'safetensors')));"
        f"from emtract.model import load_scorer; print(load_scorer({str(folder)!r}).predict(['good'])['label'].item())"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "happy"

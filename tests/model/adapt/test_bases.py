import numpy as np
import pytest

from emtract.emotions import EMOTIONS
from emtract.errors import ModelError
from emtract.model import load_scorer
from emtract.model.adapt.bases import EncoderBase, StaticBase, find_base, write_adapted
from emtract.model.adapt.head import Head
from emtract.model.card import TENSORS, read_card
from emtract.model.registry import shipped_folder
from emtract.model.samples import seen_folds, seen_stockemotions
from emtract.model.scorer import softmax
from emtract.model.static import read_tensors, replace_tensors
from tests.model.statics import small_model, write_folder

TEXTS = ["<ticker> to the moon 🚀", "lost everything :(", "good", "", "scared it will crash"]
NOTES = {"metrics": {}, "recipe": {"method": "head"}, "data": {"adapted": []}}


def some_head(width, size):
    rng = np.random.default_rng(0)
    mix = np.eye(len(EMOTIONS)) + size * rng.normal(0, 0.1, (7, 7))
    return Head(mix, size * rng.normal(0, 0.3, (7, width)), size * rng.normal(0, 1, 7))


@pytest.mark.parametrize("kind", [EncoderBase, StaticBase])
@pytest.mark.parametrize("size", [0, 1])
def test_a_folder_says_what_its_head_makes_of_what_the_base_reads(kind, size, tmp_path):
    folder = shipped_folder("default") if kind is EncoderBase else write_folder(tmp_path / "base", small_model())
    base = find_base(str(folder))
    assert isinstance(base, kind)
    states, logits = base.read(TEXTS)
    shipped = load_scorer(folder, threads=1).score(TEXTS)
    assert np.abs(softmax(logits) - shipped.probabilities).max() < 1e-6
    head = some_head(states.shape[1], size)
    (tmp_path / "mine").mkdir()
    card = write_adapted(base, head, tmp_path / "mine", name="mine", notes=NOTES)
    scorer = load_scorer(tmp_path / "mine", threads=1)
    scores = scorer.score(TEXTS)
    assert np.abs(scores.probabilities - softmax(head.apply(states, logits))).max() < 1e-5
    assert (scores.n_tokens == shipped.n_tokens).all() and (scorer.name, scorer.revision) == ("mine", card.revision)


def test_what_trained_the_base_trained_the_adapted_model(tmp_path):
    base = EncoderBase(shipped_folder("default"))
    write_adapted(base, some_head(384, 1), tmp_path, name="mine", notes=NOTES)
    card = read_card(tmp_path)
    assert seen_folds(card, [1, 4]) == (1, 4) and seen_stockemotions(card, "train")
    assert card.data["adapted"] == [] and card.max_length == base.card.max_length


def test_heads_of_scorers_that_have_none_are_not_adapted():
    for name in ("exact", "vader", "hf:some/model"):
        with pytest.raises(ModelError, match=f"{name} cannot be adapted: take default, fast, or a folder"):
            find_base(name)
    with pytest.raises(ModelError, match="no model is called"):
        find_base("nobody")


def test_tensors_are_replaced_by_tensors_of_their_shape(tmp_path):
    path = write_folder(tmp_path / "base", small_model()) / TENSORS
    before, notes = read_tensors(path)
    other = tmp_path / TENSORS
    other.write_bytes(replace_tensors(path.read_bytes(), {"output.bias": np.arange(7)}))
    after, same = read_tensors(other)
    assert after["output.bias"].tolist() == list(range(7)) and same == notes
    assert all((after[name] == before[name]).all() for name in before if name != "output.bias")
    with pytest.raises(ValueError, match=r"output.bias has the shape \[7\], not \[8\]"):
        replace_tensors(path.read_bytes(), {"output.bias": np.arange(8)})

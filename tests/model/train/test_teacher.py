"""A teacher of another architecture: cross-fitted, read, learned from."""

import json
from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("torch", reason='needs pip install "emtract[train]"')
pytest.importorskip("transformers", reason='needs pip install "emtract[train]"')

from safetensors.numpy import load_file

from emtract.errors import ModelError
from emtract.model.scorer import softmax
from emtract.model.train.corpora import TAGGED, read_tagged
from emtract.model.train.loop import encode, infer
from emtract.model.train.network import build_network, read_by_teacher
from emtract.model.train.recipe import read_recipe
from emtract.model.train.run import train, train_recipe
from emtract.model.train.stages import load_tagged
from emtract.model.train.teacher import TEACHER, open_teacher, train_teacher
from emtract.workers import available_cores
from tests.model.train.conftest import save_encoder


@pytest.fixture(scope="module")
def mpnet(encoder, tmp_path_factory):
    """An MPNet of two layers, whose padding token is 1 and whose sentences begin with token 0."""
    from transformers import MPNetConfig, MPNetModel

    path = tmp_path_factory.mktemp("mpnet")
    save_encoder(path, MPNetConfig, MPNetModel, head=("<s>", "<pad>", "</s>", "[UNK]"), tail=("rocket", "<mask>"))
    return path


@pytest.fixture(scope="module")
def teacher_recipe(recipe):
    return replace(recipe, name="large", graph=False, tagged=replace(recipe.tagged, frozen=1))


@pytest.fixture(scope="module")
def taught(teacher_recipe, corpora, mpnet, tmp_path_factory):
    return train_teacher(teacher_recipe, corpora, mpnet, tmp_path_factory.mktemp("teacher"), folds=(1, 2))


def test_it_learns_each_fold_from_the_others(taught, corpora):
    sample = read_tagged(corpora)
    own = np.isin(sample.folds, (1, 2))
    assert taught.probabilities.shape == (own.sum(), 7)
    assert (taught.probabilities.argmax(axis=1) == sample.labels[own]).mean() > 0.5
    said = json.loads((taught.folder / TEACHER).read_text(encoding="utf-8"))
    assert set(said["metrics"]["by_fold"]) == {"1", "2"}
    assert f"{taught.metrics['out_of_fold']['accuracy']['mean']:.4f}" in (taught.folder / "README.md").read_text()


def test_frozen_layers_stay_and_the_others_move(taught):
    joint, tagged = (load_file(taught.folder / f"{name}.safetensors") for name in ("joint", "fold-1"))
    same = {name for name in tagged if name in joint and np.array_equal(joint[name], tagged[name])}
    assert {name for name in tagged if ".layer.0." in name or "embeddings" in name} <= same
    assert not any(".layer.1." in name and name.endswith("dense.weight") for name in same)


def test_a_text_is_read_alike_alone_and_beside_a_longer_one(taught):
    (reader,) = open_teacher(taught.folder).networks("fold-1")
    alone = reader.score(["moon 🚀"]).probabilities
    beside = reader.score(["moon 🚀", "closed at nine today and lost it all"]).probabilities
    assert np.abs(alone[0] - beside[0]).max() < 1e-5


def test_its_padding_is_its_own(mpnet, encoder):
    assert build_network(mpnet, {"tagged": 7}, dropout=0.1, seed=0).filler == 1
    assert build_network(encoder, {"tagged": 7}, dropout=0.1, seed=0).filler == 0


@pytest.fixture(scope="module")
def pupil(whole_recipe):
    return replace(whole_recipe, adapt=None, name="pupil", distil=replace(whole_recipe.distil, teacher=0.5))


def test_a_pupil_learns_what_the_teacher_says(taught, pupil, teacher_recipe, mpnet, corpora, encoder, tmp_path):
    report = train(pupil, corpora, encoder, tmp_path, folds=(1, 2), teacher_folder=taught.folder)
    page = (report.folder / "README.md").read_text(encoding="utf-8")
    kept = load_file(tmp_path / "read-by-teacher-fold-1.safetensors")
    assert [table.shape[1] for table in kept.values()] == [7]
    assert report.card.data["teacher"]["recipe"] == teacher_recipe.values()
    assert f"a larger teacher, {mpnet.name} trained" in page
    bare = replace(pupil, distil=replace(pupil.distil, teacher=None))
    other = train(bare, corpora, encoder, tmp_path, folds=(1, 2), teacher_folder=taught.folder)
    assert report.card.revision != other.card.revision
    assert "teacher" not in other.card.data
    assert "larger teacher" not in (other.folder / "README.md").read_text(encoding="utf-8")


def test_what_several_members_say_is_their_mean(teacher_recipe, corpora, mpnet, tmp_path):
    twins = replace(teacher_recipe, members=2, tagged=replace(teacher_recipe.tagged, epochs=1))
    train_teacher(twins, corpora, mpnet, tmp_path, folds=(1, 2))
    (reader,), texts = open_teacher(tmp_path).networks("fold-2"), ["moon 🚀", "lost it all"]
    assert [path.name for path in reader.paths] == ["fold-2-member-0.safetensors", "fold-2-member-1.safetensors"]
    ids = encode(texts, reader.run.tokenizer, max_length=twins.max_length)
    own = [softmax(infer(load_tagged(reader.run, path), ids, TAGGED, device="cpu")) for path in reader.paths]
    assert np.abs(own[0] - own[1]).max() > 1e-4
    assert np.allclose(reader.score(texts).probabilities, np.mean(own, axis=0), atol=1e-6)
    assert reader.revision.count("+") == 1


def test_a_pupil_without_its_teacher_says_what_to_do(pupil, corpora, encoder, tmp_path):
    with pytest.raises(ModelError, match=r"learns from a teacher too; .* --teacher FOLDER"):
        train(pupil, corpora, encoder, tmp_path)


def test_a_folder_without_a_teacher_is_named(tmp_path):
    with pytest.raises(ModelError, match="holds no finished teacher"):
        open_teacher(tmp_path)


def test_a_teacher_without_the_network_of_a_fold_is_named(taught):
    teacher = replace(open_teacher(taught.folder), folds=(1, 9))
    with pytest.raises(ModelError, match=r"fold-9\.safetensors is missing"):
        teacher.key("final")


def test_a_fold_is_taught_by_what_never_saw_it_and_the_whole_by_all(taught):
    teacher = open_teacher(taught.folder)
    assert [network.name for network in teacher.networks("fold-2")] == ["fold-2"]
    assert [network.name for network in teacher.networks("final")] == ["fold-1", "fold-2"]
    assert teacher.key("final") == "+".join(teacher.key(f"fold-{fold}") for fold in (1, 2))


def test_what_it_reads_is_kept_for_the_same_texts(taught, tmp_path):
    (reader,), path = open_teacher(taught.folder).networks("fold-1"), tmp_path / "kept.safetensors"
    first = read_by_teacher(reader, ["moon", "crash"], path)
    before = path.read_bytes()
    assert np.array_equal(read_by_teacher(reader, ["moon", "crash"], path), first)
    assert path.read_bytes() == before
    read_by_teacher(reader, ["crash", "moon"], path)
    assert path.read_bytes() != before


def test_a_recipe_says_what_it_trains(teacher_recipe, corpora, mpnet, tmp_path, monkeypatch):
    import torch

    asked = []
    monkeypatch.setattr(torch, "set_num_threads", asked.append)
    assert not read_recipe("teacher").graph
    with pytest.raises(ModelError, match="the recipe fast learns from a finished run of the recipe default"):
        train_recipe("fast", corpora, None, tmp_path, None)
    assert asked == [available_cores()], "NumPy's single thread, which the command line asks for, is not torch's"

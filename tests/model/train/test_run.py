"""One whole training run, tiny: stages, metrics, export, page."""

import json
import shutil
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("torch", reason='needs pip install "emtract[train]"')
pytest.importorskip("transformers", reason='needs pip install "emtract[train]"')
pytest.importorskip("onnx", reason='needs pip install "emtract[train]"')

import onnx
from safetensors.numpy import load_file

from emtract.emotions import EMOTIONS, STANCES
from emtract.errors import ModelError
from emtract.misreading import read_misreading
from emtract.model import load_scorer
from emtract.model.evaluate import by_fold, spread
from emtract.model.samples import (
    OUT_OF_FOLD,
    VARIANTS,
    beside_posts,
    labels_of,
    probabilities_of,
    read_out_of_fold,
    read_tagged_posts,
)
from emtract.model.scorer import softmax
from emtract.model.train.corpora import read_tagged
from emtract.model.train.draws import draw_unseen
from emtract.model.train.loop import encode, infer
from emtract.model.train.network import read_notes
from emtract.model.train.run import train
from emtract.model.train.stages import Run, load_tagged
from emtract.model.train.tokens import build_tokenizer


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("run")


@pytest.fixture(scope="module")
def first(recipe, corpora, encoder, folder):
    """One run, and what it told of its progress."""
    calls = []
    report = train(recipe, corpora, encoder, folder, progress=lambda *call: calls.append(call))
    return report, calls


def test_every_stage_runs_to_its_end(first):
    _, calls = first
    assert list(dict.fromkeys(stage for stage, _, _ in calls)) == [
        "joint",
        "fold-1",
        "fold-2",
        "fold-3",
        "fold-4",
        "final",
    ]
    assert calls[-1][1] == calls[-1][2]


def test_it_learns_and_int8_agrees(first):
    report, _ = first
    metrics = report.card.metrics
    assert metrics["fp32"]["accuracy"]["mean"] > 0.5
    assert metrics["label_agreement"] > 0.9
    assert set(metrics["int8_by_fold"]) == {"1", "2", "3", "4"}


def test_the_folder_is_a_model(first):
    report, _ = first
    assert sorted(path.name for path in report.folder.iterdir()) == [
        "README.md", "model.json", "model.onnx", "out_of_fold.parquet", "tokenizer.json"
    ]  # fmt: skip
    scorer = load_scorer(report.folder, threads=1)
    assert scorer.revision == report.card.revision
    frame = scorer.predict(["$TSLA love this moon 🚀"])
    assert frame.select(EMOTIONS).to_numpy().sum() == pytest.approx(1)


def test_the_out_of_fold_table_is_that_of_the_card_and_of_the_sample(first, corpora):
    report, _ = first
    table = read_out_of_fold(report.folder / OUT_OF_FOLD)
    assert beside_posts(table, read_tagged_posts(corpora)).height == 42
    assert "$TSLA" not in (report.folder / OUT_OF_FOLD).read_bytes().decode("latin-1")
    for variant in VARIANTS:
        parts = by_fold(probabilities_of(table, variant), labels_of(table), table["fold"].to_numpy())
        found, told = spread(list(parts.values())), report.card.metrics[variant]
        for name in ("accuracy", "log_loss", "valence_macro_f1"):
            assert found[name]["mean"] == pytest.approx(told[name]["mean"], abs=1e-5), name


def test_the_card_holds_the_misreading_of_the_out_of_fold_table(first):
    report, _ = first
    table, found = read_out_of_fold(report.folder / OUT_OF_FOLD), read_misreading(report.folder / "model.json")
    p, labels = probabilities_of(table, "int8"), labels_of(table)
    for j in range(7):
        np.testing.assert_allclose(found.means[j], p[labels == j].mean(axis=0), atol=1e-12)
    assert found.revision == report.card.revision and found.tags.sum() == 42


def test_the_card_and_its_page_say_the_same(first):
    report, _ = first
    card = json.loads((report.folder / "model.json").read_text(encoding="utf-8"))
    assert card["data"]["joint_rows_dropped_as_tagged"] == {"tweeteval": 0, "stockemotions": 1}
    assert card["data"]["tagged_rows"] == len(report.out_of_fold.labels) == 42
    page = (report.folder / "README.md").read_text(encoding="utf-8")
    assert f"{card['metrics']['int8']['accuracy']['mean']:.4f}" in page
    assert "dropped: 1 of stockemotions" in page


def test_a_finished_stage_is_reused_and_a_changed_recipe_is_not(first, recipe, corpora, encoder, folder):
    report, _ = first
    calls = []
    again = train(recipe, corpora, encoder, folder, progress=lambda *call: calls.append(call))
    assert calls == []
    assert again.card == report.card
    other = replace(recipe, tagged=replace(recipe.tagged, epochs=1))
    train(other, corpora, encoder, folder, folds=(1, 2), progress=lambda *call: calls.append(call))
    assert {stage for stage, _, _ in calls} == {"fold-1", "fold-2", "final"}


def test_the_seed_decides_the_weights(recipe, corpora, encoder, tmp_path):
    short = replace(recipe, tagged=replace(recipe.tagged, epochs=1))
    runs = {"a": short, "b": short, "c": replace(short, seed=8)}
    revisions = {}
    for name, each in runs.items():
        revisions[name] = train(each, corpora, encoder, tmp_path / name, folds=(1, 2)).card.revision
    weights = {name: load_file(tmp_path / name / "final.safetensors") for name in runs}
    assert all(np.array_equal(weights["a"][key], weights["b"][key]) for key in weights["a"])
    assert revisions["a"] == revisions["b"] != revisions["c"]


@pytest.fixture(scope="module")
def whole(whole_recipe, corpora, encoder, tmp_path_factory):
    """A run of every stage on two folds, and what it told of its progress."""
    calls = []
    folder = tmp_path_factory.mktemp("whole")
    report = train(whole_recipe, corpora, encoder, folder, folds=(1, 2), progress=lambda *call: calls.append(call[0]))
    return report, list(dict.fromkeys(calls)), folder


def test_every_stage_of_a_distilled_model_runs(whole):
    _, stages, _ = whole
    names = ("fold-1", "fold-2", "final")
    own = [[f"{n}-member-0", f"{n}-member-1", f"{n}: reading posts", n, f"{n}-pruned"] for n in names]
    assert stages == ["adapt", "joint", *(stage for part in own for stage in part)]


def test_every_head_starts_from_the_rows_of_its_emotion_in_stage_1(whole_recipe, whole, corpora, encoder, tmp_path):
    folder = shutil.copytree(whole[2], tmp_path / "run")
    still = {"learning_rate": 0.0, "head_rate": 0.0}
    stages = {"tagged": replace(whole_recipe.tagged, **still), "distil": replace(whole_recipe.distil, **still)}
    train(replace(whole_recipe, prune=None, **stages), corpora, encoder, folder, folds=(1, 2))
    joint = load_file(folder / "joint.safetensors")
    for name in ("final-member-0", "final-member-1", "final"):
        found = load_file(folder / f"{name}.safetensors")
        assert all(np.array_equal(found[key], joint[key]) for key in found if key.startswith("encoder.")), name
        rows = found["heads.tagged.weight"][[EMOTIONS.index("happy"), EMOTIONS.index("fear")]]
        assert np.array_equal(rows, joint["heads.stockemotions.weight"]), name  # excitement, panic
        assert not found["heads.tagged.bias"].any(), name


def test_a_head_needs_labels_that_a_grouping_knows(recipe, corpora, encoder, tmp_path):
    unknown = replace(recipe, rows={"tweeteval": 8}, head="joint")
    with pytest.raises(ModelError, match=r"add goemotions or stockemotions to \[rows\], or leave head out"):
        train(unknown, corpora, encoder, tmp_path, folds=(1, 2))


def test_posts_without_labels_are_neither_tagged_nor_repeated(whole):
    _, _, folder = whole
    # two tweets of four words or more that are not tagged, and no post of StockEmotions that long
    assert read_notes(folder / "adapt.safetensors")["texts"] == 3
    assert read_notes(folder / "final.safetensors")["texts"] == 2 * 22 + 3


def test_members_differ_and_the_distilled_network_is_near_their_mean(whole, whole_recipe, corpora, encoder):
    _, _, folder = whole
    run = Run(whole_recipe, encoder, folder, build_tokenizer(encoder), "cpu")
    sample = read_tagged(corpora)
    rows = np.flatnonzero(np.isin(sample.folds, (1, 2)))
    ids = encode([sample.corpus.texts[row] for row in rows], run.tokenizer, max_length=48)

    def probabilities(name):
        return softmax(infer(load_tagged(run, folder / f"{name}.safetensors"), ids, "tagged", device="cpu"))

    members = [probabilities(f"final-member-{i}") for i in range(2)]
    assert np.abs(members[0] - members[1]).max() > 1e-3
    mean, student = np.mean(members, axis=0), probabilities("final")
    uniform = np.full_like(mean, 1 / 7)
    assert np.abs(student - mean).mean() < 0.5 * np.abs(uniform - mean).mean()


def test_a_pruned_network_starts_from_the_kept_layers_of_the_distilled_one(
    whole_recipe, whole, corpora, encoder, tmp_path
):
    folder = shutil.copytree(whole[2], tmp_path / "run")
    still = replace(whole_recipe.prune, learning_rate=0.0, head_rate=0.0)
    calls = []
    train(
        replace(whole_recipe, prune=still), corpora, encoder, folder, folds=(1, 2), progress=lambda *c: calls.append(c)
    )
    assert {stage for stage, _, _ in calls} == {
        f"{name}{part}" for name in ("fold-1", "fold-2", "final") for part in (": reading posts", "-pruned")
    }
    found, student = load_file(folder / "final-pruned.safetensors"), load_file(folder / "final.safetensors")
    kept = {key.replace("layer.1.", "layer.0."): value for key, value in student.items() if "layer.0." not in key}
    assert found.keys() == kept.keys()
    assert all(np.array_equal(found[key], kept[key]) for key in kept)


def test_the_pruned_network_is_the_one_that_is_measured_and_shipped(whole, whole_recipe, corpora, encoder):
    report, _, folder = whole
    graph = onnx.load(report.folder / "model.onnx").graph
    assert sum(node.op_type == "Softmax" for node in graph.node) == 1  # one a layer
    run = Run(whole_recipe, encoder, folder, build_tokenizer(encoder), "cpu")
    sample = read_tagged(corpora)
    rows = np.flatnonzero(sample.folds == 2)
    ids = encode([sample.corpus.texts[row] for row in rows], run.tokenizer, max_length=48)
    network = load_tagged(run, folder / "fold-2-pruned.safetensors")
    own = report.out_of_fold.positions[report.out_of_fold.folds == 2]
    assert np.array_equal(own, rows)
    told = report.out_of_fold.fp32[report.out_of_fold.folds == 2]
    assert np.allclose(softmax(infer(network, ids, "tagged", device="cpu")), told, atol=1e-5)
    assert read_notes(folder / "final-pruned.safetensors")["layers"] == [1]


def test_a_layer_that_the_encoder_lacks_is_named(whole_recipe, whole, corpora, encoder, tmp_path):
    folder = shutil.copytree(whole[2], tmp_path / "run")
    strange = replace(whole_recipe.prune, layers=[0, 2])
    with pytest.raises(ModelError, match="the encoder has layers 0 to 1, and no layer 2"):
        train(replace(whole_recipe, prune=strange), corpora, encoder, folder, folds=(1, 2))


def test_the_door_imports_no_training_library():
    code = "import sys, emtract.model.train.run; print({'torch', 'transformers', 'onnx'} & set(sys.modules))"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "set()"


@pytest.fixture(scope="module")
def full(whole_recipe, corpora, encoder, tmp_path_factory):
    """A run with all that a recipe may ask for besides: both readings, posts by rule, stance, unseen posts, a split in time."""
    posts = {"declared": 2, "stocktwits": 6, "stocknet": 2}
    recipe = replace(
        whole_recipe,
        name="full",
        rows={**whole_recipe.rows, "stocktwits": 6},
        adapt=None,
        distil=replace(whole_recipe.distil, posts=posts, words=0.2),
        prune=replace(whole_recipe.prune, units=40),
        first_reading=0.25,
        contrast=12,
        stance=True,
        unseen=6,
        later=True,
    )
    folder = tmp_path_factory.mktemp("full")
    return train(recipe, corpora, encoder, folder, folds=(1, 2)), folder, recipe


def test_posts_by_rule_and_the_stance_are_learned_beside_the_tags(full, encoder):
    _, folder, recipe = full
    assert read_notes(folder / "final-member-0.safetensors")["texts"] == 22
    notes = read_notes(folder / "final.safetensors")
    assert notes["texts"] == 2 * 22 + 12 + 8 + 2
    assert notes["heads"] == {"tagged": 7, "stance": 3}
    joint, student = (load_file(folder / f"{name}.safetensors") for name in ("joint", "final"))
    assert not np.array_equal(student["heads.stance.weight"], joint["heads.stance.weight"])
    run = Run(recipe, encoder, folder, build_tokenizer(encoder), "cpu")
    assert load_tagged(run, folder / "final-pruned.safetensors").heads.keys() == {"tagged", "stance"}


def test_the_page_tells_of_the_reader_of_words(full):
    page = (full[0].folder / "README.md").read_text(encoding="utf-8")
    assert "a linear reader of words and characters: 20% of what the student is told" in page


def test_the_shipped_network_is_as_sure_as_those_of_the_folds(full):
    told = full[0].card.metrics["confidence"]
    assert told["posts"] == 6
    wanted = np.mean(told["folds"])
    assert abs(told["after"] - wanted) < 0.5 * abs(told["before"] - wanted)


def test_a_network_of_fewer_units_is_exported_and_loaded(full):
    report, folder, _ = full
    graph = onnx.load(report.folder / "model.onnx").graph
    assert {tuple(item.dims) for item in graph.initializer if "intermediate.dense.codes" in item.name} == {(32, 40)}
    assert read_notes(folder / "final-pruned.safetensors")["units"] == 40


def test_a_split_in_time_is_measured_on_the_latest_quarter(full):
    report, folder, _ = full
    told = report.card.metrics["by_time"]
    assert 0 < told["n"] == told["later"]["n"] == told["random"]["n"] < 10
    assert read_notes(folder / "later-member-0.safetensors")["key"].endswith("-1,2,3-time")


def test_a_stance_that_stage_1_does_not_read_is_an_error(whole_recipe, corpora, encoder, tmp_path):
    with pytest.raises(ModelError, match=r"no head of stage 1 reads the stance; add stocktwits to \[rows\]"):
        train(replace(whole_recipe, adapt=None, stance=True, unseen=6), corpora, encoder, tmp_path, folds=(1, 2))
    with pytest.raises(ModelError, match="calibrated on later messages"):
        replace(whole_recipe, stance=True)


def test_the_model_reads_the_stance_and_its_card_says_how_well(full, corpora):
    report, _, recipe = full
    told, unseen = report.card.metrics["stance"], draw_unseen(corpora, 6, read_tagged(corpora), recipe.seed)
    assert (told["n"], told["tagged"]) == (6, sum(stance != STANCES.index("none") for stance in unseen.stances))
    frame = load_scorer(report.folder, threads=1).predict(["$AAPL up and up we go", "$AAPL"])
    assert frame.select("bearish", "bullish").null_count().row(0) == (0, 0)
    assert report.card.stances == ("bearish", "none", "bullish")
    page = (report.folder / "README.md").read_text(encoding="utf-8")
    assert f"with an AUC of {told['auc']:.3f}" in page
    assert f"{report.card.metrics['confidence']['after']:.3f} on average there" in page
    assert f"accuracy {report.card.metrics['by_time']['later']['accuracy']:.3f} for" in page
    assert "12 posts written by rule" in page
    assert "and 40 units of each" in page

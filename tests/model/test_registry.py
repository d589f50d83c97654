"""Scorers by name: found, refused with a remedy, or identified without being loaded."""

from __future__ import annotations

import subprocess
import sys

import pytest

import emtract.model
from emtract.errors import ModelError
from emtract.model import known_models, load_scorer
from emtract.model.registry import BASELINES, DeferredScorer, identify, shipped_folder
from emtract.text import CLEANER_VERSION, Cleaner


def test_the_default_is_known_and_small():
    assert "default" in known_models()
    assert sum(path.stat().st_size for path in shipped_folder("default").iterdir()) < 40e6


@pytest.mark.parametrize("name", ["defualt", "", "./nowhere", "default/", "../model/weights/default"])
def test_a_name_never_means_another_model(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ModelError, match=r"no model is called .*known: .*default|holds no model.json"):
        load_scorer(name)


def test_a_folder_is_a_model(shipped):
    scorer = load_scorer(shipped_folder("default"), threads=1)
    assert (scorer.name, scorer.revision) == (shipped.name, shipped.revision)


def test_known_symbols_change_the_cleaner_and_not_the_model():
    scorer = load_scorer(cleaner=Cleaner(frozenset({"TSLA"})), threads=1)
    assert scorer.cleaner.version.startswith(f"{CLEANER_VERSION}+")
    assert scorer.predict(["$TSLA $AAPL"])["text"].item() == "<ticker> <unknown>"


def test_a_label_map_is_for_transformers_models():
    with pytest.raises(ModelError, match="label_map is for"):
        load_scorer(label_map={"joy": "happy"})


@pytest.mark.parametrize("name", ["default", "fast", "exact", "vader"])
def test_what_computes_on_the_processor_only_says_so(name):
    with pytest.raises(ModelError, match=f"{name} computes on the processor only; take --device cpu"):
        load_scorer(name, device="cuda")


def test_unknown_attributes_are_attribute_errors():
    with pytest.raises(AttributeError, match="nothing"):
        emtract.model.nothing  # noqa: B018


def test_importing_the_package_imports_nothing_heavy():
    heavy = "{'torch', 'transformers', 'onnxruntime', 'openvino', 'tokenizers', 'polars', 'numpy', 'onnx'}"
    code = f"import sys, emtract.model, emtract.model.train, emtract.model.registry; print({heavy} & set(sys.modules))"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "set()"


def test_scoring_needs_no_training_library():
    code = (
        "import sys; sys.modules.update(dict.fromkeys(('torch', 'transformers', 'onnx', 'safetensors')));"
        "from emtract.model import load_scorer; print(load_scorer(threads=1).predict(['to the moon'])['label'].item())"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "happy"


@pytest.mark.parametrize("name", ["default", "exact", "fast", *(b for b in BASELINES if b != "nade")])
def test_identity_is_that_of_the_loaded_scorer(name):
    loaded, told = load_scorer(name), DeferredScorer(name)
    assert (told.name, told.revision, told.cleaner.version) == (loaded.name, loaded.revision, loaded.cleaner.version)
    assert identify(name) == (loaded.name, loaded.revision)


def test_it_loads_at_the_first_text(monkeypatch):
    calls = []

    def load(name, **options):
        calls.append(name)
        return load_scorer(name, **options)

    monkeypatch.setattr("emtract.model.registry.load_scorer", load)
    scorer = DeferredScorer("fast")
    assert scorer.revision
    assert not calls
    assert scorer.score(["moon", ""]).probabilities.shape == (2, 7)
    assert scorer.predict(["moon"]).height == 1
    assert calls == ["fast"]


def test_what_cannot_be_loaded_is_refused_at_once():
    with pytest.raises(ModelError, match="no model is called 'none'"):
        identify("none")
    with pytest.raises(ModelError, match="processor only"):
        DeferredScorer("fast", device="cuda")

import subprocess
import sys

import pytest

import emtract.model
from emtract.errors import ModelError
from emtract.model import known_models, load_scorer
from emtract.model.registry import shipped_folder
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

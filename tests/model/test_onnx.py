"""The ONNX scorer on a tiny model, and the two runtimes that compute it."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emtract.emotions import EMOTIONS
from emtract.errors import ModelError
from emtract.model import known_models, load_scorer, onnx
from emtract.model.card import GRAPH
from emtract.model.onnx import OnnxScorer, load_graph
from emtract.model.registry import shipped_folder
from emtract.model.train.tokens import added_tokens
from emtract.text import clean_post
from emtract.text.rules import TRAINED_ON

#: Any string at all: NUL, controls and lone surrogates included.
ANYTHING = st.text(st.characters(), max_size=60)
few = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
POSTS = [
    "$TSLA to the moon 🚀🚀🚀 love this stock",
    "i can't watch this bleed, lost everything :(",
    "$SPY closed at 450.2 today",
    "this boss is a lying crook, disgusting company",
    "so scared it will crash tomorrow",
    "wow did not expect that!!",
    "",
    "sell " * 300,
]


@few
@given(st.lists(ANYTHING, max_size=8))
def test_every_string_has_a_score(shipped, texts):
    scores = shipped.score(texts)
    assert scores.probabilities.shape == (len(texts), 7)
    assert scores.probabilities.dtype == np.float32
    assert np.isfinite(scores.probabilities).all()
    assert np.allclose(scores.probabilities.sum(axis=1), 1, atol=1e-6)
    assert scores.n_tokens.dtype == np.int32
    assert (scores.truncated == (scores.n_tokens > 126)).all()
    assert scores.stance is None


@few
@given(st.permutations(range(len(POSTS))))
def test_the_order_of_the_texts_is_kept(shipped, order):
    texts = [clean_post(post).text for post in POSTS]
    base, moved = shipped.score(texts), shipped.score([texts[place] for place in order])
    assert np.allclose(moved.probabilities, base.probabilities[list(order)], atol=1e-5)
    assert (moved.n_tokens == base.n_tokens[list(order)]).all()


@pytest.mark.parametrize("batch_tokens", [1, 64, 100_000])
def test_a_score_does_not_depend_on_its_batch(shipped, batch_tokens):
    texts = [clean_post(post).text for post in POSTS] * 3
    other = OnnxScorer(shipped_folder("default"), threads=2, batch_tokens=batch_tokens)
    alone = np.vstack([shipped.score([text]).probabilities for text in texts])
    assert np.abs(other.score(texts).probabilities - alone).max() < 1e-4


def test_chunks_do_not_show(shipped, monkeypatch):
    texts = [clean_post(post).text for post in POSTS]
    whole = shipped.score(texts)
    monkeypatch.setattr("emtract.model.onnx._CHUNK", 3)
    parts = shipped.score(texts)
    assert np.allclose(parts.probabilities, whole.probabilities, atol=1e-5)
    assert (parts.n_tokens == whole.n_tokens).all()


def test_nothing_and_the_empty_text(shipped):
    assert shipped.score([]).probabilities.shape == (0, 7)
    scores = shipped.score([""])
    assert scores.n_tokens.tolist() == [0]
    assert not scores.truncated[0]


def test_tokens_are_counted_before_the_cut(shipped):
    scores = shipped.score(["sell " * 126, "sell " * 127, "sell " * 400])
    assert scores.n_tokens.tolist() == [126, 127, 400]
    assert scores.truncated.tolist() == [False, True, True]
    assert np.allclose(scores.probabilities[1], scores.probabilities[2], atol=1e-5)


def test_each_token_of_the_cleaner_is_one_token_of_the_model(shipped):
    tokens = list(added_tokens())
    assert "🚀" in tokens
    assert "<ticker>" in tokens
    assert (shipped.score(tokens).n_tokens == 1).all()
    unknown = shipped._encoder.tokenizer.token_to_id("[UNK]")
    ids = [encoding.ids for encoding in shipped._encoder.tokenizer.encode_batch(tokens, add_special_tokens=False)]
    assert [unknown] not in ids
    assert len({tuple(row) for row in ids}) == len(tokens)


@pytest.mark.parametrize(
    ("post", "emotion"),
    [
        ("$TSLA to the moon 🚀🚀🚀 love this stock, so happy", "happy"),
        ("so scared this will crash, very worried and nervous", "fear"),
        ("$SPY opens at 9:30", "neutral"),
        ("heartbroken, lost all my money 😢", "sad"),
    ],
)
def test_plain_posts_have_plain_labels(shipped, post, emotion):
    assert shipped.predict([post])["label"].item() == emotion


def test_the_scorer_tells_what_it_is(shipped):
    assert shipped.name == "default"
    assert len(shipped.revision) == 12
    assert tuple(shipped.card.labels) == EMOTIONS
    assert shipped.card.cleaner in TRAINED_ON
    assert shipped.cleaner.version == TRAINED_ON[-1]


PATH = shipped_folder("default") / GRAPH
RUNTIMES = ["openvino", "onnxruntime"]
TEXTS = ["<ticker> to the moon 🚀", "lost everything :(", "closed at <number> today", "scared it will crash", ""]


@pytest.fixture(scope="module", params=RUNTIMES)
def graph(request):
    return load_graph(PATH, runtime=request.param, arithmetic="int8", threads=1)


def test_a_graph_gives_a_row_of_logits_to_each_text(graph):
    logits = graph(np.array([[101, 102], [101, 102]], dtype=np.int64))
    assert logits.shape == (2, len(EMOTIONS))
    assert logits.dtype == np.float32
    assert (logits[0] == logits[1]).all()


def test_an_answer_outlives_the_next_question(graph):
    short, long = np.array([[101, 102]]), np.array([[101, 2000, 102]])
    first = graph(short)
    kept = first.copy()
    graph(long)
    assert (first == kept).all()


def test_threads_may_share_a_graph(graph):
    batches = [np.full((1, 2 + i % 5), 1000 + i, dtype=np.int64) for i in range(40)]
    alone = [graph(batch) for batch in batches]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(graph, batches))
    assert np.abs(np.vstack(together) - np.vstack(alone)).max() < 1e-4


@pytest.mark.parametrize("name", RUNTIMES)
def test_batches_computed_at_once_come_back_in_order(name):
    graph = load_graph(PATH, runtime=name, arithmetic="int8", threads=3)
    assert graph.streams == (3 if name == "openvino" else 1)
    batches = [np.full((1 + i % 3, 2 + i % 7), 1000 + i, dtype=np.int64) for i in range(40)]
    found = graph.map(batches)
    assert [part.shape for part in found] == [(len(batch), len(EMOTIONS)) for batch in batches]
    alone = load_graph(PATH, runtime=name, arithmetic="int8", threads=1).map(batches)
    assert np.abs(np.vstack(found) - np.vstack(alone)).max() < 1e-4
    assert graph.map([]) == []


@pytest.mark.parametrize("name", RUNTIMES)
def test_a_file_that_is_no_graph_is_named(name, tmp_path):
    path = tmp_path / GRAPH
    path.write_bytes(b"not a graph")
    with pytest.raises(ModelError, match=r"model\.onnx cannot be loaded; install .*export the model again"):
        load_graph(path, runtime=name, arithmetic="int8", threads=1)


@pytest.mark.parametrize("name", RUNTIMES)
def test_a_graph_without_an_output_that_is_asked_for_is_named(name):
    with pytest.raises(ModelError, match=r"model\.onnx has no output 'stance'; export the model again"):
        load_graph(PATH, runtime=name, arithmetic="int8", threads=1, outputs=("logits", "stance"))


def test_auto_takes_openvino_and_without_it_onnx_runtime(monkeypatch):
    for loader in ("_load_openvino", "_load_onnxruntime"):
        monkeypatch.setattr(onnx, loader, lambda path, loader=loader, **_: loader)
    options = {"runtime": "auto", "arithmetic": "int8", "threads": 1}
    assert load_graph(PATH, **options) == "_load_openvino"
    monkeypatch.setitem(sys.modules, "openvino", None)
    assert load_graph(PATH, **options) == "_load_onnxruntime"
    assert load_graph(PATH, **{**options, "runtime": "openvino"}) == "_load_openvino"


def test_the_scorer_works_without_openvino(monkeypatch):
    monkeypatch.setitem(sys.modules, "openvino", None)
    assert OnnxScorer(shipped_folder("default"), threads=1).score(TEXTS).probabilities.shape == (len(TEXTS), 7)
    with pytest.raises(ModelError, match=r"openvino cannot be imported .*or pip uninstall openvino"):
        OnnxScorer(shipped_folder("default"), threads=1, runtime="openvino")


def test_the_runtimes_tell_the_same(shipped):
    other = OnnxScorer(shipped_folder("default"), threads=1, runtime="onnxruntime")
    found, expected = (scorer.score(TEXTS).probabilities for scorer in (shipped, other))
    assert (found.argmax(axis=1) == expected.argmax(axis=1)).all()
    assert np.abs(found - expected).max() < 0.05


def test_exact_is_the_default_under_a_name_of_its_own(shipped):
    exact = load_scorer("exact", threads=1)
    assert "exact" in known_models()
    assert (exact.name, exact.revision) == ("exact", shipped.revision)
    found, expected = (scorer.score(TEXTS).probabilities for scorer in (shipped, exact))
    assert np.abs(found - expected).max() < 0.05


def test_neither_runtime_is_loaded_before_a_model_is():
    code = (
        "import sys, emtract.model.onnx, emtract.model.registry\n"
        "assert not {'openvino', 'onnxruntime'} & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_openvino_reports_to_nobody(tmp_path):
    code = (
        "import socket, sys\n"
        "def refuse(*a, **k): raise SystemExit('network')\n"
        "socket.socket.connect = socket.getaddrinfo = refuse\n"
        "from emtract.model import load_scorer\n"
        "load_scorer(threads=1).score(['to the moon'])\n"
        "assert 'openvino' in sys.modules\n"
        "assert not [name for name in sys.modules if name.startswith('openvino_telemetry')]\n"
    )
    homes = dict.fromkeys(("HOME", "USERPROFILE", "LOCALAPPDATA", "XDG_CACHE_HOME", "XDG_CONFIG_HOME"), str(tmp_path))
    command, places = [sys.executable, "-c", code], {**os.environ, **homes}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=places)
    assert done.returncode == 0, done.stderr
    assert not list(tmp_path.iterdir())

"""A static model made by hand: each word pulls towards one emotion, and "not good" away from it."""

import json

import numpy as np

from emtract.emotions import EMOTIONS
from emtract.model.card import CARD, TENSORS, ModelCard, file_digest
from emtract.model.static import StaticModel, Vocabulary
from emtract.text import CLEANER_VERSION

WORDS = ("good", "not", "scared", "🚀", "<ticker>")
PULLS = {"good": "happy", "🚀": "happy", "scared": "fear", "<ticker>": "neutral"}
BUCKETS = 64


def small_model() -> StaticModel:
    width = len(EMOTIONS)
    table = np.random.default_rng(0).normal(0, 0.3, (len(WORDS) + 2 + BUCKETS, width)).astype(np.float32)
    for word, emotion in PULLS.items():
        table[WORDS.index(word), EMOTIONS.index(emotion)] += 8
    end = len(WORDS)
    pairs = np.array([[WORDS.index("not"), WORDS.index("good")], [end, WORDS.index("<ticker>")]], dtype=np.int32)
    table[len(WORDS), EMOTIONS.index("sad")] += 20
    layers = {
        "hidden.weight": np.zeros((2, width + 1), np.float32),
        "hidden.bias": np.zeros(2, np.float32),
        "output.weight": np.hstack([np.ones((width, 2)), np.eye(width), np.zeros((width, 1))]).astype(np.float32),
        "output.bias": np.zeros(width, np.float32),
    }
    return StaticModel(Vocabulary(WORDS, pairs, BUCKETS), table, layers)


def write_folder(folder, model, **changes):
    """Write a model folder without the training library's help: the format is the contract."""
    values = np.abs(model.table).max(axis=1)
    tensors = {
        "words": np.frombuffer("\n".join(model.vocabulary.words).encode(), np.uint8),
        "pairs": model.vocabulary.pairs,
        "table": np.rint(model.table / values[:, None] * 127).astype(np.int8),
        "scales": (values / 127).astype(np.float16),
        **model.layers,
    }
    notes = {"cleaner": CLEANER_VERSION, "labels": ",".join(EMOTIONS), "buckets": str(model.vocabulary.buckets)}
    folder.mkdir(exist_ok=True)
    (folder / TENSORS).write_bytes(pack(tensors, notes | changes))
    digest = {TENSORS: file_digest(folder / TENSORS)}
    card = ModelCard("tiny", CLEANER_VERSION, EMOTIONS, 0, digest, kind="static")
    (folder / CARD).write_text(card.to_json(), encoding="utf-8")
    return folder


def pack(tensors, notes):
    names = {"uint8": "U8", "int8": "I8", "int32": "I32", "float16": "F16", "float32": "F32"}
    header, body = {"__metadata__": notes}, b""
    for name, values in tensors.items():
        data = np.ascontiguousarray(values).tobytes()
        offsets = [len(body), len(body) + len(data)]
        header[name] = {"dtype": names[str(values.dtype)], "shape": list(values.shape), "data_offsets": offsets}
        body += data
    text = json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + body

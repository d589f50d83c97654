"""A corpus and an encoder small enough to train in a second."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime

import numpy as np
import polars as pl
import pytest
import zstandard

from emtract.emotions import EMOTIONS
from emtract.model.train.recipe import Adapt, Distil, Prune, Recipe, Stage

WORDS = {
    "neutral": "closed at nine today",
    "happy": "love this moon 🚀",
    "sad": "lost it all :(",
    "anger": "lying crook hate",
    "disgust": "gross company awful",
    "surprise": "wow did not expect",
    "fear": "scared it will crash",
}


@pytest.fixture(scope="session")
def one_thread():
    """Tiny matrices are slower on two threads than on one, and many times slower on a busy machine."""
    torch = pytest.importorskip("torch", reason='needs pip install "emtract[train]"')
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="session")
def encoder(one_thread, tmp_path_factory):
    pytest.importorskip("torch", reason='needs pip install "emtract[train]"')
    pytest.importorskip("transformers", reason='needs pip install "emtract[train]"')
    pytest.importorskip("onnx", reason='needs pip install "emtract[train]"')
    from transformers import BertConfig, BertModel

    path = tmp_path_factory.mktemp("encoder")
    save_encoder(
        path, BertConfig, BertModel, head=("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"), tail=("rocket", "the")
    )
    return path


def save_encoder(path, config, network, *, head, tail):
    """Write an encoder of two layers that reads letters; `head` and `tail` of its vocabulary are its own."""
    import torch
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

    letters = [chr(code) for code in range(33, 127)]
    words = [*head, *letters, *(f"##{letter}" for letter in letters), *tail]
    first, last = ("[CLS]", "[SEP]") if "[CLS]" in head else ("<s>", "</s>")
    tokenizer = Tokenizer(models.WordPiece({word: i for i, word in enumerate(words)}, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{first} $A {last}", special_tokens=[(mark, words.index(mark)) for mark in (first, last)]
    )
    if first == "[CLS]":
        tokenizer.enable_padding(length=16)
    tokenizer.save(str(path / "tokenizer.json"))
    torch.manual_seed(0)
    shape = config(
        vocab_size=len(words),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=64,
        max_position_embeddings=64,
        initializer_range=0.2,
    )
    network(shape).save_pretrained(path, safe_serialization=True)


@pytest.fixture(scope="session")
def corpora(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    (folder / "emtract_tagged").mkdir()
    rng = np.random.default_rng(0)
    emotions = [EMOTIONS[i % len(EMOTIONS)] for i in range(42)]
    bodies = [
        f"$TSLA {' '.join(rng.permutation(WORDS[emotion].split()))} {'a' * i}b" for i, emotion in enumerate(emotions)
    ]
    rows = {"row": range(42), "fold": [1 + i % 4 for i in range(42)], "emotion": emotions, "body": bodies}
    pl.DataFrame({**rows, "text": bodies}).write_parquet(folder / "emtract_tagged" / "tagged.parquet")
    first = [*emotions[:40], "fear", "fear"]
    dates = [date(2010 + i % 12, 1, 1) if i else None for i in range(42)]
    tags = [(None, "bullish", "bearish")[i % 3] for i in range(42)]
    second = {"row": range(42), "first_reading": first, "date_about": dates, "writer_sentiment": tags}
    pl.DataFrame(second).write_parquet(folder / "emtract_tagged" / "second_reading.parquet")
    write_tweeteval(folder)
    write_stockemotions(folder, bodies[0])
    write_stocknet(folder, bodies[1])
    write_stocktwits(folder, bodies[2])
    return folder


def write_tweeteval(folder):
    base = folder / "tweeteval" / "emotion"
    base.mkdir(parents=True)
    (base / "mapping.txt").write_text("0\tanger\n1\tjoy\n", encoding="utf-8")
    for part in ("train", "val"):
        (base / f"{part}_text.txt").write_text("i hate it\nlove it\n", encoding="utf-8")
        (base / f"{part}_labels.txt").write_text("0\n1\n", encoding="utf-8")


def write_stockemotions(folder, tagged):
    (folder / "stockemotions").mkdir()
    header = "id,date,ticker,emo_label,senti_label,original,processed\n"
    for part, body in (("train", "up we go 🚀"), ("val", tagged)):
        row = f'1,2020-01-01,TSLA,excitement,bullish,"{body}",x\n2,2020-01-01,TSLA,panic,bearish,down {part},x\n'
        (folder / "stockemotions" / f"{part}.csv").write_text(header + row, encoding="utf-8")


def write_stocknet(folder, tagged):
    tweets = folder / "stocknet" / "tweets"
    tweets.mkdir(parents=True)
    texts = [
        "$AAPL will crash and burn",
        "rt @x $AAPL closed at nine today",
        "$AAPL",
        tagged,
        "$AAPL will crash and burn",
    ]
    lines = "".join(json.dumps({"text": text}) + "\n" for text in texts)
    (tweets / "AAPL.jsonl.zst").write_bytes(zstandard.compress(lines.encode()))


def write_stocktwits(folder, tagged):
    """Twelve messages of 2021, of which two say the same, and eight of 2022, of which one was there before."""
    (folder / "stocktwits").mkdir()
    stances = ["bullish", "bearish", None, "bullish"]
    early = [f"$AAPL up and up we go number {name}" for name in "abcdefghij"]
    bodies = [*early, early[0], tagged, early[3], *(f"$AAPL later it goes up {name}" for name in "abcdefg")]
    pl.DataFrame(
        {
            "id": range(20),
            "created_at": [datetime(2021 if i < 12 else 2022, 1, 1, 12, i, tzinfo=UTC) for i in range(20)],
            "body": bodies,
            "sentiment": [stances[i % 4] for i in range(20)],
        }
    ).write_parquet(folder / "stocktwits" / "messages.parquet")


@pytest.fixture(scope="session")
def recipe():
    stage = Stage(epochs=1, batch_size=8, learning_rate=3e-3, head_rate=1e-2)
    rows = {"tweeteval": 8, "stockemotions": 5}
    return Recipe("tiny", 7, 48, 0.1, "fp32", rows, stage, Stage(16, 8, 3e-3, 1e-2))


@pytest.fixture(scope="session")
def whole_recipe(recipe):
    """Every stage: masked posts, joint, two members, distilled, one of two layers kept."""
    posts = {"stocknet": 10, "stockemotions": 10}
    adapt = Adapt(epochs=2, batch_size=4, learning_rate=1e-3, head_rate=1e-3, posts=posts)
    distil = Distil(epochs=12, batch_size=8, learning_rate=3e-3, head_rate=1e-2, posts=posts, repeats=2)
    prune = Prune(epochs=4, batch_size=8, learning_rate=3e-3, head_rate=1e-2, layers=[1])
    return replace(recipe, name="whole", adapt=adapt, head="joint", members=2, distil=distil, prune=prune)

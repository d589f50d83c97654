"""Input that nobody should send: a flagged row, or one named error; never another kind of traceback."""

import json
import shutil

import numpy as np
import pandas as pd
import polars as pl
import pytest

from emtract.emotions import EMOTIONS
from emtract.errors import EmtractError, ModelError, SourceError
from emtract.model import load_scorer
from emtract.model.card import CARD, GRAPH, TOKENIZER, ModelCard, file_digest, read_card
from emtract.model.registry import shipped_folder

HOSTILE = {
    "nothing": "",
    "blanks": " \t\r\n\u00a0\u2003\u200b",
    "nul": "\x00",
    "nuls inside": "to\x00the\x00moon",
    "lone surrogates": "\ud800 moon \udfff",
    "half an emoji": "\ud83d",
    "right to left": "\u202e$TSLA \u202dmoon\u202c \u200fshalom \u05e9\u05dc\u05d5\u05dd",
    "joiners": "\u200d" * 5_000,
    "a joined family": "👨\u200d👩\u200d👧\u200d👦" * 1_000,
    "broken joins": "👨\u200d\u200d👩\u200d🚀" * 1_000,
    "emojis in a row": "🚀" * 10_000,
    "flags in a row": "🇺" * 10_001,
    "combining marks": "e" + "\u0301" * 20_000,
    "a megabyte without a blank": "a" * 10**6,
    "a megabyte of words": "sell now " * 120_000,
    "a megabyte of entities": "&amp;" * 200_000,
    "a megabyte of cashtags": "$TSLA" * 200_000,
    "nested entities": "&" + "amp;" * 10_000,
    "markup": "<script>alert(1)</script><ticker><[CLS]>[SEP][PAD]",
    "sql": "'; DROP TABLE posts; --",
    "private use and noncharacters": "\ue000\ufffe\uffff\U0010ffff",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_every_string_is_one_scored_row(shipped, name):
    frame = shipped.predict([HOSTILE[name]])
    probabilities = frame.select(EMOTIONS).to_numpy()
    assert probabilities.shape == (1, 7)
    assert np.isfinite(probabilities).all()
    assert probabilities.sum() == pytest.approx(1, abs=1e-5)
    assert frame["label"].item() in EMOTIONS
    assert frame["kind"].item() in {"words", "emoji_only", "placeholder_only", "empty"}


def test_hostile_posts_do_not_move_their_neighbours(shipped):
    alone = shipped.predict(["$TSLA to the moon 🚀"])
    among = shipped.predict([*HOSTILE.values(), "$TSLA to the moon 🚀"])
    assert among.height == len(HOSTILE) + 1
    assert np.allclose(among.select(EMOTIONS).to_numpy()[-1], alone.select(EMOTIONS).to_numpy()[0], atol=2e-3)


def test_what_holds_no_text_is_flagged(fake):
    kinds = fake.predict([HOSTILE[name] for name in ("nothing", "blanks", "nul", "joiners")])["kind"].to_list()
    assert kinds == ["empty"] * 4


def test_what_is_cut_is_flagged(shipped):
    assert shipped.predict([HOSTILE["a megabyte of words"]])["truncated"].item()


@pytest.mark.parametrize("missing", [None, float("nan"), np.float64("nan"), np.float32("nan"), pd.NA, pd.NaT])
def test_a_missing_post_is_an_empty_row_as_in_a_file(fake, missing):
    frame = fake.predict(["moon", missing, "sell"])
    assert frame["kind"].to_list() == ["words", "empty", "words"]
    assert frame["text"].to_list() == ["moon", "", "sell"]


@pytest.mark.parametrize(
    "column", [pl.Series(["moon", None]), np.array(["moon", None], dtype=object), iter(["moon", None])]
)
def test_columns_of_other_libraries_are_lists_of_posts(fake, column):
    assert fake.predict(column)["kind"].to_list() == ["words", "empty"]


@pytest.mark.parametrize("value", [1, 1.5, True, b"moon", ["moon"], {"body": "moon"}, object()])
def test_what_is_no_text_is_named_with_its_place(fake, value):
    with pytest.raises(SourceError, match=rf"^post 1 is {type(value).__name__}, not text; convert it"):
        fake.predict(["moon", value])


@pytest.mark.parametrize("value", ["to the moon", b"to the moon", ""])
def test_one_string_is_not_a_list_of_letters(fake, value):
    with pytest.raises(SourceError, match=r"one string; give a list"):
        fake.predict(value)


@pytest.fixture
def folder(tmp_path):
    return shutil.copytree(shipped_folder("default"), tmp_path / "model")


def seal(folder):
    """Write a card whose digests and revision fit the files as they are now."""
    held = json.loads((folder / CARD).read_text(encoding="utf-8"))
    held["files"] = {name: file_digest(folder / name) for name in held["files"]}
    held.pop("revision")
    (folder / CARD).write_text(ModelCard(**held).to_json(), encoding="utf-8")


@pytest.mark.parametrize("name", [GRAPH, TOKENIZER])
@pytest.mark.parametrize("damage", [b"", b"\x00" * 100, b"{}", b"<html>not found</html>"])
def test_a_file_that_is_no_model_is_a_named_error_even_with_a_fitting_digest(folder, name, damage):
    (folder / name).write_bytes(damage)
    with pytest.raises(ModelError, match="damaged"):
        load_scorer(folder)
    seal(folder)
    assert read_card(folder).files[name] == file_digest(folder / name)
    with pytest.raises(ModelError) as caught:
        load_scorer(folder)
    assert "\n" not in str(caught.value)


def test_a_torn_graph_is_a_named_error(folder):
    (folder / GRAPH).write_bytes((folder / GRAPH).read_bytes()[:-1000])
    seal(folder)
    with pytest.raises(ModelError):
        load_scorer(folder).predict(["to the moon"])


@pytest.mark.parametrize("labels", [[], EMOTIONS[:6], [*EMOTIONS, "joy"], [*EMOTIONS[:6], "panic"], None, 7])
def test_a_card_of_other_labels_is_a_named_error(folder, labels):
    held = json.loads((folder / CARD).read_text(encoding="utf-8"))
    (folder / CARD).write_text(json.dumps(held | {"labels": labels}), encoding="utf-8")
    with pytest.raises(ModelError):
        load_scorer(folder)


@pytest.mark.parametrize("path", ["\x00", "a" * 5_000, "\ud800"])
def test_a_name_that_no_system_takes_is_a_named_error(path):
    with pytest.raises(EmtractError):
        load_scorer(path)

import json

import numpy as np
import pytest

from emtract.emotions import EMOTIONS, STANCES
from emtract.errors import ModelError
from emtract.misreading import read_misreading
from emtract.model.card import CARD, GRAPH, TOKENIZER, ModelCard, add_misreading, file_digest, read_card
from emtract.text import CLEANER_VERSION


@pytest.fixture
def folder(tmp_path):
    (tmp_path / GRAPH).write_bytes(b"graph")
    (tmp_path / TOKENIZER).write_bytes(b"{}")
    write(tmp_path)
    return tmp_path


def write(folder, **changes):
    files = {name: file_digest(folder / name) for name in (GRAPH, TOKENIZER)}
    values = {"name": "m", "cleaner": CLEANER_VERSION, "labels": EMOTIONS, "max_length": 128, "files": files}
    card = ModelCard(**(values | changes))
    (folder / CARD).write_text(card.to_json(), encoding="utf-8")
    return card


def test_a_card_comes_back(folder):
    assert read_card(folder).revision == write(folder).revision
    assert json.loads((folder / CARD).read_text())["revision"] == read_card(folder).revision


def test_the_revision_follows_what_a_score_depends_on(folder):
    base = write(folder).revision
    assert write(folder, metrics={"accuracy": 1}, name="other").revision == base
    assert write(folder, max_length=64).revision != base


def test_a_card_that_was_written_before_stances_keeps_its_revision(folder):
    card = read_card(folder)
    assert card.stances == () and card.revision == write(folder, stances=()).revision
    told = json.loads((folder / CARD).read_text())
    old = {key: value for key, value in told.items() if not key.startswith("stance")}
    (folder / CARD).write_text(json.dumps(old))
    assert read_card(folder) == card


def test_a_model_that_reads_stances_is_another_and_says_so(folder):
    base = write(folder).revision
    assert write(folder, stances=STANCES).revision != base
    assert read_card(folder).stances == STANCES
    (folder / CARD).write_text((folder / CARD).read_text().replace('"none"', '"neutral"'))
    with pytest.raises(ModelError, match=r"stances .*neutral.* are not .*; export the model again"):
        read_card(folder)


def test_a_card_says_how_its_model_misreads_and_stays_of_its_revision(folder):
    base, labels = read_card(folder), np.repeat(np.arange(7), 40)
    p = np.random.default_rng(0).dirichlet(np.ones(7), len(labels)).astype(np.float32)
    card = add_misreading(folder, base, probabilities=p, labels=labels)
    assert (card.revision, read_card(folder)) == (base.revision, card)
    found = read_misreading(folder / CARD)
    assert found.name == f"m@{base.revision}" and found.how.startswith("out of fold on 280 tagged posts")
    np.testing.assert_allclose(found.means[3], p[labels == 3].mean(axis=0), rtol=1e-6)
    (folder / CARD).write_text(write(folder, misreading=dict(card.misreading) | {"revision": "other"}).to_json())
    with pytest.raises(ModelError, match=r"the misreading is of m@other"):
        read_card(folder)


@pytest.mark.parametrize("name", [GRAPH, TOKENIZER])
def test_a_changed_file_is_refused(folder, name):
    (folder / name).write_bytes(b"other")
    with pytest.raises(ModelError, match="damaged; reinstall"):
        read_card(folder)


def test_a_missing_file_is_refused(folder):
    (folder / GRAPH).unlink()
    with pytest.raises(ModelError, match="missing or damaged"):
        read_card(folder)


def test_another_cleaner_is_refused(folder):
    write(folder, cleaner="0")
    with pytest.raises(ModelError, match=r"trained for cleaner 0.*train it again"):
        read_card(folder)


def test_other_labels_are_refused(folder):
    write(folder, labels=tuple(reversed(EMOTIONS)))
    with pytest.raises(ModelError, match="labels"):
        read_card(folder)


def test_an_edited_card_is_refused(folder):
    text = (folder / CARD).read_text()
    (folder / CARD).write_text(text.replace('"max_length": 128', '"max_length": 64'))
    with pytest.raises(ModelError, match="edited"):
        read_card(folder)


@pytest.mark.parametrize("text", ["", "[]", "{", '{"name": "m"}', "\xff"])
def test_a_broken_card_is_one_line(folder, text):
    (folder / CARD).write_text(text, encoding="latin-1")
    with pytest.raises(ModelError, match="cannot be read") as caught:
        read_card(folder)
    assert "\n" not in str(caught.value)


def test_an_empty_folder_is_no_model(tmp_path):
    with pytest.raises(ModelError, match=r"holds no model.json"):
        read_card(tmp_path)

import json

import pytest

from emtract.emotions import EMOTIONS, STANCES
from emtract.errors import ModelError
from emtract.model.card import CARD, GRAPH, TOKENIZER, ModelCard, file_digest, read_card
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

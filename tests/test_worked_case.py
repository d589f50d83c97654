"""The worked case on the page of tagging is that of the committed tags, which hold no text."""

import json
import shutil
from pathlib import Path

from emtract.config import load_settings
from emtract.misreading import read_misreading
from emtract.tagging.answers import read_tags
from emtract.tagging.reread import misreading_of_tags
from emtract.tagging.sample import read_sample
from tests.worked_case import ADAPTED, CARD, CARRIED, CASE, ERRORS, FILES, GIVEN, PAGE, blocks, filled


def test_the_tables_of_the_page_are_those_of_the_tags():
    text = PAGE.read_text(encoding="utf-8")
    assert filled(text, blocks()) == text, "make it again: python -m tests.worked_case"


def test_other_tags_make_other_tables(tmp_path):
    case = shutil.copytree(CASE, tmp_path / "case")
    told = json.loads((case / FILES[0]).read_text())
    told["answers"] = [[key, "happy"] for key, _ in told["answers"]]
    (case / FILES[0]).write_text(json.dumps(told))
    mine, theirs = blocks(case), blocks()
    assert all(mine[name] != theirs[name] for name in ("case", "accuracy", "emotions", "confidence", "plan"))


def test_no_text_is_committed():
    sample = read_sample(CASE)
    made = {path.name for path in (ERRORS, GIVEN, CARRIED, ADAPTED, CARD)}
    assert {path.name for path in CASE.iterdir()} == {"sample.json", *made, *FILES}
    for name in FILES:
        answers = json.loads((CASE / name).read_text())["answers"]
        assert {key for key, _ in answers} == set(sample.keys)
    assert all(key.isdigit() for key in sample.keys)


def test_the_card_that_the_configuration_names_is_that_of_the_tags(tmp_path):
    folder = Path(shutil.copytree(CASE, tmp_path / "tags"))
    tags = read_tags(folder, [folder / name for name in FILES])
    card = misreading_of_tags(read_sample(folder), tags.frame, grain="valence")
    assert read_misreading(CARD).to_plain() == json.loads(json.dumps(card.to_plain()))
    settings = load_settings(CASE.parent.parent / "stocktwits.toml")
    assert settings.resolve(settings.model.misreading) == CARD

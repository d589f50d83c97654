"""The worked case on the page of tagging is that of the committed tags, which hold no text."""

import json
import shutil

from emtract.tagging.sample import read_sample
from tests.worked_case import CASE, FILES, PAGE, blocks, filled


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
    assert {path.name for path in CASE.iterdir()} == {"sample.json", "errors.csv", *FILES}
    for name in FILES:
        answers = json.loads((CASE / name).read_text())["answers"]
        assert {key for key, _ in answers} == set(sample.keys)
    assert all(key.isdigit() for key in sample.keys)

import json

import pytest

from emtract.errors import ReportError
from tests.benchmarks.measure import Measure
from tests.benchmarks.report import frame, write_report

SECTIONS = {
    "machine": [Measure("processor", "A | B")],
    "cleaner": [Measure("cleaner: rows", 20205.4, "posts/s a core", "once"), Measure("share", 0.401)],
}


def test_the_report_is_a_list_of_rows_and_a_table_a_section(tmp_path):
    as_json, as_text = write_report(SECTIONS, tmp_path / "new", posts="a fake archive")
    rows = json.loads(as_json.read_text(encoding="utf-8"))
    assert rows[1] == {"name": "cleaner: rows", "value": 20205.4, "unit": "posts/s a core", "note": "once"}
    assert [row["name"] for row in rows] == ["processor", "cleaner: rows", "share"]
    text = as_text.read_text(encoding="utf-8")
    assert "a fake archive" in text
    assert "## cleaner\n\n| what | value | unit | how |\n|---|---:|---|---|\n| cleaner: rows | 20,205 |" in text
    assert r"| processor | A \| B |  |  |" in text


def test_the_prompt_shows_every_row():
    assert frame(SECTIONS).rows()[1] == ("cleaner: rows", "20,205", "posts/s a core", "once")


def test_a_folder_that_cannot_be_made_is_a_named_error(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(ReportError, match="--output"):
        write_report(SECTIONS, tmp_path / "file" / "sub", posts="x")

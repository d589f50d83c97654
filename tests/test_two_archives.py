"""The page of two archives shows the committed results."""

from tests.two_archives import PAGE, REPORTS, blocks, filled


def test_the_tables_of_the_page_are_those_of_the_reports():
    text = PAGE.read_text(encoding="utf-8")
    assert filled(text, blocks()) == text, "make it again: python -m tests.two_archives"


def test_both_archives_stand_in_every_row(tmp_path):
    made = blocks()
    lines = made["results"].splitlines()
    assert len(lines) > 20 and {line.count("|") for line in lines} == {7}
    for name in ("results.csv", "daily_returns/precision.csv", "stocktwits/daily_returns/precision.csv"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text((REPORTS / name).read_text(encoding="utf-8").replace("0.0", "0.3"), encoding="utf-8")
    assert blocks(tmp_path)["results"] != made["results"]
    assert blocks(tmp_path)["precision"] != made["precision"]

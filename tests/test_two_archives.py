"""The page of two archives is made of both archives' committed results."""

from tests.docs.cells import REPORTS
from tests.docs.two_archives import precision, results


def test_both_archives_stand_in_every_row(tmp_path):
    lines = results().splitlines()
    assert len(lines) > 20 and {line.count("|") for line in lines} == {7}
    for name in ("results.csv", "daily_returns/precision.csv", "stocktwits/daily_returns/precision.csv"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text((REPORTS / name).read_text(encoding="utf-8").replace("0.0", "0.3"), encoding="utf-8")
    assert results(tmp_path) != results()
    assert precision(tmp_path) != precision()

"""The page of two archives is made of both archives' committed results."""

from tests.docs.cells import REPORTS
from tests.docs.two_archives import corrected, precision, reliable, result, results, unit


def test_both_archives_stand_in_every_row(tmp_path):
    lines = results().splitlines()
    assert len(lines) > 20 and {line.count("|") for line in lines} == {7}
    for name in ("results.csv", "daily_returns/precision.csv", "stocktwits/daily_returns/precision.csv"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text((REPORTS / name).read_text(encoding="utf-8").replace("0.0", "0.3"), encoding="utf-8")
    assert results(tmp_path) != results()
    assert precision(tmp_path) != precision()


def test_measurement_is_told_of_both_windows_of_both_archives(tmp_path):
    assert {line.count("|") for line in reliable().splitlines()} == {6}
    assert [line.split(" | ")[0] for line in corrected().splitlines()[2:]] == ["| Twitter"] * 2 + ["| StockTwits"] * 2
    for name in ("measurement.csv", "reliability_curve.csv"):
        for archive in ("", "stocktwits/"):
            path = tmp_path / archive / "daily_returns" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text((REPORTS / archive / "daily_returns" / name).read_text(encoding="utf-8").replace("3", "4"))
    assert reliable(tmp_path) != reliable()
    assert corrected(tmp_path) != corrected()


def test_a_number_and_its_interval_share_their_decimals():
    row = {"estimate": 2.04, "std_error": 0.95, "conf_low": 0.06, "conf_high": 4.47, "unit": "", "term": "x"}
    assert result(row) == "2.04 (0.06 to 4.47)"
    assert result(row | {"estimate": -0.594, "std_error": 562.0, "conf_low": -1107.2, "conf_high": 1106.0}) == (
        "\u22121 (\u22121,107 to 1,106)"
    )
    assert result(row | {"conf_low": None}) == "2.04"
    assert unit(row) == ""
    assert unit(row | {"term": "share_significant"}) == "share"

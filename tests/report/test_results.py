"""The table of all headline numbers: what it reads from the files beside each page, and how it is printed."""

import csv
import io
import json

import polars as pl
import pytest

from emtract.report.index import write_index
from emtract.report.results import ResultRow, collect_results, results_csv

NUMBER = {
    "spec": "Same session", "term": "Happy, market hours", "tone": "happy", "unit": "basis points", "estimate": 9.1,
    "conf_low": 7.0, "conf_high": 11.0, "p_value": 0.001, "key": ["same", "happy_market"], "role": "primary", "slope": True,
    "standardised": True, "clusters": "30 firms, 120 sessions", "effective_clusters": 8.3, "bootstrapped": True,
}  # fmt: skip
ESTIMATES = {
    "spec": "same", "label": "Same session", "y": "r", "term": "happy_market", "estimate": 9.1, "std_error": 1.04,
    "statistic": 8.7, "p_value": 0.0004, "conf_low": 7.0, "conf_high": 11.2, "mean": 0.1, "sd": 0.05, "n_obs": 26_418,
    "r2_within": 0.01, "role": "primary",
}  # fmt: skip
MEASURED = {
    "spec": "same", "term": "happy_market", "reliability": 0.31, "low": 0.2, "high": 0.4, "estimate": 30.2, "std_error": 4.4,
    "set_low": 20.0, "set_high": 41.0, "set_pieces": 1, "set": "20 to 41",
}  # fmt: skip


def page(folder, number=None, *, estimates=None, measured=None, name="daily_returns"):
    folder.mkdir(parents=True)
    told = {
        "format": 4, "name": name, "question": "What?", "answer": "That.", "headline": [NUMBER | (number or {})], "specs": {},
        "firms": 30, "sessions": 120, "first_session": "2016-01-04", "last_session": "2018-05-01",
        "provenance": {"scorer": "fast", "revision": "1"},
    }  # fmt: skip
    (folder / "manifest.json").write_text(json.dumps(told))
    pl.DataFrame([ESTIMATES | (estimates or {})]).write_csv(folder / "estimates.csv")
    if measured is not False:
        pl.DataFrame([MEASURED | (measured or {})]).write_csv(folder / "measurement.csv")


@pytest.fixture
def home(tmp_path):
    page(tmp_path / "daily_returns")
    page(tmp_path / "small" / "daily_returns", {"role": "headline"}, measured=False)
    (tmp_path / "small" / "index.html").write_text("")
    return tmp_path


def only(folder) -> ResultRow:
    (row,) = collect_results(folder)
    return row


def test_a_row_a_headline_number_and_archive(home):
    own, other = collect_results(home)
    assert (own.archive, other.archive) == ("", "small")
    assert (own.page, other.page) == ("daily_returns/index.html", "small/daily_returns/index.html")
    assert own.where == "30 firms, 2016\u20132018"
    assert other.where == "small, 30 firms, 2016\u20132018"
    assert own.texts == (
        "Happy, market hours", "9.1\u00a0(1.0)\u00a0bp", "<0.001\u00a0b", "9.1", "30.2\u00a0(4.4)", "0.31", "26,418",
        "30 firms, 120 sessions [8]",
    )  # fmt: skip
    assert (other.corrected, other.corrected_set, other.reliability, other.role) == (None, "", None, "headline")


@pytest.mark.parametrize(
    ("number", "estimates", "expected"),
    [
        ({}, {}, 9.1),
        ({"standardised": False}, {}, 9.1 * 0.05),
        ({"unit": "per cent"}, {}, 910.0),
        ({"unit": ""}, {}, None),
        ({"slope": False}, {}, None),
    ],
)
def test_effects_in_basis_points_for_a_standard_deviation(tmp_path, number, estimates, expected):
    page(tmp_path / "one", number, estimates=estimates)
    found = only(tmp_path).bp_per_sd
    assert found == (None if expected is None else pytest.approx(expected))


@pytest.mark.parametrize(
    "noisy", [{"low": -0.1}, {"set_pieces": 2}, {"set_high": float("inf")}, {"estimate": None}], ids=str
)
def test_where_there_is_no_reliable_point_the_set_stands_in_its_place(tmp_path, noisy):
    page(tmp_path / "one", measured=noisy | {"set": "at least 157"})
    assert only(tmp_path).texts[4] == "at least 157"


def test_a_horizon_is_found_under_the_name_of_its_regression(tmp_path):
    page(
        tmp_path / "one", {"key": ["path", "happy_market, 5 sessions"]},
        estimates={"spec": "path", "term": "happy_market, 5 sessions"}, measured={"spec": "path, 5 sessions"},
    )  # fmt: skip
    assert only(tmp_path).reliability == 0.31


@pytest.mark.parametrize("number", [{"key": []}, {"key": ["same", "gone"]}], ids=str)
def test_a_page_that_does_not_name_its_numbers_has_no_row(tmp_path, number):
    page(tmp_path / "one", number)
    assert collect_results(tmp_path) == []
    assert "All headline numbers" not in write_index(tmp_path).read_text("utf-8")
    assert not (tmp_path / "results.csv").exists()


@pytest.mark.parametrize("data", [b"", b"\xff\xfe", b"spec,term\n\x00", b"a,b\n1,2\n"], ids=str)
def test_broken_numbers_are_passed_over(tmp_path, data):
    page(tmp_path / "one")
    (tmp_path / "one" / "estimates.csv").write_bytes(data)
    assert collect_results(tmp_path) == []
    page(tmp_path / "two")
    (tmp_path / "two" / "measurement.csv").write_bytes(data)
    assert only(tmp_path).reliability is None


def test_the_index_prints_sorts_and_exports_them(home):
    text = write_index(home).read_text("utf-8")
    assert text.count("data-sort=") == 2 * 8
    assert 'data-label="p" data-sort="0.0004">&lt;0.001\u00a0b</td>' in text
    assert 'class="primary">Happy, market hours</a>' in text
    rows = list(csv.DictReader(io.StringIO((home / "results.csv").read_text("utf-8"))))
    assert [row["archive"] for row in rows] == ["", "small"]
    assert float(rows[0]["estimate"]) == 9.1
    assert rows[1]["reliability"] == ""
    assert results_csv(collect_results(home)) == (home / "results.csv").read_text("utf-8")
    latex = (home / "results.tex").read_text("utf-8")
    assert r"\toprule" in latex
    assert "26,418" in latex
    assert "Daily returns: small, 30 firms, 2016--2018" in latex


def test_the_index_links_to_the_page_to_explore_where_there_is_one(home):
    assert "explore.html" not in write_index(home).read_text("utf-8")
    (home / "explore.html").write_text("a page", encoding="utf-8")
    assert '<a href="explore.html">' in write_index(home).read_text("utf-8")


def test_what_a_manifest_says_is_escaped(tmp_path):
    page(tmp_path / "one", {"term": "<script>alert(1)</script>", "clusters": '"><b>'})
    text = write_index(tmp_path).read_text("utf-8")
    assert "<script>alert" not in text
    assert '"><b>' not in text

"""The page of instruments: what it says is what was found, the same bytes again, nothing hostile, and parts that may lack."""

import json
import re

import numpy as np
import polars as pl
import pytest

from emtract.model.pairs import compare_pairs, confusions
from emtract.report.compare import page
from emtract.report.compare.found import HEADLINES, SPREAD, Comparison, Instrument, Leaderboard
from emtract.report.compare.page import write_comparison

HOSTILE = "</script><script>window.pwned=1</script>"


def headlines(estimates, *, study="mine", scorers=("default", "fast")):
    rows = [
        dict.fromkeys(HEADLINES)
        | {"study": study, "question": "Does it?", "spec": "main", "label": "Same session", "term": "valence_market"}
        | {"words": "the difference", "unit": "basis points", "role": "primary", "scorer": scorer, "n_obs": 100}
        | {"estimate": value, "std_error": 1.0, "conf_low": value - 2, "conf_high": value + 2, "p_value": 0.01}
        for scorer, value in zip(scorers, estimates, strict=True)
    ]
    return pl.DataFrame(rows, schema=HEADLINES)


def leaderboard():
    row = dict.fromkeys(SPREAD)
    told = [
        {"file": "a.csv", "scorer": scorer, "n": 90, "seen": seen} | row | {"valence_accuracy": value}
        | {"valence_accuracy_low": value - 0.05, "valence_accuracy_high": value + 0.05}
        for scorer, value, seen in (("default@1", 0.9, True), ("vader@3", 0.5, False), ("nrclex@4", 0.6, None))
    ]  # fmt: skip
    return Leaderboard(pl.DataFrame(told, schema_overrides=SPREAD), ("a note on files",))


def comparison(**more):
    rng = np.random.default_rng(0)
    readings = {name: rng.dirichlet(np.ones(7), 300) for name in ("default", "fast", HOSTILE)}
    readings["fast"] = (readings["fast"] + 4 * readings["default"]) / 5
    groups = pl.DataFrame({"emoji": ["with", "without"] * 150, "year": [2020, 2021, 2021] * 100})
    found = {
        "instruments": tuple(Instrument(n, n, "1", "2", False, 10, True) for n in readings),
        "texts": 300,
        "of": 900,
        "pairs": compare_pairs(readings, groups),
        "confusions": confusions(readings),
        "headlines": headlines((10.0, 9.0)),
        "leaderboard": leaderboard(),
        "notes": (HOSTILE,),
    }
    return Comparison(**found | more)


def test_the_answer_names_the_closest_and_whether_numbers_hold():
    answer = comparison().answer
    assert answer.startswith("The number holds under every instrument that has it.")
    assert "the closest instruments are default and fast" in answer
    # `default` was trained on the file: the best of the others is named.
    assert "nrclex (60.0\u00a0% of 90 posts of a.csv)" in answer


@pytest.mark.parametrize(
    ("estimates", "word"),
    [
        ((10.0, 9.0), "holds under fast too"),
        ((10.0, 1.0), "does not hold under fast (+1.0 bp, 95 % interval \u22121.0 to 3.0)"),
        ((10.0, -9.0), "does not hold under fast"),
        ((1.0, 0.5), "not distinguishable from zero. This holds under fast too"),
        ((1.0, 9.0), "does not hold under fast"),
    ],
)
def test_a_finding_holds_where_sign_and_significance_do(estimates, word):
    (told,) = comparison(headlines=headlines(estimates)).held
    assert word in told


def test_a_number_of_one_instrument_holds_nowhere():
    alone = headlines((3.0, 2.0)).with_columns(
        pl.when(pl.col("scorer") == "default").then(pl.col("estimate", "conf_low", "conf_high"))
    )
    assert comparison(headlines=alone).held == ()


def test_the_page_is_one_file_that_is_the_same_again(tmp_path):
    made = write_comparison(comparison(), tmp_path / "one", notice="Generated.")
    again = write_comparison(comparison(), tmp_path / "two", notice="Generated.")
    assert made.read_bytes() == again.read_bytes()
    html = made.read_text(encoding="utf-8")
    assert not re.search(r'<(script|link|img)[^>]*(src|href)="(?!#)', html)
    assert HOSTILE not in html and "Generated." in html
    told = json.loads((tmp_path / "one" / "manifest.json").read_text())
    assert told["kind"] == "comparison" and set(told["files"]) >= {"index.html", "pairs.csv", "leaderboard.csv"}
    assert pl.read_csv(tmp_path / "one" / "headlines.csv")["estimate"].to_list() == [10.0, 9.0]


def test_parts_that_were_not_asked_for_are_not_there(tmp_path):
    files = Comparison(leaderboard=leaderboard())
    html = write_comparison(files, tmp_path).read_text(encoding="utf-8")
    assert "Who reads labelled posts best?" in html and "Do they read the same text alike?" not in html
    assert not (tmp_path / "pairs.csv").exists()
    alone = write_comparison(comparison(leaderboard=None, headlines=Comparison().headlines), tmp_path)
    html = alone.read_text(encoding="utf-8")
    assert "Who reads labelled posts best?" not in html and "Does the finding hold" not in html
    assert not (tmp_path / "leaderboard.csv").exists()


def test_a_manifest_tells_of_no_table_that_is_gone(tmp_path, monkeypatch):
    """A page with fewer tables takes the place of another, and is killed before it has a manifest of its own."""
    write_comparison(comparison(), tmp_path)
    real = page.write_if_changed

    def killed(path, told):
        if path.name == "manifest.json":
            raise KeyboardInterrupt
        real(path, told)

    monkeypatch.setattr(page, "write_if_changed", killed)
    with pytest.raises(KeyboardInterrupt):
        write_comparison(comparison(leaderboard=None), tmp_path)
    told = json.loads((tmp_path / "manifest.json").read_text())["files"]
    assert "leaderboard.csv" in told and all((tmp_path / name).is_file() for name in told)

"""Tables of precision: what stands in them, what is folded away, and that they survive every export."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise
from math import inf
from types import SimpleNamespace
from typing import Any

import docx
import numpy as np
import polars as pl
import pytest

from emtract.econometrics.measurement.measured import CANNOT_TELL
from emtract.emotions import NON_NEUTRAL
from emtract.report.tables.export import study_html, study_latex, table_to_latex, write_word
from emtract.report.tables.measurement import (
    MOST_MOODS,
    TOO_NOISY,
    corrected_tables,
    measurement_tables,
    precision_tables,
)
from emtract.study import Exhibit, Study, StudyResult
from tests.report.conftest import simulated_panel, specs

ROW = {
    "texts": 2.5, "one_text": 0.55, "halves": 0.1, "halves_error": 0.02, "reliability": 0.2, "low": 0.1, "high": 0.3,
    "per_measured_sd": 3.0, "per_true_sd": 6.7, "per_true_sd_least": 4.4, "reported": 4.0, "reported_error": 1.1, "n_obs": 900,
    "naive": 9.0, "naive_error": 1.8, "estimate": 45.0, "std_error": 11.0, "set_low": 30.0, "set_high": 80.0, "set_pieces": 1,
    "effective_clusters": 30.0, "set": "30.0 to 80.0",
}  # fmt: skip
TERMS = ("valence_market", *(f"{emotion}_market" for emotion in NON_NEUTRAL))
PANEL = simulated_panel(np.random.default_rng(3), symbols=["A", "B"], sessions=30)
SPEC = specs()["contemporaneous_valence"]
EXHIBITS = (Exhibit("One", ("a", "b")), Exhibit("Two", ("b", "c")))


def frame(*terms: str, **change: Any) -> pl.DataFrame:
    return pl.DataFrame([{"term": term} | ROW | change for term in terms], infer_schema_length=None)


def measured(*terms: str, spec: Any = SPEC, **change: Any) -> Any:
    correction = SimpleNamespace(bootstrapped=False)
    return SimpleNamespace(reported=SimpleNamespace(spec=spec), frame=frame(*terms, **change), correction=correction)


def result(found: dict[str, Any], **change: Any) -> StudyResult:
    study = Study(
        name="s", question="Is it?", design="So.", papers=(), specs=dict.fromkeys("abc", SPEC), exhibits=EXHIBITS,
        primary=("b", "valence_market"), headline=(("b", "valence_market"),),
    )  # fmt: skip
    return replace(StudyResult(study, {"firm_sessions": PANEL}, measured=found), **change)


def cells(**change: Any) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The two lines of one mood."""
    ((part,),) = [corrected_tables(result({"a": measured("happy_market", **change)}))]
    _, above, below = part.table.rows
    return above.cells, below.cells


def test_naive_and_corrected_stand_side_by_side_with_their_errors() -> None:
    above, below = cells()
    assert above == ("Happy, market", "4.0", "9.0", "45.0", "30.0 to 80.0", "3.0", "6.7")
    assert below == ("", "(1.1)", "(1.8)", "(11.0)", "", "", "")


@pytest.mark.parametrize(
    "change",
    [
        {"set_low": -inf, "set_high": inf, "set": CANNOT_TELL},
        {"set_low": -inf, "set_high": inf, "set_pieces": 2, "set": "at most −373 or at least 153"},
        {"set_high": inf, "set": "at least 30.0"},
        {"set_pieces": 2, "set": "1.0 to 2.0 or 4.0 to 80.0"},
        {"low": 0.0},
        {"estimate": None, "std_error": None},
    ],
)
def test_a_point_that_means_nothing_is_not_printed(change: dict[str, Any]) -> None:
    above, below = cells(**change)
    assert above[3] == TOO_NOISY
    assert below[3] == ""
    assert not any("45" in cell for cell in above + below)


def test_a_set_of_two_pieces_takes_both_lines() -> None:
    above, below = cells(set="at most −373 or at least 153", set_pieces=2)
    assert (above[4], below[4]) == ("at most −373", "or at least 153")
    assert cells(set=CANNOT_TELL)[0][4] == CANNOT_TELL


def test_of_a_reliability_that_may_be_zero_only_a_least_effect_is_known() -> None:
    assert cells(low=0.0)[0][-1] == "≥ 4.4"
    assert cells(low=0.0, per_true_sd=None, per_true_sd_least=None)[0][-1] == TOO_NOISY
    assert cells(low=0.01)[0][-1] == "6.7"


def many() -> StudyResult:
    found = {"a": measured(*TERMS), "b": measured(*TERMS), "cumulated, 5 sessions": measured(*TERMS[:3])}
    return result(found)


def printed(table: Any) -> list[tuple[str, str]]:
    """Title of the group and name of each mood."""
    told, title = [], ""
    for row in table.rows:
        title = row.cells[0] if row.kind == "group" else title
        if row.kind in {"plain", "estimate"}:
            told.append((title, row.cells[0]))
    return told


def test_of_many_moods_the_headline_and_valence_are_shown_and_all_stand_by_exhibit() -> None:
    (part,) = corrected_tables(many())
    assert [mood for _, mood in printed(part.table)] == ["Valence, market"] * 3
    assert list(part.folded) == ["One", "Other regressions"]
    told = [mood for table in part.folded.values() for mood in printed(table)]
    assert len(told) == len(set(told)) == 2 * len(TERMS) + 3
    assert {title for title, _ in told} == {"A", "B", "Cumulated, 5 sessions"}


def test_no_more_is_shown_than_a_reader_takes_in_and_products_come_last() -> None:
    found = {f"r{i}": measured("valence_market", "valence_market:high_size") for i in range(MOST_MOODS - 1)}
    found["b"] = measured("happy_market", "valence_market")
    (part,) = corrected_tables(result(found))
    shown = [mood for _, mood in printed(part.table)]
    assert shown == ["Valence, market"] * MOST_MOODS


def test_a_study_without_valence_shows_the_first_moods() -> None:
    found = {"a": measured(*TERMS[1:]), "c": measured(*TERMS[1:]), "d": measured(*TERMS[1:])}
    (part,) = corrected_tables(result(found))
    assert len(printed(part.table)) == MOST_MOODS


def test_titles_name_the_units_where_they_differ() -> None:
    share = replace(SPEC, y_scale=100.0)
    (part,) = corrected_tables(result({"a": measured("happy_market"), "x": measured("happy_market", spec=share)}))
    assert [row.cells[0] for row in part.table.rows if row.kind == "group"] == ["A (basis points)", "X (per cent)"]
    assert "In basis points" not in part.table.notes[0]
    (same,) = corrected_tables(result({"a": measured("happy_market")}))
    assert same.table.notes[0].startswith("In basis points, standard errors")


def test_precision_says_once_for_a_window_how_many_texts_a_cell_has() -> None:
    found = {"a": measured(*TERMS[:2]), "b": measured("valence_pre_open", texts=3.3), "c": measured("happy_market")}
    (part,) = precision_tables(result(found))
    assert [row.cells for row in part.table.rows] == [
        ("During market hours: 2.5 texts a cell, one text in 55\u00a0% of them",),
        ("Valence", "0.10 (0.02)", "0.20", "0.10 to 0.30"),
        ("Happy", "0.10 (0.02)", "0.20", "0.10 to 0.30"),
        ("Before the open: 3.3 texts a cell, one text in 55\u00a0% of them",),
        ("Valence", "0.10 (0.02)", "0.20", "0.10 to 0.30"),
    ]


def test_precision_shows_moods_before_their_products() -> None:
    products = [f"{term}:high_size" for term in TERMS]
    (part,) = precision_tables(
        result({"a": measured(*products, *TERMS), "b": measured("valence_market:size", *TERMS[:1])})
    )
    assert [mood for _, mood in printed(part.table)] == ["Valence", *(e.capitalize() for e in NON_NEUTRAL)]
    (further,) = part.folded.values()
    assert len(printed(further)) == len(products) + 1


def test_samples_show_all_moods_of_the_main_one_and_valence_of_the_others() -> None:
    samples = {"firm_sessions": PANEL, "no_bots": PANEL, "split": PANEL}
    told = {"firm_sessions": frame(*TERMS), "no_bots": frame(*TERMS, halves=0.3), "split": frame(*TERMS)}
    (part,) = precision_tables(result({}, samples=samples, precision=told))
    assert [mood for _, mood in printed(part.table)] == ["Valence", *(e.capitalize() for e in NON_NEUTRAL), "Valence"]
    assert printed(part.table)[-1][0].startswith("No bots, during market hours: ")
    assert "after firm and session effects" in part.table.notes[0]


def test_valence_of_many_samples_is_folded_away() -> None:
    names = ["firm_sessions", *(f"sample_{i}" for i in range(12))]
    told = {name: frame(*TERMS, halves=number / 20) for number, name in enumerate(names)}
    (part,) = precision_tables(result({}, samples=dict.fromkeys(names, PANEL), precision=told))
    assert len(printed(part.table)) == len(TERMS)
    (folded,) = part.folded.values()
    assert [mood for _, mood in printed(folded)] == ["Valence"] * 12


def test_a_mood_that_a_regression_measures_is_not_told_of_its_sample_again() -> None:
    told = {"firm_sessions": frame(*TERMS)}
    first, second = precision_tables(result({"a": measured(*TERMS[:2])}, precision=told))
    assert [mood for _, mood in printed(first.table)] == ["Valence", "Happy"]
    assert [mood for _, mood in printed(second.table)] == [e.capitalize() for e in NON_NEUTRAL[1:]]
    assert len(precision_tables(result({"a": measured(*TERMS)}, precision=told))) == 1


def test_what_a_kind_of_sample_does_not_know_is_a_dash() -> None:
    told = {"hours": frame("valence", halves=None, halves_error=None, one_text=None)}
    (part,) = precision_tables(result({}, precision=told, samples={"hours": SimpleNamespace(unit="hours")}))
    title, row = part.table.rows
    assert title.cells == ("2.5 texts a cell",)
    assert row.cells[1] == "— (—)"
    assert "two halves of a cell's texts, with its standard error" in part.table.notes[0], "no effects are taken out"


def hostile() -> StudyResult:
    label = r"50% & $x_1$ \input{a}"
    return result(
        {
            "a": measured(
                "happy_market", spec=replace(SPEC, label=label), set="at most −373 or at least 153", set_pieces=2
            )
        }
    )


def test_latex_is_balanced_and_titles_span_the_table() -> None:
    for table in (*measurement_tables(many()), *measurement_tables(hostile())):
        source = table_to_latex(table, label="tab:x")
        body = re.search(r"\\midrule\n(.*?)\\bottomrule", source, re.DOTALL).group(1)
        rows = list(re.findall(r"^(.*) \\\\$", body, re.MULTILINE))
        assert len(rows) == len(table.rows)
        for row, text in zip(table.rows, rows, strict=True):
            if row.kind == "group":
                assert text.startswith(rf"\multicolumn{{{len(table.columns)}}}{{@{{}}l}}{{\emph{{")
            else:
                assert len(re.findall(r"(?<!\\)&", text)) == len(table.columns) - 1
        bare = re.sub(r"\\[{}]", "", source)
        assert bare.count("{") == bare.count("}")
        assert not re.search(r"(?<!\\)[%#]", bare)
        assert bare.count("$") % 2 == 0
        assert r"\input" not in source
        assert not re.search(r"[^\x00-\x7f]", source)


def test_every_export_holds_naive_corrected_and_the_set(tmp_path: Any) -> None:
    found = result(
        {"a": measured("happy_market"), "b": measured("sad_market", set="at most −373 or at least 153", set_pieces=2)}
    )
    latex, html = study_latex(found), study_html(found)
    assert "at most $-$373" in latex
    assert "or at least 153" in latex
    assert "at most −373" in html
    document = docx.Document(str(write_word(found, tmp_path / "t.docx")))
    precision, corrected = document.tables
    lines = [[cell.text for cell in row.cells] for row in corrected.rows]
    assert ["Happy, market", "4.0", "9.0", "45.0", "30.0 to 80.0", "3.0", "6.7"] in lines
    assert ["Sad, market", "4.0", "9.0", TOO_NOISY, "at most −373", "3.0", "6.7"] in lines
    assert ["", "(1.1)", "(1.8)", "", "or at least 153", "", ""] in lines
    assert set(lines[2]) == {"A"}
    assert precision.rows[1].cells[0].text.startswith("During market hours: 2.5 texts")
    for source in (latex, html):
        places = [source.index(text) for text in ("4.0", "9.0", "45.0", "30.0 to 80.0")]
        assert all(one < two for one, two in pairwise(places))


def test_the_curve_of_valence_stands_below_the_precision_of_the_sample() -> None:
    numbers = {"least": [2, 10], "cells": [6011, 420], "reliability": [0.02, 0.31], "error": [0.021, 0.05]}
    curve = pl.DataFrame({"term": ["valence_market"] * 2} | numbers)
    first, second = precision_tables(result({}, precision={"firm_sessions": frame(*TERMS)}, curve=curve))
    assert first.table.title == "Reliability in the sample"
    assert [row.cells for row in second.table.rows] == [
        ("Valence, market",),
        ("2", "6,011", "0.02", "0.02"),
        ("10", "420", "0.31", "0.05"),
    ]
    assert "within firm and session effects" in second.table.notes[0]


def test_the_note_says_how_many_clusters_carry_the_estimates() -> None:
    (part,) = corrected_tables(
        result({"a": measured("happy_market"), "b": measured("sad_market", effective_clusters=8.3)})
    )
    assert "As many clusters of one size would carry as much: 8 to 30." in part.table.notes[0]
    (same,) = corrected_tables(result({"a": measured("happy_market", effective_clusters=None)}))
    assert "would carry as much" not in same.table.notes[0]

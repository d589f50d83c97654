"""What objects print of themselves: few lines at the prompt, tables in notebooks, and no text that a browser would run."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emtract.econometrics.finding import Finding
from emtract.emotions import EMOTIONS
from emtract.ledger import Ledger
from emtract.model.explain import Explanation
from emtract.model.scorer import Scores
from emtract.report.study.result import StudyReport
from emtract.words.shown import ESTIMATE_HEADINGS, estimate_cells, html_table, text_table
from tests.report.conftest import make_result, simulated_panel, study

HOSTILE = "</td><script>window.hacked=1</script>"
TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\n"), max_size=12)


@given(st.lists(st.tuples(TEXTS, TEXTS), max_size=9), st.integers(1, 9))
def test_a_table_of_text_has_a_line_a_row_and_counts_the_others(rows, most):
    lines = text_table(("word", "number"), rows, most=most)
    assert len(lines) == 1 + min(most, len(rows)) + (len(rows) > most)
    if len(rows) > most:
        assert lines[-1] == f"... and {len(rows) - most} more"


@given(TEXTS)
def test_no_text_of_a_table_is_markup(text):
    made = html_table((text,), [(text,)], caption=text, notes=text)
    quiet = html_table(("x",), [("x",)], caption="x" if text else "", notes="x" if text else "")
    assert made.count("<") == quiet.count("<")


def test_numbers_that_do_not_exist_are_blank():
    row = dict.fromkeys(("estimate", "std_error", "p_value", "conf_low", "conf_high", "n_obs")) | {"term": "a"}
    assert estimate_cells([row], {}) == [("a", "", "", "", "", "")]
    full = row | {
        "estimate": -1.234,
        "std_error": 0.4,
        "p_value": 0.004,
        "conf_low": -2.0,
        "conf_high": -0.5,
        "n_obs": 1234,
    }
    assert estimate_cells([full], {"a": "A"}) == [
        ("A", "\u22121.23***", "0.40", "\u22122.00 to \u22120.50", "0.004", "1,234")
    ]
    assert len(ESTIMATE_HEADINGS) == 6


def shown():
    """One of each object that users meet, every text of it hostile where it can be."""
    rng = np.random.default_rng(1)
    panel = simulated_panel(rng, symbols=[HOSTILE, "B"], sessions=30)
    ledger = Ledger().start(HOSTILE, HOSTILE, 9, HOSTILE)
    for left in range(8, -1, -1):
        ledger = ledger.keep(HOSTILE, left, HOSTILE)
    panel = replace(panel, ledger=ledger, settings={"scorer": HOSTILE})
    asked = replace(study(), question=HOSTILE * 20)
    report = StudyReport.of(make_result(asked, panel, rng))
    result = report.results["predictive_emotions"]
    finding = Finding(
        estimates=result.estimates.with_columns(term=pl.lit(HOSTILE)), n_obs=9, ledger=ledger, notes=(HOSTILE,)
    )
    explanation = Explanation(
        post=HOSTILE, text=HOSTILE, kind="words", label="happy", probabilities=np.full(7, 1 / 7), base=np.full(7, 1 / 7),
        tokens=(HOSTILE,) * 30, attributions=np.zeros((30, 7)), method="shapley", truncated=False, n_scored=9, scorer=HOSTILE,
        revision="1", cleaner="1",
    )  # fmt: skip
    scores = Scores(np.full((9, 7), 1 / 7, np.float32), np.ones(9, np.int32), np.zeros(9, np.bool_))
    objects = (panel, ledger, asked, report, result, finding, explanation, scores)
    return {type(thing).__name__: thing for thing in objects}


@pytest.mark.parametrize(
    "name", ["Panel", "Ledger", "Study", "StudyReport", "Result", "Finding", "Explanation", "Scores"]
)
def test_an_object_prints_ten_lines_at_most_and_a_table_without_scripts(name):
    thing = shown()[name]
    lines = repr(thing).splitlines()
    assert 2 <= len(lines) <= 10 and max(map(len, lines)) < 400
    made = thing._repr_html_()
    assert "<table" in made and "<script" not in made and len(made) < 60_000


def test_a_report_shows_its_first_exhibit_and_folds_the_others():
    made = shown()["StudyReport"]._repr_html_()
    assert made.count("<details>") == len(study().exhibits) - 1
    assert made.index("<table") < made.index("<details>")


def test_an_explanation_prints_the_words_that_matter_most():
    values = np.zeros((3, 7))
    values[:, EMOTIONS.index("happy")] = (0.01, -0.5, 0.2)
    told = repr(replace(shown()["Explanation"], tokens=("a", "b", "c"), attributions=values))
    assert [line.split()[0] for line in told.splitlines()[2:]] == ["b", "c", "a"]

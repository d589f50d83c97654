"""Tables: numbers equal tidy(), every rule is said, LaTeX is well formed and escaped."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from emtract.econometrics.regression import prose
from emtract.econometrics.regression.spec import Spec
from emtract.report.study.result import StudyReport
from emtract.report.tables.export import escape_latex, study_html, study_latex, table_to_latex
from emtract.report.tables.regressions import exhibit_tables, not_estimated, regression_table
from emtract.report.tables.table import Table
from emtract.study import Exhibit, StudyResult
from emtract.words import names, numbers
from tests.report.conftest import Inputs


@pytest.fixture(scope="module")
def table(inputs: Inputs) -> Table:
    return regression_table(inputs.result, inputs.result.study.exhibits[1])


def number(text: str) -> float:
    return float(text.strip("*()").replace(",", "").replace(numbers.MINUS, "-"))


def test_every_number_is_that_of_tidy(inputs: Inputs, table: Table) -> None:
    printed = {}
    for above, below in zip(table.rows, table.rows[1:], strict=False):
        if above.kind == "estimate":
            assert below.kind == "error"
            printed |= {
                (above.cells[0], i): (c, e)
                for i, (c, e) in enumerate(zip(above.cells[1:], below.cells[1:], strict=True))
                if c
            }
    tidy = inputs.result.tidy()
    assert len(printed) == tidy.height
    order = inputs.result.study.exhibits[1].specs
    for row in tidy.iter_rows(named=True):
        cell, error = printed[names.term_name(row["term"], with_window=False), order.index(row["spec"])]
        assert number(cell) == pytest.approx(row["estimate"], abs=0.00501)
        assert number(error) == pytest.approx(row["std_error"], abs=0.00501)
        assert cell.count("*") == sum(row["p_value"] < level for level in (0.01, 0.05, 0.1))


def test_facts_at_the_foot(inputs: Inputs, table: Table) -> None:
    facts = {row.cells[0]: row.cells[1:] for row in table.rows if row.kind == "fact"}
    first = next(iter(inputs.result.results.values()))
    assert facts["Observations"][0] == f"{first.n_obs:,}"
    assert facts["Firms"][0] == "87"
    assert facts["Sessions"][0] == "500"
    assert facts["Within R²"][0] == "0.0213"
    assert set(facts["Firm fixed effects"]) == {"Yes"}
    assert set(facts["Clusters"]) == {"firm, session"}
    assert facts["Window of the posts"] == ("market", "market", "pre-open", "pre-open", "market", "market")


def test_the_window_is_said_once(table: Table) -> None:
    labels = [row.cells[0] for row in table.rows if row.kind == "estimate"]
    assert labels[:2] == ["Valence", "Happy"]
    assert not any("market" in label or "pre-open" in label for label in labels)


def test_a_spec_with_both_windows_names_them(inputs: Inputs) -> None:
    spec = Spec(
        y="return_open_close",
        x=("happy_market", "happy_pre_open"),
        effects=(),
        covariance="robust",
        clusters=(),
        small_sample="none",
    )
    base = next(iter(inputs.result.results.values()))
    two = replace(
        base,
        spec=spec,
        coefficients=base.coefficients[:2],
        covariance=base.covariance[:2, :2],
        means=base.means[:2],
        sds=base.sds[:2],
    )
    study = replace(
        inputs.result.study,
        specs={"both": spec},
        headline=(("both", "happy_market"),),
        primary=("both", "happy_market"),
        exhibits=(),
        expectations=(),
    )
    made = regression_table(StudyResult(study, inputs.result.samples, {"both": two}), Exhibit("Both", ("both",)))
    assert [r.cells[0] for r in made.rows if r.kind == "estimate"] == ["Happy, market", "Happy, pre-open"]
    assert {r.cells[0]: r.cells[1:] for r in made.rows}["Clusters"] == ("none",)
    assert "robust to heteroskedasticity" in " ".join(made.notes)


def test_spanners_join_neighbours(table: Table) -> None:
    assert table.spanners == (("Open-to-close return", 4), ("Next session’s open-to-close return", 2))


def test_notes_state_covariance_small_sample_and_sample(table: Table) -> None:
    text = " ".join(table.notes)
    for part in (
        "clustered by firm and session",
        "small-sample rule of fixest",
        "Sample: all rows",
        "basis points",
        "***",
    ):
        assert part in text


def test_notes_name_the_columns_that_differ(inputs: Inputs) -> None:
    spec = next(iter(inputs.result.results.values())).spec
    notes = prose.table_notes([spec, replace(spec, where="n_posts_market >= 10")])
    assert "Sample in (1): all rows of the panel with every variable present." in notes
    assert "Sample in (2): panel rows where n_posts_market >= 10." in notes


def test_neighbouring_columns_are_named_by_the_first_and_the_last(inputs: Inputs) -> None:
    spec = next(iter(inputs.result.results.values())).spec
    other = replace(spec, where="n_posts_market >= 10")
    notes = prose.table_notes([spec, spec, spec, other, spec, other])
    assert "Sample in (1) to (3), (5): all rows of the panel with every variable present." in notes
    assert "Sample in (4), (6): panel rows where n_posts_market >= 10." in notes


def test_names_with_commas_are_told_apart(inputs: Inputs) -> None:
    spec = next(iter(inputs.result.results.values())).spec
    groups = replace(spec, x=("happy_market_followed", "happy_market_unfollowed"), controls=(), standardise=())
    assert "on happy, followed authors; happy, authors with few followers; posts of" in prose.describe(groups)[0]


def test_what_is_said_of_several_numbers_of_clusters_is_said_once() -> None:
    notes = [f"{n} firms: p-values and intervals come from a bootstrap." for n in ("28", "1,026", "30", "28")]
    assert prose.said_once([*notes, "Left out: size."]) == [
        "28, 30 and 1,026 firms: p-values and intervals come from a bootstrap.",
        "Left out: size.",
    ]


def check_latex(source: str, table: Table) -> None:
    body = re.search(r"\\begin{tabularx}.*?\\end{tabularx}", source, re.DOTALL).group()
    assert [body.count(rule) for rule in (r"\toprule", r"\bottomrule")] == [1, 1]
    assert body.count(r"\midrule") == 2
    rows = re.findall(r"^(.*) \\\\$", body, re.MULTILINE)
    plain = [row for row in rows if "multicolumn" not in row]
    assert {len(re.findall(r"(?<!\\)&", row)) for row in plain} == {len(table.columns) - 1}
    assert len(plain) == len(table.rows) + 1
    for name in ("table", "threeparttable", "tabularx", "minipage"):
        assert source.count(rf"\begin{{{name}}}") == source.count(rf"\end{{{name}}}") == 1
    bare = re.sub(r"\\[{}]", "", source)
    assert bare.count("{") == bare.count("}")
    assert not re.search(r"(?<!\\)[%#]", bare) and bare.count("$") % 2 == 0


def test_latex_is_booktabs_and_balanced(table: Table) -> None:
    check_latex(table_to_latex(table, label="tab:x"), table)


def test_latex_escapes_hostile_text(table: Table) -> None:
    hostile = r"50% & $x_1$ #1 {a} \input{/etc/passwd} ^~ <b>"
    first = replace(table.rows[0], cells=(hostile, *table.rows[0].cells[1:]))
    changed = replace(table, title=hostile, notes=(hostile,), rows=(first, *table.rows[1:]))
    source = table_to_latex(changed, label="tab:x")
    check_latex(source, changed)
    assert r"\input" not in source
    assert escape_latex("a\nb") == "a b"
    assert escape_latex("Čapek & ñ 😂👍🏽 ☹\ufe0f \u9f8d \U000f0000") == (
        r"Čapek \& ñ [face with tears of joy][thumbs up sign][emoji modifier fitzpatrick type-4] [white frowning face] "
        "[cjk unified ideograph-9f8d] [unnamed sign]"
    )
    assert [escape_latex(text) for text in ("[1]", "*", "😂")] == ["{}[1]", "{}*", "{}[face with tears of joy]"]


def test_a_result_as_latex_holds_every_exhibit(inputs: Inputs, tmp_path: Path) -> None:
    source = StudyReport.of(inputs.result).to_latex(tmp_path / "t.tex")
    assert source.count(r"\begin{tabularx}") == 2
    assert r"\label{tab:daily_returns:1}" in source
    assert "% \\usepackage{booktabs}" in source


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [(-1234.5, 1, "−1,234.5"), (-0.001, 2, "0.00"), (float("nan"), 2, "—"), (2, 2, "2.00")],
)
def test_signed(value: float, decimals: int, text: str) -> None:
    assert numbers.signed(value, decimals) == text


@pytest.mark.parametrize(
    ("term", "name"),
    [
        ("happy_market", "Happy, market"),
        ("attention_pre_open", "Attention (log messages, pre-open)"),
        ("lagged_return", "Lagged return"),
        ("short_interest", "Short interest"),
    ],
)
def test_term_names(term: str, name: str) -> None:
    assert names.term_name(term) == name


def test_describe_reads_as_a_sentence(inputs: Inputs) -> None:
    spec = inputs.result.study.specs["predictive_emotions"]
    assert prose.describe(spec)[0] == (
        "Open-to-close return, in basis points, on happy, sad, anger, disgust, surprise and fear, with attention (log messages), "
        "lagged return and lagged volatility as controls; posts of the pre-open window; firm and session fixed effects."
    )


def test_a_spec_that_was_not_estimated_empties_no_table(inputs: Inputs) -> None:
    """The others stay, wherever tables are written, and the missing one is named with its reason."""
    result, exhibit = inputs.result, inputs.result.study.exhibits[0]
    gone = exhibit.specs[0]
    kept = {name: found for name, found in result.results.items() if name != gone}
    part = replace(result, results=kept, skipped={gone: "could not be estimated: x\ndoes not vary <here>"})
    table = regression_table(part, exhibit)
    assert len(table.columns[1:]) == len(exhibit.specs) - 1
    assert [column.heading for column in table.columns[1:]][:2] == ["(1)", "(2)"]
    assert "does not vary <here>" in table.notes[-1]
    assert table.notes[-1].startswith("Not estimated: ")
    assert [t.title for t in exhibit_tables(part)] == [e.title for e in result.study.exhibits]
    latex = study_latex(part)
    assert latex.count("begin{table") == study_latex(result).count("begin{table")
    assert "\n% Not estimated: " in latex
    assert all(line.startswith("%") for line in latex.splitlines()[-1:])
    html = study_html(part)
    assert html.count("<table") == study_html(result).count("<table")
    assert "<p>Not estimated: " in html
    assert "<here>" not in html


def test_an_exhibit_of_which_nothing_was_estimated_is_named(inputs: Inputs) -> None:
    result = inputs.result
    part = replace(result, results={}, skipped=dict.fromkeys(result.study.specs, "no files"))
    assert exhibit_tables(part) == []
    assert len(not_estimated(part)) == 1
    assert "(no files)" in not_estimated(part)[0]

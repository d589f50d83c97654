"""A study end to end on a panel whose truth is known, and the ways it refuses."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from emtract.econometrics.analyses.contrast import Contrast
from emtract.econometrics.regression.spec import Spec
from emtract.errors import EstimationError, SpecError, StudyError
from emtract.panel.frame import RETURNS
from emtract.report.study.data import descriptives
from emtract.study import Exhibit, Expectation, Study, StudyResult, list_studies, load_study
from emtract.study.find import study_file
from emtract.study.run import run_study
from tests.worlds.cells import CellWorld, simulate_cells
from tests.worlds.panels import simulate_panel

SAME = Spec(
    y="return_open_close",
    x=("happy_market", "sad_market", "anger_market"),
    controls=("attention_market",),
    effects=("symbol", "session"),
    covariance="clustered",
    clusters=("symbol", "session"),
    small_sample="fixest",
    y_scale=1e4,
    label="Same session",
)
PLACEBO = replace(SAME, x=("happy_pre_open",), controls=("attention_pre_open",), y="return_overnight", label="Placebo")
STUDY = Study(
    name="small",
    question="Do emotions move with returns?",
    design="As simulated.",
    papers=(),
    specs={"same": SAME, "placebo": PLACEBO},
    exhibits=(Exhibit("Both", ("same", "placebo")),),
    primary=("same", "happy_market"),
    headline=(("same", "happy_market"), ("placebo", "happy_pre_open")),
    expectations=(
        Expectation("same", "happy_market", "positive", "planted"),
        Expectation("same", "sad_market", "positive", "the wrong way round, on purpose"),
        Expectation("same", "anger_market", "either", "nothing was planted"),
        Expectation("placebo", "happy_pre_open", "none", "overnight returns are noise"),
    ),
)
EFFECTS = {"happy_market": 300.0, "sad_market": -500.0}


@pytest.fixture(scope="module")
def simulated():
    return simulate_panel(np.random.default_rng(4), 40, n_sessions=80, effects=EFFECTS)


@pytest.fixture(scope="module")
def result(simulated) -> StudyResult:
    return run_study(STUDY, simulated.panel)


def test_estimates_come_close_to_the_truth(result, simulated):
    table = result.tidy().filter(pl.col("spec") == "same", pl.col("term") != "attention_market")
    truth = np.array([simulated.truth[term] for term in table["term"]])
    assert (np.abs(table["estimate"] - truth) < 3 * table["std_error"]).all()
    assert table["p_value"][0] < 1e-4


def test_a_placebo_is_not_significant_at_absurd_levels(result):
    assert result.tidy().filter(pl.col("spec") == "placebo")["p_value"].min() > 0.001


def test_tidy_stacks_every_coefficient_under_its_spec(result):
    table = result.tidy()
    assert table.columns[:4] == ["spec", "label", "y", "term"]
    assert table.columns[-3:] == ["n_obs", "r2_within", "role"]
    assert table.filter(pl.col("role") == "primary").select("spec", "term").rows() == [("same", "happy_market")]
    assert table.filter(pl.col("role") == "headline").select("spec", "term").rows() == [("placebo", "happy_pre_open")]
    assert table["spec"].to_list() == ["same"] * 4 + ["placebo"] * 2
    assert table.filter(pl.col("spec") == "placebo")["y"].unique().to_list() == ["return_overnight"]


def test_attrition_starts_with_the_panel_and_follows_every_spec(result):
    table = result.attrition()
    assert table.columns == ["spec", "step", "unit", "rows_in", "dropped", "rows_out", "reason"]
    assert table["spec"].unique(maintain_order=True).to_list() == ["", "same", "placebo"]
    last = table.group_by("spec", maintain_order=True).last()["rows_out"].to_list()
    assert last[1:] == [result.results[name].n_obs for name in ("same", "placebo")]


def test_expectations_stand_beside_what_came_out(result):
    table = result.expectations()
    assert table.columns == ["spec", "term", "sign", "source", "estimate", "p_value", "verdict"]
    assert table["verdict"].to_list() == ["as expected", "opposite", "not distinguishable", "as expected"]


def test_the_answer_has_a_sentence_a_number_that_follows_the_estimates(result, simulated):
    first, *others = result.answers()
    assert first.startswith(
        "A one-unit rise in happiness during market hours goes with a higher same-session open-to-close return: +"
    )
    assert " bp (95 % interval " in first and result.answer() == " ".join(result.answers())
    assert any("Happiness before the open: nothing detectable in the overnight return" in text for text in others)
    reversed_effects = simulate_panel(np.random.default_rng(4), 40, n_sessions=80, effects={"happy_market": -300.0})
    assert "lower same-session open-to-close return: −" in run_study(STUDY, reversed_effects.panel).answer()
    without = simulate_panel(np.random.default_rng(4), 40, n_sessions=80, effects={})
    assert "higher same-session" not in run_study(STUDY, without.panel).answer()


def test_a_study_that_loses_too_many_rows_refuses_with_figures(simulated):
    assert run_study(replace(STUDY, max_attrition=0.2), simulated.panel).results
    with pytest.raises(
        StudyError, match=r"small, same: [\d,]+ of 3,200 firm-sessions are left.*limit 1.0%.*with regressors"
    ):
        run_study(replace(STUDY, max_attrition=0.01), simulated.panel)


def test_rows_outside_the_sample_are_not_lost(simulated):
    few = replace(SAME, where="symbol < 'S010' AND n_posts_market >= 5")
    study = replace(STUDY, specs={"same": few, "placebo": PLACEBO}, max_attrition=0.2)
    assert run_study(study, simulated.panel).results["same"].n_obs < 0.3 * simulated.panel.data.height


@pytest.mark.parametrize(
    ("spec", "error"),
    [(replace(SAME, y="nothing"), SpecError), (replace(SAME, where="n_posts_market < 0"), EstimationError)],
)
def test_a_failing_spec_is_named(simulated, spec, error):
    alone = replace(
        STUDY,
        specs={"same": spec, "placebo": PLACEBO},
        primary=("same", "happy_market"),
        headline=(("same", "happy_market"),),
    )
    with pytest.raises(error, match=r"^small, same: "):
        run_study(alone, simulated.panel)


def test_a_side_spec_that_the_data_cannot_carry_is_named_and_the_study_goes_on(simulated):
    empty = replace(SAME, where="n_posts_market < 0")
    found = run_study(replace(STUDY, specs={"same": SAME, "placebo": PLACEBO, "empty": empty}), simulated.panel)
    assert found.skipped["empty"].startswith("could not be estimated: no rows left")
    assert set(found.results) == {"same", "placebo"}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"primary": ("same", "sad_market")}, "the primary number same, sad_market is not in the headline"),
        ({"headline": ()}, "needs at least one headline"),
        ({"headline": (("other", "happy_market"),)}, "has no spec other"),
        ({"headline": (("same", "joy_market"),)}, "has no regressor joy_market in same"),
        ({"exhibits": (Exhibit("None", ("third",)),)}, "has no spec third"),
    ],
)
def test_a_study_that_contradicts_itself_is_refused(change, words):
    with pytest.raises(StudyError, match=words):
        replace(STUDY, **change)


def test_studies_load_by_name_and_by_path(tmp_path):
    assert "daily_returns" in list_studies()
    by_name = load_study("daily_returns")
    by_path = load_study(study_file("daily_returns"))
    assert by_name == by_path
    copy = tmp_path / "mine.py"
    copy.write_text(study_file("daily_returns").read_text(encoding="utf-8"), encoding="utf-8")
    assert load_study(str(copy)) == by_name


def test_an_unknown_study_lists_those_there_are(tmp_path):
    with pytest.raises(StudyError, match=r"no study 'weekly_returns': name one of .*daily_returns"):
        load_study("weekly_returns")
    with pytest.raises(StudyError, match="no study file"):
        load_study(tmp_path / "absent.py")
    empty = tmp_path / "empty.py"
    empty.write_text("ANSWER = 42\n", encoding="utf-8")
    with pytest.raises(StudyError, match=r"defines no study: assign STUDY = Study\(...\)"):
        load_study(empty)
    text = tmp_path / "study.txt"
    text.write_text("", encoding="utf-8")
    with pytest.raises(StudyError, match="not a Python file"):
        load_study(text)


def test_descriptives_tell_of_stances_where_the_panel_has_them(simulated):
    data = simulated.panel.data.with_columns(stance_market="valence_market")
    before, told = descriptives(simulated.panel), descriptives(replace(simulated.panel, data=data))
    assert told.filter(pl.col("variable") != "stance_market").equals(before)
    rows = told.filter(pl.col("variable").is_in(["stance_market", "valence_market"])).drop("variable")
    assert rows.height == 2 and rows.row(0) == rows.row(1)


def test_descriptives_leave_nulls_out(simulated):
    table = descriptives(simulated.panel)
    assert table.columns == ["variable", "n", "mean", "sd", "p1", "p25", "median", "p75", "p99"]
    assert set(RETURNS) | {"happy_market", "valence_pre_open", "attention_market"} <= set(table["variable"])
    row = table.row(by_predicate=pl.col("variable") == "happy_market", named=True)
    column = simulated.panel.data["happy_market"].drop_nulls()
    assert (row["n"], row["median"]) == (len(column), column.median())
    assert row["p1"] < row["p25"] < row["median"] < row["p75"] < row["p99"]


def test_what_was_measured_stands_under_the_name_of_what_asked_for_it(simulated):
    """Regressions by their names, those of an analysis with what tells them apart; and why, where it could not be."""
    world = simulate_cells(np.random.default_rng(7), CellWorld(n_firms=40, n_sessions=40, texts=8))
    spec = Spec(
        y="return_open_close", x=("happy_market", "sad_market"), effects=("symbol", "session"), covariance="clustered",
        clusters=("symbol", "session"), small_sample="fixest", correct="mood",
    )  # fmt: skip
    gap = Contrast(label="gap", spec=spec, pairs=(("happy_market", "sad_market"),))
    study = Study(
        name="measured", question="?", design="d", papers=("p",), primary=("both", "happy_market"),
        headline=(("both", "happy_market"),),
        specs={"both": spec, "plain": replace(spec, correct="none"), "gap": gap},
    )  # fmt: skip
    result = run_study(study, world.panel)
    assert list(result.measured) == ["both", "gap"]
    frame = result.measurement()
    assert frame.select("spec", "term").rows() == [
        ("both", "happy_market"), ("both", "sad_market"), ("gap", "happy_market - sad_market"),
    ]  # fmt: skip
    assert not result.unmeasured
    without = run_study(study, replace(world.panel, noise=None))
    assert list(without.unmeasured) == ["both", "gap"]
    assert without.measurement() is None

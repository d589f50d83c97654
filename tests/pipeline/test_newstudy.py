"""A new study: its file is code that loads and runs, is never written over, and names columns that exist."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emtract.econometrics.regression.spec import Spec
from emtract.errors import PanelError, SpecError, StudyError
from emtract.panel.frame import BUILT
from emtract.pipeline.codebook import Columns, find_columns, known_columns
from emtract.pipeline.newstudy import write_new_study
from emtract.study import FirmSessions
from emtract.study.new import study_source
from emtract.study.run import run_study
from emtract.words.codebook import known
from tests.worlds.panels import simulate_panel


def test_the_file_runs_as_it_stands(tmp_path):
    path = write_new_study(
        None, "fear_return", "return_open_close", ("fear_pre_open", "happy_pre_open"), folder=tmp_path
    )
    result = run_study(path, simulate_panel(np.random.default_rng(4), 40, n_sessions=80, effects={}).panel)
    assert set(result.results) == {"main", "effects_alone"}
    assert [term for _, term in result.study.headline] == ["fear_pre_open", "happy_pre_open"]
    assert (
        result.study.design.startswith("Firm-sessions with posts.") and "fear before the open" in result.study.question
    )


NUMBERS = [name for name in BUILT if name not in {"symbol", "session", "month", "ticker", "industry"}]


@given(st.sampled_from(NUMBERS), st.lists(st.sampled_from(NUMBERS), min_size=1, max_size=3, unique=True))
def test_any_columns_give_code_that_declares_a_study_or_are_refused_for_the_future(y, x):
    if y in x:
        return
    try:
        source = study_source("mine", y, x)
    except SpecError:
        assert max(at for column in x if (at := known(column)) is not None) > known(y)
        return
    namespace = {"__name__": "mine"}
    exec(compile(source, "mine.py", "exec"), namespace)
    study = namespace["STUDY"]
    assert all(isinstance(spec, Spec) and spec.y == y and spec.x == tuple(x) for spec in study.specs.values())
    assert study.primary == ("main", x[0]) and max(map(len, source.splitlines())) < 200


def test_series_and_factors_are_asked_of_the_sample():
    source = study_source("mine", "return_close_close", ("mkt_rf", "series_vix"), series=("vix",), factors=("mkt_rf",))
    namespace = {"__name__": "mine"}
    exec(compile(source, "mine.py", "exec"), namespace)
    assert namespace["STUDY"].samples["firm_sessions"] == FirmSessions(series=("vix",), factors=("mkt_rf",))
    assert namespace["BASE"].effects == ("symbol",)


def test_no_file_is_written_over(tmp_path):
    (tmp_path / "mine.py").write_text("precious")
    with pytest.raises(StudyError, match="is there already"):
        write_new_study(None, "mine", "return_open_close", ("fear_pre_open",), folder=tmp_path)
    assert (tmp_path / "mine.py").read_text() == "precious"


@pytest.mark.parametrize(
    ("name", "y", "x", "words"),
    [
        ("mine", "return_open_close", "fear_preopen", "did you mean fear_pre_open"),
        ("mine", "log_rang", "fear_pre_open", "did you mean log_range_parkinson"),
        ("mine", "industry", "fear_pre_open", "is a label"),
        ("mine", "fear_market", "fear_market", "both outcome and regressor"),
        ("daily_returns", "return_open_close", "fear_pre_open", "ships a study daily_returns"),
        ("../mine", "return_open_close", "fear_pre_open", "cannot name a study"),
        ("class", "return_open_close", "fear_pre_open", "cannot name a study"),
    ],
)
def test_what_cannot_be_a_study_is_refused_and_nothing_is_written(tmp_path, name, y, x, words):
    with pytest.raises(StudyError, match=words):
        write_new_study(None, name, y, (x,), folder=tmp_path)
    assert not list(tmp_path.iterdir())


def test_the_codebook_is_searched_by_words_in_any_order_and_tells_of_own_columns():
    columns = Columns(known_columns().panel, own=("esg",))
    assert set(find_columns(columns)["name"]) == {*known_columns().panel, "esg"}
    found = find_columns(columns, "OPEN fear")["name"].to_list()
    assert "fear_pre_open" in found and "happy_pre_open" not in found
    assert find_columns(columns, "own characteristic").row(0, named=True)["known"] == "the previous close"
    assert find_columns(columns)["meaning"].null_count() == 0
    with pytest.raises(PanelError, match="did you mean fear_pre_open"):
        find_columns(columns, "fear_preopen")

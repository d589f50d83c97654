"""A regression for other software: the R script gives emtract's numbers from the rows that stand beside it."""

import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from emtract.econometrics.regression.spec import Spec
from emtract.errors import ReportError
from emtract.report.tables.code import write_code
from emtract.study import Study
from emtract.study.run import run_study
from tests.cut import content, files_cut_at
from tests.worlds.panels import simulate_panel

STAND_IN = Path(__file__).parents[2] / "reference/feols.R"
X = ("happy_pre_open", "happy_pre_open:lagged_volatility")
BASE = Spec(
    y="return_open_close",
    x=X,
    controls=("lagged_volatility", "lagged_return"),
    effects=("symbol", "session"),
    covariance="clustered",
    clusters=("symbol", "session"),
    small_sample="fixest",
    standardise=("happy_pre_open", "lagged_volatility"),
    winsorise=("return_open_close", "lagged_volatility"),
    y_scale=1e4,
    where="n_posts_pre_open >= 3",
)
SPECS = {
    "main": BASE,
    "full": replace(BASE, small_sample="full", clusters=("symbol",), effects=("session", "symbol:month"), winsorise=()),
    "plain": replace(BASE, small_sample="none", effects=(), standardise=X[:1], where=None),
    "robust": replace(BASE, covariance="robust", clusters=()),
    "kernel": replace(BASE, covariance="driscoll_kraay", clusters=()),
}
STUDY = Study(
    name="mine", question="Is it?", design="", papers=(), specs=SPECS, primary=("main", X[0]), headline=(("main", X[0]),)
)  # fmt: skip


@pytest.fixture(scope="module")
def result():
    return run_study(STUDY, simulate_panel(np.random.default_rng(4), 12, n_sessions=60, effects={}).panel)


@pytest.mark.skipif(shutil.which("Rscript") is None, reason="R is not here")
@pytest.mark.parametrize("name", ["main", "full", "plain", "robust"])
def test_r_gives_the_same_numbers(result, name, tmp_path):
    write_code(result, name, tmp_path)
    has = subprocess.run(["Rscript", "-e", "quit(status = !requireNamespace('fixest', quietly = TRUE))"], check=False)
    first = "" if has.returncode == 0 else f"source('{STAND_IN}'); "
    code = f"{first}source('{name}.R')"
    done = subprocess.run(
        ["Rscript", "--vanilla", "-e", code], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    wrong = pl.read_csv(tmp_path / "emtract.csv").with_columns(pl.col("std_error") * 1.001)
    wrong.write_csv(tmp_path / "emtract.csv")
    assert subprocess.run(
        ["Rscript", "--vanilla", "-e", code], cwd=tmp_path, capture_output=True, check=False
    ).returncode


def test_the_do_file_does_the_same_steps_in_their_order(result, tmp_path):
    assert "full.do" in write_code(result, "full", tmp_path)
    told = (tmp_path / "full.do").read_text()
    steps = [
        "use",
        "drop if missing(happy_pre_open)",
        "group(symbol month)",
        "while `more'",
        "summarize",
        "product_1",
        "reghdfe",
    ]
    places = [told.index(step, told.index("use ")) for step in steps]
    assert places == sorted(places)
    assert told.count("{") == told.count("}") and "vce(cluster level_3)" in told


@pytest.mark.parametrize(
    ("name", "words"), [("kernel", "programs differ on driscoll_kraay"), ("no", "name one of main")]
)
def test_what_cannot_be_written_is_refused_before_anything_is(result, name, words, tmp_path):
    with pytest.raises(ReportError, match=words):
        write_code(result, name, tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_a_kill_in_the_midst_of_the_rows_leaves_the_rows_that_were_there(result, tmp_path):
    write_code(result, "main", tmp_path)
    before = content(tmp_path)
    with files_cut_at(len(before["rows.csv"]) // 2), pytest.raises(ReportError, match="make room"):
        write_code(result, "plain", tmp_path)
    assert content(tmp_path) == before

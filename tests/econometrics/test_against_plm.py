"""Driscoll and Kraay's, and Fama and MacBeth's, errors against numbers stored from R's plm and sandwich."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from emtract.econometrics.analyses.fama_macbeth import FamaMacBeth
from emtract.econometrics.regression.estimate import estimate
from tests.econometrics.conftest import BASE
from tests.reference import by_r
from tests.reference.make_plm import TERMS
from tests.reference.make_pyfixest import reference_panel

EFFECTS = {"twoways": ("symbol", "session"), "individual": ("symbol",)}


@pytest.fixture(scope="module")
def stored():
    return by_r.stored("plm")


@pytest.mark.parametrize("lags", [0, 2, 5])
@pytest.mark.parametrize("effect", EFFECTS)
def test_driscoll_and_kraay(stored, effect, lags):
    spec = replace(
        BASE, x=TERMS, controls=(), effects=EFFECTS[effect], covariance="driscoll_kraay", clusters=(), lags=lags,
        small_sample="none",
    )  # fmt: skip
    theirs = stored.filter(pl.col("spec") == f"driscoll_kraay {effect}", pl.col("lags") == lags)
    ours = estimate(spec, reference_panel()).tidy()
    assert ours["term"].to_list() == theirs["term"].to_list()
    columns = ("estimate", "std_error")
    np.testing.assert_allclose(ours.select(columns), theirs.select(columns), rtol=1e-8)


@pytest.mark.parametrize("lags", [0, 2, 5])
def test_fama_and_macbeth(stored, lags):
    asked = FamaMacBeth(label="", y=BASE.y, x=TERMS, y_scale=1e4, lags=lags)
    theirs = stored.filter(pl.col("spec") == "fama_macbeth", pl.col("lags") == lags)
    ours = asked.run({"firm_sessions": reference_panel()}).estimates
    assert ours["term"].to_list() == theirs["term"].to_list()
    columns = ("estimate", "std_error")
    np.testing.assert_allclose(ours.select(columns), theirs.select(columns), rtol=1e-8)

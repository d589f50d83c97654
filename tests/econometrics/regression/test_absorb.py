"""One spec, three ways: linearmodels, pyfixest, and least squares on dummy variables."""

import sys
from dataclasses import replace

import numpy as np
import pandas as pd
import polars as pl
import pytest
import statsmodels.api as sm

from emtract.econometrics.regression.absorb import MANY_ROWS, choose_engine
from emtract.econometrics.regression.estimate import estimate
from emtract.econometrics.regression.sample import estimation_sample
from emtract.errors import EstimationError, SpecError
from emtract.ledger import Ledger
from emtract.panel.frame import Sample
from tests.econometrics.conftest import BASE

pytest.importorskip("pyfixest")
MONTHLY = ("symbol:month", "session")
ERRORS = [
    ("unadjusted", ()),
    ("robust", ()),
    ("clustered", ("symbol",)),
    ("clustered", ("symbol", "session")),
    ("clustered", ("industry", "session")),
    ("clustered", ("industry:month",)),
    ("driscoll_kraay", ()),
    ("newey_west", ()),
]


def fitted(spec, panel, engine):
    return estimate(replace(spec, engine=engine), panel)


def same(one, two):
    assert (one.n_obs, one.n_levels, one.critical_df) == (two.n_obs, two.n_levels, two.critical_df)
    np.testing.assert_allclose(one.coefficients, two.coefficients, rtol=1e-8)
    np.testing.assert_allclose(one.std_errors, two.std_errors, rtol=1e-8)
    np.testing.assert_allclose(one.r2_within, two.r2_within, rtol=1e-8)


@pytest.mark.parametrize("weights", [None, "precision"])
@pytest.mark.parametrize(
    "effects", [(), ("session",), ("symbol", "session"), MONTHLY, ("industry", "session")], ids="+".join
)
def test_the_two_libraries_agree(panel, effects, weights):
    for covariance, clusters in ERRORS:
        spec = replace(BASE, effects=effects, covariance=covariance, clusters=clusters, weights=weights)
        one, two = (fitted(spec, panel, engine) for engine in ("linearmodels", "pyfixest"))
        same(one, two)
        assert (one.library, two.library) == ("linearmodels", "pyfixest")


@pytest.mark.filterwarnings(
    "ignore:The design matrix is rank-deficient"
)  # months are sums of sessions: both count them
@pytest.mark.parametrize("engine", ["linearmodels", "pyfixest"])
@pytest.mark.parametrize("weights", [None, "precision"])
def test_combined_effects_and_clusters_equal_dummy_variables(panel, engine, weights):
    spec = replace(BASE, effects=MONTHLY, clusters=("industry:month",), small_sample="full", weights=weights)
    ours = fitted(spec, panel, engine)
    frame = estimation_sample(spec, panel)[0].to_pandas()
    joint = frame["symbol"] + frame["month"]
    dummies = [pd.get_dummies(level, drop_first=True, dtype=float) for level in (joint, frame["session"])]
    design = sm.add_constant(pd.concat([frame[list(spec.regressors)], *dummies], axis=1))
    groups = (frame["industry"].astype(str) + frame["month"]).astype("category").cat.codes
    weight = 1.0 if weights is None else frame[weights]
    fit = sm.WLS(frame[spec.y] * 1e4, design, weights=weight).fit(
        cov_type="cluster", cov_kwds={"groups": groups}, use_t=True
    )
    np.testing.assert_allclose(ours.coefficients, fit.params[list(spec.regressors)], rtol=1e-8)
    np.testing.assert_allclose(ours.std_errors, fit.bse[list(spec.regressors)], rtol=1e-8)


def test_three_effects_equal_dummy_variables(panel):
    spec = replace(
        BASE, effects=("symbol", "session", "sector"), covariance="unadjusted", clusters=(), small_sample="none"
    )
    data = panel.data.with_columns(sector=(pl.col("n_posts_market") % 7).cast(pl.String))
    sectored = type(panel)(data, panel.ledger, panel.settings)
    ours = estimate(spec, sectored)
    assert ours.library == "pyfixest"
    frame = estimation_sample(spec, sectored)[0].to_pandas()
    dummies = [pd.get_dummies(frame[effect], drop_first=True, dtype=float) for effect in spec.effects]
    design = sm.add_constant(pd.concat([frame[list(spec.regressors)], *dummies], axis=1))
    fit = sm.OLS(frame[spec.y] * 1e4, design).fit()
    names = list(spec.regressors)
    np.testing.assert_allclose(ours.coefficients, fit.params[names], rtol=1e-8)
    np.testing.assert_allclose(ours.std_errors, fit.bse[names] * np.sqrt(fit.df_resid / ours.n_obs), rtol=1e-8)


@pytest.mark.parametrize("engine", ["linearmodels", "pyfixest"])
def test_rows_that_are_no_firm_sessions(engine):
    """A cross-section of offers: industry and year effects, robust errors, singletons dropped and counted."""
    rng = np.random.default_rng(0)
    n = 150
    industry, year = rng.integers(0, 12, n), rng.integers(2000, 2008, n)
    industry[0] = 99
    data = pl.DataFrame({"industry": industry.astype(str), "year": year, "x": rng.standard_normal(n)})
    data = data.with_columns(y=2 * pl.col("x") + pl.Series(year % 3) + pl.Series(rng.standard_normal(n)))
    spec = replace(
        BASE, y="y", x=("x",), controls=(), effects=("industry", "year"), covariance="robust", clusters=(), y_scale=1.0
    )
    ours = fitted(spec, Sample(data, Ledger(), {}, "IPOs"), engine)
    assert (ours.ledger.steps[-1].dropped, ours.ledger.steps[-1].unit) == (1, "IPOs")
    frame = data.to_pandas().iloc[1:]
    dummies = [pd.get_dummies(frame[c], drop_first=True, dtype=float) for c in ("industry", "year")]
    fit = sm.OLS(frame["y"], sm.add_constant(pd.concat([frame[["x"]], *dummies], axis=1))).fit(cov_type="HC1")
    np.testing.assert_allclose((ours.coefficients[0], ours.std_errors[0]), (fit.params["x"], fit.bse["x"]), rtol=1e-8)


@pytest.mark.parametrize("engine", ["linearmodels", "pyfixest"])
@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"twin": pl.col("happy_market") * 2}, "happy_market is a linear combination of twin"),
        ({"twin": pl.col("symbol").rank("dense")}, "twin does not vary within symbol"),
    ],
)
def test_both_libraries_name_the_collinear_regressor(panel, engine, columns, words):
    changed = type(panel)(panel.data.with_columns(**columns), panel.ledger, panel.settings)
    with pytest.raises(EstimationError, match=words):
        fitted(replace(BASE, x=("twin", "happy_market")), changed, engine)


@pytest.mark.parametrize("engine", ["linearmodels", "pyfixest"])
def test_a_control_that_the_effects_explain_is_left_out_and_named(panel, engine):
    fixed = type(panel)(panel.data.with_columns(size=pl.col("symbol").rank("dense")), panel.ledger, panel.settings)
    plain = replace(BASE, controls=("attention_market",), standardise=("attention_market",))
    held = replace(
        plain, controls=("size", "attention_market"), standardise=("size", "attention_market"), winsorise=("size",)
    )
    with_size, without = fitted(held, fixed, engine), fitted(plain, fixed, engine)
    assert with_size.absorbed == ("size",)
    assert with_size.spec == without.spec
    np.testing.assert_array_equal(with_size.coefficients, without.coefficients)
    assert "Left out: size (log market value), since the effects explain it." in with_size.notes


def test_rows_decide_unless_the_spec_does(monkeypatch):
    assert choose_engine(BASE, MANY_ROWS - 1) == "linearmodels"
    assert choose_engine(BASE, MANY_ROWS) == "pyfixest"
    assert choose_engine(replace(BASE, engine="linearmodels"), MANY_ROWS) == "linearmodels"
    monkeypatch.setitem(sys.modules, "pyfixest", None)
    assert choose_engine(BASE, MANY_ROWS) == "linearmodels"
    with pytest.raises(SpecError, match=r"engine='pyfixest' needs pyfixest: pip install 'emtract\[large\]'"):
        choose_engine(replace(BASE, engine="pyfixest"), 10)


@pytest.mark.parametrize("engine", ["linearmodels", "pyfixest"])
@pytest.mark.parametrize("effects", [(), ("session",), ("symbol", "session")])
@pytest.mark.parametrize(
    ("column", "controls", "why"),
    [
        (pl.lit(3.0), ("twin",), "it does not vary in the sample"),
        (pl.lit(0.0), ("twin",), "it does not vary in the sample"),
        (
            pl.col("attention_market") * 2 - 1,
            ("attention_market", "twin"),
            "it is a linear combination of attention before",
        ),
    ],
)
def test_a_control_of_which_nothing_is_left_is_named_with_the_reason(panel, engine, effects, column, controls, why):
    told = type(panel)(panel.data.with_columns(twin=column), panel.ledger, panel.settings)
    held = tuple(c for c in controls if c != "twin")
    with_twin = fitted(replace(BASE, controls=controls, effects=effects), told, engine)
    without = fitted(replace(BASE, controls=held, effects=effects), told, engine)
    assert (with_twin.absorbed, with_twin.spec) == (("twin",), without.spec)
    np.testing.assert_array_equal(with_twin.coefficients, without.coefficients)
    assert with_twin.left_out["twin"].startswith(why.partition(" attention")[0])
    assert any(note.startswith("Left out: twin, since it") for note in with_twin.notes)


@pytest.mark.parametrize("effects", [(), ("symbol", "session")])
def test_a_control_that_repeats_a_regressor_of_interest_is_refused(panel, effects):
    told = type(panel)(panel.data.with_columns(twin=pl.col("happy_market") * 2), panel.ledger, panel.settings)
    with pytest.raises(EstimationError, match="twin is a linear combination of happy_market"):
        estimate(replace(BASE, x=("happy_market",), controls=("twin",), effects=effects), told)


def test_large_numbers_are_absorbed_as_small_ones(panel):
    """The tolerance of alternating projections is absolute: volumes, or returns times a large factor, never came below it."""
    spec = replace(BASE, y_scale=1e13, engine="pyfixest")
    large, plain = estimate(spec, panel), estimate(replace(spec, engine="linearmodels"), panel)
    np.testing.assert_allclose(large.coefficients, plain.coefficients, rtol=1e-9)
    np.testing.assert_allclose(large.covariance, plain.covariance, rtol=1e-9)

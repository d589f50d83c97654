"""Against statsmodels on its own macro data, against hand computation, and the rules that gaps and names obey."""

import datetime as dt
from dataclasses import replace

import numpy as np
import polars as pl
import pytest
import statsmodels.api as sm
from statsmodels.tsa.vector_ar.var_model import VAR

from emtract.econometrics.analyses.vector.analysis import VectorAutoregression
from emtract.econometrics.analyses.vector.system import (
    coefficients,
    criteria,
    innovations,
    lagged,
    responses,
    shock_sizes,
)
from emtract.errors import EstimationError, SpecError
from emtract.panel.frame import Sample

NAMES = ("realgdp", "realcons", "realinv")
REQUEST = VectorAutoregression(
    variables=NAMES, lags=3, replications=50, covariance="newey_west", hac_lags=4, horizons=6, reported=(1, 4)
)


@pytest.fixture(scope="module")
def macro():
    """Quarterly growth of the United States, as in statsmodels' own documentation of VAR."""
    levels = sm.datasets.macrodata.load_pandas().data[list(NAMES)]
    growth = np.log(levels.to_numpy())
    growth = 100 * (growth[1:] - growth[:-1])
    days = [dt.date(2000, 1, 1) + dt.timedelta(days=i) for i in range(len(growth))]
    frame = pl.DataFrame({"session": days, "number": range(len(growth))} | dict(zip(NAMES, growth.T, strict=True)))
    return Sample(frame, unit="sessions")


@pytest.fixture(scope="module")
def reference(macro):
    return VAR(macro.data.select(NAMES).to_numpy()).fit(3)


def run(request, sample):
    return request.run({"market_sessions": sample})


def test_coefficients_and_innovations_are_those_of_statsmodels(macro, reference):
    rows = lagged(macro.data, NAMES, 3)
    b = coefficients(rows)
    assert np.allclose(b, reference.params, atol=1e-10)
    assert np.allclose(innovations(rows, b)[1], reference.sigma_u, atol=1e-12)


def test_responses_times_the_size_of_shocks_are_those_of_statsmodels(macro, reference):
    rows = lagged(macro.data, NAMES, 3)
    b = coefficients(rows)
    sigma = innovations(rows, b)[1]
    assert np.allclose(responses(rows, b, sigma, 6) * shock_sizes(sigma), reference.irf(6).orth_irfs, atol=1e-10)


def test_lag_order_criteria_rank_as_those_of_statsmodels(macro):
    ours = criteria(macro.data, NAMES, 6)
    theirs = VAR(macro.data.select(NAMES).to_numpy()).select_order(6)
    for name in ("aic", "bic", "hqic"):
        assert np.allclose(ours[name], theirs.ics[name][1:], atol=1e-8)


def test_granger_tests_are_hac_wald_tests_of_the_single_equation(macro):
    finding = run(REQUEST, macro)
    rows = lagged(macro.data, NAMES, 3)
    fitted = sm.OLS(rows.y[:, 1], rows.z).fit(
        cov_type="HAC", cov_kwds={"maxlags": 4, "use_correction": True}, use_t=True
    )
    at = [1, 4, 7]
    restriction = np.eye(rows.z.shape[1])[at]
    test = fitted.f_test(restriction)
    row = finding.row("realgdp on realcons, Granger")
    assert row["statistic"] == pytest.approx(float(test.fvalue), rel=1e-9)
    assert row["p_value"] == pytest.approx(float(test.pvalue), rel=1e-6)
    total = fitted.t_test(restriction.sum(axis=0))
    summed = finding.row("realgdp on realcons, sum of lags")
    assert summed["estimate"] == pytest.approx(float(total.effect[0]), rel=1e-9)
    assert summed["std_error"] == pytest.approx(float(total.sd.item()), rel=1e-9)
    assert summed["p_value"] == pytest.approx(float(total.pvalue), rel=1e-6)


def test_the_default_errors_are_hc3_of_the_single_equation(macro):
    row = run(replace(REQUEST, covariance="hc3"), macro).row("realgdp on realcons, sum of lags")
    rows = lagged(macro.data, NAMES, 3)
    total = (
        sm.OLS(rows.y[:, 1], rows.z)
        .fit(cov_type="HC3", use_t=True)
        .t_test(np.eye(rows.z.shape[1])[[1, 4, 7]].sum(axis=0))
    )
    assert row["std_error"] == pytest.approx(float(total.sd.item()), rel=1e-9)


def test_the_classical_test_is_the_f_test_of_statsmodels(macro, reference):
    table = run(REQUEST, macro).tables["Granger tests"]
    row = table.row(by_predicate=(pl.col("cause") == "realinv") & (pl.col("effect") == "realgdp"), named=True)
    theirs = reference.test_causality(0, 2, kind="f")
    assert row["F (classical)"] == pytest.approx(theirs.test_statistic, rel=1e-8)


def test_a_missing_session_takes_the_sessions_after_it_and_is_never_bridged(macro):
    holes = macro.data.with_columns(
        pl.when(pl.col("number") == 100).then(None).otherwise(pl.col("realgdp")).alias("realgdp")
    )
    finding = run(REQUEST, Sample(holes, unit="sessions"))
    whole = run(REQUEST, macro)
    assert whole.n_obs - finding.n_obs == 1 + 3
    dropped = {step.name: step.dropped for step in finding.ledger.steps}
    assert dropped["with every variable"] == 1
    assert dropped["with lags"] == 3 + 3


def test_units_scale_the_estimates_and_not_the_tests(macro):
    plain, scaled = run(REQUEST, macro), run(replace(REQUEST, scales=(("realgdp", 1e4),)), macro)
    term = "realinv on realgdp, sum of lags"
    assert scaled.row(term)["estimate"] == pytest.approx(1e4 * plain.row(term)["estimate"], rel=1e-8)
    granger = "realinv on realgdp, Granger"
    assert scaled.row(granger)["p_value"] == pytest.approx(plain.row(granger)["p_value"], rel=1e-6)


def test_the_terms_it_promises_are_those_it_gives(macro):
    finding = run(REQUEST, macro)
    assert tuple(finding.estimates["term"]) == REQUEST.terms
    assert {chart.kind for chart in finding.charts} == {"fan", "lines"}
    assert run(REQUEST, macro).estimates.equals(finding.estimates)


@pytest.mark.parametrize(
    "wrong",
    [
        {"variables": ("a",)},
        {"variables": ("a", "a")},
        {"variables": ("a", "b"), "lags": 0},
        {"variables": ("a", "b"), "select": "best"},
        {"variables": ("a", "b"), "standardise": ("c",)},
        {"variables": ("a", "b"), "reported": (99,)},
    ],
)
def test_an_impossible_request_is_refused(wrong):
    with pytest.raises(SpecError):
        VectorAutoregression(**wrong)


def test_samples_that_cannot_carry_it_are_named(macro):
    with pytest.raises(SpecError, match="no column 'nothing'"):
        run(VectorAutoregression(variables=("realgdp", "nothing")), macro)
    with pytest.raises(EstimationError, match="cannot carry"):
        run(REQUEST, Sample(macro.data.head(20), unit="sessions"))
    twice = Sample(macro.data.with_columns(realcons=2 * pl.col("realgdp")), unit="sessions")
    with pytest.raises(EstimationError, match="combinations"):
        run(REQUEST, twice)

"""Kernels over time against statsmodels, pyfixest, and sums written out by hand."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
import statsmodels.api as sm

from emtract.econometrics.newey_west import rule_of_thumb_lags
from emtract.econometrics.regression import covariance as sandwich
from emtract.econometrics.regression.estimate import estimate
from emtract.econometrics.regression.sample import estimation_sample
from emtract.errors import EstimationError, SpecError
from emtract.ledger import Ledger
from emtract.panel.frame import Sample
from tests.econometrics.conftest import BASE
from tests.worlds.panels import simulate_panel

SERIES = replace(BASE, effects=(), clusters=(), covariance="newey_west", small_sample="fixest", lags=3)


def series(panel):
    """One row a session: means over firms."""
    columns = [BASE.y, *BASE.regressors]
    return Sample(panel.data.group_by("session").agg(pl.col(columns).mean()).sort("session"), Ledger(), {}, "sessions")


def test_three_scores_by_hand():
    """s = 1, 2, -1 and one lag: 1 + 4 + 1 + (1/2) 2 (2 - 2) = 6; with a gap after the first, 6 - 2 (1/2) 2 = 4."""
    scores = np.array([[1.0], [2.0], [-1.0]])
    assert sandwich.newey_west(scores, np.array([0, 1, 2]), 1) == 6
    assert sandwich.newey_west(scores, np.array([0, 2, 3]), 1) == 4
    assert sandwich.newey_west(scores, np.array([0, 1, 0]), 1, np.array([0, 0, 1])) == 8
    assert sandwich.driscoll_kraay(scores, np.array([0, 0, 1]), 1) == 9 + 1 - 3
    assert sandwich.clustered(scores, [np.array([0, 0, 1])]) == 10
    assert sandwich.clustered(scores, [np.array([0, 0, 1]), np.array([0, 1, 1])]) == 10 + 2 - 6


@pytest.mark.parametrize(("n_periods", "lags"), [(100, 4), (50, 3), (1000, 6), (2520, 8)])
def test_the_rule_of_thumb(n_periods, lags):
    assert rule_of_thumb_lags(n_periods) == lags


def test_newey_west_of_a_series_equals_statsmodels(panel):
    sample = series(panel)
    ours = estimate(SERIES, sample)
    frame = estimation_sample(SERIES, sample)[0].to_pandas()
    design = sm.add_constant(frame[list(SERIES.regressors)])
    fit = sm.OLS(frame[SERIES.y] * 1e4, design).fit(cov_type="HAC", cov_kwds={"maxlags": 3, "use_correction": True})
    np.testing.assert_allclose(ours.std_errors, fit.bse.iloc[1:], rtol=1e-10)
    assert ours.critical_df == len(frame) - 1


@pytest.mark.filterwarnings("ignore:.*(inplace|singleton|demeaner_backend).*")
@pytest.mark.parametrize("effects", [(), ("symbol",), ("symbol", "session")], ids="+".join)
@pytest.mark.parametrize("rule", ["NW", "DK"])
def test_panels_equal_pyfixest(effects, rule):
    """pyfixest's lags of a panel run over rows, ours over sessions: the same where every firm has every session."""
    pf = pytest.importorskip("pyfixest")
    full = simulate_panel(np.random.default_rng(4), 12, n_sessions=25, mean_posts=300).panel
    kind = {"NW": "newey_west", "DK": "driscoll_kraay"}[rule]
    spec = replace(BASE, effects=effects, clusters=(), covariance=kind, small_sample="full", lags=2)
    ours = estimate(spec, full)
    formula = f"y ~ {' + '.join(spec.regressors)}" + (f" | {' + '.join(effects)}" if effects else "")
    keys = {"t": pl.col("session").rank("dense"), "firm": pl.col("symbol").rank("dense")}
    frame = full.data.with_columns(y=pl.col(spec.y) * 1e4, **keys).to_pandas()
    kwargs = {"time_id": "t", "panel_id": "firm", "lag": 2}
    theirs = pf.feols(formula, frame, vcov=rule, vcov_kwargs=kwargs, ssc=pf.ssc(k_fixef="full"), fixef_tol=1e-13)
    names = list(spec.regressors)
    np.testing.assert_allclose(ours.std_errors, theirs.se()[names], rtol=1e-8)
    np.testing.assert_allclose(ours.tidy()["p_value"], theirs.pvalue()[names], rtol=1e-7)


def test_driscoll_kraay_equals_linearmodels(panel):
    """Without a finite-sample rule it is linearmodels' kernel covariance."""
    import pandas as pd
    from linearmodels.panel import PanelOLS

    spec = replace(BASE, effects=("symbol",), clusters=(), covariance="driscoll_kraay", small_sample="none", lags=2)
    ours = estimate(spec, panel)
    frame = estimation_sample(spec, panel)[0].to_pandas()
    frame["session"] = pd.to_datetime(frame["session"])
    frame = frame.set_index(["symbol", "session"])
    model = PanelOLS(frame[[spec.y]] * 1e4, frame[list(spec.regressors)], entity_effects=True)
    fit = model.fit(
        cov_type="kernel", kernel="bartlett", bandwidth=2, debiased=False, auto_df=False, count_effects=False
    )
    np.testing.assert_allclose(ours.std_errors, fit.std_errors, rtol=1e-8)


def test_no_lags_is_robust(panel):
    robust = estimate(replace(SERIES, covariance="robust", lags=None, small_sample="none"), series(panel))
    none = estimate(replace(SERIES, lags=0, small_sample="none"), series(panel))
    np.testing.assert_allclose(none.std_errors, robust.std_errors, rtol=1e-12)


def test_lags_that_the_sample_cannot_carry_and_times_that_repeat_are_refused(panel):
    with pytest.raises(EstimationError, match="60 lags need more than"):
        estimate(replace(SERIES, lags=60), series(panel))
    repeated = series(panel)
    twice = Sample(pl.concat([repeated.data, repeated.data]), Ledger(), {}, "rows")
    with pytest.raises(SpecError, match="driscoll_kraay"):
        estimate(SERIES, twice)

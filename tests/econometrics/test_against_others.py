"""The same numbers from dummy-variable least squares (statsmodels) and from linearmodels' own panel model."""

from dataclasses import replace

import numpy as np
import pandas as pd
import statsmodels.api as sm
from linearmodels.panel import PanelOLS

from emtract.econometrics.regression.estimate import estimate
from emtract.econometrics.regression.sample import estimation_sample
from tests.econometrics.conftest import BASE


def rows(spec, panel):
    """The estimation sample as pandas, with the outcome scaled."""
    frame = estimation_sample(spec, panel)[0].to_pandas()
    return frame, frame[spec.y] * spec.y_scale, frame[list(spec.regressors)]


def test_dummy_variable_least_squares_with_one_way_clusters(panel):
    """statsmodels counts every dummy and the constant: the rule `full`."""
    spec = replace(BASE, clusters=("session",), small_sample="full")
    ours = estimate(spec, panel)
    frame, y, x = rows(spec, panel)
    dummies = [pd.get_dummies(frame[e], drop_first=True, dtype=float) for e in spec.effects]
    design = sm.add_constant(pd.concat([x, *dummies], axis=1))
    groups = frame["session"].astype("category").cat.codes
    fit = sm.OLS(y, design).fit(cov_type="cluster", cov_kwds={"groups": groups}, use_t=True)
    names = list(spec.regressors)
    np.testing.assert_allclose(ours.coefficients, fit.params[names], rtol=1e-8)
    np.testing.assert_allclose(ours.std_errors, fit.bse[names], rtol=1e-8)
    np.testing.assert_allclose(ours.tidy()["p_value"], fit.pvalues[names], rtol=1e-7)


def test_plain_least_squares_with_classical_errors(panel):
    spec = replace(BASE, effects=(), covariance="unadjusted", clusters=(), small_sample="fixest")
    ours = estimate(spec, panel)
    _, y, x = rows(spec, panel)
    fit = sm.OLS(y, sm.add_constant(x)).fit()
    np.testing.assert_allclose(ours.std_errors, fit.bse[1:], rtol=1e-10)
    np.testing.assert_allclose(ours.tidy()["p_value"], fit.pvalues[1:], rtol=1e-8)
    assert ours.critical_df == fit.df_resid
    np.testing.assert_allclose(ours.r2_within, fit.rsquared)


def test_linearmodels_panel_model_without_corrections(panel):
    """`none` is linearmodels with every adjustment off, weights included."""
    spec = replace(BASE, small_sample="none", weights="precision")
    ours = estimate(spec, panel)
    frame, y, x = rows(spec, panel)
    index = pd.MultiIndex.from_frame(frame[["symbol", "session"]])
    for part in (y, x):
        part.index = index
    weights = pd.DataFrame({"w": frame["precision"].to_numpy()}, index=index)
    model = PanelOLS(y.to_frame("y"), x, weights=weights, entity_effects=True, time_effects=True)
    fit = model.fit(
        cov_type="clustered", cluster_entity=True, cluster_time=True, debiased=False, auto_df=False, count_effects=False
    )
    np.testing.assert_allclose(ours.coefficients, fit.params, rtol=1e-8)
    np.testing.assert_allclose(ours.covariance, fit.cov, rtol=1e-7, atol=1e-10)
    np.testing.assert_allclose(ours.r2_within, fit.rsquared, rtol=1e-8)

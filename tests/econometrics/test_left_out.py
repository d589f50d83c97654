"""Fits without one firm or one session against fits of the rows that are left."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from emtract.econometrics.analyses.contrast import Contrast
from emtract.econometrics.left_out import Behind, left_out, weakest
from emtract.econometrics.regression.estimate import estimate, wild_sums
from emtract.panel.frame import Sample
from tests.econometrics.conftest import BASE

FULL = replace(BASE, effects=("symbol", "session"))


def without(panel, column, unit):
    return Sample(panel.data.filter(pl.col(column).cast(pl.String) != unit), panel.ledger, panel.settings)


def fits(spec, panel, term="happy_market", **reported):
    result = estimate(replace(spec, bootstrap="none"), panel)
    row = {**result.row(term), **reported}
    behind = Behind(spec=spec, sample=panel, weights={term: 1.0})
    return {
        dimension: (frame, again)
        for dimension, frame, again in left_out(behind, p_value=row["p_value"], std_error=row["std_error"])
    }


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"effects": ("symbol",), "clusters": ("session",)},
        {"effects": ()},
        {"effects": ("symbol:month", "session")},
        {"weights": "n_posts_market"},
        {"covariance": "robust", "clusters": ()},
        {"covariance": "driscoll_kraay", "clusters": (), "lags": 2, "effects": ("symbol",)},
        {"covariance": "unadjusted", "clusters": (), "effects": ("session",)},
    ],
    ids=str,
)
def test_every_fit_is_that_of_the_rows_that_are_left(panel, change):
    spec = replace(FULL, **change)
    found = fits(spec, panel)
    assert set(found) == {"symbol", "session"}
    for dimension, (frame, again) in found.items():
        assert again is None
        for row in frame[:: max(1, frame.height // 5)].iter_rows(named=True):
            refit = estimate(spec, without(panel, dimension, row["unit"])).row("happy_market")
            np.testing.assert_allclose(row["estimate"], refit["estimate"], rtol=1e-7)
            # A session less changes lags of a kernel at the gap; rows alone in a level count here, and move the factor a little.
            loose = spec.covariance == "driscoll_kraay" and dimension == "session"
            np.testing.assert_allclose(row["std_error"], refit["std_error"], rtol=0.05 if loose else 0.01)


def test_regressors_stay_in_the_units_of_the_whole_sample(panel):
    plain = fits(FULL, panel)["symbol"][0]
    scaled = fits(replace(FULL, standardise=("happy_market",)), panel)["symbol"][0]
    sd = estimate(FULL, panel).row("happy_market")["sd"]
    np.testing.assert_allclose(scaled["estimate"], plain["estimate"] * sd, rtol=1e-8)


def test_an_error_by_another_rule_is_stretched(panel):
    usual, wide = (fits(FULL, panel, **more)["symbol"][0] for more in ({}, {"std_error": 1e3}))
    own = estimate(FULL, panel).row("happy_market")["std_error"]
    np.testing.assert_allclose(wide["std_error"], usual["std_error"] * 1e3 / own)


def test_where_clusters_are_few_the_least_clear_fit_is_bootstrapped(panel):
    spec = replace(FULL, bootstrap="auto", draws=199)
    assert all(again is None for _, again in fits(spec, panel, p_value=0.5).values())
    frame, again = fits(spec, panel, p_value=0.001)["symbol"]
    unit = frame["unit"][weakest(frame, 1.0)]
    refit = estimate(replace(spec, bootstrap="wild"), without(panel, "symbol", unit))
    assert again == refit.row("happy_market")["p_value"]


def test_a_difference_is_left_out_of_as_one_number(panel):
    contrast = Contrast(label="", spec=FULL, pairs=(("happy_market", "sad_market"),))
    term = contrast.terms[0]
    row = contrast.run({"firm_sessions": panel}).row(term)
    behind = contrast.behind(term, {"firm_sessions": panel})
    _, frame, _ = next(left_out(behind, p_value=row["p_value"], std_error=row["std_error"]))
    first = frame.row(0, named=True)
    result = estimate(FULL, without(panel, "symbol", first["unit"]))
    weights = np.array([behind.weights.get(name, 0.0) for name in FULL.regressors])
    np.testing.assert_allclose(first["estimate"], weights @ result.coefficients, rtol=1e-7)
    test = wild_sums(estimate(FULL, panel), panel, weights[None])[0]
    np.testing.assert_allclose((test.estimate, test.std_error), (row["estimate"], row["std_error"]), rtol=1e-7)


def test_the_least_clear_is_of_the_other_sign_first():
    frame = pl.DataFrame({"estimate": [2.0, 0.5, -0.1, 3.0], "std_error": [1.0, 1.0, 1.0, 9.0]})
    assert weakest(frame, 2.0) == 2
    assert weakest(frame.with_columns(-pl.col("estimate")), -2.0) == 2

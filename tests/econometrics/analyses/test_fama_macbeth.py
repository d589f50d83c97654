"""Fama and MacBeth's regressions against linearmodels and figures worked out by hand."""

import datetime as dt

import numpy as np
import polars as pl
import pytest
from linearmodels.panel import FamaMacBeth as Reference

from emtract.econometrics.analyses.fama_macbeth import FamaMacBeth
from emtract.econometrics.regression.sample import estimation_sample
from emtract.errors import EstimationError, MissingDataError
from emtract.ledger import Ledger
from emtract.panel.frame import Sample
from tests.worlds.panels import simulate_panel


@pytest.fixture(scope="module")
def panel():
    return simulate_panel(np.random.default_rng(3), 40, n_sessions=40, common=0.7, mean_posts=12).panel


def request(**change):
    options = {"label": "FM", "y": "return_open_close", "x": ("happy_market", "sad_market"), "y_scale": 1e4}
    return FamaMacBeth(**(options | {"controls": ("attention_market",)} | change))


@pytest.mark.parametrize("lags", [0, 3])
def test_means_and_errors_equal_linearmodels(panel, lags):
    asked = request(lags=lags)
    ours = asked.run({"firm_sessions": panel}).estimates
    frame = estimation_sample(asked.spec, panel)[0].to_pandas().set_index(["symbol", "session"])
    model = Reference(frame["return_open_close"] * 1e4, frame[list(asked.terms)].assign(constant=1.0))
    options = {"cov_type": "kernel", "kernel": "bartlett", "bandwidth": lags} if lags else {"cov_type": "unadjusted"}
    fit = model.fit(debiased=True, **options)
    names = list(asked.terms)
    np.testing.assert_allclose(ours["estimate"], fit.params[names], rtol=1e-8)
    np.testing.assert_allclose(ours["std_error"], fit.std_errors[names], rtol=1e-8)


def test_three_cross_sections_by_hand():
    """Slopes 1, 2 and 6: mean 3, variance ((-2)^2 + (-1)^2 + 3^2) / (3 * 2) = 7/3; one lag adds 2 (1/2) (2 - 3) / 6."""
    days = [dt.date(2020, 1, day) for day in (2, 3, 6)]
    rows = [(day, x, slope * x + 5) for day, slope in zip(days, (1, 2, 6), strict=True) for x in (0.0, 1.0, 2.0, 5.0)]
    sample = Sample(pl.DataFrame(rows, schema=["session", "x", "y"], orient="row"), Ledger(), {}, "rows")
    for lags, variance in ((0, 14 / 6), (1, 13 / 6)):
        asked = FamaMacBeth(label="FM", y="y", x=("x",), lags=lags, min_rows=3)
        row = asked.run({"firm_sessions": sample}).row("x")
        np.testing.assert_allclose((row["estimate"], row["std_error"]), (3, np.sqrt(variance)))


def test_standardised_regressors_are_rescaled(panel):
    plain, scaled = (
        request(standardise=names).run({"firm_sessions": panel}).row("happy_market")
        for names in ((), ("happy_market",))
    )
    data = estimation_sample(request().spec, panel)[0]
    np.testing.assert_allclose(scaled["estimate"], plain["estimate"] * data["happy_market"].std())
    np.testing.assert_allclose(scaled["statistic"], plain["statistic"])


def test_thin_cross_sections_leave_and_are_counted(panel):
    finding = request(min_rows=38).run({"firm_sessions": panel})
    assert finding.ledger.steps[-1].name == "in full cross-sections"
    assert finding.ledger.steps[-1].dropped > 0
    n_periods, n_used = int(finding.notes[0].split()[5]), panel.data["session"].n_unique()
    assert 1 < n_periods < n_used
    assert "2 Newey-West lags (floor(4 (T/100)^(2/9)))" in finding.notes[0]
    with pytest.raises(EstimationError, match="lower min_rows"):
        request(min_rows=41).run({"firm_sessions": panel})


def test_missing_files_are_named(panel):
    bare = Sample(panel.data.with_columns(short_ratio=None), panel.ledger, panel.settings, panel.unit)
    with pytest.raises(MissingDataError, match="finra_short_interest"):
        request(controls=("short_ratio",)).run({"firm_sessions": bare})

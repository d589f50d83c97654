"""The sort as an analysis: alphas against statsmodels, what the finding holds, what it says."""

import datetime as dt
from dataclasses import replace

import numpy as np
import polars as pl
import pytest
import statsmodels.api as sm
from scipy import stats

from emtract.econometrics.estimates import ESTIMATE_COLUMNS
from emtract.econometrics.newey_west import fixed_b_df, newey_west, rule_of_thumb_lags, sharpe_of
from emtract.econometrics.portfolio.performance import evaluate
from emtract.econometrics.portfolio.sort import PortfolioSort, SignalSorts
from emtract.econometrics.portfolio.summary import BREAK_EVEN, SHARPE, SPREAD
from emtract.econometrics.sentences import finding_sentence
from emtract.errors import EstimationError, SpecError
from emtract.panel.frame import Sample
from tests.econometrics.portfolio_panels import DAY, draw, sample_of

SORT = PortfolioSort(signal="valence_pre_open", min_firms=15, label="Equal weights")
FACTORS = ("mkt_rf", "smb", "hml", "rmw", "cma", "mom", "rf")


def series_of(rng, n, names=FACTORS, *, first=DAY):
    days = [first + dt.timedelta(days=t) for t in range(n)]
    return Sample(
        pl.DataFrame({"session": days} | {name: 0.01 * rng.standard_normal(n) for name in names}), unit="sessions"
    )


@pytest.fixture(scope="module")
def samples():
    rng = np.random.default_rng(21)
    signal, returns, size = draw(rng, 120, 30)
    happy, *_ = draw(rng, 120, 30)
    panel = sample_of(signal, returns, size=size, happy_pre_open=happy, return_close_close_next=np.roll(returns, -1))
    return {"firm_sessions": panel, "series": series_of(rng, 120)}


@pytest.fixture(scope="module")
def finding(samples):
    return SORT.run(samples)


def hac(y, x, lags):
    return sm.OLS(y, sm.add_constant(x)).fit(
        cov_type="HAC", cov_kwds={"maxlags": lags, "use_correction": True}, use_t=True
    )


def test_alphas_are_those_of_statsmodels(samples, finding):
    spread = evaluate(SORT, samples).portfolios.spread
    models = {"CAPM": FACTORS[:1], "FF3": FACTORS[:3], "FF5": FACTORS[:5], "FF5 + momentum": FACTORS[:6]}
    for model, names in models.items():
        fit = hac(spread, 1e4 * samples["series"].data.select(names).to_numpy(), rule_of_thumb_lags(120))
        row = finding.row(f"alpha, {model}")
        assert row["estimate"] == pytest.approx(fit.params[0], rel=1e-10)
        assert row["std_error"] == pytest.approx(fit.bse[0], rel=1e-10)
        width = (1.96 + 2.9694 * 5 / 120 + 0.4160 * (5 / 120) ** 2 - 0.5324 * (5 / 120) ** 3) * fit.bse[0]
        assert (row["conf_low"], row["conf_high"]) == pytest.approx((fit.params[0] - width, fit.params[0] + width))
        assert (row["p_value"] < 0.05) == (abs(row["estimate"]) > width)
    loadings = finding.tables["Alphas and loadings"].filter(pl.col("model") == "FF3")
    fit = hac(spread, 1e4 * samples["series"].data.select(FACTORS[:3]).to_numpy(), rule_of_thumb_lags(120))
    assert loadings["term"].to_list() == ["alpha, basis points", *FACTORS[:3]]
    assert loadings["estimate"].to_list() == pytest.approx(list(fit.params))


def test_newey_west_by_hand():
    """Bartlett weights 1 - l / (L + 1), times T / (T - 1)."""
    y = np.random.default_rng(22).normal(1, 2, 60)
    dev, n = y - y.mean(), 60
    variance = dev @ dev / n + sum(2 * (1 - lag / 4) * (dev[lag:] @ dev[:-lag]) / n for lag in (1, 2, 3))
    assert newey_west(y, lags=3)[0].std_error == pytest.approx(np.sqrt(variance / (n - 1)))


def test_critical_values_grow_with_the_bandwidth():
    """Those of Kiefer and Vogelsang; without lags and with many sessions, the normal's."""
    found = [stats.t.ppf(0.975, fixed_b_df(lags, n)) for lags, n in ((0, 100_000), (4, 250), (3, 80), (9, 100))]
    assert found == pytest.approx([1.96003, 2.01956, 2.10945, 2.26057], abs=1e-4)


def test_the_rule_for_lags():
    assert [rule_of_thumb_lags(n) for n in (50, 100, 250, 500, 2500)] == [3, 4, 4, 5, 8]


def test_the_sharpe_ratio_of_independent_normal_returns_has_the_error_of_lo():
    y = np.random.default_rng(23).normal(0.5, 1, 200_000)
    found, ratio = sharpe_of(y, lags=0, periods=252), y.mean() / y.std()
    assert found.estimate == pytest.approx(ratio * np.sqrt(252))
    assert found.std_error == pytest.approx(np.sqrt(252 * (1 + ratio**2 / 2) / 200_000), rel=0.01)


def test_factors_are_those_of_the_session_in_which_the_return_is_earned(samples):
    """A return of the next session meets the next session's factors; the last has none in the panel and is left out."""
    ahead = replace(SORT, returns="return_close_close_next")
    spread = evaluate(ahead, samples).portfolios.spread
    market = 1e4 * samples["series"].data["mkt_rf"].to_numpy()
    fit = hac(spread[:-1], market[1:], rule_of_thumb_lags(119))
    row = ahead.run(samples).row("alpha, CAPM")
    assert (row["estimate"], row["n_obs"]) == (pytest.approx(fit.params[0]), 119)


def test_rows_are_the_terms_of_the_request(finding):
    assert tuple(finding.estimates["term"]) == SORT.terms
    assert finding.estimates.columns == list(ESTIMATE_COLUMNS)
    means = finding.estimates["estimate"].to_list()
    assert finding.row(SPREAD)["estimate"] == pytest.approx(means[4] - means[0])
    assert finding.row(BREAK_EVEN)["estimate"] == pytest.approx(finding.row(SPREAD)["estimate"] / 4)
    assert set(finding.quantities) == set(SORT.terms)


def test_the_cost_curve_falls_by_what_is_traded(finding):
    curve = finding.tables["Mean return after costs, basis points a session"]
    gross = finding.row(SPREAD)["estimate"]
    assert curve["estimate"].to_list() == pytest.approx([gross - 4 * c for c in SORT.costs])


def test_figures_hold_what_the_tables_say(finding):
    bars, paths, curve = finding.charts
    assert bars.frame["estimate"].to_list() == pytest.approx(finding.estimates["estimate"][:6].to_list())
    gross = paths.frame.filter(pl.col("line") == "gross")
    assert gross["y"][-1] == pytest.approx(finding.row(SPREAD)["estimate"] * gross.height / 100)
    assert curve.frame["x"].to_list() == list(SORT.costs)
    assert (curve.frame["conf_low"] < curve.frame["y"]).all() and (curve.frame["y"] < curve.frame["conf_high"]).all()


def test_without_factors_the_panel_market_serves_and_the_note_says_what_is_missing(samples):
    found = SORT.run({"firm_sessions": samples["firm_sessions"]})
    assert [t for t in found.estimates["term"] if t.startswith("alpha")] == ["alpha, panel market"]
    assert "does not hold: CAPM (mkt_rf); FF3 (mkt_rf, smb, hml)" in found.notes[-1]
    few = Sample(samples["series"].data.head(30))
    assert "CAPM (in only 30 of 120 sessions)" in SORT.run(samples | {"series": few}).notes[-1]


def test_it_says_in_words_what_it_found(finding):
    assert finding_sentence(finding, SPREAD).startswith(
        "The return is higher for firms in quintile 5 than for firms in quintile 1 by valence before the open, held from the "
        "session's open to its close: +"
    )
    assert "bp (95 % interval" in finding_sentence(finding, BREAK_EVEN)
    assert "Sharpe ratio" in finding_sentence(finding, SHARPE)
    assert "known at the open, into 5 portfolios" in SORT.describe()


def test_signals_side_by_side(samples, finding):
    both = SignalSorts(sort=SORT, signals=("valence_pre_open", "happy_pre_open")).run(samples)
    assert both.row("valence_pre_open") | {"term": SPREAD} == finding.row(SPREAD)
    table = both.tables["Long-short portfolios by signal"]
    smaller, larger = sorted(table["p_value"])
    assert sorted(table["p, adjusted"]) == pytest.approx(sorted([min(2 * smaller, larger), larger]))
    with pytest.raises(SpecError, match="happy_market is known at the close"):
        SignalSorts(sort=SORT, signals=("happy_market",))
    with pytest.raises(SpecError, match="each once"):
        SignalSorts(sort=SORT, signals=("happy_pre_open",) * 2)


@pytest.mark.parametrize(
    ("choices", "message"),
    [
        ({"quantiles": 1}, "do not fill 1 portfolios"),
        ({"min_firms": 4}, "4 firms do not fill 5"),
        ({"weights": "cap"}, "unknown option 'cap'"),
        ({"models": ("FF9",)}, "unknown model FF9"),
        ({"costs": (5.0, 1.0)}, "costs must rise"),
        ({"costs": (-1.0, 1.0)}, "costs must rise"),
        ({"lags": -1}, "lags at least 0"),
    ],
)
def test_impossible_options_are_refused(choices, message):
    with pytest.raises(SpecError, match=message):
        PortfolioSort(signal="valence_pre_open", **choices)


def test_series_that_carry_nothing_are_refused(samples):
    signal, _, _ = draw(np.random.default_rng(24), 80, 30)
    with pytest.raises(EstimationError, match="does not vary"):
        SORT.run({"firm_sessions": sample_of(signal, np.zeros_like(signal))})
    flat = samples["series"].data.with_columns(mkt_rf=pl.lit(0.01))
    with pytest.raises(EstimationError, match="collinear or constant"):
        SORT.run(samples | {"series": Sample(flat)})
    with pytest.raises(EstimationError, match="too few for 70 lags"):
        newey_west(np.arange(50.0), lags=70)


def test_a_million_firm_sessions_are_quick():
    import time

    rng = np.random.default_rng(25)
    signal, returns, _ = draw(rng, 1000, 1000)
    sample = sample_of(signal, returns, y="return_close_close_next")
    start = time.perf_counter()
    evaluate(replace(SORT, returns="return_close_close_next"), {"firm_sessions": sample})
    assert time.perf_counter() - start < 10

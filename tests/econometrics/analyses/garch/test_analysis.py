"""GARCH-X: the plain GARCH of `arch` where nothing moves the variance, known effects found, failures counted."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from arch import arch_model
from arch.univariate import ConstantMean

from emtract.econometrics.analyses.garch import analysis as garch
from emtract.econometrics.analyses.garch.analysis import GarchX, _fit, garch_term
from emtract.econometrics.analyses.garch.process import ScaledGARCH
from emtract.errors import EstimationError, SpecError
from emtract.panel.frame import Sample
from tests.validation.garch import REQUEST, draw

FEAR = garch_term("fear_pre_open")


@pytest.fixture(scope="module")
def sample():
    return draw(10, 500, silent=0.2, common=0.2)(np.random.default_rng(3)).samples["firm_sessions"]


@pytest.fixture(scope="module")
def finding(sample):
    return REQUEST.run({"firm_sessions": sample})


def test_without_an_effect_the_variance_is_that_of_arch():
    resids = np.random.default_rng(0).standard_normal(300)
    x = np.random.default_rng(1).standard_normal((300, 2))
    ours, theirs = np.empty(300), np.empty(300)
    process = ScaledGARCH(x)
    bounds = process.variance_bounds(resids)
    garch = np.array([0.1, 0.1, 0.8])
    process.compute_variance(np.append(garch, [0.0, 0.0]), resids, ours, 1.0, bounds)
    arch_model(resids).volatility.compute_variance(garch, resids, theirs, 1.0, bounds)
    assert np.array_equal(ours, theirs)


def test_the_variance_follows_its_equation():
    rng = np.random.default_rng(2)
    e, x, gamma = rng.standard_normal(50), rng.standard_normal((50, 1)), 0.4
    found = np.empty(50)
    process = ScaledGARCH(x)
    process.compute_variance(np.array([0.1, 0.1, 0.8, gamma]), e, found, 1.0, process.variance_bounds(e))
    scale, g = np.exp(gamma * x[:, 0]), np.empty(50)
    g[0] = 0.1 + 0.9 * 1.0
    for t in range(1, 50):
        g[t] = 0.1 + 0.1 * e[t - 1] ** 2 / scale[t - 1] + 0.8 * g[t - 1]
    assert np.allclose(found, scale * g, rtol=1e-10)


def test_errors_of_a_firm_are_the_robust_ones_of_arch(sample):
    firm = sample.data.filter(pl.col("symbol") == "S000")
    x = firm.select(((pl.col(c) - pl.col(c).mean()) / pl.col(c).std()).fill_null(0.0) for c in REQUEST.x).to_numpy()
    fitted = ConstantMean(100 * firm["return_open_close"].to_numpy(), volatility=ScaledGARCH(x), rescale=False).fit(
        disp="off"
    )
    two = sample.data.filter(pl.col("symbol").is_in(["S000", "S001"]))
    chart = REQUEST.run({"firm_sessions": Sample(two)}).charts[0].frame
    row = chart.row(by_predicate=(pl.col("term") == "S000") & (pl.col("group") == "fear before the open"), named=True)
    assert row["estimate"] == pytest.approx(fitted.params.iloc[4], rel=1e-6)
    error = (row["conf_high"] - row["conf_low"]) / (2 * 1.959964)
    # arch centres the scores before it squares them, and divides by n - 1.
    assert error == pytest.approx(fitted.std_err.iloc[4], rel=0.02)


def test_it_finds_the_effect_that_is_there_and_not_the_other(finding):
    row = finding.row(FEAR)
    assert row["conf_low"] < 0.2 < row["conf_high"]
    assert row["p_value"] < 0.05
    assert finding.row(garch_term("happy_pre_open"))["p_value"] > 0.05
    assert row["share_positive"] > 0.8


def test_the_mean_group_error_is_the_spread_over_the_root_of_the_number(sample, finding):
    mean_group = replace(REQUEST, across="mean_group").run({"firm_sessions": sample})
    each = mean_group.charts[0].frame.filter(pl.col("group") == "fear before the open")["estimate"]
    row = mean_group.row(FEAR)
    assert row["estimate"] == pytest.approx(each.mean(), rel=1e-12)
    assert row["std_error"] == pytest.approx(each.std() / np.sqrt(len(each)), rel=1e-12)
    assert finding.row(FEAR)["std_error"] >= row["std_error"]


def test_firms_that_cannot_be_fitted_are_counted(sample):
    short = sample.data.filter(
        (pl.col("symbol") != "S001") | (pl.col("session") < pl.col("session").min() + pl.duration(days=90))
    )
    silent = pl.when(pl.col("symbol") != "S002").then(pl.col("fear_pre_open")).alias("fear_pre_open")
    finding = REQUEST.run({"firm_sessions": Sample(short.with_columns(silent), unit="firm-sessions")})
    dropped = {step.name: step.dropped for step in finding.ledger.steps}
    assert dropped["with enough returns"] == 1
    assert dropped["with enough readings"] == 1
    assert finding.row(FEAR)["n_firms"] == 8


def test_an_impossible_request_or_sample_is_named(sample):
    with pytest.raises(SpecError, match="at least one regressor"):
        GarchX(x=())
    with pytest.raises(SpecError, match="unknown option"):
        GarchX(x=("fear_pre_open",), across="pooled")
    with pytest.raises(SpecError, match="no column 'nothing'"):
        GarchX(x=("nothing",)).run({"firm_sessions": sample})
    with pytest.raises(EstimationError, match="with enough returns"):
        replace(REQUEST, min_observations=5000).run({"firm_sessions": sample})


def test_a_start_that_ends_short_of_the_maximum_is_told_and_does_not_count(sample, finding):
    """The ninth firm: arch's own start ends 0.08 log points short of where others do."""
    assert "the first start fell short for 1 of 10 firms, 0.08 log points at most" in finding.notes[1]
    firm = sample.data.filter(pl.col("symbol") == "S009")
    fit = _fit(REQUEST, firm)
    x = firm.select(((pl.col(c) - pl.col(c).mean()) / pl.col(c).std()).fill_null(0.0) for c in REQUEST.x).to_numpy()
    model = ConstantMean(100 * firm["return_open_close"].to_numpy(), volatility=ScaledGARCH(x), rescale=False)
    rng, first = np.random.default_rng(0), model.fit(disp="off")
    best = first
    for _ in range(20):
        a = rng.uniform(0, 0.4)
        b = rng.uniform(0, 0.95 * (1 - a))
        start = [0.0, (1 - a - b) * np.var(model.y), a, b, *rng.normal(0, 0.3, 2)]
        best = max(best, model.fit(disp="off", starting_values=np.array(start)), key=lambda f: f.loglikelihood)
    assert fit.gain == pytest.approx(best.loglikelihood - first.loglikelihood, abs=1e-3)
    np.testing.assert_allclose(fit.coefficients, best.params.iloc[4:], atol=1e-3)


def test_returns_that_do_not_move_and_firms_without_a_maximum_are_named(sample):
    """One firm has a return of zero throughout; of another a regressor alone says whether the return is zero."""
    still = pl.when(pl.col("symbol") == "S003").then(0.0).otherwise(pl.col("return_open_close"))
    told = pl.when(pl.col("symbol") == "S004").then(
        (pl.col("fear_pre_open").fill_null(0) > 0.2).cast(pl.Float64) * still
    )
    data = sample.data.with_columns(told.otherwise(still).alias("return_open_close"))
    ledger = REQUEST.run({"firm_sessions": Sample(data, unit="firm-sessions")}).ledger
    steps = {step.name: step for step in ledger.steps}
    assert steps["with returns that vary"].dropped == 1
    assert steps["converged"].dropped >= 1
    assert "S004" in steps["converged"].reason


def test_the_scale_of_returns_moves_nothing(sample, finding):
    data = sample.data.with_columns(pl.col("return_open_close") * 0.5)
    row = REQUEST.run({"firm_sessions": Sample(data)}).row(FEAR)
    assert row["estimate"] == pytest.approx(finding.row(FEAR)["estimate"], abs=2e-3)


def test_an_ascent_that_stops_on_a_slope_is_told_and_no_fit(sample, monkeypatch):
    firm = sample.data.filter(pl.col("symbol") == "S000")
    climb = garch._ascents

    def short(model, process):
        value, end = climb(model, process)[0]
        step = np.zeros(end.size)
        step[-1] = 0.2  # several standard errors off, where the likelihood is still curved as at its top
        return [(value, end + step)]

    assert not isinstance(_fit(REQUEST, firm), str)
    monkeypatch.setattr(garch, "_ascents", short)
    assert _fit(REQUEST, firm) == garch._SLOPE


def test_a_variance_on_the_bound_of_the_stationary_is_no_slope():
    """Squared returns that grow throughout drive the lags to a sum of one, beyond which the likelihood would still rise."""
    rng = np.random.default_rng(5)
    n = 600
    e, h = np.empty(n), 1.0
    for t in range(n):
        e[t] = np.sqrt(h) * rng.standard_normal()
        h = 0.02 + 0.25 * e[t] ** 2 + 0.78 * h
    rows = {"session": pl.date_range(pl.date(2015, 1, 1), pl.date(2015, 1, 1) + pl.duration(days=n - 1), eager=True)}
    x = pl.Series("fear_pre_open", rng.standard_normal(n))
    firm = pl.DataFrame(rows).with_columns(pl.lit("A").alias("symbol"), x, pl.Series("return_open_close", e / 100))
    fit = _fit(GarchX(x=("fear_pre_open",), min_observations=50, min_readings=50), firm)
    assert not isinstance(fit, str)


def test_a_condition_may_not_take_returns_out_of_the_middle(sample):
    """The variance of a session would go on from whichever came before it in the sample."""
    days = sample.data["session"].unique().sort()
    whole = replace(REQUEST, where=f"session >= '{days[50]}' AND symbol != 'S000'", min_observations=10_000)
    with pytest.raises(EstimationError, match="fewer than 10000 returns"):
        whole.run({"firm_sessions": sample})
    holed = replace(REQUEST, where=f"session <= '{days[50]}' OR session >= '{days[60]}'")
    with pytest.raises(SpecError, match=r"out of the middle of a firm's.*a span of sessions"):
        holed.run({"firm_sessions": sample})

"""Products, ranges and volumes, bands, vector autoregressions, portfolios and calendar time against numbers stored from R.

What a script of `tests/reference` takes from which package stands in its first lines; R makes everything from rows by itself.
"""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from emtract.econometrics.analyses.family import adjust
from emtract.econometrics.analyses.projections import LocalProjection, horizon_term
from emtract.econometrics.analyses.vector.analysis import VectorAutoregression
from emtract.econometrics.portfolio.calendar_time import CalendarTime
from emtract.econometrics.portfolio.performance import evaluate, traded_dollars
from emtract.econometrics.portfolio.sort import PortfolioSort
from emtract.econometrics.regression.covariance import thompson
from emtract.econometrics.regression.design import codes
from emtract.econometrics.regression.estimate import estimate, influence
from emtract.econometrics.regression.spec import Spec
from emtract.panel.derive import Cumulated, derive
from emtract.panel.frame import Sample
from emtract.study.find import load_study
from tests.reference import make_bands, make_portfolios, make_regressions, make_vector
from tests.reference.by_r import stored

TESTED = ("estimate", "std_error", "p_value", "conf_low", "conf_high")
#: Draws behind quantiles and shares that R integrates: at a share of 5 per cent the standard error is 0.0005.
DRAWS = 200_000


def assert_same(ours, theirs, columns=TESTED):
    np.testing.assert_allclose(ours.select(columns), theirs.select(columns), rtol=1e-8)


#: Specs of studies, and those whose moods R adjusts for being a family: of several, with correlations that multcomp takes.
FAMILIES = (
    ("heterogeneity", "predictive_illiquidity_continuous"),
    ("heterogeneity", "contemporaneous_volatility_split"),
    ("volatility_volume", "contemporaneous_volume_mood"),
    ("volatility_volume", "predictive_absolute_mood"),
)
REGRESSIONS = (
    *FAMILIES,
    ("heterogeneity", "predictive_short_interest_valence"),
    ("volatility_volume", "predictive_parkinson_emotions"),
)


def regression(study, name):
    """The spec as its study has it, a panel with the study's columns, and what R found."""
    loaded = load_study(study)
    spec = replace(loaded.specs[name], bootstrap="none", correct="none")
    return spec, derive(make_regressions.panel(), loaded.derive), stored("regressions").filter(pl.col("spec") == name)


@pytest.mark.parametrize(("study", "name"), REGRESSIONS)
def test_regressions_of_studies_are_those_of_lm_and_sandwich(study, name):
    """Two-way clusters of vcovCL without correction, times the factor of `covariance_scale`.

    sandwich's own factor differs: it counts the effects, and each of the three terms has its own number of clusters.
    """
    spec, panel, theirs = regression(study, name)
    ours = estimate(spec, panel)
    assert ours.tidy()["term"].to_list() == theirs["term"].to_list()
    assert (theirs["n_obs"] == ours.n_obs).all()
    assert_same(ours.tidy(), theirs)


@pytest.mark.parametrize(("study", "name"), REGRESSIONS)
def test_without_factor_and_with_sandwich_s_own_they_are_those_of_vcovcl(study, name):
    """`none` for two-way clusters, and `full` for one-way clusters, are what vcovCL says without any help."""
    spec, panel, theirs = regression(study, name)
    for column, choices in {
        "uncorrected": {"small_sample": "none"},
        "by_session": {"small_sample": "full", "clusters": ("session",)},
    }.items():
        ours = estimate(replace(spec, **choices), panel)
        np.testing.assert_allclose(ours.std_errors, theirs[column], rtol=1e-8)


@pytest.mark.parametrize(("study", "name"), FAMILIES)
def test_families_of_moods_are_adjusted_as_by_multcomp(study, name):
    """Romano and Wolf's step-down by draws, multcomp's "free" by integration to 0.0001: equal to the noise of the draws."""
    spec, panel, theirs = regression(study, name)
    result = estimate(spec, panel)
    terms = [x for x in spec.x if ":" not in x]
    family = theirs.filter(pl.col("term").is_in(terms))
    drawn = adjust(result, terms, "romano_wolf", draws=DRAWS)["p_adjusted"]
    np.testing.assert_allclose(drawn, family["step_down"], atol=0.006)
    hochberg = adjust(result, terms, "benjamini_hochberg")["p_adjusted"]
    np.testing.assert_allclose(hochberg, family["benjamini_hochberg"], rtol=1e-8)


BASE = Spec(
    y=make_bands.Y,
    x=make_bands.X,
    controls=(make_bands.CONTROL,),
    effects=("symbol", "session"),
    covariance="clustered",
    clusters=("symbol", "session"),
    small_sample="fixest",
    y_scale=1e4,
)
PROJECTION = LocalProjection(spec=BASE, horizons=make_bands.HORIZONS, reversal=make_bands.REVERSAL, draws=DRAWS)


@pytest.fixture(scope="module")
def overlapping():
    return derive(make_bands.panel(), [Cumulated(make_bands.Y, make_bands.HORIZONS)])


@pytest.fixture(scope="module")
def projected(overlapping):
    return PROJECTION.run({"firm_sessions": overlapping})


def test_bands_over_horizons_are_those_of_multcomp(projected):
    """The critical value is a quantile of draws here, of the integral of the same multivariate t there: to 1 per cent."""
    theirs = stored("bands")
    for x in PROJECTION.spec.x:
        of = theirs.filter(pl.col("x") == x, pl.col("horizon").is_not_null())
        rows = pl.DataFrame([projected.row(horizon_term(x, k)) for k in PROJECTION.horizons])
        assert_same(rows, of, (*TESTED, "n_obs"))
        half, expected = (t["band_high"] - t["estimate"] for t in (rows, of))
        np.testing.assert_allclose(half, expected, rtol=0.01)
        assert projected.row(f"{x}, any horizon")["p_value"] == pytest.approx(of["any_horizon"][0], abs=0.006)


def test_the_reversal_is_that_of_lm_and_plm(projected):
    theirs = stored("bands").filter(pl.col("horizon").is_null())
    early, late = PROJECTION.reversal
    rows = pl.DataFrame([projected.row(f"{x}, reversal {early} to {late}") for x in PROJECTION.spec.x])
    assert_same(rows, theirs, (*TESTED, "n_obs"))


def test_thompson_s_errors_are_three_of_plm_s(overlapping):
    """Arellano's by firm, plus Driscoll and Kraay's, less Newey and West's within firms, at the lags that a horizon takes."""
    # The first horizon has a row in every session but the last.
    length = overlapping.data["session"].n_unique() - 1
    for k in PROJECTION.horizons[1:]:
        fit = influence(replace(BASE, y=PROJECTION.outcome(k)), overlapping)
        lags = PROJECTION.lags_at(k, length)
        ours = thompson(fit.psi, codes(fit.rows, "symbol"), codes(fit.rows, "session"), lags)
        theirs = stored("bands").filter(pl.col("horizon") == k)["thompson"]
        np.testing.assert_allclose(np.diag(ours)[: len(theirs)], theirs, rtol=1e-8)


@pytest.fixture(scope="module")
def autoregression():
    rows = make_vector.sessions()
    dated = rows.with_columns(session=pl.date(2020, 1, 1) + pl.duration(days=pl.col("number")))
    request = VectorAutoregression(
        variables=make_vector.VARIABLES, lags=make_vector.LAGS, exogenous=("monday",), horizons=make_vector.HORIZONS,
        reported=tuple(range(1, make_vector.HORIZONS + 1)), hac_lags=3, replications=5000,
    )  # fmt: skip
    return request.run({"market_sessions": Sample(dated, unit="sessions")}), stored("vector")


def test_sums_of_lags_and_granger_tests_are_those_of_car_and_sandwich(autoregression):
    found, theirs = autoregression
    for row in theirs.filter(pl.col("errors") != "bootstrap").iter_rows(named=True):
        pair = f"{row['cause']} on {row['effect']}"
        tested = found.tables["Granger tests"].row(
            by_predicate=(pl.col("cause") == row["cause"]) & (pl.col("effect") == row["effect"]), named=True
        )
        assert tested[f"F ({row['errors']})"] == pytest.approx(row["statistic"], rel=1e-8)
        assert tested[f"p ({row['errors']})"] == pytest.approx(row["p_value"], rel=1e-7)
        if row["errors"] == "HC3":
            summed = found.row(f"{pair}, sum of lags")
            assert summed["estimate"] == pytest.approx(row["estimate"], rel=1e-8)
            assert summed["std_error"] == pytest.approx(row["std_error"], rel=1e-8)
            assert summed["n_obs"] == row["n_obs"]


def test_responses_are_those_of_a_recursion_and_their_errors_those_of_boot(autoregression):
    """5,000 of our blocks against 20,000 of tsboot's: an error differs by one per cent, so 5 are allowed, and 2 of their mean."""
    found, theirs = autoregression
    of = theirs.filter(pl.col("errors") == "bootstrap")
    terms = [
        f"{cause} on {effect}, response after {h} session{'' if h == 1 else 's'}"
        for cause, effect, h in of.select("cause", "effect", "horizon").iter_rows()
    ]
    ours = pl.DataFrame([found.row(term) for term in terms])
    assert_same(ours, of, ("estimate",))
    ratios = ours["std_error"] / of["std_error"]
    np.testing.assert_allclose(ratios, 1, atol=0.05)
    assert ratios.mean() == pytest.approx(1, abs=0.02)


@pytest.fixture(scope="module", params=["equal", "value"])
def sort(request):
    """An evaluated sort, its series and its numbers by R."""
    asked = PortfolioSort(
        signal=make_portfolios.SIGNAL, returns=make_portfolios.RETURN, weights=request.param, quantiles=3, min_firms=10,
        min_sessions=40, models=(), factors=(("two", ("mkt_rf", "smb")),), costs=(0.0, 5.0, 20.0),
    )  # fmt: skip
    samples = {"firm_sessions": make_portfolios.firms(), "series": Sample(make_portfolios.series(), unit="sessions")}
    rows, numbers = (
        stored(name).filter(pl.col("weights") == request.param) for name in ("portfolios_series", "portfolios")
    )
    return evaluate(asked, samples), rows, numbers


def test_returns_and_turnover_of_portfolios_are_those_of_a_loop_in_r(sort):
    outcome, rows, _ = sort
    formed = outcome.portfolios
    assert [str(day) for day in formed.sessions] == rows["session"].cast(pl.String).to_list()
    assert len(formed.sessions) < 68, "sessions without a signal, or with too few firms, should be met"
    np.testing.assert_allclose(formed.returns, rows.select("low", "middle", "high"), rtol=1e-8, atol=1e-9)
    np.testing.assert_allclose(formed.market, rows["market"], rtol=1e-8, atol=1e-9)
    np.testing.assert_allclose(outcome.turned, rows.select("turned_low", "turned_high"), rtol=1e-8)
    np.testing.assert_allclose(
        traded_dollars(outcome.turned), 2 * (rows["turned_low"] + rows["turned_high"]), rtol=1e-8
    )


def test_means_costs_alphas_and_ratios_are_those_of_sandwich_and_the_delta_method(sort):
    """Intervals of both take the t distribution of `fixed_b_df`, which neither sandwich nor any other package of R gives."""
    outcome, _, numbers = sort
    two, market = outcome.alphas["two"], outcome.alphas["panel market"]
    ours = {
        **{f"tercile {p}": mean for p, mean in enumerate(outcome.means, start=1)},
        "long minus short": outcome.spread,
        "alpha two": two.intercept,
        **two.loadings,
        "alpha panel market": market.intercept,
        **market.loadings,
        "net of 5": outcome.net[5.0],
        "net of 20": outcome.net[20.0],
        "break-even cost": outcome.break_even,
        "Sharpe ratio": outcome.sharpe,
    }
    assert list(ours) == numbers["term"].to_list()
    assert two.intercept.n_obs < outcome.spread.n_obs, "a factor should be missing"
    frame = pl.DataFrame(list(ours.values()))
    assert frame["n_obs"].to_list() == numbers["n_obs"].to_list()
    assert_same(frame, numbers)


def test_alphas_of_calendar_time_are_those_of_sandwich():
    found = CalendarTime(label="", factors=("mkt_rf", "smb")).run(
        {
            "ipo_months": Sample(make_portfolios.months(), unit="months"),
            "series": Sample(make_portfolios.series(), unit="sessions"),
        }
    )
    numbers = stored("portfolios").filter(pl.col("weights") == "months")
    alphas = numbers.filter(pl.col("term").is_in(found.estimates["term"].to_list()))
    assert found.estimates.select("term", "n_obs").equals(alphas.select("term", "n_obs"))
    assert_same(found.estimates, alphas)
    loadings = numbers.filter(pl.col("term").str.contains(" on "))
    table = found.tables["Factor loadings"]
    assert (("alpha " + table["portfolio"] + " on " + table["factor"]) == loadings["term"]).all()
    np.testing.assert_allclose(
        table.select("loading", "std_error"), loadings.select("estimate", "std_error"), rtol=1e-8
    )

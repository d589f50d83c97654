"""Local projections: one horizon is the plain regression; bands, reversal and influences against their definitions."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from emtract.econometrics.analyses.contrast import Contrast
from emtract.econometrics.analyses.projections import LocalProjection, horizon_term
from emtract.econometrics.estimates import correlation, largest_t
from emtract.econometrics.measurement.measured import UNREAD
from emtract.econometrics.regression import covariance as sandwich
from emtract.econometrics.regression.covariance import thompson
from emtract.econometrics.regression.design import codes
from emtract.econometrics.regression.estimate import estimate, influence
from emtract.errors import SpecError
from emtract.panel.derive import Cumulated
from emtract.panel.frame import Sample
from tests.econometrics.measurement.test_correct import silent
from tests.validation.persistence import CUMULATED, SPEC, cumulated, draw
from tests.worlds.cells import CellWorld, simulate_cells

BASE = replace(SPEC, engine="linearmodels")


@pytest.fixture(scope="module")
def sample():
    return draw(20, 120, 0.3)(np.random.default_rng(5)).samples["firm_sessions"]


@pytest.fixture(scope="module")
def finding(sample):
    return CUMULATED.run({"firm_sessions": sample})


@pytest.mark.parametrize("kind", ["lead", "cumulated"])
def test_a_single_horizon_is_the_plain_regression(sample, kind):
    request = LocalProjection(spec=BASE, horizons=(1,), cumulated=kind == "cumulated", draws=100)
    found = request.run({"firm_sessions": sample}).estimates.filter(pl.col("estimate").is_not_null())
    plain = estimate(replace(BASE, y=f"return_close_close_{kind}_1"), sample).tidy()
    for column in ("estimate", "std_error", "statistic", "p_value", "conf_low", "conf_high"):
        assert np.allclose(found[column], plain[column], rtol=1e-12, atol=0), column


def test_estimates_at_every_horizon_are_those_of_the_plain_regression(sample, finding):
    for k in CUMULATED.horizons:
        plain = estimate(replace(SPEC, y=f"return_close_close_cumulated_{k}"), sample)
        assert finding.row(horizon_term("sad_pre_open", k))["estimate"] == plain.coefficients[1]
        assert finding.row(horizon_term("sad_pre_open", k))["n_obs"] == plain.n_obs


def test_with_overlap_spec_every_error_is_the_spec_s(sample):
    found = replace(CUMULATED, overlap="spec").run({"firm_sessions": sample})
    plain = estimate(replace(SPEC, y="return_close_close_cumulated_20"), sample)
    assert found.row(horizon_term("fear_pre_open", 20))["std_error"] == plain.std_errors[2]


@pytest.mark.parametrize(
    "covariance",
    [
        {},
        {"clusters": ("session",)},
        {"covariance": "driscoll_kraay", "clusters": (), "lags": 3},
        {"covariance": "robust", "clusters": ()},
        {"standardise": ("happy_pre_open",)},
    ],
)
def test_sums_of_influences_give_the_covariance_back(sample, covariance):
    spec = replace(SPEC, y="return_close_close_cumulated_5", **covariance)
    fit = influence(spec, sample)
    firm, session = codes(fit.rows, "symbol"), codes(fit.rows, "session")
    made = {
        "clustered": lambda: sandwich.clustered(fit.psi, [codes(fit.rows, c) for c in spec.clusters]),
        "driscoll_kraay": lambda: sandwich.driscoll_kraay(fit.psi, session, 3),
        "robust": lambda: sandwich.robust(fit.psi),
    }[spec.covariance]()
    assert np.allclose(made, fit.result.covariance, rtol=1e-7)
    assert len(firm) == fit.result.n_obs


def test_thompson_without_lags_is_two_way_clusters_and_with_all_of_them_by_hand():
    rng = np.random.default_rng(0)
    psi = rng.standard_normal((60, 2))
    firm, session = np.repeat(np.arange(6), 10), np.tile(np.arange(10), 6)
    assert np.allclose(thompson(psi, firm, session, 0), sandwich.clustered(psi, [firm, session]))
    by_hand = np.zeros((2, 2))
    for a in range(60):
        for b in range(60):
            gap = abs(session[a] - session[b])
            weight = 1.0 if firm[a] == firm[b] else max(0.0, 1 - gap / 4)
            by_hand += weight * np.outer(psi[a], psi[b])
    assert np.allclose(thompson(psi, firm, session, 3), by_hand)


def test_the_reversal_is_the_difference_of_the_coefficients_on_the_same_rows(sample, finding):
    early, late = CUMULATED.reversal
    both = sample.data.drop_nulls(f"return_close_close_cumulated_{late}")
    parts = [estimate(replace(SPEC, y=f"return_close_close_cumulated_{k}"), Sample(both)) for k in (early, late)]
    row = finding.row("happy_pre_open, reversal 5 to 20")
    assert row["estimate"] == pytest.approx(parts[1].coefficients[0] - parts[0].coefficients[0], rel=1e-8)


def test_bands_hold_the_intervals_and_widen_with_horizons(finding):
    rows = finding.estimates.filter(pl.col("band_low").is_not_null())
    assert (rows["band_low"] <= rows["conf_low"]).all()
    assert (rows["band_high"] >= rows["conf_high"]).all()
    assert (rows["band_high"] > rows["conf_high"]).any()


def test_critical_values_run_from_one_t_to_independent_ones():
    rng = np.random.default_rng(1)
    same, apart = np.ones((5, 5)), np.eye(5)
    one = np.quantile(largest_t(same, [None] * 5, 200_000, rng), 0.95)
    five = np.quantile(largest_t(apart, [None] * 5, 200_000, rng), 0.95)
    few = np.quantile(largest_t(same, [10] * 5, 200_000, rng), 0.95)
    assert one == pytest.approx(1.960, abs=0.01)
    assert five == pytest.approx(2.569, abs=0.02)  # Sidak: the normal quantile of (1 + 0.95 ** (1 / 5)) / 2
    assert few == pytest.approx(2.228, abs=0.03)


def test_correlations_are_those_of_a_possible_distribution():
    broken = np.array([[1.0, 0.9, -0.9], [0.9, 1.0, 0.9], [-0.9, 0.9, 1.0]])
    mended = correlation(broken)
    assert np.linalg.eigvalsh(mended)[0] > -1e-12
    assert np.allclose(np.diag(mended), 1)
    fine = np.array([[4.0, 1.0], [1.0, 1.0]])
    assert np.allclose(correlation(fine), [[1, 0.5], [0.5, 1]])


def test_the_terms_it_promises_are_those_it_gives(finding, sample):
    assert tuple(finding.estimates["term"]) == CUMULATED.terms
    assert CUMULATED.run({"firm_sessions": sample}).estimates.equals(finding.estimates)
    assert finding.charts[0].frame.height == 3 * len(CUMULATED.horizons)


def test_the_truth_of_the_design_is_the_sum_of_its_responses():
    # One unit of a mood that lasts a session of half-life one: 12 at lag 1 and 6 at lag 2 make 12 + 6 / 2 in the first session.
    assert cumulated((12.0, 6.0), 1) == 15.0
    assert cumulated((), 20) == 0.0


@pytest.mark.parametrize(
    "wrong",
    [
        {"horizons": ()},
        {"horizons": (0, 1)},
        {"horizons": (5, 1)},
        {"reversal": (20, 5)},
        {"reversal": (2, 5)},
        {"cumulated": False},
        {"overlap": "none"},
        {"spec": replace(SPEC, clusters=("symbol",))},
    ],
)
def test_an_impossible_request_is_refused(wrong):
    with pytest.raises(SpecError):
        replace(CUMULATED, **wrong)


def test_a_panel_without_the_outcomes_is_told_how_to_get_them(sample):
    with pytest.raises(SpecError, match="name Cumulated"):
        replace(CUMULATED, horizons=(1, 2, 5, 20)).run({"firm_sessions": sample})


def test_two_rows_of_a_firm_session_are_refused(sample):
    """One of them would be lost where horizons are put side by side."""
    twice = Sample(pl.concat([sample.data, sample.data.head(3)]))
    with pytest.raises(SpecError, match="has several rows of the sample: keep one row for each symbol and session"):
        CUMULATED.run({"firm_sessions": twice})


@pytest.fixture(scope="module")
def cells():
    """Cells with noise, one mood, and two outcomes: the return of a session and that cumulated over three."""
    world = simulate_cells(np.random.default_rng(6), CellWorld(n_firms=40, n_sessions=60, texts=6))
    kept = world.panel.noise.cells.filter(pl.col("n_units") >= 2).select("symbol", "session")
    number = pl.col("session").rank("dense").cast(pl.Int64).alias("number")
    data = Cumulated("return_open_close", (1, 3)).apply(world.panel.data.with_columns(number))
    return replace(world.panel, data=data.join(kept, on=["symbol", "session"], how="semi"))


PROJECTED = LocalProjection(
    spec=replace(BASE, y="return_open_close", x=("happy_market",), controls=(), standardise=(), correct="mood"),
    horizons=(1, 3),
    reversal=(1, 3),
    draws=100,
    label="Response",
)


def test_without_noise_corrected_horizons_are_those_of_the_projection(cells):
    """Estimates, and errors that know of the sessions that outcomes share."""
    samples = {"firm_sessions": replace(cells, noise=silent(cells.noise))}
    finding = PROJECTED.run(samples)
    told = dict(PROJECTED.measure(samples, finding))
    assert list(told) == ["1 session", "3 sessions"]
    for k, measured in zip((1, 3), told.values(), strict=True):
        row, plain = measured.frame.row(0, named=True), finding.row(horizon_term("happy_market", k))
        assert row["term"] == "happy_market"
        assert measured.reported.spec.label == f"Response, {'1 session' if k == 1 else '3 sessions'}"
        assert (row["reported"], row["reported_error"]) == (plain["estimate"], plain["std_error"])
        assert row["estimate"] == pytest.approx(plain["estimate"], rel=1e-6)
        fit = influence(PROJECTED.at(PROJECTED.outcome(k), k, 60), samples["firm_sessions"])
        lags = PROJECTED.lags_at(k, 60)
        variance = thompson(fit.psi[:, [0]], codes(fit.rows, "symbol"), codes(fit.rows, "session"), lags)
        assert row["std_error"] == pytest.approx(np.sqrt(variance[0, 0]), rel=1e-6)
    assert told["3 sessions"].correction.df == 59 // 3 - 1, "the last session has no outcome"


def test_noise_widens_the_sets_of_horizons(cells):
    samples = {"firm_sessions": cells}
    finding = PROJECTED.run(samples)
    for measured in dict(PROJECTED.measure(samples, finding)).values():
        row = measured.frame.row(0, named=True)
        assert row["set_high"] - row["set_low"] > 2 * 1.96 * row["naive_error"]
        assert row["reliability"] < 0.8


def test_a_projection_that_asks_for_no_correction_measures_nothing(cells):
    plain = replace(PROJECTED, spec=replace(PROJECTED.spec, correct="none"))
    assert not list(plain.measure({"firm_sessions": cells}, plain.run({"firm_sessions": cells})))


def test_spans_are_counted_on_the_rows_that_count(sample):
    """Rows that a condition leaves out lend no degrees of freedom, neither to a horizon nor to a reversal."""
    told = sample.data["session"].unique().sort()[59]
    numbered = Sample(sample.data.with_columns(early=(pl.col("session") <= told).cast(pl.Int8)))
    request = replace(CUMULATED, draws=100, spec=replace(CUMULATED.spec, where="early = 1"))
    by_condition = request.run({"firm_sessions": numbered}).estimates
    by_hand = replace(CUMULATED, draws=100).run({"firm_sessions": Sample(numbered.data.filter(early=1))}).estimates
    assert by_condition.equals(by_hand)


@pytest.mark.parametrize("correction", ["reading", "both"])
def test_a_projection_says_that_it_is_not_corrected_for_misreading(correction):
    """And gives no correction of another kind in its place; nor does a contrast."""
    asked = replace(PROJECTED, spec=replace(PROJECTED.spec, correct=correction))
    assert list(asked.measure({}, None)) == [("", UNREAD)]
    pair = ("happy_market", "sad_market")
    contrast = Contrast(label="c", spec=replace(asked.spec, x=pair), pairs=(pair,))
    assert list(contrast.measure({}, None)) == [("", UNREAD)]

"""Laws that every estimate obeys, and the words of every failure."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emtract.econometrics.regression.estimate import estimate
from emtract.errors import EstimationError, SpecError
from emtract.panel.frame import Panel
from tests.econometrics.conftest import BASE
from tests.worlds.panels import simulate_panel

EXAMPLES = settings(max_examples=12, deadline=None, derandomize=True)
RULES = st.sampled_from(["fixest", "full", "none"])
EFFECTS = st.sampled_from([(), ("symbol",), ("session",), ("symbol", "session")])


def changed(panel, **columns):
    return Panel(panel.data.with_columns(**columns), panel.ledger, panel.settings)


def same(one, two, *, rtol=1e-8):
    assert one.n_obs == two.n_obs
    np.testing.assert_allclose(one.coefficients, two.coefficients, rtol=rtol, atol=1e-10)
    np.testing.assert_allclose(one.covariance, two.covariance, rtol=rtol, atol=1e-10)


@EXAMPLES
@given(scale=st.floats(1e-6, 1e6), shift=st.floats(-100, 100), effects=EFFECTS, rule=RULES)
def test_units_of_a_regressor_do_not_move_its_t_statistic(panel, scale, shift, effects, rule):
    spec = replace(BASE, effects=effects, small_sample=rule)
    rescaled = changed(panel, happy_market=pl.col("happy_market") * scale + shift * scale)
    one, two = estimate(spec, panel).tidy(), estimate(spec, rescaled).tidy()
    np.testing.assert_allclose(one["statistic"], two["statistic"], rtol=1e-6)
    np.testing.assert_allclose(one["estimate"][0], two["estimate"][0] * scale, rtol=1e-6)


@EXAMPLES
@given(seed=st.integers(0, 2**32 - 1), effects=EFFECTS)
def test_the_order_of_rows_is_irrelevant(panel, seed, effects):
    shuffled = Panel(panel.data.sample(fraction=1, shuffle=True, seed=seed), panel.ledger, panel.settings)
    same(estimate(replace(BASE, effects=effects), panel), estimate(replace(BASE, effects=effects), shuffled))


@EXAMPLES
@given(size=st.floats(-0.5, 0.5), seed=st.integers(0, 1000))
def test_what_is_constant_in_a_symbol_or_session_changes_nothing(panel, size, seed):
    rng = np.random.default_rng(seed)
    shifted = panel.data.with_columns(
        (
            pl.col(BASE.y) + size * pl.col(key).rank("dense").replace_strict(dict(enumerate(rng.standard_normal(99))))
        ).alias(BASE.y)
        for key in ("symbol",)
    ).with_columns(pl.col(BASE.y) - size * pl.col("session").rank("dense") / 50)
    same(estimate(BASE, panel), estimate(BASE, Panel(shifted)), rtol=1e-6)


@EXAMPLES
@given(keep=st.floats(0.1, 0.9), seed=st.integers(0, 1000), where=st.sampled_from([None, "n_posts_market >= 8"]))
def test_the_ledger_adds_up(panel, keep, seed, where):
    kept = Panel(panel.data.sample(fraction=keep, seed=seed), panel.ledger, panel.settings)
    try:
        result = estimate(replace(BASE, where=where), kept)
    except EstimationError:
        return
    steps = result.ledger.steps
    assert steps[0].rows_out == kept.data.height
    assert steps[-1].rows_out == result.n_obs
    assert sum(step.dropped for step in steps) == kept.data.height - result.n_obs
    assert all(earlier.rows_out == later.rows_in for earlier, later in pairwise(steps))


def test_singletons_are_dropped_in_turn_and_do_not_change_slopes(panel):
    """A symbol seen once, in a session that only it and another singleton share: the second falls after the first."""
    days = panel.data["session"].max()
    row = panel.data.drop_nulls().row(0, named=True)
    lonely = [row | {"symbol": name, "session": days.replace(year=days.year + 1)} for name in ("ZZ1", "ZZ2")]
    wider = Panel(pl.concat([panel.data, pl.DataFrame(lonely, schema=panel.data.schema)]))
    one, two = estimate(BASE, panel), estimate(BASE, wider)
    same(one, two)
    assert two.ledger.steps[-1].dropped == one.ledger.steps[-1].dropped + 2


def test_standardised_regressors_have_unit_sd_on_the_rows_used(panel):
    plain, scaled = estimate(BASE, panel), estimate(replace(BASE, standardise=BASE.regressors), panel)
    np.testing.assert_allclose(scaled.coefficients, plain.coefficients * plain.sds, rtol=1e-10)
    np.testing.assert_allclose(scaled.tidy()["p_value"], plain.tidy()["p_value"], rtol=1e-8)


def test_reasons_tell_which_value_is_missing(panel):
    steps = estimate(replace(BASE, y="return_close_close_next", controls=("lagged_volatility",)), panel).ledger.steps
    reasons = {step.name: step.reason for step in steps}
    assert reasons["with outcome"].startswith("no price behind return_close_close_next: ")
    assert reasons["with regressors"].startswith("fewer than 5 posts in the market window: ")
    assert reasons["with controls"].startswith("lagged_volatility missing: ")


def test_infinite_and_weightless_rows_leave_the_sample(panel):
    odd = changed(
        panel,
        attention_market=pl.when(pl.col("symbol") == "S001").then(float("inf")).otherwise("attention_market"),
        precision=pl.when(pl.col("symbol") == "S002").then(0.0).otherwise("precision"),
    )
    steps = {s.name: s for s in estimate(replace(BASE, weights="precision"), odd).ledger.steps}
    assert steps["with controls"].dropped > 0
    assert steps["with weights"].dropped > 0


@pytest.mark.parametrize(
    ("change", "columns", "error", "words"),
    [
        ({"y": "return_open_clos"}, {}, SpecError, "did you mean 'return_open_close'"),
        ({"x": ("symbol",)}, {}, SpecError, "symbol must be numeric"),
        ({"where": "no such condition"}, {}, SpecError, "not a condition"),
        ({"where": "n_posts_markt > 1"}, {}, SpecError, "did you mean 'n_posts_market'"),
        ({"where": "n_posts_market > 1000000"}, {}, EstimationError, "no rows left"),
        ({"x": ("twin", "happy_market")}, {"twin": pl.col("happy_market") * 2}, EstimationError, "combination of twin"),
        ({"x": ("flat",)}, {"flat": pl.lit(3.0)}, EstimationError, "flat does not vary in the sample"),
        (
            {"x": ("size",)},
            {"size": pl.col("symbol").rank("dense")},
            EstimationError,
            "size does not vary within symbol",
        ),
        ({"y": "flat"}, {"flat": pl.lit(3.0)}, EstimationError, "flat does not vary within symbol and session"),
        ({"clusters": ("one",)}, {"one": pl.lit(1)}, EstimationError, "clustering by one needs two clusters"),
        ({"clusters": ("sector",)}, {}, SpecError, "no column 'sector'"),
    ],
)
def test_a_failure_names_the_column_and_the_remedy(panel, change, columns, error, words):
    with pytest.raises(error, match=words):
        estimate(replace(BASE, **change), changed(panel, **columns))


def test_more_parameters_than_rows_are_refused():
    """Also where nested effects do not count in the finite-sample rule."""
    tiny = simulate_panel(np.random.default_rng(0), 2, n_sessions=3, mean_posts=200).panel
    with pytest.raises(EstimationError, match="6 rows cannot identify 7 parameters: absorb fewer effects"):
        estimate(BASE, tiny)


def test_where_takes_dates(panel):
    result = estimate(replace(BASE, where="session >= '2019-02-01'::date"), panel)
    assert result.ledger.steps[1].reason == "outside the sample: session >= '2019-02-01'::date"


def test_seven_shares_are_one_too_many(panel):
    x = tuple(f"{e}_market" for e in ("neutral", "happy", "sad", "anger", "disgust", "surprise", "fear"))
    with pytest.raises(EstimationError, match=r"fear_market is a linear combination of neutral_market, happy_market"):
        estimate(replace(BASE, x=x), panel)


def test_a_negative_two_way_variance_is_refused():
    """With two clusters on one side the difference of covariances goes negative in some draws; it never turns into NaN."""
    refused = 0
    for seed in range(12):
        simulated = simulate_panel(np.random.default_rng(seed), 6, n_sessions=6, mean_posts=40)
        few = changed(
            simulated.panel, half=pl.col("symbol").rank("dense") % 2, third=pl.col("session").rank("dense") % 3
        )
        spec = replace(BASE, effects=(), clusters=("half", "third"), controls=())
        try:
            assert np.isfinite(estimate(spec, few).std_errors).all()
        except EstimationError as error:
            assert "not positive: cluster by one dimension" in str(error)
            refused += 1
    assert 0 < refused < 12

"""What a spec, or a sample, must not be: each is a named error or a row of the ledger."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from emtract.econometrics.regression.estimate import estimate
from emtract.econometrics.regression.sample import estimation_sample
from emtract.emotions import NEGATIVE
from emtract.errors import EstimationError, MissingDataError, SpecError
from emtract.panel.frame import Panel, Sample
from tests.econometrics.conftest import BASE


def changed(panel, **columns):
    return Panel(panel.data.with_columns(**columns), panel.ledger, panel.settings)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"x": ()}, "at least one regressor"),
        ({"x": ("a", "a")}, "stands twice"),
        ({"x": ("a:b:c",)}, "multiplies more than two columns"),
        ({"standardise": ("joy",)}, "standardise names joy"),
        ({"winsorise": ("joy",)}, "winsorise names joy"),
        ({"winsor": 0.5}, "winsor=0.5 cuts no tail"),
        ({"clusters": ()}, "name clusters"),
        ({"clusters": ("a", "b", "c")}, "at most two cluster"),
        ({"effects": ("symbol", "symbol")}, "stands twice"),
        ({"effects": ("symbol:",)}, "is empty"),
        ({"effects": ("a", "b", "c"), "engine": "linearmodels"}, "choose engine='pyfixest'"),
        ({"lags": 3}, "lags=3 needs covariance"),
        ({"covariance": "newey_west", "clusters": (), "lags": -1}, "at least 0 lags"),
        ({"bootstrap": "wild", "covariance": "robust", "clusters": ()}, "needs clusters"),
        ({"bootstrap": "wild", "draws": 9}, "at least 99"),
        ({"engine": "stata"}, "unknown option 'stata'"),
        (
            {"covariance": "cluster"},
            "unknown option 'cluster': did you mean 'clustered'.*unadjusted, robust, clustered",
        ),
    ],
)
def test_an_impossible_spec_is_refused(change, words):
    with pytest.raises(SpecError, match=words):
        replace(BASE, **change)


@pytest.mark.parametrize(
    ("change", "column", "files"),
    [
        ({"controls": ("short_ratio",)}, "short_ratio", "finra_short_interest"),
        ({"x": ("happy_market:institutional_share",)}, "institutional_share", "sec_13f"),
        ({"weights": "size"}, "size", "crsp_ciz"),
        ({"clusters": ("industry", "session")}, "industry", "classification"),
        ({"effects": ("industry:session",)}, "industry", "classification"),
        ({"where": "size > 20"}, "size", "characteristics"),
    ],
)
@pytest.mark.parametrize("absent", [True, False])
def test_a_column_without_files_names_them(panel, change, column, files, absent):
    """Whether the column is wholly null or not there at all."""
    data = panel.data.drop(column, strict=False)
    bare = Panel(data if absent else data.with_columns(pl.lit(None).alias(column)), panel.ledger, panel.settings)
    with pytest.raises(MissingDataError, match=rf"{column}.*\[\[market\]\].*{files}"):
        estimate(replace(BASE, **change), bare)


def test_a_column_that_is_empty_for_another_reason_says_so(panel):
    with pytest.raises(MissingDataError, match="followers is missing on all"):
        estimate(replace(BASE, controls=("followers",)), changed(panel, followers=None))


def test_a_scorer_of_valence_says_nothing_of_single_emotions(panel):
    quarter = {f"{e}_market": pl.col("sad_market") for e in NEGATIVE}
    with pytest.raises(MissingDataError, match="tells positive from negative only, so happy_market"):
        estimate(BASE, changed(panel, **quarter))
    assert estimate(replace(BASE, x=("valence_market",)), changed(panel, **quarter)).n_obs > 0


def test_products_are_formed_after_standardising(panel):
    """The interaction of standardised columns, and the same by hand."""
    spec = replace(
        BASE, x=("happy_market", "happy_market:attention_market"), standardise=("happy_market", "attention_market")
    )
    ours = estimate(spec, panel)
    data = estimation_sample(spec, panel)[0]
    z = {c: (data[c] - data[c].mean()) / data[c].std() for c in ("happy_market", "attention_market")}
    hand = data.with_columns(h=z["happy_market"], a=z["attention_market"]).with_columns(ha=pl.col("h") * pl.col("a"))
    frame = panel.data.join(hand.select("symbol", "session", "h", "a", "ha"), on=["symbol", "session"])
    theirs = estimate(replace(BASE, x=("h", "ha"), controls=("a",)), Panel(frame, panel.ledger, panel.settings))
    np.testing.assert_allclose(ours.coefficients, theirs.coefficients, rtol=1e-8)
    np.testing.assert_allclose(ours.std_errors, theirs.std_errors, rtol=1e-8)


def test_a_part_of_a_product_that_does_not_vary_is_named(panel):
    spec = replace(BASE, x=("happy_market:flat",), standardise=("flat",))
    with pytest.raises(EstimationError, match="flat does not vary"):
        estimate(spec, changed(panel, flat=pl.lit(2.0)))


def test_winsorising_cuts_at_the_quantiles_of_the_estimation_sample_and_counts(panel):
    spec = replace(BASE, winsorise=(BASE.y, "happy_market"), winsor=0.1)
    plain, (cut, ledger) = estimation_sample(BASE, panel)[0], estimation_sample(spec, panel)
    for column in spec.winsorise:
        low, high = np.quantile(plain[column], [0.1, 0.9])
        np.testing.assert_array_equal(cut[column], np.clip(plain[column], low, high))
    moved = int((cut["happy_market"] != plain["happy_market"]).sum())
    assert (ledger.steps[-1].name, ledger.steps[-1].dropped) == ("winsorised", 0)
    assert f"happy_market: {moved:,} values" in ledger.steps[-1].reason
    assert any("winsorised at 10 % in each tail" in note for note in estimate(spec, panel).notes)


def test_missing_effects_are_counted(panel):
    spec = replace(BASE, effects=("industry", "session"))
    holed = changed(panel, industry=pl.when(pl.col("symbol") != "S001").then(pl.col("industry")))
    steps = {step.name: step for step in estimate(spec, holed).ledger.steps}
    assert steps["with effects"].dropped > 0
    assert steps["with effects"].reason == "industry missing"


@pytest.mark.parametrize("of", ["effects", "clusters"])
def test_a_label_that_is_no_number_is_missing_and_no_level_of_its_own(panel, of):
    """NaN in a column of numbers is what null is."""
    spec = replace(BASE, **{of: ("industry", "session")})
    known = pl.when(pl.col("symbol") != "S001").then(pl.col("industry").cast(pl.Float64))
    null, nan = (estimate(spec, changed(panel, industry=known.otherwise(gap))) for gap in (None, float("nan")))
    np.testing.assert_array_equal(nan.covariance, null.covariance)
    assert (nan.n_obs, nan.n_levels["industry"]) == (null.n_obs, null.n_levels["industry"])


@pytest.mark.parametrize("key", ["symbol", "session"])
def test_rows_without_firm_or_session_leave_a_sample_that_has_such(panel, key):
    """They would be counted to a firm, or session, of others."""
    gap = pl.int_range(pl.len()) % 7 == 0
    holed = Sample(panel.data.with_columns(pl.when(~gap).then(pl.col(key)).alias(key)))
    found = estimate(BASE, holed)
    np.testing.assert_allclose(found.covariance, estimate(BASE, Sample(panel.data.filter(~gap))).covariance)
    assert f"{key} missing" in [step.reason for step in found.ledger.steps if step.dropped]


def test_a_kernel_within_firms_needs_one_row_of_a_firm_and_time(panel):
    spec = replace(BASE, covariance="newey_west", clusters=(), lags=2)
    with pytest.raises(SpecError, match="one row of each symbol and session"):
        estimate(spec, Sample(pl.concat([panel.data, panel.data.head(200)])))
    one = panel.data.filter(pl.col("session") == pl.col("session").mode().first())
    with pytest.raises(EstimationError, match="needs two values of session"):
        estimate(replace(spec, effects=(), controls=(), lags=0), Sample(one))


@pytest.mark.parametrize("covariance", ["clustered", "robust", "unadjusted", "driscoll_kraay"])
def test_a_perfect_fit_has_no_standard_errors(panel, covariance):
    twice = changed(panel, twice=2 * pl.col("return_open_close"))
    clusters = ("symbol",) if covariance == "clustered" else ()
    with pytest.raises(EstimationError, match="a perfect fit has no standard errors"):
        estimate(replace(BASE, x=("twice",), covariance=covariance, clusters=clusters), twice)


def test_a_product_stays_per_standard_deviation_where_a_control_is_left_out(panel):
    product = "happy_market:sad_market"
    spec = replace(BASE, x=(product,), controls=("flat",), standardise=(product,))
    with_flat = estimate(spec, changed(panel, flat=pl.lit(1.0)))
    plain = estimate(replace(spec, controls=()), panel)
    assert with_flat.left_out
    np.testing.assert_allclose(with_flat.coefficients, plain.coefficients)
    assert with_flat.spec.per_sd(product)
    assert replace(spec, standardise=("happy_market",)).per_sd(product)
    assert not replace(spec, standardise=("sad_market",)).per_sd(product)

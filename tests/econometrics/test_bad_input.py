"""What a spec, or a sample, must not be: each is a named error or a row of the ledger."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from emtract.econometrics.regression.estimate import estimate
from emtract.econometrics.regression.sample import estimation_sample
from emtract.emotions import NEGATIVE
from emtract.errors import EstimationError, MissingDataError, SpecError
from emtract.panel.frame import Panel
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

"""Two readings of the same rows: each estimate is as it is alone, and the difference has the error that draws of it have."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from emtract.econometrics.paired import paired
from emtract.econometrics.regression.estimate import estimate
from emtract.errors import EstimationError
from emtract.panel.frame import Panel
from tests.econometrics.conftest import BASE

MOODS = ("happy_market", "sad_market")


def reread(panel, rng, sd=0.05):
    noise = [(pl.col(name) + pl.Series(rng.normal(0, sd, panel.data.height))).alias(name) for name in MOODS]
    return Panel(panel.data.with_columns(noise), panel.ledger, panel.settings)


SPECS = {
    "two ways": BASE,
    "standardised": replace(BASE, standardise=MOODS),
    "a product": replace(BASE, x=(*MOODS, "happy_market:attention_market")),
    "one effect": replace(BASE, effects=("symbol",), clusters=("symbol",)),
    "no effect": replace(BASE, effects=(), clusters=("session",)),
    "combined effects": replace(BASE, effects=("symbol:month", "session")),
    "kernel": replace(BASE, covariance="driscoll_kraay", clusters=()),
    "robust": replace(BASE, covariance="robust", clusters=()),
    "winsorised": replace(BASE, winsorise=MOODS),
}


@pytest.mark.parametrize("name", SPECS)
def test_each_reading_gives_its_own_estimates(panel, name):
    spec, other = SPECS[name], reread(panel, np.random.default_rng(1))
    told = paired(spec, panel, other)
    for column, sample in (("plain", panel), ("other", other)):
        alone = estimate(spec, sample)
        assert told["term"].to_list() == list(alone.spec.regressors)
        np.testing.assert_allclose(told[column], alone.coefficients, rtol=1e-7, atol=1e-8)
        assert told["n_obs"][0] == alone.n_obs
    np.testing.assert_allclose(told["difference"], told["other"] - told["plain"])
    assert (told["std_error"] > 0).all()


def test_a_reading_differs_from_itself_by_nothing_and_surely(panel):
    told = paired(BASE, panel, panel)
    np.testing.assert_allclose(told["difference"], 0, atol=1e-8)
    np.testing.assert_allclose(told["std_error"], 0, atol=1e-5)


def test_the_difference_is_surer_than_two_estimates_that_know_nothing_of_each_other(panel):
    other = reread(panel, np.random.default_rng(2))
    told, alone = paired(BASE, panel, other), estimate(BASE, panel)
    assert told["std_error"][0] < 0.6 * np.sqrt(2) * alone.std_errors[0]


def test_intervals_of_the_difference_hold_what_they_say():
    """y is x plus noise; both readings are x plus noise of their own, so that both slopes are attenuated alike."""
    rng, hits, draws = np.random.default_rng(3), 0, 200
    spec = replace(BASE, y="y", x=("x",), controls=(), effects=("firm",), clusters=("firm",), y_scale=1.0)
    spec = replace(spec, engine="pyfixest")  # the faster library: its numbers are linearmodels' to 1e-8 (test_absorb)
    firm = np.repeat(np.arange(60), 8)
    from emtract.panel.frame import Sample

    for _ in range(draws):
        x = rng.normal(size=480)
        y = x + rng.normal(size=60)[firm] + rng.normal(size=480)
        read = [Sample(pl.DataFrame({"firm": firm, "y": y, "x": x + rng.normal(0, 0.5, 480)})) for _ in range(2)]
        row = paired(spec, *read).row(0, named=True)
        hits += row["conf_low"] <= 0 <= row["conf_high"]
    assert 0.90 <= hits / draws <= 0.985


def test_samples_of_other_rows_are_refused(panel):
    fewer = Panel(panel.data.head(panel.data.height - 40), panel.ledger, panel.settings)
    with pytest.raises(EstimationError, match="not of the same rows"):
        paired(BASE, panel, fewer)


def test_a_covariance_that_pairs_no_rows_is_refused(panel):
    with pytest.raises(EstimationError, match="no interval"):
        paired(replace(BASE, covariance="newey_west", clusters=()), panel, panel)

"""R², Clark and West's test and Diebold and Mariano's by hand, and against forecast, lmtest and sandwich of R."""

import numpy as np
import polars as pl
import pytest

from emtract.econometrics.analyses.forecast.accuracy import (
    Losses,
    clark_west,
    cumulated,
    diebold_mariano,
    out_of_sample,
)
from emtract.errors import EstimationError
from tests.reference.make_forecast import FORECASTS, ROWS, TESTS


@pytest.fixture(scope="module")
def stored():
    """Kind of window -> losses of the forecasts that R made, and what R says of them."""
    rows, made = pl.read_csv(ROWS, comment_prefix="#"), pl.read_csv(FORECASTS, null_values="NA")
    both = made.join(rows, on=["symbol", "place"], how="left", maintain_order="left")
    found = {}
    for (kind,), told in pl.read_csv(TESTS).group_by("kind", maintain_order=True):
        losses = Losses.of(*(both[c].to_numpy() for c in ("y", f"model_{kind}_1", f"mean_{kind}_1", "place")))
        found[kind] = losses, dict(told.select("name", "value").rows())
    return found


@pytest.mark.parametrize("kind", ["expanding", "rolling"])
def test_every_number_is_that_of_r(stored, kind):
    losses, told = stored[kind]
    r2, test = out_of_sample(losses, lags=3), clark_west(losses, lags=3)
    ours = {"r2": r2.estimate, "r2_error": r2.std_error, "clark_west": test["estimate"]}
    ours |= {"clark_west_error": test["std_error"], "clark_west_t": test["statistic"]}
    for h in (1, 2, 3):
        dm = diebold_mariano(losses, horizon=h)
        ours |= {f"dm_{h}": dm.statistic, f"dm_p_{h}": dm.p_value}
    assert ours.keys() == told.keys()
    for name, value in told.items():
        np.testing.assert_allclose(ours[name], value, rtol=1e-8, err_msg=name)


def test_four_sessions_by_hand():
    """Squared errors of the benchmark 1, 1, 4, 0, of the forecasts 0, 1, 1, 1: R² is 1 - 3 / 6."""
    y, model, benchmark = np.array([2.0, 0, 3, 1]), np.array([2.0, 1, 2, 0]), np.ones(4)
    losses = Losses.of(y, model, benchmark, np.arange(4))
    assert out_of_sample(losses, lags=0).estimate == pytest.approx(50)
    np.testing.assert_array_equal(losses.adjusted, [1 + 1, 0 + 0, 3 + 1, -1 + 1])
    test = clark_west(losses, lags=0)
    assert test["estimate"] == pytest.approx(100 * 1.5 / 1.5)
    # The mean of 2, 0, 4, 0 over its error: variance 11 / 3, over 4.
    assert test["statistic"] == pytest.approx(1.5 / np.sqrt(11 / 3 / 4))
    gain = np.array([1.0, 0, 3, -1])
    dm = diebold_mariano(losses, horizon=1)
    assert dm.statistic == pytest.approx(gain.mean() / (gain.std() / 2) * np.sqrt(3 / 4))
    path, half = cumulated(losses, lags=0)
    np.testing.assert_allclose(path, 100 * np.cumsum(gain) / 6)
    np.testing.assert_allclose(half / half[0], np.sqrt([1, 2, 3, 4]))


def test_firms_of_a_session_are_one_draw():
    y, model, benchmark = np.array([2.0, 0, 3, 1, 2, 5]), np.array([2.0, 1, 2, 0, 1, 1]), np.ones(6)
    twice = [np.repeat(v, 2) for v in (y, model, benchmark, np.arange(6))]
    once, doubled = Losses.of(y, model, benchmark, np.arange(6)), Losses.of(*twice)
    np.testing.assert_allclose(doubled.gain, 2 * once.gain)
    assert out_of_sample(doubled, lags=1).std_error == pytest.approx(out_of_sample(once, lags=1).std_error)
    assert diebold_mariano(doubled, horizon=1).statistic == pytest.approx(diebold_mariano(once, horizon=1).statistic)


def test_the_test_is_one_sided():
    rng = np.random.default_rng(0)
    good = Losses(np.ones(50), np.zeros(50), 0.5 + rng.standard_normal(50), np.arange(50))
    bad = Losses(np.ones(50), np.zeros(50), -good.adjusted, np.arange(50))
    p, q = clark_west(good, lags=2)["p_value"], clark_west(bad, lags=2)["p_value"]
    assert p < 0.05
    assert p + q == pytest.approx(1)


def test_autocovariances_that_sum_below_zero_are_left_out():
    """Gains that alternate: with one lag the variance is negative, and R's dm.test goes on with none."""
    gain = np.tile([1.0, -0.9], 20)
    losses = Losses(np.ones(40), gain, gain, np.arange(40))
    assert diebold_mariano(losses, horizon=2).statistic == diebold_mariano(losses, horizon=1).statistic


@pytest.mark.parametrize(
    ("losses", "words"),
    [
        (lambda: Losses.of(np.ones(5), np.zeros(5), np.ones(5), np.arange(5)), "makes no error"),
        (lambda: diebold_mariano(Losses(*[np.ones(5)] * 3, np.arange(5)), horizon=1), "nothing to compare"),
        (lambda: diebold_mariano(Losses(*[np.arange(5.0)] * 3, np.arange(5)), horizon=4), "too few"),
    ],
)
def test_what_cannot_be_judged_is_refused(losses, words):
    with pytest.raises(EstimationError, match=words):
        losses()

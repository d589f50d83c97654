"""Shares, trades and certainty equivalents worked out by hand."""

import numpy as np
import pytest

from emtract.econometrics.analyses.forecast.investor import Account, Investor, certainty_equivalent, follow, gain
from emtract.errors import SpecError

ONE = np.zeros(3, dtype=np.int64)


def test_shares_are_forecasts_over_aversion_times_variance_within_bounds():
    investor = Investor(aversion=2.0, lowest=0.0, highest=1.5)
    forecasts, returns = np.array([0.01, -0.01, 0.05]), np.array([0.1, 0.2, -0.1])
    account = follow(investor, forecasts, np.full(3, 0.01), returns, unit=ONE, place=np.arange(3), closed=True)
    np.testing.assert_allclose(account.invested, [0.5, 0.0, 1.5])
    np.testing.assert_allclose(account.returns, [0.05, 0.0, -0.15])
    np.testing.assert_allclose(account.traded, [1.0, 0.0, 3.0])
    np.testing.assert_allclose(account.net(10), [0.05 - 0.001, 0.0, -0.15 - 0.003])


def test_a_position_that_is_carried_trades_what_drift_leaves_to_do():
    """Half in the asset, which doubles: two thirds arrive in the next session, where three quarters are wanted."""
    investor = Investor(aversion=1.0)
    forecasts, variance, returns = np.array([0.5, 0.75, 0.2]), np.ones(3), np.array([1.0, 0.0, 0.5])
    account = follow(investor, forecasts, variance, returns, unit=ONE, place=np.array([0, 1, 5]), closed=False)
    # No forecast follows session 1, nor session 5: both are sold at their end, the last at 0.2 * 1.5 / 1.1.
    np.testing.assert_allclose(account.traded, [0.5, 0.75 - 2 / 3 + 0.75, 0.2 + 0.3 / 1.1])


def test_wealth_is_divided_among_the_firms_of_the_session():
    unit, place = np.array([0, 1, 0]), np.array([0, 0, 1])
    forecasts, returns = np.array([1.0, 0.5, 1.0]), np.array([0.1, 0.2, 0.1])
    account = follow(Investor(aversion=1.0), forecasts, np.ones(3), returns, unit=unit, place=place, closed=True)
    np.testing.assert_allclose(account.returns, [(0.1 + 0.1) / 2, 0.1])
    np.testing.assert_allclose(account.traded, [(2 + 1) / 2, 2])


def test_certainty_equivalents_by_hand():
    """Mean .02 and variance .0001: .02 - 3 / 2 * .0001."""
    assert certainty_equivalent(np.array([0.01, 0.03]), 3.0) == pytest.approx(0.01985)
    rng = np.random.default_rng(0)
    model, benchmark = (Account(0.01 * rng.standard_normal(100), np.ones(100), np.ones(100)) for _ in range(2))
    apart = certainty_equivalent(model.returns, 3.0) - certainty_equivalent(benchmark.returns, 3.0)
    found = gain(Investor(), model, benchmark, cost=0.0, lags=0)
    assert found.estimate == pytest.approx(100 * 252 * apart)
    utility = [a.returns - 1.5 * (a.returns - a.returns.mean()) ** 2 for a in (model, benchmark)]
    assert found.std_error == pytest.approx(25_200 * np.std(utility[0] - utility[1], ddof=1) / 10)
    dear = gain(Investor(), replace_traded(model, 3.0), benchmark, cost=10.0, lags=0)
    assert dear.estimate == pytest.approx(found.estimate - 25_200 * 0.001 * 2)


def replace_traded(account, times):
    return Account(account.returns, times * account.traded, account.invested)


def test_two_who_hold_the_same_pay_nothing():
    account = Account(np.array([0.1, 0.2, 0.3]), np.ones(3), np.ones(3))
    assert gain(Investor(), account, account, cost=0.0, lags=0) is None


def test_an_outcome_that_did_not_vary_is_held_within_bounds():
    account = follow(
        Investor(), np.array([0.1, -0.1, 0.0]), np.zeros(3), np.ones(3), unit=ONE, place=np.arange(3), closed=True
    )  # fmt: skip
    np.testing.assert_array_equal(account.invested, [1.5, 0.0, 0.0])


@pytest.mark.parametrize(
    ("change", "words"),
    [({"aversion": 0.0}, "aversion above zero"), ({"highest": -1.0}, "lower comes first"), ({"costs": (5.0,)}, "rise from zero"),
     ({"costs": (0.0, 5.0, 1.0)}, "rise from zero")],
)  # fmt: skip
def test_an_impossible_investor_is_refused(change, words):
    with pytest.raises(SpecError, match=words):
        Investor(**change)

"""Turnover by hand, on a panel of four firms; costs by hand; the break-even cost and its error."""

import numpy as np
import pytest

from emtract.econometrics.newey_west import mean_of, ratio_of_means
from emtract.econometrics.portfolio.form import form_portfolios
from emtract.econometrics.portfolio.performance import traded_dollars, turnover
from emtract.econometrics.portfolio.sort import PortfolioSort
from tests.econometrics.portfolio_panels import draw, sample_of

NEXT = "return_close_close_next"


def by_hand():
    """Two portfolios of two of four firms over 12 sessions; firms 2 and 3 on top, until 1 and 3 are, with a gap."""
    signal = np.tile([1.0, 2.0, 3.0, 4.0], (12, 1))
    signal[4] = [1.0, 3.0, 2.0, 4.0]  # firm 1 for firm 2, for one session
    signal[8] = np.nan  # no portfolios in session 8
    returns = np.zeros((12, 4))
    returns[0] = [0.0, 0.0, 0.5, 0.0]  # the top portfolio drifts to 0.6, 0.4
    return sample_of(signal, returns, y=NEXT)


def sort_of(**choices):
    return PortfolioSort(signal="valence_pre_open", quantiles=2, min_firms=4, min_sessions=10, **choices)


def test_turnover_of_positions_that_are_carried_overnight():
    formed = form_portfolios(sort_of(returns=NEXT), by_hand())
    turned = turnover(formed, NEXT)
    # session:    0     1    2    3    4    5    6    7    9   10   11
    top = [0.5, 0.1, 0.0, 0.0, 0.5, 0.5, 0.0, 0.5, 0.5, 0.0, 0.5]
    bottom = [0.5, 0.0, 0.0, 0.0, 0.5, 0.5, 0.0, 0.5, 0.5, 0.0, 0.5]
    np.testing.assert_allclose(turned, np.array([bottom, top]).T, atol=1e-12)
    assert traded_dollars(turned)[0] == pytest.approx(2.0), "one dollar bought, one sold short"


def test_turnover_is_that_of_a_slow_loop():
    signal, returns, size = draw(np.random.default_rng(9), 40, 20)
    returns[7, 2] = np.nan
    sample = sample_of(signal, returns, y=NEXT, size=size)
    sort = PortfolioSort(signal="valence_pre_open", returns=NEXT, weights="value", min_firms=14, min_sessions=10)
    formed = form_portfolios(sort, sample)
    assert len(formed.position) < 40, "the loop should meet gaps"
    turned = turnover(formed, NEXT)
    for side, portfolio in enumerate((0, 4)):
        targets, drifted = {}, {}
        for p, firm, k, w, grown in formed.holdings.iter_rows():
            if k == portfolio:
                targets.setdefault(p, {})[firm] = w
                drifted.setdefault(p, {})[firm] = grown
        for row, p in enumerate(formed.position.tolist()):
            arrived = {f: g / sum(drifted[p - 1].values()) for f, g in drifted.get(p - 1, {}).items()}
            traded = sum(abs(targets[p].get(f, 0) - arrived.get(f, 0)) for f in targets[p] | arrived)
            closing = 0 if p + 1 in targets else 1
            assert turned[row, side] == pytest.approx((traded + closing) / 2)


def test_positions_within_a_session_are_a_full_round_trip():
    formed = form_portfolios(sort_of(returns="return_open_close"), by_hand_intraday())
    turned = turnover(formed, "return_open_close")
    assert (turned == 1).all()
    assert (traded_dollars(turned) == 4).all()


def by_hand_intraday():
    signal, returns, _ = draw(np.random.default_rng(1), 12, 8, missing=0)
    return sample_of(signal, returns)


def test_the_net_return_at_the_break_even_cost_is_nothing():
    rng = np.random.default_rng(10)
    gross, traded = rng.normal(8, 50, 300), rng.uniform(2, 4, 300)
    found = ratio_of_means(gross, traded, lags=4)
    assert (gross - found.estimate * traded).mean() == pytest.approx(0, abs=1e-9)
    assert found.conf_low < found.estimate < found.conf_high


def test_with_constant_turnover_the_break_even_cost_is_the_mean_scaled():
    gross = np.random.default_rng(11).normal(8, 50, 300)
    mean, cost = mean_of(gross, lags=4), ratio_of_means(gross, np.full(300, 4.0), lags=4)
    for field in ("estimate", "std_error", "conf_low", "conf_high"):
        assert getattr(cost, field) == pytest.approx(getattr(mean, field) / 4)
    assert cost.p_value == pytest.approx(mean.p_value)


def test_the_delta_method_is_the_joint_one():
    """Variance of a ratio from the joint long-run covariance of numerator and denominator, by hand."""
    rng = np.random.default_rng(12)
    gross, traded = rng.normal(8, 50, 250), rng.uniform(2, 4, 250)
    n, lags = 250, 5
    dev = np.column_stack([gross - gross.mean(), traded - traded.mean()])
    omega = dev.T @ dev / n
    for lag in range(1, lags + 1):
        part = dev[lag:].T @ dev[:-lag] / n
        omega += (1 - lag / (lags + 1)) * (part + part.T)
    gradient = np.array([1 / traded.mean(), -gross.mean() / traded.mean() ** 2])
    error = np.sqrt(gradient @ omega @ gradient / (n - 1))
    assert ratio_of_means(gross, traded, lags=lags).std_error == pytest.approx(error, rel=1e-10)

"""Portfolios against a slow loop, and the laws of sorting."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emtract.econometrics.portfolio.form import form_portfolios
from emtract.econometrics.portfolio.sort import PortfolioSort
from emtract.errors import EstimationError, MissingDataError, SpecError
from emtract.panel.frame import Sample
from tests.econometrics.portfolio_panels import draw, sample_of

SORT = PortfolioSort(signal="valence_pre_open", min_firms=10, min_sessions=10)


def slowly(sample, sort):
    """Mean return, mean signal and number of firms of each portfolio, session by session, in plain Python."""
    rows = {}
    for row in sample.data.iter_rows(named=True):
        if row[sort.signal] is not None and (sort.weights == "equal" or row[sort.size] is not None):
            rows.setdefault(row["session"], []).append(row)
    found = {}
    for session, firms in sorted(rows.items()):
        if len(firms) < sort.min_firms:
            continue
        portfolios = [[] for _ in range(sort.quantiles)]
        for firm in firms:
            below = sum(other[sort.signal] < firm[sort.signal] for other in firms)
            equal = sum(other[sort.signal] == firm[sort.signal] for other in firms)
            earlier = sum(o[sort.signal] == firm[sort.signal] and o["symbol"] < firm["symbol"] for o in firms)
            rank = below + (equal - 1) / 2 if sort.ties == "together" else below + earlier
            if firm[sort.returns] is not None:
                portfolios[int(sort.quantiles * (rank + 0.5) / len(firms))].append(firm)
        if all(portfolios):
            weigh = (lambda f: 1.0) if sort.weights == "equal" else (lambda f: float(np.exp(f[sort.size])))
            found[session] = [
                sum(weigh(f) * f[sort.returns] for f in held) / sum(map(weigh, held)) for held in portfolios
            ]
    return found


@pytest.mark.parametrize("weights", ["equal", "value"])
@pytest.mark.parametrize(("ties", "rounded"), [("together", False), ("together", True), ("symbol", True)])
@pytest.mark.parametrize("quantiles", [2, 5])
def test_portfolio_returns_are_those_of_a_slow_loop(weights, ties, rounded, quantiles):
    signal, returns, size = draw(np.random.default_rng(3), 40, 25, missing=0.3, ties=rounded)
    returns[5, 3:9] = np.nan
    sample = sample_of(signal, returns, size=size)
    sort = replace(SORT, weights=weights, ties=ties, quantiles=quantiles)
    expected = slowly(sample, sort)
    formed = form_portfolios(sort, sample)
    assert formed.sessions == list(expected)
    np.testing.assert_allclose(formed.returns / 1e4, np.array(list(expected.values())), rtol=1e-10)
    everyone = sample.data.group_by("session").agg(pl.col("return_open_close").mean()).sort("session")
    kept = everyone.filter(pl.col("session").is_in(formed.sessions))["return_open_close"].to_numpy()
    np.testing.assert_allclose(formed.market / 1e4, kept, rtol=1e-10)


def test_weights_of_a_portfolio_sum_to_one():
    signal, returns, size = draw(np.random.default_rng(4))
    held = form_portfolios(replace(SORT, weights="value"), sample_of(signal, returns, size=size)).holdings
    sums = held.group_by("position", "portfolio").agg(pl.col("weight").sum())["weight"]
    np.testing.assert_allclose(sums, 1.0)


def test_what_is_left_out_is_counted():
    signal, returns, _ = draw(np.random.default_rng(5), 30, 25, missing=0.0)
    signal[0, :20] = np.nan  # five firms are too few
    signal[1] = 0.0  # everybody ties: one portfolio
    returns[2, 4] = np.nan
    ledger = form_portfolios(SORT, sample_of(signal, returns)).ledger
    assert {s.name: s.dropped for s in ledger.steps} == {
        "rows of the panel": 0,
        "with a signal": 20,
        "in sessions with enough firms": 5,
        "held to the end": 1,
        "in sessions with every portfolio": 25,
        "sessions with portfolios": 0,
    }
    assert ledger.steps[-1].rows_out == 28
    assert "2 are dropped" in ledger.steps[-1].reason


def test_a_firm_without_a_return_moves_no_breakpoint():
    """Ranks are those before anything is known of the return; no look ahead."""
    signal, returns, _ = draw(np.random.default_rng(6), 30, 25, missing=0.0)
    whole = form_portfolios(SORT, sample_of(signal, returns)).holdings
    gone = returns.copy()
    gone[7, 11] = np.nan
    part = form_portfolios(SORT, sample_of(signal, gone)).holdings
    keys = ["position", "symbol", "portfolio"]
    lost = whole.join(part, on=keys, how="anti")
    assert lost.select("position", "symbol").rows() == [(7, 12)]
    assert part.join(whole, on=keys, how="anti").is_empty()


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), shift=st.floats(-5, 5), scale=st.floats(0.1, 10))
def test_laws(seed, shift, scale):
    """Renaming firms, moving or stretching the signal change nothing; negating it turns the portfolios round."""
    rng = np.random.default_rng(seed)
    signal, returns, _ = draw(rng, 14, 23)
    base = form_portfolios(SORT, sample_of(signal, returns))
    order = rng.permutation(signal.shape[1])
    for other in (
        sample_of(signal[:, order], returns[:, order]),
        sample_of(signal + shift, returns),
        sample_of(scale * signal, returns),
    ):
        np.testing.assert_allclose(form_portfolios(SORT, other).returns, base.returns, rtol=1e-9, atol=1e-9)
    turned = form_portfolios(SORT, sample_of(-signal, returns))
    np.testing.assert_allclose(turned.returns[:, ::-1], base.returns, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(turned.spread, -base.spread, rtol=1e-9, atol=1e-9)


def test_bad_input_has_a_name():
    signal, returns, _ = draw(np.random.default_rng(7), 20, 25)
    sample = sample_of(signal, returns)
    with pytest.raises(SpecError, match="no column 'happy_pre_open'"):
        form_portfolios(replace(SORT, signal="happy_pre_open"), sample)
    with pytest.raises(MissingDataError, match=r"value weights need size.*\[\[market\]\]"):
        form_portfolios(replace(SORT, weights="value"), sample)
    empty = Sample(sample.data.with_columns(size=pl.lit(None, pl.Float64)))
    with pytest.raises(MissingDataError, match="value weights need size"):
        form_portfolios(replace(SORT, weights="value"), empty)
    with pytest.raises(EstimationError, match=r"20 sessions have 10 firms.*60 are needed"):
        form_portfolios(replace(SORT, min_sessions=60), sample)
    with pytest.raises(EstimationError, match="no firm has valence_pre_open"):
        form_portfolios(SORT, sample_of(np.full_like(signal, np.nan), returns))
    with pytest.raises(EstimationError, match="0 sessions"):
        form_portfolios(replace(SORT, min_firms=26), sample)


def test_a_condition_picks_rows_before_the_sort():
    signal, returns, size = draw(np.random.default_rng(8), 20, 25, missing=0.0)
    formed = form_portfolios(replace(SORT, where="size > 19.5"), sample_of(signal, returns, size=size))
    assert formed.firms.sum() == (size > 19.5).sum()
    assert formed.ledger.steps[1].reason == "outside the sample: size > 19.5"

"""Panels with the truth written down, so that a test can ask for it back."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from emtract.emotions import EMOTIONS, NEGATIVE, NON_NEUTRAL, POSITIVE
from emtract.ledger import Ledger
from emtract.panel.frame import ENTITY, TIME, WINDOWS, Panel
from emtract.synthetic.world import autoregression

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

#: Basis points of open-to-close return per unit of an emotion's share (a share lies between 0 and 1).
EFFECTS: Mapping[str, float] = {"happy_market": 150.0, "sad_market": -120.0, "fear_market": -60.0}
#: Share of an average post: neutral first, in the order of `EMOTIONS`.
BASE_SHARES = (0.36, 0.31, 0.06, 0.05, 0.05, 0.08, 0.09)
FIRST_SESSION = dt.date(2019, 1, 2)
#: Standard deviation of the non-systematic part of a return, in basis points.
NOISE = 150.0
N_INDUSTRIES = 10


@dataclass(frozen=True)
class SimulatedPanel:
    """A panel and the effects it was made with.

    Attributes
    ----------
    panel
        All columns of `BUILT`, and `precision`: the inverse of the error's relative variance, a weight for
        estimation.
    truth
        Effect of each non-neutral emotion in each window (12 terms, e.g. ``happy_market``) on `return_open_close` of
        the same session, in basis points per unit of share, given the others and both effects. Effects that are zero
        are written too.
    """

    panel: Panel
    truth: Mapping[str, float] = field(default_factory=dict)


def simulate_panel(
    rng: np.random.Generator,
    n_symbols: int = 80,
    *,
    n_sessions: int = 120,
    effects: Mapping[str, float] = EFFECTS,
    common: float = 0.5,
    persistence: float = 0.5,
    mean_posts: float = 25.0,
    min_posts: int = 5,
) -> SimulatedPanel:
    r"""Draw a firm-session panel in which emotions move returns by known amounts.

    Parameters
    ----------
    rng
        The random generator.
    n_symbols, n_sessions
        Size: the panel has ``n_symbols * n_sessions`` rows, every symbol in every session (weekdays from January 2019).
    effects
        Term -> basis points per unit of share; terms not named are zero.
    common
        Weight of a common shock with firm-specific loadings, in emotions and in errors: dependence within a session
        that session effects do not absorb. 0 for none.
    persistence
        First-order autocorrelation of the rest of emotions and errors: dependence within a symbol. 0 for none.
    mean_posts, min_posts
        Posts of a median firm-window, and the number below which its emotions are null.

    Returns
    -------
    SimulatedPanel
        The panel and the truth.

    Notes
    -----
    With loadings b_i (mean 1, sd 0.6), common shocks g_t and h_t, autoregressions e_it and v_it of unit variance, and
    precision p_it, all independent of each other,

    .. math::

        E_{it} &= \operatorname{softmax}(m + a_i + d_t + \tfrac{1}{2}(c\, b_i g_t + e_{it})) \\
        r_{it} &= \textstyle\sum_j \beta_j E_{jit} + \alpha_i + \delta_t + \sigma (c\, b_i h_t + v_{it}) / \sqrt{p_{it}}

    Shocks g and h are independent, so emotions are exogenous; but the products of regressor and error correlate within
    a session (both load on b_i) and within a symbol (both persist). With ``common=0, persistence=0`` errors are
    independent. Posts depend on firm and session only, so that missing windows carry no information on the error.
    """
    shape = (n_symbols, n_sessions)
    loadings = 1.0 + 0.6 * rng.standard_normal(n_symbols)
    posts = {window: _posts(rng, shape, mean_posts) for window in WINDOWS}
    shares = {window: _shares(rng, shape, loadings, common, persistence) for window in WINDOWS}
    truth = {f"{emotion}_{window}": 0.0 for window in WINDOWS for emotion in NON_NEUTRAL}
    if unknown := set(effects) - set(truth):
        raise ValueError(f"no such term: {', '.join(sorted(unknown))}")
    truth |= effects
    precision = rng.uniform(0.5, 1.5, shape)
    error = common * np.outer(loadings, rng.standard_normal(n_sessions)) + autoregression(rng, shape, persistence)
    basis_points = NOISE * error / np.sqrt(precision)
    basis_points += 5.0 * rng.standard_normal((n_symbols, 1)) + 80.0 * rng.standard_normal(n_sessions)
    for window in WINDOWS:
        slopes = np.array([truth.get(f"{emotion}_{window}", 0.0) for emotion in EMOTIONS])
        basis_points += shares[window] @ slopes
    open_close = basis_points / 1e4
    overnight = 0.006 * rng.standard_normal(shape)
    columns = {ENTITY: np.repeat([f"S{i:03d}" for i in range(n_symbols)], n_sessions)}
    columns["ticker"] = columns[ENTITY]
    columns["industry"] = np.repeat([f"I{i % N_INDUSTRIES}" for i in range(n_symbols)], n_sessions)
    columns |= {
        "return_open_close": open_close.ravel(),
        "return_overnight": overnight.ravel(),
        "precision": precision.ravel(),
    }
    data = pl.DataFrame(columns).with_columns(pl.Series(TIME, _weekdays(n_sessions) * n_symbols))
    windows = [_window_frame(window, shares[window], posts[window], min_posts) for window in WINDOWS]
    # A generator of its own: what firms are like does not change the draws of returns and emotions.
    firms = _firms(rng.spawn(1)[0], shape, data[TIME])
    data = pl.concat([_adjacent(data), firms, *windows], how="horizontal")
    settings: dict[str, str | int | float | None] = {"scorer": "simulated", "weights": "equal", "min_posts": min_posts}
    return SimulatedPanel(Panel(data, Ledger().start("simulated", "firm-sessions", data.height), settings), truth)


def _firms(rng: np.random.Generator, shape: tuple[int, int], sessions: pl.Series) -> pl.DataFrame:
    """Calendar, activity and characteristics, none of which emotions move; firms differ, shocks persist and are shared."""
    firm, session = rng.standard_normal((4, shape[0], 1)), rng.standard_normal((3, shape[1]))
    loadings = 1.0 + 0.6 * rng.standard_normal((shape[0], 1))
    slow, fast = autoregression(rng, (*shape, 4), 0.98), autoregression(rng, (*shape, 3), 0.5)
    range_, garman, volume = (0.4 * (loadings * session[j] + fast[..., j]) for j in range(3))
    size = 23.0 + 1.5 * firm[0] + 0.4 * slow[..., 0]
    shares = np.exp(18.0 + firm[3]) * np.ones(shape)
    traded = np.exp(14.0 + firm[3] + volume)
    columns = {
        "log_range_parkinson": -4.3 + 0.2 * firm[1] + range_,
        "log_range_garman_klass": -4.3 + 0.2 * firm[1] + 0.9 * range_ + 0.1 * garman,
        "volume": traded,
        "dollar_volume": traded * np.exp(size) / shares,
        "abnormal_volume": volume,
        "abnormal_turnover": volume + 0.02 * fast[..., 1],
        "lagged_amihud": np.exp(-7.0 - 0.9 * (size - 23.0) + 0.3 * slow[..., 1]),
        "shares_outstanding": shares,
        "size": size,
        "short_ratio": np.exp(-3.5 + 0.5 * firm[2] + 0.3 * slow[..., 2]),
        "institutional_share": 1.0 / (1.0 + np.exp(-0.6 - 0.6 * firm[1] - 0.4 * slow[..., 3])),
    }
    return pl.DataFrame({name: values.ravel() for name, values in columns.items()}).with_columns(
        number=(sessions.rank("dense") - 1).cast(pl.Int32), month=sessions.dt.strftime("%Y-%m")
    )


def _posts(rng: np.random.Generator, shape: tuple[int, int], mean: float) -> NDArray[np.int64]:
    firm, session = 0.8 * rng.standard_normal((shape[0], 1)), 0.2 * rng.standard_normal(shape[1])
    return rng.poisson(mean * np.exp(firm + session)).astype(np.int64)


def _shares(
    rng: np.random.Generator, shape: tuple[int, int], loadings: NDArray[np.float64], common: float, persistence: float
) -> NDArray[np.float64]:
    """Logistic-normal shares of the seven emotions, shape (n_symbols, n_sessions, 7), summing to 1."""
    k = len(EMOTIONS)
    logits = (
        np.log(BASE_SHARES) + 0.2 * rng.standard_normal((shape[0], 1, k)) + 0.1 * rng.standard_normal((shape[1], k))
    )
    shocks = loadings[:, None, None] * rng.standard_normal((shape[1], k))
    logits += 0.5 * (common * shocks + autoregression(rng, (*shape, k), persistence))
    weights = np.exp(logits)
    return np.asarray(weights / weights.sum(axis=-1, keepdims=True))


def _weekdays(n: int) -> list[dt.date]:
    days = np.busday_offset(np.datetime64(FIRST_SESSION), np.arange(n), roll="forward")
    return [dt.date.fromisoformat(str(day)) for day in days]


def _adjacent(data: pl.DataFrame) -> pl.DataFrame:
    """Add close-to-close, next-session and lagged columns; null where there is no adjacent session."""
    close = (1 + pl.col("return_overnight")) * (1 + pl.col("return_open_close")) - 1
    data = data.with_columns(return_close_close=close)
    following = [
        pl.col(f"return_{leg}").shift(-1).over(ENTITY).alias(f"return_{leg}_next")
        for leg in ("open_close", "close_close")
    ]
    lagged = pl.col("return_close_close").shift(1)
    return data.with_columns(
        *following,
        absolute_return=pl.col("return_close_close").abs(),
        lagged_return=lagged.over(ENTITY),
        lagged_volatility=lagged.rolling_std(20, min_samples=5).over(ENTITY),
    )


def _window_frame(window: str, shares: NDArray[np.float64], posts: NDArray[np.int64], min_posts: int) -> pl.DataFrame:
    flat = shares.reshape(-1, len(EMOTIONS))
    frame = pl.DataFrame(flat, schema=list(EMOTIONS)).with_columns(
        valence=pl.sum_horizontal(POSITIVE) - pl.sum_horizontal(NEGATIVE), n_posts=posts.ravel()
    )
    kept = pl.when(pl.col("n_posts") >= min_posts).then(pl.col(*EMOTIONS, "valence"))
    return frame.select(
        kept.name.keep(),
        attention=pl.col("n_posts").log1p(),
        n_posts=pl.col("n_posts"),
        n_authors=(0.8 * pl.col("n_posts")).ceil().cast(pl.Int64),
    ).rename(lambda name: f"{name}_{window}")

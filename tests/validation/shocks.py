"""Panels in which firms have shocks at different times, with effects that differ: does the stacked event study see them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from emtract.econometrics.analyses.stacked import AFTER, BEFORE, StackedEvents, session_term
from emtract.ledger import Ledger
from emtract.panel.firm_sessions import FIRM_SESSIONS
from emtract.panel.frame import Sample
from tests.validation.design import Design, Drawn
from tests.worlds.panels import FIRST_SESSION

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

#: Basis points that a shock adds to the return of its own session and of those after; on average over firms.
EFFECT: Final = (-20.0, -10.0, 0.0, 0.0, 10.0, 10.0)
#: Log points that a shock adds to the log range, for three sessions.
RANGE: Final = (20.0, 10.0, 5.0)
NOISE: Final = 150.0
RETURNS: Final = StackedEvents(y="return_open_close", shock="shock", before=5, after=10, y_scale=1e4, draws=2_000)
RANGES: Final = StackedEvents(
    y="log_range_parkinson", shock="shock", before=5, after=10, cumulated=False, y_scale=100.0, draws=2_000
)
#: The same returns, where nothing happens to firms.
NOTHING: Final = StackedEvents(y="return_close_close", shock="shock", before=5, after=10, y_scale=1e4, draws=2_000)


def draw(n_firms: int, n_sessions: int, share: float) -> Callable[[np.random.Generator], Drawn]:
    """Return a function that draws a panel of that size, with shocks in this share of firm-sessions."""

    def drawn(rng: np.random.Generator) -> Drawn:
        data = _panel(rng, n_firms, n_sessions, share)
        ledger = Ledger().start("simulated", "firm-sessions", data.height)
        return Drawn({FIRM_SESSIONS: Sample(data, ledger, {}, "firm-sessions")}, truth_of(share))

    return drawn


def truth_of(share: float) -> dict[tuple[str, str], float]:
    """Return the effects of a shock, and of the shocks that are expected to follow it: controls are firms without any."""
    summed, lasting = np.cumsum([*EFFECT, *np.zeros(20)]), np.array([*RANGE, *np.zeros(20)])
    out: dict[tuple[str, str], float] = {}
    for session in (-3, 0, 1, 5, 10):
        for spec, path in (("returns", summed), ("ranges", lasting)):
            later = share * path[:session].sum() if session > 0 else 0.0
            out[spec, session_term(session)] = float(path[session] + later) if session >= 0 else 0.0
        out["nothing", session_term(session)] = 0.0
    out |= {(spec, BEFORE): 0.0 for spec in ("returns", "ranges", "nothing")}
    return out | {("nothing", AFTER): 0.0}


def _panel(rng: np.random.Generator, n_firms: int, n_sessions: int, share: float) -> pl.DataFrame:
    """Draw firms, sessions, shocks and outcomes.

    Notes
    -----
    Shocks are independent over time, and in some sessions more likely for all firms. Their effects differ between firms (a
    standard deviation of half the mean), and so do loadings on the common shock of a session. Returns have fat tails, log ranges
    persist and have a level of the firm's own, which a comparison of levels would take for an effect.
    """
    shape = (n_firms, n_sessions)
    crowded = share * rng.gamma(2.0, 0.5, n_sessions)
    shock = rng.random(shape) < np.minimum(crowded, 0.5)
    size = 1.0 + 0.5 * rng.standard_normal((n_firms, 1))
    loadings = 1.0 + 0.3 * rng.standard_normal((n_firms, 1))
    noise = [NOISE * (0.6 * loadings * rng.standard_normal(n_sessions) + _fat(rng, shape)) for _ in range(2)]
    returns, log_range = noise[0].copy(), 30.0 * rng.standard_normal((n_firms, 1)) + _persistent(rng, shape)
    for values, effect in ((returns, EFFECT), (log_range, RANGE)):
        for lag, step in enumerate(effect):
            values[:, lag:] += step * (size * shock)[:, : n_sessions - lag]
    return pl.DataFrame(
        {
            "symbol": np.repeat([f"S{i:03d}" for i in range(n_firms)], n_sessions),
            "session": pl.concat([_days(n_sessions)] * n_firms),
            "number": np.tile(np.arange(n_sessions), n_firms),
            "shock": shock.ravel().astype(float),
            "return_open_close": returns.ravel() / 1e4,
            "return_close_close": noise[1].ravel() / 1e4,
            "log_range_parkinson": log_range.ravel() / 100.0,
        }
    ).filter(pl.Series(rng.random(n_firms * n_sessions) > 0.002))


def _fat(rng: np.random.Generator, shape: tuple[int, int]) -> Floats:
    """Student t with five degrees of freedom and unit variance."""
    return np.asarray(rng.standard_t(5, shape) / np.sqrt(5 / 3))


def _persistent(rng: np.random.Generator, shape: tuple[int, int]) -> Floats:
    """First-order autoregression of the log range, in log points, around a common one of the session."""
    draws = 40.0 * rng.standard_normal(shape) + 20.0 * rng.standard_normal(shape[1])
    for t in range(1, shape[1]):
        draws[:, t] += 0.4 * draws[:, t - 1]
    return draws


def _days(n: int) -> pl.Series:
    days = np.busday_offset(np.datetime64(FIRST_SESSION), np.arange(n), roll="forward")
    return pl.Series(days).cast(pl.Date)


DESIGNS: Final = tuple(
    Design(
        name=f"shocks, {name}",
        words=f"{n_firms} firms, {n_sessions} sessions; {words}; effects differ between firms, which load on common shocks",
        specs={"returns": RETURNS, "ranges": RANGES, "nothing": NOTHING},
        draw=draw(n_firms, n_sessions, share),
        settings={"firms": n_firms, "sessions": n_sessions, "share": share},
    )
    for name, words, n_firms, n_sessions, share in (
        ("60 firms", "a shock in one of a hundred firm-sessions", 60, 250, 0.01),
        ("20 firms", "a shock in one of fifty", 20, 250, 0.02),
    )
)

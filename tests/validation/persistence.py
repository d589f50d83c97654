"""Panels in which emotions move returns for some sessions, then not, or back: do local projections see it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from emtract.econometrics.analyses.projections import LocalProjection, horizon_term
from emtract.econometrics.regression.spec import Spec
from emtract.ledger import Ledger
from emtract.panel.derive import Cumulated, Lead
from emtract.panel.firm_sessions import FIRM_SESSIONS
from emtract.panel.frame import Sample
from tests.validation.design import Design, Drawn
from tests.worlds.panels import FIRST_SESSION

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

HORIZONS: Final = (1, 5, 20)
REVERSAL: Final = (5, 20)
#: Basis points by which a unit of an emotion moves the return of the first, second, ... session after it: happiness lifts
#: prices for two sessions and gives all of it back by the tenth, sadness sinks in over three, fear does nothing.
EFFECTS: Final[Mapping[str, tuple[float, ...]]] = {
    "happy_pre_open": (12.0, 6.0, 0.0, 0.0, 0.0, -3.6, -3.6, -3.6, -3.6, -3.6),
    "sad_pre_open": (-3.0, -3.0, -3.0),
    "fear_pre_open": (),
}
#: First-order autocorrelation of emotions, common and own part alike.
RHO: Final = 0.5
NOISE: Final = 150.0
_BURN: Final = 40
SPEC: Final = Spec(
    y="return_close_close",
    x=tuple(EFFECTS),
    effects=("symbol", "session"),
    covariance="clustered",
    clusters=("symbol", "session"),
    small_sample="fixest",
    y_scale=1e4,
    engine="pyfixest",
)
CUMULATED: Final = LocalProjection(
    spec=SPEC, horizons=HORIZONS, reversal=REVERSAL, draws=2_000, label="Cumulated response"
)
LEADS: Final = LocalProjection(spec=SPEC, horizons=HORIZONS, cumulated=False, draws=2_000, label="Response by session")


def response(effects: tuple[float, ...], session: int) -> float:
    r"""Return what a unit of an emotion today says of the return so many sessions later.

    Notes
    -----
    :math:`\sum_l \phi_l \rho^{|k - l|}`: the emotions of sessions before and after today's are known from today's only as far as
    they persist.
    """
    return sum(effect * RHO ** abs(session - lag) for lag, effect in enumerate(effects, start=1))


def cumulated(effects: tuple[float, ...], horizon: int) -> float:
    """Return the sum of the responses of the sessions up to a horizon."""
    return sum(response(effects, k) for k in range(1, horizon + 1))


def draw(n_firms: int, n_sessions: int, missing: float) -> Callable[[np.random.Generator], Drawn]:
    """Return a function that draws a panel of that size.

    Parameters
    ----------
    missing
        Share of firm-sessions without posts, on average; it varies between firms, and firms enter at different times.
    """

    def drawn(rng: np.random.Generator) -> Drawn:
        data = _panel(rng, n_firms, n_sessions, missing)
        ledger = Ledger().start("simulated", "firm-sessions", data.height)
        sample = Sample(data, ledger, {"min_posts": 1}, "firm-sessions")
        return Drawn({FIRM_SESSIONS: sample}, TRUTH)

    return drawn


def _truth() -> dict[tuple[str, str], float]:
    out = {}
    for name, effects in EFFECTS.items():
        for k in HORIZONS:
            out["cumulated", horizon_term(name, k)] = cumulated(effects, k)
            out["leads", horizon_term(name, k)] = response(effects, k)
        early, late = REVERSAL
        turned = cumulated(effects, late) - cumulated(effects, early)
        out["cumulated", f"{name}, reversal {early} to {late}"] = turned
    return out


TRUTH: Final = _truth()


def _panel(rng: np.random.Generator, n_firms: int, n_sessions: int, missing: float) -> pl.DataFrame:
    r"""Draw firms, sessions, emotions and returns.

    Notes
    -----
    .. math:: E_{jit} = a_{ji} + b_i g_{jt} + e_{jit}, \quad
              r_{it} = \sum_j \sum_l \phi_{jl} E_{ji,t-l} + b_i h_t + v_{it}

    g and e are autoregressions with the same coefficient, h a shock of the session that firms load on as they do on the common
    part of emotions: cumulated returns of different firms on nearby sessions share h, and session effects do not absorb it.
    """
    total = n_sessions + _BURN
    loadings = 1.0 + 0.6 * rng.standard_normal((n_firms, 1))
    basis_points = NOISE * (0.5 * loadings * rng.standard_normal(total) + rng.standard_normal((n_firms, total)))
    columns: dict[str, Floats] = {}
    for name, effects in EFFECTS.items():
        common = 0.5 * loadings * _autoregression(rng, (1, total))
        emotion = 0.5 * rng.standard_normal((n_firms, 1)) + common + 0.8 * _autoregression(rng, (n_firms, total))
        for lag, effect in enumerate(effects, start=1):
            basis_points[:, lag:] += effect * emotion[:, :-lag]
        columns[name] = emotion[:, _BURN:]
    columns["return_close_close"] = basis_points[:, _BURN:] / 1e4
    frame = pl.DataFrame(
        {
            "symbol": np.repeat([f"S{i:03d}" for i in range(n_firms)], n_sessions),
            "session": pl.concat([_days(n_sessions)] * n_firms),
            "number": np.tile(np.arange(n_sessions), n_firms),
            **{name: values.ravel() for name, values in columns.items()},
        }
    )
    for transform in (Cumulated("return_close_close", HORIZONS), Lead("return_close_close", HORIZONS)):
        frame = transform.apply(frame)
    return frame.with_columns(_silenced(rng, n_firms, n_sessions, missing))


def _silenced(rng: np.random.Generator, n_firms: int, n_sessions: int, missing: float) -> list[pl.Expr]:
    """Take emotions out where nobody posts: a share that varies between firms, and all before a firm enters."""
    share = np.clip(missing * rng.uniform(0.2, 1.8, (n_firms, 1)), 0.0, 0.95)
    enters = rng.integers(0, max(1, n_sessions // 3), (n_firms, 1)) * (rng.random((n_firms, 1)) < 0.3)
    posts = (rng.random((n_firms, n_sessions)) >= share) & (np.arange(n_sessions) >= enters)
    shown = pl.Series(posts.ravel())
    return [pl.when(pl.lit(shown)).then(pl.col(name)).alias(name) for name in EFFECTS]


def _autoregression(rng: np.random.Generator, shape: tuple[int, int]) -> Floats:
    """First-order autoregression of unit variance along axis 1."""
    draws = rng.standard_normal(shape)
    for t in range(1, shape[1]):
        draws[:, t] = RHO * draws[:, t - 1] + np.sqrt(1 - RHO**2) * draws[:, t]
    return draws


def _days(n: int) -> pl.Series:
    days = np.busday_offset(np.datetime64(FIRST_SESSION), np.arange(n), roll="forward")
    return pl.Series(days).cast(pl.Date)


DESIGNS: Final = tuple(
    Design(
        name=f"persistence, {name}",
        words=f"{words}; firms load on shocks of the session, cumulated returns overlap, emotions persist",
        specs={"cumulated": CUMULATED, "leads": LEADS},
        draw=draw(n_firms, n_sessions, missing),
        settings={"firms": n_firms, "sessions": n_sessions, "missing": missing},
    )
    for name, words, n_firms, n_sessions, missing in (
        (
            "60 firms",
            "Unbalanced panel of 60 firms and 250 sessions, three tenths of the windows without posts",
            60,
            250,
            0.3,
        ),
        ("short", "Unbalanced panel of 40 firms and 150 sessions", 40, 150, 0.4),
    )
)

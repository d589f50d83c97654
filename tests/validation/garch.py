"""Firms whose variance moves with an emotion by a known amount, or not at all: does GARCH-X see it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from emtract.econometrics.analyses.garch.analysis import GarchX, garch_term
from emtract.ledger import Ledger
from emtract.panel.firm_sessions import FIRM_SESSIONS
from emtract.panel.frame import Sample
from tests.validation.design import Design, Drawn
from tests.worlds.panels import FIRST_SESSION

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

#: Mean over firms of the change of the log variance per standard deviation, and its standard deviation between firms.
EFFECTS: Final = {"fear_pre_open": (0.20, 0.10), "happy_pre_open": (0.0, 0.0)}
REQUEST: Final = GarchX(x=tuple(EFFECTS), returns="return_open_close", min_readings=50)
_ALPHA, _BETA, _DAILY = 0.08, 0.87, 0.015


def draw(n_firms: int, n_sessions: int, *, silent: float, common: float) -> Callable[[np.random.Generator], Drawn]:
    """Return a function that draws firms.

    Parameters
    ----------
    silent
        Share of firm-sessions without posts.
    common
        Weight of a shock of the session in emotions and in returns: firms' estimates are not independent.

    Notes
    -----
    Standardised returns have Student's t law with 6 degrees of freedom, so that the likelihood that is fitted is not theirs. The
    effect of an emotion that nobody wrote down is nothing: where posts are missing the variance is that of mean emotion.
    """
    truth = {("garch", garch_term(name)): mean for name, (mean, _) in EFFECTS.items()}

    def drawn(rng: np.random.Generator) -> Drawn:
        shape = (n_firms, n_sessions)
        posts = rng.random(shape) >= silent
        scale, columns = np.zeros(shape), {}
        for name, (mean, sd) in EFFECTS.items():
            emotion = np.where(posts, _mixed(rng, shape, common), np.nan)
            emotion = (emotion - np.nanmean(emotion, axis=1, keepdims=True)) / np.nanstd(
                emotion, axis=1, ddof=1, keepdims=True
            )
            scale += (mean + sd * rng.standard_normal((n_firms, 1))) * np.nan_to_num(emotion)
            columns[name] = emotion
        returns = _returns(rng, scale, common)
        data = pl.DataFrame(
            {
                "symbol": np.repeat([f"S{i:03d}" for i in range(n_firms)], n_sessions),
                "session": np.tile(_days(n_sessions), n_firms),
                "return_open_close": returns.ravel(),
                **{name: values.ravel() for name, values in columns.items()},
            }
        ).with_columns(pl.col("session").cast(pl.Date), pl.col(list(columns)).fill_nan(None))
        ledger = Ledger().start("simulated", "firm-sessions", data.height)
        return Drawn({FIRM_SESSIONS: Sample(data, ledger, {}, "firm-sessions")}, truth)

    return drawn


def _mixed(rng: np.random.Generator, shape: tuple[int, int], common: float) -> Floats:
    own = rng.standard_normal(shape)
    return np.asarray(common * rng.standard_normal(shape[1]) + np.sqrt(1 - common**2) * own)


def _returns(rng: np.random.Generator, scale: Floats, common: float) -> Floats:
    """Draw GARCH(1, 1) returns over a scale; the sign and size of shocks are shared by weight `common`."""
    n_firms, n = scale.shape
    mixing = np.sqrt(4 / rng.chisquare(6, n))
    own = rng.standard_t(6, (n_firms, n)) / np.sqrt(1.5)
    shared = rng.standard_normal(n) * mixing
    z = common * shared + np.sqrt(1 - common**2) * own
    out, g = np.zeros(scale.shape), np.ones(n_firms)
    last = np.ones(n_firms)
    for t in range(n):
        g = (1 - _ALPHA - _BETA) + _ALPHA * last + _BETA * g
        core = np.sqrt(g) * z[:, t]
        last = core**2
        out[:, t] = _DAILY * np.exp(scale[:, t] / 2) * core
    return out


def _days(n: int) -> NDArray[np.datetime64]:
    return np.asarray(np.busday_offset(np.datetime64(FIRST_SESSION), np.arange(n), roll="forward"))


DESIGNS: Final = (
    Design(
        name="volatility_volume, GARCH-X",
        words="Twelve firms with 500 sessions, effects that differ between firms, fat tails, shocks shared within sessions",
        specs={"garch": REQUEST},
        draw=draw(12, 500, silent=0.3, common=0.4),
        settings={"firms": 12, "sessions": 500},
    ),
)

"""Small panels for tests of portfolio sorts: only the columns that a sort reads."""

import datetime as dt

import numpy as np
import polars as pl

from emtract.panel.frame import Sample

DAY = dt.date(2020, 1, 1)


def sample_of(signal, returns, *, name="valence_pre_open", y="return_open_close", **columns):
    """Sessions x firms arrays (NaN for null) as a sample."""
    n_sessions, n_firms = np.shape(signal)
    symbols = np.tile([f"F{k:03d}" for k in range(n_firms)], n_sessions)
    sessions = [DAY + dt.timedelta(days=t) for t in range(n_sessions) for _ in range(n_firms)]
    flat = {name: signal, y: returns} | columns
    frame = pl.DataFrame({"symbol": symbols, "session": sessions})
    frame = frame.with_columns(
        pl.Series(key, np.asarray(v, dtype=float).ravel()).fill_nan(None) for key, v in flat.items()
    )
    return Sample(frame, unit="firm-sessions")


def draw(rng, n_sessions=80, n_firms=30, *, missing=0.2, ties=False):
    """A signal with gaps, a return that rises with it, a size."""
    signal = rng.standard_normal((n_sessions, n_firms))
    if ties:
        signal = np.round(signal, 1)
    returns = (
        0.001 * signal + 0.01 * rng.standard_normal((n_sessions, n_firms)) + 0.01 * rng.standard_normal((n_sessions, 1))
    )
    signal[rng.random(signal.shape) < missing] = np.nan
    return signal, returns, rng.normal(20, 1, (n_sessions, n_firms))

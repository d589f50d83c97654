"""Regenerates vector.csv: a vector autoregression by R's lm, its tests by car and sandwich, its bootstrap by boot.

Run `python -m tests.reference.make_vector` where Rscript with boot, car and sandwich is installed.
"""

import numpy as np
import polars as pl

from tests.reference.by_r import remake

SEED = 1980
VARIABLES = ("mood", "volume", "market")
LAGS, HORIZONS = 2, 4
SLOPES = (
    [[0.5, 0.1, 0.1], [0.2, 0.4, 0.0], [0.1, -0.1, 0.1]],
    [[0.1, 0.0, 0.0], [0.0, 0.2, 0.1], [0.1, 0.0, 0.0]],
)


def sessions():
    """160 sessions of which one has no number, a control, and innovations that go together and whose variance clusters."""
    rng, n = np.random.default_rng(SEED), 160
    mix = np.linalg.cholesky([[1.0, 0.3, 0.5], [0.3, 1.0, 0.2], [0.5, 0.2, 1.0]])
    monday = (np.arange(n) % 5 == 0).astype(float)
    y, scale = np.zeros((n, 3)), 0.0
    for t in range(2, n):
        scale = 0.95 * scale + 0.3 * rng.standard_normal()
        lags = sum(np.array(slopes) @ y[t - lag] for lag, slopes in enumerate(SLOPES, start=1))
        y[t] = lags + 0.2 * monday[t] + np.exp(scale) * (mix @ rng.standard_normal(3))
    frame = pl.DataFrame({"number": np.arange(n), "monday": monday} | dict(zip(VARIABLES, y.T, strict=True)))
    return frame.filter(pl.col("number") != 90)


if __name__ == "__main__":
    remake("vector", SEED, sessions=sessions())

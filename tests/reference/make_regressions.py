"""Regenerates regressions.csv: regressions of the studies heterogeneity and volatility_volume by R's lm and sandwich.

Run `python -m tests.reference.make_regressions` where Rscript with multcomp and sandwich is installed. R gets columns of the
panel and makes everything else by itself: splits, logarithms, products, lags, the rows that count, what is cut and standardised.
"""

import numpy as np
import polars as pl

from emtract.panel.frame import ENTITY
from tests.econometrics.conftest import thin
from tests.reference.by_r import remake
from tests.worlds.panels import simulate_panel

SEED = 20211208
COLUMNS = (
    ENTITY, "number", "return_open_close", "lagged_return", "lagged_volatility", "lagged_amihud", "short_ratio",
    "log_range_parkinson", "abnormal_volume", "^(happy|sad|anger|disgust|surprise|fear|valence|attention)_(market|pre_open)$",
)  # fmt: skip


def panel():
    """20 firms, 40 sessions, a tenth of the firm-sessions and some windows missing: lags have gaps."""
    rng = np.random.default_rng(SEED)
    whole = simulate_panel(rng, 20, n_sessions=40, common=0.7, persistence=0.6, mean_posts=20).panel
    return thin(whole, rng, keep=0.9)


if __name__ == "__main__":
    remake("regressions", SEED, panel=panel().data.select(pl.col(COLUMNS)))

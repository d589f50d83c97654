"""Panels and a base spec that the tests of econometrics share."""

import numpy as np
import polars as pl
import pytest

from emtract.econometrics.regression.spec import Spec
from emtract.panel.frame import Panel
from tests.worlds.panels import simulate_panel

BASE = Spec(
    y="return_open_close",
    x=("happy_market", "sad_market"),
    controls=("attention_market",),
    effects=("symbol", "session"),
    covariance="clustered",
    clusters=("symbol", "session"),
    small_sample="fixest",
    y_scale=1e4,
)


def thin(panel, rng, *, keep):
    """The panel less a random part of its rows, so that singletons and unbalanced effects occur."""
    return Panel(panel.data.filter(pl.Series(rng.random(panel.data.height) < keep)), panel.ledger, panel.settings)


def with_industry(panel, n=6):
    """The panel with a column `industry` in which symbols nest."""
    return Panel(panel.data.with_columns(industry=pl.col("symbol").rank("dense") % n), panel.ledger, panel.settings)


@pytest.fixture(scope="session")
def panel():
    """Unbalanced: 30 symbols, 45 sessions, three tenths of the firm-sessions, industries, missing windows, singletons."""
    rng = np.random.default_rng(11)
    simulated = simulate_panel(rng, 30, n_sessions=45, common=0.7, persistence=0.6, mean_posts=12)
    thinned = thin(simulated.panel, rng, keep=0.3)
    filled = pl.col("n_posts_market") >= 5
    lonely = pl.col("symbol").is_in(["S003", "S017"]) & ~(filled & (filled.cum_sum().over("symbol") == 1))
    return with_industry(Panel(thinned.data.filter(~lonely), thinned.ledger, thinned.settings))

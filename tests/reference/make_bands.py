"""Regenerates bands.csv: responses over horizons by R's lm, their errors by plm, their simultaneous band by multcomp.

Run `python -m tests.reference.make_bands` where Rscript with multcomp, plm and sandwich is installed. R gets returns and moods,
and cumulates by itself.
"""

import numpy as np

from emtract.panel.frame import ENTITY
from tests.reference.by_r import remake
from tests.worlds.panels import simulate_panel

SEED = 20191
X, Y, CONTROL = ("happy_pre_open", "fear_pre_open"), "return_close_close", "attention_pre_open"
HORIZONS, REVERSAL = (1, 2, 3, 5), (2, 5)


def panel():
    """12 firms, 60 sessions, no row and no window missing, since plm's errors of Newey and West take rows as consecutive."""
    rng = np.random.default_rng(SEED)
    return simulate_panel(rng, 12, n_sessions=60, common=0.7, persistence=0.6, min_posts=0).panel


if __name__ == "__main__":
    remake("bands", SEED, panel=panel().data.select(ENTITY, "number", Y, *X, CONTROL))

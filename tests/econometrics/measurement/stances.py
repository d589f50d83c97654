"""A world whose posts have a stance that is their valence: bullish as they are happy, bearish as they are negative."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from emtract.emotions import NEGATIVE
from emtract.panel.noise import measure_cells
from tests.worlds import cells
from tests.worlds.cells import CellWorld, simulate_cells

#: Stance -> the mood that it equals.
EQUALS = {"stance_market": "valence_market", "bullish_market": "happy_market"}


def simulate_stances(seed):
    """Firm-sessions with `EQUALS` and the noise of stances."""

    def with_stances(rows):
        return measure_cells(rows.with_columns(bullish="happy", bearish=pl.sum_horizontal(NEGATIVE)))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cells, "measure_cells", with_stances)
        panel = simulate_cells(np.random.default_rng(seed), CellWorld(n_firms=20, n_sessions=40, shared=0.3)).panel
    return replace(panel, data=panel.data.with_columns(pl.col(of).alias(name) for name, of in EQUALS.items()))

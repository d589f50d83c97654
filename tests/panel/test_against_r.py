"""Measures of a firm's session against numbers stored from R's TTR."""

import numpy as np
import polars as pl

from emtract.panel.characteristics import FirmOptions
from emtract.store import Store
from tests.panel.test_characteristics import built, insert
from tests.reference.by_r import stored
from tests.reference.make_measures import SESSIONS, VOLATILITY_SESSIONS, VOLUME_WINDOW, prices

MEASURES = ("log_range_parkinson", "log_range_garman_klass", "abnormal_volume", "lagged_volatility", "lagged_amihud")


def test_ranges_and_volumes_are_those_of_ttr_and_of_loops_in_r(tmp_path):
    """A session whose price does not move, one without a trade and three without a price are null where R has none."""
    with Store.open(tmp_path / "s.duckdb", threads=2) as store:
        insert(store, "prices", prices())
        ours = built(store, FirmOptions(volume_window=VOLUME_WINDOW), VOLATILITY_SESSIONS)
    theirs = stored("measures")
    assert ours["session"].cast(pl.String).to_list() == theirs["session"].cast(pl.String).to_list()
    for name in MEASURES:
        assert 0 < theirs[name].null_count() < SESSIONS, f"some of {name} should be missing"
        assert (ours[name].is_null() == theirs[name].is_null()).all(), name
        np.testing.assert_allclose(ours[name].drop_nulls(), theirs[name].drop_nulls(), rtol=1e-8, err_msg=name)

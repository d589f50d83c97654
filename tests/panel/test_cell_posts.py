"""The posts behind the cells of a panel are those that were counted, by their ids alone."""

import polars as pl
import pytest

from emtract.panel.firm_sessions import build_panel
from emtract.panel.frame import WINDOWS
from tests.panel.test_firm_sessions import store  # noqa: F401


@pytest.fixture
def panel(store):  # noqa: F811
    return build_panel(store)


def test_each_cell_has_as_many_ids_as_posts(store, panel):  # noqa: F811
    found = store.query("panel/firm_sessions/cell_posts", most=100)
    assert found.columns == ["symbol", "session", "window", "platform", "post_id"]
    counted = found.group_by("symbol", "session", "window").len()
    for window in WINDOWS:
        told = panel.data.filter(pl.col(f"n_posts_{window}") > 0)
        told = told.select(
            "symbol", "session", pl.lit(window).alias("window"), pl.col(f"n_posts_{window}").alias("len")
        )
        of_window = counted.filter(pl.col("window") == window)
        assert of_window.sort("symbol", "session").cast({"len": pl.Int64}).equals(told.sort("symbol", "session"))


def test_the_first_by_time_stay(store, panel):  # noqa: F811
    assert panel.data.height
    whole = store.query("panel/firm_sessions/cell_posts", most=100)
    first = store.query("panel/firm_sessions/cell_posts", most=1)
    assert first.equals(whole.unique(["symbol", "session", "window"], keep="first", maintain_order=True))
    assert whole.height > first.height

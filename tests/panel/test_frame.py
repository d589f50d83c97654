import polars as pl
import pytest

from emtract.errors import PanelError
from emtract.panel.frame import REQUIRED, Panel


def frame(**columns):
    n = len(columns["symbol"])
    return pl.DataFrame({c: columns.get(c, [0.0] * n) for c in REQUIRED})


def test_a_panel_is_sorted_by_its_key():
    panel = Panel(frame(symbol=["B", "A"], session=[1, 2]))
    assert panel.data["symbol"].to_list() == ["A", "B"]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (frame(symbol=["A", "A"], session=[1, 1]), "more than once"),
        (frame(symbol=[None, "A"], session=[1, 1]), "without a symbol"),
        (frame(symbol=["A"], session=[1]).drop("happy_market"), "lacks happy_market"),
        (frame(symbol=["A"], session=[1]).clear(), "no rows"),
    ],
)
def test_a_frame_that_is_no_panel_is_refused(data, message):
    with pytest.raises(PanelError, match=message):
        Panel(data)

from datetime import date

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


def test_pandas_gets_days_and_numbers_that_stata_takes(tmp_path):
    pd = pytest.importorskip("pandas")
    empty = pl.Series([None, None], dtype=pl.String)
    columns = {"industry": empty, "flag": pl.Series([True, None]), "ticker": pl.Series(["A", None])}
    panel = Panel(frame(symbol=["B", "A"], session=[date(2020, 1, 2), date(2020, 1, 3)]).with_columns(**columns))
    told = panel.to_pandas()
    assert pd.api.types.is_datetime64_any_dtype(told["session"]) and list(told.columns) == panel.data.columns
    assert told["industry"].isna().all() and told["flag"].sum() == 1
    told.to_stata(tmp_path / "panel.dta", write_index=False)
    back = pd.read_stata(tmp_path / "panel.dta")
    assert back["session"].dt.date.tolist() == panel.data["session"].to_list()


def test_a_panel_says_what_it_spans():
    panel = Panel(frame(symbol=["B", "A"], session=[date(2020, 1, 2), date(2020, 1, 3)]))
    assert repr(panel).startswith("Panel: 2 firm-sessions of 2 firms, 2 sessions from 2020-01-02 to 2020-01-03")

"""Factors read back as alphalens and qlib read them."""

import numpy as np
import pandas as pd
import polars as pl
import pytest

from emtract.errors import ReportError
from emtract.panel.tradable import tradable
from emtract.report.tables.factor import PRICE, write_factor
from tests.cut import content, files_cut_at
from tests.worlds.panels import simulate_panel

COLUMNS = ("valence_pre_open", "happy_market")


@pytest.fixture(scope="module")
def panel():
    full = simulate_panel(np.random.default_rng(5), 5, n_sessions=12, mean_posts=4).panel
    kept = pl.Series(np.random.default_rng(6).random(full.data.height) > 0.15)
    return type(full)(full.data.filter(kept), full.ledger, full.settings)


def test_alphalens_reads_a_series_by_date_and_asset_and_a_column_of_prices_for_each_asset(panel, tmp_path):
    made = tradable(panel, COLUMNS, price="open")
    assert write_factor(made, tmp_path / "new" / "folder", "alphalens") == ["factor.csv", "prices.csv"]
    factor = pd.read_csv(tmp_path / "new/folder/factor.csv", index_col=["date", "asset"], parse_dates=["date"])
    table = pd.read_csv(tmp_path / "new/folder/prices.csv", index_col="date", parse_dates=True)
    assert list(factor.columns) == list(COLUMNS)
    assert factor.index.is_unique
    assert table.index.is_monotonic_increasing
    assert set(factor.index.get_level_values("asset")) <= set(table.columns)
    for row in made.prices.iter_rows(named=True):
        assert table.loc[pd.Timestamp(row["session"]), row["asset"]] == pytest.approx(row["open"])


def test_qlib_reads_a_calendar_instruments_and_a_file_a_field(panel, tmp_path):
    made = tradable(panel, COLUMNS, price="close")
    write_factor(made, tmp_path, "qlib")
    days = (tmp_path / "calendars" / "day.txt").read_text().split()
    assert days == sorted(set(days))
    spans = [line.split("\t") for line in (tmp_path / "instruments" / "all.txt").read_text().splitlines()]
    assert {asset for asset, *_ in spans} == set(made.prices["asset"])
    rows = made.prices.join(made.factors, on=["session", "asset"], how="left")
    for asset, first, last in spans:
        for field in ("open", "close", *COLUMNS):
            begin, *values = np.fromfile(tmp_path / "features" / asset.lower() / f"{field}.day.bin", "<f4")
            own = dict(zip(days[int(begin) :], values, strict=False))
            assert (min(own), max(own)) == (first, last)
            for day, value in rows.filter(pl.col("asset") == asset).select("session", field).iter_rows():
                assert own.pop(str(day)) == pytest.approx(np.float32(np.nan if value is None else value), nan_ok=True)
            assert all(np.isnan(value) for value in own.values()), "days without a price are empty"


@pytest.mark.parametrize("layout", PRICE)
def test_what_cannot_be_written_is_one_sentence(panel, tmp_path, layout):
    made = tradable(panel, COLUMNS, price=PRICE[layout])
    (tmp_path / "file").write_text("")
    with pytest.raises(ReportError, match="name another folder"):
        write_factor(made, tmp_path / "file", layout)
    other = tradable(panel, COLUMNS, price="close" if PRICE[layout] == "open" else "open")
    with pytest.raises(ReportError, match="trades at the"):
        write_factor(other, tmp_path, layout)


def test_a_folder_for_qlib_that_was_not_finished_has_no_calendar_and_no_half_of_a_file(panel, tmp_path):
    made = tradable(panel, COLUMNS, price="close")
    write_factor(made, tmp_path, "qlib")
    before = content(tmp_path)
    with files_cut_at(16), pytest.raises(ReportError, match="too large"):
        write_factor(made, tmp_path, "qlib")
    assert before.items() - content(tmp_path).items() == {("calendars/day.txt", before["calendars/day.txt"])}

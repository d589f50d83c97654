"""Published series as a sample: newest file wins, missing days are null, an index among the prices joins."""

from datetime import date

import polars as pl
import pyarrow as pa
import pytest

from emtract.errors import PanelError
from emtract.options import PanelOptions
from emtract.panel.series import ReturnSeries
from emtract.schema import SERIES
from emtract.store import Store
from emtract.store.loading import load_market
from tests.conftest import prices, source

DAYS = [date(2014, 11, 24), date(2014, 11, 25), date(2014, 11, 26), date(2014, 11, 28)]


def insert(store, source_id, name, values):
    rows = [
        {"source_id": source_id, "line": n, "name": name, "session": DAYS[n], "value": v}
        for n, v in enumerate(values)
        if v is not None
    ]
    with store.registered({"staged": pa.Table.from_pylist(rows, schema=SERIES.arrow)}):
        store.execute("INSERT INTO series BY NAME SELECT * FROM staged")


@pytest.fixture
def store(tmp_path):
    with Store.open(tmp_path / "s.duckdb") as opened:
        yield opened


@pytest.fixture
def filled(store):
    insert(store, 1, "mkt_rf", [0.01, 0.02, 0.03])
    insert(store, 2, "mkt_rf", [None, -0.02])
    insert(store, 1, "rf", [0.0001] * 4)
    insert(store, 1, "ff48:Agric", [0.05])
    return store


def test_one_row_a_session_one_column_a_series_and_the_newest_file_counts(filled):
    sample = ReturnSeries().build(filled, PanelOptions())
    assert sample.unit == "sessions"
    assert sample.data.columns == ["session", "ff48:Agric", "mkt_rf", "rf"]
    assert sample.data["session"].to_list() == DAYS
    assert sample.data["mkt_rf"].to_list() == [0.01, -0.02, 0.03, None]
    assert [(s.name, s.rows_out, s.dropped) for s in sample.ledger.steps] == [
        ("published returns", 9, 0),
        ("newest reading", 8, 1),
        ("sessions with a published return", 4, 0),
    ]


def test_the_ledger_says_on_how_many_days_files_differ_and_by_how_much(filled):
    (_, newest, _) = ReturnSeries().build(filled, PanelOptions()).ledger.steps
    assert newest.reason.endswith("in a newer file; on 1 of them files differ, by 0.04 at most")
    (_, agreed, _) = ReturnSeries(names=("rf",)).build(filled, PanelOptions()).ledger.steps
    assert agreed.reason.endswith("in a newer file")


def test_series_can_be_picked_and_a_missing_one_is_an_error(filled):
    assert ReturnSeries(names=("rf",)).build(filled, PanelOptions()).data.columns == ["session", "rf"]
    with pytest.raises(PanelError, match=r"no series mom: .*french_factors"):
        ReturnSeries(names=("rf", "mom")).build(filled, PanelOptions())


def test_a_store_without_series_says_which_file_to_name(store):
    with pytest.raises(PanelError, match=r"\[\[market\]\] with format french_factors"):
        ReturnSeries().build(store, PanelOptions())
    with pytest.raises(PanelError, match=r"no prices of the index \^GSPC"):
        ReturnSeries(index="^GSPC").build(store, PanelOptions())


def test_an_index_joins_with_returns_over_adjacent_sessions(filled):
    bars = [(DAYS[0], 9.0, 10.0), (DAYS[1], 10.0, 11.0), (DAYS[3], 12.0, 12.0)]
    load_market(filled, source("gspc.csv", "prices"), prices("^GSPC", bars))
    data = ReturnSeries(index="^GSPC", names=("rf",)).build(filled, PanelOptions()).data
    assert data["index_close_close"].to_list() == [None, pytest.approx(0.1), None, None]
    assert data["index_open_close"].to_list() == [pytest.approx(1 / 9), pytest.approx(0.1), None, 0.0]
    assert data.select(pl.col("rf").is_not_null().all()).item()


def test_an_index_alone_will_do(store):
    load_market(store, source("gspc.csv", "prices"), prices("^GSPC", [(d, 1.0, 1.0) for d in DAYS]))
    assert ReturnSeries(index="^GSPC").build(store, PanelOptions()).data.height == 4

"""Market rows in the store: every row accounted for, newer files in the place of older ones."""

from datetime import date

import pyarrow as pa
import pytest

from emtract.errors import StoreError
from emtract.schema import PARSED_CHARACTERISTICS, PARSED_CLASSIFICATIONS
from emtract.store import Store
from emtract.store.loading import load_market
from tests.conftest import prices, source

DAY = date(2020, 1, 15)


@pytest.fixture
def store(tmp_path):
    with Store.open(tmp_path / "s.duckdb") as opened:
        yield opened


def characteristic(line, value, *, symbol="A", name="shares_short"):
    return {"line": line, "symbol": symbol, "name": name, "period": DAY, "available": date(2020, 1, 29), "value": value}


def tables(*rows, rejected=()):
    made = {"characteristics": pa.Table.from_pylist(list(rows), schema=PARSED_CHARACTERISTICS.arrow)}
    if rejected:
        made["rejected"] = pa.Table.from_pylist(
            [{"line": line, "reason": "unreadable date", "detail": "x"} for line in rejected]
        )
    return made


def test_rows_are_kept_or_quarantined_and_the_sum_is_the_file(store):
    done = load_market(store, source("s.csv", "market"), tables(characteristic(2, 5.0), rejected=(3,)), rows_read=4)
    assert (done.read, done.kept, done.repeated, done.rejected) == (4, 3, 0, 1)
    assert store.count("characteristics") == 1
    store.check()


def test_a_row_that_is_quarantined_for_two_reasons_is_one_row(store):
    load_market(store, source("a.csv", "prices"), prices("A", [(DAY, 10.0, 11.0)]))
    twice = pa.Table.from_pylist(
        [{"line": 2, "reason": reason, "detail": "x"} for reason in ("unknown word", "impossible number")]
    )
    told = {"prices": prices("A", [(DAY, 10.0, 11.0)])["prices"], "rejected": twice}
    done = load_market(store, source("b.csv", "market", "1"), told, rows_read=1)
    assert (done.read, done.kept, done.repeated, done.rejected) == (1, 0, 0, 1)


def test_a_newer_file_replaces_the_older_and_another_file_stands_beside_it(store):
    load_market(store, source("s.csv", "market", "1"), tables(characteristic(2, 5.0)), rows_read=1)
    load_market(store, source("s.csv", "market", "2"), tables(characteristic(2, 6.0)), rows_read=1)
    load_market(store, source("t.csv", "market", "3"), tables(characteristic(2, 7.0)), rows_read=1)
    assert sorted(store.sql("SELECT value FROM characteristics")["value"]) == [6.0, 7.0]


def test_one_file_may_bring_prices_and_what_names_the_firms(store):
    priced = prices("A", [(DAY, 10.0, 11.0), (date(2020, 1, 16), 11.0, 12.0)])["prices"]
    named = [{"line": 2, "symbol": "A", "scheme": "permno", "label": "10001", "first": DAY, "last": None}]
    labels = pa.Table.from_pylist(named, schema=PARSED_CLASSIFICATIONS.arrow)
    done = load_market(store, source("crsp.csv", "market"), {"prices": priced, "classifications": labels}, rows_read=2)
    again = load_market(store, source("other.csv", "market", "9"), {"prices": priced}, rows_read=2)
    assert (done.kept, again.kept, again.repeated) == (2, 0, 2)
    assert store.count("prices") == 2
    assert store.count("classifications") == 1
    store.check()


def test_a_price_that_contradicts_a_stored_one_is_quarantined(store):
    load_market(
        store, source("a.csv", "market", "1"), {"prices": prices("A", [(DAY, 10.0, 11.0)])["prices"]}, rows_read=1
    )
    other = load_market(
        store, source("b.csv", "market", "2"), {"prices": prices("A", [(DAY, 10.0, 99.0)])["prices"]}, rows_read=1
    )
    assert other.rejected == 1
    assert store.sql("SELECT reason FROM quarantine").item() == "session already stored with another price"


def test_nothing_of_a_file_stays_when_its_rows_do_not_fit(store):
    wrong = pa.table({"line": [1], "name": ["mkt_rf"]})
    with pytest.raises(StoreError, match="series"):
        load_market(store, source("f.csv", "market"), {**tables(characteristic(2, 5.0)), "series": wrong}, rows_read=1)
    assert store.count("characteristics") == store.count("sources") == 0

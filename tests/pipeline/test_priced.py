from datetime import date

from emtract.config import Settings, StoreSettings
from emtract.options import PanelSettings
from emtract.pipeline.doctor.priced import check_prices
from emtract.store import Store
from tests.panel.events_store import calendar, load, price

DAYS = calendar(date(2021, 3, 1), date(2021, 3, 12))


def checked(tmp_path, rows, name="XNYS"):
    settings = Settings(store=StoreSettings(path="s.duckdb"), panel=PanelSettings(calendar=name))
    with Store.open(tmp_path / "s.duckdb", threads=1) as store:
        if rows:
            load(store, "a.csv", prices=rows)
        return [(check.status, check.found) for check in check_prices(settings, store)]


def test_steps_that_are_not_known_are_noted_and_a_calendar_that_ends_before_is_broken(tmp_path):
    rows = [price("A", day, 70.0 if day < DAYS[3] else 10.0, adj_close=None) for day in DAYS]
    ((status, found),) = checked(tmp_path, rows)
    assert status == "note"
    assert "what looks like a split without an adjusted close: 1" in found
    ((status, found),) = checked(tmp_path, [price("B", date(1996, 3, 1), 1.0)], name="XBOM")
    assert status == "broken"
    assert "is recorded from 1997-01-01" in found


def test_prices_in_order_are_ok_and_none_are_no_check(tmp_path):
    assert checked(tmp_path, []) == []
    assert [status for status, _ in checked(tmp_path, [price("A", day, 10.0) for day in DAYS])] == ["ok"]

"""Configured files of markets: the calendar's zone dates bars in UTC, and what is stated reaches the reader."""

from datetime import date

import pytest

from emtract import pipeline
from emtract.config import load_settings

BARS = "Date,Open,Close\n2021-05-31 22:00:00+00:00,1,1\n2021-06-01 22:00:00+00:00,2,2\n2021-06-06 22:00:00+00:00,3,3\n"
DAYS = "Date;Open;Close\n03/04/2021;1,5;1,5\n06/04/2021;2;2\n"


def ingested(folder, text, *, calendar="XNYS", **keys):
    (folder / "A.csv").write_text(text)
    stated = "".join(f"{key} = '{value}'\n" for key, value in keys.items())
    (folder / "emtract.toml").write_text(
        f'[store]\npath = "s.duckdb"\n[[prices]]\nfiles = "A.csv"\n{stated}[panel]\ncalendar = "{calendar}"\n'
    )
    settings = load_settings(folder / "emtract.toml")
    with pipeline.open_store(settings) as store:
        report = pipeline.ingest(settings, store)
        return report, [day for (day,) in store.sql("SELECT session FROM prices ORDER BY session").iter_rows()]


@pytest.mark.parametrize("how", [{"calendar": "XPAR"}, {"timezone": "Europe/Paris"}])
def test_bars_in_utc(tmp_path, how):
    report, days = ingested(tmp_path, BARS, **how)
    assert days == [date(2021, 6, 1), date(2021, 6, 2), date(2021, 6, 7)]
    assert report.unreadable == ()


def test_bars_of_another_calendar_are_refused_and_the_remedy_reads_them(tmp_path):
    report, days = ingested(tmp_path, BARS)
    assert days == []
    assert "Sundays and no Friday" in report.unreadable[0]
    assert 'timezone = "Europe/Paris"' in report.unreadable[0]
    assert ingested(tmp_path, BARS, timezone="Europe/Paris")[1][0] == date(2021, 6, 1)


def test_a_form_that_has_to_be_stated_is_asked_for_and_read(tmp_path):
    report, days = ingested(tmp_path, DAYS)
    assert days == []
    assert 'date_format = "%d/%m/%Y"' in report.unreadable[0]
    report, days = ingested(tmp_path, DAYS, date_format="%d/%m/%Y")
    assert 'decimal = ","' in report.unreadable[0]
    report, days = ingested(tmp_path, DAYS, date_format="%d/%m/%Y", decimal=",")
    assert days == [date(2021, 4, 3), date(2021, 4, 6)]
    assert report.unreadable == ()

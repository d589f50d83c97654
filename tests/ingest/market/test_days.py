"""How days are written is decided on the whole file, or asked for; a bar's session is the exchange's date."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emtract.errors import ConfigError, SourceError
from emtract.ingest.market.days import read_days, read_sessions
from emtract.ingest.market.options import CellForm, cell_form
from emtract.ingest.market.prices import read_prices

HERE = Path("file.csv")
DAY = date(2021, 4, 3)
AUTO = CellForm()


def days(*cells, **stated):
    found = read_days({"day": cells}, cell_form(**stated), path=HERE)["day"]
    return [found[cell].date if cell in found else None for cell in cells]


def sessions(*cells, **stated):
    found = read_sessions(cells, cell_form(**stated), path=HERE)
    return [found.get(cell) for cell in cells]


@pytest.mark.parametrize(
    "cell",
    [
        *("2021-04-03", "2021/4/3", "2021.04.03", "20210403", "20210403.0", "03-APR-2021", "3APR2021", "3 April 2021"),
        *("April 3, 2021", "Apr 3 2021", "2021-Apr-03", "2021-04-03 00:00:00", "2021-04-03T16:30:00", "20210403163000"),
        *("2021-04-03 16:30 ET", "03APR2021:16:30:00", "2021-04-03 16:30:00-04:00", "2021-04-03T00:00:00Z"),
    ],
)
def test_days_that_can_be_read_in_one_way(cell):
    assert days(cell) == [DAY]


@pytest.mark.parametrize(
    "cell", ["2021-13-01", "31.31.2021", "0021-01-01", "99991231", "tomorrow", "2021-02-30", "１２"]
)
def test_a_cell_that_is_no_day_is_left_out(cell):
    assert days(cell, "2021-04-03", "2021-04-04", "2021-04-05") == [None, DAY, date(2021, 4, 4), date(2021, 4, 5)]


@pytest.mark.parametrize("sign", ["/", ".", "-"])
def test_one_cell_tells_the_order_of_all(sign):
    ambiguous, day_first, month_first = (sign.join(cell.split()) for cell in ("03 04 2021", "28 01 2021", "01 28 2021"))
    assert days(ambiguous, day_first) == [DAY, date(2021, 1, 28)]
    assert days(ambiguous, month_first) == [date(2021, 3, 4), date(2021, 1, 28)]


def test_another_column_of_the_file_tells_the_order():
    found = read_days({"period": ["03/04/2021"], "available": ["15/06/2021"]}, AUTO, path=HERE)
    assert found["period"]["03/04/2021"].date == DAY


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        (["03/04/2021"], "no cell of the file tells"),
        (["03/04/2021", "28/01/2021", "01/28/2021"], "change places"),
        (["2021-04-03", "28/01/2021"], "in one form"),
        (["1/13/17", "1/20/17"], "two digits"),
        (["13-Jan-17"], "two digits"),
        (["44227", "44228.5"], "as Excel counts"),
        (["1611878400"], "epoch_seconds"),
        (["1611878400000"], "epoch_milliseconds"),
        (["2021-04-03 22:00:00+00:00"], "timezone"),
    ],
)
def test_what_the_file_does_not_tell_is_asked_for(cells, words):
    with pytest.raises(SourceError, match=words):
        days(*cells)


@pytest.mark.parametrize(
    ("cell", "stated", "right"),
    [
        ("03/04/2021", "%d/%m/%Y", DAY),
        ("03/04/2021", "%m/%d/%Y", date(2021, 3, 4)),
        ("1/13/17", "%m/%d/%y", date(2017, 1, 13)),
        ("44289", "excel", DAY),
        ("44289.75", "excel", DAY),
        ("1617408000", "epoch_seconds", DAY),
        ("1617408000000", "epoch_milliseconds", DAY),
        ("03/04/2021 16:30", "%d/%m/%Y", DAY),
        ("03/04/2021 16:30", "%d/%m/%Y %H:%M", DAY),
        ("2021-04-03", "%d/%m/%Y", DAY),
        ("2021-13-04", "%Y-%m-%d", None),
        ("2021-01-13", "%Y-%d-%m", None),
    ],
)
def test_the_remedy_works(cell, stated, right):
    assert days(cell, date_format=stated) == [right]


@pytest.mark.parametrize("stated", ["%H:%M", "%d/%m", "day", "", "%Q", "%d" * 9])
def test_a_pattern_that_holds_no_day_is_refused(stated):
    with pytest.raises(ConfigError, match="date_format"):
        cell_form(date_format=stated)


def test_an_unknown_zone_is_refused():
    for name in ("Mars/Olympus", "", "../etc", "\0"):
        with pytest.raises(ConfigError, match="timezone"):
            cell_form(timezone=name)


def bars(zone, hour, first=date(2021, 1, 4), weeks=40, seen=UTC):
    """Local days of trade, and the stamps of their bars in another zone."""
    local = [first + timedelta(days=n) for n in range(7 * weeks) if (first + timedelta(days=n)).weekday() < 5]
    moments = [datetime(day.year, day.month, day.day, hour, tzinfo=ZoneInfo(zone)).astimezone(seen) for day in local]
    return local, [moment.isoformat(" ") for moment in moments]


ZONES = ["Europe/Paris", "Asia/Tokyo", "America/New_York", "Europe/London", "Australia/Sydney", "America/Sao_Paulo"]


@given(st.sampled_from(ZONES), st.sampled_from([0, 9, 16]), st.booleans())
def test_bars_in_utc_get_the_date_of_the_exchange(zone, hour, stated):
    local, stamps = bars(zone, hour)
    assert sessions(*stamps, **{"timezone" if stated else "calendar": zone}) == local


@pytest.mark.parametrize("zone", ZONES)
def test_local_midnights_and_bare_days_keep_their_date(zone):
    local, stamps = bars(zone, 0, seen=ZoneInfo(zone))
    assert sessions(*stamps, calendar="America/New_York") == local
    assert sessions(*(f"{day} 00:00:00+00:00" for day in local), calendar=zone, timezone=zone) == local
    assert sessions(*map(str, local)) == local


@pytest.mark.parametrize("zone", ["Europe/Paris", "Asia/Tokyo"])
def test_another_zone_than_the_calendar_shows_in_the_weekdays(zone):
    _, stamps = bars(zone, 0, weeks=1)
    with pytest.raises(SourceError, match="Sundays and no Friday"):
        sessions(*stamps, calendar="America/New_York")
    with pytest.raises(SourceError, match="Sundays and no Friday"):
        sessions(*(stamp[:10] for stamp in stamps))
    with pytest.raises(SourceError, match="Sundays and no Friday"):
        sessions(*(stamp[:19] for stamp in stamps))


def test_a_zone_is_asked_for_and_a_week_from_sunday_can_be_stated():
    _, stamps = bars("Europe/Paris", 0)
    with pytest.raises(SourceError, match="state the exchange's zone"):
        sessions(*stamps)
    week = [f"2021-06-{day:02}" for day in (6, 7, 8, 9, 10)]
    assert sessions(*week, timezone="Asia/Jerusalem") == [date.fromisoformat(day) for day in week]


def test_parquet_with_a_zone_and_prices_by_day_first(tmp_path):
    local, stamps = bars("Europe/Paris", 0, weeks=2)
    moments = [datetime.fromisoformat(stamp) for stamp in stamps]
    price = pa.array([10.0] * len(local))
    table = pa.table({"Date": pa.array(moments, pa.timestamp("us", "UTC")), "Open": price, "Close": price})
    pq.write_table(table, tmp_path / "A.parquet")
    form = cell_form(calendar="Europe/Paris")
    assert read_prices(tmp_path / "A.parquet", form=form).prices["session"].to_pylist() == local
    (tmp_path / "B.csv").write_text("Date,Open,Close\n03/04/2021,1,1\n13/04/2021,1,1\n")
    assert read_prices(tmp_path / "B.csv").prices["session"].to_pylist() == [DAY, date(2021, 4, 13)]

from datetime import date, timedelta

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emtract.errors import ConfigError, SourceError
from emtract.synthetic.publishers import write_earnings

from .conftest import Market

HEADER = "tic,rdq,datadate,actual,meanest,numest,anntims,prccq\n"


def table(write, *rows, header=HEADER):
    return write("earnings.csv", (header + "\n".join(rows) + "\n").encode())


@pytest.mark.parametrize(
    ("time", "timing"),
    [
        ("16:05:00", "after_close"),
        ("16:00", "after_close"),
        ("15:59:59", "market"),
        ("9:30", "market"),
        ("09:29", "before_open"),
        ("07:00:00.000", "before_open"),
        ("4:05 PM", "after_close"),
        ("8:05 a.m.", "before_open"),
        ("12:15 PM", "market"),
        ("2020-01-30 17:00:00-05:00", "after_close"),
        ("AMC", "after_close"),
        ("bmo", "before_open"),
        ("00:00:00", None),
        ("", None),
    ],
)
def test_the_time_of_day_is_a_timing(write, read, time, timing):
    market = read(table(write, f"AA,2020-01-30,2019-12-31,1.2,1.1,5,{time},30"), "earnings")
    assert market.announcements.to_dicts() == [
        {
            "line": 2,
            "symbol": "AA",
            "announced_on": date(2020, 1, 30),
            "timing": timing,
            "period": date(2019, 12, 31),
            "eps": 1.2,
            "consensus": 1.1,
            "analysts": 5,
            "price": 30.0,
        }
    ]
    assert market.reasons == []


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("AA,2020-01-30,2019-12-31,1.2,1.1,5,soon,30", "unknown word"),
        ("AA,2020-01-30,2019-12-31,1.2,1.1,5,25:00,30", "unknown word"),
        ("AA,2020-01-30,2019-12-31,1.2,1.1,5,,-30", "impossible number"),
        ("AA,2020-01-30,2019-12-31,1.2,1.1,5.5,,30", "impossible number"),
        ("AA,,2019-12-31,1.2,1.1,5,,30", "missing field"),
        (",2020-01-30,2019-12-31,1.2,1.1,5,,30", "missing field"),
        ("AA,2020-01-32,2019-12-31,1.2,1.1,5,,30", "unreadable date"),
        ("ZZ,2020-01-30,,,,,,", "repeated row"),
    ],
)
def test_a_bad_row_is_named(write, read, row, reason):
    market = read(table(write, "ZZ,2020-01-30,,,,,,", row), "earnings")
    assert market.reasons == [(3, reason)]
    assert market.rows_read == 2


def test_hours_are_options(write, read):
    path = table(write, "AA,2020-01-30,,,,,09:10,")
    assert read(path, "earnings", opens="09:00", closes="17:30").announcements["timing"].to_list() == ["market"]
    for hours in ({"opens": "17:00"}, {"closes": "late"}, {"closes": "25:00"}):
        with pytest.raises(ConfigError, match="no hours"):
            read(path, "earnings", **hours)


def test_columns_may_be_named(write, read):
    path = table(write, "AA,2020-01-30,1.5", header="who,when,surprise\n")
    market = read(path, "earnings", columns={"symbol": "who", "announced_on": "when", "eps": "Surprise"})
    assert market.announcements.select("symbol", "eps").rows() == [("AA", 1.5)]


def test_yahoo_by_the_name_of_the_file_and_without_calls(write, read):
    text = "Earnings Date,EPS Estimate,Reported EPS,Surprise(%),Event Type\n2025-10-30 16:00:00-04:00,2.97,,,Earnings\n"
    text += "2025-07-22 08:00:00-04:00,1.73,1.54,-10.88,\n2025-07-23 11:00:00-04:00,,,,Call\n"
    market = read(write("brk.b.csv", text.encode()), "yahoo_earnings")
    assert market.announcements.select("symbol", "announced_on", "timing", "eps", "consensus").rows() == [
        ("BRK-B", date(2025, 10, 30), "after_close", None, 2.97),
        ("BRK-B", date(2025, 7, 22), "before_open", 1.54, 1.73),
    ]
    assert market.reasons == [(4, "left out")]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(*[st.one_of(st.none(), st.floats(-1e6, 1e6))] * 2, st.one_of(st.none(), st.integers(0, 99))),
        min_size=1,
        max_size=6,
    )
)
def test_announcements_written_are_announcements_read(tmp_path, rows):
    eps, consensus, analysts = zip(*rows, strict=True)
    frame = pl.DataFrame(
        {
            "symbol": "AA",
            "announced_on": [date(2020, 1, 2) + timedelta(days=i) for i in range(len(rows))],
            "eps": eps,
            "consensus": consensus,
            "analysts": analysts,
        },
        schema_overrides={"eps": pl.Float64, "consensus": pl.Float64, "analysts": pl.Int64},
    )
    write_earnings(frame, tmp_path / "e.csv")
    assert Market(tmp_path / "e.csv", "earnings").announcements.select(frame.columns).equals(frame)


@pytest.mark.parametrize(
    ("cell", "day", "timing"),
    [
        ("2021-01-28 16:30", 28, "after_close"),
        ("2021-01-28 16:30 ET", 28, "after_close"),
        ("2021-01-28T21:30:00Z", 28, "after_close"),
        ("2021-01-28 13:00:00+00:00", 28, "before_open"),
        ("2021-01-29T00:30:00Z", 28, "after_close"),
        ("2021-01-28 22:30:00+01:00", 28, "after_close"),
        ("2021-01-28 00:00:00+00:00", 28, None),
        ("2021-01-28", 28, None),
        ("2021-01-28 04:05 PM", 28, "after_close"),
        ("20210128163000", 28, "after_close"),
    ],
)
def test_the_clock_of_an_announcement_by_the_exchange(write, read, cell, day, timing):
    path = write("e.csv", f"symbol,when\nA,{cell}\n".encode())
    market = read(path, "earnings", columns={"announced_on": "when"}, timezone="America/New_York")
    twice = read(path, "earnings", columns={"announced_on": "when", "time": "when"}, timezone="America/New_York")
    for found in (market, twice) if "T" in cell or ":" in cell else (market,):
        assert found.announcements.select("announced_on", "timing").row(0) == (date(2021, 1, day), timing)
        assert found.reasons == []


def test_a_clock_in_utc_asks_for_the_exchange(write, read):
    path = write("e.csv", b"symbol,announced_on\nA,2021-01-28T21:30:00Z\n")
    with pytest.raises(SourceError, match="timezone = "):
        read(path, "earnings")
    path = write("f.csv", b"symbol,announced_on,time\nA,2021-01-28,21:30Z\nB,2021-01-29,00:30Z\n")
    assert read(path, "earnings").reasons == [(2, "unknown word"), (3, "unknown word")]
    told = read(path, "earnings", timezone="America/New_York").announcements
    assert told["timing"].to_list() == ["after_close"] * 2
    assert told["announced_on"].to_list() == [date(2021, 1, 28)] * 2

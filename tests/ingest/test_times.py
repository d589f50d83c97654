"""A cell's own zone holds; a day is no instant until it is said which."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emtract.errors import ConfigError
from emtract.ingest.records import LineError
from emtract.ingest.times import cell_moment, check_time_format

NEW_YORK = ZoneInfo("America/New_York")


def at(cell, time_format=None, zone=NEW_YORK):
    return datetime.fromtimestamp(cell_moment(cell, zone=zone, time_format=time_format).micros / 1e6, UTC).isoformat()[
        :19
    ]


@pytest.mark.parametrize(
    ("cell", "time_format", "utc"),
    [
        ("2020-05-14 19:59:59 UTC", None, "2020-05-14T19:59:59"),
        ("2020-05-14 19:59:59 GMT", "%Y-%m-%d %H:%M:%S %Z", "2020-05-14T19:59:59"),
        ("2020-05-14 19:59:59 EST", None, "2020-05-15T00:59:59"),
        ("2020-05-14 19:59:59 UTC+2", "%Y-%m-%d %H:%M:%S %Z", "2020-05-14T17:59:59"),
        ("2020-05-14 19:59:59 Europe/Berlin", None, "2020-05-14T17:59:59"),
        ("2020-05-14T19:59:59Z", "%Y-%m-%dT%H:%M:%SZ", "2020-05-14T19:59:59"),
        ("Thu May 14 19:59:59 UTC 2020", "%a %b %d %H:%M:%S %Z %Y", "2020-05-14T19:59:59"),
        ("Thu May 14 19:59:59 +0000 2020", "%a %b %d %H:%M:%S +0000 %Y", "2020-05-14T19:59:59"),
        ("2020-05-14 19:59:59", None, "2020-05-14T23:59:59"),
        ("2020-05-14", "end_of_day", "2020-05-15T03:59:59"),
        ("14/05/2020", "end_of_day %d/%m/%Y", "2020-05-15T03:59:59"),
        ("14/05/2020 00:00", "end_of_day %d/%m/%Y %H:%M", "2020-05-15T03:59:59"),
        (date(2020, 5, 14), "end_of_day", "2020-05-15T03:59:59"),
        ("2020-05-14", "start_of_day", "2020-05-14T04:00:00"),
        (1577975400.25, "epoch_seconds", "2020-01-02T14:30:00"),
    ],
)
def test_cells(cell, time_format, utc):
    assert at(cell, time_format) == utc


@pytest.mark.parametrize(
    ("cell", "time_format", "reason"),
    [
        ("2020-05-14 19:59:59 EDT", None, "no certain offset"),
        ("2020-05-14 19:59:59 IST", "%Y-%m-%d %H:%M:%S %Z", "no certain offset"),
        ("2020-05-14 19:59:59 India Standard Time", "%Y-%m-%d %H:%M:%S %Z", "no certain offset"),
        ("2020-05-14", None, "day without time"),
        ("20200514", None, "day without time"),
        (date(2020, 5, 14), None, "day without time"),
        ("2020-05-14 10:00", "end_of_day", "has a time of day"),
        ("01/02/2021", None, "give its pattern"),
        ("1577975400", None, "epoch_seconds"),
        ("1.57798E+09", "epoch_seconds", "spreadsheet"),
    ],
)
def test_cells_that_name_no_instant(cell, time_format, reason):
    with pytest.raises(LineError, match=reason):
        cell_moment(cell, zone=NEW_YORK, time_format=time_format)


@pytest.mark.parametrize("time_format", ["%d/%m/%Y", "%d/%m/%Y %I:%M", "end_of_days", "epoch"])
def test_formats_that_leave_the_time_open(time_format):
    with pytest.raises(ConfigError, match="time_format"):
        check_time_format(time_format)


@given(st.text(max_size=40), st.sampled_from([None, "epoch_seconds", "end_of_day", "%d/%m/%Y %H:%M %Z"]))
def test_any_text_is_a_time_or_a_reason(text, time_format):
    try:
        cell_moment(text, zone=NEW_YORK, time_format=time_format)
    except LineError as error:
        assert error.detail


@pytest.mark.parametrize("cell", ["2020-01-02 02:30:00 PM", "2020-01-02 2:30 p.m.", "2020-01-02 02:30PM"])
def test_afternoons_are_no_zones_and_the_hint_reads_them(cell):
    with pytest.raises(LineError, match=r"%I:%M:%S %p"):
        cell_moment(cell, zone=UTC, time_format=None)
    noon = cell_moment("2020-01-02 02:30:00 PM", zone=UTC, time_format="%Y-%m-%d %I:%M:%S %p").micros
    assert noon == cell_moment("2020-01-02 14:30:00", zone=UTC, time_format=None).micros

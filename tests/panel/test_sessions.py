from datetime import UTC, date, datetime

import exchange_calendars as xc
import polars as pl
import pytest

from emtract.errors import PanelError
from emtract.panel.sessions import first_session_day, sessions


def at(frame, day):
    return frame.row(by_predicate=pl.col("session") == day, named=True)


def test_half_days_daylight_saving_and_holidays():
    frame = sessions("XNYS", date(2014, 3, 3), date(2015, 1, 5))
    assert at(frame, date(2014, 11, 28))["close"] == datetime(2014, 11, 28, 18, 0, tzinfo=UTC)
    assert at(frame, date(2014, 3, 7))["open"] == datetime(2014, 3, 7, 14, 30, tzinfo=UTC)
    assert at(frame, date(2014, 3, 10))["open"] == datetime(2014, 3, 10, 13, 30, tzinfo=UTC)
    assert date(2014, 7, 4) not in frame["session"].to_list()
    assert frame["previous_close"].null_count() == 0
    assert frame["number"].to_list() == list(range(frame.height))


def test_windows_tile_time_without_gap_or_overlap():
    frame = sessions("XNYS", date(2014, 1, 2), date(2014, 12, 31))
    assert frame["previous_close"].to_list()[1:] == frame["close"].to_list()[:-1]
    assert (frame["previous_close"] < frame["open"]).all()
    assert (frame["open"] < frame["close"]).all()


def test_the_window_of_sessions_does_not_move_with_todays_date():
    old = sessions("XNYS", date(1995, 1, 3), date(1995, 1, 31))
    assert old.height == 21


@pytest.mark.parametrize("calendar", ["XNYS", "XLON", "XTSE"])
@pytest.mark.parametrize("ends", ["2014-12-31", "2015-01-04"])
def test_days_cut_from_a_longer_calendar_are_those_of_a_calendar_of_these_days(calendar, ends):
    end = date.fromisoformat(ends)
    alone = xc.get_calendar(calendar, start="2014-02-20", end=ends).schedule["2014-03-01":]
    found = sessions(calendar, date(2014, 3, 1), end)
    for name in ("open", "close"):
        assert found[name].to_list() == [stamp.to_pydatetime() for stamp in alone[name]]
    assert found["previous_close"].null_count() == 0


def test_unknown_calendars_and_backward_spans_are_refused():
    with pytest.raises(PanelError, match="NOPE"):
        sessions("NOPE", date(2014, 1, 2), date(2014, 2, 2))
    with pytest.raises(PanelError, match="before it starts"):
        sessions("XNYS", date(2014, 2, 2), date(2014, 1, 2))


@pytest.mark.parametrize(
    ("calendar", "start", "end"),
    [
        ("XBOM", date(1996, 3, 1), date(1996, 3, 11)),
        ("XBOM", date(1996, 12, 30), date(1997, 3, 11)),
        ("XKRX", date(2050, 1, 3), date(2051, 1, 3)),
        ("XNYS", date(1600, 1, 3), date(1600, 3, 3)),
        ("XNYS", date(1, 1, 1), date(1, 2, 1)),
        ("XNYS", date(2600, 1, 3), date(2600, 3, 3)),
    ],
)
def test_days_that_a_calendar_has_not_recorded_are_refused_with_its_bounds(calendar, start, end):
    with pytest.raises(
        PanelError, match=rf"{calendar}' is recorded from \d+-.* to \d+-.*another calendar in \[panel\]"
    ):
        sessions(calendar, start, end)


def test_the_first_days_of_a_calendar_have_sessions_and_the_first_no_close_before_it():
    frame = sessions("XBOM", date(1997, 1, 1), date(1997, 1, 20))
    assert frame["session"][0] == date(1997, 1, 1)
    assert frame["previous_close"].null_count() == 1
    assert first_session_day("XBOM", date(1997, 2, 1), before=400) == date(1997, 1, 1)
    assert first_session_day("XNYS", date(1997, 2, 1), before=31) == date(1997, 1, 1)

"""Bars: half-hours and nights of paths whose prices are written down, under both kinds of stamp, zones, half days and gaps."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import polars as pl
import pytest

from emtract.errors import ConfigError
from emtract.ingest.market import read_market
from emtract.options import PanelOptions
from emtract.panel.bars import BAR_COLUMNS
from emtract.panel.firm_sessions import FirmSessions, build_panel
from emtract.panel.sessions import sessions
from emtract.scoring import score_store
from emtract.store import Store
from emtract.store.loading import load_market
from emtract.words.clock import CLOSE, OPEN
from emtract.words.codebook import entry, known
from tests.conftest import FakeScorer, batch, load_posts, post, prices, source

#: A whole week around a holiday; the Friday closes at 13:00. Clocks went back on 2 November.
WEEK = [date(2014, 11, 24), date(2014, 11, 25), date(2014, 11, 26), date(2014, 11, 28), date(2014, 12, 1)]
HOURS = {row["session"]: row for row in sessions("XNYS", WEEK[0], WEEK[-1]).iter_rows(named=True)}
NEW_YORK = ZoneInfo("America/New_York")


def path(symbol, moment):
    """The price at an instant: a number that no two instants share, another for each symbol."""
    minutes = (moment - datetime(2014, 11, 24, tzinfo=UTC)).total_seconds() / 60
    return 50 + ord(symbol) / 10 + 7 * ((minutes * 0.6180339887) % 1)


def bars(symbol, minutes=5, *, day=None, before=0):
    """Bars of a session or of all: begin, end, open, close; `before` more of them stand outside of its hours on each side."""
    step = timedelta(minutes=minutes)
    for session in WEEK if day is None else [day]:
        begin, close = HOURS[session]["open"] - before * step, HOURS[session]["close"] + before * step
        while begin < close:
            yield begin, begin + step, path(symbol, begin), path(symbol, begin + step)
            begin += step


def written(rows, *, stamp="begin", zone=UTC, form="%Y-%m-%d %H:%M:%S", symbol=None):
    """A file of bars, newest first."""
    lines = [
        f"{(begin if stamp == 'begin' else end).astimezone(zone).strftime(form)},{opened!r},{closed!r}"
        for begin, end, opened, closed in rows
    ]
    if symbol:
        return "symbol,time,open,close\n" + "".join(f"{symbol},{line}\n" for line in reversed(lines))
    return "time,open,close\n" + "".join(f"{line}\n" for line in reversed(lines))


def truth(symbol, session):
    """The returns of a session from its path: over night without any dividend, of the first and of the last half-hour."""
    half = timedelta(minutes=30)
    at, end = HOURS[session]["open"], HOURS[session]["close"]
    earlier = [day for day in WEEK if day < session]
    night = path(symbol, at) / path(symbol, HOURS[earlier[-1]]["close"]) - 1 if earlier else None
    return night, path(symbol, at + half) / path(symbol, at) - 1, path(symbol, end) / path(symbol, end - half) - 1


@pytest.fixture
def store(tmp_path):
    with Store.open(tmp_path / "s.duckdb") as opened:
        rows = [post(i, f"post {i} $A $B", f"{day}T15:00", symbols=["A", "B"]) for i, day in enumerate(WEEK, start=1)]
        load_posts(opened, source(), [batch(*rows)])
        for symbol in ("A", "B"):
            held = [(day, path(symbol, HOURS[day]["open"]), path(symbol, HOURS[day]["close"])) for day in WEEK]
            load_market(opened, source(f"{symbol}.csv", "prices"), prices(symbol, held))
        score_store(opened, FakeScorer())
        yield opened


def load(store, folder, name, text, **options):
    file = folder / name
    file.write_text(text)
    batch = read_market(file, format="bars", options={"minutes": 5, "stamp": "begin", "zone": "UTC"} | options)
    load_market(
        store,
        source(f"bars/{name}", "market", name),
        {**batch.tables, "rejected": batch.rejected},
        rows_read=batch.rows_read,
    )
    return batch


def returns(store, symbol="A"):
    data = build_panel(store).data.filter(pl.col("symbol") == symbol)
    return dict(zip(data["session"], data.select(BAR_COLUMNS).rows(), strict=True))


def approx(values):
    return tuple(None if value is None else pytest.approx(value, abs=1e-12) for value in values)


@pytest.mark.parametrize("minutes", [1, 5, 30])
@pytest.mark.parametrize("stamp", ["begin", "end"])
def test_half_hours_and_nights_are_those_of_the_path(store, tmp_path, minutes, stamp):
    text = written(bars("A", minutes, before=3), stamp=stamp, zone=NEW_YORK)
    load(store, tmp_path, "A.csv", text, minutes=minutes, stamp=stamp, zone="America/New_York")
    found = returns(store)
    assert {day: tuple(row) for day, row in found.items()} == {day: approx(truth("A", day)) for day in WEEK}
    assert set(returns(store, "B").values()) == {(None, None, None)}


@pytest.mark.parametrize(
    ("zone", "form", "options"),
    [
        (UTC, "%Y-%m-%dT%H:%M:%SZ", {"zone": "Asia/Tokyo"}),
        (NEW_YORK, "%Y-%m-%d %H:%M:%S%z", {}),
        (UTC, "%s", {"time_format": "epoch_seconds"}),
        (NEW_YORK, "%m/%d/%Y %H:%M", {"time_format": "%m/%d/%Y %H:%M", "zone": "America/New_York"}),
    ],
)
def test_a_zone_of_the_stamp_holds_and_another_form_is_stated(store, tmp_path, zone, form, options):
    rows = list(bars("B"))
    text = written(rows, zone=zone, form=form, symbol="b")
    if form == "%s":
        seconds = [f"b,{int(begin.timestamp())},{opened!r},{closed!r}\n" for begin, _, opened, closed in rows]
        text = "symbol,time,open,close\n" + "".join(seconds)
    load(store, tmp_path, "bars.csv", text, **options)
    assert {day: tuple(row) for day, row in returns(store, "B").items()} == {
        day: approx(truth("B", day)) for day in WEEK
    }


def test_the_wrong_end_of_the_bar_gives_other_returns(store, tmp_path):
    load(store, tmp_path, "A.csv", written(bars("A"), stamp="end"), stamp="begin")
    assert returns(store)[WEEK[1]] != approx(truth("A", WEEK[1]))


def test_a_gap_has_no_return_and_is_counted(store, tmp_path):
    lost = HOURS[WEEK[1]]["open"] + timedelta(minutes=25)
    kept = [bar for bar in bars("A") if bar[0] != lost and bar[0].date() != WEEK[3]]
    load(store, tmp_path, "A.csv", written(kept))
    panel = FirmSessions().build(store, PanelOptions())
    found = returns(store)
    night, first, last = truth("A", WEEK[1])
    assert found[WEEK[1]] == approx((night, None, last))
    assert found[WEEK[3]] == (None, None, None)
    # The night before Monday begins on a session without bars.
    assert found[WEEK[4]] == approx((None, *truth("A", WEEK[4])[1:]))
    steps = {step.name: (step.rows_out, step.reason) for step in panel.ledger.steps}
    assert steps["with bars"] == (4, "of 10; within the hours of the session")
    assert steps["with bar_return_first_half_hour"][0] == 3
    assert "1 without: no bar within 5 minutes" in steps["with bar_return_first_half_hour"][1]
    assert first != found[WEEK[1]][1]


def test_a_dividend_is_added_and_a_split_has_no_night(tmp_path):
    """The stock pays on the second session, and is split on the third; raw bars show neither."""
    with Store.open(tmp_path / "d.duckdb") as store:
        rows = [post(i, f"post {i} $A", f"{day}T15:00", symbols=["A"]) for i, day in enumerate(WEEK, start=1)]
        load_posts(store, source(), [batch(*rows)])
        closes = [path("A", HOURS[day]["close"]) for day in WEEK]
        raw = closes[:2] + [close / 2 for close in closes[2:]]
        adjusted = [closes[0] / 2 * 0.98, *(close / 2 for close in closes[1:])]
        table = pl.DataFrame({"Date": WEEK, "Open": raw, "Close": raw, "Adj Close": adjusted})
        (tmp_path / "A.csv").write_text(table.write_csv())
        from emtract.ingest.market.prices import read_prices

        daily = read_prices(tmp_path / "A.csv")
        load_market(store, source("A.csv", "prices"), {"prices": daily.prices, "rejected": daily.rejected})
        score_store(store, FakeScorer())
        split = [(b, e, o / 2, c / 2) if b.date() >= WEEK[2] else (b, e, o, c) for b, e, o, c in bars("A")]
        load(store, tmp_path, "bars_A.csv", written(split), symbol="A")
        found = returns(store)
    plain = [truth("A", day)[0] for day in WEEK]
    assert found[WEEK[1]][0] == pytest.approx((1 + plain[1]) / 0.98 - 1)
    assert found[WEEK[2]][0] is None
    assert found[WEEK[3]][0] == pytest.approx(plain[3])
    assert found[WEEK[2]][1:] == approx(truth("A", WEEK[2])[1:])


def test_a_store_without_bars_has_a_panel_without_their_columns(store):
    panel = build_panel(store)
    assert set(BAR_COLUMNS).isdisjoint(panel.data.columns)
    assert not [step for step in panel.ledger.steps if "bar" in step.name]


def test_the_codebook_tells_of_them():
    assert [known(column) for column in BAR_COLUMNS] == [OPEN, CLOSE, CLOSE]
    assert all("from bars" in entry(column).meaning for column in BAR_COLUMNS)


def test_stamps_without_a_zone_and_stamps_that_are_none_are_rejected(store, tmp_path):
    text = "time,open,close\n2014-11-24 09:30:00,1,2\n2014-11-24T14:35:00Z,1,2\nnoon,1,2\n2014-11-24T14:35:00Z,1,3\n"
    (tmp_path / "A.csv").write_text(text)
    read = read_market(tmp_path / "A.csv", format="bars", options={"minutes": 5, "stamp": "begin"})
    assert read.tables["bars"].to_pylist()[0]["begins"] == datetime(2014, 11, 24, 14, 35, tzinfo=UTC)
    assert [(row["line"], row["reason"]) for row in read.rejected.to_pylist()] == [
        (2, "timestamp without zone"),
        (4, "unreadable timestamp"),
        (5, "repeated row"),
    ]


def test_day_and_clock_may_stand_in_two_columns(tmp_path):
    (tmp_path / "A.csv").write_text("day,hour,open,close\n2014-11-24,09:30,1,2\n")
    options = {"minutes": 5, "stamp": "begin", "zone": "America/New_York", "symbol": "zz"}
    read = read_market(tmp_path / "A.csv", format="bars", columns={"time": "day", "clock": "hour"}, options=options)
    (row,) = read.tables["bars"].to_pylist()
    assert (row["symbol"], row["begins"]) == ("ZZ", datetime(2014, 11, 24, 14, 30, tzinfo=UTC))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"minutes": 5}, "stamp"),
        ({"stamp": "begin"}, "minutes"),
        ({"minutes": 5, "stamp": "middle"}, "'begin' or 'end'"),
        ({"minutes": 7, "stamp": "end"}, "no whole number of such bars"),
        ({"minutes": 5, "stamp": "end", "zone": "New York"}, "no zone"),
        ({"minutes": 5, "stamp": "end", "time_format": "%d/%m/%Y"}, "reads a day and no time"),
    ],
)
def test_what_is_not_told_is_asked_for(tmp_path, options, message):
    (tmp_path / "A.csv").write_text("time,open,close\n2014-11-24 09:30:00,1,2\n")
    with pytest.raises(ConfigError, match=message):
        read_market(tmp_path / "A.csv", format="bars", options=options)

"""Dated series: columns or names, when each value was public stated by the file or its section and never guessed."""

from datetime import date

import pytest

from emtract.errors import ConfigError, SourceError

WIDE = b"DATE,OPEN,CLOSE\n2020-03-16,57.83,82.69\n2020-03-17,82.69,75.91\n"
LONG = b"date,name,value,available\n2020-03-16,EPU News,300.5,2020-03-18\n2020-03-16,VIX,,2020-03-18\n"
DAYS = date(2020, 3, 16), date(2020, 3, 17)


def rows(market):
    return market.observations.drop("line").rows()


@pytest.mark.parametrize(("known", "before"), [("before_open", True), ("after_close", False)])
def test_a_column_becomes_a_series_and_its_section_says_when_it_is_known(write, read, known, before):
    market = read(write("v.csv", WIDE), "series", columns={"vix": "CLOSE"}, known=known)
    assert rows(market) == [("vix", DAYS[0], DAYS[0], before, 82.69), ("vix", DAYS[1], DAYS[1], before, 75.91)]
    assert (market.rows_read, market.reasons) == (2, [])


def test_without_columns_every_further_one_is_a_series(write, read):
    market = read(write("v.csv", WIDE), "series", lag_days=1)
    assert sorted(set(market.observations["name"])) == ["close", "open"]
    assert set(market.observations["available"]) == {DAYS[1], date(2020, 3, 18)}


def test_a_long_table_names_its_series_and_says_when_each_value_was_public(write, read):
    market = read(write("n.csv", LONG), "series")
    assert rows(market) == [("epu_news", DAYS[0], date(2020, 3, 18), False, 300.5)]
    assert market.reasons == [(3, "missing field")]
    mapped = LONG.replace(b"date,name,value,available", b"d,n,v,a")
    columns = {"session": "d", "name": "n", "value": "v", "available": "a"}
    assert rows(read(write("m.csv", mapped), "series", columns=columns)) == rows(market)


def test_two_days_of_publication_are_two_vintages_and_a_repeated_row_is_told(write, read):
    text = b"date,available,epu\n2020-01-01,2020-02-03,100\n2020-01-01,2020-03-02,104\n2020-01-01,2020-03-02,104\n"
    market = read(write("e.csv", text), "series")
    assert market.observations["value"].to_list() == [100.0, 104.0]
    assert market.reasons == [(4, "repeated row")]


def test_units_and_missing_cells(write, read):
    text = b"date,r_me,r_ia\n20200316,1.5,\n20200317,.,-0.5\n2020031x,1,1\n20200318,x,2\n"
    market = read(write("q5.csv", text), "series", known="after_close", unit=0.01)
    assert [(name, value) for name, *_, value in sorted(rows(market))] == [
        ("r_ia", pytest.approx(-0.005)),
        ("r_ia", pytest.approx(0.02)),
        ("r_me", pytest.approx(0.015)),
    ]
    assert market.reasons == [(4, "unreadable date"), (5, "impossible number")]


def test_a_row_that_does_not_say_when_it_was_public_is_kept_out_unless_a_lag_does(write, read):
    text = b"date,available,epu\n2020-01-01,2020-02-03,100\n2020-02-01,,104\n2020-03-02,2020-03-01,9\n"
    market = read(write("e.csv", text), "series")
    assert market.observations["value"].to_list() == [100.0]
    assert market.reasons == [(3, "no available day"), (4, "unreadable date")]
    lagged = read(write("e.csv", text), "series", lag_days=31)
    assert lagged.observations["available"].to_list() == [date(2020, 2, 3), date(2020, 3, 3)]


@pytest.mark.parametrize(
    ("text", "columns", "options", "error", "message"),
    [
        (WIDE, {}, {}, ConfigError, r'state known = "before_open", known = "after_close" or lag_days'),
        (WIDE, {}, {"known": "noon"}, ConfigError, r"'before_open' or 'after_close'"),
        (WIDE, {}, {"lag_days": -1}, ConfigError, "lag_days"),
        (WIDE, {"VIX": "CLOSE"}, {"lag_days": 1}, ConfigError, "'VIX' is no name of a series"),
        (WIDE, {"vix_lag_1": "CLOSE"}, {"lag_days": 1}, ConfigError, "'vix_lag_1' is no name of a series"),
        (WIDE, {"vix": "Close of the VIX"}, {"lag_days": 1}, SourceError, "columns found"),
        (WIDE.replace(b"OPEN", b"a_x_b"), {}, {"lag_days": 1}, SourceError, "'a_x_b' is no name of a series"),
        (WIDE.replace(b"OPEN", b"close "), {}, {"lag_days": 1}, SourceError, "twice|one name"),
        (WIDE.replace(b"57.83", b"a").replace(b"82.69,", b"b,"), {}, {"lag_days": 1}, SourceError, "no number in OPEN"),
        (LONG.replace(b"VIX,", b"epu-news,1"), {}, {}, SourceError, "are one name, epu_news"),
        (LONG.replace(b"VIX,", b"!,1"), {}, {}, SourceError, "'!' is no name"),
    ],
)
def test_what_is_not_told_is_asked_for(write, read, text, columns, options, error, message):
    with pytest.raises(error, match=message):
        read(write("v.csv", text), "series", columns=columns, **options)

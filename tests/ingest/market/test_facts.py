from datetime import date

import polars as pl
import pytest

from emtract.errors import ConfigError, SourceError

from .conftest import write_french_sic

TABLE = b"tic,datadate,rdq,CEQ,at\nAA,2019-12-31,2020-02-10,10,100\nBB,2019-12-31,,11,x\n"


def test_a_table_of_sectors(write, read):
    text = b"Sector\tSymbol\tCompany\nEnergy\t$XOM\tExxon\nEnergy\t$BRK.B\tBerkshire\nTech\t$XOM\tagain\n\t$T\t\n"
    market = read(write("sectors.tsv", text), "classification")
    assert market.classifications.rows() == [
        (2, "XOM", "industry", "Energy", None, None),
        (3, "BRK-B", "industry", "Energy", None, None),
    ]
    assert market.reasons == [(4, "repeated row"), (5, "missing field")]


@pytest.mark.parametrize("suffix", [".csv", ".parquet", ".xlsx"])
def test_labels_with_spans_in_any_format(tmp_path, read, suffix):
    days = {
        "start": [date(2010, 1, 4), date(2015, 1, 2), date(2015, 1, 2)],
        "end": [date(2014, 12, 31), None, date(2014, 1, 2)],
    }
    frame = pl.DataFrame({"ticker": ["A", "A", "B"], "code": [115, 7810, 7810], **days})
    path = tmp_path / f"classes{suffix}"
    {".csv": frame.write_csv, ".parquet": frame.write_parquet, ".xlsx": frame.write_excel}[suffix](path)
    columns = {"label": "code", "first": "start", "last": "end"}
    write_french_sic({"Agric": [(100, 199)], "Fun": [(7800, 7833)]}, tmp_path / "sic.txt")
    market = read(path, "classification", columns=columns, scheme="sic", french_sic="sic.txt")
    assert market.classifications.select("symbol", "scheme", "label", "first", "last").sort(
        "scheme", "first"
    ).rows() == [
        ("A", "ff2", "Agric", date(2010, 1, 4), date(2014, 12, 31)),
        ("A", "ff2", "Fun", date(2015, 1, 2), None),
        ("A", "sic", "115", date(2010, 1, 4), date(2014, 12, 31)),
        ("A", "sic", "7810", date(2015, 1, 2), None),
    ]
    assert [reason for _, reason in market.reasons] == ["unreadable date"]


def test_characteristics_join_on_the_day_on_which_they_became_public(write, read):
    market = read(write("funda.csv", TABLE), "characteristics", columns={"book_equity": "ceq"}, unit=1e6)
    assert market.characteristics.rows() == [
        (2, "AA", "book_equity", date(2019, 12, 31), date(2020, 2, 10), 10e6),
    ]
    assert market.reasons == [(3, "no available day")]


def test_without_names_every_column_is_a_characteristic(write, read):
    market = read(write("funda.csv", TABLE), "characteristics", lag_days=120)
    assert market.characteristics.select("symbol", "name", "available", "value").rows() == [
        ("AA", "ceq", date(2020, 2, 10), 10.0),
        ("AA", "at", date(2020, 2, 10), 100.0),
        ("BB", "ceq", date(2020, 4, 29), 11.0),
    ]
    assert market.reasons == [(3, "impossible number")]


def test_numbers_are_never_public_on_the_day_that_they_describe_by_default(write, read):
    path = write("c.csv", b"symbol,period,shares_short\nAA,2020-01-15,5\n")
    with pytest.raises(ConfigError, match="lag_days"):
        read(path, "characteristics")
    assert read(path, "characteristics", lag_days=0).characteristics["available"].to_list() == [date(2020, 1, 15)]


def test_a_day_before_the_period_and_a_second_row_are_named(write, read):
    text = b"symbol,period,available,x\nAA,2020-01-15,2020-01-14,5\nAA,2020-01-15,2020-01-20,5\nAA,2020-01-15,2020-01-20,6\n"
    market = read(write("c.csv", text), "characteristics")
    assert market.reasons == [(2, "unreadable date"), (4, "repeated row")]
    assert market.characteristics["value"].to_list() == [5.0]


def test_a_named_column_must_be_there(write, read):
    with pytest.raises(SourceError, match=r"nix.*columns found: tic"):
        read(write("funda.csv", TABLE), "characteristics", columns={"book_equity": "nix"}, lag_days=1)


@pytest.mark.parametrize("header", ["x,x", "x,X", "X,x", "Book Equity,book equity"])
def test_a_column_that_stands_twice_is_named(write, read, header):
    path = write("n.csv", f"symbol,period,available,{header}\nA,2020-01-31,2020-02-28,1,2\n".encode())
    with pytest.raises(SourceError, match="twice"):
        read(path, "characteristics")


def test_a_user_can_choose_between_spellings(write, read):
    path = write("n.csv", b"symbol,period,available,x,X\nA,2020-01-31,2020-02-28,1,2\n")
    assert read(path, "characteristics", columns={"size": "X"}).characteristics["value"].to_list() == [2]


def test_one_column_for_two_fields_is_refused(write, read):
    path = write("n.csv", b"symbol,period,x\nA,2020-01-31,1\n")
    with pytest.raises(ConfigError, match="for size and for other"):
        read(path, "characteristics", columns={"size": "x", "other": "x"}, lag_days=3)
    both = read(path, "characteristics", columns={"period": "period", "available": "period"})
    assert both.characteristics["available"].to_list() == [date(2020, 1, 31)]


def test_repeated_rows_say_whether_they_differ(write, read):
    row = b"A,2020-01-31,2020-02-28,1,2\n"
    market = read(
        write("n.csv", b"symbol,period,available,x,y\n" + row + row + row.replace(b",2\n", b",3\n")), "characteristics"
    )
    assert market.characteristics["value"].to_list() == [1, 2]
    assert ["other values" in detail for detail in market.details] == [False, True]


def test_na_and_nan_are_tickers(write, read):
    rows = b"".join(
        name + b",2020-01-31,2020-02-28,1\n" for name in (b"NA", b"NAN", b"nan", b"", b"-", b"<NA>", b"NULL")
    )
    market = read(write("n.csv", b"symbol,period,available,x\n" + rows), "characteristics")
    assert market.characteristics["symbol"].to_list() == ["NA", "NAN"]
    assert market.reasons == [(line, "missing field") for line in range(4, 9)]

from datetime import date, datetime, timedelta

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from emtract.errors import SourceError
from emtract.ingest.market.options import cell_form
from emtract.ingest.market.prices import read_prices
from emtract.schema import PARSED_PRICES, REJECTED
from emtract.sources import PriceColumns

from ..conftest import SUFFIX, pack

HEADER = b"Date,Open,High,Low,Close,Adj Close,Volume\n"
DAY = b"2020-01-02,10,12,9,11,10.5,1000\n"


def reasons(batch):
    return [(row["line"], row["reason"]) for row in batch.rejected.to_pylist()]


@pytest.mark.parametrize("kind", sorted(SUFFIX))
def test_every_column_of_a_yahoo_file(write, kind):
    batch = read_prices(write(f"brk.b.csv{SUFFIX[kind]}", pack(HEADER + DAY, kind)))
    assert batch.prices.schema == PARSED_PRICES.arrow
    assert batch.rejected.schema == REJECTED.arrow
    assert batch.prices.to_pylist() == [
        {
            "line": 2,
            "symbol": "BRK-B",
            "session": date(2020, 1, 2),
            "open": 10.0,
            "high": 12.0,
            "low": 9.0,
            "close": 11.0,
            "adj_close": 10.5,
            "volume": 1000.0,
            "split": None,
            "as_traded": None,
        }
    ]


SPLITS = b"""Date,Open,Close,Stock Splits
2020-01-02,10,10,0
2020-01-03,10,10,2
2020-01-06,10,10,0
2020-01-07,10,10,3
"""


@pytest.mark.parametrize(
    ("close", "as_traded"),
    [(None, [None] * 4), ("as_traded", [1.0] * 4), ("split_adjusted", [6.0, 3.0, 3.0, 1.0])],
)
def test_what_leads_to_prices_as_traded_is_known_or_null(write, close, as_traded):
    batch = read_prices(write("a.csv", SPLITS), close=close)
    assert batch.prices["as_traded"].to_pylist() == as_traded
    assert batch.prices["split"].to_pylist() == [1.0, 2.0, 1.0, 3.0]


def test_without_a_column_of_splits_split_adjusted_prices_stay_unknown(write):
    batch = read_prices(write("a.csv", HEADER + DAY), close="split_adjusted")
    assert batch.prices["as_traded"].to_pylist() == [None]
    told = read_prices(write("b.csv", HEADER[:-1] + b",Later Splits\n" + DAY[:-1] + b",7\n"))
    assert told.prices["as_traded"].to_pylist() == [7.0]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"2020-01-03,null,null,null,null,null,null", "no prices"),
        (b"2020-01-03,,,,,,", "no prices"),
        (b"2020-01-03,NaN,nan,NAN,,null,5", "no prices"),
        (b"2020-01-03,,12,9,11,,", "missing field"),
        (b"2020-01-03,0,12,9,11,,", "impossible price"),
        (b"2020-01-03,-1,12,9,11,,", "impossible price"),
        (b"2020-01-03,inf,12,9,11,,", "impossible price"),
        (b"2020-01-03,ten,12,9,11,,", "impossible price"),
        (b"2020-01-03,10,8,9,9,,", "impossible price"),
        (b"2020-01-03,10,10,9,11,,", "impossible price"),
        (b"2020-01-03,10,12,10.5,11,,", "impossible price"),
        (b"2020-01-03,10,12,9,11,0,", "impossible price"),
        (b"2020-01-03,10,12,9,11,11,-5", "impossible price"),
        (b"2020-13-01,10,12,9,11,11,5", "unreadable date"),
        (b"2020-01-02,10,12,9,11,11,5", "repeated session"),
        (b"2020-01-03,10,12", "wrong number of cells"),
    ],
)
def test_a_bad_day_is_rejected_by_name(write, line, reason):
    batch = read_prices(write("A.csv", HEADER + DAY + line + b"\n" + DAY.replace(b"-02", b"-06")))
    assert reasons(batch) == [(3, reason)]
    assert batch.prices["session"].to_pylist() == [date(2020, 1, 2), date(2020, 1, 6)]
    assert batch.rows_read == 3


def test_open_and_close_are_enough_and_rounding_is_forgiven(write):
    batch = read_prices(write("A.csv", b"date,OPEN,close\n2020-01-02 00:00:00-05:00,1,2\n"))
    assert batch.prices.to_pylist()[0]["session"] == date(2020, 1, 2)
    assert batch.prices["high"].null_count == 1
    close = read_prices(write("B.csv", HEADER + b"2020-01-02,10,10.9999999,9,11,11,0\n"))
    assert close.prices.num_rows == 1


def test_symbol_is_the_one_given_then_the_column_then_the_name(write):
    path = write("x.csv", b"Symbol,Date,Open,Close\nbrk.b,2020-01-02,1,1\n$AAPL,2020-01-02,1,1\n,2020-01-02,1,1\n")
    batch = read_prices(path)
    assert batch.prices["symbol"].to_pylist() == ["BRK-B", "AAPL"]
    assert reasons(batch) == [(4, "missing field")]
    given = read_prices(path, symbol="msft")
    assert given.prices["symbol"].to_pylist() == ["MSFT"]
    assert [reason for _, reason in reasons(given)] == ["repeated session"] * 2


def test_own_column_names_and_semicolons(write):
    names = PriceColumns(session="tag", open="eroeffnung", close="schluss")
    batch = read_prices(write("A.csv", b"Tag;Eroeffnung;Schluss\n2020-01-02;1;2\n"), columns=names)
    assert batch.prices["close"].to_pylist() == [2.0]


def test_a_missing_column_is_named_with_those_found(write):
    with pytest.raises(SourceError, match=r"Date, Open, Close; columns found: date, Open, High"):
        read_prices(write("A.csv", b"date,Open,High\n"))


@pytest.mark.parametrize("moment", [date(2020, 1, 2), datetime.fromisoformat("2020-01-02"), "2020-01-02"])
def test_parquet(tmp_path, moment):
    table = pa.table({"Date": [moment] * 2, "Open": [1.0, None], "Close": [2.0, None], "Symbol": ["A", "B"]})
    pq.write_table(table, tmp_path / "many.parquet")
    batch = read_prices(tmp_path / "many.parquet")
    assert batch.prices["session"].to_pylist() == [date(2020, 1, 2)]
    assert reasons(batch) == [(2, "no prices")]


def test_a_broken_file_keeps_the_days_before(write):
    first = date(1990, 1, 1)
    days = b"".join(b"%b,%d,999,1,5,5,5\n" % (str(first + timedelta(n)).encode(), n % 97 + 1) for n in range(8_000))
    packed = pack(HEADER + days, "gzip")
    batch = read_prices(write("A.csv.gz", packed[: len(packed) // 2]))
    assert reasons(batch) == [(batch.prices.num_rows + 2, "broken stream")]


def volumes(write, *cells, price="10.5", **stated):
    rows = "".join(f"2020-01-{n:02};{price};{price};{cell}\n" for n, cell in enumerate(cells, start=2))
    batch = read_prices(write("A.csv", f"Date;Open;Close;Volume\n{rows}".encode()), form=cell_form(**stated))
    return batch.prices["volume"].to_pylist(), batch.rejected.num_rows


def test_numbers_of_other_places(write):
    assert volumes(write, "1,234", "1,234,567", "$5") == ([1234, 1_234_567, 5], 0)
    assert volumes(write, "1,234", "5", price="10") == ([5], 1)
    assert volumes(write, "1.234", "5", price="10,5", decimal=",") == ([1234, 5], 0)
    assert volumes(write, "1_000", "１２", "5") == ([5], 2)
    with pytest.raises(SourceError, match=r'decimal = ","'):
        volumes(write, "1.234", price="10,5")


def test_na_and_nan_are_symbols(write):
    rows = b"".join(b"2020-01-02,1,1," + name + b"\n" for name in (b"NA", b"NAN", b"nan", b"-"))
    batch = read_prices(write("many.csv", b"Date,Open,Close,Symbol\n" + rows))
    assert batch.prices["symbol"].to_pylist() == ["NA", "NAN"]
    assert reasons(batch) == [(4, "missing field"), (5, "missing field")]


def test_volumes_as_sites_print_them(write):
    assert volumes(write, "1.2M", "3K", "2 b", "0.5k") == ([1_200_000, 3_000, 2e9, 500], 0)


@pytest.mark.parametrize(
    ("header", "told"),
    [
        ("Date,Open,Close,Close", "two columns Close: give one of them another name"),
        ("Date,Open,close,CLOSE", "two columns Close"),
        ("Price,Open,Close,High\nTicker,A,A,A\nDate,,,", "multi_level_index=False"),
    ],
)
def test_headers_that_can_be_read_in_two_ways_are_refused_with_a_remedy(write, header, told):
    with pytest.raises(SourceError, match=told):
        read_prices(write("A.csv", f"{header}\n2021-01-04,1,2,3\n".encode()))

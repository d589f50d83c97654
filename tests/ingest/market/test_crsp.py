import gzip
import itertools
from datetime import date, timedelta

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emtract.errors import ConfigError, SourceError
from emtract.synthetic.publishers import write_crsp_ciz

from .conftest import Market, write_french_sic

START = date(2020, 1, 6)


def stock(permno=10001, symbol="AAA", closes=(100.0, 51.0, 52.0), returns=(None, 0.02, 1 / 51), start=START, **more):
    days = [start + timedelta(days=i) for i in range(len(closes))]
    return pl.DataFrame(
        {
            "permno": [permno] * len(closes),
            "session": days,
            "symbol": symbol,
            "open": closes,
            "high": closes,
            "low": closes,
            "close": closes,
            "total_return": returns,
            "volume": 1000.0,
            "shares_outstanding": 5_000_000.0,
            **more,
        },
        schema_overrides={
            "open": pl.Float64,
            "high": pl.Float64,
            "low": pl.Float64,
            "close": pl.Float64,
            "total_return": pl.Float64,
        },
    )


def gone(permno=10001, day=START + timedelta(days=3), value=4.0, total_return=-0.9, reason="BK"):
    row = stock(permno, "gone", (value,), (total_return,), day, delisted=True, delisting_reason=reason)
    return row.with_columns(
        pl.lit(None, pl.Float64).alias(name) for name in ("open", "high", "low", "shares_outstanding")
    )


def book(tmp_path, *frames, name="dsf.csv"):
    path = tmp_path / name
    write_crsp_ciz(pl.concat(frames, how="diagonal_relaxed"), path)
    return path


HEADER = "permno,DLYCALDT,ticker,dlyprc,dlyopen,dlyhigh,dlylow,dlyclose,dlyret,dlyvol,shrout,dlydelflg\n"


def lines(write, *rows, header=HEADER):
    return write("crsp.csv", (header + "\n".join(rows) + "\n").encode())


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    data=st.lists(
        st.tuples(st.floats(1, 1000), st.one_of(st.none(), st.floats(-0.9, 2.0))).map(lambda t: (round(t[0], 4), t[1])),
        min_size=2,
        max_size=12,
    ),
    suffix=st.sampled_from([".csv", ".parquet"]),
)
def test_close_to_close_reproduces_the_total_return_whatever_the_prices_do(tmp_path, data, suffix):
    closes, returns = zip(*data, strict=True)
    prices = Market(book(tmp_path, stock(closes=closes, returns=returns), name=f"dsf{suffix}"), "crsp_ciz").prices
    assert prices["close"].to_list() == list(closes)
    adjusted = prices["adj_close"].to_list()
    assert adjusted[-1] == pytest.approx(closes[-1])
    for before, after, told in zip(adjusted, adjusted[1:], returns[1:], strict=False):
        if told is None:
            assert before is None
        elif before is not None:
            assert after / before - 1 == pytest.approx(told, abs=1e-9)


def test_a_split_moves_the_raw_close_and_not_the_adjusted_one(tmp_path, read):
    market = read(book(tmp_path, stock()), "crsp_ciz")
    assert market.prices["close"].to_list() == [100, 51, 52]
    assert market.prices["adj_close"].to_list() == pytest.approx([50, 51, 52])
    assert (market.rows_read, market.reasons) == (3, [])


def test_a_day_without_a_price_is_passed_over_and_the_next_return_reaches_across_it(tmp_path, read):
    halted = stock(closes=(10.0, None, 12.0), returns=(None, None, 0.2))
    market = read(book(tmp_path, halted), "crsp_ciz")
    assert market.reasons == [(3, "no prices")]
    assert market.prices["adj_close"].to_list() == pytest.approx([10, 12])


def test_a_return_that_does_not_start_at_the_price_before_breaks_the_chain(tmp_path, read):
    path = book(tmp_path, stock(closes=(10.0, 11.0, 12.0, 13.0), returns=(None, 0.1, 0.09, 0.08)))
    kept = [line for line in path.read_text().splitlines(keepends=True) if "2020-01-07" not in line.split(",")[1]]
    path.write_text("".join(kept))
    adjusted = read(path, "crsp_ciz").prices["adj_close"].to_list()
    assert adjusted == [None, pytest.approx(13 / 1.08), 13.0]


def test_negative_prices_are_quotes_and_their_size_is_the_close(write, read):
    path = lines(
        write,
        "10001,20200106,AAA,10,10,10,10,10,,5,7,N",
        "10001,20200107,AAA,-11,10.5,12,10,,0.1,0,7,N",
        "10001,20200108,AAA,-12,,,,,0.0909,0,7,N",
    )
    market = read(path, "crsp_ciz")
    assert market.prices["close"].to_list() == [10, 11]
    assert market.reasons == [(4, "missing field")]
    assert market.prices["adj_close"].to_list() == pytest.approx([12 / 1.0909 / 1.1, 12 / 1.0909])


def test_a_delisting_is_a_row_of_its_own_and_no_price(tmp_path, read):
    market = read(book(tmp_path, stock(), gone()), "crsp_ciz")
    assert market.delistings.rows() == [(5, "AAA", START + timedelta(days=3), -0.9, "BK")]
    assert market.prices.height == 3
    assert market.prices["adj_close"].to_list()[-1] == 52


def test_a_ticker_that_another_firm_takes_over_has_two_spans(tmp_path, read):
    later = START + timedelta(days=9)
    market = read(book(tmp_path, stock(company="OLD"), gone(), stock(20002, start=later, company="NEW")), "crsp_ciz")
    spans = market.classifications.filter(pl.col("scheme").is_in(["permno", "company"])).sort("scheme", "first")
    assert spans.select("label", "first", "last").rows() == [
        ("OLD", START, START + timedelta(days=2)),
        ("NEW", later, later + timedelta(days=2)),
        ("10001", START, START + timedelta(days=2)),
        ("20002", later, later + timedelta(days=2)),
    ]
    types = market.classifications.filter(pl.col("scheme") == "share_type")
    assert types.select("label", "first", "last").rows() == [("EQTY-COM-NS", START, later + timedelta(days=2))]
    # the old firm's returns end with it
    assert market.prices["adj_close"].to_list() == pytest.approx([50, 51, 52, 50, 51, 52])


def test_two_permnos_under_one_ticker_on_a_day_are_kept_out_unless_their_classes_tell_them_apart(tmp_path, read):
    twins = read(book(tmp_path, stock(1000), stock(2000)), "crsp_ciz")
    assert twins.prices.height == 0
    assert {reason for _, reason in twins.reasons} == {"two securities"}
    classes = read(book(tmp_path, stock(1000, "BRK", share_class="A"), stock(2000, "BRK", share_class="B")), "crsp_ciz")
    assert set(classes.prices["symbol"]) == {"BRK-A", "BRK-B"}
    assert classes.reasons == []


def test_shares_are_thousands_and_told_on_the_days_on_which_they_change(tmp_path, read):
    counts = [5e6, 5e6, 6e6]
    path = book(tmp_path, stock(shares_outstanding=counts))
    rows = read(path, "crsp_ciz").characteristics
    assert rows.select("name", "period", "available", "value").rows() == [
        ("shares_outstanding", START, START, 5e6),
        ("shares_outstanding", START + timedelta(days=2), START + timedelta(days=2), 6e6),
    ]
    lagged = read(path, "crsp_ciz", shares_lag_days=3).characteristics
    assert lagged["available"].to_list() == [START + timedelta(days=3), START + timedelta(days=5)]


def test_shares_that_do_not_change_are_told_again_each_month(tmp_path, read):
    day = date(2014, 3, 3)
    held = [day + timedelta(days=7 * week) for week in range(40)]
    flat = {"closes": (100.0,) * len(held), "returns": (None,) + (0.0,) * (len(held) - 1)}
    path = book(tmp_path, stock(**flat, session=held))
    rows = read(path, "crsp_ciz").characteristics
    firsts = [
        d
        for d, before in zip(held, [date(1900, 1, 1), *held], strict=False)
        if (d.year, d.month) != (before.year, before.month)
    ]
    assert rows["period"].to_list() == firsts
    assert set(rows["value"]) == {5e6}


def test_industries_of_sic_codes(tmp_path, read):
    write_french_sic({"Agric": [(100, 199)], "Fun": [(7800, 7833)]}, tmp_path / "sic.zip")
    path = book(
        tmp_path, stock(sic=115), stock(2000, "B", sic=7810), stock(3000, "C", sic=9999), stock(4000, "D", sic=0)
    )
    classes = read(path, "crsp_ciz", french_sic="sic.zip").classifications
    chosen = classes.filter(pl.col("scheme").is_in(["sic", "ff2"])).sort("scheme", "symbol")
    assert chosen.select("scheme", "symbol", "label").rows() == [
        ("ff2", "AAA", "Agric"),
        ("ff2", "B", "Fun"),
        ("sic", "AAA", "0115"),
        ("sic", "B", "7810"),
        ("sic", "C", "9999"),
    ]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("10001,2020-01-07,AAA,11,11,12,10,11,x,5,7,N", "impossible number"),
        ("10001,2020-01-07,AAA,11,11,9,10,11,0.1,5,7,N", "impossible price"),
        ("10001,2020-01-07,AAA,11,0,12,10,11,0.1,5,7,N", "impossible price"),
        ("10001,2020-13-07,AAA,11,11,12,10,11,0.1,5,7,N", "unreadable date"),
        (",2020-01-07,AAA,11,11,12,10,11,0.1,5,7,N", "missing field"),
        ("10001.5,2020-01-07,AAA,11,11,12,10,11,0.1,5,7,N", "impossible number"),
        ("10001,2020-01-07,,11,11,12,10,11,0.1,5,7,N", "missing field"),
        ("10001,2020-01-06,AAA,11,11,12,10,11,0.1,5,7,N", "repeated row"),
        ("10001,2020-01-07,AAA,11,11,12,10,11,0.1,5,7,maybe", "unknown word"),
        ("10001,2020-01-07,AAA", "wrong number of cells"),
        ('10001,2020-01-07,"AAA', "not CSV"),
    ],
)
def test_a_bad_row_is_named_and_the_others_stand(write, read, row, reason):
    market = read(lines(write, "10001,2020-01-06,AAA,10,10,10,10,10,,5,7,N", row), "crsp_ciz")
    assert (3, reason) in market.reasons
    assert market.prices["session"].to_list()[0] == date(2020, 1, 6)
    assert market.rows_read == 2


def test_sas_letters_and_dots_are_missing_returns(write, read):
    rows = ["10001,2020-01-06,AAA,10,10,10,10,10,.B,5,7,N", "10001,2020-01-07,AAA,11,11,11,11,11,.,5,7,N"]
    market = read(lines(write, *rows), "crsp_ciz")
    assert market.reasons == []
    assert market.prices["adj_close"].to_list() == [None, 11]


def test_packed_and_with_a_byte_order_mark(write, read):
    text = (HEADER + "10001.0,2020-01-06 00:00:00,AAA,10,10,10,10,10,,5,7,N\n").encode()
    for name, data in (("a.csv.gz", gzip.compress(text)), ("b.csv", b"\xef\xbb\xbf" + text)):
        assert read(write(name, data), "crsp_ciz").prices["session"].to_list() == [date(2020, 1, 6)]


def test_a_file_without_the_columns_says_which_it_has(write, read):
    with pytest.raises(SourceError, match=r"dlyret.*columns found: permno, date, ret"):
        read(write("x.csv", b"permno,date,ret\n1,2,3\n"), "crsp_ciz")
    with pytest.raises(ConfigError, match="colour"):
        read(write("x.csv", b"permno,date,ret\n1,2,3\n"), "crsp_ciz", columns={"colour": "ret"})
    with pytest.raises(ConfigError, match="unknown field `colour`"):
        read(write("x.csv", b"permno,date,ret\n1,2,3\n"), "crsp_ciz", colour=1)


@pytest.mark.parametrize("unit", [1, 100])
def test_returns_in_per_cent_are_refused(tmp_path, read, unit):
    closes = [100.0 + (k * 7) % 5 for k in range(30)]
    returns = [None, *(unit * (b / a - 1) for a, b in itertools.pairwise(closes))]
    path = book(tmp_path, stock(closes=tuple(closes), returns=tuple(returns)))
    if unit == 1:
        assert read(path, "crsp_ciz").rows_read == 30
    else:
        with pytest.raises(SourceError, match="divide the column by 100"):
            read(path, "crsp_ciz")

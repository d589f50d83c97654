from datetime import date, timedelta

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emtract.errors import ConfigError, SourceError
from emtract.synthetic.publishers import write_ipo_offers, write_ritter_ipos

from .conftest import Market

#: Headers of three vintages of the list.
VINTAGES = {
    "2011": ["Offer date", "IPO name", "Ticker", "CUSIP", "ADR", "VC", "Dual", "Post-issue shares", "Internet",
             "CRSP permanent ID", "Founding", "Rollup"],
    "2019": ["Offerdate", "Name", "Ticker", "CUSIP", "Foreign ADR", "VC dummy", "Dual class", "Post issue shares",
             "Internet dummy", "CRSPperm", "Founding year", "Roll up"],
    "2025": ["offer date", "IPO name", "Ticker", "CUSIP", "ADR", "VC", "Dual", "Post-issue shares", "Internet", "CRSP Perm",
             "Founding", "Rollup"],
}  # fmt: skip
ROW = [20190510, "Ride Inc", "ride", "90353T10", 1, 1, 0, 1_677_000, 1, 18576, 2009, 0]


def sheet(path, header, *rows, above=0):
    lines = [["Founding dates of firms"] + [None] * (len(header) - 1)] * above + [header, *rows]
    cells = [[None if cell is None else str(cell) for cell in line] for line in lines]
    pl.DataFrame(cells, orient="row").write_excel(path, include_header=False)
    return path


@pytest.mark.parametrize("vintage", VINTAGES)
def test_the_list_of_any_vintage(tmp_path, read, vintage):
    market = read(sheet(tmp_path / "IPO-age.xlsx", VINTAGES[vintage], ROW, above=2), "ritter_ipos")
    (row,) = market.ipos.to_dicts()
    told = {name: value for name, value in row.items() if value is not None}
    assert told == {
        "line": 4,
        "symbol": "RIDE",
        "offer_date": date(2019, 5, 10),
        "company": "Ride Inc",
        "cusip": "90353T10",
        "permno": 18576,
        "post_issue_shares": 1_677_000.0,
        "founded": 2009,
        "is_adr": False,
        "is_venture_backed": True,
        "is_dual_class": False,
        "is_internet": True,
        "is_rollup": False,
    }
    assert (market.rows_read, market.reasons) == (1, [])


def test_dots_and_negative_numbers_are_missing(tmp_path, read):
    row = [20190510, ".", "X", ".", 2, -9, ".", -9, ".", 999, -99, "."]
    (told,) = read(sheet(tmp_path / "r.xlsx", VINTAGES["2025"], row), "ritter_ipos").ipos.to_dicts()
    assert {name for name, value in told.items() if value is not None} == {"line", "symbol", "offer_date", "is_adr"}
    assert told["is_adr"] is True


def test_codes_are_options(tmp_path, read):
    row = [20190510, "A", "X", "1", 1, 2, 0, 5, 0, 10001, 1990, 0]
    path = sheet(tmp_path / "r.xlsx", VINTAGES["2025"], row)
    assert read(path, "ritter_ipos").ipos.select("is_adr", "is_venture_backed", "post_issue_shares").row(0) == (
        False,
        False,
        5,
    )
    told = read(path, "ritter_ipos", adr_code=1, growth_capital_is_venture=True, shares_unit=1000.0).ipos
    assert told.select("is_adr", "is_venture_backed", "post_issue_shares").row(0) == (True, True, 5000)


def test_a_bad_row_is_named(tmp_path, read):
    rows = [ROW, [20191340, *ROW[1:]], [*ROW[:2], ".", *ROW[3:]], ROW, [20200101, *ROW[1:7], "lots", *ROW[8:]]]
    market = read(sheet(tmp_path / "r.xlsx", VINTAGES["2025"], *rows), "ritter_ipos")
    assert market.reasons == [
        (3, "unreadable date"),
        (4, "missing field"),
        (5, "repeated row"),
        (6, "impossible number"),
    ]
    assert market.ipos["line"].to_list() == [2, 6]


def test_another_workbook_is_refused(tmp_path, write, read):
    with pytest.raises(SourceError, match=r"offer date.*columns found: A, B"):
        read(sheet(tmp_path / "r.xlsx", ["A", "B"], [1, 2]), "ritter_ipos")
    with pytest.raises(SourceError, match="no workbook"):
        read(write("r.xlsx", b"PK\x03\x04 cut"), "ritter_ipos")
    with pytest.raises(SourceError, match="no workbook"):
        read(write("r.xls", b"Offer date,Ticker\n"), "ritter_ipos")


def test_the_list_written_is_the_list_read(tmp_path, read):
    frame = pl.DataFrame(
        {
            "offer_date": [date(2020, 1, 2), date(2020, 1, 3)],
            "symbol": ["AA", "BB"],
            "company": ["=1+1", None],
            "cusip": ["00123456", None],
            "permno": [10001, None],
            "post_issue_shares": [5_000_000, None],
            "founded": [1990, None],
            "is_adr": [True, False],
            "is_venture_backed": [True, False],
            "is_dual_class": [False, True],
            "is_internet": [False, True],
            "is_rollup": [True, False],
        }
    )
    write_ritter_ipos(frame, tmp_path / "r.xlsx")
    ipos = read(tmp_path / "r.xlsx", "ritter_ipos").ipos
    assert ipos.select(pl.col(name).cast(frame.schema[name]) for name in frame.columns).equals(frame)


def test_offers_of_any_table(write, read):
    text = b"Ticker,IPO Date,Offer Price,Range Low,Range High,Shares Offered,Proceeds,SIC,Rank\n"
    text += b'$AA,2-JAN-2020,$15.00,12,14,"1,000,000",,7372,9\nBB,20200103,abc,,,,20,,8.5\nCC,2020-01-03,-9,,,,,,-9\n'
    market = read(write("offers.csv", text), "ipo_offers", proceeds_unit=1e6)
    fields = ["symbol", "offer_date", "offer_price", "mid_price", "proceeds", "industry", "underwriter_rank"]
    assert market.ipos.select(fields).rows() == [
        ("AA", date(2020, 1, 2), 15.0, 13.0, 15e6, "7372", 9.0),
        ("BB", date(2020, 1, 3), None, None, 20e6, None, 8.5),
        ("CC", date(2020, 1, 3), None, None, None, None, None),
    ]
    assert market.reasons == [(3, "impossible number"), (4, "impossible number")]
    assert market.details[1] == "Offer Price is -9; the cell is left empty; Rank is -9; the cell is left empty"


def test_columns_of_offers_may_be_named(write, read):
    path = write("o.csv", b"sym,when,spac\nAA,2020-01-02,yes\nBB,2020-01-02,no\n")
    market = read(path, "ipo_offers", columns={"symbol": "sym", "offer_date": "when", "is_spac": "SPAC"})
    assert market.ipos.select("symbol", "is_spac").rows() == [("AA", True), ("BB", False)]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(st.floats(0.01, 1e4), st.one_of(st.none(), st.floats(1, 1e12)), st.one_of(st.none(), st.booleans())),
        min_size=1,
        max_size=6,
    )
)
def test_offers_written_are_offers_read(tmp_path, rows):
    price, proceeds, unit = zip(*rows, strict=True)
    days = [date(2020, 1, 2) + timedelta(days=i) for i in range(len(rows))]
    frame = pl.DataFrame(
        {
            "symbol": "AA",
            "offer_date": days,
            "offer_price": price,
            "proceeds": proceeds,
            "is_unit": unit,
            "company": 'A, "B"\nC',
        },
        schema_overrides={"proceeds": pl.Float64, "is_unit": pl.Boolean},
    )
    write_ipo_offers(frame, tmp_path / "o.csv")
    assert Market(tmp_path / "o.csv", "ipo_offers").ipos.select(frame.columns).equals(frame)


def test_codes_of_closed_end_funds_are_no_receipts(write, read):
    text = "offer date,IPO name,Ticker,ADR (2=ADR)\n" + "".join(
        f"20200102,N{c},S{c},{c}\n" for c in (1, 2, 3, 7, 8, ".")
    )
    market = read(write("r.csv", text.encode()), "ritter_ipos")
    assert market.ipos.select("is_adr", "is_reit").rows() == [
        (False, None),
        (True, None),
        (False, True),
        (False, True),
        (False, None),
        (None, None),
    ]
    narrow = read(write("r.csv", text.encode()), "ritter_ipos", fund_codes="7-7")
    assert narrow.ipos["is_reit"].to_list() == [None, None, None, True, None, None]
    with pytest.raises(ConfigError, match="write the first and the last"):
        read(write("r.csv", text.encode()), "ritter_ipos", fund_codes="3,7")


@pytest.mark.parametrize(
    ("kind", "header"), [("ritter_ipos", "offer date,IPO name,Ticker"), ("ipo_offers", "offer_date,company,symbol")]
)
def test_blank_cheque_companies_and_units_by_names_and_tickers_where_the_options_say_so(write, read, kind, header):
    rows = ("Gores ACQUISITION Corp,GSHTU", "Acme,ACMU", "Acme,ABCDU", ",AA")
    path = write("o.csv", (header + "\n" + "".join(f"20200102,{row}\n" for row in rows)).encode())
    plain = read(path, kind).ipos
    assert plain.select("is_spac", "is_unit").rows() == [(None, None)] * 4
    told = read(path, kind, spac_names="acquisition|blank check", unit_tickers=True).ipos
    assert told["is_spac"].to_list() == [True, False, False, None]
    assert told["is_unit"].to_list() == [True, False, True, False]
    with pytest.raises(ConfigError, match="no regular expression"):
        read(path, kind, spac_names="(")


def test_what_the_file_marks_stands(write, read):
    text = b"offer_date,company,symbol,is_spac\n20200102,X Acquisition,AA,0\n20200102,Y Acquisition,BB,\n"
    told = read(write("o.csv", text), "ipo_offers", spac_names="acquisition").ipos
    assert told["is_spac"].to_list() == [False, True]

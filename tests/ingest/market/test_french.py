from datetime import date, timedelta

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emtract.errors import ConfigError, SourceError
from emtract.ingest.market.french import read_french_sic
from emtract.synthetic.publishers import write_french_factors, write_french_industries

from ..conftest import pack_zip
from .conftest import Market, write_french_sic

THREE = b"""This file was created by CMPT_ME_BEME_RETS_DAILY using the 202312 CRSP database.\r
The Tbill return is the simple daily rate that, over the number of trading days,\r
in the month, compounds to the 1-month rate.\r
\r
,Mkt-RF,SMB,HML,RF\r
20231228,    0.10,   -0.25,   -0.27,   0.009\r
20231229,   -0.43,   -99.99,   -0.37,   0.021\r
20240102,   -999,   -0.5,   -0.37,   0.021\r
\r
Copyright 2024 Eugene F. Fama, and Kenneth R. French\r
"""


def industries(count=48, days=2):
    frame = {"session": [date(2020, 1, 2) + timedelta(days=i) for i in range(days)]}
    return pl.DataFrame(frame | {f"I{number}": [0.001 * number] * days for number in range(count)})


def test_three_factors_as_published(write, read):
    market = read(write("F-F_Research_Data_Factors_daily.csv", THREE), "french_factors")
    assert market.series.select("line", "name", "session", "value").rows() == [
        (6, "mkt_rf", date(2023, 12, 28), pytest.approx(0.001)),
        (6, "smb", date(2023, 12, 28), pytest.approx(-0.0025)),
        (6, "hml", date(2023, 12, 28), pytest.approx(-0.0027)),
        (6, "rf", date(2023, 12, 28), pytest.approx(0.00009)),
        (7, "mkt_rf", date(2023, 12, 29), pytest.approx(-0.0043)),
        (7, "hml", date(2023, 12, 29), pytest.approx(-0.0037)),
        (7, "rf", date(2023, 12, 29), pytest.approx(0.00021)),
        (8, "smb", date(2024, 1, 2), pytest.approx(-0.005)),
        (8, "hml", date(2024, 1, 2), pytest.approx(-0.0037)),
        (8, "rf", date(2024, 1, 2), pytest.approx(0.00021)),
    ]
    assert (market.rows_read, market.reasons) == (3, [])


def test_momentum_from_the_zip_that_is_shipped(write, read):
    text = b"Remark\n\nMissing data are indicated by -99.99 or -999.\n\n,Mom   \n20200102,   1.50\n\nCopyright\n"
    market = read(
        write("F-F_Momentum_Factor_daily_CSV.zip", pack_zip({"F-F_Momentum_Factor_daily.csv": text})), "french_factors"
    )
    assert market.series.select("name", "value").rows() == [("mom", 0.015)]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    returns=st.lists(
        st.tuples(*[st.one_of(st.none(), st.integers(-900_000, 900_000).map(lambda n: n / 1e6))] * 3),
        min_size=1,
        max_size=8,
    ),
    suffix=st.sampled_from([".csv", ".zip"]),
)
def test_what_is_written_is_read_back(tmp_path, returns, suffix):
    days = [date(2020, 1, 2) + timedelta(days=i) for i in range(len(returns))]
    columns = dict(zip(("mkt_rf", "mom", "rf"), zip(*returns, strict=True), strict=True))
    frame = pl.DataFrame({"session": days, **columns}, schema_overrides=dict.fromkeys(columns, pl.Float64))
    write_french_factors(frame, tmp_path / f"ff{suffix}")
    series = Market(tmp_path / f"ff{suffix}", "french_factors").series
    told = frame.unpivot(index="session", variable_name="name").drop_nulls("value").sort("session", "name")
    read_back = series.sort("session", "name")
    assert read_back.select("session", "name").equals(told.select("session", "name"))
    assert read_back["value"].to_list() == pytest.approx(told["value"].to_list(), abs=1e-12)


def test_industries_are_value_weighted(tmp_path, read):
    write_french_industries(industries(), tmp_path / "48_Industry_Portfolios_Daily.zip")
    market = read(tmp_path / "48_Industry_Portfolios_Daily.zip", "french_industries")
    assert market.series.height == market.rows_read * 48 == 96
    assert market.series["name"].to_list()[:2] == ["ff48:I0", "ff48:I1"]
    assert market.series["value"].max() == pytest.approx(0.047)


def test_other_sets_have_their_number_and_other_tables_are_refused(tmp_path, read):
    for count in (12, 11):
        write_french_industries(industries(count), tmp_path / f"{count}.csv")
    assert read(tmp_path / "12.csv", "french_industries").series["name"][0] == "ff12:I0"
    with pytest.raises(SourceError, match="11 columns, which is no set"):
        read(tmp_path / "11.csv", "french_industries")


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (b"20240103, 1, 2, 3", "wrong number of cells"),
        (b"20240103, 1, x, 3, 4", "impossible number"),
        (b"20241303, 1, 2, 3, 4", "unreadable date"),
        (b"2024x103, 1, 2, 3, 4", "unreadable date"),
        (b"20231229, 1, 2, 3, 4", "repeated row"),
        (b"20240103, inf, 2, 3, 4", "impossible number"),
    ],
)
def test_a_bad_row_is_named(write, read, row, reason):
    text = THREE.replace(b"\r\n\r\nCopyright", b"\r\n" + row + b"\r\n\r\nCopyright")
    market = read(write("f.csv", text), "french_factors")
    assert market.reasons == [(9, reason)]
    assert market.rows_read == 4


def test_months_and_other_files_are_refused(write, read):
    with pytest.raises(SourceError, match="months, not days"):
        read(write("m.csv", b"x\n\n,Mkt-RF,SMB,HML,RF\n202001, 1, 2, 3, 4\n"), "french_factors")
    with pytest.raises(SourceError, match="no table of Ken French's"):
        read(write("p.csv", b"Date,Open\n2020-01-02,1\n"), "french_factors")
    with pytest.raises(SourceError, match="no rows"):
        read(write("e.csv", b"x\n\n,Mkt-RF,SMB,HML,RF\n\nCopyright\n"), "french_factors")
    with pytest.raises(ConfigError, match="leave it out"):
        read(write("f.csv", THREE), "french_factors", columns={"rf": "RF"})


def test_sic_codes_of_industries(tmp_path):
    ranges = {"Agric": [(100, 199), (910, 919)], "Food": [(2000, 2009)], "Other": [(4950, 4959)]}
    for name in ("Siccodes3.txt", "Siccodes3.zip"):
        write_french_sic(ranges, tmp_path / name)
        industries = read_french_sic(tmp_path / name)
        assert industries.names == ("Agric", "Food", "Other")
        assert industries.scheme == "ff3"
        assert [industries.industry(sic) for sic in (99, 100, 199, 915, 2005, 4959, 9999)] == [
            None, "Agric", "Agric", "Agric", "Food", "Other", None,
        ]  # fmt: skip


def test_another_text_is_no_list_of_sic_codes(write):
    for text in (b"Date,Open\n", b"   0100-0199 crops\n", b"\n"):
        with pytest.raises(SourceError, match=r"SIC codes|defines no industry"):
            read_french_sic(write("s.txt", text))


def test_lines_that_a_spreadsheet_filled_up_with_commas(write, read):
    text = b"made by,,\n,,\n,Mom,\n19261103,0.56,\n19261104,-0.5,\n,,\nCopyright 2024,,\n"
    market = read(write("m.csv", text), "french_factors")
    assert market.series["name"].to_list() == ["mom", "mom"]
    assert market.reasons == []


@pytest.mark.parametrize("scale", [1, 0.01])
def test_fractions_are_refused_since_the_files_are_in_per_cent(write, read, scale):
    rows = "".join(f"202001{day:02d},{scale * 0.4:.4f},{scale * -0.3:.4f},0,0.001\n" for day in range(1, 29))
    path = write("f.csv", f"x\n\n,Mkt-RF,SMB,HML,RF\n{rows}".encode())
    if scale == 1:
        assert read(path, "french_factors").series.height == 4 * 28
    else:
        with pytest.raises(SourceError, match="multiply every column but the day by 100"):
            read(path, "french_factors")

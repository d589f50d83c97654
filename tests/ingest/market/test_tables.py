"""Files of every kind, damaged ones among them, through the smallest format there is: a symbol and its label."""

import gzip
import lzma
import subprocess
import sys
import zipfile
from datetime import date

import pandas as pd
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emtract.errors import ConfigError, SourceError
from emtract.ingest import streams
from emtract.ingest.market import read_market, tables

from ..conftest import SUFFIX, pack, pack_zip
from .conftest import Market

PLAIN = b"symbol,label\nAA,Tech\nBB,Energy\n"


@pytest.mark.parametrize("kind", sorted(SUFFIX))
def test_packed_or_plain(write, read, kind):
    market = read(write(f"c.csv{SUFFIX[kind]}", pack(PLAIN, kind)), "classification")
    assert market.classifications["symbol"].to_list() == ["AA", "BB"]


@pytest.mark.parametrize("delimiter", [b",", b"\t", b";", b"|"])
def test_delimiters_byte_order_mark_and_line_ends(write, read, delimiter):
    data = b"\xef\xbb\xbf" + PLAIN.replace(b",", delimiter).replace(b"\n", b"\r\n")
    assert read(write("c.txt", data), "classification").classifications.height == 2


def test_bytes_that_are_no_text_are_named(write, read):
    market = read(write("c.csv", PLAIN + b"CC,caf\xe9\nDD,a\0b\nEE,ok\n"), "classification")
    assert market.reasons == [(4, "not UTF-8"), (5, "NUL byte")]
    assert market.classifications["symbol"].to_list() == ["AA", "BB", "EE"]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
def test_other_unicode_is_read_where_its_mark_says_so(write, read, encoding):
    market = read(write("u.csv", PLAIN.decode().encode(encoding)), "classification")
    assert market.classifications["symbol"].to_list() == ["AA", "BB"]


def test_a_stream_that_is_cut_keeps_what_came_before(write, read):
    packed = lzma.compress(PLAIN + b"".join(b"S%d,x\n" % i for i in range(50_000)), preset=0)
    market = read(write("c.csv.xz", packed[: len(packed) // 2]), "classification")
    assert market.classifications.height > 2
    assert [reason for _, reason in market.reasons] == ["broken stream"]


def test_what_expands_without_bound_is_refused(tmp_path, write, read, monkeypatch):
    monkeypatch.setattr(streams, "MIN_EXPANDED", 1 << 16)
    monkeypatch.setattr(tables, "MIN_EXPANDED", 1 << 16)
    bomb = gzip.compress(PLAIN + bytes(1 << 23))
    market = read(write("c.csv.gz", bomb), "classification")
    assert [reason for _, reason in market.reasons] == ["expands without bound"]
    frame = pl.DataFrame({"symbol": ["A"], "label": ["B"]})
    frame.write_excel(tmp_path / "c.xlsx")
    with zipfile.ZipFile(tmp_path / "c.xlsx", "a", zipfile.ZIP_DEFLATED) as book:
        book.writestr("xl/media/bomb.xml", bytes(1 << 23))
    with pytest.raises(SourceError, match="unpacks to more than"):
        read(tmp_path / "c.xlsx", "classification")


def test_a_zip_of_one_table(write, read):
    market = read(write("c.zip", pack_zip({"c.csv": PLAIN})), "classification")
    assert market.classifications["line"].to_list() == [2, 3]


def test_a_sas_transport_file(tmp_path, read):
    import pyreadstat

    frame = pd.DataFrame({"SYMBOL": ["AA", ""], "LABEL": ["Tech", "x"], "FIRST": [date(2020, 1, 2)] * 2})
    pyreadstat.write_xport(frame, str(tmp_path / "c.xpt"), file_format_version=8)
    market = read(tmp_path / "c.xpt", "classification")
    assert market.classifications.rows() == [(1, "AA", "industry", "Tech", date(2020, 1, 2), None)]
    assert market.reasons == [(2, "missing field")]
    with pytest.raises(SourceError, match="columns found: SYMBOL"):
        read(tmp_path / "c.xpt", "finra_short_interest")
    (tmp_path / "x.sas7bdat").write_bytes(b"no sas")
    with pytest.raises(SourceError, match="no SAS file"):
        read(tmp_path / "x.sas7bdat", "crsp_ciz")


def test_empty_files_and_other_formats(write, read):
    with pytest.raises(SourceError, match="empty"):
        read(write("c.csv", b""), "classification")
    with pytest.raises(SourceError, match="a header and no rows"):
        read(write("c.csv", b"symbol,label\n"), "classification")
    with pytest.raises(SourceError, match="not Parquet"):
        read(write("c.parquet", PLAIN), "classification")
    with pytest.raises(SourceError, match="cannot be opened"):
        read(write("c.csv", PLAIN).with_name("absent.csv"), "classification")
    with pytest.raises(ConfigError, match="no format of market data"):
        read_market(write("c.csv", PLAIN), format="bloomberg")


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200), st.sampled_from(["classification", "ipo_offers", "earnings"]))
def test_whatever_the_bytes_each_line_has_a_fate(tmp_path, data, kind):
    header = {"classification": b"symbol,label", "ipo_offers": b"symbol,offer_date", "earnings": b"symbol,rdq"}[kind]
    path = tmp_path / "c.csv"
    path.write_bytes(header + b"\nAA,2020-01-02\n" + data)
    market = Market(path, kind)
    kept = next(iter(market.tables.values()))
    assert set(kept["line"]) | set(market.rejected["line"]) >= {2}
    assert len(set(kept["line"]) | set(market.rejected["line"])) == market.rows_read


def test_asking_for_the_package_loads_nothing_heavy():
    script = (
        "import sys, emtract.ingest.market; "
        "print(sorted({'polars', 'pandas', 'pyarrow', 'fastexcel', 'pyreadstat', 'yfinance'} & set(sys.modules)))"
    )
    assert (
        subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.strip()
        == "[]"
    )

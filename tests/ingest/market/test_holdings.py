import zipfile
from datetime import date, timedelta

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emtract.errors import ConfigError, MarketDataError, SourceError
from emtract.synthetic.publishers import write_sec_13f

from ..conftest import pack_zip
from .conftest import Market

QUARTER = date(2019, 12, 31)
PUBLIC = date(2020, 2, 14)
APPLE, MICROSOFT = "037833100", "594918104"


def filing(accession, filed, manager=1, kind="13F-HR", period=QUARTER, amendment=None):
    return {
        "accession": accession,
        "filed": filed,
        "type": kind,
        "manager": manager,
        "period": period,
        "amendment": amendment,
    }


def amended(accession, filed, amendment, **more):
    return filing(accession, filed, kind="13F-HR/A", amendment=amendment, **more)


def holding(accession, shares, cusip=APPLE, value=None, **more):
    return {
        "accession": accession,
        "cusip": cusip,
        "shares": shares,
        "value": shares * 1000 if value is None else value,
        **more,
    }


def write_all(
    folder, filings, holdings, name="2020q1_form13f.zip", cusips="cusip,symbol\n037833100,AAPL\n59491810,MSFT\n"
):
    schema = {"amendment": pl.String}
    held = pl.DataFrame(holdings, infer_schema_length=None)
    write_sec_13f(pl.DataFrame(filings, schema_overrides=schema, infer_schema_length=None), held, folder / name)
    (folder / "cusips.csv").write_text(cusips)
    return folder / name


def shares(market, symbol="AAPL"):
    rows = market.characteristics.filter((pl.col("name") == "institutional_shares") & (pl.col("symbol") == symbol))
    return rows.sort("period", "available").select("available", "value").rows()


def test_shares_are_summed_over_managers_and_public_after_45_days(tmp_path, read):
    path = write_all(
        tmp_path,
        [filing("a", date(2020, 1, 10)), filing("b", PUBLIC, 2)],
        [holding("a", 100), holding("a", 5), holding("b", 20), holding("b", 7, MICROSOFT)],
    )
    market = read(path, "sec_13f", cusips="cusips.csv")
    assert shares(market) == [(PUBLIC, 125.0)]
    assert shares(market, "MSFT") == [(PUBLIC, 7.0)]
    assert market.reasons == []
    assert market.rows_read == 2 + 2 + 4


def test_options_and_principal_amounts_are_left_out_and_counted(tmp_path, read):
    rows = [
        holding("a", 1),
        holding("a", 50, unit="PRN"),
        holding("a", 60, option="Put"),
        holding("a", 70, option="Call"),
    ]
    market = read(write_all(tmp_path, [filing("a", PUBLIC)], rows), "sec_13f", cusips="cusips.csv")
    assert shares(market) == [(PUBLIC, 1.0)]
    assert market.reasons == [(0, "left out")]
    assert "in principal amounts: 1, in options: 2" in market.details[0]


def test_a_restatement_replaces_new_holdings_add_and_a_late_filing_changes_the_sum_on_its_day(tmp_path, read):
    path = write_all(
        tmp_path,
        [
            filing("a", date(2020, 2, 1)),
            amended("b", date(2020, 2, 10), "NEW HOLDINGS"),
            amended("c", date(2020, 3, 2), "RESTATEMENT"),
            amended("d", date(2020, 3, 5), "NEW HOLDINGS"),
            filing("e", date(2020, 3, 9), manager=2),
        ],
        [holding("a", 100), holding("b", 10), holding("c", 70), holding("d", 3), holding("e", 1000)],
    )
    market = read(path, "sec_13f", cusips="cusips.csv")
    assert shares(market) == [
        (PUBLIC, 110.0),
        (date(2020, 3, 2), 70.0),
        (date(2020, 3, 5), 73.0),
        (date(2020, 3, 9), 1073.0),
    ]
    strict = read(path, "sec_13f", cusips="cusips.csv", late_filings=False)
    assert shares(strict) == [(PUBLIC, 110.0)]
    assert [reason for _, reason in strict.reasons].count("left out") == 3
    later = read(path, "sec_13f", cusips="cusips.csv", publication_lag_days=65)
    assert shares(later) == [(date(2020, 3, 5), 73.0), (date(2020, 3, 9), 1073.0)]


def test_a_restatement_before_the_deadline_leaves_no_trace_of_what_it_replaced(tmp_path, read):
    filings = [filing("a", date(2020, 2, 1)), amended("b", date(2020, 2, 10), "RESTATEMENT")]
    path = write_all(tmp_path, filings, [holding("a", 100), holding("b", 60)])
    assert shares(read(path, "sec_13f", cusips="cusips.csv")) == [(PUBLIC, 60.0)]


def test_values_are_thousands_before_2023(tmp_path, read):
    for filed, period, written in ((PUBLIC, QUARTER, "5"), (date(2023, 2, 14), date(2022, 12, 31), "5000")):
        path = write_all(tmp_path, [filing("a", filed, period=period)], [holding("a", 1, value=5000)])
        assert zip_member(path, "INFOTABLE.tsv").decode().splitlines()[1].split("\t")[4] == written
        values = read(path, "sec_13f", cusips="cusips.csv").characteristics.filter(name="institutional_value")
        assert values["value"].to_list() == [5000.0]


def zip_member(path, name):
    return zipfile.ZipFile(path).read(name)


def test_an_older_quarter_is_partial_until_its_data_set_is_read_too(tmp_path, read):
    older = [
        filing("o1", date(2019, 11, 12), period=date(2019, 9, 30)),
        filing("o2", date(2019, 11, 14), 2, period=date(2019, 9, 30)),
    ]
    newer = [filing("n", PUBLIC), amended("r", date(2020, 1, 20), "RESTATEMENT", period=date(2019, 9, 30))]
    folder = tmp_path / "sets"
    folder.mkdir()
    write_all(folder, older, [holding("o1", 10), holding("o2", 5)], name="2019q4.zip")
    path = write_all(folder, newer, [holding("n", 11), holding("r", 8)])
    alone = read(path, "sec_13f", cusips="cusips.csv")
    assert shares(alone) == [(PUBLIC, 11.0)]
    assert [reason for _, reason in alone.reasons] == ["partial period"]
    together = read(folder, "sec_13f", cusips="cusips.csv")
    assert shares(together) == [(date(2019, 11, 14), 15.0), (date(2020, 1, 20), 13.0), (PUBLIC, 11.0)]
    assert together.reasons == []


def test_cusips_without_a_symbol_are_counted(tmp_path, read):
    rows = [holding("a", 1), holding("a", 4, "999999999"), holding("a", 5, "999999999"), holding("a", 6, "888888888")]
    market = read(write_all(tmp_path, [filing("a", PUBLIC)], rows), "sec_13f", cusips="cusips.csv")
    assert [reason for _, reason in market.reasons] == ["no symbol", "no symbol"]
    assert market.details == ["99999999: 9 shares in 2 rows", "88888888: 6 shares in 1 rows"]


def test_a_symbol_of_a_cusip_may_change_on_a_day(tmp_path, read):
    spans = "cusip,symbol,first,last\n037833100,OLD,,2019-12-30\n037833100,NEW,2019-12-31,\n"
    path = write_all(tmp_path, [filing("a", PUBLIC)], [holding("a", 1)], cusips=spans)
    assert shares(read(path, "sec_13f", cusips="cusips.csv"), "NEW") == [(PUBLIC, 1.0)]
    (tmp_path / "cusips.csv").write_text("cusip,symbol\n037833100,A\n037833100,B\n")
    with pytest.raises(MarketDataError, match="03783310 several symbols on 2019-12-31"):
        read(path, "sec_13f", cusips="cusips.csv")
    (tmp_path / "cusips.csv").write_text("cusip,symbol\n037833100,\n")
    with pytest.raises(MarketDataError, match="line 2: missing field"):
        read(path, "sec_13f", cusips="cusips.csv")


def test_bad_filings_and_rows_are_named(tmp_path, read):
    filings = [
        filing("a", PUBLIC),
        amended("b", PUBLIC, None),
        filing("c", date(2019, 12, 1), manager=3),
        filing("n", PUBLIC, manager=4, kind="13F-NT"),
    ]
    path = write_all(tmp_path, filings, [holding("a", 1), holding("b", 2), holding("stray", 3), holding("a", -5)])
    market = read(path, "sec_13f", cusips="cusips.csv")
    assert shares(market) == [(PUBLIC, 1.0)]
    assert sorted(reason for _, reason in market.reasons) == [
        "impossible number",
        "missing field",
        "missing field",
        "unknown word",
        "unreadable date",
    ]


def test_what_is_broken_or_absent_is_an_error_since_a_sum_would_hide_it(tmp_path, write, read):
    path = write_all(tmp_path, [filing("a", PUBLIC)], [holding("a", 1)])
    with pytest.raises(ConfigError, match="cusips"):
        read(path, "sec_13f")
    with pytest.raises(SourceError, match=r"no SUBMISSION\.tsv"):
        read(write("other.zip", pack_zip({"README.txt": b"x\n"})), "sec_13f", cusips="cusips.csv")
    tables = {f"{name}.tsv": zip_member(path, f"{name}.tsv") for name in ("SUBMISSION", "COVERPAGE", "INFOTABLE")}
    with pytest.raises(SourceError, match="INFOTABLE"):
        read(
            write("lacks.zip", pack_zip(tables | {"INFOTABLE.tsv": b"CUSIP\tVALUE\n1\t2\n"})),
            "sec_13f",
            cusips="cusips.csv",
        )
    whole = bytearray(path.read_bytes())
    place = whole.index(b"INFOTABLE.tsv") + len("INFOTABLE.tsv")
    whole[place : place + 20] = bytes(20)
    with pytest.raises(SourceError, match="INFOTABLE"):
        read(write("broken.zip", bytes(whole)), "sec_13f", cusips="cusips.csv")


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(
            st.integers(1, 3),
            st.integers(1, 100),
            st.sampled_from([None, "RESTATEMENT", "NEW HOLDINGS"]),
            st.integers(0, 10**12),
        ),
        min_size=1,
        max_size=8,
    )
)
def test_the_sum_of_each_day_is_what_a_reader_of_the_filings_would_have_added_up(tmp_path, drawn):
    filings = [filing("first", QUARTER + timedelta(days=1), manager=9)]
    for number, (manager, day, amendment, _) in enumerate(drawn):
        kind = "13F-HR" if amendment is None else "13F-HR/A"
        filings.append(filing(f"f{number}", QUARTER + timedelta(days=day), manager, kind, amendment=amendment))
    holdings = [holding("first", 1), *(holding(f"f{number}", row[3]) for number, row in enumerate(drawn))]
    vintages = dict(shares(Market(write_all(tmp_path, filings, holdings), "sec_13f", cusips="cusips.csv")))
    for day in range(45, 101):
        at = QUARTER + timedelta(days=day)
        told = max((when for when in vintages if when <= at), default=None)
        assert (vintages[told] if told else 0) == by_hand(filings, holdings, at)


def by_hand(filings, holdings, at):
    size = {row["accession"]: row["shares"] for row in holdings}
    owned = {}
    for row in sorted(filings, key=lambda row: (row["filed"], row["accession"])):
        if row["filed"] <= at:
            kept = owned.get(row["manager"], 0) if row["amendment"] == "NEW HOLDINGS" else 0
            owned[row["manager"]] = kept + size[row["accession"]]
    return sum(owned.values())

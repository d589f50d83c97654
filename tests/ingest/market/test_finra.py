from datetime import date, timedelta

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emtract.errors import ConfigError
from emtract.synthetic.publishers import write_finra_short_interest

from .conftest import Market

HEADER = (
    "accountingYearMonthNumber|symbolCode|issueName|issuerServicesGroupExchangeCode|marketClassCode|currentShortPositionQuantity|"
    "previousShortPositionQuantity|stockSplitFlag|averageDailyVolumeQuantity|daysToCoverQuantity|revisionFlag|changePercent|"
    "changePreviousNumber|settlementDate\n"
)


def row(symbol="AAL", shares="1500000", days="3.0", settlement="2024-06-14"):
    return f'20240614|{symbol}|"AMERICAN" AIRLINES|A|NNM|{shares}|1200000||500000|{days}||25.0|300000|{settlement}\n'


def test_a_file_as_published_whatever_its_names_quote(write, read):
    market = read(
        write("shrt20240614.csv", (HEADER + row() + row("BRK.B", "7", "999.99")).encode()), "finra_short_interest"
    )
    assert market.characteristics.select("line", "symbol", "name", "period", "available", "value").rows() == [
        (2, "AAL", "shares_short", date(2024, 6, 14), date(2024, 6, 28), 1_500_000.0),
        (2, "AAL", "days_to_cover", date(2024, 6, 14), date(2024, 6, 28), 3.0),
        (3, "BRK-B", "shares_short", date(2024, 6, 14), date(2024, 6, 28), 7.0),
    ]
    assert (market.rows_read, market.reasons) == (2, [])


def test_the_lag_counts_days_of_the_week(write, read):
    path = write("s.csv", (HEADER + row(settlement="20240614")).encode())
    for lag, day in ((0, date(2024, 6, 14)), (1, date(2024, 6, 17)), (7, date(2024, 6, 25))):
        market = read(path, "finra_short_interest", publication_lag_business_days=lag)
        assert market.characteristics["available"].unique().to_list() == [day]
    with pytest.raises(ConfigError, match="publication_lag_business_days"):
        read(path, "finra_short_interest", publication_lag_business_days=-1)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (row(symbol=""), "missing field"),
        (row(shares=""), "missing field"),
        (row(shares="many"), "impossible number"),
        (row(shares="-5"), "impossible number"),
        (row("X", days="soon"), "impossible number"),
        (row(settlement="mid June"), "unreadable date"),
        ("Trailer|3\n", "wrong number of cells"),
        (row("aal"), "repeated row"),
        (row().replace("AMERICAN", "A\0B"), "NUL byte"),
    ],
)
def test_a_bad_row_is_named(write, read, line, reason):
    market = read(write("s.csv", (HEADER + row() + line).encode()), "finra_short_interest")
    assert market.reasons == [(3, reason)]
    assert market.rows_read == 2


def test_the_service_in_between_writes_commas(write, read):
    text = "symbolCode,settlementDate,currentShortPositionQuantity,daysToCoverQuantity\nAAL,2024-06-14,5,1\n"
    assert read(write("s.csv", text.encode()), "finra_short_interest").characteristics.height == 2


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(0, 10**10), st.one_of(st.none(), st.floats(0, 900))), min_size=1, max_size=8))
def test_what_is_written_is_read_back(tmp_path, rows):
    shares, days = zip(*rows, strict=True)
    frame = pl.DataFrame(
        {
            "symbol": [f"S{i}" for i in range(len(rows))],
            "settlement": date(2024, 6, 14) + timedelta(days=17),
            "shares_short": shares,
            "days_to_cover": days,
        },
        schema_overrides={"days_to_cover": pl.Float64},
    )
    write_finra_short_interest(frame, tmp_path / "s.csv")
    told = Market(tmp_path / "s.csv", "finra_short_interest").characteristics
    for name in ("shares_short", "days_to_cover"):
        want = frame.select("symbol", pl.col(name).cast(pl.Float64).alias("value")).drop_nulls()
        assert told.filter(pl.col("name") == name).select("symbol", "value").equals(want)


def test_a_revision_with_a_day_of_its_own_is_known_from_that_day(write, read):
    text = "symbol,Settlement Date,Current Shares Short,available\n" + "".join(
        f"AA,2024-06-14,{shares},{day}\n" for shares, day in ((5, "2024-06-28"), (6, "2024-07-09"), (7, "2024-07-09"))
    )
    market = read(write("s.csv", text.encode()), "finra_short_interest")
    assert market.characteristics.select("available", "value").rows() == [
        (date(2024, 6, 28), 5.0),
        (date(2024, 7, 9), 6.0),
    ]
    assert market.reasons == [(4, "repeated row")]

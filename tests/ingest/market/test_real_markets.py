"""Files of publishers as they are: each is read by a configuration written here, or refused with the remedy that reads it."""

from datetime import date

import polars as pl
import pytest

from emtract.errors import SourceError
from emtract.ingest.market import read_market
from emtract.ingest.market.prices import read_prices
from emtract.sources import PriceColumns

pytestmark = pytest.mark.real_data


@pytest.fixture
def folder(data):
    return data / "market"


def read(path, kind, columns=None, **options):
    batch = read_market(path, format=kind, columns=columns or {}, options=options)
    tables = {name: pl.DataFrame(pl.from_arrow(table)) for name, table in batch.tables.items()}
    return batch.rows_read, tables, pl.DataFrame(pl.from_arrow(batch.rejected))


@pytest.mark.parametrize(
    ("name", "rows", "first", "last", "series", "value"),
    [
        ("2019_F-F_Momentum_Factor_daily", 24_478, date(1926, 11, 3), date(2019, 9, 30), "mom", 0.0026),
        ("2024_F-F_Momentum_Factor_daily", 25_800, date(1926, 11, 3), date(2024, 12, 31), "mom", -0.0107),
        ("2019_F-F_Research_Data_Factors_daily", 24_559, date(1926, 7, 1), date(2019, 8, 30), "mkt_rf", 0.0003),
        ("2024_F-F_Research_Data_Factors_daily", 25_901, date(1926, 7, 1), date(2024, 12, 31), "mkt_rf", -0.0046),
        ("2024_F-F_Research_Data_5_Factors_2x3_daily", 15_481, date(1963, 7, 1), date(2024, 12, 31), "rmw", 0.0033),
    ],
)
def test_factors_of_both_vintages(folder, name, rows, first, last, series, value):
    read_rows, tables, rejected = read(folder / "french" / f"{name}.CSV", "french_factors")
    mine = tables["series"].filter(pl.col("name") == series)
    assert (read_rows, mine.height, rejected.height) == (rows, rows, 0)
    assert (mine["session"].min(), mine["session"].max()) == (first, last)
    assert mine["value"].tail(1).item() == pytest.approx(value)


@pytest.mark.parametrize(("years", "kept", "nameless"), [("1975-2022", 13_547, 394), ("1975-2025", 15_621, 409)])
def test_founding_years_of_both_vintages(folder, years, kept, nameless):
    rows, tables, rejected = read(folder / "ipo" / f"IPO-age_{years}.xlsx", "ritter_ipos")
    ipos = tables["ipos"]
    assert (ipos.height, ipos["offer_date"].min()) == (kept, date(1975, 6, 9))
    assert ipos.row(0, named=True)["founded"] == 1908
    assert rejected.filter(pl.col("reason") == "missing field").height == nameless
    assert rows == ipos.height + rejected["line"].n_unique()


def test_offers_with_years_of_two_digits(folder):
    path = folder / "ipo" / "offers_first_day_2003-2017.csv"
    with pytest.raises(SourceError, match=r'two digits .* in `options`, such as date_format = "%m/%d/%y"'):
        read(path, "ipo_offers")
    rows, tables, rejected = read(path, "ipo_offers", date_format="%m/%d/%y")
    ipos = tables["ipos"]
    assert (rows, ipos.height) == (2_554, 2_531)
    assert rejected["reason"].value_counts().sort("reason").rows() == [
        *(("not UTF-8", 21), ("repeated row", 1), ("unreadable date", 1)),
    ]
    assert ipos.filter(pl.col("symbol") == "KNTA")["offer_price"].to_list() == [7.0]
    assert (ipos["offer_date"].min().year, ipos["offer_date"].max().year) == (2003, 2017)


def test_a_calendar_of_offers(folder):
    path = folder / "ipo" / "calendar_1998-2020.csv"
    columns = {"symbol": "proposed ticker", "offer_date": "date", "company": "company name"}
    columns |= {"offer_price": "proposed share price", "proceeds": "dollar value of offering"}
    with pytest.raises(SourceError, match=r"proposed ticker.*Name them in the mapping"):
        read(path, "ipo_offers")
    rows, tables, rejected = read(path, "ipo_offers", columns)
    first = tables["ipos"].row(0, named=True)
    assert (rows, tables["ipos"].height) == (5_557, 5_541)
    assert (first["symbol"], first["offer_date"], first["proceeds"]) == ("APN", date(1998, 1, 30), 52_924_521)
    assert rejected.filter(pl.col("reason") != "impossible number")["line"].n_unique() == rows - 5_541


@pytest.mark.parametrize(
    ("name", "columns", "rows", "first"),
    [
        ("dates", {"announced_on": "report_date"}, 60_856, ("A", date(2000, 2, 17), None)),
        ("dates_edgar", {"announced_on": "accept_et"}, 2_913, ("AAPL", date(2018, 2, 1), "after_close")),
        ("dates_edgar", {"announced_on": "report_date"}, 2_913, ("AAPL", date(2018, 2, 1), "after_close")),
        (
            "eps",
            {"announced_on": "dates", "eps": "eps_actual", "consensus": "eps_estimate"},
            69_885,
            ("AAL", date(1993, 1, 20), None),
        ),
    ],
)
def test_announcements_in_three_layouts(folder, name, columns, rows, first):
    path = folder / "earnings" / f"{name}.csv"
    with pytest.raises(SourceError, match="Name them in the mapping"):
        read(path, "earnings")
    read_rows, tables, rejected = read(path, "earnings", columns)
    assert (read_rows, tables["announcements"].height, rejected.height) == (rows, rows, 0)
    assert tables["announcements"].select("symbol", "announced_on", "timing").row(0) == first


def test_the_clock_of_a_filing_agrees_with_the_word_beside_it(folder):
    path = folder / "earnings" / "dates_edgar.csv"
    words = pl.read_csv(path)["timing"].replace_strict(
        {"amc": "after_close", "bmo": "before_open", "intraday": "market"}
    )
    text = pl.read_csv(path).drop("timing")
    clocks = text.with_columns(pl.col("accept_et").alias("announced_on"))
    assert words.len() == clocks.height
    _, tables, _ = read(path, "earnings", {"announced_on": "accept_et", "time": "accept_et"})
    assert (tables["announcements"]["timing"] == words).mean() > 0.99


def test_short_interest_by_the_day_on_which_it_was_seen(folder):
    path = folder / "short" / "short_interest_seen.parquet"
    columns = {
        "symbol": "symbol",
        "period": "short_interest_date",
        "shares_short": "shares_sold_short",
        "available": "seen",
    }
    with pytest.raises(SourceError, match="two digits"):
        read(path, "finra_short_interest", columns)
    rows, tables, rejected = read(path, "finra_short_interest", columns, date_format="%m/%d/%y")
    found = tables["characteristics"]
    assert rows == 133_865
    assert (found["available"] >= found["period"]).all()
    assert found.height + rejected["line"].n_unique() >= rows


def test_the_list_of_tickers_is_a_table_in_json(folder):
    columns = {"symbol": "ticker", "label": "cik_str"}
    rows, tables, rejected = read(
        folder / "sec" / "company_tickers_20211101.json", "classification", columns, scheme="cik"
    )
    found = tables["classifications"]
    assert (rows, found.height, rejected.height) == (12_449, 12_449, 0)
    assert found.select("line", "symbol", "label").row(0) == (1, "AAPL", "320193")


def test_closed_end_funds_stand_in_the_column_of_receipts(folder):
    _, tables, _ = read(folder / "ipo" / "IPO-age_1975-2025.xlsx", "ritter_ipos", spac_names="acqui|blank check")
    ipos = tables["ipos"]
    assert ipos["is_adr"].sum() > 400 and ipos["is_reit"].sum() > 900
    assert not (ipos["is_adr"] & ipos["is_reit"]).any()
    spacs = ipos.filter(pl.col("is_spac"))["offer_date"].dt.year()
    assert spacs.is_in([2020, 2021]).mean() > 0.4


def test_a_data_set_that_lacks_a_part_is_refused_with_the_remedy(folder, tmp_path):
    (tmp_path / "cusips.csv").write_text("cusip,symbol\n69608A108,PLTR\n")
    with pytest.raises(SourceError, match=r"no SUBMISSION\.tsv"):
        read(folder / "sec" / "form13f_sample", "sec_13f", cusips=str(tmp_path / "cusips.csv"))


def test_prices_of_two_vendors(folder):
    batches = {path.stem: read_prices(path) for path in sorted((folder / "prices").glob("*.csv"))}
    assert (len(batches), sum(batch.prices.num_rows for batch in batches.values())) == (30, 63_831)
    assert not any(batch.rejected.num_rows for batch in batches.values())
    path = folder / "spy_alpha_vantage.csv"
    with pytest.raises(SourceError, match=r"timestamp, open, high.*Name them in the mapping"):
        read_prices(path)
    columns = PriceColumns(session="timestamp", adj_close="adjusted_close", splits="split")
    spy = read_prices(path, columns=columns, symbol="SPY")
    assert (spy.rows_read, spy.prices.num_rows) == (6_032, 6_032)
    first = spy.prices.slice(0, 1).to_pylist()[0]
    assert (first["session"], first["close"], first["volume"]) == (date(2023, 10, 20), 421.19, 123_919_874)

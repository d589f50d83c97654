"""The page on files of publishers says what happens: its configurations run on the real files, and its tables are theirs."""

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from emtract.panel.characteristics import FirmOptions, build_firm_sessions
from emtract.panel.sessions import sessions_of_prices
from emtract.schema import MARKET_TABLES
from tests.market_files import (
    PAGE,
    blocks,
    configurations,
    fates,
    file_table,
    filled,
    first_days,
    group_tables,
    prepare,
    revision_table,
    stored,
    yearly,
)

pytestmark = pytest.mark.real_data
TEXT = PAGE.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def folder(data, tmp_path_factory):
    return prepare(tmp_path_factory.mktemp("market"), data)


@pytest.fixture(scope="module")
def store(folder):
    with stored(folder, configurations(TEXT)[0], "market") as opened:
        yield opened


@pytest.fixture(scope="module")
def offers(folder):
    with stored(folder, configurations(TEXT)[2], "ipos") as opened:
        yield first_days(opened)


def test_the_tables_of_the_page_are_those_of_the_files(folder, store, offers, monkeypatch):
    """Made again, the page is what it is: the stores are those that the other tests look at."""
    from contextlib import nullcontext

    from tests import market_files

    monkeypatch.setattr(market_files, "stored", lambda _, __, name: nullcontext(store if name == "market" else None))
    monkeypatch.setattr(market_files, "first_days", lambda _: offers)
    assert filled(TEXT, blocks(folder, TEXT)) == TEXT, "make it again: python -m tests.market_files"
    assert file_table(store) in TEXT and revision_table(store) in TEXT


def test_every_row_is_stored_or_stands_in_the_quarantine_with_its_reason(store):
    lines = " UNION ALL ".join(
        f"SELECT source_id, line FROM {name}" for name in ("prices", "quarantine", *(t.name for t in MARKET_TABLES))
    )
    told = store.sql(
        f"SELECT path, rows_read, count(DISTINCT line) AS lines FROM ({lines}) JOIN sources USING (source_id) GROUP BY ALL"
    )
    assert told.height == store.count("sources")
    apart = told.filter((pl.col("rows_read") != pl.col("lines")) & ~pl.col("path").str.ends_with("form13f.zip"))
    assert apart.is_empty(), apart
    assert fates(store)["stored"].min() > 0
    assert store.sql("SELECT count(*) FROM quarantine WHERE line = 0").item() == 0


def test_eleven_lines_of_form_13f_are_summed(store):
    held = store.sql(
        "SELECT name, available::VARCHAR AS day, value FROM characteristics WHERE name LIKE 'institutional%' ORDER BY name"
    )
    assert held.rows() == [
        ("institutional_shares", "2025-08-14", 493.0 + 1752 + 39538 + 7000 + 5680),
        ("institutional_value", "2025-08-14", 67206.0 + 238833 + 5390 + 177310 + 774298),
    ]


def test_codes_find_their_industries(store):
    found = store.sql("SELECT symbol, label FROM classifications WHERE scheme = 'ff48' ORDER BY symbol").rows()
    assert found == [("AAL", "Trans"), ("AAPL", "Comps"), ("JPM", "Banks"), ("KO", "Beer"), ("MSFT", "BusSv")]


def as_of(raw, days, *, late=0):
    """Ratio of what was seen before each session, by a join of the raw rows."""
    seen = raw.with_columns((pl.col("seen").str.to_date() + timedelta(days=late)).alias("seen")).sort("seen")
    joined = days.sort("session").with_columns((pl.col("session") - timedelta(days=1)).alias("before"))
    found = joined.join_asof(seen, left_on="before", right_on="seen")
    return (found["shares_sold_short"] / found["shares_outstanding"]).to_list()


def test_short_interest_is_known_from_the_day_on_which_it_was_seen_and_not_one_day_earlier(store, data):
    with store.registered({"sessions": sessions_of_prices(store, "XNYS")}):
        build_firm_sessions(store, FirmOptions(), volatility_sessions=20)
        panel = store.sql(
            "SELECT symbol, session, short_ratio FROM firm_sessions WHERE session BETWEEN '2020-12-01' AND '2021-07-30'"
        )
    columns = ["symbol", "seen", "shares_sold_short", "shares_outstanding"]
    raw = pl.read_parquet(data / "market/short/short_interest_seen.parquet").select(columns).drop_nulls()
    compared = 0
    for symbol in ("AAL", "AMC", "KO", "PFE"):
        mine = panel.filter(pl.col("symbol") == symbol).sort("session")
        rows, found = raw.filter(pl.col("symbol") == symbol), mine["short_ratio"].to_list()
        expected, early, late = (as_of(rows, mine, late=days) for days in (0, -1, 1))
        assert [v is None for v in found] == [v is None for v in expected]
        assert [v for v in found if v is not None] == pytest.approx([v for v in expected if v is not None])
        assert found != pytest.approx(early) and found != pytest.approx(late)
        compared += sum(v is not None for v in found)
    assert compared > 400


def test_a_dated_series_and_bars_are_read_as_the_page_shows(folder):
    with stored(folder, configurations(TEXT)[1], "series") as store:
        rows = store.sql("SELECT name, session::VARCHAR, before_open, value FROM observations ORDER BY session").rows()
        (bar,) = store.sql("SELECT symbol, begins, ends, open, close FROM bars").rows()
    assert bar == (
        "SPY",
        datetime(2020, 3, 16, 13, 30, tzinfo=UTC),
        datetime(2020, 3, 16, 13, 35, tzinfo=UTC),
        241.18,
        243.5,
    )
    assert rows == [("vix", "2020-03-13", False, 57.83), ("vix", "2020-03-16", False, 82.69)]


def test_the_return_of_a_first_day_is_the_one_that_the_publisher_states(offers, data):
    """The file has its own percentage beside offer price and close, which nothing here reads."""
    stated = "1st Day % Px Chng"
    raw = pl.read_csv(
        data / "market/ipo/offers_first_day_2003-2017.csv", infer_schema=False, encoding="latin-1"
    ).select(
        pl.col("Symbol").str.strip_chars().alias("symbol"),
        pl.col("Date").str.strptime(pl.Date, "%m/%d/%y", strict=False).alias("day"),
        pl.col(stated).str.strip_chars(" %").str.replace_all(",", "").cast(pl.Float64, strict=False).alias("stated"),
    )
    near = (pl.col("day") - pl.col("offer_date")).dt.total_days().abs() <= 7
    both = offers.data.join(raw.drop_nulls(), on="symbol").filter(near)
    apart = (100 * both["first_return"] - both["stated"]).abs()
    assert both.height > 0.95 * offers.data.height
    assert (apart < 0.0051).mean() > 0.99
    assert (both["first_return"] - both["stated"].shift(1) / 100).abs().mean() > 0.05, "the comparison can fail"


def test_first_days_show_what_is_known_of_them(offers):
    """First days gain on average in each year; young offers at Nasdaq more than old ones and those of the NYSE."""
    assert (yearly(offers.data)["mean"] > 0).all()
    ages, exchanges = group_tables(offers.data)
    assert ages in TEXT and exchanges in TEXT
    mean = {name: offers.data.filter(pl.col("exchange").str.contains(f"(?i){word}"))["first_return"].mean() for name, word in
            (("nasdaq", "nasdaq"), ("nyse", "^(nyse|new york stock exchange)$"), ("amex", "american"))}  # fmt: skip
    assert mean["nasdaq"] > mean["nyse"] > mean["amex"]

import inspect
import logging
from datetime import date

import pandas as pd
import pytest

from emtract.errors import MarketDataError
from emtract.ingest.market import read_market
from emtract.ingest.market.prices import read_prices
from emtract.ingest.market.yahoo import (
    COLUMNS,
    EARNINGS_COLUMNS,
    YahooPrices,
    download_earnings,
    download_prices,
    write_earnings_csv,
    write_prices_csv,
)

START, END = date(2020, 1, 2), date(2020, 1, 6)


def frame(symbol, rows=((10.0, 12.0, 9.0, 11.0, 10.5, 1000.0), (None,) * 6, (11.0, 12.0, 9.0, 11.0, 10.5, 7.0))):
    rows = [(*row, None, split) for row, split in zip(rows, (0.0, None, 4.0), strict=False)]
    days = pd.DatetimeIndex(["2020-01-02", "2020-01-03", "2020-01-06"][: len(rows)], name="Date")
    columns = pd.MultiIndex.from_product([[symbol], COLUMNS], names=["Ticker", "Price"])
    return pd.DataFrame(rows, index=days, columns=columns, dtype=float)


class FakeYahoo:
    """Delivers every symbol but the delisted; logs as yfinance does."""

    def __init__(self, delisted=(), error=None, complaint=None):
        self.delisted, self.error, self.complaint, self.calls = delisted, error, complaint, []

    def __call__(self, tickers, **options):
        self.calls.append((tickers, options))
        (symbol,) = tickers
        if self.error:
            raise self.error
        logger = logging.getLogger("yfinance")
        if self.complaint:
            logger.error("\n1 Failed download:")
            logger.error(f"['{symbol}']: {self.complaint}")
            return frame(symbol, rows=())
        if symbol in self.delisted:
            logger.error(f"['{symbol}']: YFTzMissingError('possibly delisted; no timezone found')")
            return frame(symbol, rows=())
        return frame(symbol)


def test_every_option_of_yfinance_is_stated():
    import yfinance

    fake = FakeYahoo()
    download_prices(["AAPL"], START, END, timeout=3.0, session="s", download=fake, today=END)
    ((tickers, options),) = fake.calls
    assert tickers == ["AAPL"]
    assert {"tickers", *options} == set(inspect.signature(yfinance.download).parameters)
    assert (options["start"], options["end"]) == ("2020-01-02", "2020-01-07")
    assert (options["auto_adjust"], options["threads"], options["timeout"], options["session"]) == (
        False,
        False,
        3.0,
        "s",
    )


def test_prices_come_raw_and_adjusted_and_go_through_read_prices(tmp_path):
    prices = download_prices(["brk.b", "BRK-B"], START, END, download=FakeYahoo())
    (path,) = write_prices_csv(prices, tmp_path / "prices")
    assert path.name == "BRK-B.csv"
    assert sorted(p.name for p in tmp_path.rglob("*")) == ["BRK-B.csv", "prices"]
    batch = read_prices(path)
    assert batch.prices.select(["session", "close", "adj_close"]).to_pylist()[0] == {
        "session": START,
        "close": 11.0,
        "adj_close": 10.5,
    }
    assert [(row["line"], row["reason"]) for row in batch.rejected.to_pylist()] == [(3, "no prices")]


def test_splits_after_the_last_day_asked_for_lead_back_to_prices_as_traded(tmp_path):
    """Yahoo's prices of 2 January are adjusted for a split on the 6th, which the file itself does not hold."""
    fake = FakeYahoo()
    prices = download_prices(["AAPL"], START, START, download=fake, today=END)
    assert fake.calls[0][1]["end"] == "2020-01-07"
    (path,) = write_prices_csv(prices, tmp_path / "prices")
    (row,) = read_prices(path).prices.to_pylist()
    assert (row["session"], row["split"], row["as_traded"]) == (START, 1.0, 4.0)


def test_missing_symbols_are_listed_with_what_that_means():
    prices = download_prices(["AAPL", "ENRN"], START, END, download=FakeYahoo(delisted={"ENRN"}))
    assert prices.missing == ("ENRN",)
    assert "survivors only" in prices.note
    assert "survivors" not in download_prices(["AAPL"], START, END, download=FakeYahoo()).note


@pytest.mark.parametrize(
    "fake",
    [
        FakeYahoo(error=ConnectionError("refused")),
        FakeYahoo(complaint="DNSError('could not resolve host')"),
        FakeYahoo(complaint="YFPricesMissingError('possibly delisted; no price data found (Yahoo status_code = 500)')"),
    ],
    ids=["raised", "logged", "server error"],
)
def test_a_failed_request_is_one_error_with_a_remedy(fake):
    with pytest.raises(MarketDataError, match=r"did not deliver AAPL.*check the connection"):
        download_prices(["AAPL"], START, END, download=fake)


def test_rate_limit_is_one_error():
    from yfinance.exceptions import YFRateLimitError

    with pytest.raises(MarketDataError, match="Too Many Requests"):
        download_prices(["AAPL"], START, END, download=FakeYahoo(error=YFRateLimitError()))


def test_nothing_at_all_is_an_error():
    with pytest.raises(MarketDataError, match="no prices for ENRN"):
        download_prices(["ENRN"], START, END, download=FakeYahoo(delisted={"ENRN"}))
    with pytest.raises(MarketDataError, match="at least one"):
        download_prices([], START, END, download=FakeYahoo())
    with pytest.raises(MarketDataError, match="at least one"):
        download_prices(["AAPL"], END, START, download=FakeYahoo())


def test_a_failed_write_leaves_no_file(tmp_path):
    class Full:
        def to_csv(self, path, **options):
            raise OSError("disk full")

    prices = YahooPrices({"A": frame("A")["A"], "B": Full()}, (), START, END)
    with pytest.raises(OSError, match="disk full"):
        write_prices_csv(prices, tmp_path / "prices")
    assert list((tmp_path / "prices").iterdir()) == []


def test_the_real_client_without_a_network_is_one_quiet_error(tmp_path, monkeypatch, capfd):
    import yfinance

    yfinance.set_tz_cache_location(str(tmp_path))
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    before = logging.getLogger("yfinance").handlers[:]
    with pytest.raises(MarketDataError, match=r"did not deliver AAPL.*check the connection"):
        download_prices(["AAPL", "MSFT"], START, END, timeout=2.0)
    assert capfd.readouterr() == ("", "")
    assert logging.getLogger("yfinance").handlers == before


def dates(rows=((2.97, None, None), (1.73, 1.54, -10.88))):
    days = pd.DatetimeIndex(["2025-10-30 16:00", "2025-07-22 08:00"][: len(rows)], name="Earnings Date").tz_localize(
        "America/New_York"
    )
    return pd.DataFrame(rows, index=days, columns=EARNINGS_COLUMNS, dtype=float)


class FakeEarnings:
    """Delivers every symbol but the delisted; logs as yfinance does."""

    def __init__(self, delisted=(), error=None, complaint=None):
        self.delisted, self.error, self.complaint, self.calls = delisted, error, complaint, []

    def __call__(self, symbol, limit, offset, session):
        self.calls.append((symbol, limit, offset, session))
        if self.error:
            raise self.error
        if self.complaint:
            logging.getLogger("yfinance").error(self.complaint)
            return None
        if symbol in self.delisted:
            logging.getLogger("yfinance").error(f"{symbol}: No earnings dates found, symbol may be delisted")
            return None
        return dates()


def test_earnings_dates_go_through_read_market(tmp_path):
    fake = FakeEarnings(delisted={"ENRN"})
    earnings = download_earnings(["brk.b", "BRK-B", "ENRN"], limit=8, offset=1, session="s", fetch=fake)
    assert fake.calls == [("BRK-B", 8, 1, "s"), ("ENRN", 8, 1, "s")]
    assert earnings.missing == ("ENRN",)
    assert "survivors only" in earnings.note
    (path,) = write_earnings_csv(earnings, tmp_path / "earnings")
    assert sorted(p.name for p in tmp_path.rglob("*")) == ["BRK-B.csv", "earnings"]
    table = read_market(path, format="yahoo_earnings").tables["announcements"].to_pylist()
    assert [(row["symbol"], row["announced_on"], row["timing"], row["eps"], row["consensus"]) for row in table] == [
        ("BRK-B", date(2025, 10, 30), "after_close", None, 2.97),
        ("BRK-B", date(2025, 7, 22), "before_open", 1.54, 1.73),
    ]


@pytest.mark.parametrize(
    "fake",
    [
        FakeEarnings(error=OSError("no route to host")),
        FakeEarnings(error=ValueError("No tables found")),
        FakeEarnings(complaint="AAPL: status_code 429"),
    ],
)
def test_a_failure_is_one_clear_error(fake):
    with pytest.raises(MarketDataError, match=r"did not deliver AAPL.*nothing was written"):
        download_earnings(["AAPL"], fetch=fake)


def test_earnings_dates_of_nobody_are_an_error():
    with pytest.raises(MarketDataError, match="no earnings dates for ENRN"):
        download_earnings(["ENRN"], fetch=FakeEarnings(delisted={"ENRN"}))
    with pytest.raises(MarketDataError, match="at most 100"):
        download_earnings(["AAPL"], limit=101, fetch=FakeEarnings())


def test_every_option_of_earnings_dates_is_stated():
    import yfinance

    assert list(inspect.signature(yfinance.Ticker.get_earnings_dates).parameters) == ["self", "limit", "offset"]

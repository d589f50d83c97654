"""Daily prices and earnings dates from Yahoo through yfinance: every option stated, all files or none."""

from __future__ import annotations

import logging
import warnings
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final

from emtract.atomic import replaced_files
from emtract.errors import MarketDataError
from emtract.symbols import canonical_symbol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    import pandas as pd

    Download = Callable[..., pd.DataFrame | None]
    #: (symbol, limit, offset, session) -> what `yfinance.Ticker.get_earnings_dates` returns.
    FetchEarnings = Callable[[str, int, int, Any], pd.DataFrame | None]

COLUMNS: Final = ("Open", "High", "Low", "Close", "Adj Close", "Volume", "Dividends", "Stock Splits")
#: Product of the splits after a day, for which Yahoo's prices of that day are adjusted; written beside `COLUMNS`.
LATER: Final = "Later Splits"
EARNINGS_COLUMNS: Final = ("EPS Estimate", "Reported EPS", "Surprise(%)")
#: Rows of earnings dates that Yahoo gives at a time, at most.
MAX_EARNINGS: Final = 100
#: Said wherever symbols are missing.
SURVIVORSHIP: Final = (
    "Yahoo drops delisted names, so a sample built from it holds survivors only: "
    "report the missing symbols, or take their prices from a source that keeps them (CRSP)"
)
#: How yfinance words a symbol that it does not have; any other failure it logs is one of the network or the service.
_ABSENT: Final = (
    "possibly delisted",
    "YFTzMissingError",
    "YFPricesMissingError",
    "no price data found",
    "may be delisted",
)
_REMEDY: Final = (
    "check the connection, wait a few minutes if Yahoo limits the rate, or put price files in the folder yourself"
)


@dataclass(frozen=True)
class YahooPrices:
    """Prices as Yahoo delivered them.

    Attributes
    ----------
    frames
        Symbol -> frame indexed by `Date` (exchange-local days) with `COLUMNS` and `LATER`.
    missing
        Symbols for which Yahoo had nothing; see `SURVIVORSHIP`.
    start, end
        First and last day asked for, both included.
    """

    frames: Mapping[str, pd.DataFrame]
    missing: tuple[str, ...]
    start: date
    end: date

    @property
    def note(self) -> str:
        """One sentence for the log or the report: how many symbols came, which did not, and what that means."""
        came = f"{len(self.frames)} of {len(self.frames) + len(self.missing)} symbols, {self.start} to {self.end}"
        return f"{came}; missing: {', '.join(self.missing)}. {SURVIVORSHIP}" if self.missing else came


def download_prices(
    symbols: Sequence[str],
    start: date,
    end: date,
    *,
    session: Any = None,
    timeout: float = 10.0,
    download: Download | None = None,
    today: date | None = None,
) -> YahooPrices:
    """Download the daily prices of symbols.

    Use it to fill a folder of price files once; studies read the files, never the network.

    Parameters
    ----------
    symbols
        In any spelling; each is asked for once, as `canonical_symbol` spells it.
    start, end
        First and last day, both included.
    session
        Session that yfinance uses for its requests; None for its own.
    timeout
        Seconds to wait for each answer.
    download
        Stands in for `yfinance.download`.
    today
        Stands in for the day of the download.

    Raises
    ------
    MarketDataError
        A request failed, no symbol has any price, no symbol is named, or `end` is before `start`; nothing is returned
        then.

    Notes
    -----
    Yahoo's prices are adjusted for every split until today, so splits are asked for until today: `LATER` leads back to prices
    as traded, also where `end` is long ago.

    yfinance keeps time zones and cookies in `py-yfinance` under the user's cache folder;
    `yfinance.set_tz_cache_location` moves it. Days without prices stay as empty cells, for `read_prices` to reject.
    """
    names = tuple(dict.fromkeys(canonical_symbol(symbol) for symbol in symbols))
    if not names or end < start:
        raise MarketDataError(f"{len(names)} symbols from {start} to {end}: name at least one symbol and one day")
    options = _options(start, max(end, today or date.today()), session, timeout)  # noqa: DTZ011
    fetched = {name: _fetch(name, options, download or _yfinance_download()) for name in names}
    whole = {name: _with_later_splits(frame, end) for name, frame in fetched.items() if frame is not None}
    frames = {name: frame for name, frame in whole.items() if frame is not None}
    missing = tuple(name for name in names if name not in frames)
    if not frames:
        raise MarketDataError(f"Yahoo has no prices for {', '.join(missing)} from {start} to {end}: check the symbols")
    return YahooPrices(frames, missing, start, end)


@dataclass(frozen=True)
class YahooEarnings:
    """Earnings dates as Yahoo delivered them.

    Attributes
    ----------
    frames
        Symbol -> frame indexed by `Earnings Date` (the exchange's clock, to the hour) with `EARNINGS_COLUMNS`; dates to come
        have an estimate only.
    missing
        Symbols for which Yahoo had nothing; see `SURVIVORSHIP`.
    """

    frames: Mapping[str, pd.DataFrame]
    missing: tuple[str, ...]

    @property
    def note(self) -> str:
        """One sentence for the log or the report."""
        came = f"earnings dates of {len(self.frames)} of {len(self.frames) + len(self.missing)} symbols"
        return f"{came}; missing: {', '.join(self.missing)}. {SURVIVORSHIP}" if self.missing else came


def download_earnings(
    symbols: Sequence[str],
    *,
    limit: int = MAX_EARNINGS,
    offset: int = 0,
    session: Any = None,
    fetch: FetchEarnings | None = None,
) -> YahooEarnings:
    """Download the earnings dates of symbols, newest first; studies read the files, never the network.

    Parameters
    ----------
    symbols
        In any spelling; each is asked for once, as `canonical_symbol` spells it.
    limit, offset
        How many dates a symbol, at most 100, and how many of the newest are passed over.
    session
        Session that yfinance uses for its requests; None for its own.
    fetch
        Stands in for yfinance.

    Raises
    ------
    MarketDataError
        A request failed, no symbol has any date, no symbol is named, or `limit` or `offset` is out of range; nothing is
        returned then.

    Notes
    -----
    Yahoo's estimates are from today's page, not dated: whether one was public before the announcement is not known.
    """
    names = tuple(dict.fromkeys(canonical_symbol(symbol) for symbol in symbols))
    if not names or not 0 < limit <= MAX_EARNINGS or offset < 0:
        raise MarketDataError(
            f"{len(names)} symbols, {limit} dates from {offset} on: name a symbol and at most {MAX_EARNINGS} dates"
        )
    fetched = {name: _fetch_earnings(name, limit, offset, session, fetch or _yfinance_earnings) for name in names}
    frames = {name: frame for name, frame in fetched.items() if frame is not None}
    missing = tuple(name for name in names if name not in frames)
    if not frames:
        raise MarketDataError(f"Yahoo has no earnings dates for {', '.join(missing)}: check the symbols")
    return YahooEarnings(frames, missing)


def write_earnings_csv(earnings: YahooEarnings, folder: Path) -> tuple[Path, ...]:
    """Write one `SYMBOL.csv` a symbol, readable by `read_market(format="yahoo_earnings")`, and return the paths."""
    return _write_all(earnings.frames, folder, index_label="Earnings Date", date_format="%Y-%m-%d %H:%M:%S%z")


def write_prices_csv(prices: YahooPrices, folder: Path) -> tuple[Path, ...]:
    """Write one `SYMBOL.csv` a symbol, readable by `prices.read_prices`, and return the paths.

    No file takes its place before all are written, so a failure leaves no half of one.
    """
    return _write_all(prices.frames, folder, index_label="Date", date_format="%Y-%m-%d")


def _write_all(
    frames: Mapping[str, pd.DataFrame], folder: Path, *, index_label: str, date_format: str
) -> tuple[Path, ...]:
    folder.mkdir(parents=True, exist_ok=True)
    paths = tuple(folder / f"{symbol}.csv" for symbol in frames)
    with replaced_files(paths) as fresh:
        for path, frame in zip(fresh, frames.values(), strict=True):
            frame.to_csv(path, index_label=index_label, date_format=date_format)
    return paths


def _yfinance_earnings(symbol: str, limit: int, offset: int, session: Any) -> pd.DataFrame | None:
    import yfinance

    dates: pd.DataFrame | None = yfinance.Ticker(symbol, session=session).get_earnings_dates(limit=limit, offset=offset)
    return dates


def _fetch_earnings(name: str, limit: int, offset: int, session: Any, fetch: FetchEarnings) -> pd.DataFrame | None:
    """Return the earnings dates of one symbol, or None where Yahoo does not have it."""
    with _overheard() as complaints:
        try:
            delivered = fetch(name, limit, offset, session)
        except _failures(ValueError, KeyError) as error:  # these two: the page is not as yfinance expects it
            raise _undelivered(name, str(error)) from error
    if delivered is not None and not delivered.empty:
        return delivered.reindex(columns=list(EARNINGS_COLUMNS))
    failures = [text for text in complaints if not _says_absent(text)]
    if failures:
        raise _undelivered(name, failures[-1])
    return None


def _yfinance_download() -> Download:
    import yfinance

    download: Download = yfinance.download
    return download


def _options(start: date, end: date, session: Any, timeout: float) -> dict[str, Any]:
    """Every option of yfinance 1.7 but the symbol: its defaults have changed more than once, and silently."""
    return {
        "start": start.isoformat(),
        "end": (end + timedelta(days=1)).isoformat(),  # yfinance leaves the last day out
        "period": None,
        "interval": "1d",
        "actions": True,
        "auto_adjust": False,
        "back_adjust": False,
        "repair": False,
        "keepna": True,
        "prepost": False,
        "rounding": False,
        "ignore_tz": True,
        "group_by": "ticker",
        "multi_level_index": True,
        "threads": False,
        "progress": False,
        "timeout": timeout,
        "session": session,
    }


def _fetch(name: str, options: Mapping[str, Any], download: Download) -> pd.DataFrame | None:
    """Return the frame of one symbol, or None where Yahoo does not have it.

    One symbol a call: yfinance swallows failures and only logs them, so failures of many symbols cannot be told apart.
    """
    with _overheard() as complaints:
        try:
            delivered = download([name], **options)
        except _failures() as error:
            raise _undelivered(name, str(error)) from error
    if delivered is not None and name in delivered.columns.get_level_values(0):
        frame = delivered.loc[:, [name]].droplevel(0, axis=1).reindex(columns=list(COLUMNS))
        if not frame.dropna(how="all").empty:
            return frame
    failures = [text for text in complaints if not _says_absent(text)]
    if failures:
        raise _undelivered(name, failures[-1])
    return None


def _with_later_splits(frame: pd.DataFrame, end: date) -> pd.DataFrame | None:
    """Return the rows until `end` with the product of the splits after each; None where no row has a price."""
    ratios = frame["Stock Splits"].fillna(0.0).replace(0.0, 1.0)
    later = ratios[::-1].cumprod()[::-1] / ratios
    kept = frame.assign(**{LATER: later}).loc[: end.isoformat()]
    return None if kept[list(COLUMNS[:6])].dropna(how="all").empty else kept


def _says_absent(complaint: str) -> bool:
    return "status_code" not in complaint and any(word in complaint for word in _ABSENT)


def _undelivered(name: str, reason: str) -> MarketDataError:
    words = " ".join(reason.split())[:200]
    return MarketDataError(f"Yahoo did not deliver {name} ({words}): {_REMEDY}; nothing was written")


def _failures(*more: type[Exception]) -> tuple[type[Exception], ...]:
    """What a download raises when the network or the service fails: sockets and curl (OSError), Yahoo's refusals."""
    from yfinance.exceptions import YFException

    return (OSError, YFException, *more)


@contextmanager
def _overheard() -> Iterator[list[str]]:
    """Collect what yfinance logs as errors, and keep it from the terminal."""
    logger = logging.getLogger("yfinance")
    ear = _Ear()
    before = logger.handlers[:], logger.propagate, logger.level
    logger.handlers, logger.propagate = [ear], False
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield ear.heard
    finally:
        logger.handlers, logger.propagate = before[0], before[1]
        logger.setLevel(before[2])


class _Ear(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.heard: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        text = record.getMessage()
        if "Failed download" not in text:
            self.heard.append(text)

"""What publishers tell of the second demonstration's firms, as frames: shares, short interest, holdings, offers, earnings."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from emtract.synthetic.markets.world import FIRST_DAY, INDUSTRIES, LAST_DAY, N_OFFERS, N_SEASONED

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from emtract.synthetic.markets.truth import Announced
    from emtract.synthetic.markets.world import Stage
    from emtract.synthetic.world import Bars

#: Shares short, and shares held by institutions, over shares outstanding: low, high.
SHORTED: Final = (0.02, 0.12)
HELD: Final = (0.35, 0.75)
MANAGERS: Final = 4
#: Share of announcements for which a loss is expected.
LOSSES: Final = 0.15
#: Days after a quarter until its numbers, and its holdings, are public.
REPORT_DAYS: Final = 40
FILING_DAYS: Final = 42


def permno(firm: int) -> int:
    """Return a permanent number that CRSP has not given."""
    return 99_001 + firm


def cusip(firm: int) -> str:
    """Return eight characters that are no security's: issuer numbers that end in 990 to 999 are left to users."""
    return f"Q{firm // 10:02d}99{firm % 10}10"


def month_ends(stage: Stage) -> list[dt.date]:
    """Return the last session of each month."""
    frame = pl.DataFrame({"session": list(stage.dates)})
    return (
        frame.group_by(pl.col("session").dt.truncate("1mo"))
        .agg(pl.col("session").max().alias("x"))["x"]
        .sort()
        .to_list()
    )


def quarters() -> list[dt.date]:
    """Return the ends of quarters within the demonstration whose numbers become public within it."""
    last = dt.date.fromisoformat(LAST_DAY) - dt.timedelta(days=FILING_DAYS)
    ends = pl.date_range(dt.date.fromisoformat(FIRST_DAY), last, "1mo", eager=True).dt.month_end()
    return [day for day in ends.to_list() if day.month % 3 == 0 and day <= last]


def characteristics(stage: Stage, bars: Bars, rng: np.random.Generator) -> pl.DataFrame:
    """Draw book equity, quarter by quarter.

    Parameters
    ----------
    stage
        Gives firms, sessions and shares outstanding.
    bars
        Prices; the close of the quarter's last session sets the size of book equity.
    rng
        Draws the ratio of book equity to market value, one a firm.

    Returns
    -------
    pl.DataFrame
        symbol, period, available, shares_outstanding, book_equity (US dollars), one row a quarter of a listed firm.
    """
    ratio = np.exp(rng.normal(np.log(0.5), 0.4, len(stage.firms)))
    rows = []
    for period in quarters():
        t = _last_session(stage, period)
        for k, firm in enumerate(stage.firms):
            if stage.listed[k] <= t:
                book = round(float(ratio[k] * stage.shares[k] * bars.close[k, t]))
                rows.append((firm.symbol, period, period + dt.timedelta(days=REPORT_DAYS), stage.shares[k], book))
    columns = ["symbol", "period", "available", "shares_outstanding", "book_equity"]
    return pl.DataFrame(rows, schema=columns, orient="row")


def short_interest(stage: Stage, rng: np.random.Generator) -> dict[dt.date, pl.DataFrame]:
    """Return settlement -> symbol, settlement, shares_short: month by month."""
    return {
        day: pl.DataFrame(
            [
                (
                    firm.symbol,
                    day,
                    int(SHORTED[int(stage.is_shorted[k])] * stage.shares[k] * np.exp(rng.normal(0, 0.1))),
                )
                for k, firm in enumerate(stage.firms)
                if stage.dates[stage.listed[k]] <= day
            ],
            schema=["symbol", "settlement", "shares_short"],
            orient="row",
        )
        for day in month_ends(stage)
    }


def filings(stage: Stage, bars: Bars, rng: np.random.Generator) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return filings and holdings of form 13F as `emtract.synthetic.publishers.write_sec_13f` takes them.

    Parameters
    ----------
    stage
        Gives firms, shares outstanding, and whether institutions hold many of them.
    bars
        Prices; the close of the quarter's last session values a holding.
    rng
        Draws how much of a firm each manager holds.

    Returns
    -------
    tuple
        accession, filed, type, manager, period, amendment; and accession, cusip, shares, value (US dollars).
    """
    filed, held = [], []
    for period in quarters():
        t = _last_session(stage, period)
        for manager in range(MANAGERS):
            accession = f"000099{manager:04d}-{period:%y}-{period:%m}0001"
            filed.append(
                (accession, period + dt.timedelta(days=FILING_DAYS), "13F-HR", 9_900_000 + manager, period, None)
            )
            for k in np.flatnonzero(stage.listed <= t).tolist():
                share = HELD[int(stage.is_held[k])] / MANAGERS * np.exp(rng.normal(0, 0.05))
                shares = int(share * stage.shares[k])
                held.append((accession, cusip(k), shares, round(shares * float(bars.close[k, t]))))
    names = ["accession", "filed", "type", "manager", "period", "amendment"]
    types = {"amendment": pl.String}
    return (
        pl.DataFrame(filed, schema=names, schema_overrides=types, orient="row"),
        pl.DataFrame(held, schema=["accession", "cusip", "shares", "value"], orient="row"),
    )


def cusips(stage: Stage) -> pl.DataFrame:
    """Return cusip, symbol."""
    return pl.DataFrame(
        {"cusip": [cusip(k) for k in range(len(stage.firms))], "symbol": [f.symbol for f in stage.firms]}
    )


def offers(stage: Stage, prices: NDArray[np.float64], rng: np.random.Generator) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the list of IPOs (ages, kinds) and the table of offers (prices, underwriters), one row an issuer each.

    The unusual ones come last: depositary receipts, blank cheque companies, and offers below five dollars.

    Parameters
    ----------
    stage
        Gives issuers, their first sessions and shares.
    prices
        Offer price of each issuer in US dollars, shape (issuers,), see `draw_offer_prices`.
    rng
        Draws everything else.

    Returns
    -------
    tuple
        The list: symbol, offer_date, company, cusip, permno, post_issue_shares, founded (year) and flags `is_...`; the
        table: symbol, offer_date, offer_price, range_low, range_high, shares_offered, proceeds, industry,
        underwriter_rank (4 to 9), total_assets, secondary_share (fraction), is_spac. Amounts are US dollars.
    """
    issuers, count = stage.issuers.tolist(), len(stage.issuers)
    known = {
        "symbol": [stage.firms[k].symbol for k in issuers],
        "offer_date": [stage.dates[stage.listed[k]] for k in issuers],
    }
    odd = np.arange(count) - N_OFFERS
    ages = pl.DataFrame(
        known
        | {
            "company": [stage.firms[k].name for k in issuers],
            "cusip": [cusip(k) for k in issuers],
            "permno": [permno(k) for k in issuers],
            "post_issue_shares": stage.shares[N_SEASONED:],
            "founded": 2021 - rng.geometric(0.12, count),
            "is_adr": (odd == 0) | (odd == 1),
            "is_venture_backed": rng.random(count) < 0.5,
            "is_dual_class": rng.random(count) < 0.2,
            "is_internet": rng.random(count) < 0.2,
        }
    )
    low = np.round(prices * np.exp(rng.normal(0, 0.08, count)) * 0.94, 2)
    sold = np.round(0.2 * stage.shares[N_SEASONED:], -3)
    table = pl.DataFrame(
        known
        | {
            "offer_price": prices,
            "range_low": low,
            "range_high": np.round(low * 1.12, 2),
            "shares_offered": sold,
            "proceeds": np.round(sold * prices),
            "industry": [INDUSTRIES[k] for k in stage.industry[N_SEASONED:].tolist()],
            "underwriter_rank": rng.integers(4, 10, count).astype(float),
            "total_assets": np.round(np.exp(rng.normal(np.log(2e8), 0.8, count))),
            "secondary_share": np.round(rng.beta(1, 6, count), 3),
            "is_spac": (odd == 2) | (odd == 3),
        }
    )
    return ages, table


def earnings(stage: Stage, bars: Bars, announced: Announced, rng: np.random.Generator) -> pl.DataFrame:
    """Draw earnings and forecasts that give the surprises of the announcements.

    Parameters
    ----------
    stage
        Gives symbols and sessions.
    bars
        Prices; the close 15 sessions before the announcement is the price of the surprise.
    announced
        Announcements with their surprises, earnings less consensus over price.
    rng
        Draws consensus and number of analysts.

    Returns
    -------
    pl.DataFrame
        symbol, announced_on, time (`bmo` before the open, `amc` after the close), period, eps, consensus, analysts,
        price; US dollars, one row an announcement.
    """
    rows = []
    for k, t, late, surprise in zip(
        announced.firm.tolist(),
        announced.session.tolist(),
        announced.after_close.tolist(),
        announced.surprise,
        strict=True,
    ):
        price = float(bars.close[k, t - 15])
        expected = -0.006 if rng.random() < LOSSES else 0.012
        consensus = price * expected * float(np.exp(rng.normal(0, 0.2)))
        day, time = (stage.dates[t - 1], "amc") if late else (stage.dates[t], "bmo")
        rows.append(
            (
                stage.firms[k].symbol, day, time, _quarter_before(day), round(consensus + surprise * price, 4),
                round(consensus, 4), int(rng.integers(2, 25)), round(price, 4),
            )
        )  # fmt: skip
    names = ["symbol", "announced_on", "time", "period", "eps", "consensus", "analysts", "price"]
    return pl.DataFrame(rows, schema=names, orient="row")


def _quarter_before(day: dt.date) -> dt.date:
    first = dt.date(day.year, 3 * ((day.month - 1) // 3) + 1, 1)
    return first - dt.timedelta(days=1)


def _last_session(stage: Stage, day: dt.date) -> int:
    return int(np.searchsorted(np.array(stage.dates, dtype="datetime64[D]"), np.datetime64(day), side="right")) - 1

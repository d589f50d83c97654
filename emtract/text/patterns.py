"""Patterns in the syntax of RE2 and of Python: talk of finance and likely spam over model text, figures over posts as written.

A post is about finance when it uses any term of the list, and chat when it uses none. The list is this package's own; the rule
of any hit is customary in studies of messages that carry information.

Of 2,201 StockTwits messages about small firms, 1,351 of them marked as spam by a reader, the patterns of promotion find 566; 512
of these are marked (precision .905, recall .379). They were written with such messages in view, so elsewhere expect less.

Figures are found in 15.3 per cent of the 96,826 StockNet posts. Read by eye, 99 of 100 distinct posts drawn from these name a
price, an amount of money, a percentage or the size of a move; of 120 others that have a digit outside an address, 4 name a price
or a move in whole numbers (`hits 35`) and 8 an amount of money in other words (`200 U$D`, `140 billion`).
"""

from __future__ import annotations

import re
from functools import cache
from typing import Final

from emtract.text.clean import clean_post

#: Topic -> terms, separated by commas. A final s is optional in every term, and adds nothing to one that ends in s: `calls` is
#: listed so because `call` is a word of every day.
FINANCE_TERMS: Final[dict[str, str]] = {
    "earnings": """
        earnings, eps, revenue, net income, operating income, gross margin, operating margin, profit margin, profit,
        profitable, profitability, ebitda, ebit, guidance, forecast, consensus, estimates, whisper number, top line,
        bottom line, beat expectations, beats expectations, missed expectations, misses expectations, conference call,
        quarterly, fiscal, year-over-year, quarter-over-quarter, yoy, qoq, q1, q2, q3, q4, first quarter, second
        quarter, third quarter, fourth quarter, same-store sales, comparable sales, sales growth, write-off,
        write-down, writedown, impairment, restatement, pre-announcement
    """,
    "accounts": """
        balance sheet, income statement, cash flow, fcf, working capital, assets, liabilities, book value, goodwill,
        inventory, inventories, receivables, capex, capital expenditure, debt, leverage, debt-to-equity, roe, roic,
        return on equity, market share, backlog, burn rate, cash burn, annual report, 10-q, sec filing, filing, gaap,
        auditor, accounting, cfo, chief financial officer, tax rate, depreciation, amortization, solvency, liquidity
    """,
    "valuation": """
        valuation, undervalued, overvalued, fairly valued, fair value, intrinsic value, price target, target price,
        p/e, pe ratio, price-to-earnings, price-to-book, price-to-sales, ev/ebitda, peg ratio, market cap, mkt cap,
        capitalization, discounted cash flow, dcf, fundamentals, fundamentally, upside, downside risk, mispriced
    """,
    "analysts": """
        analyst, upgrade, upgraded, downgrade, downgraded, initiates coverage, initiated coverage, outperform,
        underperform, overweight, underweight, market perform, equal weight, buy rating, sell rating, hold rating,
        strong buy, strong sell, reiterates, reiterated, brokerage
    """,
    "capital": """
        dividend, ex-dividend, payout ratio, buyback, repurchase, stock split, reverse split, secondary offering,
        public offering, dilution, dilutive, ipo, delisted, delisting, merger, acquisition, acquires, takeover,
        buyout, spin-off, divestiture, tender offer, hostile bid, private equity, activist investor, shareholder,
        stockholder, insider buying, insider selling, insider trading, institutional, bankruptcy, restructuring, bond,
        convertible notes, warrants, preferred stock
    """,
    "market": """
        stock, shares, equity, equities, share price, wall street, wallstreet, nasdaq, nyse, dow jones, djia, s&p,
        russell, etf, mutual fund, hedge fund, futures, commodity, commodities, treasury, treasuries, yields, interest
        rate, federal reserve, fomc, inflation, cpi, gdp, payrolls, recession, bull market, bear market, rally,
        rallies, sell-off, selloff, large cap, small cap, mid cap, blue chip, penny stock, volatility, vix, premarket,
        pre-market, after hours, afterhours, opening bell, closing bell, market open, market close, trading halt,
        halted, investor, investing, invest, investment, portfolio, broker
    """,
    "trading": """
        trading, trader, trade, daytrading, buy, buying, bought, sell, selling, sold, long position, short position,
        going long, going short, shorting, shorted, shorts, short interest, short squeeze, short seller, days to
        cover, bullish, bearish, bulls, bears, go long, go short, short covering, momentum, calls, puts, call option,
        put option, options, strike price, expiry, expiration, implied volatility, open interest, covered call,
        straddle, strangle, iron condor, credit spread, ask price, bid-ask, limit order, market order, stop loss,
        profit taking, take profit, margin call, hedge, hedging, averaging down, accumulating, accumulation, relative
        volume, average volume, heavy volume, high volume, low volume, dark pool, block trade, gainers, p&l
    """,
    "charts": """
        chart, support level, key support, support at, resistance, breakout, breakdown, moving average, sma, ema,
        golden cross, death cross, rsi, macd, bollinger, fibonacci, fib, trendline, trend line, uptrend, downtrend,
        overbought, oversold, consolidation, consolidating, head and shoulders, cup and handle, double bottom, double
        top, bull flag, bear flag, pennant, ascending triangle, descending triangle, gap up, gap down, gap fill,
        candlestick, retracement, pullback, reversal, all-time high, all time high, 52-week high, 52 week high,
        52-week low, 52 week low, intraday, higher low, lower high, technicals, technical analysis
    """,
}


@cache
def finance_terms() -> tuple[str, ...]:
    """Terms as model text spells them (`p / e`, `<number> - day`), sorted, each once."""
    listed = (term for terms in FINANCE_TERMS.values() for term in " ".join(terms.split()).split(","))
    return tuple(sorted({clean_post(term).text for term in listed}))


@cache
def finance_pattern() -> str:
    """Return the regular expression that finds a term of finance in model text, in the syntax of RE2 and of Python.

    Terms are whole tokens: model text separates tokens, punctuation included, by single spaces.
    """
    terms = "|".join(re.escape(term).replace(r"\ ", " ") for term in finance_terms())
    return f"(?:^| )(?:{terms})s?(?: |$)"


#: What a post names -> pattern over the post as it was written, since model text keeps no digits: `$AAPL 98.50` is a price,
#: `$AAPL 3 reasons` is none. A cashtag begins with a letter, and in an address `%20` is a space.
FIGURES: Final[dict[str, str]] = {
    "an amount of money": (
        "[$\u20ac\u00a3\u00a5] ?[-+]?[.]?[0-9]|[0-9] ?[$\u20ac\u00a3](?:[^A-Za-z]|$)"
        "|[0-9] ?(?:cents?|bucks|dollars?|usd|euros?)(?:[^A-Za-z]|$)"
    ),
    "a percentage": (
        "[0-9] ?[%\uff05](?:[^0-9A-Fa-f]|$)|[0-9] ?(?:percent(?:age points?)?|per cent|pct|bps|basis points?)(?:[^A-Za-z]|$)"
    ),
    "a price without its currency": (
        "(?:^|[ \u00a0\t\n\r({:;=@~<>|\"'+[-])[0-9,]*[.][0-9]{2}[0-9]{0,2}(?:[^0-9A-Za-z_./%-]|[.](?:[ \u00a0\t\n\r]|$)|$)"
    ),
    "the size of a move": (
        "(?:^|[ \u00a0\t\n\r([:;,])(?:[-+\u2212]|up |down )[0-9]*[.][0-9]|[0-9] ?(?:points?|pts|ticks)(?:[^0-9A-Za-z]|$)"
    ),
}


def figures_pattern() -> str:
    """Return the regular expression that finds a price, an amount of money, a percentage or the size of a move in a post."""
    return f"(?i:{'|'.join(FIGURES.values())})"


#: Rule -> pattern. Model text separates tokens by single spaces; numbers, links and cashtags are placeholders.
PROMOTION: Final[dict[str, str]] = {
    "invites to a group": (
        r"(?:^| )(?:join|our|my|private|free|vip)(?: [^ ]+){0,4} (?:discord|telegram|whatsapp|chat ?room|chat group)s?(?: |$)"
        r"|(?:^| )(?:discord|telegram|whatsapp) (?:group|server|channel|link|in bio)"
    ),
    "asks for messages": (
        r"(?:^| )(?:dm|pm|inbox|message|text|call|whatsapp) (?:me|us)(?: |$)(?:(?:[^ ]+ ){0,3}(?:for|to|if|now|<number>)|$)"
        r"|(?:^| )link in (?:my )?bio|(?:^| )(?:call|text|whatsapp) (?:at |on )?\+? ?(?:\( )?<number>(?: [)-]+ <number>)+"
    ),
    "offers": (
        r"(?:^| )(?:free trial|promo code|discount code|sign up (?:now|today|here|for)|subscribe (?:now|today|here|to)|giveaway"
        r"|click (?:here|the link|on the link)|referral (?:link|code)|day free trial|join (?:us|now|today)(?: |$))"
    ),
    "advertises signals": (
        r"(?:^| )we (?:alerted|called) the|(?:^| )our (?:members?|subscribers|alerts?|analysts?|traders)(?: |$)"
        r"|view odds of|see more details at|(?:^| )(?:buy|sell|trade|trading) alerts? (?:service|room)"
    ),
    "a form that programs fill in": (
        r"(?:new article :|sec form|files? (?:sec )?form|just filed (?:a|an|form)|seconds delayed|<number> ?s? \. delayed"
        r"|announced a dividend|just disposed of <number>|just picked up <number>|earnings call transcript|insider buying :"
        r"|(?:director|insider|officer) [^<]*(?:buys|sells|bought|sold) \$ <number>|close (?:in|de)creased >"
        r"|(?:sees|has) short interest|(?:positive and negative|financial) (?:remarks|statements)|<url> - .*<url>"
        r"|moved (?:above|below) its <number>).*<url>"
    ),
}
#: A post that names more symbols is promotion too; its text does not tell, since the cleaner cuts rows of placeholders.
MOST_SYMBOLS: Final = 5


def promotion_pattern() -> str:
    """Return the regular expression of all rules."""
    return "|".join(f"(?:{pattern})" for pattern in PROMOTION.values())

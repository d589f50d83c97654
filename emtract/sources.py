"""What input files are declared to be: formats, names of columns, defaults; for the configuration and the readers alike."""

from __future__ import annotations

from typing import Literal

import msgspec

#: How an archive of posts is written; see `emtract.ingest.posts`.
PostFormat = Literal[
    "twitter_v1",
    "twitter_v2",
    "twarc_csv",
    "stocktwits",
    "stocktwits_csv",
    "reddit",
    "telegram",
    "discord",
    "csv",
    "jsonl",
    "parquet",
]
#: How a publisher ships what is known of firms and markets; see `emtract.ingest.market`.
MarketFormat = Literal[
    "crsp_ciz",
    "french_factors",
    "french_industries",
    "finra_short_interest",
    "sec_13f",
    "ritter_ipos",
    "ipo_offers",
    "earnings",
    "yahoo_earnings",
    "classification",
    "characteristics",
    "series",
    "bars",
]
#: What open, high, low and close of a file of prices are.
Closes = Literal["as_traded", "split_adjusted"]
DecimalMark = Literal[".", ","]


class Section(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A section of the configuration: frozen, and a key that it does not have is refused."""


class PostColumns(Section, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """[posts.columns]: which column of a table holds what; a name that is None stands for a column that the table lacks.

    In JSON a name may be a path of keys joined by dots (`user.id`, `entities.symbols`), and in a table one into the objects
    that a column holds.

    Parameters
    ----------
    created_at, body
        Columns every post needs.
    post_id
        Column of the ids, which are kept as text. Without it the id of a post is a digest of its platform, time, author, text
        and symbols, so that rows that say the same are one post.
    title
        Optional column of a title: the text is the title, an empty line, and the body where there is one.
    author_id, followers, sentiment
        Optional columns; `followers` may be as short as `1.2K`, and `sentiment` holds bullish, bearish or nothing, in any case. A
        cell of an optional column that cannot be read is null and counted: it does not cost the post.
    verified
        Optional column of true or false (also yes and no, 1 and 0), in any case.
    repost_of
        Optional column of the original's id where the post is a repost.
    in_reply_to
        Optional column of the id of the post that the post answers, spelt as `post_id` spells it.
    language
        Optional column of the language as the platform tagged it.
    symbol
        Optional column of one symbol or a delimited list; lists of Parquet and JSON do as well.
    symbol_from_name
        Whether the file is named after a symbol that all its posts name: the name up to its suffix, a blank or `_`.
    symbols_file, symbols_post_id, symbols_symbol
        Optional table beside the posts' file with a row a post and symbol, and its two columns (`post_id` and
        `symbol` where they are not named). Posts that it does not name
        are kept; its rows about no post of the file are counted in the quarantine.
    platform
        Platform's name as it will stand in the store.
    timezone
        IANA zone (`America/New_York`) of timestamps that carry none (what a cell says of its own zone, `… UTC` or `+01:00`,
        holds before it); without it such rows are rejected. A time that a
        change of clocks repeats is its first occurrence, one that it skips is read with the offset before the change.
    time_format
        None for ISO 8601, `epoch_seconds`, `epoch_milliseconds`, or a pattern of `datetime.strptime`. A column that knows the day
        alone is refused until it is `end_of_day`, which keeps the future out, or `start_of_day`; a pattern may follow
        (`end_of_day %d/%m/%Y`).
    """

    post_id: str | None = None
    created_at: str
    body: str
    title: str | None = None
    author_id: str | None = None
    symbol: str | None = None
    followers: str | None = None
    sentiment: str | None = None
    verified: str | None = None
    repost_of: str | None = None
    in_reply_to: str | None = None
    language: str | None = None
    symbol_from_name: bool = False
    symbols_file: str | None = None
    symbols_post_id: str | None = None
    symbols_symbol: str | None = None
    platform: str = "table"
    timezone: str | None = None
    time_format: str | None = None


class PriceColumns(Section, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """[prices.columns]: which column of a table of prices holds what; names are matched without regard to case.

    Session, open and close are required.

    Parameters
    ----------
    session
        The trading day.
    open, high, low, close
        Prices of the session.
    adj_close
        Close adjusted for splits and dividends, from which returns from close to close are made.
    volume
        Shares traded.
    symbol
        The ticker, where one file holds several.
    splits
        Shares for one old share on the day of a split; 0 or 1 on other days.
    later_splits
        Product of the splits after the session, as `emtract prices download` writes it.
    """

    session: str = "Date"
    open: str = "Open"
    high: str = "High"
    low: str = "Low"
    close: str = "Close"
    adj_close: str = "Adj Close"
    volume: str = "Volume"
    symbol: str = "Symbol"
    splits: str = "Stock Splits"
    later_splits: str = "Later Splits"

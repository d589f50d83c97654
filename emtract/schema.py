"""Contracts of the stored tables: columns, types, key and grain. `sql/schema/` creates them; a test keeps the two equal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from emtract.emotions import DIMENSIONS, EMOTIONS, TAGS

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True)
class Column:
    """One column: name, DuckDB type, whether it may be null, and what it holds."""

    name: str
    type: str
    description: str
    nullable: bool = False


@dataclass(frozen=True)
class Table:
    """One table: its grain in words, its key, its columns."""

    name: str
    grain: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Column names in order."""
        return tuple(column.name for column in self.columns)

    @property
    def arrow(self) -> pa.Schema:
        """Arrow schema of a batch of this table."""
        import pyarrow as pa

        types = {
            "VARCHAR": pa.string(),
            "BIGINT": pa.int64(),
            "INTEGER": pa.int32(),
            "DOUBLE": pa.float64(),
            "FLOAT": pa.float32(),
            "BOOLEAN": pa.bool_(),
            "DATE": pa.date32(),
            "TIMESTAMP WITH TIME ZONE": pa.timestamp("us", tz="UTC"),
        }
        return pa.schema([pa.field(c.name, types[c.type], nullable=c.nullable) for c in self.columns])


_INSTANT: Final = "TIMESTAMP WITH TIME ZONE"

#: What the readers of `ingest/posts` yield.
PARSED_POSTS: Final = Table(
    "parsed_posts",
    "one line of a source that is a post",
    ("line",),
    (
        Column("line", "BIGINT", "line (1-based) or row of the source file"),
        Column("platform", "VARCHAR", "twitter, stocktwits, or the name the mapping gives"),
        Column("post_id", "VARCHAR", "id as the platform has it"),
        Column("author_id", "VARCHAR", "author's id as the platform has it", nullable=True),
        Column("created_at", _INSTANT, "instant of posting, UTC"),
        Column("body", "VARCHAR", "text as posted; a repost carries the full text of its original"),
        Column("followers", "BIGINT", "author's followers as the post carried them", nullable=True),
        Column("verified", "BOOLEAN", "author verified or official, as the post carried it", nullable=True),
        Column("repost_of", "VARCHAR", "id of the original where the post is a retweet or reshare", nullable=True),
        Column("sentiment", "VARCHAR", "author's own tag: bullish or bearish", nullable=True),
        Column("language", "VARCHAR", "language as the platform tagged it", nullable=True),
        Column("in_reply_to", "VARCHAR", "id of the post that it answers, where the file tells it", nullable=True),
    ),
)
PARSED_SYMBOLS: Final = Table(
    "parsed_symbols",
    "one symbol named by one line of a source",
    ("line", "symbol"),
    (
        Column("line", "BIGINT", "line of the post"),
        Column("symbol", "VARCHAR", "canonical symbol"),
        Column(
            "origin", "VARCHAR", "cashtag (in the text), entity (the platform's own), both, or name (bare, in the text)"
        ),
    ),
)
REJECTED: Final = Table(
    "rejected",
    "one line of a source that is kept out, with the reason",
    ("line",),
    (
        Column("line", "BIGINT", "line (1-based) or row; 0 for the whole file"),
        Column("reason", "VARCHAR", "why, in words from a short list"),
        Column("detail", "VARCHAR", "the parser's message and the start of the line, at most 300 characters"),
    ),
)
#: Note on a post whose cell says 00:00, as cells do that know the day alone.
AT_MIDNIGHT: Final = "time of day is 00:00"
#: Note on a post whose id ends in zeros from the sixteenth digit on, as all ids do that a spreadsheet has held as numbers.
ENDS_IN_ZEROS: Final = "id ends in zeros"
#: Note on a repeated row: its post stands in the store with a time that differs by a second or more.
OTHER_TIME: Final = "stored with another time"
PARSED_NOTES: Final = Table(
    "parsed_notes",
    "one field that one post of a source does without, or that one post makes doubtful",
    ("line", "field", "reason"),
    (
        Column("line", "BIGINT", "line of the post"),
        Column("field", "VARCHAR", "column of the post"),
        Column("reason", "VARCHAR", "why the field is null or doubtful, in words from a short list"),
    ),
)
PARSED_PRICES: Final = Table(
    "parsed_prices",
    "one symbol on one day",
    ("symbol", "session"),
    (
        Column("line", "BIGINT", "line (1-based) or row of the source file"),
        Column("symbol", "VARCHAR", "canonical symbol"),
        Column("session", "DATE", "trading day, exchange-local"),
        Column("open", "DOUBLE", "opening price as the file has it; not adjusted for dividends"),
        Column("high", "DOUBLE", "high, as the open", nullable=True),
        Column("low", "DOUBLE", "low, as the open", nullable=True),
        Column("close", "DOUBLE", "closing price, as the open"),
        Column("adj_close", "DOUBLE", "close adjusted for splits and dividends", nullable=True),
        Column("volume", "DOUBLE", "shares traded, adjusted for splits as the prices are", nullable=True),
        Column(
            "split",
            "DOUBLE",
            "shares after the session's split for each before, 1 without one; null: unknown",
            nullable=True,
        ),
        Column(
            "as_traded",
            "DOUBLE",
            "close times this is the close as traded: 1, or the product of the later splits for which the file adjusts; null "
            "where that is unknown",
            nullable=True,
        ),
    ),
)

#: What the readers of `ingest/market` yield, each of the publishers' files in some of these tables.
PARSED_CHARACTERISTICS: Final = Table(
    "parsed_characteristics",
    "one number of one symbol about one day, as it became public",
    ("symbol", "name", "period", "available"),
    (
        Column("line", "BIGINT", "line (1-based) or row of the source file"),
        Column("symbol", "VARCHAR", "canonical symbol"),
        Column(
            "name", "VARCHAR", "what it is: shares_short, institutional_shares, shares_outstanding, book_equity, ..."
        ),
        Column("period", "DATE", "day that the number describes: settlement, quarter end"),
        Column("available", "DATE", "first day on which it was public; joins are as of this day"),
        Column("value", "DOUBLE", "the number: shares, US dollars, or as the name says"),
    ),
)
PARSED_CLASSIFICATIONS: Final = Table(
    "parsed_classifications",
    "one name or class of one symbol over a span of days",
    ("symbol", "scheme", "first"),
    (
        Column("line", "BIGINT", "line (1-based) or row of the source file"),
        Column("symbol", "VARCHAR", "canonical symbol"),
        Column("scheme", "VARCHAR", "industry, sic, ff48, permno, cusip, company, exchange, share_type"),
        Column("label", "VARCHAR", "its name or class"),
        Column("first", "DATE", "first day on which it holds; null where the file states none", nullable=True),
        Column("last", "DATE", "last day on which it holds; null for an open end", nullable=True),
    ),
)
PARSED_SERIES: Final = Table(
    "parsed_series",
    "one published return series on one day",
    ("name", "session"),
    (
        Column("line", "BIGINT", "line (1-based) or row of the source file"),
        Column("name", "VARCHAR", "mkt_rf, smb, hml, rmw, cma, mom, rf, or ff48:Agric for an industry portfolio"),
        Column("session", "DATE", "trading day"),
        Column("value", "DOUBLE", "return of the day as a fraction: 0.01 is one per cent"),
    ),
)
PARSED_OBSERVATIONS: Final = Table(
    "parsed_observations",
    "one value of one named series about one day, as it became public",
    ("name", "session", "available"),
    (
        Column("line", "BIGINT", "line (1-based) or row of the source file"),
        Column("name", "VARCHAR", "name of the series: vix, epu, ..."),
        Column("session", "DATE", "day that the value describes"),
        Column("available", "DATE", "day on which it became public"),
        Column(
            "before_open", "BOOLEAN", "whether it was public before the open of that day, and not only after its close"
        ),
        Column("value", "DOUBLE", "the value, in the unit of the file times the stated one"),
    ),
)
PARSED_BARS: Final = Table(
    "parsed_bars",
    "one bar of one symbol",
    ("symbol", "begins"),
    (
        Column("line", "BIGINT", "line (1-based) or row of the source file"),
        Column("symbol", "VARCHAR", "canonical symbol"),
        Column("begins", _INSTANT, "instant at which the bar begins, UTC"),
        Column("ends", _INSTANT, "instant at which it ends, UTC"),
        Column("open", "DOUBLE", "first price of the bar, as the file has it"),
        Column("close", "DOUBLE", "last price of the bar, as the file has it"),
    ),
)
PARSED_IPOS: Final = Table(
    "parsed_ipos",
    "one IPO as one file tells of it; several files may tell of one",
    ("symbol", "offer_date"),
    (
        Column("line", "BIGINT", "line (1-based) or row of the source file"),
        Column("symbol", "VARCHAR", "canonical symbol"),
        Column("offer_date", "DATE", "day of the offer"),
        Column("company", "VARCHAR", "issuer", nullable=True),
        Column("cusip", "VARCHAR", "CUSIP, 8 or 9 characters", nullable=True),
        Column("permno", "BIGINT", "CRSP permanent number", nullable=True),
        Column("offer_price", "DOUBLE", "offer price, US dollars", nullable=True),
        Column("mid_price", "DOUBLE", "middle of the first filing range, US dollars", nullable=True),
        Column("proceeds", "DOUBLE", "proceeds, US dollars", nullable=True),
        Column("post_issue_shares", "DOUBLE", "shares outstanding after the issue", nullable=True),
        Column("founded", "INTEGER", "year in which the firm was founded", nullable=True),
        Column("is_adr", "BOOLEAN", "depositary receipt", nullable=True),
        Column("is_venture_backed", "BOOLEAN", "backed by venture capital", nullable=True),
        Column("is_dual_class", "BOOLEAN", "more than one class of shares", nullable=True),
        Column("is_internet", "BOOLEAN", "internet firm by the file's definition", nullable=True),
        Column("is_spac", "BOOLEAN", "blank cheque company", nullable=True),
        Column("is_unit", "BOOLEAN", "offer of units", nullable=True),
        Column("is_reit", "BOOLEAN", "real estate trust or closed-end fund", nullable=True),
        Column("is_rollup", "BOOLEAN", "roll-up", nullable=True),
        Column("industry", "VARCHAR", "industry or SIC code as the file has it", nullable=True),
        Column("underwriter_rank", "DOUBLE", "rank of the lead underwriter, 0 to 9", nullable=True),
        Column("total_assets", "DOUBLE", "assets before the offer, US dollars", nullable=True),
        Column("secondary_share", "DOUBLE", "share of the offer sold by existing holders, 0 to 1", nullable=True),
    ),
)
PARSED_ANNOUNCEMENTS: Final = Table(
    "parsed_announcements",
    "one earnings announcement",
    ("symbol", "announced_on"),
    (
        Column("line", "BIGINT", "line (1-based) or row of the source file"),
        Column("symbol", "VARCHAR", "canonical symbol"),
        Column("announced_on", "DATE", "day of the announcement, exchange-local"),
        Column("timing", "VARCHAR", "before_open, market or after_close; null where unknown", nullable=True),
        Column("period", "DATE", "end of the fiscal quarter", nullable=True),
        Column("eps", "DOUBLE", "earnings a share as announced, US dollars", nullable=True),
        Column("consensus", "DOUBLE", "mean or median forecast before it, US dollars", nullable=True),
        Column("analysts", "BIGINT", "forecasts behind the consensus", nullable=True),
        Column("price", "DOUBLE", "price of the share that surprises are scaled by, US dollars", nullable=True),
    ),
)
PARSED_DELISTINGS: Final = Table(
    "parsed_delistings",
    "one symbol that left its exchange",
    ("symbol", "session"),
    (
        Column("line", "BIGINT", "line (1-based) or row of the source file"),
        Column("symbol", "VARCHAR", "canonical symbol"),
        Column("session", "DATE", "last day, or the day of the delisting return"),
        Column(
            "delisting_return", "DOUBLE", "return from the last price to the value after it, a fraction", nullable=True
        ),
        Column("reason", "VARCHAR", "code or words of the publisher", nullable=True),
    ),
)

SOURCES: Final = Table(
    "sources",
    "one reading of an input file",
    ("source_id",),
    (
        Column("source_id", "INTEGER", "number of the file within the store"),
        Column("path", "VARCHAR", "path as given, relative to the configuration file"),
        Column("kind", "VARCHAR", "posts, prices, market or scores"),
        Column("format", "VARCHAR", "format it was read as"),
        Column(
            "mapping",
            "VARCHAR",
            "column mapping and reader options as JSON; of scores also their scorer and its revision",
        ),
        Column("sha256", "VARCHAR", "digest of the file's bytes"),
        Column("bytes", "BIGINT", "size of the file"),
        Column("modified_ns", "BIGINT", "modification time of the file, nanoseconds"),
        Column("rows_read", "BIGINT", "lines or rows read"),
        Column("rows_kept", "BIGINT", "rows that became new posts or prices"),
        Column("rows_repeated", "BIGINT", "rows that repeat one already stored"),
        Column("rows_rejected", "BIGINT", "rows in quarantine"),
        Column("last_line", "BIGINT", "last line or row whose fate is recorded; 0 where the file was read by schema 1"),
        Column("finished", "BOOLEAN", "whether the file was read to its end; a large one is committed in parts"),
    ),
)
POSTS: Final = Table(
    "posts",
    "one post",
    ("post_key",),
    (
        Column("post_key", "BIGINT", "number of the post within the store"),
        Column("source_id", "INTEGER", "file that first held it"),
        *PARSED_POSTS.columns,
    ),
)
POST_SYMBOLS: Final = Table(
    "post_symbols",
    "one symbol named by one post",
    ("post_key", "symbol"),
    (Column("post_key", "BIGINT", "the post"), *PARSED_SYMBOLS.columns[1:]),
)
QUARANTINE: Final = Table(
    "quarantine",
    "one line kept out of the store",
    ("source_id", "line", "reason"),
    (Column("source_id", "INTEGER", "the file"), *REJECTED.columns),
)
FIELD_NOTES: Final = Table(
    "field_notes",
    "one field of one file that some posts do without, or that some make doubtful",
    ("source_id", "field", "reason"),
    (
        Column("source_id", "INTEGER", "the file"),
        *PARSED_NOTES.columns[1:],
        Column("rows", "BIGINT", "posts of the file, repeated ones among them, of which this holds"),
    ),
)
PRICES: Final = Table(
    "prices",
    "one symbol on one session",
    ("symbol", "session"),
    (Column("source_id", "INTEGER", "the file"), *PARSED_PRICES.columns),
)
CHARACTERISTICS, CLASSIFICATIONS, SERIES, OBSERVATIONS, BARS, IPOS, ANNOUNCEMENTS, DELISTINGS = (
    Table(
        table.name.removeprefix("parsed_"),
        table.grain,
        ("source_id", *table.key),
        (Column("source_id", "INTEGER", "the file"), *table.columns),
    )
    for table in (
        PARSED_CHARACTERISTICS,
        PARSED_CLASSIFICATIONS,
        PARSED_SERIES,
        PARSED_OBSERVATIONS,
        PARSED_BARS,
        PARSED_IPOS,
        PARSED_ANNOUNCEMENTS,
        PARSED_DELISTINGS,
    )
)
#: What the files of [[market]] fill.
MARKET_TABLES: Final = (CHARACTERISTICS, CLASSIFICATIONS, SERIES, OBSERVATIONS, BARS, IPOS, ANNOUNCEMENTS, DELISTINGS)
#: Registered by `build_panel` from the exchange calendar; never stored.
SESSIONS: Final = Table(
    "sessions",
    "one trading day of an exchange calendar",
    ("session",),
    (
        Column("session", "DATE", "trading day"),
        Column("number", "INTEGER", "position of the session in the calendar, from 0"),
        Column("previous_close", _INSTANT, "close of the session before"),
        Column("open", _INSTANT, "open, half days and daylight saving included"),
        Column("close", _INSTANT, "close"),
    ),
)
CLEANED: Final = Table(
    "cleaned",
    "one post under one cleaner version",
    ("post_key", "cleaner"),
    (
        Column("post_key", "BIGINT", "the post"),
        Column("cleaner", "VARCHAR", "cleaner version"),
        Column("text_key", "UHUGEINT", "128-bit digest of the model text"),
        Column("kind", "VARCHAR", "words, emoji_only, placeholder_only or empty"),
        Column("mended", "BOOLEAN", "whether it holds damaged characters that were mended for reading", nullable=True),
    ),
)
TEXTS: Final = Table(
    "texts",
    "one distinct model text under one cleaner version",
    ("text_key", "cleaner"),
    (
        Column("text_key", "UHUGEINT", "128-bit digest of the model text"),
        Column("cleaner", "VARCHAR", "cleaner version"),
        Column("text", "VARCHAR", "model text"),
    ),
)
#: How likely the writer would tag the post so; both are null where the scorer reads no stance.
_STANCES: Final = tuple(
    Column(tag, "FLOAT", f"probability that the writer would tag the post {tag}", nullable=True) for tag in TAGS
)
TEXT_SCORES: Final = Table(
    "text_scores",
    "one distinct model text under one scorer revision and cleaner version",
    ("text_key", "cleaner", "scorer", "revision"),
    (
        Column("text_key", "UHUGEINT", "128-bit digest of the model text"),
        Column("cleaner", "VARCHAR", "cleaner version"),
        Column("scorer", "VARCHAR", "scorer's name"),
        Column("revision", "VARCHAR", "scorer's revision"),
        *(Column(emotion, "FLOAT", f"probability of {emotion}") for emotion in EMOTIONS),
        Column("n_tokens", "INTEGER", "tokens of the text before any cut"),
        Column("truncated", "BOOLEAN", "whether the scorer's window cut the text"),
        *_STANCES,
    ),
)
OUTSIDE_SHARDS: Final = Table(
    "outside_shards",
    "one Parquet file of scores that stays where it is",
    ("path",),
    (
        Column("path", "VARCHAR", "absolute path of the file"),
        Column("sha256", "VARCHAR", "digest of the file's bytes"),
        Column("rows", "BIGINT", "distinct texts in it"),
        *TEXT_SCORES.columns[2:4],
        TEXT_SCORES.columns[1],
        Column("bytes", "BIGINT", "size of the file", nullable=True),
        Column("modified_ns", "BIGINT", "time of its last change, in nanoseconds", nullable=True),
        Column(
            "stances",
            "BOOLEAN",
            "whether it has the columns of stances; null where schema 8 took it in: no",
            nullable=True,
        ),
    ),
)
#: Scores brought from outside (hand tags, another package), which need not agree for equal texts.
POST_SCORES: Final = Table(
    "post_scores",
    "one post under one imported scorer revision",
    ("post_key", "cleaner", "scorer", "revision"),
    (
        Column("post_key", "BIGINT", "the post"),
        *TEXT_SCORES.columns[1:4],
        *TEXT_SCORES.columns[4:11],
        *_STANCES,
    ),
)
TEXT_DIMENSIONS: Final = Table(
    "text_dimensions",
    "one distinct model text under one reader revision and cleaner version",
    ("text_key", "cleaner", "reader", "revision"),
    (
        *TEXT_SCORES.columns[:2],
        Column("reader", "VARCHAR", "name of the reader of dimensions"),
        Column("revision", "VARCHAR", "its revision"),
        *(Column(name, "FLOAT", f"{name} on the reader's scale") for name in DIMENSIONS),
    ),
)
TABLES: Final = (
    SOURCES, POSTS, POST_SYMBOLS, QUARANTINE, FIELD_NOTES, PRICES, *MARKET_TABLES,
    CLEANED, TEXTS, TEXT_SCORES, OUTSIDE_SHARDS, POST_SCORES, TEXT_DIMENSIONS,
)  # fmt: skip

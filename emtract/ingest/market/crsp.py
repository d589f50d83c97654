"""CRSP's daily stock file in the CIZ format (dsf_v2) -> prices, shares outstanding, names and classes, delistings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final

import msgspec
import polars as pl

from emtract.errors import SourceError
from emtract.ingest.market.fields import Field, Fields, Made, Parsed, Publisher
from emtract.ingest.market.french import read_french_sic
from emtract.ingest.market.options import Options
from emtract.ingest.market.prices import ROUNDING
from emtract.ingest.market.sieve import firsts, sift

if TYPE_CHECKING:
    from pathlib import Path


#: Classification scheme -> columns of CRSP whose words, joined by hyphens, are its label.
_SCHEMES: Final = {
    "permno": ("permno",),
    "cusip": ("cusip",),
    "company": ("company",),
    "exchange": ("exchange",),
    "share_type": ("security_type", "security_subtype", "share_type"),
    "sic": ("sic",),
}
_FIELDS: Final[Fields] = {
    "permno": Field("whole", ("permno",), required=True),
    "session": Field("day", ("dlycaldt",), required=True),
    "ticker": Field("symbol", ("ticker",), present=True),
    "price": Field("number", ("dlyprc",), present=True),
    "open": Field("number", ("dlyopen",), present=True),
    "return": Field("number", ("dlyret",), present=True),
    "close": Field("number", ("dlyclose",)),
    "high": Field("number", ("dlyhigh",)),
    "low": Field("number", ("dlylow",)),
    "volume": Field("count", ("dlyvol",)),
    "previous": Field("day", ("dlyprevdt",)),
    "shares": Field("count", ("shrout",)),
    "delisted": Field("flag", ("dlydelflg",)),
    "action": Field("text", ("delactiontype",)),
    "reason": Field("text", ("delreasontype",)),
    "share_class": Field("text", ("shareclass",)),
    "cusip": Field("text", ("cusip9", "cusip")),
    "company": Field("text", ("issuernm", "securitynm")),
    "exchange": Field("text", ("primaryexch",)),
    "security_type": Field("text", ("securitytype",)),
    "security_subtype": Field("text", ("securitysubtype",)),
    "share_type": Field("text", ("sharetype",)),
    "sic": Field("whole", ("siccd",)),
}
#: CRSP counts shares in thousands.
_THOUSAND: Final = 1_000
#: Returns from which their unit can be told.
_FEW: Final = 20


class CrspOptions(Options, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Options of `crsp_ciz`.

    Attributes
    ----------
    french_sic
        File of French's industries (`Siccodes48.zip`), beside which the classification ff48 is made of SIC codes.
    shares_lag_days
        Days after which a count of shares is taken as public; CRSP dates it on the day from which it holds.
    """

    french_sic: str | None = None
    shares_lag_days: Annotated[int, msgspec.Meta(ge=0)] = 0


def _stocks(parsed: Parsed, wanted: CrspOptions, path: Path) -> Made:
    """Read one daily stock file: CSV packed or plain, Parquet, sas7bdat or xpt; columns in any order and case.

    Tables `prices`, `characteristics` (shares_outstanding), `classifications` and `delistings`.

    Notes
    -----
    Assumed: one row a security (permno) and trading day, from its first to its last day; `dlyret` with dividends; `shrout` in
    thousands; the delisting return on a row of its own with `dlydelflg` Y.

    *Adjusted close*: ``adj_t = close_T prod_{s=t+1..T} 1 / (1 + dlyret_s)`` within a permno, so that the ratio of two of its
    days is the compounded total return between them, splits and dividends included. A day without price and return is passed
    over: CRSP's next return reaches back to the last price. Where a return is missing on a day with a price, or (`dlyprevdt`)
    does not start at the price before, the chain is broken and what lies before it has no adjusted close.

    *Quotes*: a negative price is the middle of bid and ask in the older coding; its size is the close. Days without an open
    are `missing field`, since nothing was traded at it.

    *Tickers*: where two permnos share one on a day, both get their share class (BRK-A, BRK-B); where that does not tell them
    apart, their rows are `two securities`. A ticker that is used again by another firm has two spans under the scheme permno.
    """
    kept, repeated = firsts(parsed.frame, ["permno", "session"])
    named, strangers = _with_symbols(
        kept.sort("permno", "session").with_columns(pl.col("delisted").fill_null(value=False))
    )
    traded = named.filter(~pl.col("delisted"))
    _check_fractions(path, traded)
    prices, untraded = _prices(traded)
    classes = _classes(traded)
    if wanted.french_sic is not None:
        industries = read_french_sic(path.parent / wanted.french_sic)
        classes = pl.concat([classes, industries.classify(classes.filter(pl.col("scheme") == "sic"))])
    gone, twice = firsts(_delistings(named), ["symbol", "session"])
    tables = {
        "prices": prices.with_columns(split=pl.lit(None, pl.Float64), as_traded=pl.lit(1.0)),
        "characteristics": _shares(traded, wanted.shares_lag_days),
        "classifications": classes,
        "delistings": gone,
    }
    return tables, [repeated, strangers, untraded, twice]


def _with_symbols(frame: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the rows with adjusted closes and symbols, and the rejections of rows that have none of their own.

    The row of a delisting carries the last ticker; the chain of returns is made before any row leaves.
    """
    last = pl.when("delisted").then(pl.col("ticker").forward_fill().over("permno")).otherwise("ticker")
    chained = _chained(frame).with_columns(last.alias("ticker"))
    known, nameless = sift(
        chained, pl.col("ticker").is_null(), reason="missing field", detail=pl.lit("the row has no ticker")
    )
    classed = pl.when(pl.col("clash").any().over("ticker", "permno") & pl.col("share_class").is_not_null())
    symbol = classed.then(pl.format("{}-{}", "ticker", "share_class")).otherwise("ticker").alias("symbol")
    named, shared = sift(
        known.with_columns(_shared("ticker").alias("clash")).with_columns(symbol),
        _shared("symbol"),
        reason="two securities",
        detail=pl.format("{} is also another permno than {} on {}", "symbol", "permno", "session"),
    )
    return named, pl.concat([nameless, shared])


def _check_fractions(path: Path, traded: pl.DataFrame) -> None:
    """Refuse returns in per cent: CRSP's are fractions, which is told by the changes of the closes."""
    change = pl.col("close") / pl.col("close").shift(1).over("permno") - 1
    beside = traded.select("return", change.alias("change")).drop_nulls()
    told = pl.col("return").abs() > 0, pl.col("change").abs() > 0
    near, far = (
        beside.filter(*told).select((pl.col("return") - times * pl.col("change")).abs().median()).item()
        for times in (100, 1)
    )
    if beside.filter(*told).height >= _FEW and near < far:
        raise SourceError(f"{path}: dlyret is in per cent, and CRSP's returns are fractions: divide the column by 100")


def _shared(name: str) -> pl.Expr:
    """Whether another permno trades under the same name on the day."""
    traded = pl.col("permno").filter(~pl.col("delisted"))
    return ~pl.col("delisted") & (traded.n_unique().over(name, "session") > 1)


def _chained(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the rows, sorted by permno and session, with close and adj_close."""
    close = pl.coalesce("close", pl.col("price").abs()).alias("close")
    priced = frame.with_columns(close)
    has_price = pl.col("close").is_not_null()
    before = pl.when(has_price & ~pl.col("delisted")).then("session").shift(1).forward_fill().over("permno")
    known = pl.col("return") > -1
    follows = pl.col("previous").is_null() | before.is_null() | (pl.col("previous") == before)
    breaks = before.is_not_null() & has_price & ~(known.fill_null(value=False) & follows)
    chain = priced.with_columns(
        breaks.cum_sum().over("permno").alias("piece"),
        pl.when(known & before.is_not_null()).then(1 + pl.col("return")).otherwise(1.0).alias("growth"),
    ).with_columns(pl.col("growth").cum_prod().over("permno", "piece").alias("wealth"))
    anchor = [
        pl.when(has_price & ~pl.col("delisted")).then(name).drop_nulls().last().over("permno")
        for name in ("close", "wealth", "piece")
    ]
    adjusted = pl.when(has_price & (pl.col("piece") == anchor[2])).then(pl.col("wealth") / anchor[1] * anchor[0])
    return chain.with_columns(adjusted.alias("adj_close")).drop("piece", "growth", "wealth")


def _prices(traded: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the days with an open and a close that stand within their high and low, and the rejections of others."""
    quoted = ("open", "high", "low", "close")
    empty = pl.all_horizontal(pl.col(quoted).is_null())
    priced, none = sift(traded, empty, reason="no prices", detail=pl.format("{} has no price", "symbol"))
    unopened = pl.col("open").is_null() | pl.col("close").is_null()
    detail = pl.format("{} has no open or no close: quotes without a trade", "symbol")
    opened, unfinished = sift(priced, unopened, reason="missing field", detail=detail)
    top, bottom = pl.max_horizontal(quoted), pl.min_horizontal(quoted)
    slack = ROUNDING * top
    outside = (bottom <= 0) | (pl.col("high") < top - slack) | (pl.col("low") > bottom + slack)
    detail = pl.format("open {}, high {}, low {}, close {}", *quoted)
    kept, impossible = sift(opened, outside, reason="impossible price", detail=detail)
    return kept, pl.concat([impossible, none, unfinished])


def _shares(traded: pl.DataFrame, lag_days: int) -> pl.DataFrame:
    """Return shares outstanding on the days on which they change, and on the first of each month: the file tells them daily."""
    counted = traded.filter(pl.col("shares") > 0).sort("symbol", "session")
    changed = pl.struct("permno", "shares", pl.col("session").dt.truncate("1mo").alias("month")).rle_id().over("symbol")
    firsts_of_runs = counted.filter(pl.struct("symbol", changed.alias("run")).is_first_distinct())
    return firsts_of_runs.select(
        "line",
        "symbol",
        pl.lit("shares_outstanding").alias("name"),
        pl.col("session").alias("period"),
        pl.col("session").dt.offset_by(f"{lag_days}d").alias("available"),
        (pl.col("shares") * _THOUSAND).alias("value"),
    )


def _classes(traded: pl.DataFrame) -> pl.DataFrame:
    """Return each class of each symbol with the first and last day of every span in which it holds."""
    spans = []
    for scheme, names in _SCHEMES.items():
        label = pl.concat_str([pl.col(name).cast(pl.String) for name in names], separator="-", ignore_nulls=True)
        missing = pl.all_horizontal(pl.col(names).is_null())
        if scheme == "sic":
            label, missing = label.str.zfill(4), pl.col("sic") == 0
        labelled = traded.select("line", "symbol", "session", pl.when(~missing).then(label).alias("label"))
        spans.append(_spans(labelled.drop_nulls("label"), scheme))
    return pl.concat(spans)


def _spans(labelled: pl.DataFrame, scheme: str) -> pl.DataFrame:
    run = pl.col("label").rle_id().over("symbol").alias("run")
    return (
        labelled.sort("symbol", "session")
        .with_columns(run)
        .group_by("symbol", "run", maintain_order=True)
        .agg(
            pl.col("line", "label").first(),
            pl.col("session").min().alias("first"),
            pl.col("session").max().alias("last"),
        )
        .with_columns(pl.lit(scheme).alias("scheme"))
        .select("line", "symbol", "scheme", "label", "first", "last")
    )


def _delistings(named: pl.DataFrame) -> pl.DataFrame:
    reason = pl.concat_str("action", "reason", separator=" ", ignore_nulls=True)
    known = pl.when(reason != "").then(reason).forward_fill().over("permno")
    return (
        named.with_columns(known.alias("reason"))
        .filter("delisted")
        .select("line", "symbol", "session", pl.col("return").alias("delisting_return"), "reason")
    )


CRSP: Final = Publisher(_FIELDS, CrspOptions, _stocks)

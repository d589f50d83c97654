"""IPOs: Jay Ritter's IPO-age.xlsx, and any table of offers with prices, filing ranges and underwriters."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Final

import msgspec
import polars as pl

from emtract.errors import ConfigError
from emtract.ingest.market.fields import Field, Fields, Made, Parsed, Publisher
from emtract.ingest.market.options import Options
from emtract.ingest.market.sieve import firsts
from emtract.schema import PARSED_IPOS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from emtract.ingest.market.cells import Kind


_RITTER_FIELDS: Final[Fields] = {
    "offer_date": Field("day", ("offer date", "offerdate", "date"), required=True),
    "symbol": Field("symbol", ("ticker", "symbol"), required=True),
    "company": Field("text", ("IPO name", "ipname", "issuer name", "company", "name")),
    "cusip": Field("text", ("cusip",)),
    "adr": Field("number", ("adr",)),
    "vc": Field("number", ("vc", "venture")),
    "dual": Field("number", ("dual",)),
    "post_issue_shares": Field("number", ("post-issue shares", "post issue", "post shares")),
    "internet": Field("number", ("internet",)),
    "permno": Field("number", ("crsp perm", "crsp permanent id", "crspperm", "permno", "perm")),
    "founded": Field("number", ("founding", "founded")),
    "rollup": Field("number", ("rollup", "roll up")),
}
_KINDS: Final[Mapping[str, Kind]] = {
    "VARCHAR": "text",
    "DOUBLE": "positive",
    "BIGINT": "whole",
    "INTEGER": "whole",
    "BOOLEAN": "flag",
}
_NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    "symbol": ("symbol", "ticker"),
    "offer_date": ("offer_date", "ipo_date", "pricing_date", "issue_date", "date"),
    "company": ("company", "issuer", "company_name", "issuer_name"),
    "offer_price": ("offer_price", "ipo_price", "price"),
    "founded": ("founded", "founding_year"),
    "industry": ("industry", "sic", "sic_code"),
    "underwriter_rank": ("underwriter_rank", "rank"),
}
_OFFER_FIELDS: Final[Fields] = {
    column.name: Field(
        "symbol" if column.name == "symbol" else "day" if column.type == "DATE" else _KINDS[column.type],
        _NAMES.get(column.name, (column.name,)),
        required=not column.nullable,
    )
    for column in PARSED_IPOS.columns
    if column.name != "line"
} | {
    "underwriter_rank": Field("count", _NAMES["underwriter_rank"]),
    "secondary_share": Field("count", ("secondary_share",)),
    "range_low": Field("positive", ("range_low", "price_low", "low_price")),
    "range_high": Field("positive", ("range_high", "price_high", "high_price")),
    "shares_offered": Field("positive", ("shares_offered",)),
}


class IpoOptions(Options, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Options of both formats of IPOs: how offers that no column marks are told.

    Attributes
    ----------
    spac_names
        Regular expression that the names of blank cheque companies match, whatever their case, such as
        `acquisition|blank check`; None where the names say nothing. What the file itself marks stays.
    unit_tickers
        Whether a ticker of five letters that ends in U is an offer of units, as at Nasdaq.
    """

    spac_names: str | None = None
    unit_tickers: bool = False


class RitterOptions(IpoOptions, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Options of `ritter_ipos`.

    Attributes
    ----------
    adr_code
        What the column ADR has for depositary receipts.
    fund_codes
        First and last of what the column ADR has for closed-end funds, as `3-7`.
    growth_capital_is_venture
        Whether a VC of 2, growth capital, counts as venture capital.
    shares_unit
        Shares that one of the column of post-issue shares stands for; one where neither this nor the column's name says.
    """

    adr_code: int = 2
    fund_codes: str = "3-7"
    growth_capital_is_venture: bool = False
    shares_unit: Annotated[float, msgspec.Meta(gt=0)] | None = None


class OfferOptions(IpoOptions, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Options of `ipo_offers`.

    Attributes
    ----------
    proceeds_unit, assets_unit
        Dollars that one of the columns stands for: 1e6 where the file counts in millions. One where neither this nor the
        column's name says; a name that says so asks for it.
    """

    proceeds_unit: Annotated[float, msgspec.Meta(gt=0)] | None = None
    assets_unit: Annotated[float, msgspec.Meta(gt=0)] | None = None


def _ritter(parsed: Parsed, wanted: RitterOptions, _path: Path) -> Made:
    """Read Ritter's list of IPOs and founding years, .xlsx of any vintage, or the same saved as CSV.

    Table `ipos`, one row a symbol and offer date, null in what the list does not tell.

    Notes
    -----
    Assumed: one sheet whose names of columns stand in its first thirty rows; their words have changed between vintages and are
    matched one by one (`Offer date`, `offerdate`, `CRSP permanent ID`, `CRSP Perm`). The offer date is a number YYYYMMDD. `.`
    and negative numbers are missing, as are a permno of 999 and less. The list has no prices. The vintage of 2022 has neither
    SPACs nor the column ADR; the file of 2025 has SPACs, which no column marks (option `spac_names`), and closed-end funds, whose
    codes stand in the column ADR: of a trust in real estate the list says nothing.
    """
    known = {
        name: pl.when(pl.col(name) >= 0).then(name) for name, field in _RITTER_FIELDS.items() if field.kind == "number"
    }
    venture = known["vc"].is_in([1.0, 2.0] if wanted.growth_capital_is_venture else [1.0])
    funds = known["adr"].is_between(*_span(wanted.fund_codes))
    rows = parsed.frame.with_columns(
        pl.col("cusip").str.replace(r"\.0$", "").str.to_uppercase(),
        pl.when(known["permno"] > 999).then("permno").cast(pl.Int64, strict=False).alias("permno"),
        known["post_issue_shares"] * parsed.unit("post_issue_shares", wanted.shares_unit, "shares_unit"),
        pl.when(known["founded"].is_between(1000, 9999)).then("founded").cast(pl.Int32).alias("founded"),
        (known["adr"] == wanted.adr_code).alias("is_adr"),
        pl.when(funds).then(True).alias("is_reit"),
        pl.when(known["vc"].is_not_null()).then(venture).alias("is_venture_backed"),
        (known["dual"] == 1).alias("is_dual_class"),
        (known["internet"] == 1).alias("is_internet"),
        (known["rollup"] == 1).alias("is_rollup"),
    )
    return _ipos(_completed(rows), wanted)


def _offers(parsed: Parsed, wanted: OfferOptions, _path: Path) -> Made:
    """Read a table of offers: CSV, Excel or Parquet with a symbol, an offer date, and whatever else it tells.

    Table `ipos`, one row a symbol and offer date; prices, proceeds and assets in US dollars.

    Notes
    -----
    Fields are the columns of `schema.PARSED_IPOS`, and range_low, range_high and shares_offered, from which mid_price and
    proceeds are made where the file does not state them. A rank beyond 0 to 9 or a share beyond 0 to 1 is taken as missing.
    """
    middle = (pl.col("range_low") + pl.col("range_high")) / 2
    sold = pl.col("offer_price") * pl.col("shares_offered")
    rows = parsed.frame.with_columns(
        pl.coalesce("mid_price", middle).alias("mid_price"),
        pl.coalesce(pl.col("proceeds") * parsed.unit("proceeds", wanted.proceeds_unit, "proceeds_unit"), sold).alias(
            "proceeds"
        ),
        pl.col("total_assets") * parsed.unit("total_assets", wanted.assets_unit, "assets_unit"),
        pl.when(pl.col("underwriter_rank") <= 9).then("underwriter_rank").alias("underwriter_rank"),
        pl.when(pl.col("secondary_share") <= 1).then("secondary_share").alias("secondary_share"),
    )
    return _ipos(rows, wanted)


def _completed(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the rows with empty columns for what the file does not tell."""
    return rows.with_columns(pl.lit(None).alias(name) for name in PARSED_IPOS.names if name not in rows.columns)


def _ipos(rows: pl.DataFrame, wanted: IpoOptions) -> Made:
    kept, repeated = firsts(_marked(rows, wanted), ["symbol", "offer_date"])
    return {"ipos": kept}, [repeated]


def _marked(rows: pl.DataFrame, wanted: IpoOptions) -> pl.DataFrame:
    """Fill in blank cheque companies and units by their names and tickers, where the options say so."""
    told = rows.with_columns(pl.col("is_spac", "is_unit").cast(pl.Boolean))
    if wanted.spac_names is not None:
        named = _matches(told["company"], wanted.spac_names)
        told = told.with_columns(pl.coalesce("is_spac", named).alias("is_spac"))
    if wanted.unit_tickers:
        told = told.with_columns(pl.coalesce("is_unit", pl.col("symbol").str.contains("^[A-Z]{4}U$")).alias("is_unit"))
    return told


def _matches(names: pl.Series, pattern: str) -> pl.Series:
    try:
        return names.str.contains(f"(?i){pattern}").alias("named")
    except pl.exceptions.ComputeError as error:
        raise ConfigError(
            f"spac_names {pattern!r} is no regular expression: write one such as acquisition|blank check"
        ) from error


def _span(codes: str) -> tuple[int, int]:
    """First and last code of `3-7`."""
    found = re.fullmatch(r"\s*(\d+)\s*-\s*(\d+)\s*", codes)
    if found is None:
        raise ConfigError(f"fund_codes {codes!r} are no codes: write the first and the last, such as 3-7")
    return int(found[1]), int(found[2])


RITTER: Final = Publisher(_RITTER_FIELDS, RitterOptions, _ritter, loose=True)
OFFERS: Final = Publisher(_OFFER_FIELDS, OfferOptions, _offers)

"""The SEC's data sets of form 13F -> characteristics institutional_shares and institutional_value."""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Annotated, Final, Literal

import msgspec
import polars as pl

from emtract.errors import MarketDataError, SourceError
from emtract.ingest.archives import MEMBER_LINES, read_members
from emtract.ingest.market.fields import Chunk, Field, Fields, parse_chunks, read_fields, settle
from emtract.ingest.market.options import Options, refuse, take
from emtract.ingest.market.sieve import firsts, make_batch, refuse_rows, rejections, sift
from emtract.ingest.market.tables import places, plain_rows
from emtract.ingest.streams import base_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from emtract.ingest.market import MarketBatch, Option
    from emtract.ingest.market.options import CellForm
    from emtract.ingest.records import Rejection, Row
    from emtract.ingest.streams import Source


Part = Literal["SUBMISSION", "COVERPAGE", "INFOTABLE"]
_PARTS: Final[Mapping[Part, Fields]] = {
    "SUBMISSION": {
        "accession": Field("text", ("ACCESSION_NUMBER",), required=True),
        "filed": Field("day", ("FILING_DATE",), required=True),
        "type": Field("text", ("SUBMISSIONTYPE",), required=True),
        "manager": Field("text", ("CIK",), required=True),
        "period": Field("day", ("PERIODOFREPORT",), required=True),
    },
    "COVERPAGE": {
        "accession": Field("text", ("ACCESSION_NUMBER",), required=True),
        "amendment": Field("text", ("AMENDMENTTYPE",), present=True),
    },
    "INFOTABLE": {
        "accession": Field("text", ("ACCESSION_NUMBER",), required=True),
        "cusip": Field("text", ("CUSIP",), required=True),
        "value": Field("count", ("VALUE",)),
        "shares": Field("count", ("SSHPRNAMT",), required=True),
        "unit": Field("text", ("SSHPRNAMTTYPE",), required=True),
        "option": Field("text", ("PUTCALL",)),
    },
}
_CUSIPS: Final[Fields] = {
    "cusip": Field("text", ("cusip",), required=True),
    "symbol": Field("symbol", ("symbol", "ticker"), required=True),
    "first": Field("day", ("first",)),
    "last": Field("day", ("last",)),
}
_SUFFIXES: Final = frozenset({".zip", ".tsv"})
#: Lines of each file of a folder are counted from another multiple of this.
_FILE_LINES: Final = 100 * MEMBER_LINES
#: What breaks a file: a sum over what is left would be too small and look whole.
_BROKEN: Final = ("broken stream", "expands without bound", "refused member")
#: Filings from this day on state values in dollars, earlier ones in thousands of them.
_DOLLARS: Final = date(2023, 1, 3)
#: Days after the end of a quarter by which managers have to file.
LAG_DAYS: Final = 45
_NAMES: Final = {"shares": "institutional_shares", "value": "institutional_value"}


class HoldingsOptions(Options, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Options of `sec_13f`.

    Attributes
    ----------
    cusips
        Table with the columns cusip (8 or 9 characters) and symbol, and first and last where a symbol did not always hold.
    publication_lag_days
        Days after the end of a quarter from which its holdings count as public.
    late_filings
        Whether a filing after that day changes the sum from its own day on; False leaves it out.
    """

    cusips: str
    publication_lag_days: Annotated[int, msgspec.Meta(ge=0)] = LAG_DAYS
    late_filings: bool = True


def read_holdings(path: Path, columns: Mapping[str, str], options: Mapping[str, Option]) -> MarketBatch:
    """Read one data set, a zip or a folder of its tables, or a folder of data sets, whose amendments then find their filings.

    Parameters
    ----------
    path
        A zip, or a folder whose `.zip` and `.tsv` files are taken at any depth.
    columns
        Empty: the SEC's columns are known.
    options
        Fields of `HoldingsOptions`; `cusips` is relative to `path` where that is a folder, else to its folder.

    Returns
    -------
    MarketBatch
        Table `characteristics`: institutional_shares in shares, institutional_value in US dollars.

    Raises
    ------
    ConfigError
        The option `cusips` is absent, another is unknown, or `columns` is not empty.
    SourceError
        A table is absent or broken.
    MarketDataError
        `cusips` gives one CUSIP two symbols at once, or has a row that cannot be read.

    Notes
    -----
    Sums are over all managers, of `SSHPRNAMT` in shares (SH) without options (PUTCALL), a CUSIP's first eight characters
    naming the security. A filing and a restatement replace what the manager filed for the quarter before; new holdings add to
    it. The sum of a quarter is public from `publication_lag_days` after its end, and changes on the day of each later filing:
    one row each, the newest of which holds. Values are thousands of dollars in filings before 2023-01-03.

    A data set holds the filings of three months, so of older quarters only late filings and amendments. A quarter whose filings
    the files do not cover from its deadline on is `partial period`: read the data sets together. Managers report what they
    hold in common more than once at times, so sums can exceed the shares outstanding.
    """
    refuse(columns)
    wanted = take(options, HoldingsOptions)
    known = _known(path, wanted)
    parts, rejected, rows_read = _read(path, wanted.form)
    filings, unread = _filings(parts)
    timed, late = in_force(filings, lag_days=wanted.publication_lag_days, late=wanted.late_filings)
    owned, left_out = _owned(parts["INFOTABLE"], filings)
    named, unnamed = _named(owned.join(timed, on="accession"), known)
    out = [rejected, unread, late, left_out, unnamed]
    return make_batch({"characteristics": sums(named)}, out, rows_read=rows_read)


def _known(path: Path, wanted: HoldingsOptions) -> pl.DataFrame:
    """Return cusip (8 characters), symbol, first and last."""
    folder = path if path.is_dir() else path.parent
    parsed = read_fields(folder / wanted.cusips, _CUSIPS, {}, wanted.form)
    if parsed.rejected.height:
        line, reason, detail = parsed.rejected.row(0)
        raise MarketDataError(f"{wanted.cusips}, line {line}: {reason} ({detail}): mend the table of CUSIPs")
    return parsed.frame.with_columns(_issue(pl.col("cusip")))


def _issue(cusip: pl.Expr) -> pl.Expr:
    """Issuer and issue of a CUSIP, without its check digit; zeros that a spreadsheet ate stand again."""
    upper = cusip.str.to_uppercase()
    return pl.when(upper.str.len_chars() == 8).then(upper).otherwise(upper.str.zfill(9).str.slice(0, 8))


def _read(path: Path, form: CellForm) -> tuple[dict[Part, pl.DataFrame], pl.DataFrame, int]:
    parts: dict[Part, list[Chunk]] = {part: [] for part in _PARTS}
    for part, chunk in _chunks(path, form):
        broken = chunk.rejected.filter(pl.col("reason").is_in(_BROKEN))
        if broken.height:
            raise SourceError(
                f"{path}: {part} is broken ({broken['detail'][0]}): sums over the rest would be too small"
            )
        parts[part].append(chunk)
    for part, fields in _PARTS.items():
        if not parts[part]:
            columns = ", ".join(field.names[0] for field in fields.values())
            raise SourceError(
                f"{path} has no {part}.tsv with rows and the columns {columns}: fetch the data set again, or put "
                "SUBMISSION.tsv, COVERPAGE.tsv and INFOTABLE.tsv into one zip"
            )
    read = {part: settle(chunks, _PARTS[part], form, path) for part, chunks in parts.items()}
    rejected = pl.concat([parsed.rejected for parsed in read.values()])
    rows_read = sum(parsed.rows_read for parsed in read.values())
    return {part: parsed.frame for part, parsed in read.items()}, rejected, rows_read


def _chunks(path: Path, form: CellForm) -> Iterator[tuple[Part, Chunk]]:
    """Yield the parts of all files, lines counted from another start in each file."""
    files = sorted(file for file in path.rglob("*") if file.is_file()) if path.is_dir() else [path]
    for number, file in enumerate(file for file in files if file.suffix.lower() in _SUFFIXES):
        for part in _PARTS:
            rows = read_members(file, partial(_rows, part=part))
            for chunk in parse_chunks(rows, partial(_PARTS.__getitem__, part), form):
                yield part, chunk.from_line(number * _FILE_LINES)


def _rows(source: Source, part: Part) -> Iterator[Row | Rejection]:
    """Yield the rows of one part, or nothing of a member that is another."""
    fields = _PARTS[part]
    if base_name(source).partition(".")[0].upper() == part:
        yield from plain_rows(source, partial(places, fields), "\t")


def _filings(parts: Mapping[Part, pl.DataFrame]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the reports with holdings: line, accession, manager, period, filed, is_base (it replaces what was before)."""
    covers = parts["COVERPAGE"].unique("accession", keep="first", maintain_order=True).drop("line")
    reports, repeated = firsts(parts["SUBMISSION"], ["accession"])
    reports = reports.filter(pl.col("type").str.to_uppercase().str.starts_with("13F-HR")).join(
        covers, on="accession", how="left"
    )
    told = pl.col("amendment").str.to_uppercase().fill_null("")
    is_amendment = pl.col("type").str.ends_with("/A")
    adds = is_amendment & told.str.contains("NEW")
    unknown = is_amendment & ~adds & ~told.str.contains("RESTATE")
    detail = pl.format("amendment {} is neither a restatement nor new holdings: it is left out", "accession")
    known, vague = sift(reports, unknown, reason="unknown word", detail=detail)
    detail = pl.format("{} was filed before {}, the end of its quarter", "accession", "period")
    kept, early = sift(known, pl.col("filed") < pl.col("period"), reason="unreadable date", detail=detail)
    return kept.with_columns(~adds.alias("is_base")), pl.concat([repeated, vague, early])


def _owned(table: pl.DataFrame, filings: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return shares held without options; the others are counted in one rejection, as are shares of no filing."""
    is_option = pl.col("option").is_not_null()
    is_share = (pl.col("unit").str.to_uppercase() == "SH") & ~is_option
    counts = table.select((~is_share & ~is_option).sum().alias("debt"), is_option.sum().alias("options")).row(0)
    words = "positions in principal amounts: {}, in options: {}; ownership counts shares alone".format(*counts)
    out = rejections([(0, "left out", words)] if any(counts) else [])
    detail = pl.format("its filing {} is no report with holdings that was kept", "accession")
    strays = table.filter(is_share).unique("accession", keep="first", maintain_order=True)
    known = filings["accession"].implode()
    _, unfiled = sift(strays, ~pl.col("accession").is_in(known), reason="missing field", detail=detail)
    return table.filter(is_share).with_columns(_issue(pl.col("cusip"))).drop("unit", "option"), pl.concat(
        [out, unfiled]
    )


def _named(owned: pl.DataFrame, known: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return holdings with their symbols, and one rejection for each CUSIP without one."""
    symbols = (
        owned.select("cusip", "period").unique().join(known.drop("line"), on="cusip").filter(_holds(pl.col("period")))
    )
    symbols = symbols.select("cusip", "period", "symbol").unique()
    if symbols.select("cusip", "period").is_duplicated().any():
        cusip, period = (
            symbols.filter(symbols.select("cusip", "period").is_duplicated()).sort("cusip", "period").row(0)[:2]
        )
        raise MarketDataError(f"cusips gives {cusip} several symbols on {period}: give first and last days to each")
    named = owned.join(symbols, on=["cusip", "period"], how="left")
    missing = (
        named.filter(pl.col("symbol").is_null())
        .group_by("cusip")
        .agg(pl.col("line").min(), pl.len(), pl.col("shares").sum())
    )
    detail = pl.format("{}: {} shares in {} rows", "cusip", pl.col("shares").cast(pl.Int64), "len")
    return named.drop_nulls("symbol"), refuse_rows(missing, "no symbol", detail).sort("line")


def _holds(day: pl.Expr) -> pl.Expr:
    return (pl.col("first").is_null() | (pl.col("first") <= day)) & (pl.col("last").is_null() | (day <= pl.col("last")))


def in_force(filings: pl.DataFrame, *, lag_days: int, late: bool) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the days on which each filing counts: accession, manager, period, filed, start, and end (null: it still does).

    Parameters
    ----------
    filings
        accession, manager, period, filed, is_base, line.
    lag_days
        Days after the end of a quarter before which nothing of it counts.
    late
        Whether filings after that day count at all.

    Notes
    -----
    A base ends with the day on which the same manager files the next for the same quarter, and with it the new holdings
    added to it. Rejected: `partial period`, where the earliest filing of all is later than the deadline of the quarter, so
    that most of its filings stand in other data sets; and `left out`.
    """
    deadline = pl.col("period").dt.offset_by(f"{LAG_DAYS}d")
    detail = pl.format(
        "{} reports {}, whose filings begin before these data sets: read them together, in one zip",
        "accession",
        "period",
    )
    covered, partial = sift(filings, pl.col("filed").min() > deadline, reason="partial period", detail=detail)
    public = pl.col("period").dt.offset_by(f"{lag_days}d")
    after = (pl.col("filed") > public) & (not late)
    detail = pl.format("{} was filed on {}, later than its quarter counts as public", "accession", "filed")
    kept, left_out = sift(covered, after, reason="left out", detail=detail)
    key = ["manager", "period"]
    ordered = kept.sort(*key, "filed", "accession").with_columns(pl.col("is_base").cum_sum().over(key).alias("base"))
    bases = ordered.filter("is_base").select(*key, pl.col("base") - 1, pl.col("filed").alias("replaced"))
    timed = ordered.join(bases, on=[*key, "base"], how="left").with_columns(
        pl.max_horizontal("filed", public).alias("start"), pl.max_horizontal("replaced", public).alias("end")
    )
    counts = pl.col("replaced").is_null() | (pl.col("end") > pl.col("start"))
    end = pl.when(pl.col("replaced").is_not_null()).then("end").alias("end")
    columns = ["accession", "manager", "period", "filed", "start", end]
    return timed.filter(counts).select(columns), pl.concat([partial, left_out])


def sums(holdings: pl.DataFrame) -> pl.DataFrame:
    """Return one row a symbol, quarter and day on which its sum of shares or of value becomes another.

    Parameters
    ----------
    holdings
        line, symbol, period, filed, start, end, shares, value.
    """
    in_dollars = pl.when(pl.col("filed") < _DOLLARS).then(1_000).otherwise(1) * pl.col("value")
    whole = holdings.with_columns(
        pl.col("shares").cast(pl.Decimal(38, 2)), in_dollars.cast(pl.Decimal(38, 2)).alias("value")
    )
    long = whole.unpivot(
        list(_NAMES), index=["line", "symbol", "period", "start", "end"], variable_name="name", value_name="amount"
    )
    entering = long.select("line", "symbol", "name", "period", pl.col("start").alias("available"), "amount")
    leaving = long.drop_nulls("end").select(
        "line", "symbol", "name", "period", pl.col("end").alias("available"), -pl.col("amount")
    )
    key = ["symbol", "name", "period"]
    changes = (
        pl.concat([entering, leaving])
        .drop_nulls("amount")
        .group_by(*key, "available")
        .agg(pl.col("line").min(), pl.col("amount").sum())
        .filter(pl.col("amount") != 0)
        .sort(*key, "available")
    )
    total = pl.col("amount").cum_sum().over(key).cast(pl.Float64).alias("value")
    return changes.with_columns(total, pl.col("name").replace_strict(_NAMES))

"""Market data written as their publishers ship them, from plain frames: what the readers of `ingest/market` are tried on.

Nothing of a publisher is in them: every number is the caller's. Equal frames give equal bytes.
"""

from __future__ import annotations

import zipfile
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from emtract.atomic import write_if_changed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

_FACTORS: Final = {"mkt_rf": "Mkt-RF", "smb": "SMB", "hml": "HML", "rmw": "RMW", "cma": "CMA", "mom": "Mom", "rf": "RF"}
#: Filings from this day on state values in dollars, earlier ones in thousands of them.
_DOLLARS: Final = date(2023, 1, 3)
_NEVER: Final = (1980, 1, 1, 0, 0, 0)
_CRSP_WORDS: Final = {
    "cusip": "CUSIP",
    "company": "IssuerNm",
    "exchange": "PrimaryExch",
    "share_class": "ShareClass",
    "sic": "SICCD",
    "delisting_reason": "DelReasonType",
}
_RITTER_FLAGS: Final = {
    "is_venture_backed": "VC",
    "is_dual_class": "Dual",
    "is_internet": "Internet",
    "is_rollup": "Rollup",
}


def write_crsp_ciz(frame: pl.DataFrame, path: Path) -> None:
    """Write a daily stock file in the CIZ format, `.csv` or `.parquet`.

    Parameters
    ----------
    frame
        permno, session, symbol, open, high, low, close, total_return, volume, shares_outstanding; and where wanted cusip,
        company, exchange, share_class, sic, delisted and delisting_reason. A delisting is a row of its own: `close` is the
        value after it, `total_return` the delisting return.
    """
    gone = pl.col("delisted").fill_null(value=False) if "delisted" in frame.columns else pl.lit(value=False)
    words = [pl.col(name).alias(column) for name, column in _CRSP_WORDS.items() if name in frame.columns]
    priced = pl.col("close").is_not_null() & ~gone
    previous = pl.when(priced).then("session").shift(1).forward_fill().over("permno", order_by="session")
    _write_table(
        frame.select(
            pl.col("permno").alias("PERMNO"),
            pl.col("session").alias("DlyCalDt"),
            pl.when(~gone).then("symbol").alias("Ticker"),
            pl.col("close").alias("DlyPrc"),
            pl.when(gone).then(pl.lit("DP")).when(priced).then(pl.lit("TR")).otherwise(pl.lit("MP")).alias("DlyPrcFlg"),
            *(pl.when(~gone).then(name).alias(f"Dly{name.title()}") for name in ("open", "high", "low", "close")),
            pl.col("total_return").alias("DlyRet"),
            previous.alias("DlyPrevDt"),
            pl.col("volume").alias("DlyVol"),
            (pl.col("shares_outstanding") / 1_000).alias("ShrOut"),
            pl.when(gone).then(pl.lit("Y")).otherwise(pl.lit("N")).alias("DlyDelFlg"),
            pl.lit("EQTY").alias("SecurityType"),
            pl.lit("COM").alias("SecuritySubType"),
            pl.lit("NS").alias("ShareType"),
            *words,
        ),
        path,
    )


def write_french_factors(frame: pl.DataFrame, path: Path) -> None:
    """Write daily factors, `.csv` or the `.zip` of it: `session` and any of mkt_rf, smb, hml, rmw, cma, mom, rf as fractions."""
    names = [name for name in _FACTORS if name in frame.columns]
    remarks = ["This file was made by emtract and holds none of the published factors.", ""]
    table = _french_table([_FACTORS[name] for name in names], frame.select("session", *names), digits=6)
    _write_text("\r\n".join([*remarks, *table, "", "Copyright of nobody", ""]), path)


def write_french_industries(frame: pl.DataFrame, path: Path) -> None:
    """Write daily returns of industries, `.csv` or the `.zip` of it: `session` and a column an industry, as fractions.

    The equal-weighted table below the other holds nines, so that a reader who takes it shows.
    """
    names = [name for name in frame.columns if name != "session"]
    remarks = [f"It contains value- and equal-weighted returns for {len(names)} industry portfolios.", ""]
    value = _french_table([name.ljust(5) for name in names], frame, digits=6)
    equal = _french_table(names, frame.with_columns(pl.lit(0.99).alias(name) for name in names), digits=6)
    titles = [f"  Average {weights} Weighted Returns -- Daily" for weights in ("Value", "Equal")]
    _write_text("\r\n".join([*remarks, titles[0], *value, "", "", titles[1], *equal, ""]), path)


def write_finra_short_interest(frame: pl.DataFrame, path: Path) -> None:
    """Write short interest, pipes in a `.csv`: symbol, settlement, shares_short, and where wanted days_to_cover."""
    days = pl.col("days_to_cover") if "days_to_cover" in frame.columns else pl.lit(None, pl.Float64)
    columns = [
        pl.col("settlement").dt.strftime("%Y%m%d").alias("accountingYearMonthNumber"),
        pl.col("symbol").alias("symbolCode"),
        pl.format('"{}" Inc', "symbol").alias("issueName"),
        pl.lit("A").alias("issuerServicesGroupExchangeCode"),
        pl.lit("NYSE").alias("marketClassCode"),
        pl.col("shares_short").alias("currentShortPositionQuantity"),
        *(pl.lit(None, pl.Int64).alias(n) for n in ("previousShortPositionQuantity", "stockSplitFlag")),
        pl.lit(None, pl.Int64).alias("averageDailyVolumeQuantity"),
        days.alias("daysToCoverQuantity"),
        *(pl.lit(None, pl.Int64).alias(n) for n in ("revisionFlag", "changePercent", "changePreviousNumber")),
        pl.col("settlement").alias("settlementDate"),
    ]
    _write_text(_delimited(frame.select(columns), "|"), path)


def write_sec_13f(filings: pl.DataFrame, holdings: pl.DataFrame, path: Path) -> None:
    """Write a `.zip` of form 13F data.

    Parameters
    ----------
    filings
        accession, filed, type (13F-HR, 13F-HR/A), manager, period, amendment (RESTATEMENT, NEW HOLDINGS or null).
    holdings
        accession, cusip, shares, value in dollars, and where wanted unit (SH, PRN) and option (Put, Call).
    path
        Where to write; in the archive, values of filings from before 2023 stand in thousands, as the SEC has them.
    """
    days = [pl.col(name).dt.strftime("%d-%b-%Y").str.to_uppercase() for name in ("filed", "period")]
    amended = pl.when(pl.col("type").str.ends_with("/A")).then(pl.lit("Y")).otherwise(pl.lit("N"))
    submission = filings.select(
        pl.col("accession").alias("ACCESSION_NUMBER"),
        days[0].alias("FILING_DATE"),
        pl.col("type").alias("SUBMISSIONTYPE"),
        pl.col("manager").cast(pl.String).str.zfill(10).alias("CIK"),
        days[1].alias("PERIODOFREPORT"),
    )
    cover = filings.select(
        pl.col("accession").alias("ACCESSION_NUMBER"),
        amended.alias("ISAMENDMENT"),
        pl.col("amendment").cast(pl.String).alias("AMENDMENTTYPE"),
    )
    tables = {"SUBMISSION": submission, "COVERPAGE": cover, "INFOTABLE": _infotable(filings, holdings)}
    _write_zip({f"{name}.tsv": _delimited(table, "\t") for name, table in tables.items()}, path)


def _infotable(filings: pl.DataFrame, holdings: pl.DataFrame) -> pl.DataFrame:
    rows = holdings.join(filings.select("accession", "filed"), on="accession", how="left", maintain_order="left")
    unit = pl.col("unit").fill_null("SH") if "unit" in holdings.columns else pl.lit("SH")
    option = pl.col("option") if "option" in holdings.columns else pl.lit(None, pl.String)
    thousands = pl.when(pl.col("filed") < _DOLLARS).then((pl.col("value") / 1_000).round(0)).otherwise("value")
    return rows.select(
        pl.col("accession").alias("ACCESSION_NUMBER"),
        pl.format('"{}" CORP', "cusip").alias("NAMEOFISSUER"),
        pl.lit("COM").alias("TITLEOFCLASS"),
        pl.col("cusip").alias("CUSIP"),
        thousands.cast(pl.Int64).alias("VALUE"),
        pl.col("shares").cast(pl.Int64).alias("SSHPRNAMT"),
        unit.alias("SSHPRNAMTTYPE"),
        option.alias("PUTCALL"),
    )


def write_ritter_ipos(frame: pl.DataFrame, path: Path) -> None:
    """Write an `.xlsx` such as IPO-age: offer_date, symbol, and where wanted company, cusip, is_adr, the flags, permno, founded.

    Raises
    ------
    MarketDataError
        XlsxWriter is not installed.
    """
    flags = [_coded(frame, name).alias(column) for name, column in _RITTER_FLAGS.items()]
    table = frame.select(
        pl.col("offer_date").dt.strftime("%Y%m%d").cast(pl.Int64).alias("offer date"),
        _or_dot(frame, "company").alias("IPO name"),
        pl.col("symbol").alias("Ticker"),
        _or_dot(frame, "cusip").alias("CUSIP"),
        (_coded(frame, "is_adr") + 1).alias("ADR"),
        *flags[:2],
        _or_dot(frame, "post_issue_shares").alias("Post-issue shares"),
        flags[2],
        _or_dot(frame, "permno").alias("CRSP Perm"),
        (pl.col("founded").fill_null(-99) if "founded" in frame.columns else pl.lit(-99)).alias("Founding"),
        flags[3],
    )
    _write_xlsx(table, path, sheet="1975-2025")


def _coded(frame: pl.DataFrame, name: str) -> pl.Expr:
    return (pl.col(name).fill_null(value=False) if name in frame.columns else pl.lit(value=False)).cast(pl.Int64)


def _or_dot(frame: pl.DataFrame, name: str) -> pl.Expr:
    """Return a column as text with a dot for what is missing, as the list has it."""
    return pl.col(name).cast(pl.String).fill_null(".") if name in frame.columns else pl.lit(".")


def write_ipo_offers(frame: pl.DataFrame, path: Path) -> None:
    """Write a table of offers, its columns from `schema.PARSED_IPOS` and range_low, range_high, shares_offered."""
    _write_table(frame, path)


def write_earnings(frame: pl.DataFrame, path: Path) -> None:
    """Write a table of announcements: symbol, announced_on, and where wanted time, period, eps, consensus, analysts, price."""
    _write_table(frame, path)


def _french_table(names: Sequence[str], frame: pl.DataFrame, *, digits: int) -> list[str]:
    """Return the lines of a table in per cent; -99.99 stands for no return."""
    lines = ["," + ",".join(names)]
    for session, *values in frame.iter_rows():
        cells = ["-99.99" if value is None else f"{value * 100:.{digits}f}" for value in values]
        lines.append(f"{session:%Y%m%d}," + ",".join(cell.rjust(8) for cell in cells))
    return lines


def _delimited(frame: pl.DataFrame, delimiter: str) -> str:
    """Return a table without any quoting, as publishers write it whose delimiter stands in no cell."""
    text = frame.select(pl.all().cast(pl.String).fill_null("")).iter_rows()
    return "\n".join(delimiter.join(row) for row in [frame.columns, *text]) + "\n"


def _write_table(frame: pl.DataFrame, path: Path) -> None:
    if path.suffix == ".parquet":
        frame.write_parquet(path)
    else:
        _write_text(frame.write_csv(), path)


def _write_text(text: str, path: Path) -> None:
    if path.suffix == ".zip":
        _write_zip({f"{path.stem}.csv": text}, path)
    else:
        write_if_changed(path, text)


def _write_zip(members: Mapping[str, str], path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in members.items():
            archive.writestr(zipfile.ZipInfo(name, _NEVER), text, compress_type=zipfile.ZIP_DEFLATED)


def _write_xlsx(frame: pl.DataFrame, path: Path, *, sheet: str) -> None:
    import xlsxwriter

    options: dict[str, Any] = {"strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(path, options) as book:
        book.set_properties({"created": datetime(*_NEVER[:3])})  # noqa: DTZ001
        frame.write_excel(book, worksheet=sheet)

"""What is kept and what is not: rows that pass a check, the rejections of the others, and the batch they make."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from emtract import schema
from emtract.ingest.market import MarketBatch
from emtract.ingest.records import MAX_DETAIL, Reason, Rejection

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pyarrow as pa

_REJECTED: Final = {"line": pl.Int64, "reason": pl.String, "detail": pl.String}


def rejections(rows: Sequence[Rejection | tuple[int, Reason, str]] = ()) -> pl.DataFrame:
    """Return rejections as a frame of line, reason and detail."""
    return pl.DataFrame([tuple(row) for row in rows], schema=_REJECTED, orient="row")


def sift(frame: pl.DataFrame, fails: pl.Expr, *, reason: Reason, detail: pl.Expr) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the rows that pass, and the rejections of those that fail.

    Parameters
    ----------
    frame
        Rows with the column `line`.
    fails
        Boolean expression over the columns of `frame`; a row for which it is null passes.
    reason
        Why the rows are kept out, from the short list.
    detail
        Text of each rejection, an expression over the columns of `frame`.

    Returns
    -------
    tuple
        Rows of `frame`, and a frame of line, reason and detail.
    """
    failing = frame.select(fails.fill_null(value=False).alias("fails"))["fails"]
    return frame.filter(~failing), refuse_rows(frame.filter(failing), reason, detail)


def refuse_rows(rows: pl.DataFrame, reason: Reason, detail: pl.Expr) -> pl.DataFrame:
    """Return the rejections of all of the rows.

    Parameters
    ----------
    rows
        Rows with the column `line`.
    reason, detail
        As in `sift`.
    """
    return rows.select("line", pl.lit(reason).alias("reason"), detail.alias("detail"))


def without_values(frame: pl.DataFrame, names: Sequence[str]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the rows that have one of the values at least, and the rejections `missing field` of the others."""
    empty = pl.all_horizontal(pl.col(names).is_null()) if names else pl.lit(value=False)
    return sift(frame, empty, reason="missing field", detail=pl.lit("the row has no value"))


def public_days(rows: pl.DataFrame, about: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the rows that say when they became public, not before the day in the column `about`; and the others' rejections."""
    detail = pl.lit("the row does not say when it became public")
    told, undated = sift(rows, pl.col("available").is_null(), reason="no available day", detail=detail)
    early = pl.col("available") < pl.col(about)
    detail = pl.format("available {} is before the day {} that it describes", "available", about)
    kept, before = sift(told, early, reason="unreadable date", detail=detail)
    return kept, pl.concat([undated, before])


def firsts(frame: pl.DataFrame, key: Sequence[str]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the first row of each key, and the rejections `repeated row` of the others, which say whether they differ."""
    stands = pl.format("{} stands earlier in the file", pl.concat_str(pl.col(key).cast(pl.String), separator=" "))
    repeated = frame.select(~pl.struct(key).is_first_distinct()).to_series()
    if not repeated.any():
        return frame, rejections()
    twice = frame.filter(frame.select(pl.struct(key).is_duplicated()).to_series())
    known = twice.with_columns(
        (~pl.struct(key).is_first_distinct()).alias("repeated"),
        pl.struct(pl.exclude("line")).is_first_distinct().alias("differs"),
    )
    detail = pl.when("differs").then(pl.concat_str(stands, pl.lit(", with other values"))).otherwise(stands)
    out = sift(known, pl.col("repeated"), reason="repeated row", detail=detail)[1]
    return frame.filter(~repeated), out


def make_batch(tables: Mapping[str, pl.DataFrame], rejected: Sequence[pl.DataFrame], *, rows_read: int) -> MarketBatch:
    """Return the batch: tables in their contracts and in the order of lines.

    Parameters
    ----------
    tables
        Name of a stored table -> rows, with the columns of `schema.PARSED_*` of that name among theirs.
    rejected
        Frames of line, reason and detail, at least one; details of one line and reason are joined.
    rows_read
        Rows of the file, kept or not.
    """
    arrow = {name: _arrow(frame, getattr(schema, f"PARSED_{name.upper()}")) for name, frame in tables.items()}
    return MarketBatch(arrow, _arrow(_joined(pl.concat(rejected)), schema.REJECTED), rows_read)


def _joined(rejected: pl.DataFrame) -> pl.DataFrame:
    detail = pl.col("detail").unique(maintain_order=True).str.join("; ")
    return rejected.group_by("line", "reason", maintain_order=True).agg(
        detail.str.replace_all("\0", "\ufffd", literal=True).str.slice(0, MAX_DETAIL)
    )


def _arrow(frame: pl.DataFrame, contract: schema.Table) -> pa.Table:
    return frame.sort("line", maintain_order=True).select(contract.names).to_arrow().cast(contract.arrow)

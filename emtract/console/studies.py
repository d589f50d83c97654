"""Estimates of a study, beside a written-down truth or another's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from emtract.console.tables import print_table
from emtract.console.voice import say

if TYPE_CHECKING:
    from collections.abc import Mapping

    import polars as pl

    from emtract.study import StudyResult


def print_comparison(comparison: pl.DataFrame) -> None:
    """Print what was planted, what the true labels give and what the model's reading gives."""
    import polars as pl

    interval = pl.format("{} to {}", pl.col("conf_low").round(1), pl.col("conf_high").round(1))
    print_table(
        comparison.with_columns(pl.col("spec").str.strip_suffix("_emotions"), interval.alias("95 % interval")).drop(
            "conf_low", "conf_high"
        )
    )


def print_truth(truth: pl.DataFrame) -> None:
    """Print what a generated archive was given, number by number."""
    import polars as pl

    print_table(
        truth.with_columns(pl.col("truth").map_elements("{:.4g}".format, return_dtype=pl.String)), fold=("note",)
    )


def print_headline(tidy: pl.DataFrame, headline: tuple[tuple[str, str], ...]) -> None:
    """Print the coefficients that a study answers its question from, each with as many decimals as its standard error needs."""
    import polars as pl

    chosen = pl.DataFrame(list(headline), schema=["spec", "term"], orient="row")
    rows = chosen.join(tidy, on=["spec", "term"], how="left", maintain_order="left")
    print_table(pl.DataFrame([_headline_row(row) for row in rows.iter_rows(named=True)], infer_schema_length=None))


def _headline_row(row: Mapping[str, Any]) -> dict[str, object]:
    """Return one coefficient as cells: the standard error with three significant digits, the others with its decimals."""
    from emtract.words.numbers import decimals_for, p_text

    digits = decimals_for([row["std_error"]], least=2)
    names = ("estimate", "std_error", "conf_low", "conf_high")
    numbers = {name: None if row[name] is None else f"{row[name]:,.{digits}f}" for name in names}
    p_value = None if row["p_value"] is None else p_text(row["p_value"])
    return {"spec": row["spec"], "term": row["term"], **numbers, "p_value": p_value, "n_obs": row["n_obs"]}


def print_missing(result: StudyResult) -> None:
    """Print what of a study was not estimated, with the reason."""
    from emtract.report.tables.regressions import not_estimated

    say(*not_estimated(result))

"""Any frame as a plain table of text: names for columns, one number of decimals a column."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import polars as pl

from emtract.report.figures.palette import tone
from emtract.words.names import term_name, words
from emtract.words.numbers import decimals_for, p_text, signed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from emtract.study import StudyResult

_HEADINGS: Final = {
    "term": "Regressor",
    "variable": "Variable",
    "column": "Variable",
    "std_error": "Std. error",
    "sd": "Std. dev.",
    "n": "N",
    "n_obs": "N",
    "p_value": "p",
    "estimate": "Estimate",
    "t_stat": "t",
    "statistic": "Statistic",
    "n_draws": "Draws",
    "conf_low": "95\u00a0% low",
    "conf_high": "95\u00a0% high",
    "sign": "Expected sign",
    "met": "As expected",
    "verdict": "Outcome",
    "p1": "1\u00a0%",
    "p25": "25\u00a0%",
    "p50": "Median",
    "median": "Median",
    "p75": "75\u00a0%",
    "p99": "99\u00a0%",
    "min": "Min",
    "max": "Max",
    "z": "S.e. away",
    "covered": "In the 95\u00a0% interval",
    "p_adjusted": "Adjusted p",
}
#: Columns whose cells are names of columns of the panel.
TERM_COLUMNS: Final = frozenset({"term", "variable", "column", "y"})


@dataclass(frozen=True)
class PlainTable:
    """A table of text; each row has a tone ('' for none), shown in the column numbered `toned`; `long` columns hold prose."""

    headings: tuple[str, ...]
    numeric: tuple[bool, ...]
    rows: tuple[tuple[str, ...], ...]
    tones: tuple[str, ...]
    toned: int
    long: tuple[bool, ...]


def plain_table(
    frame: pl.DataFrame, *, specs: Mapping[str, str] | None = None, decimals: Literal["column", "row"] = "column"
) -> PlainTable:
    """Turn a frame into text.

    Parameters
    ----------
    frame
        Any frame; `term`, `variable` and `y` hold column names of the panel, `spec` holds spec names.
    specs
        Spec name -> heading.
    decimals
        Whether the numbers of a column or of a row share their decimals: rows, where each row is another variable.
    """
    by_row = [decimals_for([v for v in row if isinstance(v, float)]) for row in frame.iter_rows()]
    columns = [_texts(frame[name], specs or {}, by_row if decimals == "row" else None) for name in frame.columns]
    toned = next((i for i, c in enumerate(frame.columns) if c in TERM_COLUMNS), -1)
    tones = (_row_tone(str(t)) for t in frame[:, toned]) if toned >= 0 else ("" for _ in range(frame.height))
    return PlainTable(
        tuple(heading(name) for name in frame.columns),
        tuple(dtype.is_numeric() for dtype in frame.dtypes),
        tuple(zip(*columns, strict=True)),
        tuple(tones),
        toned,
        tuple(any(len(text) > 36 for text in column) for column in columns),
    )


def heading(column: str) -> str:
    """Heading of a column."""
    return _HEADINGS.get(column, words(column))


def cell_texts(column: pl.Series) -> list[str]:
    """Every value of a column as text, floats with decimals that suit all of them."""
    return _texts(column, {}, None)


def _row_tone(term: str) -> str:
    return tone(term) if tone(term) != "other" else ""


def _texts(column: pl.Series, specs: Mapping[str, str], by_row: Sequence[int] | None) -> list[str]:
    if column.dtype.is_float() and (column.name == "p_value" or column.name.startswith("p_")):
        return [p_text(v) if v is not None else "" for v in column]
    if column.dtype.is_float():
        decimals = by_row or [decimals_for([v for v in column.to_list() if v is not None], least=2, digits=2)] * len(
            column
        )
        return ["" if v is None else signed(v, d) for v, d in zip(column, decimals, strict=True)]
    return [_text(v, column.name, specs) for v in column]


def _text(value: object, column: str, specs: Mapping[str, str]) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    text = str(value)
    if column in TERM_COLUMNS:
        return term_name(text)
    return specs.get(text, words(text)) if column == "spec" else text


def beside_truth(result: StudyResult, truth: pl.DataFrame) -> pl.DataFrame:
    """Join estimates to known values: spec, term, truth, estimate, std_error, z, covered, and note if given."""
    estimates = result.tidy().select("spec", "term", "estimate", "std_error", "conf_low", "conf_high")
    joined = truth.join(estimates, on=["spec", "term"], how="inner", maintain_order="left").with_columns(
        z=(pl.col("estimate") - pl.col("truth")) / pl.col("std_error"),
        covered=pl.col("truth").is_between("conf_low", "conf_high"),
    )
    notes = [column for column in ("note",) if column in truth.columns]
    return joined.select("spec", "term", "truth", "estimate", "std_error", "z", "covered", *notes)

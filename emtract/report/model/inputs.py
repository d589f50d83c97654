"""What other runs leave for the model page: the ablations of training, the rows of the benchmark."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from emtract.errors import ReportError, first_line

if TYPE_CHECKING:
    from pathlib import Path

_ROW: Final = ("name", "value", "unit", "note")


def read_ablations(path: Path) -> pl.DataFrame | None:
    """Read `ablations.csv`: variant, what, accuracy, macro_f1, log_loss, decision, n; None where there is none.

    Raises
    ------
    ReportError
        The file has other columns, or text where a number should be.
    """
    if not path.is_file():
        return None
    schema = {"variant": pl.String, "what": pl.String, "decision": pl.String, "n": pl.Int64}
    numbers = dict.fromkeys(("accuracy", "macro_f1", "log_loss"), pl.Float64)
    try:
        return pl.read_csv(path, infer_schema=False, glob=False).select(
            *(pl.col(name).cast(kind) for name, kind in (schema | numbers).items())
        )
    except pl.exceptions.PolarsError as error:
        wanted = ", ".join(schema | numbers)
        raise ReportError(f"{path} cannot be read ({first_line(error, most=120)}); its columns are {wanted}") from error


def read_benchmark(path: Path) -> list[dict[str, Any]]:
    """Rows of the benchmark: name, value, unit, note; empty where there is none.

    Raises
    ------
    ReportError
        The file is no list of such rows.
    """
    if not path.is_file():
        return []
    try:
        rows = json.loads(path.read_text(encoding="utf-8"))
        return [{key: row[key] if key in {"name", "value"} else row.get(key, "") for key in _ROW} for row in rows]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ReportError(f"{path} is no list of rows with name and value ({error}); run make bench again") from error

"""What other runs leave for the model page: the ablations of training, the table of behaviour, the rows of the benchmark."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from emtract.errors import ReportError, first_line
from emtract.model.behaviour.table import SCHEMA

if TYPE_CHECKING:
    from collections.abc import Mapping
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
    schema = {"variant": pl.String(), "what": pl.String(), "decision": pl.String(), "n": pl.Int64()}
    return _read(path, schema | dict.fromkeys(("accuracy", "macro_f1", "log_loss"), pl.Float64()))


def read_behaviour(path: Path, scorer: str) -> pl.DataFrame | None:
    """Read what `emtract model behaviour -o behaviour.csv` wrote; None where there is none, or none of this scorer.

    Raises
    ------
    ReportError
        The file has other columns, or text where a number should be.
    """
    found = _read(path, SCHEMA) if path.is_file() else None
    return None if found is None or scorer not in found["scorer"] else found


def _read(path: Path, schema: Mapping[str, pl.DataType]) -> pl.DataFrame:
    try:
        return pl.read_csv(path, infer_schema=False, glob=False).select(
            pl.col(name).cast(kind) for name, kind in schema.items()
        )
    except pl.exceptions.PolarsError as error:
        wanted = ", ".join(schema)
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

"""A sample as a file for other programs: the suffix decides the format, truly."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from emtract.atomic import replaced_file
from emtract.errors import ReportError
from emtract.words.codebook import codebook
from emtract.words.names import term_name

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SUFFIXES: Final = (".parquet", ".csv", ".dta", ".xlsx", ".feather", ".arrow")
#: What a sheet holds at most, its header included.
_SHEET: Final = (1_048_576, 16_384)
#: Characters of a name and of a label in Stata.
_NAME, _LABEL = 32, 80


def check_output(path: Path) -> None:
    """Make sure that a sample can be written to a path, before anything is computed.

    Raises
    ------
    ReportError
        Its suffix is no known format, its folder is missing, or it is a folder.
    """
    if path.suffix.lower() not in SUFFIXES:
        raise ReportError(f"cannot write {path}: end its name in one of {', '.join(SUFFIXES)}")
    if path.is_dir():
        raise ReportError(f"cannot write {path}: it is a folder; name a file")
    if not path.parent.is_dir():
        raise ReportError(f"cannot write {path}: make the folder {path.parent} first")


def write_dataset(frame: pl.DataFrame, path: Path) -> None:
    """Write a sample as Parquet, CSV, Stata (with labels), Excel (with a sheet for the codebook) or Feather, whole or not at all.

    Parameters
    ----------
    frame
        Any columns; days become days of the format.
    path
        See `SUFFIXES`.

    Raises
    ------
    ReportError
        See `check_output`; the format cannot hold the sample, or the disk is full.
    """
    check_output(path)
    suffix = path.suffix.lower()
    if suffix == ".xlsx" and (frame.height >= _SHEET[0] or frame.width > _SHEET[1]):
        raise ReportError(
            f"{path}: a sheet holds {_SHEET[0] - 1:,} rows of {_SHEET[1]:,} columns, not {frame.height:,} of {frame.width:,}: "
            "write .parquet, .csv or .dta"
        )
    try:
        with replaced_file(path) as fresh:
            _WRITERS[suffix](frame, fresh)
    except OSError as error:
        raise ReportError(
            f"cannot write {path} ({error.strerror or error}): make room, or name another place"
        ) from error
    except (ValueError, NotImplementedError, pl.exceptions.PolarsError) as error:
        reason = " ".join(str(error).split())[:200]
        raise ReportError(f"{path} cannot hold these columns ({reason}): write .parquet") from error


def _write_feather(frame: pl.DataFrame, path: Path) -> None:
    frame.write_ipc(path, compression="zstd", compat_level=pl.CompatLevel.oldest())


def _write_excel(frame: pl.DataFrame, path: Path) -> None:
    from xlsxwriter import Workbook

    plain = {
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "nan_inf_to_errors": True,
    }
    with Workbook(str(path), plain) as book:
        frame.write_excel(book, worksheet="data", dtype_formats={pl.Date: "yyyy-mm-dd"}, float_precision=6)
        codebook(frame.columns).write_excel(book, worksheet="codebook", autofit=True)


def _write_stata(frame: pl.DataFrame, path: Path) -> None:
    names = stata_names(frame.columns)
    labels = {short: term_name(name)[:_LABEL] if short == name else name[:_LABEL] for name, short in names.items()}
    whole, days = pl.selectors.integer(), [names[c] for c, dtype in frame.schema.items() if dtype == pl.Date]
    # Stata's whole numbers end at 2 ** 31, and have no 64 bits.
    plain = frame.with_columns(
        whole.cast(pl.Float64), pl.selectors.boolean().cast(pl.Float64), pl.selectors.date().cast(pl.Datetime)
    )
    table = plain.rename(names).to_pandas()
    texts = [names[name] for name, dtype in frame.schema.items() if dtype == pl.String]
    table[texts] = table[texts].fillna("").astype(object)
    table.to_stata(
        path, write_index=False, version=118, variable_labels=labels, convert_dates=dict.fromkeys(days, "td")
    )


def stata_names(columns: list[str]) -> dict[str, str]:
    """Return a name that Stata takes for each column: 32 letters, digits and underscores, each another."""
    import re

    taken: dict[str, str] = {}
    for column in columns:
        plain = re.sub(r"\W", "_", column, flags=re.ASCII)
        plain = f"_{plain}" if not plain or plain[0].isdigit() else plain
        short, number = plain[:_NAME], 1
        while short in taken.values():
            number += 1
            short = f"{plain[: _NAME - len(str(number)) - 1]}_{number}"
        taken[column] = short
    return taken


_WRITERS: Final[dict[str, Callable[[pl.DataFrame, Path], object]]] = {
    ".parquet": pl.DataFrame.write_parquet,
    ".csv": pl.DataFrame.write_csv,
    ".dta": _write_stata,
    ".xlsx": _write_excel,
    ".feather": _write_feather,
    ".arrow": _write_feather,
}

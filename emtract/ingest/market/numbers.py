"""Cells of numbers -> numbers: a comma is read where the file shows what it means, and never guessed.

`1,234,567` and `1,234.5` group thousands. `12,50` has a decimal comma. `1,234` may be either, and is read where another number
of the file tells; `(123)`, `12%` and `1.2K` are no numbers here.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, Literal

import polars as pl

from emtract.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from emtract.ingest.market.options import CellForm
    from emtract.sources import DecimalMark

Mark = Literal["point", "comma"]
_GROUPED: Final = r"^[-+]?[1-9]\d{0,2}(,\d{3})+(\.\d*)?$"
_GROUPED_BY_POINTS: Final = r"^[-+]?(\d+|[1-9]\d{0,2}(\.\d{3})+)(,\d+)?$"
#: One comma before three digits.
_DOUBTFUL: Final = r"^[-+]?[1-9]\d{0,2},\d{3}$"
#: Cells that show what marks the decimals of the file.
_SHOWS: Final[Mapping[Mark, str]] = {
    "point": r"^[-+]?(\d+\.(\d{1,2}|\d{4,})|0\.\d+|\d{1,3}(,\d{3})+\.\d+|[1-9]\d{0,2}(,\d{3}){2,})$",
    "comma": r"^[-+]?(\d+,(\d{1,2}|\d{4,})|0,\d+|\d{1,3}(\.\d{3})+,\d+|[1-9]\d{0,2}(\.\d{3}){2,})$",
}


def bare(cell: pl.Expr) -> pl.Expr:
    """Return the cell without its dollar sign."""
    return cell.str.replace(r"^([-+]?)\$ ?", "$1")


def comma_groups(texts: Sequence[str], form: CellForm, path: Path) -> bool:
    """Whether a comma before three digits groups thousands in cells of one file.

    Parameters
    ----------
    texts
        Cells of all columns of numbers that are text.
    form
        Its `decimal` is the decimal mark, where it is stated.
    path
        The file, for messages.

    Raises
    ------
    SourceError
        As `settled`.
    """
    if form.decimal is None and not any("," in text for text in texts):
        return True
    cells = pl.Series("text", texts, pl.String).str.strip_chars().to_frame().select(bare(pl.col("text"))).to_series()
    return settled(marks(cells), form, path)


def one_number(text: str, *, grouped: bool, decimal: DecimalMark | None) -> float:
    """Return the number of one cell.

    Parameters
    ----------
    text
        One cell, with a dollar sign or without.
    grouped
        Whether a comma before three digits groups thousands.
    decimal
        The decimal mark as stated; None is read as a point.

    Raises
    ------
    ValueError
        The cell is none, or one that can be read in two ways.
    """
    found = re.sub(r"^([-+]?)\$ ?", r"\1", text.strip())
    if decimal == ",":
        if not re.search(_GROUPED_BY_POINTS, found):
            raise ValueError(text)
        return float(found.replace(".", "").replace(",", "."))
    if re.search(_GROUPED, found) and (grouped or not re.search(_DOUBTFUL, found)):
        found = found.replace(",", "")
    if "_" in found or not found.isascii():
        raise ValueError(text)
    return float(found)


def to_number(cell: pl.Expr, decimal: DecimalMark | None) -> pl.Expr:
    """Return the number of a bare cell, null where it is none."""
    if decimal == ",":
        point = cell.str.replace_all(".", "", literal=True).str.replace(",", ".", literal=True)
        text = pl.when(cell.str.contains(_GROUPED_BY_POINTS)).then(point).otherwise(None)
    else:
        text = pl.when(cell.str.contains(_GROUPED)).then(cell.str.replace_all(",", "", literal=True)).otherwise(cell)
    return text.cast(pl.Float64, strict=False)


def marks(cells: pl.Series) -> dict[Mark, str]:
    """Return what bare cells show of the decimal mark: the mark, and the first cell that shows it."""
    return {
        mark: shown[0]
        for mark, pattern in _SHOWS.items()
        if (shown := cells.filter(cells.str.contains(pattern).fill_null(value=False)).head(1)).len()
    }


def doubtful(cell: pl.Expr) -> pl.Expr:
    """Whether a bare cell is a number of thousands or one with three decimals."""
    return cell.str.contains(_DOUBTFUL)


def settled(shown: Mapping[Mark, str], form: CellForm, path: Path) -> bool:
    """Whether doubtful cells of a file are thousands.

    Parameters
    ----------
    shown
        Decimal mark -> a cell that shows it, as `marks` returns them.
    form
        Its `decimal` is the decimal mark, where it is stated.
    path
        The file, for the message.

    Returns
    -------
    bool
        True where the decimal mark is stated, or the cells show a point and no comma; False where cells such as `1,234`
        stay open.

    Raises
    ------
    SourceError
        The file marks its decimals with a comma, and this is not stated.
    """
    if form.decimal is not None:
        return True
    if "comma" in shown and "point" not in shown:
        raise SourceError(
            f'{path} marks decimals with a comma ({shown["comma"][:40]}): state decimal = "," {form.place}, '
            'or decimal = "." where that cell alone is wrong'
        )
    return "point" in shown and "comma" not in shown

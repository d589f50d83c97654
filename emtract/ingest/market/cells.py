"""What the cell of a market table says: nothing, a text, a symbol, a number of some kind, a flag; days are read apart."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

import polars as pl

from emtract.ingest.market.numbers import bare, to_number
from emtract.missing import ANYWHERE, WRITTEN
from emtract.symbols import canonical_symbol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from emtract.ingest.market.options import CellForm

Kind = Literal["text", "symbol", "day", "clock", "number", "count", "positive", "whole", "flag"]
#: Kind -> the type of its column.
TYPES: Final[Mapping[Kind, type[pl.DataType]]] = {
    "text": pl.String,
    "symbol": pl.String,
    "day": pl.Date,
    "clock": pl.Int64,
    "number": pl.Float64,
    "count": pl.Float64,
    "positive": pl.Float64,
    "whole": pl.Int64,
    "flag": pl.Boolean,
}
_FLAGS: Final = {"1": True, "y": True, "yes": True, "true": True, "t": True, "1.0": True} | {
    "0": False, "n": False, "no": False, "false": False, "f": False, "0.0": False
}  # fmt: skip
#: Kinds that are numbers.
NUMBERS: Final = frozenset({"number", "count", "positive", "whole"})
_SAS_MISSING: Final = r"^\.[A-Za-z_]$"
#: No count of shares and no sum of dollars is larger.
_LARGEST: Final = 1e15


def present(name: str, kind: Kind) -> pl.Expr:
    """Return the bare text of a cell, null where it says that there is nothing."""
    cell = pl.col(name).str.strip_chars()
    if kind == "symbol":  # the tickers NA and NAN are none of these words
        missing = cell.is_in(sorted(WRITTEN)) | ~cell.str.contains(r"[A-Za-z0-9]")
    else:
        missing = cell.str.to_lowercase().is_in(sorted(ANYWHERE)) | cell.str.contains(_SAS_MISSING)
    if kind in NUMBERS:
        cell = bare(cell)
    return pl.when(~missing).then(cell).alias(name)


def value_of(texts: pl.DataFrame, name: str, kind: Kind, form: CellForm) -> pl.Expr:
    """Return the expression of a column's values, null where a cell cannot be read; days are left as text.

    Parameters
    ----------
    texts
        Cells by name, as `present` leaves them.
    name, kind
        The column, and what its cells are.
    form
        How the file writes numbers.
    """
    cell = pl.col(name)
    if kind == "text":
        value = cell.str.replace_all("\0", "\ufffd", literal=True)
    elif kind == "symbol":
        names = {raw: canonical_symbol(raw) or None for raw in texts[name].unique() if raw is not None}
        value = cell.replace_strict(names, default=None, return_dtype=pl.String)
    elif kind in {"day", "clock"}:
        return cell
    elif kind == "flag":
        value = cell.str.to_lowercase().replace_strict(_FLAGS, default=None, return_dtype=pl.Boolean)
    else:
        value = _number(cell, kind, form)
    return value.cast(TYPES[kind]).alias(name)


def _number(cell: pl.Expr, kind: Kind, form: CellForm) -> pl.Expr:
    """Finite number of a cell."""
    value = to_number(cell, form.decimal)
    fits = value.is_finite()
    if kind in {"count", "positive"}:
        fits &= ((value > 0) if kind == "positive" else (value >= 0)) & (value <= _LARGEST)
    elif kind == "whole":
        fits &= (value == value.round(0)) & (value.abs() < 2**53)
    return pl.when(fits).then(value)

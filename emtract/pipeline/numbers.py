"""Which columns of a table of text are plainly numbers, so that typed files can hold them as such."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Collection

#: Cells of numbers: no leading zero, no plus, and digits that a number of 64 bits keeps.
_WHOLE: Final = r"^-?(?:0|[1-9]\d{0,14})$"
_DECIMAL: Final = r"^-?(?:0|[1-9]\d{0,14})(?:\.\d{1,15})?(?:[eE][+-]?\d{1,2})?$"
#: Names of columns that hold names, whatever their digits look like.
_NAMES: Final = re.compile(
    r"(?:.*[\W_])?(?:id|ids|uuid|guid|key|code|symbol|ticker|cusip|permno|permco|gvkey|cik|sic|isin|zip|phone)|.*[a-z]Id|.*ID"
)


@dataclass
class PlainNumbers:
    """Columns of text that have held nothing but numbers, and cells that are empty, so far.

    Attributes
    ----------
    whole, decimal
        Columns whose cells were all whole, and all numbers.
    filled
        Columns with a cell that is not empty.
    """

    whole: set[str]
    decimal: set[str]
    filled: set[str] = field(default_factory=set)

    @classmethod
    def among(cls, columns: Collection[str]) -> PlainNumbers:
        """Begin with columns of text; those that hold ids by their names stay text."""
        asked = {name for name in columns if not _NAMES.fullmatch(name) and not _NAMES.fullmatch(name.lower())}
        return cls(set(asked), set(asked))

    def see(self, frame: pl.DataFrame) -> None:
        """Look at further rows."""
        for name in sorted(self.decimal):
            cells = frame[name].drop_nulls()
            cells = cells.filter(cells != "")
            if cells.is_empty():
                continue
            self.filled.add(name)
            if not cells.str.contains(_DECIMAL).all():
                self.decimal.discard(name)
                self.whole.discard(name)
            elif not cells.str.contains(_WHOLE).all():
                self.whole.discard(name)

    def types(self) -> dict[str, pl.DataType]:
        """Return column -> its type, of those that are numbers."""
        return {name: pl.Int64() if name in self.whole else pl.Float64() for name in self.decimal & self.filled}


def typed(frame: pl.DataFrame, types: dict[str, pl.DataType]) -> pl.DataFrame:
    """Return a frame with columns of text as numbers; an empty cell is null."""
    return frame.with_columns(
        pl.when(pl.col(name) != "").then(pl.col(name)).cast(dtype).alias(name) for name, dtype in types.items()
    )

"""The columns that a study can name: those of every firm-session panel, and those that a store's own files bring."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING

import polars as pl

from emtract.errors import PanelError
from emtract.panel.bars import BAR_COLUMNS
from emtract.panel.beside import EARNINGS
from emtract.panel.characteristics import own_characteristics
from emtract.panel.frame import BUILT, WINDOWS, dimension_columns, stance_columns
from emtract.pipeline.opening import open_store
from emtract.words.codebook import codebook, series_column

if TYPE_CHECKING:
    from emtract.config import Settings

_BESIDE = tuple(f"{name}_{window}" for name in ("declared", "divergence", "n_tagged") for window in WINDOWS)


@dataclass(frozen=True)
class Columns:
    """Columns of firm-session panels.

    Attributes
    ----------
    panel
        Columns that a panel has unasked; some only where stances or dimensions were read, or the store holds their files.
    own
        Characteristics of the store's own files, which a panel has unasked too.
    series, factors
        Names that `FirmSessions(series=..., factors=...)` can ask the store for.
    """

    panel: tuple[str, ...]
    own: tuple[str, ...] = ()
    series: tuple[str, ...] = ()
    factors: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """All of them, as a study names them."""
        return (*self.panel, *self.own, *map(series_column, self.series), *self.factors)


def known_columns(settings: Settings | None = None) -> Columns:
    """Return the columns that a study can name; those of own files only where the settings lead to a store."""
    read = tuple(c for columns in (stance_columns, dimension_columns) for window in WINDOWS for c in columns(window))
    panel = (*BUILT, *read, *_BESIDE, EARNINGS, *BAR_COLUMNS)
    if settings is None or not settings.resolve(settings.store.path).is_file():
        return Columns(panel)
    with open_store(settings, read_only=True) as store:
        series, factors = (
            tuple(store.sql(f"SELECT DISTINCT name FROM {table} ORDER BY name")["name"].to_list())
            for table in ("observations", "series")
        )
        own = tuple(name for name in own_characteristics(store) if name not in panel)
    return Columns(panel, own, series, factors)


def find_columns(columns: Columns, search: str = "") -> pl.DataFrame:
    """Return the codebook of columns whose name, meaning or unit holds every word of a search.

    Parameters
    ----------
    columns
        See `known_columns`.
    search
        Words, in any case and order; empty for all columns.

    Raises
    ------
    PanelError
        When no column does; the message names columns of like names.
    """
    book = codebook(columns.names, own=columns.own)
    told = pl.concat_str(pl.col("name", "meaning", "unit").fill_null(""), separator=" ").str.to_lowercase()
    for word in search.lower().split():
        book = book.filter(told.str.contains(word, literal=True))
    if book.is_empty():
        near = get_close_matches(search, columns.names, n=3, cutoff=0.5)
        hint = f"did you mean {', '.join(near)}?" if near else "leave the search out to see all"
        raise PanelError(f"no column of the panel speaks of {search!r}: {hint}")
    return book

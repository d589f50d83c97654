"""Columns made from others on a firm-session panel: leads, splits, placebos. Each transform is a frozen value."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl

    from emtract.panel.frame import Panel


class Transform(Protocol):
    """One derivation: adds columns to the rows of a panel, drops none, changes none that is there."""

    def apply(self, data: pl.DataFrame) -> pl.DataFrame:
        """Return the rows with the new columns; rows are sorted by symbol and session, and stay so."""
        ...


def derive(panel: Panel, transforms: Sequence[Transform]) -> Panel:
    """Return the panel with the columns of all transforms, applied in order."""
    data = panel.data
    for transform in transforms:
        data = transform.apply(data)
    return replace(panel, data=data)

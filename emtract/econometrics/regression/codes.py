"""Labels as whole numbers: what effects, clusters and time become before any arithmetic."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from emtract.econometrics.regression.spec import parts

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: Combinations up to which a table of all of them is cheaper than sorting the rows.
_TABLE: Final = 50_000_000


def codes(data: pl.DataFrame, name: str) -> NDArray[np.int64]:
    """Return the level of each row, from 0, in the order of the labels; ``a:b`` has one for each combination that occurs.

    Parameters
    ----------
    data
        n rows.
    name
        A column without nulls, or several joined by ``:``.

    Returns
    -------
    NDArray[np.int64]
        Shape (n,); every number from 0 to the largest occurs.
    """
    first, *others = (_codes(data[column]) for column in parts(name))
    for other in others:
        first = combine(first, other)
    return first


def combine(one: NDArray[np.int64], two: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return a level for each pair of levels that occurs, ordered by the first, then the second."""
    width = int(two.max(initial=0)) + 1
    joint = one * width + two
    size = (int(one.max(initial=0)) + 1) * width
    if size > _TABLE:
        return np.asarray(np.unique(joint, return_inverse=True)[1], dtype=np.int64)
    occurs = np.zeros(size, dtype=bool)
    occurs[joint] = True
    return np.asarray((np.cumsum(occurs) - 1)[joint], dtype=np.int64)


def count(levels: NDArray[np.int64]) -> int:
    """Return the number of levels."""
    return int(levels.max(initial=-1)) + 1


def _codes(column: pl.Series) -> NDArray[np.int64]:
    labels = column.unique().sort()
    if column.dtype == pl.String:
        return np.asarray(column.cast(pl.Enum(labels)).to_physical().to_numpy(), dtype=np.int64)
    if column.dtype.is_integer() or column.dtype.is_temporal():
        return np.searchsorted(labels.to_physical().to_numpy(), column.to_physical().to_numpy()).astype(np.int64)
    return np.asarray((column.rank("dense") - 1).to_numpy(), dtype=np.int64)
